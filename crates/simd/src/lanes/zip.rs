//! The loop that most kernels are: a vector of each input, a vector of the output, and what is left at the end.

#![expect(unsafe_code, reason = "stores past the cache want aligned memory and a fence")]

use super::{Floats, Lanes};

/// Where stores go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stores {
    /// Into the caches, which first read the line that is about to be overwritten.
    Cached,
    /// Past them, where there are instructions for it: less traffic for what nobody reads soon.
    Past,
}

impl Stores {
    /// Outputs of more numbers than this do not stay in the caches: 16 MiB.
    const LARGE: usize = 1 << 21;

    /// What suits a whole output of so many numbers.
    pub fn for_output(len: usize) -> Self {
        if len > Self::LARGE { Stores::Past } else { Stores::Cached }
    }
}

/// Writes `f` of the items of `columns` to `out`, a vector at a time.
///
/// The first and last few go through the same `f`, in a vector that is partly idle: what an item becomes
/// does not depend on its place. Mark `f` as `#[inline(always)]`, or the compiler may leave it where there
/// are no such vectors.
///
/// ```
/// use parallax_simd::lanes::{Job, Lanes, Machine, Stores, portable::Portable, zip};
/// use parallax_suite::isa::Isa;
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
/// # Ok::<(), parallax_suite::question::No>(())
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
    let columns = columns.map(|column| &column[..out.len()]);
    let ahead = match stores {
        Stores::Cached => 0,
        Stores::Past => out.as_ptr().align_offset(size_of::<f64>() * L::LEN).min(out.len()),
    };
    let (head, rest) = out.split_at_mut(ahead);
    let (body, tail) = rest.split_at_mut(rest.len() / L::LEN * L::LEN);
    let end = ahead + body.len();
    some(lanes, columns.map(|column| &column[..ahead]), head, &f);
    let inner = columns.map(|column| &column[ahead..end]);
    for (k, to) in body.chunks_exact_mut(L::LEN).enumerate() {
        let vector = f(Floats::load_each(lanes, inner, k * L::LEN));
        match stores {
            Stores::Cached => vector.store(to),
            // SAFETY: `body` begins at a multiple of a vector's size, and a fence follows.
            Stores::Past => unsafe { vector.store_past(to) },
        }
    }
    some(lanes, columns.map(|column| &column[end..]), tail, &f);
    if stores == Stores::Past {
        lanes.fence();
    }
}

/// Fewer items than lanes.
#[inline(always)]
fn some<L: Lanes, const N: usize>(
    lanes: L,
    columns: [&[f64]; N],
    out: &mut [f64],
    f: impl Fn([Floats<L>; N]) -> Floats<L>,
) {
    if !out.is_empty() {
        f(Floats::load_some_each(lanes, columns)).store_some(out);
    }
}
