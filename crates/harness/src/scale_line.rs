//! Ratios with their intervals, drawn in lines of characters on one scale.

use crate::units;

/// A logarithmic scale: a doubling is as long everywhere on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScaleLine {
    low_ln: f64,
    high_ln: f64,
    width: usize,
}

impl ScaleLine {
    /// The scale in `width` characters that has room for all `means`, which are logarithms. Intervals may reach beyond
    /// it, so that a wide one does not make the others invisible.
    pub(crate) fn of(means: impl Iterator<Item = f64> + Clone, width: usize) -> Self {
        let low = means.clone().fold(f64::INFINITY, f64::min);
        let high = means.fold(f64::NEG_INFINITY, f64::max);
        let room = ((high - low) / 4.0).max(0.05);
        ScaleLine { low_ln: low - room, high_ln: high + room, width }
    }

    fn at(&self, ln: f64) -> usize {
        let share = ((ln - self.low_ln) / (self.high_ln - self.low_ln)).clamp(0.0, 1.0);
        (share * (self.width - 1) as f64).round() as usize
    }

    /// A mean with the half width of its interval: `──█──`, and `│` where the ratio is 1. An interval that reaches
    /// beyond the scale has no end there.
    pub(crate) fn draw(&self, mean_ln: f64, half_ln: f64) -> String {
        let [from, mean, to] = [mean_ln - half_ln, mean_ln, mean_ln + half_ln].map(|ln| self.at(ln));
        let one = (self.low_ln..=self.high_ln).contains(&0.0).then(|| self.at(0.0));
        let sign = |at: usize| match at {
            _ if at == mean => '█',
            _ if (from..=to).contains(&at) => '─',
            _ if Some(at) == one => '│',
            _ => ' ',
        };
        (0..self.width).map(sign).collect::<String>().trim_end().to_owned()
    }

    /// The ratios at both ends, and 1 where it is.
    pub(crate) fn axis(&self) -> String {
        let [low, high] = [self.low_ln, self.high_ln].map(|ln| units::ratio(ln.exp()));
        let end = self.width.saturating_sub(high.chars().count());
        let mut line = format!("{low:<end$}{high}");
        let one = self.at(0.0);
        let is_free = one > low.len() + 1 && one + 4 < end;
        if (self.low_ln..=self.high_ln).contains(&0.0) && is_free {
            line.replace_range(one..one + 2, "1x"); // ASCII up to here: each character is a byte
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_stand_in_order_between_the_ends_of_their_intervals() {
        let scale = ScaleLine::of([0.5_f64.ln(), 8_f64.ln()].into_iter(), 41);
        assert_eq!(scale.axis(), "0.250x       1x                     16.0x");
        let halves = [0.5_f64, 1.0, 8.0].map(|ratio| scale.draw(ratio.ln(), 0.3));
        let last = format!("{:13}│{:16}───█───", "", "");
        assert_eq!(halves, ["    ───█───  │", "          ───█───", &last]);
    }

    #[test]
    fn an_interval_may_be_wider_than_the_scale() {
        let scale = ScaleLine::of([2_f64.ln()].into_iter(), 11);
        assert_eq!(scale.draw(2_f64.ln(), 9.0), "─────█─────");
        assert_eq!(scale.draw(2_f64.ln(), 0.0), "     █");
    }
}
