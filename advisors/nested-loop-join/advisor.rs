//! A container looked through for an equal key on every turn of another loop.

use ruff_text_size::Ranged;

use crate::join::{Rescan, rescans};
use crate::words::{code, line, sighting, thousands};
use crate::{Advisor, Case, Evidence, Finding, Worth};

pub(crate) struct NestedLoopJoin;

impl Advisor for NestedLoopJoin {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let rescans = rescans(case, true).into_iter();
        rescans.filter_map(|rescan| finding(case, &rescan)).collect()
    }
}

fn finding(case: &Case<'_>, rescan: &Rescan<'_>) -> Option<Finding> {
    let Rescan { scan, heat, seen, length, .. } = rescan;
    let lines = line(case.source, case.tree.range(rescan.again.place()));
    Some(Finding {
        range: rescan.spot(case),
        title: format!(
            "`{}` looks through a {} of {} (median) on every turn of the loop on {lines}",
            code(case.source, scan.test.range()),
            seen.type_name,
            thousands(*length),
        ),
        because: vec![
            sighting(seen),
            "The time grows with the product of both lengths; a dict that is made once finds an \
             equal key by its hash, in the same time at any length."
                .to_owned(),
            rescan.advice(case),
        ],
        heat: *heat,
        evidence: vec![Evidence::Operand(seen.clone())],
        worth: Worth::Time(case.gain(heat, Some(*length), *length)?),
        fix: None,
    })
}
