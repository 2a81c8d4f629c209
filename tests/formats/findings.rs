//! What there is to say about the orders.

use advisors::{Bytes, Gain, Heat, Place, Safety, Worth};
use unslow::advise::{Advice, Edit, Evidence, Finding, Fix, Operand, Unlooked};

use super::{ORDERS, text};

pub(super) fn advice() -> Advice {
    let source = text(ORDERS);
    let membership = Finding {
        advisor: "list-membership",
        title: text("`order_id in seen` searches a list of 48,213 from its start"),
        because: vec![text("The search stands in a loop, so the time grows with the square.")],
        file: text("/srv/shop/orders.py"),
        function: text("dedupe"),
        place: Place { line: 10, end_line: 10, columns: Some((11, 27)) },
        definition: None,
        source: source.clone(),
        heat: heat(2313, 2313, 0.776),
        evidence: vec![Evidence::Operand(Operand {
            expression: text("seen"),
            type_name: text("list"),
            observations: 37,
            lengths: Some(advisors::Lengths {
                min: 12,
                median: 48_213,
                max: 96_431,
                first: 12,
                last: 96_431,
            }),
        })],
        worth: Worth::Time(Gain { saved: 0.774, saved_low: 0.758, saved_high: 0.776 }),
        same_time_as: None,
        is_known: false,
        fails: None,
        fix: Some(Fix {
            safety: Safety::Safe,
            note: None,
            edits: vec![
                Edit { start: (6, 11), end: (6, 13), text: text("set()") },
                Edit { start: (12, 8), end: (12, 19), text: text("seen.add") },
            ],
            after: text(
                &ORDERS.replace("seen = []", "seen = set()").replace("seen.append", "seen.add"),
            ),
        }),
    };
    let concatenation = Finding {
        advisor: "str-concat-quadratic",
        title: text("does `report += ...` copy the text on every turn?"),
        because: vec![text("Strings are immutable; a list joined at the end copies once.")],
        function: text("render"),
        place: Place { line: 20, end_line: 20, columns: Some((8, 58)) },
        heat: heat(402, 402, 0.135),
        evidence: Vec::new(),
        worth: Worth::Time(Gain { saved: 0.0, saved_low: 0.0, saved_high: 0.0 }),
        same_time_as: Some(0),
        fix: None,
        ..membership.clone()
    };
    let rows = Finding {
        advisor: "record-type",
        title: text("500,000 rows are dicts with the same keys"),
        evidence: vec![Evidence::Callee(text("csv.DictReader.__next__"), 0.041)],
        same_time_as: None,
        worth: Worth::Memory(Bytes { value: 27_200_000, low: 20_000_000, high: Some(31_000_000) }),
        ..concatenation.clone()
    };
    let default = Finding {
        advisor: "mutable-default",
        title: text("the list in `def render(rows=[])` is the same one at every call"),
        evidence: vec![Evidence::Fact(text("its length grew from 0 to 40"))],
        same_time_as: None,
        worth: Worth::Correctness,
        ..concatenation.clone()
    };
    let unlooked = vec![Unlooked {
        what: text("legacy.py"),
        why: "not parsable as Python: line 3".to_owned(),
        share: None,
    }];
    Advice {
        findings: vec![membership, concatenation, rows, default],
        unlooked,
        ..Advice::default()
    }
}

fn heat(samples: u64, self_samples: u64, share: f64) -> Heat {
    let (share_low, share_high) = (share - 0.015, share + 0.015);
    Heat { samples, self_samples, share, share_low, share_high, share_here: share, columns: true }
}
