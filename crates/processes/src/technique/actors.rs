//! Producers and consumers as processes, each line with one sender and one receiver, whatever it is made of.

use super::crew::Crew;
use super::sent::Sent;
use parallax_pattern::{Answer, Channel, No, Traffic, Wire};
use serde::{Serialize, de::DeserializeOwned};
use std::io::{Read, Write};
use std::sync::Arc;

/// Something that leads from one process to another, sent to both by its address.
pub(crate) trait Line: Clone + Serialize + DeserializeOwned {
    /// Makes one for messages of type `M`.
    fn new<M: 'static>() -> Answer<Self>;
    /// The end of the producer. `at_once` says that each message is waited for.
    fn sender<M: Serialize + 'static>(&self, at_once: bool) -> Result<impl Outlet<M>, String>;
    /// The end of the consumer.
    fn receiver<M: DeserializeOwned + 'static>(&self) -> Result<impl Inlet<M>, String>;
}

/// Where messages go in.
pub(crate) trait Outlet<M> {
    fn send(&mut self, message: M) -> Result<(), String>;
    /// Makes sure that what was sent is on its way.
    fn flush(&mut self) -> Result<(), String>;
}

/// Where they come out, in the same order.
pub(crate) trait Inlet<M> {
    fn receive(&mut self) -> Result<M, String>;
}

/// Sends all messages of `work` over lines of type `L`.
///
/// Producer `p` sends to consumer `p % consumers` over a line of its own, so all know how many messages
/// will come, and a consumer with several producers takes from each in turn: they all make equally many,
/// and none waits for another, so taking turns blocks nobody.
pub(crate) fn deliver<C: Channel<Message: Wire, Tally: Wire> + Wire, L: Line>(
    crew: &Crew,
    work: &Arc<C>,
) -> Answer<Vec<C::Tally>> {
    let (sent, traffic) = (Sent::new(work)?, work.shape().checked()?);
    let line = |_| L::new::<C::Message>();
    let lines = (0..traffic.producers).map(line).collect::<Answer<Vec<L>>>()?;
    let back = traffic.answered.then(|| line(0)).transpose()?;
    let part = |actor| (sent.clone(), lines.clone(), back.clone(), actor);
    let actors = traffic.producers + traffic.consumers;
    let tallies = crew.of(actors, |pool| pool.broadcast(act::<C, L>, part))?;
    let tallies: Result<Vec<Option<C::Tally>>, String> = tallies.into_iter().collect();
    Ok(tallies.map_err(No::failed)?.into_iter().flatten().collect())
}

/// The work, a line from each producer, a line for answers, and whose part to play: producers first.
type Part<C, L> = (Sent<C>, Vec<L>, Option<L>, usize);

fn act<C: Channel<Message: Wire, Tally: Wire> + Wire, L: Line>(
    (work, lines, back, actor): Part<C, L>,
) -> Result<Option<C::Tally>, String> {
    let traffic = work.shape();
    match (actor.checked_sub(traffic.producers), back) {
        (None, None) => produce(&*work, actor, lines[actor].sender(false)?).map(|()| None),
        (None, Some(back)) => converse(&*work, lines[actor].sender(true)?, back.receiver()?).map(Some),
        (Some(_), Some(back)) => echo::<C>(traffic, lines[0].receiver()?, back.sender(true)?).map(|()| None),
        (Some(consumer), None) => {
            let mine = lines.iter().skip(consumer).step_by(traffic.consumers);
            let mine = mine.map(|line| line.receiver::<C::Message>());
            consume(&*work, mine.collect::<Result<_, _>>()?).map(Some)
        }
    }
}

fn produce<C: Channel<Message: Wire, Tally: Wire> + Wire>(
    work: &C,
    producer: usize,
    mut line: impl Outlet<C::Message>,
) -> Result<(), String> {
    for number in 0..work.shape().messages {
        line.send(work.make(producer, number))?;
    }
    line.flush()
}

fn consume<C: Channel<Message: Wire, Tally: Wire> + Wire>(
    work: &C,
    mut lines: Vec<impl Inlet<C::Message>>,
) -> Result<C::Tally, String> {
    let mut tally = C::Tally::default();
    for _ in 0..work.shape().messages {
        for line in &mut lines {
            work.take(line.receive()?, &mut tally);
        }
    }
    Ok(tally)
}

/// Sends each message when the last one has come back.
fn converse<C: Channel<Message: Wire, Tally: Wire> + Wire>(
    work: &C,
    mut line: impl Outlet<C::Message>,
    mut back: impl Inlet<C::Message>,
) -> Result<C::Tally, String> {
    let mut tally = C::Tally::default();
    for number in 0..work.shape().messages {
        line.send(work.make(0, number))?;
        work.take(back.receive()?, &mut tally);
    }
    Ok(tally)
}

fn echo<C: Channel<Message: Wire, Tally: Wire> + Wire>(
    traffic: Traffic,
    mut line: impl Inlet<C::Message>,
    mut back: impl Outlet<C::Message>,
) -> Result<(), String> {
    (0..traffic.messages).try_for_each(|_| back.send(line.receive()?))
}

/// Messages on a stream of bytes: each as its length in four bytes and then itself, in postcard.
pub(crate) struct Framed<S> {
    stream: S,
    message: Vec<u8>,
}

impl<S> Framed<S> {
    pub(crate) fn new(stream: S) -> Self {
        Framed { stream, message: Vec::new() }
    }
}

impl<M: Serialize, S: Write> Outlet<M> for Framed<S> {
    #[inline]
    fn send(&mut self, message: M) -> Result<(), String> {
        self.message.clear();
        self.message.extend_from_slice(&[0; 4]);
        postcard::to_io(&message, &mut self.message).map_err(words)?;
        let length = u32::try_from(self.message.len() - 4).map_err(words)?;
        self.message[..4].copy_from_slice(&length.to_le_bytes());
        self.stream.write_all(&self.message).map_err(words) // one call, so that it goes out in one piece
    }

    fn flush(&mut self) -> Result<(), String> {
        self.stream.flush().map_err(words)
    }
}

impl<M: DeserializeOwned, S: Read> Inlet<M> for Framed<S> {
    #[inline]
    fn receive(&mut self) -> Result<M, String> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).map_err(words)?;
        self.message.resize(u32::from_le_bytes(length) as usize, 0);
        self.stream.read_exact(&mut self.message).map_err(words)?;
        postcard::from_bytes(&self.message).map_err(words)
    }
}

pub(crate) fn words(error: impl ToString) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_keep_messages_apart() {
        let mut bytes = Vec::new();
        let mut outlet = Framed::new(&mut bytes);
        let messages = [vec![], vec![7u64; 300], vec![u64::MAX]];
        messages.iter().for_each(|message| outlet.send(message).unwrap());
        let mut inlet = Framed::new(&bytes[..]);
        for message in messages {
            assert_eq!(Inlet::<Vec<u64>>::receive(&mut inlet), Ok(message));
        }
        assert!(Inlet::<Vec<u64>>::receive(&mut inlet).is_err(), "the stream has ended");
    }
}
