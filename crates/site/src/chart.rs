//! Figures as SVG, made at build time: bars on a logarithmic scale, curves, and the probe's trace.
//!
//! Each has a title that says what it shows; the numbers are next to it as text.

use crate::markup::verdict;
use crate::number::{digits, factor};
use maud::{Markup, html};
use parallax_record::journal::BlockLine;
use parallax_record::summary::Row;

/// The width of a bar's drawing, which is stretched to its column.
const WIDE: f64 = 1000.0;

/// A logarithmic scale of speedups that always contains 1.
pub(crate) struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// A scale that contains the intervals of all rows.
    pub(crate) fn of_ratios<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        let (mut low, mut high) = (0.8f64, 1.25f64);
        for row in rows.filter(|row| row.is_measured()) {
            let ratio = row.ratio.unwrap_or(1.0);
            // an interval that reaches absurdly far must not squeeze all others
            low = low.min(row.ratio_low.unwrap_or(ratio).max(ratio / 3.0));
            high = high.max(row.ratio_high.unwrap_or(ratio).min(ratio * 3.0));
        }
        Scale { low: low.max(1e-6) / 1.08, high: high.min(1e9) * 1.08 }
    }

    pub(crate) fn share(&self, ratio: f64) -> f64 {
        ((ratio.max(1e-9) / self.low).ln() / (self.high / self.low).ln()).clamp(0.0, 1.0)
    }

    fn x(&self, ratio: f64) -> String {
        format!("{:.1}", self.share(ratio) * WIDE)
    }

    /// The bar of a row, from 1 to its speedup, and its interval as a whisker.
    pub(crate) fn bar(&self, row: &Row) -> Markup {
        let ratio = row.ratio.unwrap_or(1.0);
        let (from, to) = (self.share(ratio.min(1.0)) * WIDE, self.share(ratio.max(1.0)) * WIDE);
        let (_, class) = verdict(row);
        html! {
            svg class=(format!("bar {class}")) viewBox="0 0 1000 24" preserveAspectRatio="none" aria-hidden="true" {
                line.one x1=(self.x(1.0)) x2=(self.x(1.0)) y1="0" y2="24" {}
                rect x=(format!("{from:.1}")) y="4" width=(format!("{:.1}", (to - from).max(3.0))) height="16" {}
                @if let (Some(low), Some(high)) = (row.ratio_low, row.ratio_high) {
                    @if high > low {
                        line.whisker x1=(self.x(low)) x2=(self.x(high)) y1="12" y2="12" {}
                        line.whisker x1=(self.x(low)) x2=(self.x(low)) y1="6" y2="18" {}
                        line.whisker x1=(self.x(high)) x2=(self.x(high)) y1="6" y2="18" {}
                    }
                }
            }
        }
    }

    /// The axis: 1 and some round factors to both sides.
    pub(crate) fn axis(&self) -> Markup {
        html! {
            span.axis aria-hidden="true" {
                @for tick in self.ticks() {
                    span style=(format!("left:{:.2}%", self.share(tick) * 100.0)) { (factor_word(tick)) }
                }
            }
        }
    }

    /// Powers of ten, or of two where there is room: 1 and its nearest neighbours first, with no overlapping labels and
    /// none that leaves the column.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let base: f64 = if self.high / self.low > 60.0 { 10.0 } else { 2.0 };
        let outward = std::iter::once(0).chain((1..=9).flat_map(|power| [power, -power]));
        let mut ticks: Vec<f64> = Vec::new();
        for tick in outward.map(|power| base.powi(power)).filter(|tick| (self.low..self.high).contains(tick))
        {
            let apart = |other: &f64| {
                (self.share(tick) - self.share(*other)).abs() > (half_word(tick) + half_word(*other))
            };
            let (at, half) = (self.share(tick), half_word(tick));
            let is_inside = half - MARGIN <= at && at <= 1.0 + MARGIN - half;
            if is_inside && ticks.iter().all(apart) {
                ticks.push(tick);
            }
        }
        ticks.sort_by(f64::total_cmp);
        ticks
    }
}

/// The room on each side of an axis, as a share of the narrowest column that has one.
const MARGIN: f64 = 0.08;

/// Half of the width of a tick's label, as a share of the narrowest column that has an axis.
fn half_word(tick: f64) -> f64 {
    0.5 * (0.033 * factor_word(tick).chars().count() as f64 + 0.03)
}

/// Three digits without zeros at the end, as the explorer's script writes them.
pub(crate) fn factor_word(tick: f64) -> String {
    format!("{}×", format!("{tick:.2e}").parse().unwrap_or(tick))
}

/// One line of a chart: a name and its points, in order of x.
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// How a chart is labelled.
pub(crate) struct Labels<'a> {
    pub(crate) title: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
    /// The label of each place on the x axis.
    pub(crate) places: Vec<(f64, String)>,
}

pub(crate) const WIDTH: f64 = 720.0;
pub(crate) const HEIGHT: f64 = 320.0;
pub(crate) const LEFT: f64 = 64.0;
pub(crate) const RIGHT: f64 = 150.0;
pub(crate) const TOP: f64 = 16.0;
pub(crate) const BOTTOM: f64 = 44.0;
/// The width of a letter of a tick's label.
const LETTER: f64 = 7.0;

/// Curves over places on the x axis, with a logarithmic y axis.
pub(crate) fn curves(labels: &Labels, curves: &[Curve]) -> Markup {
    let all = || curves.iter().flat_map(|curve| &curve.points).filter(|(_, y)| *y > 0.0);
    let bounds = |of: fn(&(f64, f64)) -> f64| {
        all().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (low, high)) = (bounds(|p| p.0), bounds(|p| p.1));
    if !(left.is_finite() && low.is_finite()) {
        return html! {};
    }
    let (low, high) = (low / 1.15, high * 1.15);
    let x = |v: f64| LEFT + (v - left) / (right - left).max(1e-9) * (WIDTH - LEFT - RIGHT);
    let y = |v: f64| TOP + (high / v.max(1e-12)).ln() / (high / low).ln() * (HEIGHT - TOP - BOTTOM);
    let ticks: Vec<f64> = Scale { low, high }.ticks();
    html! {
        figure.chart {
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(labels.title) {
                title { (labels.title) }
                @for tick in ticks {
                    line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(f(y(tick))) y2=(f(y(tick))) {}
                    text.tick x=(LEFT - 8.0) y=(f(y(tick) + 4.0)) text-anchor="end" { (digits(tick)) }
                }
                @for (at, word) in legible(&labels.places, &x) {
                    text.tick x=(f(x(*at))) y=(HEIGHT - BOTTOM + 18.0) text-anchor="middle" { (word) }
                }
                text.label x=((LEFT + WIDTH - RIGHT) / 2.0) y=(HEIGHT - 6.0) text-anchor="middle" { (labels.x) }
                text.label x="14" y=(HEIGHT / 2.0) text-anchor="middle" transform=(format!("rotate(-90 14 {})", HEIGHT / 2.0)) { (labels.y) }
                @for (k, curve) in curves.iter().enumerate() {
                    @let points: Vec<String> = curve.points.iter().map(|p| format!("{},{}", f(x(p.0)), f(y(p.1)))).collect();
                    polyline class=(format!("curve c{}", k % 8)) points=(points.join(" ")) {}
                    @for p in &curve.points { circle class=(format!("dot c{}", k % 8)) cx=(f(x(p.0))) cy=(f(y(p.1))) r="3.5" {} }
                }
                @for (k, (name, at)) in spread(curves, &y).into_iter().enumerate() {
                    text class=(format!("name c{}", k % 8)) x=(WIDTH - RIGHT + 10.0) y=(f(at + 4.0)) { (name) }
                }
            }
            figcaption { (labels.title) }
        }
    }
}

/// The labels below the axis that do not overlap the one before; the dots of the curves are drawn for all places.
fn legible<'a>(places: &'a [(f64, String)], x: &impl Fn(f64) -> f64) -> Vec<&'a (f64, String)> {
    let mut shown: Vec<&(f64, String)> = Vec::new();
    let mut order: Vec<&(f64, String)> = places.iter().collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    for place in order {
        let half = |(_, word): &(f64, String)| LETTER * word.chars().count() as f64 / 2.0;
        let is_too_near = |last: &&&(f64, String)| x(place.0) - x(last.0) < half(place) + half(last) + LETTER;
        if shown.last().filter(is_too_near).is_none() {
            shown.push(place);
        }
    }
    shown
}

/// The positions of the names at the right end, moved apart so that none hides another; in the curves' order.
fn spread<'a>(curves: &'a [Curve], y: &impl Fn(f64) -> f64) -> Vec<(&'a str, f64)> {
    let mut places: Vec<(usize, f64)> = curves
        .iter()
        .enumerate()
        .map(|(k, curve)| (k, curve.points.last().map_or(TOP, |p| y(p.1))))
        .collect();
    places.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut last = f64::NEG_INFINITY;
    for (_, at) in &mut places {
        *at = at.max(last + 14.0);
        last = *at;
    }
    places.sort_by_key(|(k, _)| *k);
    places.into_iter().map(|(k, at)| (curves[k].name.as_str(), at)).collect()
}

/// A coordinate.
pub(crate) fn f(number: f64) -> String {
    format!("{number:.1}")
}

/// How fast the machine was at the start of each block, relative to the run's fastest, and its foreign load.
pub(crate) fn trace(blocks: &[BlockLine]) -> Markup {
    let of = |get: fn(&BlockLine) -> Option<u64>| -> Vec<(f64, f64)> {
        let found: Vec<(f64, f64)> = blocks
            .iter()
            .enumerate()
            .filter_map(|(k, block)| Some((k as f64, get(block)? as f64)))
            .filter(|(_, ns)| *ns > 0.0)
            .collect();
        let best = found.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
        found.into_iter().map(|(k, ns)| (k, ns / best)).collect()
    };
    let lines = vec![
        Curve { name: "arithmetic".into(), points: of(|block| Some(block.probe_before?.compute_ns)) },
        Curve { name: "memory".into(), points: of(|block| Some(block.probe_before?.memory_ns)) },
    ];
    let last = blocks.len().saturating_sub(1);
    let labels = Labels {
        title: "Time of the fixed probe before each block, as a multiple of its shortest",
        x: "block",
        y: "times the shortest",
        places: vec![(0.0, "first".into()), (last as f64, format!("{}", last + 1))],
    };
    curves(&labels, &lines)
}

/// A speedup in words for a figure's text: `1.98× (1.93 to 2.04)`.
pub(crate) fn interval(row: &Row) -> String {
    row.ratio.map_or_else(|| "no figure".into(), |ratio| interval_of(ratio, row.ratio_low, row.ratio_high))
}

/// A ratio in words, with its interval if it has one.
pub(crate) fn interval_of(ratio: f64, low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{} ({} to {})", factor(ratio), digits(low), digits(high)),
        _ => factor(ratio),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ratio: f64, low: f64, high: f64) -> Row {
        crate::data::row(&serde_json::json!({ "ratio": ratio, "ratio_low": low, "ratio_high": high }))
    }

    #[test]
    fn a_doubling_is_as_long_as_a_halving() {
        let rows = [row(0.5, 0.4, 0.6), row(2.0, 1.7, 2.5)];
        let scale = Scale::of_ratios(rows.iter());
        let (half, one, two) = (scale.share(0.5), scale.share(1.0), scale.share(2.0));
        assert!((one - half - (two - one)).abs() < 1e-9 && 0.0 < half && two < 1.0);
    }

    #[test]
    fn one_absurd_interval_does_not_squeeze_the_others() {
        let rows = [row(2.0, 0.0, 1e17), row(1.9, 1.8, 2.0)];
        let scale = Scale::of_ratios(rows.iter());
        assert!(scale.high < 10.0 && scale.low > 0.5, "{} to {}", scale.low, scale.high);
    }

    #[test]
    fn words_below_the_axis_do_not_run_into_each_other() {
        let places: Vec<(f64, String)> = [("1000", 100.0), ("2000", 110.0), ("10000", 170.0), ("10", 10.0)]
            .map(|(w, at)| (at, w.to_owned()))
            .into();
        let shown: Vec<&str> = legible(&places, &|at| at).into_iter().map(|(_, word)| &**word).collect();
        assert_eq!(shown, ["10", "1000", "10000"]);
    }

    #[test]
    fn no_word_of_an_axis_stands_in_another() {
        for (low, high) in
            [(0.8, 1.25), (0.5, 2.0), (0.02, 2.0), (0.0001, 3.0), (0.00002, 400.0), (0.9, 300.0)]
        {
            let ticks = Scale { low, high }.ticks();
            assert!(ticks.contains(&1.0) && ticks.is_sorted(), "{low} to {high}: {ticks:?}");
            for pair in ticks.windows(2) {
                let apart = (pair[1] / pair[0]).ln() / (high / low).ln();
                let words =
                    (factor_word(pair[0]).chars().count() + factor_word(pair[1]).chars().count()) as f64;
                // a letter of 6 pixels in a column of 200
                assert!(apart * 200.0 > words / 2.0 * 6.0, "{low} to {high}: {ticks:?}");
            }
            for tick in &ticks {
                let (at, half) = ((tick / low).ln() / (high / low).ln(), half_word(*tick));
                assert!(
                    at >= half - MARGIN && at <= 1.0 + MARGIN - half,
                    "{low} to {high}: {tick} leaves its column"
                );
            }
        }
    }

    #[test]
    fn a_small_tick_is_no_riddle() {
        let words = [0.0001, 1.0 / 64.0, 0.125, 0.5, 1.0, 1000.0].map(factor_word);
        assert_eq!(words, ["0.0001×", "0.0156×", "0.125×", "0.5×", "1×", "1000×"]);
    }

    #[test]
    fn nothing_to_draw_is_no_chart() {
        assert_eq!(trace(&[]).into_string(), "");
    }
}
