//! The two sides of a channel as threads, for any kind of channel.

use parallax_pattern::{Answer, Channel, team};
use std::thread::{self, Builder};

/// Runs a thread for each sender, which makes that producer's messages, and a thread for each
/// receiver, which takes in messages until all senders have ended.
///
/// A side that panics drops its end: on the other side `send` returns `false`, and receivers end.
///
/// # Errors
///
/// If a thread cannot be started: its ends are dropped, and so the others end.
pub(crate) fn post<C: Channel, S: FnMut(C::Message) -> bool + Send>(
    work: &C,
    senders: Vec<S>,
    receivers: Vec<impl Iterator<Item = C::Message> + Send>,
) -> Answer<Vec<C::Tally>> {
    let messages = work.shape().messages;
    let consume = |receiver| -> Side<C> {
        Box::new(move || {
            let mut tally = C::Tally::default();
            Iterator::for_each(receiver, |message| work.take(message, &mut tally));
            Some(tally)
        })
    };
    let produce = |(producer, mut send): (usize, S)| -> Side<C> {
        Box::new(move || {
            let _sent: bool = (0..messages).all(|number| send(work.make(producer, number)));
            None
        })
    };
    let senders = senders.into_iter().enumerate().map(produce);
    let tallies = team::run(receivers.into_iter().map(consume).chain(senders))?;
    Ok(tallies.into_iter().flatten().collect())
}

/// One side's thread; consumers return their tallies.
type Side<'a, C> = Box<dyn FnOnce() -> Option<<C as Channel>::Tally> + Send + 'a>;

/// Ping-pong: the other side only returns each message, by a second channel.
pub(crate) fn bounce<C: Channel>(
    work: &C,
    (mut send, received): (impl FnMut(C::Message) -> bool + Send, impl Iterator<Item = C::Message> + Send),
    (answer, mut answers): (impl FnMut(C::Message) -> bool + Send, impl Iterator<Item = C::Message> + Send),
) -> Answer<Vec<C::Tally>> {
    let mut tally = C::Tally::default();
    thread::scope(|s| {
        let hand_back = move || {
            let mut received = received;
            received.all(answer)
        };
        Builder::new().spawn_scoped(s, hand_back).map_err(|error| team::not_started(&error))?;
        for number in 0..work.shape().messages {
            send(work.make(0, number));
            let Some(message) = answers.next() else { break }; // the other side has panicked
            work.take(message, &mut tally);
        }
        drop(send); // ends the other side
        Ok(vec![tally])
    })
}
