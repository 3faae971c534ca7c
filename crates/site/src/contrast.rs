//! Comparisons of two cells of a run: only those that the run measured block by block, and decided.
//!
//! Two medians or two speedups that were measured separately are not compared.

use crate::chart::interval;
use crate::data::Run;
use crate::directive::{lent, unmeasured};
use crate::model::{Found, Group, Site};
use crate::number::{digits, factor};
use maud::{Markup, html};
use parallax_method::Verdict;
use parallax_record::name::CellId;
use parallax_record::summary::Contrast;

/// The outcome of comparing a first cell with a second one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Compared {
    /// The first is this many times as fast, and the interval excludes 1.
    Differs { ratio: f64, low: f64, high: f64, blocks: usize },
    /// They lie within 3 % of each other.
    Same { low: f64, high: f64, blocks: usize },
    /// The run compared them, and could not decide.
    Undecided,
    /// Both have figures, and the run did not compare them.
    Unpaired,
    /// One of them has no figure.
    NotMeasured,
}

impl Compared {
    /// Of two cells, by workload, case and technique; they are always of one run, which is returned as well.
    pub(crate) fn of<'a>(site: &'a Site, first: &CellId, second: &CellId) -> (Self, Option<&'a Run>) {
        // The first run that compared them, and its group that the pages show: searching on for a decided one would
        // select the result.
        let CellId { workload, case, technique: one } = first;
        let CellId { workload: other_workload, case: other_case, technique: other } = second;
        let mut groups = site.groups_of(workload);
        groups.retain(|group| group.case == case && (other_workload, other_case) == (workload, case));
        for run in &site.gathered.runs {
            let of_run = groups.iter().filter(|group| std::ptr::eq(group.run, run));
            let told = of_run.filter_map(|group| group.contrast(one, other));
            if let Some(largest) = told.max_by_key(|contrast| (contrast.size, contrast.workers)) {
                return (Compared::told(&largest), Some(run));
            }
        }
        let measured = |CellId { workload, case, technique }: &CellId| {
            matches!(site.find(workload, case, technique, None), Found::Measured(..))
        };
        let both = measured(first) && measured(second);
        (if both { Compared::Unpaired } else { Compared::NotMeasured }, None)
    }

    /// Of two techniques of a group that were measured in it.
    pub(crate) fn within(group: &Group, one: &str, other: &str) -> Self {
        group.contrast(one, other).map_or(Compared::Unpaired, |contrast| Compared::told(&contrast))
    }

    /// The decision, as a sentence without its full stop.
    pub(crate) fn words(&self, first: &str, second: &str) -> Option<Markup> {
        match *self {
            Compared::Differs { low, high, .. } => Some(
                html! { (first) " is " (self.figure()) " (" (digits(low)) " to " (digits(high)) ") as fast as " (second) },
            ),
            Compared::Same { low, high, .. } => Some(
                html! { "no difference between " (first) " and " (second) " (" (digits(low)) " to " (digits(high)) ")" },
            ),
            Compared::Undecided | Compared::Unpaired | Compared::NotMeasured => None,
        }
    }

    /// The outcome of a contrast; one without a verdict or an interval is undecided.
    fn told(contrast: &Contrast) -> Self {
        let Contrast { ratio, low: Some(low), high: Some(high), blocks, .. } = *contrast else {
            return Compared::Undecided;
        };
        match contrast.verdict {
            Verdict::Faster | Verdict::Slower => Compared::Differs { ratio, low, high, blocks },
            Verdict::Same => Compared::Same { low, high, blocks },
            Verdict::Undecided => Compared::Undecided,
        }
    }

    /// The figure for a sentence such as "is … as fast as".
    pub(crate) fn figure(&self) -> Markup {
        let span = |text: &str, low: f64, high: f64, blocks: usize| {
            html! { span.figure title=(format!("{} to {}, {blocks} blocks of both", digits(low), digits(high))) { (text) } }
        };
        match *self {
            Compared::Differs { ratio, low, high, blocks } => span(&factor(ratio), low, high, blocks),
            Compared::Same { low, high, blocks } => span("equally", low, high, blocks),
            Compared::Undecided => html! { span.unmeasured { "undecided" } },
            Compared::Unpaired => html! { span.unmeasured { "not compared" } },
            Compared::NotMeasured => unmeasured(),
        }
    }
}

/// The comparison of two cells, by their names, as a sentence. Without a decision it has the speedup of each over the
/// plain code that both were measured with.
pub(crate) fn sentence(site: &Site, first: &str, second: &str) -> Markup {
    let (Ok(one), Ok(other)) = (site.place(first), site.place(second)) else {
        return html! { (first) " and " (second) ": " (unmeasured()) };
    };
    let (compared, run) = Compared::of(site, &one, &other);
    if let Some(words) = compared.words(first, second) {
        return html! { (words) (lent(run)) };
    }
    match compared {
        Compared::NotMeasured => html! { (first) " and " (second) ": " (unmeasured()) },
        _ => html! {
            (first) " and " (second) ": " (compared.figure())
            @for (k, CellId { workload, case, technique }) in [&one, &other].into_iter().enumerate() {
                @if let Found::Measured(run, row) = site.find(workload, case, technique, None) {
                    @if k == 0 { "; over plain code " } @else { " and " }
                    (interval(row)) (lent(Some(run)))
                }
            }
        },
    }
}
