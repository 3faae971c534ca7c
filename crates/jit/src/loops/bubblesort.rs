//! Bubble sort, where each comparison waits for the one before.
#![expect(unsafe_code, reason = "machine code is called by its address")]

use cranelift::frontend::FunctionBuilder;
use cranelift::jit::JITModule;
use cranelift::module::Module;
use cranelift::prelude::*;

use crate::machine::{Code, repeat};
use crate::{Error, Isa};

/// The textbook bubble sort with a flag, made by Cranelift.
///
/// A jump over the exchange costs where the processor guesses it wrong, and the neighbour it loads was stored a
/// moment before. So the largest element stays in a register, and conditional moves tell it from the next. Each
/// such comparison waits for the one before; two elements are taken at a time, and the larger of them is
/// found while the largest is still on its way.
///
/// ```
/// use parallax_jit::{Isa, loops::CompiledSort};
///
/// let sort = CompiledSort::new(Isa::detect()?)?;
/// let mut v = [3, 1, 2];
/// let (comparisons, swaps) = sort.sort(&mut v);
/// assert_eq!((v, comparisons, swaps), ([1, 2, 3], 3, 2));
/// # Ok::<(), parallax_jit::Error>(())
/// ```
pub struct CompiledSort {
    code: Code,
}

/// The elements, at least two, and their count; where to write the counts of comparisons and swaps.
type Entry = unsafe extern "C" fn(*mut i64, usize, *mut [u64; 2]);

impl CompiledSort {
    /// Compiles it, in some tenths of a millisecond.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] if Cranelift refuses.
    pub fn new(isa: Isa) -> Result<Self, Error> {
        Ok(Self { code: Code::new(isa, &[types::I64; 3], &[], emit)? })
    }

    /// Sorts in place, in up to `n (n - 1) / 2` comparisons; gives their number and that of the swaps.
    pub fn sort(&self, v: &mut [i64]) -> (u64, u64) {
        let mut counts = [0; 2];
        if v.len() > 1 {
            // SAFETY: the code was made for this signature, and reads and writes no other elements.
            unsafe {
                let entry = std::mem::transmute::<*const u8, Entry>(self.code.entry());
                entry(v.as_mut_ptr(), v.len(), &mut counts);
            }
        }
        counts.into()
    }
}

const ALIGNED: MemFlagsData = MemFlagsData::trusted();

/// Passes over ever fewer elements, until one swaps nothing.
fn emit(mut builder: FunctionBuilder<'_>, module: &JITModule) {
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let [first, count, counts] = builder.block_params(entry).try_into().expect("three parameters");
    let zero = builder.ins().iconst(types::I64, 0);
    let last = repeat(&mut builder, &[count, zero, zero], |b, values| {
        let &[length, comparisons, before] = values else { unreachable!("three values") };
        let shorter = b.ins().iadd_imm_s(length, -1);
        let bytes = b.ins().ishl_imm_u(shorter, 3);
        let last = b.ins().iadd(first, bytes);
        let swaps = pass(b, first, last, before);
        let comparisons = b.ins().iadd(comparisons, shorter);
        let swapped = b.ins().icmp(IntCC::NotEqual, swaps, before);
        let long = b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, shorter, 1);
        let again = b.ins().band(swapped, long);
        (vec![shorter, comparisons, swaps], again)
    });
    builder.ins().store(ALIGNED, last[1], counts, 0);
    builder.ins().store(ALIGNED, last[2], counts, 8);
    builder.ins().return_(&[]);
    builder.seal_all_blocks();
    builder.finalize(module.target_config());
}

/// Carries the largest element from `first` to `last`; gives the count of swaps, counted on from `swaps`.
fn pass(b: &mut FunctionBuilder<'_>, first: Value, last: Value, swaps: Value) -> Value {
    let [odd, even, pairs, done] = [(); 4].map(|()| b.create_block());
    let [at, largest, count] = [(); 3].map(|()| b.append_block_param(even, types::I64));
    let [end, total] = [(); 2].map(|()| b.append_block_param(done, types::I64));
    let start = b.ins().load(types::I64, ALIGNED, first, 0);
    let bytes = b.ins().isub(last, first);
    let single = b.ins().band_imm_u(bytes, 8);
    b.ins().brif(single, odd, &[], even, &[first, start, swaps].map(Into::into));

    b.switch_to_block(odd);
    let next = b.ins().iadd_imm_s(first, 8);
    let element = b.ins().load(types::I64, ALIGNED, next, 0);
    let (larger, more) = step(b, (first, 0), [start, element], swaps);
    b.ins().jump(even, &[next, larger, more].map(Into::into));

    b.switch_to_block(even);
    let any = b.ins().icmp(IntCC::UnsignedLessThan, at, last);
    b.ins().brif(any, pairs, &[], done, &[largest, count].map(Into::into));

    b.switch_to_block(pairs);
    let last_pair = repeat(b, &[at, largest, count], |b, values| {
        let &[at, largest, swaps] = values else { unreachable!("three values") };
        let next = b.ins().iadd_imm_s(at, 16);
        let [one, two] = [8, 16].map(|offset| b.ins().load(types::I64, ALIGNED, at, offset));
        let (larger, swaps) = step(b, (at, 0), [largest, one], swaps);
        let (_, swaps) = step(b, (at, 8), [larger, two], swaps);
        // what the two steps give, by a way on which `largest` waits for one comparison
        let ahead = b.ins().smax(one, two);
        let largest = b.ins().smax(largest, ahead);
        let more = b.ins().icmp(IntCC::UnsignedLessThan, next, last);
        (vec![next, largest, swaps], more)
    });
    b.ins().jump(done, &[last_pair[1], last_pair[2]].map(Into::into));

    b.switch_to_block(done);
    b.ins().store(ALIGNED, end, last, 0);
    total
}

/// Leaves the smaller of the largest and the next element at `at + offset`; gives the larger and the count of swaps.
fn step(
    b: &mut FunctionBuilder<'_>,
    (at, offset): (Value, i32),
    [largest, element]: [Value; 2],
    swaps: Value,
) -> (Value, Value) {
    let swap = b.ins().icmp(IntCC::SignedGreaterThan, largest, element);
    let [smaller, larger] = [b.ins().smin(largest, element), b.ins().smax(largest, element)];
    b.ins().store(ALIGNED, smaller, at, offset);
    let one = b.ins().uextend(types::I64, swap);
    (larger, b.ins().iadd(swaps, one))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook, word for word.
    fn textbook(v: &mut [i64]) -> (u64, u64) {
        let (mut comparisons, mut swaps) = (0, 0);
        for end in (2..=v.len()).rev() {
            let before = swaps;
            for i in 1..end {
                comparisons += 1;
                if v[i - 1] > v[i] {
                    v.swap(i - 1, i);
                    swaps += 1;
                }
            }
            if swaps == before {
                break;
            }
        }
        (comparisons, swaps)
    }

    proptest! {
        #[test]
        fn does_what_the_textbook_does(
            v in prop::collection::vec(prop_oneof![any::<i64>(), -3i64..3], 0..60)
        ) {
            let sort = CompiledSort::new(Isa::detect().unwrap()).unwrap();
            let (mut got, mut want) = (v.clone(), v);
            prop_assert_eq!(sort.sort(&mut got), textbook(&mut want));
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn a_sorted_array_takes_one_pass() {
        let sort = CompiledSort::new(Isa::detect().unwrap()).unwrap();
        let mut v: Vec<i64> = (0..100).collect();
        assert_eq!(sort.sort(&mut v), (99, 0));
        assert_eq!(sort.sort(&mut []), (0, 0));
    }
}
