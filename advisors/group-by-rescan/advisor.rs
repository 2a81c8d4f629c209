//! A list gone through for the elements of one key, for every key.

use ruff_text_size::Ranged;

use crate::join::{Rescan, rescans};
use crate::words::{code, line, sighting, thousands};
use crate::{Advisor, Case, Evidence, Finding, Worth};

pub(crate) struct GroupByRescan;

impl Advisor for GroupByRescan {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let rescans = rescans(case, false).into_iter();
        rescans.filter_map(|rescan| finding(case, &rescan)).collect()
    }
}

fn finding(case: &Case<'_>, rescan: &Rescan<'_>) -> Option<Finding> {
    let Rescan { scan, heat, seen, length, .. } = rescan;
    let over = code(case.source, scan.over.range());
    let lines = line(case.source, case.tree.range(rescan.again.place()));
    Some(Finding {
        range: case.tree.range(scan.whole),
        title: format!(
            "All of `{over}`, a {} of {} (median), is gone through for every `{}` of the loop on \
             {lines}",
            seen.type_name,
            thousands(*length),
            code(case.source, scan.wanted.range()),
        ),
        because: vec![
            sighting(seen),
            "The time grows with the number of keys times the number of elements; grouping them once \
             goes through them once."
                .to_owned(),
            rescan.advice(case),
        ],
        heat: *heat,
        evidence: vec![Evidence::Operand(seen.clone())],
        worth: Worth::Time(case.gain(heat, Some(*length), *length)?),
        fix: None,
    })
}
