//! Profiles that other tools wrote.

use super::*;

/// As Go's runtime writes one: microseconds of CPU beside the count, functions inlined, ids that
/// are not in order.
fn foreign() -> pb::Profile {
    let texts = ["", "samples", "count", "cpu", "nanoseconds", "main.inner", "main.outer", "m.go"];
    let function = |id, name| pb::Function { id, name, filename: 7, ..Default::default() };
    let line = |function_id, line| pb::Line { function_id, line, ..Default::default() };
    let location = |id, line| pb::Location { id, line, ..Default::default() };
    pb::Profile {
        sample_type: vec![
            pb::ValueType { r#type: 1, unit: 2 },
            pb::ValueType { r#type: 3, unit: 4 },
        ],
        sample: vec![
            pb::Sample {
                location_id: vec![40, 10],
                value: vec![3, 30_000_000],
                ..Default::default()
            },
            pb::Sample { location_id: vec![70], value: vec![1, 10_000_000], ..Default::default() },
        ],
        location: vec![
            location(40, vec![line(9, 5), line(8, 20)]),
            location(10, vec![line(8, 21)]),
            pb::Location { id: 70, address: 0xbeef, ..Default::default() },
        ],
        function: vec![function(9, 5), function(8, 6)],
        string_table: texts.map(str::to_owned).to_vec(),
        mapping: vec![pb::Mapping { id: 1, filename: 7, ..Default::default() }],
        duration_nanos: 2_000_000_000,
        period: 10_000_000,
        ..Default::default()
    }
}

#[test]
fn a_profile_of_another_tool_is_read_as_far_as_it_goes() {
    let profile = decode::profile(&foreign().encode_to_vec()).unwrap();
    let names = |stack| {
        let frame = |at: &Location| format!("{}:{}", at.code.name.terminal(), at.place.line);
        profile.frames(stack).map(frame).collect::<Vec<_>>()
    };
    assert_eq!(names(0), ["main.inner:5", "main.outer:20", "main.outer:21"]);
    assert_eq!(names(1), ["0xbeef:0"]);
    assert_eq!(profile.busy_samples(), 4);
    assert_eq!(profile.target.command, [Untrusted::new("m.go")]);
    assert_eq!((profile.timing.seconds, profile.timing.rate_hz), (2.0, 100.0));

    let mut by_time = foreign();
    by_time.sample_type.remove(0);
    by_time.sample.iter_mut().for_each(|sample| sample.value = vec![sample.value[1]]);
    assert_eq!(decode::profile(&by_time.encode_to_vec()).unwrap().busy_samples(), 4);

    let mut of_memory = foreign();
    of_memory.string_table[1] = "inuse_space".to_owned();
    of_memory.string_table[3] = "alloc_space".to_owned();
    let error = decode::profile(&of_memory.encode_to_vec()).unwrap_err();
    assert!(matches!(error, ProfileError::Foreign(_)), "{error}");
}

#[test]
fn inlining_cannot_fill_the_memory() {
    let mut message = foreign();
    let inlined = message.location[1].line[0];
    message.location[0].line = vec![inlined; limits::FRAMES - 1];
    let stacks = limits::PROFILE_BYTES as usize / size_of::<u32>() / limits::FRAMES + 1;
    for id in 0..stacks as u64 {
        message.location.push(pb::Location { id: 100 + id, ..Default::default() });
        message.sample.push(pb::Sample {
            location_id: vec![40, 100 + id],
            value: vec![1, 1],
            ..Default::default()
        });
    }
    let refused = decode::profile(&message.encode_to_vec());
    assert!(matches!(refused, Err(ProfileError::TooLarge)));
}

#[test]
fn of_a_deep_stack_the_middle_is_left_out() {
    let depth = 3 * limits::FRAMES;
    let mut inlined = foreign();
    let down = inlined.location[1].line[0];
    inlined.location[0].line.resize(depth - 1, down);
    let mut called = foreign();
    called.location.push(pb::Location { id: 50, line: vec![down], ..Default::default() });
    called.sample[0].location_id.splice(1..1, vec![50; depth - 3]);
    for message in [inlined, called] {
        let profile = decode::profile(&message.encode_to_vec()).unwrap();
        let frames: Vec<_> = profile.frames(0).map(|it| it.code.name.data()).collect();
        assert_eq!(frames.len(), limits::FRAMES);
        assert_eq!((frames[0], frames[limits::FRAMES - 1]), ("main.inner", "main.outer"));
        let gaps = profile.frames(0).filter(|it| it.code.leaves_out()).count();
        assert_eq!((gaps, profile.timing.truncated), (1, 3));
    }
}
