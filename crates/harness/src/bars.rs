//! Bars of characters for shares and ratios, in a given width.

/// A bar that fills `share` of `width` characters, to an eighth of one.
///
/// ```
/// assert_eq!(parallax_harness::bars::bar(0.5, 5), "██▌  ");
/// ```
pub fn bar(share: f64, width: usize) -> String {
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    let eighths = (share * (width * 8) as f64).round() as usize;
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    pad_right(format!("{}{part}", "█".repeat(eighths / 8)), width)
}

/// A bar that grows from the middle, to the right for ratios above 1 and to the left for those below; a
/// doubling is as long as a halving, and `most` or `1 / most` fills its side.
///
/// ```
/// use parallax_harness::bars::ratio_bar;
/// let bars = [4.0, 2.0, 1.0, 0.25].map(|ratio| ratio_bar(ratio, 4.0, 9));
/// assert_eq!(bars, ["    │████", "    │██  ", "    │    ", "████│    "]);
/// ```
pub fn ratio_bar(ratio: f64, most: f64, width: usize) -> String {
    let side = width.saturating_sub(1) / 2;
    let share = if ratio > 0.0 && most > 1.0 { ratio.ln() / most.ln() } else { 0.0 };
    let right = bar(share, side);
    // Blocks that fill from the right exist in halves only.
    let halves = (-share).clamp(0.0, 1.0) * (side * 2) as f64;
    let halves = halves.round() as usize;
    let left = format!("{}{}", if halves % 2 == 1 { "▐" } else { "" }, "█".repeat(halves / 2));
    let gap = " ".repeat(side - left.chars().count());
    pad_right(format!("{gap}{left}│{right}"), width)
}

fn pad_right(text: String, width: usize) -> String {
    format!("{text:<width$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bars_fill_from_the_left_and_from_the_middle() {
        assert_eq!([-1.0, 0.0, 1.0 / 16.0, 1.0, 9.0].map(|s| bar(s, 2)), ["  ", "  ", "▏ ", "██", "██"]);
        assert_eq!(bar(f64::NAN, 2), "  ");
        let bars = [1e9, 1.0 / 2.0, 1e-9, 0.0, f64::NAN].map(|r| ratio_bar(r, 8.0, 7));
        assert_eq!(bars, ["   │███", "  █│   ", "███│   ", "   │   ", "   │   "]);
    }

    proptest! {
        #[test]
        fn a_bar_is_as_wide_as_asked(share in -2.0..2.0_f64, ratio in 1e-6..1e6_f64, width in 1..60_usize) {
            prop_assert_eq!(bar(share, width).chars().count(), width);
            prop_assert_eq!(ratio_bar(ratio, 10.0, width).chars().count(), width);
        }
    }
}
