//! A worker's part in each pattern.

pub(super) mod divide;
pub(super) mod exchange;
pub(super) mod graph;
pub(super) mod map;
pub(super) mod nest;
pub(super) mod reduce;
pub(super) mod search;
pub(super) mod stencil;
pub(super) mod sweep;

use std::ops::Range;

/// Piece `number` of `0..len` cut into pieces of `size`; `None` if there are fewer pieces.
fn piece(len: usize, size: usize, number: usize) -> Option<Range<usize>> {
    let start = number.checked_mul(size).filter(|&start| start < len)?;
    Some(start..start + size.min(len - start))
}
