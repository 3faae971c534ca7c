//! The costs of a technique apart from time: code to write, libraries to trust, a build to wait for.
//!
//! The front of a cost has each technique that is shown to be faster than all cheaper ones on it: there a higher cost
//! buys speed. For figures without noise this is the Pareto front.

use crate::summary::Row;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The costs of a technique apart from its time. A missing figure has its reason.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cost {
    /// Lines of the technique's part: its method and the code of its file that it calls, without blank lines and
    /// comments.
    pub lines: Option<u64>,
    /// Lines of the kernel that it uses, counted in the same way; 0 where its part has all of it.
    pub kernel_lines: Option<u64>,
    /// Lines in an `unsafe` block, or that declare something unsafe, in the files of the project that it reaches.
    pub unsafe_lines: Option<u64>,
    /// Third-party crates that its libraries add to those of the baseline; for a Python technique, distributions.
    pub dependencies: Option<u64>,
    /// Seconds that these crates take to compile one after the other, optimised and from scratch.
    pub build_s: Option<f64>,
    /// The bytes it adds to a program: machine code of its module and of these crates, in the worker of its family. For
    /// a Python technique, the installed files of its distributions.
    pub size_bytes: Option<u64>,
    /// Why a figure is missing, for each that is; under `all`, why all are.
    pub reasons: BTreeMap<String, String>,
}

impl Cost {
    /// No figure is known, all for the same reason.
    pub fn unknown(reason: &str) -> Self {
        Cost { reasons: BTreeMap::from([("all".to_owned(), reason.to_owned())]), ..Cost::default() }
    }

    /// Why a figure is missing.
    pub fn reason(&self, field: &str) -> Option<&str> {
        self.reasons.get(field).or_else(|| self.reasons.get("all")).map(String::as_str)
    }

    /// Stores a figure, or the reason why there is none.
    pub fn put<T>(
        &mut self,
        field: &str,
        place: impl FnOnce(&mut Self) -> &mut Option<T>,
        found: Result<T, String>,
    ) {
        match found {
            Ok(figure) => *place(self) = Some(figure),
            Err(why) => drop(self.reasons.insert(field.to_owned(), why)),
        }
    }
}

/// The name of a field of [`Cost`] for people, from the name under which its reasons are kept.
pub fn words(field: &str) -> &str {
    match field {
        "all" => "costs",
        "kernel_lines" => "lines of the kernel",
        field => {
            CostAxis::ALL.into_iter().find(|axis| axis.key() == field).map_or(field, |axis| axis.words())
        }
    }
}

/// A cost that speed can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostAxis {
    /// Lines to write: those of the technique's part and of its kernel.
    Lines,
    /// Unsafe lines among those to trust.
    UnsafeLines,
    /// Third-party packages.
    Dependencies,
    /// Time of a clean build.
    Build,
    /// Size in the program.
    Size,
    /// Peak memory of the run.
    Memory,
}

impl CostAxis {
    /// All of them; the first is the usual one.
    pub const ALL: [CostAxis; 6] = [
        CostAxis::Lines,
        CostAxis::UnsafeLines,
        CostAxis::Dependencies,
        CostAxis::Build,
        CostAxis::Size,
        CostAxis::Memory,
    ];

    /// Its name for programs.
    pub const fn key(self) -> &'static str {
        match self {
            CostAxis::Lines => "lines",
            CostAxis::UnsafeLines => "unsafe_lines",
            CostAxis::Dependencies => "dependencies",
            CostAxis::Build => "build_s",
            CostAxis::Size => "size_bytes",
            CostAxis::Memory => "peak_bytes",
        }
    }

    /// Its name for people.
    pub const fn words(self) -> &'static str {
        match self {
            CostAxis::Lines => "lines of code",
            CostAxis::UnsafeLines => "unsafe lines",
            CostAxis::Dependencies => "dependencies",
            CostAxis::Build => "build time",
            CostAxis::Size => "size",
            CostAxis::Memory => "peak memory",
        }
    }

    /// The cost of a row on this axis.
    pub fn of(self, row: &Row) -> Option<f64> {
        let cost = &row.cost;
        match self {
            CostAxis::Lines => Some((cost.lines? + cost.kernel_lines?) as f64),
            CostAxis::UnsafeLines => cost.unsafe_lines.map(|lines| lines as f64),
            CostAxis::Dependencies => cost.dependencies.map(|packages| packages as f64),
            CostAxis::Build => cost.build_s,
            CostAxis::Size => cost.size_bytes.map(|bytes| bytes as f64),
            CostAxis::Memory => row.peak_bytes.map(|bytes| bytes as f64),
        }
    }
}

/// The rows on the front of a cost, the cheapest first: each is shown to be faster than all before it. A row without
/// the cost or without an interval cannot be on it.
pub fn front<'a>(rows: impl IntoIterator<Item = &'a Row>, axis: CostAxis) -> Vec<&'a Row> {
    let point = |row: &'a Row| {
        let ratio = row.ratio.filter(|_| row.is_measured())?;
        Some((row, Point { cost: axis.of(row)?, ratio, low: row.ratio_low?, high: row.ratio_high? }))
    };
    let (rows, points): (Vec<&Row>, Vec<Point>) = rows.into_iter().filter_map(point).unzip();
    front_of(&points).into_iter().map(|at| rows[at]).collect()
}

/// A cost, and a speedup with its interval.
#[derive(Debug, Clone, Copy)]
struct Point {
    cost: f64,
    ratio: f64,
    low: f64,
    high: f64,
}

fn front_of(points: &[Point]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (points[a], points[b]);
        a.cost.total_cmp(&b.cost).then(b.ratio.total_cmp(&a.ratio))
    });
    let mut front: Vec<usize> = Vec::new();
    for at in order {
        if front.iter().all(|&cheaper| points[at].low > points[cheaper].high) {
            front.push(at);
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// Few values, so that ties are common.
    fn points(most_noise: u8) -> impl Strategy<Value = Vec<Point>> {
        let point =
            (0..8u8, 1..12u8, 0..=most_noise, 0..=most_noise).prop_map(|(cost, ratio, below, above)| Point {
                cost: f64::from(cost),
                ratio: f64::from(ratio),
                low: f64::from(ratio) - 0.5 * f64::from(below),
                high: f64::from(ratio) + 0.5 * f64::from(above),
            });
        proptest::collection::vec(point, 0..12)
    }

    proptest! {
        #[test]
        fn without_noise_the_front_is_what_nothing_dominates(points in points(0)) {
            let front = front_of(&points);
            let dominates = |a: Point, b: Point| {
                a.cost <= b.cost && a.ratio >= b.ratio && (a.cost < b.cost || a.ratio > b.ratio)
            };
            for (at, &point) in points.iter().enumerate() {
                let dominated = points.iter().any(|&other| dominates(other, point));
                let is_alike = |on: &Point| on.cost == point.cost && on.ratio == point.ratio;
                let twin = front.iter().any(|&on| on != at && is_alike(&points[on]));
                prop_assert_eq!(front.contains(&at), !dominated && !twin, "{:?}", point);
            }
        }

        #[test]
        fn with_noise_who_pays_more_is_shown_to_get_more(points in points(6)) {
            let front = front_of(&points);
            prop_assert_eq!(front.is_empty(), points.is_empty());
            for pair in front.windows(2) {
                let [cheap, dear] = [points[pair[0]], points[pair[1]]];
                prop_assert!(cheap.cost <= dear.cost && cheap.high < dear.low);
            }
            for at in (0..points.len()).filter(|at| !front.contains(at)) {
                let enough = |&on: &usize| points[on].cost <= points[at].cost && points[on].high >= points[at].low;
                prop_assert!(front.iter().any(enough), "{:?} is off without a reason", points[at]);
            }
            for (&on, other) in front.iter().flat_map(|on| points.iter().map(move |other| (on, other))) {
                let shown = other.cost <= points[on].cost && other.low > points[on].high;
                prop_assert!(!shown, "{:?} is shown to be worse than {:?}", points[on], other);
            }
        }
    }

    fn row(technique: &str, ratio: f64, lines: u64) -> Row {
        let row = json!({ "workload": "w", "technique": technique, "family": "f", "size": "tiny", "status": "measured",
            "time_ns_median": 1.0, "ratio": ratio, "ratio_low": ratio / 1.1, "ratio_high": ratio * 1.1,
            "cost": { "lines": lines, "kernel_lines": 10 } });
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_technique_that_is_dearer_and_only_as_fast_is_not_on_the_front() {
        let mut single = row("one block", 90.0, 1);
        single.ratio_low = None;
        let rows = [
            row("long", 8.0, 90),
            row("as fast", 2.1, 30),
            row("plain", 1.0, 5),
            row("short", 2.0, 20),
            single,
        ];
        let names = |axis| front(&rows, axis).iter().map(|row| row.technique.clone()).collect::<Vec<_>>();
        assert_eq!(names(CostAxis::Lines), ["plain", "short", "long"]);
        assert_eq!(names(CostAxis::Build), [""; 0], "no row has it");
        assert_eq!(CostAxis::Lines.of(&rows[0]), Some(100.0), "part and kernel");
    }

    #[test]
    fn an_older_row_has_no_costs_and_what_is_missing_keeps_its_reason() {
        let older = json!({ "workload": "w", "technique": "t", "family": "f", "size": "tiny" });
        assert_eq!(serde_json::from_value::<Row>(older).unwrap().cost, Cost::default());
        let mut cost = Cost::default();
        cost.put("lines", |cost| &mut cost.lines, Ok(3));
        cost.put("build_s", |cost| &mut cost.build_s, Err("not measured".into()));
        assert_eq!((cost.lines, cost.build_s), (Some(3), None));
        let text = serde_json::to_value(&cost).unwrap();
        assert_eq!(text["build_s"], json!(null));
        assert_eq!(text["reasons"], json!({ "build_s": "not measured" }));
        assert_eq!((cost.reason("build_s"), cost.reason("lines")), (Some("not measured"), None));
        assert_eq!(Cost::unknown("why").reason("lines"), Some("why"));
        assert_eq!(["build_s", "all", "other"].map(words), ["build time", "costs", "other"]);
    }
}
