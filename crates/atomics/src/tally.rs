//! Words counted in one table that all threads write, on one scaffold: each thread has an equal share of the text.
//!
//! A thread that counts in its own table contends with no other, and merges at the end. Here a count can be read at any
//! time, and each word pays for that. Some sixty words make half of the suite's text, so threads often contend for the
//! same entries.

use parallax_pattern::{Answer, Reduce, pieces, team, whole_share};
use parallax_suite::workload::Wordcount;
use std::ops::Range;

/// Gives each of `workers` threads an equal share of a text, in whole grains; it counts the words that begin there.
pub(crate) fn spread(workers: usize, work: &Wordcount, count: impl Fn(Range<usize>) + Sync) -> Answer<()> {
    let count = &count;
    let shares = pieces(work.len(), whole_share(work.len(), work.grain(), workers));
    team::run(shares.map(|part| move || count(part))).map(drop)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Barrier, Mutex};

    const THREADS: u64 = 4;
    const TIMES: u64 = 3;

    /// Shows that no count is lost where threads find the same words missing at the same moment, and then add to them.
    pub(crate) fn loses_nothing<T: Default + Sync, C: IntoIterator<Item = (Box<[u8]>, u64)>>(
        count: fn(&T, &[&[u8]]),
        counts: fn(T) -> C,
    ) {
        let words: Vec<Box<[u8]>> = (0..100).map(|k| format!("word{k}").into_bytes().into()).collect();
        let text: Vec<&[u8]> = words.iter().map(AsRef::as_ref).collect();
        for _ in 0..50 {
            let (table, start) = (T::default(), Barrier::new(THREADS as usize));
            let job = || {
                start.wait();
                (0..TIMES).for_each(|_| count(&table, &text));
            };
            std::thread::scope(|scope| (0..THREADS).for_each(|_| drop(scope.spawn(job))));
            let got: Vec<_> = counts(table).into_iter().collect();
            assert_eq!(got.len(), words.len(), "a word has two entries, or none");
            let right: BTreeMap<_, _> = words.iter().map(|word| (word.clone(), TIMES * THREADS)).collect();
            assert_eq!(got.into_iter().collect::<BTreeMap<_, _>>(), right);
        }
    }

    /// Releases the lock between reading a count and writing the next one.
    fn count_in_two_steps(table: &Mutex<BTreeMap<Box<[u8]>, u64>>, words: &[&[u8]]) {
        for word in words {
            let seen = table.lock().unwrap().get(*word).copied();
            std::thread::yield_now();
            table.lock().unwrap().insert((*word).into(), seen.unwrap_or(0) + 1);
        }
    }

    #[test]
    #[should_panic(expected = "left == right")]
    fn a_table_that_lets_go_in_between_is_noticed() {
        loses_nothing(count_in_two_steps, |table| table.into_inner().unwrap());
    }
}
