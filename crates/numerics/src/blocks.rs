//! Splits any piece of a table into at most three rectangles, because array libraries work on rectangles.

use std::ops::Range;

/// A rectangle of a table, and the place of its cells in the piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
    pub(crate) part: Range<usize>,
}

/// The rectangles that make up cells `start..start + len` of a table whose rows have `width` cells: the
/// rest of a row, whole rows, the beginning of a row.
pub(crate) fn blocks(width: usize, start: usize, len: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut at = start;
    let end = start + len;
    while at < end {
        let (row, column) = (at / width, at % width);
        let rows = if column == 0 { ((end - at) / width).max(1) } else { 1 };
        let columns = column..width.min(column + end - at);
        let next = at + rows * columns.len();
        blocks.push(Block { rows: row..row + rows, columns, part: at - start..next - start });
        at = next;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_cell_is_in_one_rectangle(width in 1..9usize, start in 0..40usize, len in 0..60usize) {
            let blocks = blocks(width, start, len);
            prop_assert!(blocks.len() <= 3);
            let mut cells = Vec::new();
            for block in blocks {
                prop_assert_eq!(block.part.len(), block.rows.len() * block.columns.len());
                prop_assert_eq!(block.part.start, cells.len());
                for row in block.rows {
                    cells.extend(block.columns.clone().map(|column| row * width + column));
                }
            }
            prop_assert!(cells.into_iter().eq(start..start + len));
        }
    }
}
