//! A sorting network in registers: sorts columns by a fixed list of comparisons, transposes them, and merges in pairs.
//!
//! A sorting network makes the same comparisons for all keys, so there is nothing to predict and nothing to look up.
//! One comparison of two vectors compares each column. The networks are those of D. Knuth, "The Art of Computer
//! Programming" 3, 5.3.4, the larger by M. Green (1969); the merge is K. Batcher's (1968), whose halves are
//! interleaved by H. Stone's perfect shuffle (1971), which is an instruction or two.

use crate::lanes::{Lanes, MOST_LANES, Words};

/// Vectors that hold all keys: half of the registers, where there are 32.
const MOST_ROWS: usize = 16;
/// Half as many, for fewer keys.
const FEW_ROWS: usize = 8;

/// With this bit flipped, signed numbers are in the order of unsigned ones; AVX2 compares only signed ones.
pub(super) const TURN: u64 = 1 << 63;

/// The most keys that [`sort`] sorts. Where there are 16 registers, some rows wait in the cache, which costs less than
/// one more partition.
pub(super) const fn most<L: Lanes>() -> usize {
    MOST_ROWS * L::LEN
}

/// Sorts as many keys as registers hold.
#[inline(always)]
pub(super) fn sort<L: Lanes>(lanes: L, keys: &mut [u64]) {
    if keys.len() <= FEW_ROWS * L::LEN {
        in_rows::<L, FEW_ROWS>(lanes, keys);
    } else {
        in_rows::<L, MOST_ROWS>(lanes, keys);
    }
}

/// Sorts up to `ROWS` vectors of keys; missing keys are replaced by the largest number.
#[inline(always)]
fn in_rows<L: Lanes, const ROWS: usize>(lanes: L, keys: &mut [u64]) {
    let mut open = [u64::MAX; MOST_ROWS * MOST_LANES];
    open[..keys.len()].copy_from_slice(keys);
    let turn = Words::splat(lanes, TURN);
    let mut rows = [turn; ROWS];
    for (row, keys) in rows.iter_mut().zip(open.chunks_exact(L::LEN)) {
        *row = Words::load(lanes, keys) ^ turn;
    }
    sort_rows(&mut rows);
    for (row, keys) in rows.iter().zip(open.chunks_exact_mut(L::LEN)) {
        (*row ^ turn).store(keys);
    }
    keys.copy_from_slice(&open[..keys.len()]);
}

#[inline(always)]
fn sort_rows<L: Lanes, const ROWS: usize>(rows: &mut [Words<L>; ROWS]) {
    sort_columns(rows);
    for _ in 0..ROWS.ilog2() {
        shuffle(rows);
    }
    // columns are now runs, one after the other; `merged::<N>` needs runs of half of N rows or less
    if 2 * L::LEN >= 2 * ROWS {
        merged::<L, 2>(rows);
    }
    if 4 * L::LEN >= 2 * ROWS {
        merged::<L, 4>(rows);
    }
    if 8 * L::LEN >= 2 * ROWS {
        merged::<L, 8>(rows);
    }
    if ROWS == 16 {
        merged::<L, 16>(rows);
    }
}

/// Compares rows in pairs, and puts the smaller of each two keys into the first.
macro_rules! network {
    ($rows:ident: $($first:literal $second:literal),*) => {$(
        ($rows[$first], $rows[$second]) = $rows[$first].sorted_signed($rows[$second]);
    )*};
}

/// Sorts each column.
#[inline(always)]
#[rustfmt::skip]
fn sort_columns<L: Lanes, const ROWS: usize>(rows: &mut [Words<L>; ROWS]) {
    if ROWS == FEW_ROWS {
        network!(rows: 0 2, 1 3, 4 6, 5 7);
        network!(rows: 0 4, 1 5, 2 6, 3 7);
        network!(rows: 0 1, 2 3, 4 5, 6 7);
        network!(rows: 2 4, 3 5);
        network!(rows: 1 4, 3 6);
        network!(rows: 1 2, 3 4, 5 6);
    } else {
        network!(rows: 0 13, 1 12, 2 15, 3 14, 4 8, 5 6, 7 11, 9 10);
        network!(rows: 0 5, 1 7, 2 9, 3 4, 6 13, 8 14, 10 15, 11 12);
        network!(rows: 0 1, 2 3, 4 5, 6 8, 7 9, 10 11, 12 13, 14 15);
        network!(rows: 0 2, 1 3, 4 10, 5 11, 6 7, 8 9, 12 14, 13 15);
        network!(rows: 1 2, 3 12, 4 6, 5 7, 8 10, 9 11, 13 14);
        network!(rows: 1 4, 2 6, 5 8, 7 10, 9 13, 11 14);
        network!(rows: 2 4, 3 6, 9 12, 11 13);
        network!(rows: 3 5, 6 8, 7 9, 10 12);
        network!(rows: 3 4, 5 6, 7 8, 9 10, 11 12);
        network!(rows: 6 7, 8 9);
    }
}

/// Interleaves all keys like a perfect shuffle of cards: one of the first half, one of the second, and so on. Repeated
/// as often as the number of rows can be halved, it transposes columns into rows.
#[inline(always)]
fn shuffle<L: Lanes, const ROWS: usize>(rows: &mut [Words<L>; ROWS]) {
    let old = *rows;
    for k in 0..ROWS / 2 {
        (rows[2 * k], rows[2 * k + 1]) = old[k].interleave(old[ROWS / 2 + k]);
    }
}

/// Merges the runs in each `N` rows to one.
#[inline(always)]
fn merged<L: Lanes, const N: usize>(rows: &mut [Words<L>]) {
    for rows in rows.as_chunks_mut::<N>().0 {
        merge(rows);
    }
}

/// Merges two runs, each half of the rows. With the second one reversed they rise and then fall; of two keys half the
/// length apart, the smaller belongs to the first half and the larger to the second, which again rise and then fall.
#[inline(always)]
fn merge<L: Lanes, const N: usize>(rows: &mut [Words<L>; N]) {
    let runs = *rows;
    for k in 0..N / 2 {
        rows[N / 2 + k] = runs[N - 1 - k].reverse();
    }
    let mut half = N / 2;
    while half > 1 {
        for rows in rows.chunks_exact_mut(2 * half) {
            for k in 0..half {
                (rows[k], rows[half + k]) = rows[k].sorted_signed(rows[half + k]);
            }
        }
        half /= 2;
    }
    for pair in rows.as_chunks_mut::<2>().0 {
        // both halves are in one register; shuffled, they are in two
        for _ in 0..=L::LEN.ilog2() {
            let (smaller, larger) = pair[0].sorted_signed(pair[1]);
            (pair[0], pair[1]) = smaller.interleave(larger);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::best;
    use crate::lanes::Job;
    use parallax_pattern::isa::Isa;
    use parallax_pattern::random::at;

    /// By the 0-1 principle a network sorts everything if it sorts all zeros and ones; each lane is a column of its own.
    #[test]
    fn networks_sort_all_columns_of_zeros_and_ones() {
        #[derive(Debug, Clone, Copy)]
        struct Columns;
        impl Job for Columns {
            type Out = ();
            #[inline(always)]
            fn on<L: Lanes>(self, lanes: L) {
                columns::<L, FEW_ROWS>(lanes);
                columns::<L, MOST_ROWS>(lanes);
            }
        }
        fn columns<L: Lanes, const ROWS: usize>(lanes: L) {
            for first in (0..1_u64 << ROWS).step_by(L::LEN) {
                let bits = Words::count_up(lanes, first, 1);
                let mut rows = [bits; ROWS];
                (0..ROWS).for_each(|k| rows[k] = (bits >> k as u32) & 1);
                sort_columns(&mut rows);
                for pair in rows.windows(2) {
                    let both = pair[0].sorted_signed(pair[1]);
                    assert!(
                        both.0.eq(pair[0]).all() && both.1.eq(pair[1]).all(),
                        "columns from {first:b} on"
                    );
                }
            }
        }
        best::run(Columns);
    }

    /// Sorts all keys, but at most as many as registers hold; returns the number sorted.
    struct Few<'a>(&'a mut [u64]);

    impl Job for Few<'_> {
        type Out = usize;
        #[inline(always)]
        fn on<L: Lanes>(self, lanes: L) -> usize {
            let few = self.0.len().min(most::<L>());
            sort(lanes, &mut self.0[..few]);
            few
        }
    }

    #[test]
    fn any_few_keys_are_sorted_on_any_set() {
        for isa in Isa::available() {
            let most = best::run_on(isa, Few(&mut [0; 1000]));
            for (len, bits) in (0..=most).flat_map(|len| [0, 2, 32, 64].map(|bits| (len, bits))) {
                let mut keys: Vec<u64> =
                    (0..len).map(|i| at(len as u64, i as u64).checked_shr(64 - bits).unwrap_or(0)).collect();
                let mut right = keys.clone();
                best::run_on(isa, Few(&mut keys));
                right.sort_unstable();
                assert_eq!(keys, right, "{isa}, {len} keys of {bits} bits");
            }
        }
    }
}
