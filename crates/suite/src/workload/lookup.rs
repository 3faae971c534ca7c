//! Read-mostly shared state: a table that all workers read often and change rarely.
//!
//! ```text
//! for i in range(n):
//!     entry = random(i) % len(table)
//!     if random(i) is one of w in 1024:
//!         table[entry] = (m + 1, mix(m + 1)) where (m, _) = table[entry]    # both words as one
//!     else:
//!         m, check = table[entry]
//!         assert check == mix(m) and m >= the last m seen here
//! ```
//!
//! The cases set how many operations of 1024 are changes. A read of half an old entry and half a new one is torn; a
//! lock prevents that, and so does a copy, and the question is what they cost a reader. The check that an entry is
//! whole is part of the work, for the baseline too.

use super::{Evenness, Facts, Mismatch, Params, Size, Workload, explain, known, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::digest::{Output, POISON};
use parallax_pattern::random::{GAMMA, at, mix, seed};
use parallax_pattern::{Access, Consult};
use std::hint::cold_path;
use std::ops::Range;

/// Reads and changes of a shared table.
#[derive(Debug)]
pub struct Lookup {
    params: Params,
    draw: Draw,
}

/// What operations are drawn from.
#[derive(Debug, Clone, Copy)]
struct Draw {
    seed: u64,
    mask: u64,
    changes: u64,
}

impl Draw {
    #[inline(always)]
    fn access(self, i: usize) -> Access {
        let r = at(self.seed, i as u64);
        let entry = ((r >> 20) & self.mask) as usize;
        if r & 1023 < self.changes { Access::Change(entry) } else { Access::Read(entry) }
    }
}

/// An entry: a number, and its [`mix`].
pub type Pair = [u64; 2];

const fn operations(params: Params) -> usize {
    params.count([10_000, 1_000_000, 10_000_000, 20_000_000, 200_000_000])
}

const fn entries(size: Size) -> usize {
    size.of([1 << 6, 1 << 10, 1 << 12, 1 << 16, 1 << 20])
}

/// A worker's record of its reads.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Read {
    /// The last number that was read of each entry.
    last: Vec<u64>,
    /// How many reads there were.
    reads: u64,
    /// How many of them saw words that do not match.
    torn: u64,
    /// How many saw a smaller number than the read before.
    fell: u64,
}

impl Consult for Lookup {
    type Entry = Pair;
    type Reader = Read;
    fn entries(&self) -> usize {
        self.draw.mask as usize + 1
    }
    fn first(&self, _: usize) -> Pair {
        [0, mix(0)]
    }
    fn len(&self) -> usize {
        operations(self.params)
    }
    #[inline(always)]
    fn access(&self, i: usize) -> Access {
        self.draw.access(i)
    }
    #[inline(always)]
    fn accesses(&self, share: Range<usize>) -> impl Iterator<Item = Access> {
        let draw = self.draw;
        share.map(move |i| draw.access(i))
    }
    fn changes(&self) -> usize {
        (Consult::len(self) as f64 * self.draw.changes as f64 / 1024.0) as usize
    }
    #[inline(always)] // else its counts stay in memory through the whole loop
    fn reader(&self) -> Read {
        Read { last: vec![0; self.entries()], reads: 0, torn: 0, fell: 0 }
    }
    #[inline(always)]
    fn seen(&self, reader: &mut Read, entry: usize, [n, check]: Pair) {
        let last = &mut reader.last[entry];
        reader.reads += 1;
        let (torn, fell) = (check != mix(n), n < *last);
        if torn | fell {
            cold_path(); // so that neither count takes a register of the loop
            reader.torn += u64::from(torn);
            reader.fell += u64::from(fell);
        }
        *last = n;
    }
    #[inline(always)]
    fn next(&self, [n, _]: Pair) -> Pair {
        [n + 1, mix(n + 1)]
    }
}

/// The final table, and the records of its readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consulted {
    table: Vec<Pair>,
    reads: u64,
    torn: u64,
    fell: u64,
}

impl Consulted {
    /// The table, to work on; the readers' records are [added](Consulted::record) afterwards.
    pub fn table_mut(&mut self) -> &mut [Pair] {
        &mut self.table
    }

    /// Adds the records of all readers.
    pub fn record(&mut self, readers: impl IntoIterator<Item = Read>) {
        (self.reads, self.torn, self.fell) = (0, 0, 0);
        for reader in readers {
            self.reads += reader.reads;
            self.torn += reader.torn;
            self.fell += reader.fell;
        }
    }
}

/// Its words are the numbers of the entries, and how many reads there were.
impl Output for Consulted {
    fn len(&self) -> usize {
        self.table.len() + 1
    }
    fn word(&self, i: usize) -> u64 {
        self.table.get(i).map_or(self.reads, |[n, _]| *n)
    }
    fn set_word(&mut self, i: usize, word: u64) {
        match self.table.get_mut(i) {
            Some([n, _]) => *n = word,
            None => self.reads = word,
        }
    }
    fn spoil(&mut self) {
        self.table.fill([POISON; 2]);
        self.record([]);
    }
}

/// Digests of the final table, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0xc7fec65493300ffc, 0x3f9a6da109290168, 0x814c680954169d36, 0xe3508a2b67bdeb53]),
    (0, Size::Small, [0x97365616559444d2, 0xbfa64b66e0981b09, 0x2bb6c69cb8738991, 0x368bd2589b7becdf]),
    (0, Size::Headline, [0x010607da8397a9a4, 0xa8b9aabd529d061f, 0x5071c17016b81c2a, 0xca7ad7566c1cd40d]),
    (0, Size::Medium, [0x2d17be656edb8e49, 0x85ec34aa2c9fa6e2, 0x3b8fc5ef5737a665, 0x08b04e2b173f7a35]),
    (1, Size::Tiny, [0xfda9214751e72209, 0xfda9214751e72209, 0xfda9214751e72209, 0xfda9214751e72209]),
    (1, Size::Small, [0x2245b61b3014b2ef, 0x2245b61b3014b2ef, 0x2245b61b3014b2ef, 0x2245b61b3014b2ef]),
    (1, Size::Headline, [0xe7bd13f6981a268a, 0xe7bd13f6981a268a, 0xe7bd13f6981a268a, 0xe7bd13f6981a268a]),
    (1, Size::Medium, [0xb36b74c8b4d971bf, 0xb36b74c8b4d971bf, 0xb36b74c8b4d971bf, 0xb36b74c8b4d971bf]),
    (2, Size::Tiny, [0x2a5a71680dcea3c4, 0x03f914e802e3405c, 0x5819e25dc262f4b4, 0x845d955411925057]),
    (2, Size::Small, [0xdfacf8e7a7accbcc, 0x652e0e3224cbb1bf, 0xe8889860bef8093d, 0xd0a6ad0a22c9122f]),
    (2, Size::Headline, [0x542a5b4312edfa00, 0x704e66ff7bf58930, 0xd21bc5f4a0cf1367, 0x1a162e09c023b051]),
    (2, Size::Medium, [0xee1928c27476271b, 0x89e7abcb35d8e7ef, 0xa177494e59ab4b12, 0x9d7d8cc89b529975]),
    (3, Size::Tiny, [0x458e2e9de683424f, 0xa11c803bfa80cf43, 0xd5b4a7e88d1c9458, 0x258d7dc9c8251857]),
    (3, Size::Small, [0x914f79bb4aef882d, 0x97d5ba75ea28b7dc, 0xb545bc7d2f87204a, 0xfaf83106debdcb6b]),
    (3, Size::Headline, [0x240f5f556c2e7e08, 0x5a26b9f00b0a9785, 0x5b8a708a2dd761a6, 0xafa5056e9f6ab2c1]),
    (3, Size::Medium, [0x759ccaa23c2b963c, 0x2f298d1ef559c94e, 0x0c6a18fea3cada31, 0xf5427f9acef78d1b]),
];

impl Workload for Lookup {
    const NAME: &'static str = "lookup";
    const NUMBER: u16 = 19;
    const SHOWS: &'static str = "state that all read and some change";
    const PATTERN: &'static str = "consult";
    const CASES: &'static [&'static str] = &["w1", "w0", "w10", "w100"];
    const HEADLINE: &'static [&'static str] =
        &["mutex", "rwlock-sharded", "seqlock", "arc-swap", "dashmap", "shared-seqlock"];
    const SOURCE: &'static str = file!();
    type Output = Consulted;

    fn make(params: Params) -> Self {
        Lookup {
            params,
            draw: Draw {
                seed: seed(Self::NUMBER, params.variant),
                mask: entries(params.size) as u64 - 1,
                changes: [1, 0, 10, 100][params.case],
            },
        }
    }
    fn params(&self) -> Params {
        self.params
    }
    /// The table, and the record of one reader.
    fn footprint(params: Params) -> u64 {
        (16 + 8) * entries(params.size) as u64
    }
    fn units(params: Params) -> Option<u64> {
        Some(operations(params) as u64)
    }
    fn facts(&self) -> Facts {
        let items = self.len() as f64;
        Facts {
            items,
            unit: "operations".into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Even,
            // two products draw an operation, two more check that an entry is whole
            limits: vec![Bound::of(Rate::Multiply, 4.0 * items)],
            spread: None,
        }
    }
    fn output(&self) -> Consulted {
        Consulted { table: vec![[POISON; 2]; self.entries()], reads: 0, torn: 0, fell: 0 }
    }
    /// By counting: an entry ends at the number of its changes.
    fn reference(&self, out: &mut Consulted) {
        let (mut state, len) = (self.draw.seed, self.entries() as u64);
        let (mut counts, mut reads) = (vec![0; self.entries()], 0);
        for _ in 0..self.len() {
            state = state.wrapping_add(GAMMA);
            let r = mix(state);
            match r % 1024 < self.draw.changes {
                true => counts[((r >> 20) % len) as usize] += 1,
                false => reads += 1,
            }
        }
        for (pair, n) in out.table.iter_mut().zip(counts) {
            *pair = [n, mix(n)];
        }
        (out.reads, out.torn, out.fell) = (reads, 0, 0);
    }
    /// The digest of the numbers only, without the reads.
    fn digest(&self, out: &Consulted) -> u64 {
        out.partial_digest(0..out.table.len())
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
    /// Checks the numbers, then that each read was made, and saw an entry that was whole and not older than the last.
    fn check(&self, got: &Consulted, expected: u64) -> Result<(), Mismatch> {
        if self.digest(got) != expected {
            return Err(explain(self, got, expected));
        }
        if let Some(entry) = got.table.iter().position(|[n, check]| *check != mix(*n)) {
            return Err(Mismatch(format!("entry {entry} is torn in the end")));
        }
        let changes: u64 = got.table.iter().map(|[n, _]| n).sum();
        let reads = self.len() as u64 - changes;
        match got {
            Consulted { torn: 1.., .. } => Err(Mismatch(format!("{} of {reads} reads are torn", got.torn))),
            Consulted { fell: 1.., .. } => Err(Mismatch(format!(
                "{} of {reads} reads saw an older entry than the read before",
                got.fell
            ))),
            _ if got.reads != reads => Err(Mismatch(format!("{} reads instead of {reads}", got.reads))),
            _ => Ok(()),
        }
    }
}

sent_as_params!(Lookup);

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::{Guard, Sequential};
    use std::sync::Arc;

    fn case(case: usize, size: Size) -> Lookup {
        Lookup::make(Params { case, ..Params::of(size) })
    }

    fn solved(work: &Lookup) -> Consulted {
        let mut out = work.output();
        work.reference(&mut out);
        out
    }

    #[test]
    fn digests_and_reads_are_the_published_ones() {
        let published = [
            (Size::Tiny, 1, 0xfda9214751e72209, 10_000),
            (Size::Tiny, 0, 0xc7fec65493300ffc, 9_986),
            (Size::Tiny, 2, 0x2a5a71680dcea3c4, 9_893),
            (Size::Tiny, 3, 0x458e2e9de683424f, 9_038),
            (Size::Small, 1, 0x2245b61b3014b2ef, 1_000_000),
            (Size::Small, 0, 0x97365616559444d2, 998_997),
            (Size::Small, 2, 0xdfacf8e7a7accbcc, 990_213),
            (Size::Small, 3, 0x914f79bb4aef882d, 901_827),
        ];
        for (size, index, digest, reads) in published {
            let work = case(index, size);
            let out = solved(&work);
            assert_eq!((work.digest(&out), out.reads), (digest, reads), "{size} {}", Lookup::CASES[index]);
        }
    }

    #[test]
    fn the_pattern_comes_to_the_same() {
        for index in 0..4 {
            let work = Arc::new(case(index, Size::Tiny));
            let mut out = work.output();
            let readers = Sequential.consult(&work, out.table_mut()).unwrap();
            out.record(readers);
            assert_eq!(out, solved(&work));
            assert_eq!(work.check(&out, work.expected()), Ok(()));
        }
    }

    #[test]
    fn what_goes_wrong_among_threads_is_found() {
        let work = case(3, Size::Tiny);
        let spoilt = |spoil: &dyn Fn(&mut Consulted)| {
            let mut out = solved(&work);
            spoil(&mut out);
            work.check(&out, work.expected()).unwrap_err().to_string()
        };
        assert!(
            spoilt(&|out| out.table[7] = [out.table[7][0] - 1, mix(out.table[7][0] - 1)]).contains("word 7")
        );
        assert!(spoilt(&|out| out.table[7][1] += 1).contains("entry 7 is torn"));
        assert!(spoilt(&|out| out.torn = 1).contains("1 of 9038 reads are torn"));
        assert!(spoilt(&|out| out.fell = 2).contains("2 of 9038 reads saw an older"));
        assert!(spoilt(&|out| out.reads -= 1).contains("9037 reads instead of 9038"));
        assert!(spoilt(&Output::spoil).contains("differ"));
    }

    #[test]
    fn readers_notice_torn_and_older_entries() {
        let work = case(0, Size::Tiny);
        let mut reader = work.reader();
        for (n, check) in [(0, 0), (2, 2), (2, 1), (1, 1)] {
            work.seen(&mut reader, 3, [n, mix(check)]);
        }
        assert_eq!((reader.reads, reader.torn, reader.fell), (4, 1, 1));
    }
}
