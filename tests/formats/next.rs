//! What the text ends with: what to do next.

use unslow::advise::Advice;
use unslow::profile::Profile;
use unslow::report::View;

use crate::as_text;
use crate::fixture::orders;

#[test]
fn what_is_written_already_is_not_advised() {
    let (mut profile, _) = orders();
    let advised = |profile: &Profile, idle: bool, written: &[&'static str]| {
        let view = View { idle, written: written.to_vec(), ..View::default() };
        let text = as_text("text", &(profile.clone(), Advice::default()), &view);
        text.lines().last().expect("a line").to_owned()
    };
    let compare = "Next: change what is hot, record again and compare: unslow diff BEFORE AFTER.";
    for (written, expected) in [
        (&[][..], "Next: add -o flame.svg to see every stack."),
        (&["json"], "Next: add -o flame.svg to see every stack."),
        (&["flamegraph"], "Next: add -o report.html to see the hot lines beside the stacks."),
        (&["html"], "Next: add -o profile.pb.gz to compare with it after a change."),
        (&["html", "flamegraph", "pprof"], compare),
    ] {
        assert_eq!(advised(&profile, false, written), expected, "{written:?}");
    }
    profile.counts.retain(|count| !count.state.is_busy());
    for (idle, written, expected) in [
        (false, &[][..], "Next: add -i -o flame.svg to see where the threads wait."),
        (false, &["flamegraph"], "Next: add -i to see where the threads wait."),
        (true, &["flamegraph"], compare),
    ] {
        assert_eq!(advised(&profile, idle, written), expected, "{written:?}");
    }
}

#[test]
fn a_change_is_offered_as_a_patch_until_it_is_written() {
    let end = |written: &[&'static str]| {
        let view = View { written: written.to_vec(), ..View::default() };
        let text = as_text("text", &orders(), &view);
        text[text.rfind("Next: ").expect("it says so")..].to_owned()
    };
    let offered = "Next: apply the change, then record again to compare\n\
                   (-o fixes.patch writes it for git apply).\n";
    assert_eq!(end(&[]), offered);
    assert_eq!(end(&["patch"]), "Next: apply the change, then record again to compare.\n");
}

/// Who cannot keep up is not told to be faster.
#[test]
fn more_samples_come_of_a_longer_recording_where_instants_are_missed() {
    let (mut profile, _) = orders();
    profile.counts.truncate(1);
    profile.counts[0].samples = 20;
    let last = |profile: &Profile| {
        let text = as_text("text", &(profile.clone(), Advice::default()), &View::default());
        text.lines().last().expect("a line").to_owned()
    };
    profile.timing.missed = 0;
    assert_eq!(last(&profile), "Next: add -r 1khz or record for longer, to get more samples.");
    profile.timing.missed = profile.timing.sweeps;
    assert_eq!(last(&profile), "Next: record for longer, to get more samples.");
}
