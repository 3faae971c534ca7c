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
/// ```
/// use parallax_jit::{Isa, loops::{CompiledSort, Shape}};
///
/// let sort = CompiledSort::new(Isa::detect()?, Shape::Branching)?;
/// let mut v = [3, 1, 2];
/// let (comparisons, swaps) = sort.sort(&mut v);
/// assert_eq!((v, comparisons, swaps), ([1, 2, 3], 3, 2));
/// # Ok::<(), parallax_jit::Error>(())
/// ```
pub struct CompiledSort {
    code: Code,
}

/// What stands in the inner loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The textbook: load two neighbours, and jump over the swap if they are in order. The processor guesses
    /// the jump and does not wait for the comparison, so this takes less than two cycles where it guesses
    /// well, and up to twice as long as the other where it does not: that depends on the processor, and
    /// on the length of the array.
    Branching,
    /// The largest element stays in a register and two conditional moves tell it from the next: three cycles
    /// for every comparison, whatever the data, since each comparison waits for the one before.
    BranchFree,
}

/// The elements, at least two, and their count; where to write the counts of comparisons and swaps.
type Entry = unsafe extern "C" fn(*mut i64, usize, *mut [u64; 2]);

impl CompiledSort {
    /// Compiles it, in some tenths of a millisecond.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] if Cranelift refuses.
    pub fn new(isa: Isa, shape: Shape) -> Result<Self, Error> {
        let build = |builder: FunctionBuilder<'_>, module: &JITModule| emit(builder, module, shape);
        Ok(Self { code: Code::new(isa, &[types::I64; 3], &[], build)? })
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
fn emit(mut builder: FunctionBuilder<'_>, module: &JITModule, shape: Shape) {
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
        let swaps = pass(b, first, last, before, shape);
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
fn pass(b: &mut FunctionBuilder<'_>, first: Value, last: Value, swaps: Value, shape: Shape) -> Value {
    match shape {
        Shape::Branching => branching(b, first, last, swaps),
        Shape::BranchFree => branch_free(b, first, last, swaps),
    }
}

fn branching(b: &mut FunctionBuilder<'_>, first: Value, last: Value, swaps: Value) -> Value {
    let end = repeat(b, &[first, swaps], |b, values| {
        let &[at, swaps] = values else { unreachable!("two values") };
        let [swap, join] = [(); 2].map(|()| b.create_block());
        let count = b.append_block_param(join, types::I64);
        let [left, right] = [0, 8].map(|offset| b.ins().load(types::I64, ALIGNED, at, offset));
        let greater = b.ins().icmp(IntCC::SignedGreaterThan, left, right);
        b.ins().brif(greater, swap, &[], join, &[swaps.into()]);

        b.switch_to_block(swap);
        b.ins().store(ALIGNED, right, at, 0);
        b.ins().store(ALIGNED, left, at, 8);
        let more = b.ins().iadd_imm_s(swaps, 1);
        b.ins().jump(join, &[more.into()]);

        b.switch_to_block(join);
        let next = b.ins().iadd_imm_s(at, 8);
        (vec![next, count], b.ins().icmp(IntCC::UnsignedLessThan, next, last))
    });
    end[1]
}

fn branch_free(b: &mut FunctionBuilder<'_>, first: Value, last: Value, swaps: Value) -> Value {
    let largest = b.ins().load(types::I64, ALIGNED, first, 0);
    let end = repeat(b, &[first, largest, swaps], |b, values| {
        let &[at, largest, swaps] = values else { unreachable!("three values") };
        let next = b.ins().iadd_imm_s(at, 8);
        let element = b.ins().load(types::I64, ALIGNED, next, 0);
        let swap = b.ins().icmp(IntCC::SignedGreaterThan, largest, element);
        let smaller = b.ins().select(swap, element, largest);
        let larger = b.ins().select(swap, largest, element);
        b.ins().store(ALIGNED, smaller, at, 0);
        let one = b.ins().uextend(types::I64, swap);
        let more = b.ins().icmp(IntCC::UnsignedLessThan, next, last);
        (vec![next, larger, b.ins().iadd(swaps, one)], more)
    });
    b.ins().store(ALIGNED, end[1], last, 0);
    end[2]
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
            for shape in [Shape::Branching, Shape::BranchFree] {
                let sort = CompiledSort::new(Isa::detect().unwrap(), shape).unwrap();
                let (mut got, mut want) = (v.clone(), v.clone());
                prop_assert_eq!(sort.sort(&mut got), textbook(&mut want));
                prop_assert_eq!(got, want);
            }
        }
    }

    #[test]
    fn a_sorted_array_takes_one_pass() {
        let sort = CompiledSort::new(Isa::detect().unwrap(), Shape::Branching).unwrap();
        let mut v: Vec<i64> = (0..100).collect();
        assert_eq!(sort.sort(&mut v), (99, 0));
        assert_eq!(sort.sort(&mut []), (0, 0));
    }
}
