//! A list that is sorted, or searched for its smallest element, again and again.

mod advice;
mod least;

use crate::list_calls::{ListCall, hot_calls, hot_sorted};
use crate::{Advisor, Case, Finding};

/// Below this length sorting what is nearly in order takes no time.
const MIN_LENGTH: u64 = 100;

const WHY: &str = "Even what is in order already is compared from end to end to see that it is.";

pub(crate) struct SortInLoop;

impl Advisor for SortInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let in_place = hot_calls(case, "sort", MIN_LENGTH).into_iter().filter_map(|sort| {
            let advice = advice::of_sort(case, &sort)?;
            finding(case, sort, advice)
        });
        let copies = hot_sorted(case, MIN_LENGTH).into_iter().filter_map(|sort| {
            let advice = advice::of_sorted(case, &sort)?;
            finding(case, sort, advice)
        });
        in_place.chain(copies).chain(least::findings(case, MIN_LENGTH)).collect()
    }
}

fn finding<'a>(case: &Case<'a>, sort: ListCall<'a>, advice: String) -> Option<Finding> {
    let does = format!("sorts {} again every time", sort.described());
    sort.finding(case, &does, WHY, advice)
}
