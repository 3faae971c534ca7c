//! The list of workloads, without a technique: what reports order by and filters complete from.

use crate::workload::{
    GridSearch, Histogram, Julia, Matmul, MonteCarlo, Pairwise, Stream, TaskGraph, TreeSearch, Workload,
};

/// What is known of a workload by name.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Its number.
    pub number: u16,
    /// The one thing it shows.
    pub shows: &'static str,
    /// Its pattern.
    pub pattern: &'static str,
    /// Its cases; the first is the one that a bench takes unasked.
    pub cases: &'static [&'static str],
}

/// All workloads, by number.
pub fn all() -> Vec<Entry> {
    vec![
        entry::<Stream>(),
        entry::<Matmul>(),
        entry::<Pairwise>(),
        entry::<Julia>(),
        entry::<MonteCarlo>(),
        entry::<TaskGraph>(),
        entry::<TreeSearch>(),
        entry::<Histogram>(),
        entry::<GridSearch>(),
    ]
}

const fn entry<W: Workload>() -> Entry {
    Entry { name: W::NAME, number: W::NUMBER, shows: W::SHOWS, pattern: W::PATTERN, cases: W::CASES }
}
