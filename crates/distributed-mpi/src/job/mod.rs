//! The client's end of an MPI job: a call goes to rank 0, and arrays go with it and come back.

pub(crate) mod agent;
mod call;
mod launch;
mod process;

use crate::deal::Deal;
use crate::ranks::{Outcome, Task};
use call::encode;
use parallax_distributed::{Meter, Moment};
use parallax_pattern::{Answer, Item, No, Transport, Wire};
use parallax_processes::remote::{self, Packed};
use process::{Job, Known};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::TypeId;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use call::Call;

/// The role of a process that is a rank.
pub(crate) const RANK: &str = "mpi";
/// The role of a process that starts a command on another host for `mpirun`.
pub(crate) const AGENT: &str = "mpi-agent";

/// The header before bytes between client and rank 0: how many parts of an array follow a call, or the rank whose part
/// of an array it is, or [`END`]; and the number of bytes.
pub(crate) type Head = [u64; 2];
/// To rank 0: no more calls. From rank 0: the reply, not a part of an array.
pub(crate) const END: u64 = u64::MAX;

pub(crate) fn read_head(from: &mut impl Read) -> io::Result<Head> {
    let mut words = Head::default();
    for word in &mut words {
        let mut bytes = [0; 8];
        from.read_exact(&mut bytes)?;
        *word = u64::from_le_bytes(bytes);
    }
    Ok(words)
}

pub(crate) fn write_head(to: &mut impl Write, head: Head) -> io::Result<()> {
    to.write_all(head.map(u64::to_le_bytes).as_flattened())
}

/// A client, which starts a new job after one has ended.
#[derive(Debug)]
pub(crate) struct Client {
    ranks: usize,
    job: Mutex<Option<Job>>,
    meter: Meter,
}

impl Client {
    pub(crate) fn start(ranks: usize) -> Answer<Self> {
        let (meter, began) = (Meter::default(), Moment::now());
        let job = Job::start(ranks).map_err(|why| No::Unavailable(why.to_string()))?;
        meter.started(began);
        Ok(Client { ranks, job: Mutex::new(Some(job)), meter })
    }

    /// The traffic with the ranks. Input counts as it leaves for rank 0, which passes it on: work is counted once, for
    /// any number of ranks.
    pub(crate) fn transport(&self) -> Transport {
        self.meter.read()
    }

    pub(crate) fn ranks(&self) -> usize {
        self.ranks
    }

    /// Calls `function` in all ranks.
    pub(crate) fn call<W, A, R>(
        &self,
        function: fn(Task<A>) -> Outcome<R>,
        work: &Arc<W>,
        argument: A,
    ) -> Answer<Call<'_, R>>
    where
        W: Wire,
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
    {
        self.call_with::<W, A, R, u8>(function, work, argument, None)
    }

    /// The same with an array, of which each rank gets its part. The work is sent only if the ranks do not have it from
    /// the last call.
    pub(crate) fn call_with<W, A, R, T>(
        &self,
        function: fn(Task<A>) -> Outcome<R>,
        work: &Arc<W>,
        argument: A,
        array: Option<(Deal, &[T])>,
    ) -> Answer<Call<'_, R>>
    where
        W: Wire,
        A: Serialize + DeserializeOwned,
        R: Serialize + DeserializeOwned,
        T: Item + Wire,
    {
        let began = Moment::now();
        let bytes = postcard::to_stdvec(&**work).map_err(|why| No::Failed(why.into()))?;
        let known = Known { type_id: TypeId::of::<W>(), bytes };
        let part = |rank| array.map(|(deal, array)| encode(&array[deal.block(rank)])).transpose();
        let parts: Vec<_> =
            (0..self.ranks).filter_map(|rank| part(rank).transpose()).collect::<Answer<_>>()?;
        let mut slot = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        // taken out until it has answered: a panic before that leaves no job behind
        let mut job = match slot.take() {
            Some(job) => job,
            None => Job::start(self.ranks).map_err(|why| No::failed(why.to_string()))?,
        };
        let is_new = job.known.take().as_ref() != Some(&known);
        let task = Task { work: is_new.then(|| Packed(known.bytes.clone())), argument };
        let request = remote::request(function, &task).map_err(|why| No::Failed(why.into()))?;
        job.tell(&request, &parts);
        let parts: usize = parts.iter().map(|part| part.len()).sum();
        let work = if is_new { known.bytes.len() } else { 0 };
        self.meter.shipped(work + parts, began.elapsed_ns());
        Ok(Call::made(slot, job, known, &self.meter))
    }
}
