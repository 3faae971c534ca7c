//! A Julia set: neighbours stay for different numbers of steps, so lanes wait for the slowest.
#![expect(unsafe_code, reason = "machine code is called by its address")]

use std::sync::Arc;

use cranelift::frontend::FunctionBuilder;
use cranelift::jit::JITModule;
use cranelift::module::Module;
use cranelift::prelude::*;
use parallax_pattern::Map;
use parallax_suite::workload::Julia;

use super::compiled_on_arrival;
use crate::machine::{Code, repeat};
use crate::{Error, Isa};

/// Counts the steps `z = z*z + c` that a point takes while `|z| < 2`, made by Cranelift.
///
/// One step waits for the one before, which leaves most of a processor idle. So four points go together, in
/// two vectors of two (Cranelift has no longer ones), until the last of them has left or the limit is
/// reached. The constant and the limit are part of the code.
///
/// ```
/// use parallax_jit::{Isa, loops::CompiledJulia};
///
/// let julia = CompiledJulia::new(Isa::detect()?, (-0.5, 0.0), 100)?;
/// let mut steps = [0; 4];
/// julia.fill(&[0.0, 3.0], &[0.0, 1.5], 0, &mut steps);
/// assert_eq!(steps, [100, 0, 1, 0]);
/// # Ok::<(), parallax_jit::Error>(())
/// ```
pub struct CompiledJulia {
    code: Code,
    limit: u32,
}

/// Points that go together.
const TOGETHER: usize = 4;

/// The real parts of some points, how many (a multiple of four, not 0), their imaginary part; where to write.
type Entry = unsafe extern "C" fn(*const f64, usize, f64, *mut u32);

impl CompiledJulia {
    /// Compiles it for a constant and a largest count, in some tenths of a millisecond.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] if Cranelift refuses.
    pub fn new(isa: Isa, c: (f64, f64), limit: u32) -> Result<Self, Error> {
        use types::{F64, I64};
        let code = Code::new(isa, &[I64, I64, F64, I64], &[], |builder, module| {
            emit(builder, module, c, limit);
        })?;
        Ok(Self { code, limit })
    }

    /// Fills `out` with the counts of the points from `start` on.
    ///
    /// Point `p` has the real part `columns[p % columns.len()]` and the imaginary part `rows[p /
    /// columns.len()]`.
    ///
    /// # Panics
    ///
    /// If there are not so many points.
    pub fn fill(&self, columns: &[f64], rows: &[f64], start: usize, out: &mut [u32]) {
        if self.limit == 0 {
            return out.fill(0);
        }
        let (mut at, mut out) = (start, out);
        while !out.is_empty() {
            let column = at % columns.len();
            let count = out.len().min(columns.len() - column);
            let (now, later) = out.split_at_mut(count);
            self.row(&columns[column..column + count], rows[at / columns.len()], now);
            (at, out) = (at + count, later);
        }
    }

    fn row(&self, x: &[f64], y: f64, out: &mut [u32]) {
        let whole = x.len() - x.len() % TOGETHER;
        self.points(&x[..whole], y, &mut out[..whole]);
        let rest = x.len() - whole;
        if rest > 0 {
            // Points that leave at once fill up the last four.
            let (mut last, mut counts) = ([2.0; TOGETHER], [0; TOGETHER]);
            last[..rest].copy_from_slice(&x[whole..]);
            self.points(&last, y, &mut counts);
            out[whole..].copy_from_slice(&counts[..rest]);
        }
    }

    fn points(&self, x: &[f64], y: f64, out: &mut [u32]) {
        assert!(x.len() == out.len() && x.len().is_multiple_of(TOGETHER));
        if !x.is_empty() {
            // SAFETY: the code was made for this signature, and reads and writes as many elements as `x` and
            // `out` have.
            unsafe {
                let entry = std::mem::transmute::<*const u8, Entry>(self.code.entry());
                entry(x.as_ptr(), x.len(), y, out.as_mut_ptr());
            }
        }
    }
}

/// The suite's points, each followed by compiled code until it escapes.
pub struct Escape {
    work: Arc<Julia>,
    isa: Isa,
    code: Arc<CompiledJulia>,
}

impl Escape {
    /// `code` was compiled for the constant and the limit of `work`.
    pub(crate) fn new(work: Arc<Julia>, isa: Isa, code: Arc<CompiledJulia>) -> Self {
        Self { work, isa, code }
    }

    fn compile(work: Arc<Julia>, isa: Isa) -> Result<Self, Error> {
        let code = CompiledJulia::new(isa, Julia::C, work.limit())?;
        Ok(Self::new(work, isa, Arc::new(code)))
    }
}

impl Map for Escape {
    type Item = u32;
    fn len(&self) -> usize {
        self.work.len()
    }
    fn grain(&self) -> usize {
        self.work.grain()
    }
    fn fill(&self, start: usize, out: &mut [u32]) {
        self.code.fill(self.work.xs(), self.work.ys(), start, out);
    }
}

compiled_on_arrival!(Escape, Julia);

/// Two points in the registers of a vector.
#[derive(Clone, Copy)]
struct Pair {
    x: Value,
    y: Value,
    /// All ones while a point has not left.
    inside: Value,
    steps: Value,
}

impl Pair {
    fn values(self) -> [Value; 4] {
        [self.x, self.y, self.inside, self.steps]
    }
}

fn emit(mut builder: FunctionBuilder<'_>, module: &JITModule, c: (f64, f64), limit: u32) {
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let [x, count, y, out] = builder.block_params(entry).try_into().expect("four parameters");
    let y = builder.ins().splat(types::F64X2, y);
    let bytes = builder.ins().ishl_imm_u(count, 3);
    let end = builder.ins().iadd(x, bytes);
    repeat(&mut builder, &[x, out], |b, values| {
        let &[x, out] = values else { unreachable!("two values") };
        let pairs = [0, 16].map(|offset| start(b, x, offset, y));
        let steps = iterate(b, pairs, c, limit);
        for (place, steps) in steps.into_iter().enumerate() {
            for lane in 0..2 {
                let count = b.ins().extractlane(steps, lane);
                b.ins().istore32(MemFlagsData::trusted(), count, out, 8 * place as i32 + 4 * i32::from(lane));
            }
        }
        let (x, out) = (b.ins().iadd_imm_s(x, 32), b.ins().iadd_imm_s(out, 16));
        let more = b.ins().icmp(IntCC::UnsignedLessThan, x, end);
        (vec![x, out], more)
    });
    builder.ins().return_(&[]);
    builder.seal_all_blocks();
    builder.finalize(module.target_config());
}

fn start(b: &mut FunctionBuilder<'_>, x: Value, offset: i32, y: Value) -> Pair {
    let x = b.ins().load(types::F64X2, MemFlagsData::new().with_notrap(), x, offset);
    let [inside, steps] = [-1, 0].map(|word| {
        let word = b.ins().iconst(types::I64, word);
        b.ins().splat(types::I64X2, word)
    });
    Pair { x, y, inside, steps }
}

/// The counts of both pairs.
fn iterate(b: &mut FunctionBuilder<'_>, pairs: [Pair; 2], c: (f64, f64), limit: u32) -> [Value; 2] {
    let left = b.ins().iconst(types::I64, i64::from(limit));
    let initial: Vec<Value> = pairs.iter().flat_map(|pair| pair.values()).chain([left]).collect();
    let last = repeat(b, &initial, |b, values| {
        let pairs = [&values[..4], &values[4..8]].map(|values| {
            let &[x, y, inside, steps] = values else { unreachable!("four values") };
            step(b, Pair { x, y, inside, steps }, c)
        });
        let any = b.ins().bor(pairs[0].inside, pairs[1].inside);
        let any = b.ins().vany_true(any);
        let left = b.ins().iadd_imm_s(values[8], -1);
        let more = b.ins().icmp_imm_s(IntCC::NotEqual, left, 0);
        let again = b.ins().band(any, more);
        (pairs.iter().flat_map(|pair| pair.values()).chain([left]).collect(), again)
    });
    [last[3], last[7]]
}

/// Tests `|z| < 2`, counts, and steps. A point that has left keeps moving, but never comes back into the
/// count.
fn step(b: &mut FunctionBuilder<'_>, pair: Pair, c: (f64, f64)) -> Pair {
    let Pair { x, y, inside, steps } = pair;
    let [four, re, im] = [4.0, c.0, c.1].map(|value| {
        let value = b.ins().f64const(value);
        b.ins().splat(types::F64X2, value)
    });
    let (x2, y2, xy) = (b.ins().fmul(x, x), b.ins().fmul(y, y), b.ins().fmul(x, y));
    let norm = b.ins().fadd(x2, y2);
    let near = b.ins().fcmp(FloatCC::LessThan, norm, four);
    let inside = b.ins().band(inside, near);
    // A mask is -1 where it holds.
    let steps = b.ins().isub(steps, inside);
    let (difference, twice) = (b.ins().fsub(x2, y2), b.ins().fadd(xy, xy));
    Pair { x: b.ins().fadd(difference, re), y: b.ins().fadd(twice, im), inside, steps }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: (f64, f64) = (-0.62772, -0.42193);

    /// The loop as it is written down.
    fn plain(mut x: f64, mut y: f64, limit: u32) -> u32 {
        let mut steps = 0;
        while x * x + y * y < 4.0 && steps < limit {
            (x, y) = (x * x - y * y + C.0, 2.0 * x * y + C.1);
            steps += 1;
        }
        steps
    }

    fn axis(from: f64, to: f64, points: i32) -> Vec<f64> {
        let step = (to - from) / f64::from(points);
        std::iter::successors(Some(from), |x| Some(x + step)).take_while(|x| (to - x) * step > 0.0).collect()
    }

    #[test]
    fn known_sums() {
        for (points, limit, sum) in [(64, 100, 55_266), (250, 300, 2_086_156)] {
            let julia = CompiledJulia::new(Isa::detect().unwrap(), C, limit).unwrap();
            let (columns, rows) = (axis(-1.8, 1.8, points), axis(1.8, -1.8, points));
            let mut out = vec![0; columns.len() * rows.len()];
            julia.fill(&columns, &rows, 0, &mut out);
            assert_eq!(out.iter().map(|steps| u64::from(*steps)).sum::<u64>(), sum);
        }
    }

    #[test]
    fn every_point_and_every_split_as_the_plain_loop() {
        let (columns, rows) = (axis(-1.8, 1.8, 37), axis(1.8, -1.8, 11));
        let points: Vec<(f64, f64)> =
            rows.iter().flat_map(|y| columns.iter().map(move |x| (*x, *y))).collect();
        for limit in [0, 1, 2, 300] {
            let julia = CompiledJulia::new(Isa::detect().unwrap(), C, limit).unwrap();
            for (start, count) in
                [(0, points.len()), (1, 5), (30, 50), (36, 2), (100, 0), (points.len() - 1, 1)]
            {
                let mut out = vec![u32::MAX; count];
                julia.fill(&columns, &rows, start, &mut out);
                let want: Vec<u32> =
                    points[start..start + count].iter().map(|(x, y)| plain(*x, *y, limit)).collect();
                assert_eq!(out, want, "limit {limit}, from {start}");
            }
        }
    }

    #[test]
    fn what_is_no_number_leaves_at_once() {
        let julia = CompiledJulia::new(Isa::detect().unwrap(), C, 10).unwrap();
        let mut out = [9; 3];
        julia.fill(&[f64::NAN, f64::INFINITY, 0.0], &[0.0], 0, &mut out);
        assert_eq!(out, [0, 0, 10]);
    }
}
