//! The functions that machine code calls: the interpreter's kernels over blocks.
#![expect(unsafe_code, reason = "machine code has only addresses to pass")]

use std::slice;

use crate::Isa;
use crate::meaning::{Binary, Unary};
use crate::vectors::{self, Source};

/// Applies an operation to `n` elements.
///
/// # Safety
///
/// `isa` and `n` elements at `x` are readable, `n` elements at `out` are writable and overlap none of
/// these, and `op` is the number of an operation.
pub(super) unsafe extern "C" fn unary(isa: *const Isa, op: usize, x: *const f64, out: *mut f64, n: usize) {
    // SAFETY: as the caller promises.
    let (isa, x, out) = unsafe { (*isa, slice::from_raw_parts(x, n), slice::from_raw_parts_mut(out, n)) };
    vectors::unary(isa, UNARY[op], x, out);
}

/// Applies an operation to `n` pairs of elements; with a step of 0, one element is used for all.
///
/// # Safety
///
/// As for [`unary`], for `x` and `y`; with a step of 0, one element is readable.
pub(super) unsafe extern "C" fn binary(
    isa: *const Isa,
    op: usize,
    x: *const f64,
    x_step: usize,
    y: *const f64,
    y_step: usize,
    out: *mut f64,
    n: usize,
) {
    let source = |at: *const f64, step| match step {
        // SAFETY: as the caller promises.
        0 => Source::One(unsafe { *at }),
        // SAFETY: as the caller promises.
        _ => Source::Many(unsafe { slice::from_raw_parts(at, n) }),
    };
    // SAFETY: as the caller promises.
    let (isa, out) = unsafe { (*isa, slice::from_raw_parts_mut(out, n)) };
    vectors::binary(isa, BINARY[op], source(x, x_step), source(y, y_step), out);
}

/// The operations that are called instead of inlined, by their number in the code.
pub(super) const UNARY: [Unary; 5] =
    [Unary::Sine, Unary::Cosine, Unary::Logarithm, Unary::Exponential, Unary::Root];
pub(super) const BINARY: [Binary; 2] = [Binary::Power, Binary::Divide];
