//! Stores past the caches, through a block in the first one, for code without such stores.

use crate::best;
use crate::lanes::zip::unfenced;
use crate::lanes::{Job, Lanes, Stores};
use parallax_pattern::isa::Isa;

/// Fills `out` with the output of `fill`, a block at a time, past the caches where `isa` has an instruction for it.
///
/// `fill` receives the place of the block's first item, and the block. A plain store reads the line that it is about to
/// overwrite; this saves that for an output that is not read soon, and costs a copy within the first cache. Blocks of
/// some hundred numbers are best.
///
/// ```
/// use parallax_pattern::isa::Isa;
/// let (mut block, mut squares) = ([0.0; 256], vec![0.0; 10_000]);
/// parallax_simd::fill_past(Isa::detect()?, &mut block, &mut squares, |start, block| {
///     block.iter_mut().enumerate().for_each(|(k, square)| *square = ((start + k) as f64).powi(2));
/// });
/// assert_eq!(squares[5000], 25e6);
/// # Ok::<(), parallax_pattern::No>(())
/// ```
///
/// # Panics
///
/// If the block is empty.
pub fn fill_past(isa: Isa, block: &mut [f64], out: &mut [f64], fill: impl FnMut(usize, &mut [f64])) {
    best::run_on(isa, Past { block, out, fill });
}

struct Past<'a, F> {
    block: &'a mut [f64],
    out: &'a mut [f64],
    fill: F,
}

impl<F: FnMut(usize, &mut [f64])> Job for Past<'_, F> {
    type Out = ();
    #[inline(always)]
    fn on<L: Lanes>(self, lanes: L) {
        let Past { block, out, mut fill } = self;
        let mut start = 0;
        for out in out.chunks_mut(block.len()) {
            let near = &mut block[..out.len()];
            fill(start, near);
            unfenced(
                lanes,
                Stores::Past,
                [near],
                out,
                #[inline(always)]
                |[x]| x,
            );
            start += out.len();
        }
        lanes.fence(); // only once, because it waits until memory has all stores, and blocks all loads
    }
}
