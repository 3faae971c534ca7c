//! A count of hits, where every sample is made from its number alone.
#![expect(unsafe_code, reason = "machine code is called by its address")]

use std::ops::Range;
use std::sync::Arc;

use cranelift::frontend::FunctionBuilder;
use cranelift::jit::JITModule;
use cranelift::module::Module;
use cranelift::prelude::*;
use parallax_pattern::Reduce;
use parallax_pattern::random::GAMMA as G;
use parallax_suite::workload::MonteCarlo;

use super::compiled_on_arrival;
use crate::machine::{Code, repeat};
use crate::{Error, Isa};

/// Counts points of the unit square that lie in the quarter circle, made by Cranelift.
///
/// Sample `i` is `x = at(seed, 2i) >> 33`, `y = at(seed, 2i + 1) >> 33`, where `at` is the counter-based
/// SplitMix64 (Steele, Lea and Flood, 2014), and a hit is `x*x + y*y < 2^62`. So any partition of the samples
/// gives the same sum.
///
/// ```
/// use parallax_jit::{Isa, loops::CompiledCount};
///
/// let count = CompiledCount::new(Isa::detect()?)?;
/// let hits = count.hits(7, 0..1_000_000);
/// assert_eq!(hits, count.hits(7, 0..400_000) + count.hits(7, 400_000..1_000_000));
/// assert!((4.0 * hits as f64 / 1e6 - std::f64::consts::PI).abs() < 0.01);
/// # Ok::<(), parallax_jit::Error>(())
/// ```
pub struct CompiledCount {
    code: Code,
}

/// The state before the first sample, the count of samples: the count of hits.
type Entry = unsafe extern "C" fn(u64, u64) -> u64;

impl CompiledCount {
    /// Compiles it, in some tenths of a millisecond.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] if Cranelift refuses.
    pub fn new(isa: Isa) -> Result<Self, Error> {
        Ok(Self { code: Code::new(isa, &[types::I64; 2], &[types::I64], emit)? })
    }

    /// Counts the hits among these samples.
    #[must_use]
    pub fn hits(&self, seed: u64, samples: Range<u64>) -> u64 {
        if samples.is_empty() {
            return 0;
        }
        let state = seed.wrapping_add(samples.start.wrapping_mul(2).wrapping_mul(G));
        // SAFETY: the code was made for this signature and touches no memory.
        unsafe {
            let entry = std::mem::transmute::<*const u8, Entry>(self.code.entry());
            entry(state, samples.end - samples.start)
        }
    }
}

/// The suite's points, counted by compiled code.
pub struct Points {
    work: Arc<MonteCarlo>,
    isa: Isa,
    code: Arc<CompiledCount>,
}

impl Points {
    pub(crate) fn new(work: Arc<MonteCarlo>, isa: Isa, code: Arc<CompiledCount>) -> Self {
        Self { work, isa, code }
    }

    fn compile(work: Arc<MonteCarlo>, isa: Isa) -> Result<Self, Error> {
        Ok(Self::new(work, isa, Arc::new(CompiledCount::new(isa)?)))
    }
}

impl Reduce for Points {
    type Acc = u64;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn empty(&self) -> u64 {
        0
    }
    fn fold(&self, hits: &mut u64, items: Range<usize>) {
        *hits += self.code.hits(self.work.seed(), items.start as u64..items.end as u64);
    }
    fn merge(&self, hits: &mut u64, other: u64) {
        *hits += other;
    }
}

compiled_on_arrival!(Points, MonteCarlo);

/// `x*x + y*y` is below 2^63, so its bit 62 says whether it is a miss: misses are counted by adding that bit.
fn emit(mut builder: FunctionBuilder<'_>, module: &JITModule) {
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let [state, count] = builder.block_params(entry).try_into().expect("two parameters");
    let first = builder.ins().iadd_imm_s(state, G as i64);
    let second = builder.ins().iadd_imm_s(first, G as i64);
    let zero = builder.ins().iconst(types::I64, 0);
    let last = repeat(&mut builder, &[first, second, count, zero], |b, values| {
        let &[first, second, left, misses] = values else { unreachable!("four values") };
        let (x, y) = (upper_half(b, first), upper_half(b, second));
        let (x2, y2) = (b.ins().imul(x, x), b.ins().imul(y, y));
        let sum = b.ins().iadd(x2, y2);
        let miss = b.ins().ushr_imm_u(sum, 62);
        let misses = b.ins().iadd(misses, miss);
        let [first, second] =
            [first, second].map(|state| b.ins().iadd_imm_s(state, G.wrapping_mul(2) as i64));
        let left = b.ins().iadd_imm_s(left, -1);
        (vec![first, second, left, misses], left)
    });
    let hits = builder.ins().isub(count, last[3]);
    builder.ins().return_(&[hits]);
    builder.seal_all_blocks();
    builder.finalize(module.target_config());
}

/// The upper 31 bits of SplitMix64's finalizer. Its last step, `z ^= z >> 31`, changes only the others.
fn upper_half(builder: &mut FunctionBuilder<'_>, z: Value) -> Value {
    let mut z = z;
    for (shift, factor) in [(30, 0xBF58_476D_1CE4_E5B9_u64), (27, 0x94D0_49BB_1331_11EB)] {
        let shifted = builder.ins().ushr_imm_u(z, shift);
        let mixed = builder.ins().bxor(z, shifted);
        z = builder.ins().imul_imm_s(mixed, factor as i64);
    }
    builder.ins().ushr_imm_u(z, 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_counts() {
        let count = CompiledCount::new(Isa::detect().unwrap()).unwrap();
        let seed = 0x5EED_0000_0000_0000 | 7;
        assert_eq!(count.hits(seed, 0..10_000), 7813);
        assert_eq!(count.hits(seed, 0..1_000_000), 785_302);
        assert_eq!(count.hits(seed, 5..5), 0);
    }

    #[test]
    fn any_partition_gives_the_same_sum() {
        let count = CompiledCount::new(Isa::detect().unwrap()).unwrap();
        let whole = count.hits(1, 0..10_001);
        for middle in [0, 1, 5000, 10_000, 10_001] {
            assert_eq!(count.hits(1, 0..middle) + count.hits(1, middle..10_001), whole);
        }
        assert_ne!(count.hits(2, 0..10_001), whole);
    }
}
