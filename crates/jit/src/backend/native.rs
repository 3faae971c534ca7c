//! Machine code for one expression, made by Cranelift.
//!
//! All arithmetic between two calls of vector functions is one loop, so temporaries stay in registers; a long
//! expression becomes several loops, so that compiling it takes time in proportion. Cranelift does not vectorise by
//! itself and has vectors of 128 bits: the loop is written to take two elements at a time. That is enough where memory
//! is the limit. Cranelift has no stores that bypass the caches either, and ordinary stores read a line before they
//! overwrite it. So where an output leaves the caches, numbers go to a block in the first one, and a loop of ours
//! stores them from there past all caches.

#![expect(unsafe_code, reason = "machine code is called by its address")]

mod call;
mod emit;
mod operation;
mod plan;

use std::ptr;

use cranelift::prelude::types;

use self::plan::Plan;
use super::{Engine, Out};
use crate::machine::Code;
use crate::program::Program;
use crate::{Error, Isa, Kind};
use parallax_simd::fill_past;
use parallax_simd::lanes::Stores;

/// Elements in a block of scratch memory.
const BLOCK: usize = 128;

/// Numbers that are stored past the caches at a time. Four times as many are slower: the longer a stretch of loads, the
/// longer the stores are idle.
const NEAR: usize = 256;

pub(crate) struct Native {
    code: Code,
    /// The vectors used by the functions that it calls.
    isa: Isa,
    /// The kind of the code's output.
    kind: Kind,
    /// The number of arrays that it may read.
    variables: usize,
    /// The blocks of scratch memory that one thread needs.
    scratch: usize,
    /// Whether a call of the code may compute at most a block.
    blocked: bool,
}

/// Arrays, output, scratch memory, vectors, count.
type Entry = unsafe extern "C" fn(*const *const f64, *mut u8, *mut f64, *const Isa, usize);

impl Native {
    pub(crate) fn new(program: &Program, isa: Isa) -> Result<Self, Error> {
        let plan = Plan::new(program);
        let params = [types::I64; 5];
        let code = Code::new(isa, &params, |builder, module| {
            emit::function(builder, module, program, &plan);
        })?;
        let (kind, variables) = (program.kind(), program.variables());
        Ok(Self { code, isa, kind, variables, scratch: plan.count, blocked: plan.blocked() })
    }
}

impl Engine for Native {
    fn fill(&self, inputs: &[&[f64]], out: Out<'_>, stores: Stores) {
        let length = out.len();
        assert!(out.kind() == self.kind && inputs.len() >= self.variables, "the arrays of this expression");
        assert!(inputs.iter().all(|input| input.len() == length), "an input must be as long as the output");
        let mut call = Call::new(self, inputs);
        let part = |most: usize| if self.blocked { BLOCK } else { most };
        let starts = |part| (0..length).step_by(part);
        match out {
            Out::Numbers(out) if stores == Stores::Past => {
                let (part, mut near) = (part(NEAR), Near([0.0; NEAR]));
                fill_past(self.isa, &mut near.0[..part], out, |start, near| {
                    // SAFETY: `near` is as long as the part, which is a block at most if `blocked`.
                    unsafe { call.part(start, near.as_mut_ptr().cast(), near.len()) }
                });
            }
            Out::Numbers(out) => {
                let part = part(length.max(1));
                for (start, out) in starts(part).zip(out.chunks_mut(part)) {
                    // SAFETY: as above.
                    unsafe { call.part(start, out.as_mut_ptr().cast(), out.len()) }
                }
            }
            Out::Booleans(out) => {
                let part = part(length.max(1));
                for (start, out) in starts(part).zip(out.chunks_mut(part)) {
                    // SAFETY: as above.
                    unsafe { call.part(start, out.as_mut_ptr(), out.len()) }
                }
            }
        }
    }
}

/// The arguments of the code, made once for all parts.
struct Call<'a> {
    native: &'a Native,
    inputs: &'a [&'a [f64]],
    arrays: Vec<*const f64>,
    scratch: Vec<Block>,
}

impl<'a> Call<'a> {
    fn new(native: &'a Native, inputs: &'a [&'a [f64]]) -> Self {
        let (arrays, scratch) = (vec![ptr::null(); inputs.len()], vec![Block([0.0; BLOCK]); native.scratch]);
        Call { native, inputs, arrays, scratch }
    }

    /// Writes elements `start..start + count` to `out`.
    ///
    /// # Safety
    ///
    /// The expression's arrays have at least `start + count` elements; `out` has room for `count` elements of its kind,
    /// which nothing else uses; and `count` is at most a block if the code is `blocked`.
    unsafe fn part(&mut self, start: usize, out: *mut u8, count: usize) {
        let inputs = self.inputs.iter().map(|input| input[start..start + count].as_ptr());
        self.arrays.iter_mut().zip(inputs).for_each(|(array, input)| *array = input);
        let Native { code, isa, .. } = self.native;
        let scratch = self.scratch.as_mut_ptr().cast::<f64>();
        // SAFETY: the code was made for this signature. It reads `count` elements of its arrays and writes as many of
        // its kind to `out`, as the caller promises. If it uses `scratch`, `count` is a block at most, and `scratch`
        // has as many blocks as planned. The borrows keep the written memory apart from the memory that is read.
        unsafe {
            let entry = std::mem::transmute::<*const u8, Entry>(code.entry());
            entry(self.arrays.as_ptr(), out, scratch, isa, count);
        }
    }
}

/// Numbers in the first cache, before they are stored past all caches.
#[repr(align(64))]
struct Near([f64; NEAR]);

/// A block that begins at the start of a cache line.
#[derive(Clone)]
#[repr(align(64))]
struct Block(#[expect(dead_code, reason = "the code has its address")] [f64; BLOCK]);
