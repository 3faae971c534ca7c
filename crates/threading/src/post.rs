//! The two sides of a channel as threads: what a program does with any channel, whatever it is made of.

use parallax_pattern::{Answer, Channel, team};
use std::thread::{self, Builder};

/// Lets a thread for each sender make that producer's messages, and a thread for each receiver take
/// in what comes, until nobody sends any more.
///
/// A side that panics drops its end: `send` says so by `false` on the other side, and receivers end.
///
/// # Errors
///
/// If a thread cannot be started: the ends that it would have had are dropped, and so the others end.
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

/// What one side does; consumers give their tallies.
type Side<'a, C> = Box<dyn FnOnce() -> Option<<C as Channel>::Tally> + Send + 'a>;

/// Ping-pong: the other side only hands back what it gets, by a second channel.
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
