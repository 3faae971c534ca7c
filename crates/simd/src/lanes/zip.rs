//! The loop of most kernels: a vector of each input, a vector of the output, and the rest at the end.

#![expect(unsafe_code, reason = "stores past the cache want aligned memory and a fence")]

use super::{Floats, Lanes};
use std::ops::Range;

/// The destination of stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stores {
    /// Into the caches, which first read the line that is about to be overwritten.
    Cached,
    /// Past the caches, where there are instructions for it: less traffic for data that is not read soon.
    Past,
}

/// Vectors that are written together, after one bounds check: a turn of the loop costs as much as some of the kernels.
const AT_ONCE: usize = 4;

impl Stores {
    /// Outputs of more numbers than this do not stay in the caches: 16 MiB.
    const LARGE: usize = 1 << 21;

    /// The best choice for a whole output of `len` numbers.
    pub fn for_output(len: usize) -> Self {
        if len > Self::LARGE { Stores::Past } else { Stores::Cached }
    }
}

/// Writes `f` of the items of `columns` to `out`, a vector at a time.
///
/// The first and last few are written by a vector that overlaps its neighbour, and fewer items than lanes by a vector
/// that is partly idle: `f` may be called twice for an item, whose result does not depend on its place. Mark `f` as
/// `#[inline(always)]`, or the compiler may not compile it for the vectors.
///
/// ```
/// use parallax_simd::lanes::{Job, Lanes, Machine, Stores, portable::Portable, zip};
/// use parallax_pattern::isa::Isa;
///
/// struct Sum<'a>(&'a [f64], &'a [f64], &'a mut [f64]);
/// impl Job for Sum<'_> {
///     type Out = ();
///     #[inline(always)]
///     fn on<L: Lanes>(self, lanes: L) {
///         zip(lanes, Stores::Cached, [self.0, self.1], self.2, #[inline(always)] |[a, b]| a + b);
///     }
/// }
/// let mut out = [0.0; 11];
/// Portable::for_isa(Isa::detect()?).unwrap().run(Sum(&[1.5; 11], &[2.0; 11], &mut out));
/// assert_eq!(out, [3.5; 11]);
/// # Ok::<(), parallax_pattern::No>(())
/// ```
///
/// # Panics
///
/// If a column is shorter than `out`.
#[inline(always)]
pub fn zip<L: Lanes, const N: usize>(
    lanes: L,
    stores: Stores,
    columns: [&[f64]; N],
    out: &mut [f64],
    f: impl Fn([Floats<L>; N]) -> Floats<L>,
) {
    unfenced(lanes, stores, columns, out, f);
    if stores == Stores::Past {
        lanes.fence();
    }
}

/// The same without the fence, which must follow stores past the caches.
#[inline(always)]
pub(crate) fn unfenced<L: Lanes, const N: usize>(
    lanes: L,
    stores: Stores,
    columns: [&[f64]; N],
    out: &mut [f64],
    f: impl Fn([Floats<L>; N]) -> Floats<L>,
) {
    let (columns, len) = (cut(columns, 0..out.len()), out.len());
    if len < L::LEN {
        return some(lanes, columns, out, &f);
    }
    let ahead = match stores {
        Stores::Cached => 0,
        Stores::Past => out.as_ptr().align_offset(size_of::<f64>() * L::LEN).min(len),
    };
    if ahead > 0 {
        let first = 0..L::LEN;
        // SAFETY: nothing is stored past the caches.
        unsafe { write(lanes, Stores::Cached, cut(columns, first.clone()), &mut out[first], &f) }
    }
    let (inner, body) = (cut(columns, ahead..len), &mut out[ahead..]);
    let step = AT_ONCE * L::LEN;
    let (blocks, rest) = body.split_at_mut(body.len() / step * step);
    let from = blocks.len();
    for (k, to) in blocks.chunks_exact_mut(step).enumerate() {
        // SAFETY: `body` begins at a multiple of a vector's size if it is stored past the caches, blocks are whole
        // vectors, and a fence follows.
        unsafe { write(lanes, stores, cut(inner, k * step..(k + 1) * step), to, &f) }
    }
    for (k, to) in rest.chunks_exact_mut(L::LEN).enumerate() {
        let at = from + k * L::LEN;
        // SAFETY: as above.
        unsafe { write(lanes, stores, cut(inner, at..at + L::LEN), to, &f) }
    }
    if (len - ahead) % L::LEN > 0 {
        let last = len - L::LEN..len;
        // SAFETY: nothing is stored past the caches.
        unsafe { write(lanes, Stores::Cached, cut(columns, last.clone()), &mut out[last], &f) }
    }
}

/// Writes whole vectors.
///
/// # Safety
///
/// If they are stored past the caches, `out` begins at a multiple of a vector's size in memory, and a fence follows.
#[inline(always)]
unsafe fn write<L: Lanes, const N: usize>(
    lanes: L,
    stores: Stores,
    columns: [&[f64]; N],
    out: &mut [f64],
    f: &impl Fn([Floats<L>; N]) -> Floats<L>,
) {
    for (k, to) in out.chunks_exact_mut(L::LEN).enumerate() {
        let vector = (*f)(Floats::load_each(lanes, columns, k * L::LEN)); // through the reference this would be a call
        match stores {
            Stores::Cached => vector.store(to),
            // SAFETY: the caller promises the alignment and the fence.
            Stores::Past => unsafe { vector.store_past(to) },
        }
    }
}

/// A part of each column. A loop and not `map`, so that the compiler sees that all have one length and checks only one.
#[inline(always)]
fn cut<const N: usize>(mut columns: [&[f64]; N], part: Range<usize>) -> [&[f64]; N] {
    for column in &mut columns {
        *column = &column[part.clone()];
    }
    columns
}

/// For fewer items than lanes.
#[inline(always)]
fn some<L: Lanes, const N: usize>(
    lanes: L,
    columns: [&[f64]; N],
    out: &mut [f64],
    f: &impl Fn([Floats<L>; N]) -> Floats<L>,
) {
    if !out.is_empty() {
        (*f)(Floats::load_some_each(lanes, columns)).store_some(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{Job, Machine, portable::Portable};
    use parallax_pattern::isa::Isa;

    struct Sum<'a>(Stores, [&'a [f64]; 2], &'a mut [f64]);

    impl Job for Sum<'_> {
        type Out = ();
        #[inline(always)]
        fn on<L: Lanes>(self, lanes: L) {
            zip(
                lanes,
                self.0,
                self.1,
                self.2,
                #[inline(always)]
                |[a, b]| a + b,
            );
        }
    }

    /// At every place in a cache line, so that each path is taken: no vector, single ones, blocks of them, and both
    /// overlaps.
    fn writes_all_and_nothing_else<M: Machine>(isa: Isa) {
        let Some(machine) = M::for_isa(isa) else { return };
        let numbers: Vec<f64> = (0..90).map(f64::from).collect();
        for stores in [Stores::Cached, Stores::Past] {
            for (first, len) in (0..8).flat_map(|first| (0..80).map(move |len| (first, len))) {
                let mut out = [-1.0; 90];
                let (columns, part) = ([&numbers[first..], &numbers[1..]], first..first + len);
                machine.run(Sum(stores, columns, &mut out[part.clone()]));
                for (k, &got) in out.iter().enumerate() {
                    let want = if part.contains(&k) { (2 * k + 1 - first) as f64 } else { -1.0 };
                    assert_eq!(got, want, "{isa}, {stores:?}, item {k} of {part:?}");
                }
            }
        }
    }

    #[test]
    fn every_length_at_every_place_is_written_once_and_no_further() {
        for isa in Isa::available() {
            writes_all_and_nothing_else::<Portable>(isa);
            #[cfg(target_arch = "x86_64")]
            {
                writes_all_and_nothing_else::<crate::lanes::avx2::Avx2>(isa);
                writes_all_and_nothing_else::<crate::lanes::avx512::Avx512>(isa);
            }
        }
    }
}
