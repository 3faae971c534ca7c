//! Messages of one word: the cost of handing one to another worker.
//!
//! ```text
//! for number in range(messages):
//!     producer number % producers: channel.send(number, or a buffer filled from it)
//!     any consumer: total += mix(number ^ mix(number)), or the sum of words ^ places of the buffer
//! ```
//!
//! The cases set the numbers of producers and consumers. Making a word and taking it cost a few
//! nanoseconds, so the time is that of the channel: its cache lines moving between cores, its waits
//! and its wake-ups. For messages that own memory see [`Parcels`](parcels::Parcels).

pub(super) mod parcels;

use super::{Evenness, Facts, Mismatch, Params, Size, Workload, explain, known, sent_as_params};
use crate::bound::{Bound, Rate};
use crate::digest::{Output, POISON};
use parallax_pattern::random::mix;
use parallax_pattern::{Channel, Traffic};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Words from producers to consumers.
pub struct Mailbox {
    params: Params,
    traffic: Traffic,
    /// How many answers came back, if messages are answered. Only the producer's thread uses it.
    answers: AtomicUsize,
}

/// Producers, consumers and whether messages are answered, in the order of [`Workload::CASES`]; producers are powers of
/// two.
const TRAFFIC: [(usize, usize, bool); 4] = [(1, 1, false), (4, 1, false), (2, 2, false), (1, 1, true)];

/// The most producers of any case.
const PRODUCERS: usize = 4;

/// How many messages; a hundredth if each waits for its answer, which takes two wake-ups.
const fn messages(params: Params) -> usize {
    let all = params.size.of([1_000, 100_000, 1_000_000, 20_000_000, 200_000_000]);
    if TRAFFIC[params.case].2 { all / 100 } else { all }
}

impl Channel for Mailbox {
    type Message = u64;
    type Tally = Tally;
    fn shape(&self) -> Traffic {
        self.traffic
    }
    /// Numbered consecutively over all producers, so that all cases have the same sum. A message that
    /// is made before the last answer has arrived gets an invalid number.
    #[inline]
    fn make(&self, producer: usize, number: usize) -> u64 {
        let message = (number * self.traffic.producers + producer) as u64;
        if self.traffic.answered {
            if number == 0 {
                self.answers.store(0, Relaxed); // Relaxed here and below: one thread makes and takes
            }
            if self.answers.load(Relaxed) != number {
                return message | 1 << 63;
            }
        }
        message
    }
    #[inline]
    fn take(&self, message: u64, tally: &mut Tally) {
        let producers = self.traffic.producers as u64;
        let (producer, number) = (message & (producers - 1), message >> producers.trailing_zeros());
        let next = &mut tally.next[producer as usize % PRODUCERS];
        let in_order = *next <= number && number < self.traffic.messages as u64;
        tally.disordered += u64::from(!in_order);
        *next = number + 1;
        tally.messages += 1;
        tally.sum = tally.sum.wrapping_add(mix(message ^ mix(message)));
        if self.traffic.answered {
            self.answers.fetch_add(1, Relaxed);
        }
    }
}

/// The messages that one consumer has taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The wrapping sum over all messages.
    pub sum: u64,
    /// How many.
    pub messages: u64,
    /// How many came out of their producer's order.
    pub disordered: u64,
    /// The lowest number that may come next, for each producer.
    pub next: [u64; PRODUCERS],
}

/// The messages that all consumers have taken.
#[derive(Default)]
pub struct Delivered {
    tallies: Vec<Tally>,
    disordered: u64,
}

impl Delivered {
    /// Records the tallies of a run. Disorder is added up over runs, because it is rare.
    pub fn receive(&mut self, tallies: Vec<Tally>) {
        self.disordered += tallies.iter().map(|tally| tally.disordered).sum::<u64>();
        self.tallies = tallies;
    }

    /// Checks that each consumer reports, and that every message arrived, once and in order.
    pub(super) fn judge(&self, traffic: Traffic) -> Result<(), Mismatch> {
        let taken: u64 = self.tallies.iter().map(|tally| tally.messages).sum();
        let sent = (traffic.producers * traffic.messages) as u64;
        let (reports, consumers) = (self.tallies.len(), traffic.consumers);
        let wrong = if reports != consumers {
            format!("{reports} tallies of {consumers} consumers")
        } else if taken != sent {
            format!("{taken} messages taken instead of {sent}")
        } else if self.disordered > 0 {
            format!("{} messages came out of order", self.disordered)
        } else {
            return Ok(());
        };
        Err(Mismatch(wrong))
    }
}

/// Its one word is the sum over all consumers.
impl Output for Delivered {
    fn len(&self) -> usize {
        1
    }
    fn word(&self, _: usize) -> u64 {
        self.tallies.iter().map(|tally| tally.sum).fold(0, u64::wrapping_add)
    }
    fn set_word(&mut self, _: usize, word: u64) {
        let others = self.word(0).wrapping_sub(self.tallies.first().map_or(0, |tally| tally.sum));
        match self.tallies.first_mut() {
            Some(first) => first.sum = word.wrapping_sub(others),
            None => self.tallies.push(Tally { sum: word, ..Tally::default() }),
        }
    }
    fn spoil(&mut self) {
        *self = Delivered::default();
        self.set_word(0, POISON);
    }
}

/// Digests of the sums, solved by the reference. There are no variants: a message is its number.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0x281bf773ac2bb302, 0x281bf773ac2bb302, 0x281bf773ac2bb302, 0x281bf773ac2bb302]),
    (0, Size::Small, [0x3db400c3fb8797ee, 0x3db400c3fb8797ee, 0x3db400c3fb8797ee, 0x3db400c3fb8797ee]),
    (0, Size::Headline, [0xbc92e3c1ad22415e, 0xbc92e3c1ad22415e, 0xbc92e3c1ad22415e, 0xbc92e3c1ad22415e]),
    (0, Size::Medium, [0x350857b4aac22ffe, 0x350857b4aac22ffe, 0x350857b4aac22ffe, 0x350857b4aac22ffe]),
    (1, Size::Tiny, [0x281bf773ac2bb302, 0x281bf773ac2bb302, 0x281bf773ac2bb302, 0x281bf773ac2bb302]),
    (1, Size::Small, [0x3db400c3fb8797ee, 0x3db400c3fb8797ee, 0x3db400c3fb8797ee, 0x3db400c3fb8797ee]),
    (1, Size::Headline, [0xbc92e3c1ad22415e, 0xbc92e3c1ad22415e, 0xbc92e3c1ad22415e, 0xbc92e3c1ad22415e]),
    (1, Size::Medium, [0x350857b4aac22ffe, 0x350857b4aac22ffe, 0x350857b4aac22ffe, 0x350857b4aac22ffe]),
    (2, Size::Tiny, [0x281bf773ac2bb302, 0x281bf773ac2bb302, 0x281bf773ac2bb302, 0x281bf773ac2bb302]),
    (2, Size::Small, [0x3db400c3fb8797ee, 0x3db400c3fb8797ee, 0x3db400c3fb8797ee, 0x3db400c3fb8797ee]),
    (2, Size::Headline, [0xbc92e3c1ad22415e, 0xbc92e3c1ad22415e, 0xbc92e3c1ad22415e, 0xbc92e3c1ad22415e]),
    (2, Size::Medium, [0x350857b4aac22ffe, 0x350857b4aac22ffe, 0x350857b4aac22ffe, 0x350857b4aac22ffe]),
    (3, Size::Tiny, [0x14b8a938f82ceca0, 0x14b8a938f82ceca0, 0x14b8a938f82ceca0, 0x14b8a938f82ceca0]),
    (3, Size::Small, [0x281bf773ac2bb302, 0x281bf773ac2bb302, 0x281bf773ac2bb302, 0x281bf773ac2bb302]),
    (3, Size::Headline, [0x9c99f991484f3bad, 0x9c99f991484f3bad, 0x9c99f991484f3bad, 0x9c99f991484f3bad]),
    (3, Size::Medium, [0xdcfffc2aa4f63a43, 0xdcfffc2aa4f63a43, 0xdcfffc2aa4f63a43, 0xdcfffc2aa4f63a43]),
];

impl Workload for Mailbox {
    const NAME: &'static str = "mailbox";
    const NUMBER: u16 = 13;
    const SHOWS: &'static str = "hand-off, wake-up and serialisation per message";
    const PATTERN: &'static str = "channel";
    const CASES: &'static [&'static str] = &["1to1", "4to1", "2x2", "ping-pong"];
    const HEADLINE: &'static [&'static str] =
        &["std-channel", "crossbeam-queue", "spsc-ring", "mpmc-ring", "tokio", "message-rings"];
    const SOURCE: &'static str = file!();
    type Output = Delivered;

    fn make(params: Params) -> Self {
        let (producers, consumers, answered) = TRAFFIC[params.case];
        let traffic = Traffic { producers, consumers, messages: messages(params) / producers, answered };
        Mailbox { params, traffic, answers: AtomicUsize::new(0) }
    }
    fn params(&self) -> Params {
        self.params
    }
    /// One message for each worker: how many are queued is the technique's choice.
    fn footprint(params: Params) -> u64 {
        let (producers, consumers, _) = TRAFFIC[params.case];
        8 * (producers + consumers) as u64
    }
    fn facts(&self) -> Facts {
        let items = messages(self.params) as f64;
        Facts {
            items,
            unit: "messages".into(),
            bytes: 8.0 * items,
            flops: 0.0,
            evenness: Evenness::Even,
            limits: vec![Bound::of(Rate::Handover, 8.0 * items)],
            spread: None,
        }
    }
    fn output(&self) -> Delivered {
        Delivered::default()
    }
    /// Without producers: message `m` is the number `m` in all cases.
    fn reference(&self, out: &mut Delivered) {
        let all = messages(self.params) as u64;
        let sum = (0..all).map(|m| mix(m ^ mix(m))).fold(0, u64::wrapping_add);
        let mut tallies = vec![Tally::default(); self.traffic.consumers];
        tallies[0] = Tally { sum, messages: all, ..Tally::default() };
        out.receive(tallies);
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
    fn check(&self, got: &Delivered, expected: u64) -> Result<(), Mismatch> {
        got.judge(self.traffic)?;
        if self.digest(got) == expected { Ok(()) } else { Err(explain(self, got, expected)) }
    }
}

sent_as_params!(Mailbox);

#[cfg(test)]
mod tests {
    use super::*;

    fn case(case: usize) -> Mailbox {
        Workload::make(Params { case, ..Params::of(Size::Tiny) })
    }

    /// Sends all messages to the first consumer, after `change` has changed them.
    fn delivered(work: &Mailbox, change: impl FnOnce(&mut Vec<u64>)) -> Delivered {
        let traffic = work.shape();
        let numbers = (0..traffic.messages).flat_map(|k| (0..traffic.producers).map(move |p| (p, k)));
        let mut messages: Vec<u64> = numbers.map(|(p, k)| work.make(p, k)).collect();
        change(&mut messages);
        let mut tallies = vec![Tally::default(); traffic.consumers];
        messages.into_iter().for_each(|message| work.take(message, &mut tallies[0]));
        let mut out = work.output();
        out.receive(tallies);
        out
    }

    #[test]
    fn the_sums_are_the_published_ones() {
        let published = [
            (Size::Tiny, 0xa01f0d8ab588d917),
            (Size::Small, 0x8c3b4838cefe07ac),
            (Size::Headline, 0x19161ddf6127090e),
            (Size::Medium, 0x76fc0cd85589c203),
        ];
        for (size, sum) in published {
            let work: Mailbox = Workload::make(Params::of(size));
            let mut out = work.output();
            work.reference(&mut out);
            assert_eq!(out.word(0), sum, "{size}");
        }
    }

    #[test]
    fn what_goes_wrong_on_the_way_is_rejected() {
        for work in [0, 1, 2].map(case) {
            let producers = work.shape().producers;
            let verdict = |change: fn(&mut Vec<u64>, usize)| {
                let out = delivered(&work, |messages| change(messages, producers));
                work.check(&out, work.expected())
            };
            assert_eq!(verdict(|_, _| {}), Ok(()));
            assert!(verdict(|m, producers| m.swap(0, producers)).is_err(), "a message overtook another");
            assert!(verdict(|m, _| m[5] = m[4]).is_err(), "one came twice, one not at all");
            assert!(verdict(|m, _| m.push(m[0])).is_err(), "one came twice");
            assert!(verdict(|m, _| m.truncate(m.len() - 1)).is_err(), "the last was lost");
            assert!(verdict(|m, _| m[7] ^= 1 << 40).is_err(), "one was damaged");
        }
    }

    #[test]
    fn producers_may_overtake_each_other() {
        let work = case(1);
        let out = delivered(&work, |messages| messages.sort_by_key(|message| message % 4));
        assert_eq!(work.check(&out, work.expected()), Ok(()));
    }

    #[test]
    fn disorder_in_an_earlier_run_is_not_forgotten() {
        let work = case(0);
        let mut out = delivered(&work, |messages| messages.swap(0, 1));
        work.reference(&mut out);
        assert!(work.check(&out, work.expected()).is_err());
        out.spoil();
        work.reference(&mut out);
        assert!(work.check(&out, work.expected()).is_ok());
    }

    #[test]
    fn a_message_sent_before_the_last_answer_is_rejected() {
        let work = case(3);
        let ahead = delivered(&work, |_| {}); // all are made before the first is taken
        assert!(work.check(&ahead, work.expected()).is_err());
        let mut tallies = vec![Tally::default()];
        for number in 0..work.shape().messages {
            work.take(work.make(0, number), &mut tallies[0]);
        }
        let mut out = work.output();
        out.receive(tallies);
        assert_eq!(work.check(&out, work.expected()), Ok(()));
    }

    #[test]
    fn a_consumer_that_does_not_report_is_missed() {
        let work = case(2);
        let mut out = delivered(&work, |_| {});
        out.tallies.pop();
        assert!(work.check(&out, work.expected()).is_err());
    }
}
