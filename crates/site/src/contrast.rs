//! What a run says of two of its cells against each other: only what it measured block by block, and decided.
//!
//! Two medians, or two speedups, of which each was measured by itself make no such statement.

use crate::chart::interval;
use crate::data::{Pair, Row, Run};
use crate::directive::unmeasured;
use crate::model::{Found, SIZES, Site, full};
use crate::number::{digits, factor};
use maud::{Markup, html};

/// The family whose cells are the peers of a duel.
pub(crate) const PEERS: &str = "python";

/// The outcome of holding a first cell against a second one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Contrast {
    /// The first is this many times as fast, and the interval leaves 1 out.
    Differs { ratio: f64, low: f64, high: f64, blocks: usize },
    /// They lie within 3 % of each other.
    Same { low: f64, high: f64, blocks: usize },
    /// The run held them against each other, and it was not enough.
    Undecided,
    /// Both have figures, and the run did not hold them against each other.
    NotCompared,
    /// One of them has no figure.
    NotMeasured,
}

impl Contrast {
    /// Of two cells, by workload, case and technique; they are always of one run.
    pub(crate) fn of(site: &Site, first: [&str; 3], second: [&str; 3]) -> Self {
        // Of the first run that compared them, and of its group that the pages show: to look on for one that is decided
        // would be to choose the result.
        for run in &site.gathered.runs {
            let size = |pair: &Pair| SIZES.iter().position(|size| *size == pair.size);
            let pairs = run.summary.contrasts.iter().chain(&run.summary.duels);
            let of_them =
                pairs.filter_map(|pair| Some(((size(pair), pair.workers), told(pair, first, second)?)));
            let largest = of_them.reduce(|best, next| if next.0 > best.0 { next } else { best });
            if let Some((_, contrast)) = largest {
                return contrast;
            }
        }
        let measured = |[workload, case, technique]: [&str; 3]| {
            matches!(site.find(workload, case, technique, None), Found::Measured(..))
        };
        if measured(first) && measured(second) { Contrast::NotCompared } else { Contrast::NotMeasured }
    }

    /// The figure for a sentence such as "is … as fast as".
    pub(crate) fn figure(&self) -> Markup {
        let span = |text: &str, low: f64, high: f64, blocks: usize| {
            html! { span.figure title=(format!("{} to {}, {blocks} blocks of both", digits(low), digits(high))) { (text) } }
        };
        match *self {
            Contrast::Differs { ratio, low, high, blocks } => span(&factor(ratio), low, high, blocks),
            Contrast::Same { low, high, blocks } => span("equally", low, high, blocks),
            Contrast::Undecided => html! { span.unmeasured { "undecided" } },
            Contrast::NotCompared => html! { span.unmeasured { "not compared" } },
            Contrast::NotMeasured => unmeasured(),
        }
    }
}

/// What a run says of two cells, by their names, as a sentence. Without a decision each has its own speedup, over the
/// plain code that both were measured with.
pub(crate) fn sentence(site: &Site, first: &str, second: &str) -> Markup {
    let (Ok(one), Ok(other)) = (site.place(first), site.place(second)) else {
        return html! { (first) " and " (second) ": " (unmeasured()) };
    };
    let contrast = Contrast::of(site, one, other);
    match contrast {
        Contrast::Differs { low, high, .. } => {
            html! { (first) " is " (contrast.figure()) " (" (digits(low)) " to " (digits(high)) ") as fast as " (second) }
        }
        Contrast::Same { low, high, .. } => {
            html! { "no difference between " (first) " and " (second) " (" (digits(low)) " to " (digits(high)) ")" }
        }
        Contrast::NotMeasured => html! { (first) " and " (second) ": " (unmeasured()) },
        Contrast::Undecided | Contrast::NotCompared => html! {
            (first) " and " (second) ": " (contrast.figure())
            @for (k, [workload, case, technique]) in [one, other].into_iter().enumerate() {
                @if let Found::Measured(_, row) = site.find(workload, case, technique, None) {
                    @if k == 0 { "; over plain code " } @else { " and " }
                    (interval(row))
                }
            }
        },
    }
}

/// What a pair says of two cells, if it is theirs.
fn told(pair: &Pair, first: [&str; 3], second: [&str; 3]) -> Option<Contrast> {
    let work = full(&pair.workload, &pair.case);
    let is = |[workload, case, technique]: [&str; 3], name: &str| {
        full(workload, case) == work && technique == name
    };
    let straight = is(first, &pair.a) && is(second, &pair.b);
    let turned = is(first, &pair.b) && is(second, &pair.a);
    if !(straight || turned) {
        return None;
    }
    let (Some(ratio), Some(low), Some(high)) = (pair.ratio, pair.low, pair.high) else {
        return Some(Contrast::Undecided);
    };
    let (ratio, low, high) = if turned { (1.0 / ratio, 1.0 / high, 1.0 / low) } else { (ratio, low, high) };
    let blocks = pair.blocks;
    Some(match pair.verdict.as_deref() {
        Some("faster" | "slower") if [ratio, low, high].iter().all(|number| number.is_finite()) => {
            Contrast::Differs { ratio, low, high, blocks }
        }
        Some("same") => Contrast::Same { low, high, blocks },
        _ => Contrast::Undecided,
    })
}

impl Run {
    /// The duels of a group.
    pub(crate) fn duels_of(&self, row: &Row) -> Vec<&Pair> {
        let work = full(&row.workload, &row.case);
        let is = |duel: &&Pair| {
            full(&duel.workload, &duel.case) == work && duel.size == row.size && duel.workers == row.workers
        };
        self.summary.duels.iter().filter(is).collect()
    }
}
