//! A call and its results: parts of an array, read straight into their places, and then the reply.

use super::process::{Job, Known};
use super::{END, read_head};
use crate::deal::Deal;
use crate::ranks::Outcome;
use parallax_distributed::{Meter, Moment};
use parallax_pattern::{Answer, Item, No, Wire};
use parallax_processes::remote::{self, Packed, as_bytes, as_bytes_mut};
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::io::{self, Read};
use std::marker::PhantomData;
use std::sync::MutexGuard;

/// A part of an array as bytes: numbers as in memory, all else as serde writes it.
pub(crate) fn encode<T: Item + Wire>(part: &[T]) -> Answer<Cow<'_, [u8]>> {
    match as_bytes(part) {
        Some(bytes) => Ok(Cow::Borrowed(bytes)),
        None => match postcard::to_stdvec(&Packed(part.to_vec())) {
            Ok(bytes) => Ok(Cow::Owned(bytes)),
            Err(why) => Err(No::Failed(why.into())),
        },
    }
}

/// A call that is being answered.
pub(crate) struct Call<'a, R> {
    slot: MutexGuard<'a, Option<Job>>,
    job: Job,
    known: Known,
    meter: &'a Meter,
    result: PhantomData<R>,
}

impl<'a, R: DeserializeOwned> Call<'a, R> {
    pub(super) fn made(slot: MutexGuard<'a, Option<Job>>, job: Job, known: Known, meter: &'a Meter) -> Self {
        Call { slot, job, known, meter, result: PhantomData }
    }

    /// The result of a call that returns no array.
    pub(crate) fn result(self) -> Answer<R> {
        self.fetch::<u8>(Deal::nothing(), &mut [])
    }

    /// Reads the parts into their places, and returns the result.
    pub(crate) fn fetch<T: Item + Wire>(mut self, deal: Deal, out: &mut [T]) -> Answer<R> {
        let reply = match self.read(deal, out) {
            Ok(reply) => reply,
            Err(why) => return Err(No::failed(self.job.lost(&why))),
        };
        let outcome = remote::result::<Outcome<R>>(&reply);
        let outcome =
            outcome.map_err(|why| No::Failed(why.into())).and_then(|outcome| outcome.map_err(No::failed));
        if outcome.is_ok() {
            self.job.known = Some(self.known);
        }
        *self.slot = Some(self.job);
        outcome
    }

    /// Reads the results from their first byte on: the ranks send nothing before all of them are made.
    fn read<T: Item + Wire>(&mut self, deal: Deal, out: &mut [T]) -> io::Result<Vec<u8>> {
        let mut head = read_head(&mut self.job.answers)?;
        let (began, mut gathered) = (Moment::now(), 0);
        loop {
            let [rank, length] = head;
            gathered += length as usize;
            if rank == END {
                let mut reply = vec![0; length as usize];
                self.job.answers.read_exact(&mut reply)?;
                self.meter.gathered(gathered, began.elapsed_ns());
                return Ok(reply);
            }
            self.place(deal, rank as usize, length as usize, out)?;
            head = read_head(&mut self.job.answers)?;
        }
    }

    /// Reads the part of a rank into its places.
    fn place<T: Item + Wire>(
        &mut self,
        deal: Deal,
        rank: usize,
        length: usize,
        out: &mut [T],
    ) -> io::Result<()> {
        if as_bytes(out).is_some() {
            if length != deal.count(rank) * size_of::<T>() {
                return Err(io::Error::other("a part of the array has another length than was agreed"));
            }
            for piece in deal.of(rank) {
                let bytes = as_bytes_mut(&mut out[piece]).unwrap_or_default();
                self.job.answers.read_exact(bytes)?;
            }
            return Ok(());
        }
        let mut bytes = vec![0; length];
        self.job.answers.read_exact(&mut bytes)?;
        let Packed(items) = postcard::from_bytes::<Packed<T>>(&bytes).map_err(io::Error::other)?;
        let mut items = items.into_iter();
        for place in deal.of(rank).flatten() {
            let item = items.next().ok_or_else(|| io::Error::other("a part of the array is too short"))?;
            out[place] = item;
        }
        Ok(())
    }
}
