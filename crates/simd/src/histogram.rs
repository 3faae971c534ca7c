//! Conflicts: two lanes that increment the same word lose one of the increments.
//!
//! Counting does not suit lanes: a gather, an addition and a scatter lose a hit where two lanes have the same bin
//! (AVX-512 can find such lanes, but then handles them one by one). So each bin is counted by a plain increment, with
//! three improvements:
//!
//! 1. Where there are few bins, there are four tables, used in turn: an increment waits for an increment of the same
//!    word just before, and neighbouring keys never share one.
//! 2. Tables have words of 32 bits, so that twice as many fit into a cache.
//! 3. Random keys are computed in lanes, a block of them while those of the block before are counted: the first keeps
//!    the arithmetic units busy, the second the memory units.

use crate::best;
use crate::lanes::{Job, Lanes, Words};
use crate::montecarlo::mix;
use parallax_pattern::random::{GAMMA, at};
use std::ops::Range;

/// Counts the occurrences of each number below `bins` among the keys.
///
/// A key costs an increment, one to two nanoseconds, or a cache miss where the counts are larger than the caches.
///
/// ```
/// let ages = [31u8, 4, 31, 65, 4, 31];
/// let counts = parallax_simd::histogram(&ages, 100);
/// assert_eq!((counts[4], counts[31], counts[65], counts.iter().sum::<u64>()), (2, 3, 1, 6));
/// ```
///
/// # Panics
///
/// If a key is not below `bins`.
pub fn histogram<K: Copy + Into<u64>>(keys: &[K], bins: usize) -> Vec<u64> {
    let mut counts = vec![0; bins];
    let counted = count_keys(keys, &mut counts);
    counted.unwrap_or_else(|place| panic!("key {} has no bin among {bins}", keys[place].into()));
    counts
}

/// Adds the occurrences of each number among the keys to existing counts; several threads may each count some of the
/// keys.
///
/// ```
/// let mut counts = [0; 4];
/// parallax_simd::count_keys(&[3u8, 0, 3], &mut counts)?;
/// assert_eq!(counts, [1, 0, 0, 2]);
/// assert_eq!(parallax_simd::count_keys(&[1u8, 7, 1], &mut counts), Err(1));
/// # Ok::<(), usize>(())
/// ```
///
/// # Errors
///
/// The place of the first key that has no bin; the keys before it are counted.
pub fn count_keys<K: Copy + Into<u64>>(keys: &[K], counts: &mut [u64]) -> Result<(), usize> {
    let bins = counts.len();
    let done = best::run(Counts { keys: Given { keys, bins }, counts });
    if done == keys.len() { Ok(()) } else { Err(done) }
}

/// Draws random keys and adds the occurrences of each to existing counts. Keys are below the number of counts, a power
/// of two. With `skewed` they are below 256: a random power of two, plus a random number below it.
///
/// A key is a function of the seed and its number, so several threads may each count a range. No key is kept in memory.
///
/// ```
/// let mut counts = [0; 8];
/// parallax_simd::count_random(7, 0..800_000, false, &mut counts);
/// assert!(counts.iter().all(|count| (99_000..101_000).contains(count)));
/// ```
///
/// # Panics
///
/// If the number of `counts` is not a power of two, or not 256 if keys are skewed.
pub fn count_random(seed: u64, keys: Range<usize>, skewed: bool, counts: &mut [u64]) {
    assert!(counts.len().is_power_of_two(), "the number of bins must be a power of two");
    assert!(!skewed || counts.len() == 256, "skewed keys need 256 bins");
    let last = counts.len() as u64 - 1;
    let done = best::run(Counts { keys: Drawn { seed, skewed, last, keys: keys.clone() }, counts });
    for key in keys.skip(done).map(|k| at(seed, k as u64)) {
        let bit = 1 << ((key >> 48) & 7);
        let bin = if skewed { bit + (key & (bit - 1)) } else { key & last };
        counts[bin as usize] += 1;
    }
}

/// A source of keys.
trait Keys {
    /// The number of keys.
    fn len(&self) -> usize;
    /// Whether a bin has only bits of the last bin. Where that is certain, increments need no check.
    const MASKED: bool;
    /// Calls `hit` for each key that is in a whole vector, with its bin and a number below [`TABLES`] that differs
    /// between neighbouring keys; returns the number of those keys.
    fn each<L: Lanes>(self, lanes: L, hit: impl FnMut(usize, usize)) -> usize;
}

/// Keys in memory, counted to the last, or to the first that has no bin.
struct Given<'a, K> {
    keys: &'a [K],
    bins: usize,
}

impl<K: Copy + Into<u64>> Keys for Given<'_, K> {
    const MASKED: bool = false;
    fn len(&self) -> usize {
        self.keys.len()
    }
    #[inline(always)]
    fn each<L: Lanes>(self, _: L, mut hit: impl FnMut(usize, usize)) -> usize {
        for (k, key) in self.keys.iter().enumerate() {
            let bin: u64 = (*key).into();
            if bin >= self.bins as u64 {
                return k;
            }
            hit(k % TABLES, bin as usize);
        }
        self.keys.len()
    }
}

/// Random keys, computed a vector at a time.
struct Drawn {
    seed: u64,
    skewed: bool,
    /// The largest bin.
    last: u64,
    keys: Range<usize>,
}

/// Bins that are computed before they are counted: few enough that both overlap, and enough that none is read while it
/// is still on its way to memory.
const BLOCK: usize = 64;

impl Keys for Drawn {
    const MASKED: bool = true;
    fn len(&self) -> usize {
        self.keys.len()
    }
    #[inline(always)]
    fn each<L: Lanes>(self, lanes: L, mut hit: impl FnMut(usize, usize)) -> usize {
        let Drawn { seed, skewed, last, keys } = self;
        let start = seed.wrapping_add((keys.start as u64 + 1).wrapping_mul(GAMMA));
        let mut state = Words::count_up(lanes, start, GAMMA);
        let blocks = keys.len() / BLOCK;
        let (mut bins, mut next) = (&mut [0; BLOCK], &mut [0; BLOCK]);
        for block in 0..=blocks {
            for first in (0..BLOCK).step_by(L::LEN) {
                if block < blocks {
                    bins_of(mix(state), skewed, last).store(&mut next[first..]);
                    state = state + (L::LEN as u64).wrapping_mul(GAMMA);
                }
                if block > 0 {
                    for (k, bin) in bins[first..][..L::LEN].iter().enumerate() {
                        hit((first + k) % TABLES, *bin as usize);
                    }
                }
            }
            std::mem::swap(&mut bins, &mut next);
        }
        blocks * BLOCK
    }
}

/// The bins of a vector of keys.
#[inline(always)]
fn bins_of<L: Lanes>(key: Words<L>, skewed: bool, last: u64) -> Words<L> {
    if !skewed {
        return key & last;
    }
    let bit = ((key >> 48) & 7).power_of_two();
    bit + (key & (bit - 1))
}

/// Adds keys to counts; returns the number of keys added.
struct Counts<'a, K> {
    keys: K,
    counts: &'a mut [u64],
}

/// Up to this number of bins there are [`TABLES`] tables, which fit in the first cache together.
const SMALL: usize = 256;
const TABLES: usize = 4;
/// From this number of keys for each bin on, a separate large table pays, although it must be allocated, and added in
/// the end. Where threads count small pieces each, it does not.
const KEYS_FOR_A_TABLE: usize = 16;

impl<K: Keys> Job for Counts<'_, K> {
    type Out = usize;
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) -> usize {
        let Counts { keys, counts } = self;
        let last = if K::MASKED { counts.len() - 1 } else { usize::MAX };
        let (bins, fits) = (counts.len(), keys.len() <= u32::MAX as usize);
        if fits && bins <= SMALL {
            let mut tables = [[0u32; SMALL]; TABLES];
            let done = keys.each(
                lanes,
                #[inline(always)]
                |table, bin| tables[table][bin % SMALL] += 1,
            );
            tables.iter().for_each(|table| add(counts, table));
            done
        } else if fits && keys.len() >= KEYS_FOR_A_TABLE * bins {
            let mut table = vec![0u32; bins];
            let table = &mut table[..bins];
            let done = keys.each(
                lanes,
                #[inline(always)]
                |_, bin| table[bin & last] += 1,
            );
            add(counts, table);
            done
        } else {
            keys.each(
                lanes,
                #[inline(always)]
                |_, bin| counts[bin & last] += 1,
            )
        }
    }
}

fn add(counts: &mut [u64], table: &[u32]) {
    counts.iter_mut().zip(table).for_each(|(count, more)| *count += u64::from(*more));
}

#[cfg(feature = "worker")]
mod suite {
    use super::{Counts, Drawn};
    use crate::Packed;
    use crate::lanes::Machine;
    use parallax_pattern::{Fold, Reduce};
    use parallax_suite::workload::Histogram;
    use std::ops::Range;

    impl<M: Machine> Fold<Histogram> for Packed<M> {
        const SOURCE: &'static str = file!();
        fn fold(&self, work: &Histogram, counts: &mut Vec<u64>, items: Range<usize>) {
            let (seed, skewed, last) = (work.seed(), work.skewed(), work.bins() as u64 - 1);
            // Cut here, where the compiler does not know the few possible numbers of bins: knowing them, it masks
            // 65,536 bins by their halves, and with AVX-512 each increment then takes ten times as long.
            let done = self.machine.run(Counts {
                keys: Drawn { seed, skewed, last, keys: items.clone() },
                counts: &mut counts[..work.bins()],
            });
            Reduce::fold(work, counts, items.start + done..items.end); // fewer than a block
        }
    }
}
