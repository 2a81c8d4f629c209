//! Which elements of a large container are looked at.

/// The part of a circle by which each position is turned from the one before: by the golden ratio, so
/// that any number of them are spread evenly, and those of the next look fall into the gaps.
const TURN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Positions of `most` out of `count` elements, all when there are no more; each `turn` has others.
pub(super) fn positions(count: u64, most: usize, turn: u64) -> impl Iterator<Item = u64> {
    let most = most as u64;
    let first = turn.wrapping_mul(most);
    (0..most.min(count)).map(move |nth| match count <= most {
        true => nth,
        false => scaled(first.wrapping_add(nth).wrapping_mul(TURN), count),
    })
}

/// A part of 2 to the 64 as the same part of `count`.
fn scaled(part: u64, count: u64) -> u64 {
    ((u128::from(part) * u128::from(count)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_elements_are_looked_at_in_order() {
        for turn in [0, 1, u64::MAX] {
            assert_eq!(positions(3, 4, turn).collect::<Vec<_>>(), [0, 1, 2], "{turn}");
            assert_eq!(positions(0, 4, turn).count(), 0);
        }
    }

    #[test]
    fn many_are_spread_over_all_and_every_turn_sees_others() {
        let looks = (0..20).flat_map(|turn| positions(1_000_000, 32, turn));
        let mut seen: Vec<u64> = looks.collect();
        seen.sort_unstable();
        let gaps = seen.windows(2).map(|pair| pair[1] - pair[0]);
        // 1,562 apart on average.
        assert!(gaps.clone().min() > Some(500) && gaps.max() < Some(4_000), "{seen:?}");
        assert!(seen[0] < 4_000 && seen[639] > 996_000 && seen[639] < 1_000_000);
    }

    #[test]
    fn no_count_is_too_large() {
        assert!(positions(u64::MAX, 8, u64::MAX).all(|it| it < u64::MAX));
    }
}
