//! A table that all workers read and some change: entries are read whole, and none waits for the dead.

use super::*;

pub(crate) fn a_table_changes_entry_by_entry() {
    for workers in [0, 1, 2, 3] {
        let technique = SharedSeqlock::start(workers).unwrap();
        // (operations, entries, how often one is a change); the same table twice, then another
        for (len, entries, changing) in
            [(0, 5, 1), (1, 5, 1), (3, 1, 1), (5_000, 1, 2), (5_000, 1, 2), (20_000, 300, 10)]
        {
            parallax_conform::changes_entries_as_one(&technique, len, entries, changing);
        }
    }
}

/// Prices in cents, which every third operation raises; one change may be fatal.
#[derive(Serialize, Deserialize)]
struct Prices {
    fatal: Option<(u64, Way)>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Way {
    Panic,
    Kill,
}

impl Consult for Prices {
    type Entry = [u64; 2];
    type Reader = u64;
    fn entries(&self) -> usize {
        3
    }
    fn first(&self, _: usize) -> [u64; 2] {
        [0, 0]
    }
    fn len(&self) -> usize {
        3_000
    }
    fn access(&self, i: usize) -> Access {
        if i.is_multiple_of(3) { Access::Change(i / 3 % 3) } else { Access::Read(i % 3) }
    }
    fn reader(&self) -> u64 {
        0
    }
    fn seen(&self, torn: &mut u64, _: usize, [price, tenfold]: [u64; 2]) {
        *torn += u64::from(tenfold != 10 * price);
    }
    fn next(&self, [price, tenfold]: [u64; 2]) -> [u64; 2] {
        match self.fatal {
            Some((at, Way::Panic)) if at == price => panic!("unlucky price {price}"),
            Some((at, Way::Kill)) if at == price => kill_myself(),
            _ => [price + 1, tenfold + 10],
        }
    }
}

/// The process that dies holds an entry that the other changes, too.
pub(crate) fn a_panic_or_a_death_ends_the_run_and_the_next_one_works() {
    let told = in_time(|| {
        let technique = SharedSeqlock::start(2).unwrap();
        let mut told = Vec::new();
        for fatal in [(0, Way::Panic), (300, Way::Panic), (0, Way::Kill), (300, Way::Kill)] {
            let mut table = [[9; 2]; 3];
            let no = technique.consult(&Arc::new(Prices { fatal: Some(fatal) }), &mut table).unwrap_err();
            told.push((fatal, no.to_string()));
            let torn = technique.consult(&Arc::new(Prices { fatal: None }), &mut table).unwrap();
            assert_eq!((torn.iter().sum::<u64>(), table), (0, [[334, 3340], [333, 3330], [333, 3330]]));
        }
        told
    });
    for ((price, way), words) in told {
        let expected = match way {
            Way::Panic => format!("unlucky price {price}"),
            Way::Kill => "SIGKILL".to_owned(),
        };
        assert!(words.contains(&expected), "{words}");
    }
}

/// Entries of one byte.
#[derive(Serialize, Deserialize)]
struct Flags;

impl Consult for Flags {
    type Entry = bool;
    type Reader = ();
    fn entries(&self) -> usize {
        1
    }
    fn first(&self, _: usize) -> bool {
        false
    }
    fn len(&self) -> usize {
        1
    }
    fn access(&self, _: usize) -> Access {
        Access::Read(0)
    }
    fn reader(&self) {}
    fn seen(&self, (): &mut (), _: usize, _: bool) {}
    fn next(&self, flag: bool) -> bool {
        !flag
    }
}

pub(crate) fn what_is_no_pair_of_words_is_refused() {
    let no = SharedSeqlock::start(1).unwrap().consult(&Arc::new(Flags), &mut [true]).unwrap_err();
    assert!(matches!(no, No::Unfit(why) if why.contains("[u64; 2]")), "{no}");
}
