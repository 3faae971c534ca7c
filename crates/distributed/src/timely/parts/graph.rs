//! A graph: each worker does a block of the columns, and sends the others the values that their next row needs.
//!
//! There are no requests: each worker looks at the dependencies of all columns, so it knows what to send and receive.

use super::piece;
use crate::timely::parcel::{Mail, Parcel, Part, Post, Then, read, written};
use crate::timely::place::{self, Place, Told};
use parallax_pattern::{Graph, Wire, needs, run_tasks};
use parallax_processes::remote::Packed;
use std::collections::VecDeque;
use std::mem;
use std::ops::Range;
use std::sync::Arc;

pub(in crate::timely) fn begin<G: Graph<Value: Wire> + Wire>(told: Told) -> Result<(), String> {
    place::begin(&told, |work: Arc<G>, place| Growing::new(work, told.size, place))
}

struct Growing<G: Graph> {
    work: Arc<G>,
    /// The columns of each worker that has some.
    blocks: Vec<Range<usize>>,
    me: usize,
    /// Values of the row before: of this worker's own columns, and those that the next row needs.
    before: Vec<G::Value>,
    row_values: Vec<G::Value>,
    marks: Marks,
    row: usize,
    /// The columns of each other worker that the next row needs, once computed.
    wanted: Option<Vec<Vec<usize>>>,
    came: Vec<VecDeque<Parcel>>,
}

impl<G: Graph<Value: Wire> + Wire> Growing<G> {
    fn new(work: Arc<G>, size: usize, Place { me, peers }: Place) -> Self {
        let width = work.width();
        let blocks: Vec<_> = (0..peers).map_while(|worker| piece(width, size, worker)).collect();
        let row = || vec![G::Value::default(); width];
        let (before, row_values, marks) = (row(), row(), Marks(vec![0; width], 0));
        let came = (0..blocks.len()).map(|_| VecDeque::new()).collect();
        Growing { work, blocks, me, before, row_values, marks, row: 0, wanted: None, came }
    }

    /// Sends the values that the others need for this row, and returns the columns that this one needs of them.
    fn exchange(&mut self, post: &mut Post) -> Result<Vec<Vec<usize>>, String> {
        let mut wanted = vec![Vec::new(); self.blocks.len()];
        if self.row == 0 || self.blocks.len() == 1 {
            return Ok(wanted);
        }
        let me = self.me;
        for worker in (0..self.blocks.len()).filter(|&worker| worker != me) {
            let columns = self.needed(worker, me);
            if !columns.is_empty() {
                let values = columns.into_iter().map(|column| self.before[column].clone()).collect();
                post.send(worker, self.row as u64, written(&Packed::<G::Value>(values))?);
            }
        }
        self.marks.begin();
        for column in self.blocks[self.me].clone() {
            needs(&*self.work, self.row, column).for_each(|need| self.marks.set(need));
        }
        for (worker, wanted) in wanted.iter_mut().enumerate().filter(|(worker, _)| *worker != me) {
            *wanted = self.marks.of(&self.blocks[worker]);
        }
        Ok(wanted)
    }

    /// The columns of one worker that this row of another one needs.
    fn needed(&mut self, to: usize, from: usize) -> Vec<usize> {
        self.marks.begin();
        for column in self.blocks[to].clone() {
            needs(&*self.work, self.row, column).for_each(|need| self.marks.set(need));
        }
        self.marks.of(&self.blocks[from])
    }

    fn receive(&mut self, mail: &mut Mail, wanted: &[Vec<usize>]) -> Result<bool, String> {
        for parcel in mail.parcels.drain(..) {
            self.came.get_mut(parcel.from as usize).ok_or("values from no worker")?.push_back(parcel);
        }
        let there = |(wanted, came): (&Vec<usize>, &VecDeque<_>)| wanted.is_empty() || !came.is_empty();
        if !wanted.iter().zip(&self.came).all(there) {
            return Ok(false);
        }
        for (wanted, came) in wanted.iter().zip(&mut self.came).filter(|(wanted, _)| !wanted.is_empty()) {
            let Some(parcel) = came.pop_front() else { continue };
            let Packed(values) = read::<Packed<G::Value>>(&parcel.bytes)?;
            if parcel.number != self.row as u64 || values.len() != wanted.len() {
                return Err("values of another row".to_owned());
            }
            for (&column, value) in wanted.iter().zip(values) {
                self.before[column] = value;
            }
        }
        Ok(true)
    }
}

impl<G: Graph<Value: Wire> + Wire> Part for Growing<G> {
    fn go_on(&mut self, mail: &mut Mail, post: &mut Post) -> Result<Then, String> {
        let Some(block) = self.blocks.get(self.me).cloned() else { return Ok(Then::Done) };
        if self.row == self.work.depth() {
            post.result(self.me as u64, Packed(self.before[block].to_vec()))?;
            return Ok(Then::Done);
        }
        let wanted = match self.wanted.take() {
            Some(wanted) => wanted,
            None => {
                let wanted = self.exchange(post)?;
                if wanted.iter().any(|columns| !columns.is_empty()) {
                    self.wanted = Some(wanted);
                    return Ok(Then::Again); // the messages leave before this part waits
                }
                wanted
            }
        };
        if !self.receive(mail, &wanted)? {
            self.wanted = Some(wanted);
            return Ok(Then::Wait);
        }
        run_tasks(&*self.work, self.row, &self.before, block.start, &mut self.row_values[block]);
        mem::swap(&mut self.before, &mut self.row_values);
        self.row += 1;
        Ok(Then::Again)
    }
}

/// Which columns have been seen, without forgetting them one by one.
struct Marks(Vec<u64>, u64);

impl Marks {
    fn begin(&mut self) {
        self.1 += 1;
    }

    fn set(&mut self, column: usize) {
        self.0[column] = self.1;
    }

    fn of(&self, block: &Range<usize>) -> Vec<usize> {
        block.clone().filter(|&column| self.0[column] == self.1).collect()
    }
}
