//! Passes as lanes: each pass of a bubble sort follows close behind the one before, so that many run at the same time.
//!
//! The plain sort makes one pass after another, and in a pass each comparison waits for the one before. But the next
//! pass may begin close behind this one: two places behind it no value moves any more. So
//!
//! 1. each lane is a pass, which holds the largest value that it has met;
//! 2. in a step each lane takes the value that the lane before it released in the previous step, keeps the larger of it
//!    and its own, and releases the smaller; the first lane takes the next value, and the last lane's value is stored.
//!
//! The comparisons and exchanges are those of the textbook. Only a few passes at the end may be superfluous: they find
//! all values in order, and are not counted.

use crate::best;
use crate::lanes::{Job, Lanes, MOST_LANES, Words};

/// Sorts numbers by exchanging neighbours, as the textbook's bubble sort does; returns the numbers of comparisons and
/// of exchanges.
///
/// It makes `n²/2` comparisons at most, a dozen or two of them at the same time, and a second copy of the numbers.
///
/// ```
/// let mut places = [3, 1, 2];
/// assert_eq!(parallax_simd::bubble_sort(&mut places), (3, 2));
/// assert_eq!(places, [1, 2, 3]);
/// ```
pub fn bubble_sort(values: &mut [i64]) -> (u64, u64) {
    best::run(Sort { values })
}

/// Sorts by sweeps. A sweep makes `passes` passes over the first values and returns the number of exchanges of each. As
/// in the textbook, a pass is one value shorter than the one before, and a pass without an exchange is the last; later
/// passes of the sweep change nothing. Returns the numbers of comparisons and of exchanges.
#[inline(always)]
pub(crate) fn sweeps<const N: usize>(
    len: usize,
    passes: usize,
    mut sweep: impl FnMut(usize) -> [u64; N],
) -> (u64, u64) {
    let (mut end, mut comparisons, mut swaps) = (len, 0, 0);
    while end >= 2 {
        for &exchanged in &sweep(end)[..passes] {
            comparisons += end.saturating_sub(1) as u64;
            swaps += exchanged;
            end = end.saturating_sub(1);
            if exchanged == 0 {
                return (comparisons, swaps);
            }
        }
    }
    (comparisons, swaps)
}

/// The sort for the vectors of any machine.
pub(crate) struct Sort<'a> {
    pub(crate) values: &'a mut [i64],
}

/// Vectors of passes in a sweep: a step of each waits only for its own last step. More would not fit into 16 registers.
const VECTORS: usize = 3;

impl Job for Sort<'_> {
    type Out = (u64, u64);
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) -> (u64, u64) {
        let values = self.values;
        let mut open: Vec<u64> = values.iter().map(|value| value.cast_unsigned()).collect();
        open.resize(values.len() + MOST_LANES, 0); // a whole vector is stored for each value, the last one too
        let counts = sweeps(
            values.len(),
            VECTORS * L::LEN,
            #[inline(always)]
            |end| sweep(lanes, &mut open, end),
        );
        values.iter_mut().zip(open).for_each(|(value, sorted)| *value = sorted.cast_signed());
        counts
    }
}

/// As many passes over the first `end` values as [`VECTORS`] vectors have lanes; returns the exchanges of each.
#[inline(always)]
fn sweep<L: Lanes>(lanes: L, open: &mut [u64], end: usize) -> [u64; VECTORS * MOST_LANES] {
    let (none, one) = (Words::splat(lanes, 0), Words::splat(lanes, 1));
    let least = Words::splat(lanes, i64::MIN.cast_unsigned());
    let (mut largest, mut let_go, mut swaps) = ([least; VECTORS], [least; VECTORS], [none; VECTORS]);
    let done: [u64; MOST_LANES] = std::array::from_fn(|k| open[end + k]);
    let behind = 2 * VECTORS * L::LEN - 1; // steps from the first pass taking a value to the last storing it
    for step in 0..end + behind {
        // the largest numbers come last, and push the lanes' values out
        let value = if step < end { open[step] } else { i64::MAX.cast_unsigned() };
        let mut before = Words::splat(lanes, value);
        for v in 0..VECTORS {
            let taken = let_go[v].slide(before);
            before = let_go[v];
            let is_wrong = taken.lt_signed(largest[v]);
            let_go[v] = is_wrong.select_words(taken, largest[v]);
            largest[v] = is_wrong.select_words(largest[v], taken);
            swaps[v] = swaps[v] + is_wrong.select_words(one, none);
        }
        if step >= behind {
            // its first lane counts; the others write where the next steps write again
            let_go[VECTORS - 1].store(&mut open[step - behind..]);
        }
    }
    open[end..end + MOST_LANES].copy_from_slice(&done);
    by_pass(swaps)
}

/// Values move down the lanes, so the first pass is the last lane of the first vector.
#[inline(always)]
fn by_pass<L: Lanes>(vectors: [Words<L>; VECTORS]) -> [u64; VECTORS * MOST_LANES] {
    let mut passes = [0; VECTORS * MOST_LANES];
    for (vector, passes) in vectors.into_iter().zip(passes.chunks_exact_mut(L::LEN)) {
        let mut all = [0; MOST_LANES];
        vector.store(&mut all);
        passes.copy_from_slice(&all[..L::LEN]);
        passes.reverse();
    }
    passes
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::lanes::{Machine, portable::Portable};
    use parallax_pattern::isa::Isa;
    use proptest::prelude::*;

    /// The textbook's.
    pub(crate) fn plainly(values: &mut [i64]) -> (u64, u64) {
        let (mut comparisons, mut swaps) = (0, 0);
        for end in (2..=values.len()).rev() {
            let before = swaps;
            for i in 1..end {
                comparisons += 1;
                if values[i - 1] > values[i] {
                    values.swap(i - 1, i);
                    swaps += 1;
                }
            }
            if swaps == before {
                break;
            }
        }
        (comparisons, swaps)
    }

    fn sorts<M: Machine>(isa: Isa, values: &[i64]) {
        let Some(machine) = M::for_isa(isa) else { return };
        let (mut got, mut right) = (values.to_vec(), values.to_vec());
        let counts = machine.run(Sort { values: &mut got });
        assert_eq!(counts, plainly(&mut right), "{isa}, {values:?}");
        assert_eq!(got, right, "{isa}, {values:?}");
    }

    fn sorts_on_all(values: &[i64]) {
        for isa in Isa::available() {
            sorts::<Portable>(isa, values);
            #[cfg(target_arch = "x86_64")]
            {
                sorts::<crate::lanes::avx2::Avx2>(isa, values);
                sorts::<crate::lanes::avx512::Avx512>(isa, values);
            }
        }
    }

    #[test]
    fn the_ends_of_the_numbers_are_values_like_others() {
        sorts_on_all(&[i64::MAX, i64::MIN, 0, i64::MAX, -1, i64::MIN, i64::MIN]);
        sorts_on_all(&[i64::MIN; 40]);
        sorts_on_all(&[i64::MAX; 40]);
    }

    proptest! {
        #[test]
        fn any_values_are_sorted_in_the_textbooks_steps(values in prop::collection::vec(-9i64..9, 0..150)) {
            sorts_on_all(&values);
        }
    }
}
