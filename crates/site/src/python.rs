//! The paragraph for Python programmers below a ranking: the best system in Python, and what Rust adds to it.

use crate::chart::interval;
use crate::contrast::Compared;
use crate::model::{Group, Site};
use maud::{Markup, html};
use parallax_record::name::PEERS;
use parallax_record::summary::Row;

/// The technique that is the plain loop in Python.
const PLAIN: &str = "pure-python";

/// The paragraph below the ranking; `winner` is the row that a reader sees first.
pub(crate) fn of(site: &Site, group: &Group, winner: &Row) -> Markup {
    let best = group.measured().find(|row| row.family == PEERS);
    let plain = group.row(PLAIN).filter(|row| best.is_some_and(|best| best.technique != row.technique));
    html! {
        div.python data-language="python" {
            @match best {
                Some(best) => {
                    p { "In Python, " strong { (best.technique) } " has the largest speedup: " (interval(best)) ". "
                        (against(group, winner, best))
                        @if let Some(plain) = plain { "A plain loop in Python: " (interval(plain)) ". " (against(group, winner, plain)) } }
                }
                None => { p { "No system of Python was measured here: " code.command { "cargo xtask bench --peers -w " (group.workload) } "." (lent(site, group)) } }
            }
            p { "To keep the Python and replace only the loop: " a href="guide/replace-this-loop.html" { "a function in Rust, called from Python" } "." }
        }
    }
}

/// Whether the reference run has what this one lacks.
fn lent(site: &Site, group: &Group) -> Markup {
    let has = |other: &Group| {
        other.run.stands_in && other.case == group.case && other.measured().any(|row| row.family == PEERS)
    };
    html! { @if site.groups_of(group.workload).iter().any(has) { " Figures of another machine are in a table of their own." } }
}

/// The pair's own contrast, if the run decided it.
fn against(group: &Group, winner: &Row, peer: &Row) -> Markup {
    if winner.family == PEERS {
        return html! {};
    }
    let words = Compared::within(group, &winner.technique, &peer.technique);
    let decided = words.words(&winner.technique, &peer.technique);
    html! { @match decided {
        Some(words) => { (words) ". " }
        None => { (winner.technique) " against it: " (words.figure()) ". " }
    } }
}
