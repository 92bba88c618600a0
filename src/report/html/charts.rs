//! Counts become bars: coordinates and words, for the template to draw as SVG.
//!
//! The numbers always stand beside a bar in words, so that nothing is said by
//! colour or length alone.

use crate::audit::Ratio;

/// How wide a whole bar is, in the units of its SVG.
pub(super) const WIDTH: u64 = 1_000;

/// What is there is seen: the least width of a part that isn't empty.
const LEAST: u64 = 8;

/// A bar of parts side by side.
pub(super) struct Bar {
    /// The parts that aren't empty, from left to right.
    pub(super) parts: Vec<Part>,
}

/// A part of a bar.
pub(super) struct Part {
    /// The class that colours it, which is the name of what it counts.
    pub(super) class: &'static str,
    /// How far from the left it begins.
    pub(super) x: u64,
    /// How wide it is.
    pub(super) width: u64,
}

impl Bar {
    /// A bar of these counts, as long as their sum is of `whole`.
    pub(super) fn of(counts: &[(&'static str, u64)], whole: u64) -> Self {
        let width = |n: u64| match (u128::from(n) * u128::from(WIDTH)).checked_div(whole.into()) {
            Some(width) if n > 0 => u64::try_from(width).unwrap_or(WIDTH).clamp(LEAST, WIDTH),
            _ => 0,
        };
        let mut widths: Vec<u64> = counts.iter().map(|(_, n)| width(*n)).collect();
        // Where small parts were widened, the widest gives way.
        let excess = widths.iter().sum::<u64>().saturating_sub(WIDTH);
        if let Some(widest) = widths.iter_mut().max() {
            *widest = widest.saturating_sub(excess);
        }
        let mut x = 0;
        let mut parts = Vec::new();
        for ((class, _), width) in counts.iter().zip(widths) {
            if width > 0 {
                parts.push(Part { class, x, width });
                x += width;
            }
        }
        Self { parts }
    }

    /// A bar of parts of one whole.
    pub(super) fn stacked(counts: &[(&'static str, u64)]) -> Self {
        Self::of(counts, counts.iter().map(|(_, n)| n).sum())
    }

    /// A bar that is full only where all is done.
    pub(super) fn ratio(ratio: Ratio) -> Self {
        let lacking = ratio.of.saturating_sub(ratio.done);
        Self::stacked(&[("done", ratio.done), ("lacking", lacking)])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bar_of_nothing_is_empty() {
        assert!(Bar::stacked(&[("a", 0), ("b", 0)]).parts.is_empty());
        assert!(Bar::ratio(Ratio { done: 0, of: 0 }).parts.is_empty());
        assert!(Bar::of(&[("a", 3)], 0).parts.is_empty());
    }

    #[test]
    fn one_of_a_hundred_thousand_that_is_lacking_is_seen() {
        let bar = Bar::ratio(Ratio {
            done: 99_999,
            of: 100_000,
        });
        let widths: Vec<_> = bar.parts.iter().map(|p| (p.class, p.width)).collect();
        assert_eq!(widths, [("done", WIDTH - LEAST), ("lacking", LEAST)]);
        let bar = Bar::ratio(Ratio { done: 5, of: 5 });
        assert_eq!(bar.parts.len(), 1);
        assert_eq!(bar.parts[0].width, WIDTH);
    }

    #[test]
    fn a_bar_may_be_a_part_of_the_longest() {
        let bar = Bar::of(&[("counts", 1), ("spared", 1)], 4);
        let ends: Vec<_> = bar.parts.iter().map(|p| (p.x, p.width)).collect();
        assert_eq!(ends, [(0, 250), (250, 250)]);
    }

    proptest! {
        #[test]
        fn every_part_is_seen_and_none_stands_out(counts in prop::collection::vec(any::<u32>(), 0..6)) {
            let counts: Vec<_> = counts.into_iter().map(|n| ("x", u64::from(n))).collect();
            let bar = Bar::stacked(&counts);
            prop_assert_eq!(bar.parts.len(), counts.iter().filter(|(_, n)| *n > 0).count());
            let mut end = 0;
            for part in &bar.parts {
                prop_assert_eq!(part.x, end);
                prop_assert!(part.width >= LEAST);
                end += part.width;
            }
            prop_assert!(end <= WIDTH);
        }
    }
}
