use super::*;

fn marks(text: &str) -> Result<Marks, MarkError> {
    read(&Source::parse(text.as_bytes()).unwrap(), Python::new(3, 13))
}

#[test]
fn a_mark_is_the_heat_and_the_evidence_of_its_line() {
    let text = "class A:\n    def f(self, x):\n        \
        if x in self.seen:  # hot 40% self 10% self.seen=list[int|str]:0..50 x=int\n            pass\n";
    let marks = marks(text).unwrap();
    let [hotspot] = marks.hotspots.as_slice() else { panic!("{marks:?}") };
    assert_eq!(hotspot.place, Place { line: 3, end_line: 3, columns: Some((11, 25)) });
    assert_eq!((hotspot.function.as_str(), hotspot.function_line), ("A.f", 2));
    assert_eq!((hotspot.total_samples, hotspot.self_samples), (800, 200));
    assert_eq!(hotspot.operands[0].elements, ["int", "str"]);
    let lengths = hotspot.operands[0].lengths.unwrap();
    assert_eq!((lengths.first, lengths.median, lengths.last), (0, 25, 50));
    assert_eq!(hotspot.operands[1].lengths, None);
}

#[test]
fn a_mark_may_name_its_expression_or_leave_out_the_columns() {
    let marks =
        marks("y = f(x) in s  # hot 9% on \"f(x)\"\ns += x  # hot 5%\nz = s  # hot 1% line\n");
    let places: Vec<Place> = marks.unwrap().hotspots.iter().map(|h| h.place).collect();
    assert_eq!(places[0].columns, Some((4, 8)));
    assert_eq!(places[1].columns, Some((0, 6)));
    assert_eq!(places[2], Place::line(3));
}

#[test]
fn a_pool_can_be_marked() {
    let pool = marks("p = f()  # pool workers=16 cpus=2 quota=1.5\n").unwrap().pool.unwrap();
    assert_eq!((pool.workers, pool.cpus, pool.quota), (16, 2, Some(1.5)));
}

#[test]
fn a_mark_tells_callees_waits_and_values() {
    let text = "y = f(x)  # hot 60% self 1% idle 5% calls \"_strptime:_strptime\" 55% idle 2% \
                direct calls \":g\" 3% loop 10% 20% 0.15s 0.02s main awaited 7 90% x=str:8~3/20\n";
    let marks = marks(text).unwrap();
    let hotspot = &marks.hotspots[0];
    assert_eq!(hotspot.idle_samples, 100);
    let (busy, idle, longest, coroutine) = (200, 400, 0.15, "main".to_owned());
    let kept = InEventLoop { busy, idle, stalls: STALLS, longest, computed: 0.02, coroutine };
    assert_eq!(hotspot.in_event_loop, kept);
    assert_eq!(hotspot.awaited, Awaited { tasks: 7, looks: TASK_LOOKS * 9 / 10 });
    let [first, second] = &hotspot.callees[..] else { panic!("{hotspot:?}") };
    assert_eq!((first.samples, first.idle_samples, first.direct_samples), (1_100, 40, 1_140));
    assert_eq!((second.module.as_str(), second.function.as_str()), ("", "g"));
    assert_eq!(hotspot.operands[0].distinct, Some(Distinct { calls: 20, values: 3 }));
}

#[test]
fn a_function_may_be_within_itself() {
    let marks = marks("f()  # hot 10% nested 12\ng()  # hot 5%\n").unwrap();
    let frames: Vec<u64> = marks.hotspots.iter().map(|hotspot| hotspot.frames).collect();
    assert_eq!(frames, [2_400, 100]);
}

#[test]
fn what_the_process_did_can_be_marked() {
    let activity = marks("f()  # process threads=4 busy=1 waiting=2.9 cores=1 cpus=2\n");
    let activity = activity.unwrap().activity.unwrap();
    assert_eq!((activity.threads, activity.waiting_threads, activity.cpus), (4.0, 2.9, 2));
    assert!(activity.quota.is_none());
}

#[test]
fn several_threads_may_wait_at_one_place() {
    let marks = marks("f()  # hot 90% idle 10% waiting 270%\n").unwrap();
    let hotspot = &marks.hotspots[0];
    assert_eq!((hotspot.waiting_samples, hotspot.idle_samples), (5_400, 5_400));
}

#[test]
fn what_is_not_a_mark_is_an_error_with_its_line() {
    for text in [
        "x = 1\ny = 1  # hot x=list\n",
        "x = 1\ny = 1  # hot 400%\n",
        "x = 1\ny = 1  # hot 4% on \"z\"\n",
        "x = 1\ny = 1  # hot 4% bogus\n",
        "x = 1\ny = 1  # hot 4% waiting 6500%\n",
        "x = 1\ny = 1  # hot 4% awaited 7\n",
        "x = 1\ny = 1  # hot 4% nested 0\n",
        "x = 1\ny = 1  # hot 4% x=list:many\n",
        "x = 1\ny = 1  # pool bogus=1\n",
    ] {
        assert_eq!(marks(text).unwrap_err().line, 2, "{text}");
    }
}

#[test]
fn a_mark_on_a_definition_is_of_its_calls() {
    let text = "def f(a, b=1):  # hot 0% \"(a, b)=tuple[int]:2~3/20\"\n    pass\n";
    let marks = marks(text).unwrap();
    let hotspot = &marks.hotspots[0];
    assert_eq!((hotspot.function.as_str(), hotspot.place), ("f", Place::line(1)));
    assert_eq!(hotspot.operands[0].expression, "(a, b)");
}
