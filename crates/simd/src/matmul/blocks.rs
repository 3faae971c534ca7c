//! The packed right factor, block by block, and the memory that a product leaves to the next.

use std::ops::{Deref, DerefMut};
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
    packed: Vec<OnceLock<Block>>,
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
    pub(super) fn memory(&self) -> Block {
        self.spare.take(self.width * self.depth)
    }
    /// The place of a panel's block that begins with a row.
    #[inline(always)]
    pub(super) fn at(&self, panel: usize, row: usize) -> &OnceLock<Block> {
        &self.packed[row / self.depth * self.panels + panel]
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        self.spare.leave(self.packed.drain(..).filter_map(OnceLock::into_inner));
    }
}

/// The longest line of a cache that is common, in numbers.
const LINE: usize = 16;

/// Numbers that begin with a line of a cache, so that no vector lies across two.
#[derive(Debug)]
pub(super) struct Block {
    memory: Vec<f64>,
    start: usize,
}

impl Block {
    fn new(len: usize) -> Self {
        let memory = vec![0.0; len + LINE];
        let start = memory.as_ptr().align_offset(LINE * size_of::<f64>()).min(LINE);
        Block { memory, start }
    }
}

impl Deref for Block {
    type Target = [f64];
    #[inline(always)]
    fn deref(&self) -> &[f64] {
        &self.memory[self.start..self.start + self.memory.len() - LINE]
    }
}

impl DerefMut for Block {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [f64] {
        let len = self.memory.len() - LINE;
        &mut self.memory[self.start..self.start + len]
    }
}

/// Memory that a product leaves to the next one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spare(Arc<Mutex<Vec<Block>>>);

impl Spare {
    /// `len` numbers, whatever they are.
    fn take(&self, len: usize) -> Block {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.filter(|spare| spare.len() == len).unwrap_or_else(|| Block::new(len))
    }
    fn leave(&self, blocks: impl Iterator<Item = Block>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spare.clear(); // of the products of another size
        spare.extend(blocks);
    }
}
