//! Producers and consumers as processes, with one connection from each producer to its consumer.
//!
//! A [`Connection`] defines how two processes are connected and its two ends; who makes and who takes which message,
//! in which process, is defined here once. Other crates add connections of other kinds.

mod framed;

pub(crate) use framed::{FramedReader, FramedWriter};

use super::failed;
use super::fixed_pool::FixedPool;
use super::sent::Sent;
use crate::Pool;
use parallax_pattern::{Answer, Channel, Traffic, Wire};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// A connection from one process to another, which is sent to both by its address.
pub trait Connection: Clone + Serialize + DeserializeOwned {
    /// Makes one connection for each of `readers`: the worker of `pool` that will read from it.
    ///
    /// # Errors
    ///
    /// If the system cannot make them.
    fn open<M: Serialize + DeserializeOwned + Send + 'static>(
        pool: &Pool,
        readers: &[usize],
    ) -> Answer<Vec<Self>>;

    /// The end of the producer. `at_once` means that a reader waits for each message, so none may be held back.
    ///
    /// # Errors
    ///
    /// As text.
    fn writer<M: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        at_once: bool,
    ) -> Result<impl MessageWriter<M>, String>;

    /// The end of the consumer.
    ///
    /// # Errors
    ///
    /// As text.
    fn reader<M: Serialize + DeserializeOwned + Send + 'static>(
        &self,
    ) -> Result<impl MessageReader<M>, String>;

    /// Removes what the connections leave behind if a process ended too early.
    fn clean_up(_connections: &[Self]) {}
}

/// The writing end of a connection.
pub trait MessageWriter<M> {
    /// Sends a message; waits while there is no room for it.
    ///
    /// # Errors
    ///
    /// As text.
    fn send(&mut self, message: M) -> Result<(), String>;

    /// Sends all of these; no reader waits for one before the next is made.
    ///
    /// # Errors
    ///
    /// As text.
    #[inline]
    fn send_all(&mut self, mut messages: impl ExactSizeIterator<Item = M>) -> Result<(), String> {
        messages.try_for_each(|message| self.send(message))
    }

    /// Makes sure that all messages sent will be received; called after the last message.
    ///
    /// # Errors
    ///
    /// As text.
    fn flush(&mut self) -> Result<(), String>;
}

/// The reading end of a connection; messages come out in the same order.
pub trait MessageReader<M> {
    /// The next message; waits for it.
    ///
    /// # Errors
    ///
    /// As text.
    fn receive(&mut self) -> Result<M, String>;

    /// Hands over messages that are there, `most` at most; waits for one. Returns how many it handed over.
    ///
    /// # Errors
    ///
    /// As text.
    #[inline]
    fn receive_some(&mut self, _most: usize, mut take: impl FnMut(M)) -> Result<usize, String> {
        take(self.receive()?);
        Ok(1)
    }
}

/// Sends all messages of `work` over connections of type `L`.
///
/// Producer `p` sends to consumer `p % consumers` over a connection of its own, so all can work out how many messages
/// will come. A consumer with several producers takes from each in turn: no producer waits for another, so
/// taking turns blocks none of them.
///
/// A process that dies ends the run: the others get a second and are then killed, and new processes replace them.
///
/// # Errors
///
/// The errors of the processes and connections.
pub fn deliver<C: Channel<Message: Wire, Tally: Wire> + Wire, L: Connection>(
    processes: &FixedPool,
    work: &Arc<C>,
) -> Answer<Vec<C::Tally>> {
    let (sent, traffic) = (Sent::new(work)?, work.shape().checked()?);
    let reader = |producer| traffic.producers + producer % traffic.consumers;
    let mut readers: Vec<usize> = (0..traffic.producers).map(reader).collect();
    readers.extend(traffic.answered.then_some(0));
    let tallies: Vec<Option<C::Tally>> = processes.with(traffic.producers + traffic.consumers, |pool| {
        let connections = L::open::<C::Message>(pool, &readers)?;
        let task = |process| (sent.clone(), connections.clone(), process);
        let tallies = pool.broadcast(run_role::<C, L>, task).map_err(failed);
        tallies.inspect_err(|_| L::clean_up(&connections))
    })?;
    Ok(tallies.into_iter().flatten().collect())
}

/// The work, a connection from each producer and then one for answers, and the number of this process, producers first.
type Task<C, L> = (Sent<C>, Vec<L>, usize);

/// Runs in each of the processes. An error panics, so that the pool ends the others: they may wait for this process.
fn run_role<C: Channel<Message: Wire, Tally: Wire> + Wire, L: Connection>(
    task: Task<C, L>,
) -> Option<C::Tally> {
    take_role(task).unwrap_or_else(|words| panic!("{words}"))
}

fn take_role<C: Channel<Message: Wire, Tally: Wire> + Wire, L: Connection>(
    (work, connections, process): Task<C, L>,
) -> Result<Option<C::Tally>, String> {
    let traffic = work.shape();
    let (forth, back) = connections.split_at(traffic.producers);
    match (process.checked_sub(traffic.producers), back.first()) {
        (None, None) => produce(&*work, process, forth[process].writer(false)?).map(|()| None),
        (None, Some(back)) => converse(&*work, forth[process].writer(true)?, back.reader()?).map(Some),
        (Some(_), Some(back)) => echo::<C>(traffic, forth[0].reader()?, back.writer(true)?).map(|()| None),
        (Some(consumer), None) => {
            let mine = forth.iter().skip(consumer).step_by(traffic.consumers);
            let mine = mine.map(|connection| connection.reader::<C::Message>());
            consume(&*work, mine.collect::<Result<_, _>>()?).map(Some)
        }
    }
}

fn produce<C: Channel<Message: Wire, Tally: Wire> + Wire>(
    work: &C,
    producer: usize,
    mut to: impl MessageWriter<C::Message>,
) -> Result<(), String> {
    to.send_all((0..work.shape().messages).map(|number| work.make(producer, number)))?;
    to.flush()
}

fn consume<C: Channel<Message: Wire, Tally: Wire> + Wire>(
    work: &C,
    mut from: Vec<impl MessageReader<C::Message>>,
) -> Result<C::Tally, String> {
    let mut tally = C::Tally::default();
    let mut left = vec![work.shape().messages; from.len()];
    while left.iter().any(|left| *left > 0) {
        for (reader, left) in from.iter_mut().zip(&mut left).filter(|(_, left)| **left > 0) {
            *left -= reader.receive_some(*left, |message| work.take(message, &mut tally))?;
        }
    }
    Ok(tally)
}

/// Sends each message when the last one has come back.
fn converse<C: Channel<Message: Wire, Tally: Wire> + Wire>(
    work: &C,
    mut to: impl MessageWriter<C::Message>,
    mut from: impl MessageReader<C::Message>,
) -> Result<C::Tally, String> {
    let mut tally = C::Tally::default();
    for number in 0..work.shape().messages {
        to.send(work.make(0, number))?;
        work.take(from.receive()?, &mut tally);
    }
    Ok(tally)
}

fn echo<C: Channel<Message: Wire, Tally: Wire> + Wire>(
    traffic: Traffic,
    mut from: impl MessageReader<C::Message>,
    mut to: impl MessageWriter<C::Message>,
) -> Result<(), String> {
    (0..traffic.messages).try_for_each(|_| to.send(from.receive()?))?;
    to.flush()
}

pub(crate) fn words(error: impl ToString) -> String {
    error.to_string()
}
