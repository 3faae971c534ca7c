//! The halo of a block: the items of other blocks within its reach on a ring, which it needs before each step.

use super::Ranks;
use crate::deal::Deal;
use mpi::request;
use mpi::traits::*;
use parallax_pattern::{Item, Wire};
use parallax_processes::remote::{Packed, as_bytes_mut};
use std::ops::Range;

/// Ranges that a rank sends and receives before each step.
#[derive(Debug)]
pub(super) struct Halo {
    block: Range<usize>,
    sends: Vec<Border>,
    receives: Vec<Border>,
}

/// Items that one rank has and another needs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Border {
    /// The rank at the other end.
    rank: usize,
    /// The index among the ranges between the two, for a rank that is the neighbour on both sides.
    tag: i32,
    items: Range<usize>,
}

impl Halo {
    pub(super) fn new(deal: Deal, reach: usize, rank: usize, size: usize) -> Self {
        let others = || (0..size).filter(move |other| *other != rank);
        let mut receives: Vec<_> =
            others().flat_map(|other| borders(deal, reach, other, rank, other)).collect();
        receives.sort_by_key(|border| border.items.start); // the order in which the array is cut
        let sends = others().flat_map(|other| borders(deal, reach, rank, other, other)).collect();
        Halo { block: deal.block(rank), sends, receives }
    }

    /// Sends the items of this rank's block that others need, and receives the items that it needs of theirs.
    pub(super) fn exchange<T: Item + Wire>(&self, ranks: &Ranks, array: &mut [T]) {
        let size = size_of::<T>();
        match as_bytes_mut(array) {
            Some(bytes) => self.exchange_bytes(ranks, bytes, size),
            None => self.exchange_items(ranks, array),
        }
    }

    /// Numbers go from array to array. All messages are under way at the same time, so that none waits for another.
    fn exchange_bytes(&self, ranks: &Ranks, array: &mut [u8], size: usize) {
        let at = |item: usize| item * size;
        let (before, rest) = array.split_at_mut(at(self.block.start));
        let (block, after) = rest.split_at_mut(at(self.block.len()));
        let (block, mut others) = (&*block, [(0, before), (at(self.block.end), after)]);
        request::multiple_scope(self.sends.len() + self.receives.len(), |scope, messages| {
            for Border { rank, tag, items } in &self.receives {
                let (start, rest) = &mut others[usize::from(items.start >= self.block.end)];
                let (_, from_here) = std::mem::take(rest).split_at_mut(at(items.start) - *start);
                let (room, behind) = from_here.split_at_mut(at(items.len()));
                (*start, *rest) = (at(items.end), behind);
                let from = ranks.world.process_at_rank(*rank as i32);
                messages.add(from.immediate_receive_into_with_tag(scope, room, *tag));
            }
            for Border { rank, tag, items } in &self.sends {
                let from = at(items.start - self.block.start);
                let to = ranks.world.process_at_rank(*rank as i32);
                messages.add(to.immediate_send_with_tag(scope, &block[from..from + at(items.len())], *tag));
            }
            messages.wait_all(&mut Vec::new());
        });
    }

    /// Other items are serialised first, so the receiver does not know a message's length.
    fn exchange_items<T: Item + Wire>(&self, ranks: &Ranks, array: &mut [T]) {
        let write = |border: &Border| postcard::to_stdvec(&Packed(array[border.items.clone()].to_vec()));
        let written: Vec<_> =
            self.sends.iter().map(|border| write(border).expect("items can be written")).collect();
        request::multiple_scope(self.sends.len(), |scope, messages| {
            for (Border { rank, tag, .. }, bytes) in self.sends.iter().zip(&written) {
                let to = ranks.world.process_at_rank(*rank as i32);
                messages.add(to.immediate_send_with_tag(scope, &bytes[..], *tag));
            }
            for Border { rank, tag, items } in &self.receives {
                let from = ranks.world.process_at_rank(*rank as i32);
                let (bytes, _) = from.matched_probe_with_tag(*tag).matched_receive_vec::<u8>();
                let Packed(received) = postcard::from_bytes(&bytes).expect("items can be read");
                array[items.clone()].clone_from_slice(&received);
            }
            messages.wait_all(&mut Vec::new());
        });
    }
}

/// The items of the block of rank `from` that rank `to` needs, computed by either of them; `other` is the other rank.
fn borders(deal: Deal, reach: usize, from: usize, to: usize, other: usize) -> Vec<Border> {
    let has = deal.block(from);
    let overlaps = within(deal.block(to), reach, deal.len).into_iter().filter_map(|needed| {
        let items = needed.start.max(has.start)..needed.end.min(has.end);
        (!items.is_empty()).then_some(items)
    });
    overlaps.zip(1..).map(|(items, tag)| Border { rank: other, tag, items }).collect()
}

/// The items within reach of a block on a ring, but not in it: ascending ranges that do not overlap.
fn within(block: Range<usize>, reach: usize, len: usize) -> Vec<Range<usize>> {
    if block.is_empty() {
        return Vec::new();
    }
    let outside = len - block.len();
    if reach >= outside.div_ceil(2) {
        return vec![0..block.start, block.end..len];
    }
    // a range beyond one end of the array continues at the other
    let (low, high) = (reach.saturating_sub(block.start), (block.end + reach).saturating_sub(len));
    let before = block.start - (reach - low)..block.start;
    let after = block.end..(block.end + reach).min(len);
    let ranges = [0..high, before, after, len - low..len];
    ranges.into_iter().filter(|range| !range.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_reach_is_what_a_ring_says() {
        for len in 1..12_usize {
            for (start, end) in (0..len).flat_map(|start| (start..=len).map(move |end| (start, end))) {
                for reach in 0..=len {
                    let near = |item: usize| {
                        (start..end).any(|mine| {
                            let apart = mine.abs_diff(item);
                            apart.min(len - apart) <= reach
                        })
                    };
                    let expected: Vec<_> =
                        (0..len).filter(|item| !(start..end).contains(item) && near(*item)).collect();
                    let found: Vec<_> = within(start..end, reach, len).into_iter().flatten().collect();
                    // a little more than needed may come where nearly all is needed
                    assert!(
                        expected.iter().all(|item| found.contains(item)),
                        "{start}..{end} of {len}, {reach}"
                    );
                    assert!(
                        found.is_sorted_by(|a, b| a < b) && found.len() <= expected.len() + 1,
                        "{found:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_one_sends_the_other_receives() {
        for (len, reach, size) in [(10, 1, 2), (10, 3, 3), (100, 100, 3), (5, 2, 4), (2, 1, 3)] {
            let deal = Deal::blocks(len, 1, size);
            let halos: Vec<_> = (0..size).map(|rank| Halo::new(deal, reach, rank, size)).collect();
            for (rank, halo) in halos.iter().enumerate() {
                for border in &halo.sends {
                    let there = Border { rank, ..border.clone() };
                    assert!(halos[border.rank].receives.contains(&there), "{there:?}");
                }
            }
            let count = |of: fn(&Halo) -> usize| halos.iter().map(of).sum::<usize>();
            assert_eq!(count(|halo| halo.sends.len()), count(|halo| halo.receives.len()));
        }
    }
}
