//! The packed right factor, block by block, and the memory that a product leaves to the next.

use crate::aligned::Aligned;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How many steps a block is deep: with 8 columns it takes 16 KiB.
const DEPTH: usize = 256;

/// The right factor's blocks, each once it is packed: `width` columns of `depth` rows, row by row, the last ones
/// filled up with zeros.
#[derive(Debug)]
pub(super) struct Blocks {
    shape: [usize; 2],
    width: usize,
    depth: usize,
    panels: usize,
    packed: Vec<OnceLock<Aligned<f64>>>,
    spare: Spare,
}

impl Blocks {
    /// Those of a matrix of `k` rows and `n` columns.
    pub(super) fn new([k, n]: [usize; 2], width: usize, spare: &Spare) -> Self {
        let (parts, panels) = (k.div_ceil(DEPTH), n.div_ceil(width));
        let depth = k.div_ceil(parts.max(1)).max(1);
        let packed = (0..parts * panels).map(|_| OnceLock::new()).collect();
        Blocks { shape: [k, n], width, depth, panels, packed, spare: spare.clone() }
    }
    /// How many rows and columns the factor has.
    pub(super) fn shape(&self) -> [usize; 2] {
        self.shape
    }
    /// How many rows each has, but the last of a panel, which may have fewer.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }
    /// Memory for one, whatever stands in it.
    pub(super) fn memory(&self) -> Aligned<f64> {
        self.spare.take(self.width * self.depth)
    }
    /// The place of a panel's block that begins with a row.
    #[inline(always)]
    pub(super) fn at(&self, panel: usize, row: usize) -> &OnceLock<Aligned<f64>> {
        &self.packed[row / self.depth * self.panels + panel]
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        self.spare.leave(self.packed.drain(..).filter_map(OnceLock::into_inner));
    }
}

/// Memory that a product leaves to the next one: fresh pages would cost a tenth of it. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Spare(Arc<Mutex<Vec<Aligned<f64>>>>);

impl Spare {
    /// `len` numbers, whatever they are.
    fn take(&self, len: usize) -> Aligned<f64> {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.filter(|spare| spare.len() == len).unwrap_or_else(|| Aligned::new(len))
    }
    fn leave(&self, blocks: impl Iterator<Item = Aligned<f64>>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spare.clear(); // of the products of another size
        spare.extend(blocks);
    }
}
