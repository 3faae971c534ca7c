//! The packed right factor, block by block, and the memory that one product leaves to the next.

use crate::aligned::Aligned;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The most bytes of a row's part: six of them are a quarter to a third of a first cache.
const DEPTH: usize = 2048;

/// The right factor's blocks, each once it is packed: the columns of a panel in `depth` rows, row by
/// row, the last panel padded with zeros to whole vectors.
#[derive(Debug)]
pub(super) struct Blocks<T> {
    shape: [usize; 2],
    /// The number of elements in a vector.
    vector: usize,
    width: usize,
    depth: usize,
    panels: usize,
    packed: Vec<OnceLock<Aligned<T>>>,
    spare: Spare<T>,
}

impl<T: Copy + Default> Blocks<T> {
    /// The blocks of a matrix of `k` rows and `n` columns, for tiles of `wide` vectors of `vector` numbers each.
    pub(super) fn new([k, n]: [usize; 2], [wide, vector]: [usize; 2], spare: &Spare<T>) -> Self {
        let width = wide * vector;
        let (parts, panels) = (k.div_ceil(DEPTH / size_of::<T>()), n.div_ceil(width));
        let depth = k.div_ceil(parts.max(1)).max(1);
        let packed = (0..parts * panels).map(|_| OnceLock::new()).collect();
        Blocks { shape: [k, n], vector, width, depth, panels, packed, spare: spare.clone() }
    }
    /// The rows and columns of the factor.
    pub(super) fn shape(&self) -> [usize; 2] {
        self.shape
    }
    /// The number of rows in each block, except the last of a panel, which may have fewer.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }
    /// The size of a whole block.
    pub(super) fn bytes(&self) -> usize {
        self.width * self.depth * size_of::<T>()
    }
    /// The panels that have some of these columns.
    pub(super) fn panels(&self, columns: &Range<usize>) -> Range<usize> {
        columns.start / self.width..columns.end.div_ceil(self.width)
    }
    /// The columns of a panel, including those of zeros.
    #[inline(always)]
    pub(super) fn columns(&self, panel: usize) -> Range<usize> {
        let (first, [_, n]) = (panel * self.width, self.shape);
        first..first + self.width.min((n - first).next_multiple_of(self.vector))
    }
    /// Memory for one block, with any content.
    pub(super) fn memory(&self) -> Aligned<T> {
        self.spare.take(self.width * self.depth)
    }
    /// The place of a panel's block that begins with a row.
    #[inline(always)]
    pub(super) fn at(&self, panel: usize, row: usize) -> &OnceLock<Aligned<T>> {
        &self.packed[row / self.depth * self.panels + panel]
    }
}

impl<T> Drop for Blocks<T> {
    fn drop(&mut self) {
        self.spare.leave(self.packed.drain(..).filter_map(OnceLock::into_inner));
    }
}

/// Memory that a product leaves to the next one: fresh pages would cost a tenth of it. Clones share it.
#[derive(Debug)]
pub struct Spare<T = f64>(Arc<Mutex<Vec<Aligned<T>>>>);

impl<T> Spare<T> {
    /// `len` numbers of any value.
    fn take(&self, len: usize) -> Aligned<T>
    where
        T: Copy + Default,
    {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.filter(|spare| spare.len() == len).unwrap_or_else(|| Aligned::new(len))
    }
    fn leave(&self, blocks: impl Iterator<Item = Aligned<T>>) {
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spare.clear(); // of products of another size
        spare.extend(blocks);
    }
}

impl<T> Clone for Spare<T> {
    fn clone(&self) -> Self {
        Spare(Arc::clone(&self.0))
    }
}

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Spare(Arc::default())
    }
}
