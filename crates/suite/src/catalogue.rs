//! The list of workloads, without a technique: what reports order by and filters complete from.

use crate::workload::{
    Bubblesort, Expression, GridSearch, Heat, Histogram, Julia, Matmul, MonteCarlo, Pairwise, Stream,
    TaskGraph, TreeSearch, Workload,
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
        // two types of output under one name: truths and floats
        Entry { cases: &["E1", "E2", "E3", "E4", "E5", "E6"], ..entry::<Expression>() },
        entry::<Pairwise>(),
        entry::<Julia>(),
        entry::<Bubblesort>(),
        entry::<MonteCarlo>(),
        entry::<Heat>(),
        entry::<TaskGraph>(),
        entry::<TreeSearch>(),
        entry::<Histogram>(),
        entry::<GridSearch>(),
    ]
}

const fn entry<W: Workload>() -> Entry {
    Entry { name: W::NAME, number: W::NUMBER, shows: W::SHOWS, pattern: W::PATTERN, cases: W::CASES }
}
