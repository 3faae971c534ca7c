//! The workers of the workspace that a command needs; the others are not built.

use super::BASELINE_FAMILY;
use crate::filter::{Filter, Names};
use anyhow::Result;
use parallax_record::name::PEERS;
use std::collections::BTreeSet;

/// Families without a technique in any headline: each takes minutes to build, or needs a library that few have, or is
/// similar to another family (`-f processes` takes both).
const NO_HEADLINE: [&str; 4] = ["distributed-jobs", "distributed-mpi", "jit", "processes-engines"];

/// The families that are built before all others, so that a first result comes early.
const FIRST: [&str; 2] = [BASELINE_FAMILY, "threading"];

/// The workers of the workspace that a command needs.
#[derive(Debug, Clone, Default)]
pub enum Wanted {
    /// Every worker.
    #[default]
    All,
    /// The workers that have techniques of a headline.
    Headline,
    /// The workers of the families that a filter takes. Their techniques and workloads are known only after the build,
    /// so `-t` and `-w` do not limit it.
    Filtered(Filter),
    /// The workers of these families: those of a resumed run.
    Families(BTreeSet<String>),
}

/// Families that do not come from the workspace.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Others {
    /// Whether the Python peers are requested.
    pub(super) peers: bool,
    /// Whether workers are named, whose families are not known yet.
    pub(super) named: bool,
}

impl Wanted {
    /// The programs to build, out of `all`; always including the baseline.
    ///
    /// # Errors
    ///
    /// A pattern for families that matches none; this is checked before anything is built.
    pub(super) fn programs(&self, all: &[String], others: Others) -> Result<Vec<String>> {
        let chosen: Box<dyn Fn(&str) -> bool + '_> = match self {
            Wanted::All => Box::new(|_| true),
            // a peer is also compared with the technique that its topic names, and one of these is jit's
            Wanted::Headline => Box::new(move |name| others.peers || !NO_HEADLINE.contains(&name)),
            Wanted::Families(families) => Box::new(|name| families.contains(name)),
            Wanted::Filtered(filter) => {
                let compiled = match filter.compile(&families(all, others)) {
                    Err(_) if others.named => filter.compile(&Names::default())?,
                    compiled => compiled?,
                };
                Box::new(move |name| compiled.admits_family(name))
            }
        };
        Ok(all.iter().filter(|name| *name == BASELINE_FAMILY || chosen(name)).cloned().collect())
    }

    /// The programs of `all` that are not built although the user excluded nothing.
    pub(super) fn left_out(&self, all: &[String], others: Others) -> Vec<String> {
        let nobody_said = matches!(self, Wanted::Headline) && !others.peers;
        all.iter().filter(|name| nobody_said && NO_HEADLINE.contains(&name.as_str())).cloned().collect()
    }
}

fn families(programs: &[String], others: Others) -> Names {
    let mut names = Names::default();
    let peers = others.peers.then_some(PEERS);
    programs.iter().map(String::as_str).chain(peers).for_each(|family| names.add("", "", "", family));
    names
}

/// The wanted programs to build first; empty where that saves no work, or where it would show nothing.
pub(super) fn first(wanted: &[String]) -> Vec<String> {
    let first: Vec<String> = wanted.iter().filter(|name| FIRST.contains(&name.as_str())).cloned().collect();
    if first.len() == FIRST.len() && first.len() < wanted.len() { first } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Verb {
        #[command(flatten)]
        filter: Filter,
    }

    const ALL: [&str; 10] = [
        "baseline",
        "distributed",
        "distributed-jobs",
        "distributed-mpi",
        "jit",
        "processes",
        "processes-engines",
        "simd",
        "stack",
        "threading",
    ];

    fn all() -> Vec<String> {
        ALL.map(str::to_owned).to_vec()
    }

    fn of(line: &str, others: Others) -> Result<Vec<String>> {
        let words = std::iter::once("verb").chain(line.split_whitespace());
        Wanted::Filtered(Verb::parse_from(words).filter).programs(&all(), others)
    }

    #[test]
    fn a_family_is_built_with_the_baseline_and_nothing_else() {
        let built = |line| of(line, Others::default()).unwrap();
        assert_eq!(built("-f threading"), ["baseline", "threading"]);
        assert_eq!(built("-f simd -f stack"), ["baseline", "simd", "stack"]);
        assert_eq!(built("-f ^s"), ["baseline", "simd", "stack"]);
        assert_eq!(built("-f processes"), ["baseline", "processes", "processes-engines"]);
        assert_eq!(built("-f ^processes$"), ["baseline", "processes"]);
        let distributed = ["baseline", "distributed", "distributed-jobs", "distributed-mpi"];
        assert_eq!(built("-f distributed"), distributed);
        assert_eq!(built("-F jit -F processes -F distributed"), ["baseline", "simd", "stack", "threading"]);
        for line in ["", "-t rayon", "-w julia -W heat", "-T mutex"] {
            assert_eq!(built(line), ALL, "{line}: only built workers know their techniques and workloads");
        }
    }

    #[test]
    fn a_family_that_does_not_exist_is_refused_with_those_near_it() {
        let why = of("-f threadng", Others::default()).unwrap_err().to_string();
        assert!(why.contains("no family matches 'threadng'; did you mean 'threading'?"), "{why}");
        assert!(of("-f python", Others::default()).is_err());
        assert_eq!(of("-f python", Others { peers: true, named: false }).unwrap(), ["baseline"]);
        // the family of a named worker is known only after its start
        assert_eq!(of("-f mine", Others { peers: false, named: true }).unwrap(), ["baseline"]);
    }

    #[test]
    fn a_headline_needs_only_what_is_soon_built_and_the_topics_of_the_peers_all() {
        let of = |peers| Wanted::Headline.programs(&all(), Others { peers, named: false }).unwrap();
        assert_eq!(of(false), ["baseline", "distributed", "processes", "simd", "stack", "threading"]);
        assert_eq!(of(true), ALL);
        let left_out = |wanted: Wanted, peers| wanted.left_out(&all(), Others { peers, named: false });
        assert_eq!(left_out(Wanted::Headline, false), NO_HEADLINE);
        assert_eq!(left_out(Wanted::Headline, true), [""; 0]);
        assert_eq!(left_out(Wanted::All, false), [""; 0]);
        assert_eq!(Wanted::All.programs(&all(), Others::default()).unwrap(), ALL);
        let families = Wanted::Families(["jit".to_owned(), "gone".to_owned()].into());
        assert_eq!(families.programs(&all(), Others::default()).unwrap(), ["baseline", "jit"]);
    }

    #[test]
    fn a_first_look_is_built_first_only_where_more_is_to_be_built() {
        assert_eq!(first(&all()), ["baseline", "threading"]);
        assert_eq!(first(&["baseline".to_owned(), "threading".to_owned()]), [""; 0]);
        assert_eq!(first(&["baseline".to_owned(), "simd".to_owned(), "stack".to_owned()]), [""; 0]);
    }
}
