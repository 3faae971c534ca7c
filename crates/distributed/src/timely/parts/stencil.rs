//! A stencil: each worker keeps its block, and before each step receives the items within reach.
//!
//! No worker waits for all: it goes on when its own borders are there, and is at most one step ahead of a neighbour.
//! Timely could tell when a step is over everywhere; that would be a message from each worker to each, and is not
//! needed.

use super::piece;
use crate::timely::parcel::{Mail, Parcel, Part, Post, Then, read, written};
use crate::timely::place::{self, Place, Told};
use parallax_pattern::{Stencil, Wire};
use parallax_processes::remote::Packed;
use std::collections::VecDeque;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

pub(in crate::timely) fn begin<S: Stencil<Item: Wire> + Wire>(told: Told) -> Result<(), String> {
    place::begin(&told, |work: Arc<S>, place| Stepping::new(work, told.size, place))
}

struct Stepping<S: Stencil> {
    work: Arc<S>,
    block: Range<usize>,
    neighbours: Vec<Neighbour>,
    /// Whole states, of which this worker has its block and the items within reach.
    old: Vec<S::Item>,
    new: Vec<S::Item>,
    begun: bool,
    /// Whether the borders of this step have been sent.
    sent: bool,
    step: usize,
}

/// Another worker with which borders are exchanged.
struct Neighbour {
    worker: usize,
    /// Items of this worker that the other needs.
    mine: Vec<Range<usize>>,
    /// Items of the other that this one needs.
    its: Vec<Range<usize>>,
    came: VecDeque<Parcel>,
}

impl<S: Stencil<Item: Wire> + Wire> Stepping<S> {
    fn new(work: Arc<S>, size: usize, Place { me, peers }: Place) -> Self {
        let (len, reach) = (work.len(), work.reach());
        let block = piece(len, size, me).unwrap_or(0..0);
        let others = (0..peers).filter(|&worker| worker != me);
        let neighbours = others.filter_map(|worker| {
            let other = piece(len, size, worker)?;
            let (mine, its) = (needed(&other, &block, reach, len), needed(&block, &other, reach, len));
            let some = !mine.is_empty() || !its.is_empty();
            some.then(|| Neighbour { worker, mine, its, came: VecDeque::new() })
        });
        let neighbours = if block.is_empty() { Vec::new() } else { neighbours.collect() };
        let state = || vec![S::Item::default(); if block.is_empty() { 0 } else { len }];
        let (old, new) = (state(), state());
        Stepping { work, block, neighbours, old, new, begun: false, sent: false, step: 0 }
    }

    fn send_borders(&mut self, post: &mut Post) -> Result<(), String> {
        for neighbour in self.neighbours.iter().filter(|neighbour| !neighbour.mine.is_empty()) {
            let border = neighbour.mine.iter().flat_map(|items| &self.old[items.clone()]).cloned().collect();
            post.send(neighbour.worker, self.step as u64, written(&Packed::<S::Item>(border))?);
        }
        Ok(())
    }

    /// Takes the borders of this step, if all have come.
    fn receive_borders(&mut self, mail: &mut Mail) -> Result<bool, String> {
        for parcel in mail.parcels.drain(..) {
            let from = |neighbour: &&mut Neighbour| neighbour.worker == parcel.from as usize;
            let neighbour = self.neighbours.iter_mut().find(from).ok_or("a border from no neighbour")?;
            neighbour.came.push_back(parcel);
        }
        let there = |neighbour: &Neighbour| neighbour.its.is_empty() || !neighbour.came.is_empty();
        if !self.neighbours.iter().all(there) {
            return Ok(false);
        }
        for neighbour in &mut self.neighbours {
            let Some(parcel) = neighbour.came.pop_front() else { continue };
            let Packed(border) = read::<Packed<S::Item>>(&parcel.bytes)?;
            let whole: usize = neighbour.its.iter().map(Range::len).sum();
            if parcel.number != self.step as u64 || border.len() != whole {
                return Err("a border of another step".to_owned());
            }
            let mut border = border.into_iter();
            for item in neighbour.its.iter().cloned().flatten() {
                self.old[item] = border.next().unwrap_or_default();
            }
        }
        Ok(true)
    }
}

impl<S: Stencil<Item: Wire> + Wire> Part for Stepping<S> {
    fn go_on(&mut self, mail: &mut Mail, post: &mut Post) -> Result<Then, String> {
        if self.block.is_empty() {
            return Ok(Then::Done);
        }
        if !self.begun {
            let Some(Packed(block)) = mail.input::<Packed<S::Item>>()? else { return Ok(Then::Wait) };
            self.old[self.block.clone()].clone_from_slice(&block);
            self.begun = true;
        }
        if self.step == self.work.steps() {
            post.result(post.me as u64, Packed(self.old[self.block.clone()].to_vec()))?;
            return Ok(Then::Done);
        }
        if !mem::replace(&mut self.sent, true) {
            self.send_borders(post)?;
            return Ok(Then::Again); // the borders leave before this part waits
        }
        if !self.receive_borders(mail)? {
            return Ok(Then::Wait);
        }
        self.work.step(&self.old, self.block.start, &mut self.new[self.block.clone()]);
        mem::swap(&mut self.old, &mut self.new);
        (self.step, self.sent) = (self.step + 1, false);
        Ok(Then::Again)
    }
}

/// The items of the block `from` that the block `to` needs, on a ring of `len` items.
fn needed(to: &Range<usize>, from: &Range<usize>, reach: usize, len: usize) -> Vec<Range<usize>> {
    if reach.saturating_mul(2).saturating_add(to.len()) >= len {
        return vec![from.clone()];
    }
    let before = to.start + len - reach..to.start + len;
    let after = to.end..to.end + reach;
    let mut found = Vec::new();
    for halo in [before, after] {
        for shift in [0, len] {
            let start = (from.start + shift).max(halo.start);
            let end = (from.end + shift).min(halo.end);
            if start < end {
                found.push(start - shift..end - shift);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_needs_what_is_near_on_the_ring_and_nothing_else() {
        for (len, size, reach) in
            [(10, 4, 1), (10, 3, 2), (12, 3, 4), (12, 4, 0), (9, 2, 7), (5, 5, 1), (7, 1, 3)]
        {
            let blocks: Vec<_> = (0..).map_while(|number| piece(len, size, number)).collect();
            for to in &blocks {
                for from in blocks.iter().filter(|from| *from != to) {
                    let mut found = vec![0; len];
                    needed(to, from, reach, len).into_iter().flatten().for_each(|item| found[item] += 1);
                    for (item, times) in found.into_iter().enumerate() {
                        let near = to.clone().any(|mine| {
                            let apart = mine.abs_diff(item);
                            apart.min(len - apart) <= reach
                        });
                        let right = usize::from(from.contains(&item) && near);
                        let all = 2 * reach + to.len() >= len && from.contains(&item);
                        assert!(times == right || all, "{len} {size} {reach}: {to:?} from {from:?}, {item}");
                        assert!(times <= 1);
                    }
                }
            }
        }
    }
}
