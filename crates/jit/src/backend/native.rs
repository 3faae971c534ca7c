//! Machine code for one expression, made by Cranelift.
//!
//! All arithmetic between two calls of vector functions is one loop, so temporaries stay in registers; a long
//! expression becomes several, so that compiling it takes time in proportion.
//! Cranelift vectorises nothing by itself and has vectors of 128 bits: the loop takes two elements at a time
//! because it is written so. That is enough where memory is the limit.

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

/// Elements in a block of scratch memory.
const BLOCK: usize = 128;

pub(crate) struct Native {
    code: Code,
    /// What the functions that it calls use.
    isa: Isa,
    /// What the code writes.
    kind: Kind,
    /// How many arrays it may read.
    variables: usize,
    /// The blocks of scratch memory that one thread needs.
    scratch: usize,
    /// The code must be called for no more than a block.
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
    fn fill(&self, inputs: &[&[f64]], out: Out<'_>) {
        let mut scratch = vec![Block([0.0; BLOCK]); self.scratch];
        let length = out.len();
        let (kind, size, out) = match out {
            Out::Numbers(out) => (Kind::Number, size_of::<f64>(), out.as_mut_ptr().cast::<u8>()),
            Out::Booleans(out) => (Kind::Boolean, 1, out.as_mut_ptr()),
        };
        assert!(kind == self.kind && inputs.len() >= self.variables, "the arrays of this expression");
        assert!(inputs.iter().all(|input| input.len() == length), "an input is as long as the output");
        let part = if self.blocked { BLOCK } else { length.max(1) };
        let mut arrays = vec![ptr::null(); inputs.len()];
        for start in (0..length).step_by(part) {
            arrays.iter_mut().zip(inputs).for_each(|(array, input)| *array = input[start..].as_ptr());
            let count = part.min(length - start);
            let scratch = scratch.as_mut_ptr().cast::<f64>();
            // SAFETY: the code was made for this signature. It reads `count` elements of `variables` arrays
            // and writes as many of its kind to the output; both were checked above. If it uses `scratch`, it
            // is called for a block at most, and there are as many blocks as it was planned with. The borrows
            // keep what is written apart from what is read.
            unsafe {
                let entry = std::mem::transmute::<*const u8, Entry>(self.code.entry());
                entry(arrays.as_ptr(), out.add(start * size), scratch, &self.isa, count);
            }
        }
    }
}

/// A block that starts where a cache line starts.
#[derive(Clone)]
#[repr(align(64))]
struct Block(#[expect(dead_code, reason = "the code has its address")] [f64; BLOCK]);
