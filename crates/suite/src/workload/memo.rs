//! Caching: requests for costly values, many of which were requested before.
//!
//! ```text
//! for key in keys:
//!     if key not in known:
//!         known[key] = spin(key, turns)
//!     total += known[key]
//! ```
//!
//! Small keys are requested often and large ones rarely (a scale-free mix, as in caches of web
//! pages), and every tenth stretch is a scan of keys that never come again, which flushes a cache
//! that keeps recent values. The cases set the cost of a value: 128 or 16 turns of opaque work.

mod calls;
mod hits;

pub use hits::Hits;

use self::calls::Calls;
use super::{Evenness, Facts, Mismatch, Params, Size, Workload, explain, known, sent_as_params};
use crate::bound::Bound;
use crate::digest::{Output, POISON};
use parallax_pattern::Recall;
use parallax_pattern::random::{GAMMA, at, mix, seed, spin};
use parallax_pattern::{Answer, Policy, Recalled};
use std::collections::HashMap;
use std::sync::OnceLock;

/// A stream of requests, and how often the function behind them was called.
pub struct Memo {
    params: Params,
    seed: u64,
    turns: u64,
    levels: u64,
    calls: Calls,
    hits: OnceLock<Hits>,
}

/// Requests per stretch; those from `BEFORE_SCAN` on are a scan.
const STRETCH: usize = 10_000;
const BEFORE_SCAN: usize = 9_000;

const fn requests(size: Size) -> usize {
    size.of([2_000, 100_000, 100_000, 1_000_000, 10_000_000])
}

impl Memo {
    /// How many turns of opaque work a value costs.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// How many hits caches have on these requests; simulated if it is not known.
    pub fn hits(&self) -> Hits {
        *self.hits.get_or_init(|| {
            let found = HITS.iter().find(|(size, _)| *size == self.params.size);
            let known = found.and_then(|(_, by_variant)| by_variant.get(self.params.variant as usize));
            known.copied().unwrap_or_else(|| {
                let keys: Vec<u64> = (0..self.len()).map(|i| self.key(i)).collect();
                Hits::of(&keys, self.capacity())
            })
        })
    }
}

impl Recall for Memo {
    fn len(&self) -> usize {
        requests(self.params.size)
    }
    #[inline]
    fn key(&self, i: usize) -> u64 {
        let (stretch, within) = (i / STRETCH, i % STRETCH);
        if within >= BEFORE_SCAN {
            let scanned = stretch * (STRETCH - BEFORE_SCAN) + within - BEFORE_SCAN;
            return (1 << self.levels) + scanned as u64;
        }
        let draw = 2 * (stretch * BEFORE_SCAN + within) as u64;
        let first = 1 << (at(self.seed, draw) % self.levels);
        first + (at(self.seed, draw + 1) & (first - 1))
    }
    #[inline]
    fn compute(&self, key: u64) -> u64 {
        self.calls.count();
        spin(key, self.turns)
    }
    fn capacity(&self) -> usize {
        self.params.size.of([64, 1024, 1024, 8192, 65536])
    }
}

/// The result of the requests, and the hits that a cache could have had.
pub struct Remembered {
    recalled: Recalled,
    calls: u64,
    unaccounted: Option<(u64, u64)>,
    requests: u64,
    hits: Hits,
}

impl Remembered {
    /// Lets one run answer the requests, and counts the calls that it makes.
    ///
    /// # Errors
    ///
    /// Those of `run`.
    pub fn recall(&mut self, work: &Memo, run: impl FnOnce() -> Answer<Recalled>) -> Answer<()> {
        work.calls.reset();
        let recalled = run()?;
        self.record(recalled, work.calls.total());
        Ok(())
    }

    /// Records a run whose calls were counted elsewhere: for techniques that compute in other
    /// processes, each of which counts its own calls ([`Remembered::calls`]), and that therefore have
    /// a special implementation of this workload.
    pub fn record(&mut self, recalled: Recalled, calls: u64) {
        (self.recalled, self.calls) = (recalled, calls);
        if recalled.hits.checked_add(calls) != Some(self.requests) {
            self.unaccounted = Some((recalled.hits, calls));
        }
    }

    /// How often the function was called.
    pub fn calls(&self) -> u64 {
        self.calls
    }
}

const NOTHING: Recalled = Recalled { sum: POISON, hits: 0, policy: Policy::Nothing };

impl Output for Remembered {
    fn len(&self) -> usize {
        1
    }
    fn word(&self, _: usize) -> u64 {
        self.recalled.sum
    }
    fn set_word(&mut self, _: usize, word: u64) {
        self.recalled.sum = word;
    }
    fn spoil(&mut self) {
        (self.recalled, self.calls, self.unaccounted) = (NOTHING, 0, None);
    }
    fn metrics(&self) -> Vec<(&'static str, f64)> {
        let hits = self.recalled.hits as f64;
        vec![
            ("hits", hits),
            ("hit_ratio", hits / self.requests as f64),
            ("hits_over_opt", hits / self.hits.best as f64),
        ]
    }
}

/// Digests of the sums, solved by the reference.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0x9f40083e9e598ccd, 0x80bad17286f347d3, 0x07b2801a675940b1, 0xc9d5b8715f1117d7]),
    (0, Size::Small, [0x4fb23d39602e9013, 0x4a8c25956a365119, 0x3d272e3cd4eda3e0, 0xfc2bf5c24180f7bb]),
    (0, Size::Headline, [0x4fb23d39602e9013, 0x4a8c25956a365119, 0x3d272e3cd4eda3e0, 0xfc2bf5c24180f7bb]),
    (0, Size::Medium, [0x6c20e680420836ad, 0x7e7647dbbcad107e, 0xbd81a260b15e8a08, 0xb67c4c59ba33ade7]),
    (1, Size::Tiny, [0x4667f749018de6f0, 0x4043159db9878319, 0xcfe9a4c4961449c0, 0x491dcf9e013da55d]),
    (1, Size::Small, [0x143b002a79f7318a, 0x7ce15a88b682bf37, 0x3ee73a2e05160d3d, 0xe0474d4e7bdfa71e]),
    (1, Size::Headline, [0x143b002a79f7318a, 0x7ce15a88b682bf37, 0x3ee73a2e05160d3d, 0xe0474d4e7bdfa71e]),
    (1, Size::Medium, [0xe5a222684f60c367, 0x32115b5d7224bedc, 0x96bf6c93f6ff7770, 0xb1a2a2090daa7d90]),
];

/// Hits by size and variant, simulated by [`Hits::of`]; they do not depend on the cost of a value.
const HITS: &[(Size, [Hits; 4])] = &[
    (
        Size::Tiny,
        [
            Hits { unbounded: 1775, lru: 1319, best: 1619 },
            Hits { unbounded: 1765, lru: 1256, best: 1573 },
            Hits { unbounded: 1760, lru: 1241, best: 1573 },
            Hits { unbounded: 1761, lru: 1270, best: 1590 },
        ],
    ),
    (
        Size::Small,
        [
            Hits { unbounded: 78322, lru: 52735, best: 68128 },
            Hits { unbounded: 78294, lru: 52681, best: 68060 },
            Hits { unbounded: 78274, lru: 52684, best: 68054 },
            Hits { unbounded: 78282, lru: 52560, best: 68111 },
        ],
    ),
    (
        Size::Headline,
        [
            Hits { unbounded: 78322, lru: 52735, best: 68128 },
            Hits { unbounded: 78294, lru: 52681, best: 68060 },
            Hits { unbounded: 78274, lru: 52684, best: 68054 },
            Hits { unbounded: 78282, lru: 52560, best: 68111 },
        ],
    ),
    (
        Size::Medium,
        [
            Hits { unbounded: 805307, lru: 586068, best: 719994 },
            Hits { unbounded: 805190, lru: 585091, best: 719745 },
            Hits { unbounded: 805359, lru: 586611, best: 720319 },
            Hits { unbounded: 805546, lru: 586914, best: 720525 },
        ],
    ),
];

impl Workload for Memo {
    const NAME: &'static str = "memo";
    const NUMBER: u16 = 11;
    const SHOWS: &'static str = "recompute or remember; eviction; shared hits";
    const PATTERN: &'static str = "recall";
    const CASES: &'static [&'static str] = &["128", "16"];
    const HEADLINE: &'static [&'static str] = &["lru", "quick-cache", "private-caches"];
    const SOURCE: &'static str = file!();
    type Output = Remembered;

    fn make(params: Params) -> Self {
        Memo {
            params,
            seed: seed(Self::NUMBER, params.variant),
            turns: params.turns.unwrap_or([128, 16][params.case]),
            levels: params.size.of([8, 14, 14, 17, 20]),
            calls: Calls::new(),
            hits: OnceLock::new(),
        }
    }
    fn params(&self) -> Params {
        self.params
    }
    /// The most memory that a cache of everything needs: a key, a value and as much again for the table.
    fn footprint(params: Params) -> u64 {
        32 * requests(params.size) as u64
    }
    fn facts(&self) -> Facts {
        Facts {
            items: self.len() as f64,
            unit: "requests".into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Even,
            limits: vec![Bound::share("hits_over_opt", "hits of OPT (Belady)")],
            spread: None,
        }
    }
    fn output(&self) -> Remembered {
        Remembered {
            recalled: NOTHING,
            calls: 0,
            unaccounted: None,
            requests: self.len() as u64,
            hits: self.hits(),
        }
    }
    /// From a running stream, stretch by stretch, with a map that forgets nothing.
    fn reference(&self, out: &mut Remembered) {
        let mut state = self.seed;
        let mut draw = move || {
            state = state.wrapping_add(GAMMA);
            mix(state)
        };
        let mut known = HashMap::new();
        let (mut sum, mut fresh) = (0u64, 2u64.pow(self.levels as u32));
        for i in 0..self.len() {
            let key = if i % 10_000 < 9_000 {
                let width = 2u64.pow((draw() % self.levels) as u32);
                width + draw() % width
            } else {
                fresh += 1;
                fresh - 1
            };
            let value = *known.entry(key).or_insert_with(|| spin(key, self.turns));
            sum = sum.wrapping_add(value);
        }
        let calls = known.len() as u64;
        out.record(Recalled { sum, hits: self.len() as u64 - calls, policy: Policy::Unbounded }, calls);
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
    /// Checks the sum, then that every request was answered either from the cache or by a call, then the hits.
    fn check(&self, got: &Remembered, expected: u64) -> Result<(), Mismatch> {
        if self.digest(got) != expected {
            return Err(explain(self, got, expected));
        }
        if let Some((hits, calls)) = got.unaccounted {
            let requests = got.requests;
            return Err(Mismatch(format!("{hits} hits and {calls} calls are not {requests} requests")));
        }
        if let Policy::Loose { held } = got.recalled.policy
            && held > self.capacity() as u64
        {
            return Err(Mismatch(format!("it holds {held} values, with room for {}", self.capacity())));
        }
        self.hits().judge(&got.recalled)
    }
}

sent_as_params!(Memo);

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(work: &Memo) -> Remembered {
        let mut out = work.output();
        work.reference(&mut out);
        out
    }

    #[test]
    fn the_sum_is_the_published_one() {
        let work = Memo::make(Params::of(Size::Medium));
        assert_eq!(solved(&work).word(0), 0x29b07e13a0e20f04);
    }

    #[test]
    fn the_hits_are_the_published_ones() {
        let published = [
            (Size::Tiny, Hits { unbounded: 1775, lru: 1319, best: 1619 }),
            (Size::Small, Hits { unbounded: 78322, lru: 52735, best: 68128 }),
            (Size::Medium, Hits { unbounded: 805307, lru: 586068, best: 719994 }),
        ];
        for (size, hits) in published {
            assert_eq!(Memo::make(Params::of(size)).hits(), hits, "{size}");
        }
    }

    #[test]
    fn the_known_hits_are_those_of_the_keys() {
        for size in [Size::Tiny, Size::Small] {
            for variant in 0..4 {
                let work = Memo::make(Params { variant, ..Params::of(size) });
                let keys: Vec<u64> = (0..work.len()).map(|i| work.key(i)).collect();
                assert_eq!(work.hits(), Hits::of(&keys, work.capacity()), "{size} {variant}");
            }
        }
    }

    #[test]
    fn other_turns_are_solved_anew() {
        let work = Memo::make(Params { turns: Some(3), ..Params::of(Size::Tiny) });
        assert_eq!((work.turns(), work.answer()), (3, None));
        let sum = (0..work.len()).map(|i| work.compute(work.key(i))).fold(0, u64::wrapping_add);
        assert_eq!(solved(&work).word(0), sum);
    }

    /// The check's verdict on a run that answers correctly, calls `calls` times, and claims `claimed` hits.
    fn verdict(policy: Policy, claimed: impl Fn(Hits) -> u64, calls: impl Fn(Hits) -> u64) -> bool {
        let work = Memo::make(Params::of(Size::Tiny));
        let (mut out, sum) = (work.output(), solved(&work).word(0));
        let run = || {
            for key in 0..calls(work.hits()) {
                work.compute(key);
            }
            Ok(Recalled { sum, hits: claimed(work.hits()), policy })
        };
        out.recall(&work, run).unwrap();
        work.check(&out, work.expected()).is_ok()
    }

    #[test]
    fn each_policy_must_have_its_hits() {
        for policy in [Policy::Nothing, Policy::Unbounded, Policy::Lru, Policy::Bounded] {
            let right = move |hits: Hits| match policy {
                Policy::Nothing => 0,
                Policy::Unbounded => hits.unbounded,
                Policy::Lru => hits.lru,
                Policy::Bounded | Policy::Loose { .. } => hits.best,
            };
            assert!(verdict(policy, right, |hits| 2000 - right(hits)), "{policy:?}");
            let more = |hits| right(hits) + 1;
            assert!(!verdict(policy, more, |hits| 2000 - more(hits)), "{policy:?} has too many");
            if !matches!(policy, Policy::Nothing | Policy::Bounded) {
                let fewer = |hits| right(hits) - 1;
                assert!(!verdict(policy, fewer, |hits| 2000 - fewer(hits)), "{policy:?} has too few");
            }
        }
        assert!(verdict(Policy::Bounded, |_| 7, |_| 1993), "a bounded cache may be bad");
    }

    #[test]
    fn what_forgets_at_its_own_time_must_have_forgotten_in_the_end() {
        let loose = |held| Policy::Loose { held };
        let all = |hits: Hits| hits.unbounded;
        assert!(verdict(loose(64), all, |hits| 2000 - all(hits)));
        assert!(!verdict(loose(65), all, |hits| 2000 - all(hits)), "more values than there is room for");
        let more = |hits| all(hits) + 1;
        assert!(!verdict(loose(64), more, |hits| 2000 - more(hits)), "a key was never computed");
    }

    #[test]
    fn a_key_computed_twice_is_rejected() {
        let exact = |hits: Hits| hits.unbounded;
        assert!(verdict(Policy::Unbounded, exact, |hits| 2000 - hits.unbounded));
        assert!(!verdict(Policy::Unbounded, exact, |hits| 2001 - hits.unbounded));
        assert!(!verdict(Policy::Nothing, |_| 0, |_| 0), "hits that no call explains");
    }

    #[test]
    fn a_bad_run_is_not_forgotten_in_the_next() {
        let work = Memo::make(Params::of(Size::Tiny));
        let mut out = work.output();
        out.record(Recalled { hits: 1, ..NOTHING }, 0);
        work.reference(&mut out);
        assert!(work.check(&out, work.expected()).is_err());
        out.spoil();
        work.reference(&mut out);
        assert!(work.check(&out, work.expected()).is_ok());
    }
}
