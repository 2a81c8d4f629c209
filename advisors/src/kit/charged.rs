//! Where the time of a finding is charged, and how far what it saves may go.

use super::examine;
use crate::{Finding, Python, Worth};

fn found(id: &str, snippet: &str) -> Finding {
    let (_, mut findings) = examine(crate::find(id).unwrap(), snippet, Python::new(3, 13)).unwrap();
    assert_eq!(findings.len(), 1, "{id}: {findings:?}");
    findings.remove(0)
}

fn is(share: f64, expected: f64) -> bool {
    (share - expected).abs() < 0.01
}

#[test]
fn the_smallest_is_looked_for_and_taken_out() {
    let finding = found(
        "sort-in-loop",
        "def drain(tasks):\n    tasks = list(tasks)\n    while tasks:\n        \
         task = min(tasks)  # hot 70% on \"min(tasks)\" tasks=list[int]:9000\n        \
         tasks.remove(task)  # hot 20% on \"tasks.remove(task)\" tasks=list[int]:9000\n",
    );
    assert!(is(finding.heat.share, 0.9) && is(finding.heat.share_here, 0.2), "{finding:?}");
    assert!(finding.worth.saved() > 0.88, "{:?}", finding.worth);
}

#[test]
fn a_copy_is_made_and_freed() {
    let snippet = "def views(rows, n):\n    total = 0\n    for i in range(n):\n        \
                   row = (  # hot 15% on \"row\"\n            \
                   rows[:]  # hot 20% on \"rows[:]\" rows=list[int]:4000\n        )\n        \
                   total += row[i]\n    return total\n";
    let finding = found("copy-in-loop", snippet);
    assert!(is(finding.heat.share, 0.35), "{finding:?}");
}

#[test]
fn a_pattern_is_looked_up_by_a_function_that_goes_too() {
    let snippet = |own: u32| {
        format!(
            "import re\n\ndef pats(lines):\n    for line in lines:\n        \
             re.match('a+', line)  # hot {own}% self 2% calls \"re:_compile\" 20%\n"
        )
    };
    let long = found("regex-in-loop", &snippet(60));
    assert!(is(long.heat.share, 0.22 * 1.42), "{long:?}");
    let short = found("regex-in-loop", &snippet(25));
    assert!(is(short.heat.share, 0.25), "no more than the call: {short:?}");
}

#[test]
fn who_calls_a_wrapper_packs_arguments_for_it() {
    let finding = found(
        "hot-decorator",
        "def timed(function):\n    def wrapper(*args):\n        \
         return function(*args)  # hot 40% self 35% calls \":tiny\" 5% direct\n    \
         return wrapper\n\n@timed\ndef tiny(x):\n    return x + 1\n\ndef main(n):\n    \
         return [tiny(i) for i in range(n)]  # hot 55% self 15% calls \":timed.<locals>.wrapper\" 40% direct on \"tiny(i)\"\n",
    );
    assert!(is(finding.heat.share, 0.5), "{finding:?}");
    let Worth::Time(gain) = finding.worth else { panic!() };
    assert!(gain.saved < 0.4 && is(gain.saved_high, finding.heat.share_high), "{gain:?}");
}

#[test]
fn what_depends_on_how_often_is_asked_may_save_all() {
    for (id, snippet) in [
        (
            "list-count-in-loop",
            "def hist(words):\n    return {w: words.count(w) for w in words}  # hot 50% on \"words.count(w)\" words=list[str]:12000\n",
        ),
        (
            "isinstance-protocol",
            "from collections.abc import Sequence\n\ndef total(rows):\n    return sum(1 for row in rows if isinstance(row, Sequence))  # hot 80% self 15% calls \"abc:ABCMeta.__instancecheck__\" 65% direct row=tuple:2 on \"isinstance(row, Sequence)\"\n",
        ),
    ] {
        let finding = found(id, snippet);
        let Worth::Time(gain) = finding.worth else { panic!() };
        assert!(is(gain.saved_high, finding.heat.share_high), "{id}: {gain:?}");
        assert!(gain.saved < 0.9 * finding.heat.share, "{id}: {gain:?}");
    }
}
