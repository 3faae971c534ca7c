//! Messages that own memory: moving one to a thread transfers a pointer, sending one to a process all its bytes.
//!
//! The same workload as [`Mailbox`](super::Mailbox) by name, in its larger cases, from one producer
//! to one consumer. A channel between threads hands over 1 MiB as cheaply as 8 bytes; one between
//! processes copies it, or shares it.

use super::{Delivered, Mailbox, Tally};
use crate::bound::{Bound, Rate};
use crate::workload::{Evenness, Facts, Mismatch, Params, Size, Workload, explain, known, sent_as_params};
use parallax_pattern::random::{GAMMA, at, mix};
use parallax_pattern::{Channel, Traffic};

/// Arrays of words from one producer to one consumer.
pub struct Parcels {
    params: Params,
}

/// How many words a message has.
const fn words(params: Params) -> usize {
    [1 << 7, 1 << 13, 1 << 17][params.case]
}

/// How many messages: about 100 MB in each case at medium size.
const fn messages(params: Params) -> usize {
    let by_size =
        [[50, 1_000, 50_000, 100_000, 1_000_000], [4, 20, 1_000, 2_000, 20_000], [2, 4, 64, 128, 1_280]];
    params.size.of(by_size[params.case])
}

impl Channel for Parcels {
    type Message = Vec<u64>;
    type Tally = Tally;
    fn shape(&self) -> Traffic {
        Traffic { producers: 1, consumers: 1, messages: messages(self.params), answered: false }
    }
    fn make(&self, _: usize, number: usize) -> Vec<u64> {
        (0..words(self.params) as u64).map(|i| at(number as u64, i)).collect()
    }
    /// The first word is the number of the message.
    fn take(&self, message: Vec<u64>, tally: &mut Tally) {
        let whole = message.len() == words(self.params);
        let in_order = message.first() == Some(&at(tally.next[0], 0));
        tally.disordered += u64::from(!(whole && in_order));
        tally.next[0] += 1;
        tally.messages += 1;
        let sum = (0..).zip(message).map(|(i, word)| word ^ i).fold(0, u64::wrapping_add);
        tally.sum = tally.sum.wrapping_add(sum);
    }
}

/// Digests of the sums, solved by the reference. There are no variants: a message is made from its number.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0xa163fe0efdd85f93, 0xa163fe0efdd85f93, 0xa163fe0efdd85f93, 0xa163fe0efdd85f93]),
    (0, Size::Small, [0x077c12e4d9a0f04e, 0x077c12e4d9a0f04e, 0x077c12e4d9a0f04e, 0x077c12e4d9a0f04e]),
    (0, Size::Headline, [0xb5c20391db253d10, 0xb5c20391db253d10, 0xb5c20391db253d10, 0xb5c20391db253d10]),
    (0, Size::Medium, [0x079c7f0cf5fab5a0, 0x079c7f0cf5fab5a0, 0x079c7f0cf5fab5a0, 0x079c7f0cf5fab5a0]),
    (1, Size::Tiny, [0x64722abf741e7bd7, 0x64722abf741e7bd7, 0x64722abf741e7bd7, 0x64722abf741e7bd7]),
    (1, Size::Small, [0xb11593d6a4b3d6bf, 0xb11593d6a4b3d6bf, 0xb11593d6a4b3d6bf, 0xb11593d6a4b3d6bf]),
    (1, Size::Headline, [0xd663e16c5ca1d527, 0xd663e16c5ca1d527, 0xd663e16c5ca1d527, 0xd663e16c5ca1d527]),
    (1, Size::Medium, [0x07f42f44b74d55a9, 0x07f42f44b74d55a9, 0x07f42f44b74d55a9, 0x07f42f44b74d55a9]),
    (2, Size::Tiny, [0x00b48d90d42f8a5c, 0x00b48d90d42f8a5c, 0x00b48d90d42f8a5c, 0x00b48d90d42f8a5c]),
    (2, Size::Small, [0xd4c5504eeff1dc20, 0xd4c5504eeff1dc20, 0xd4c5504eeff1dc20, 0xd4c5504eeff1dc20]),
    (2, Size::Headline, [0xeca39682e74d69c7, 0xeca39682e74d69c7, 0xeca39682e74d69c7, 0xeca39682e74d69c7]),
    (2, Size::Medium, [0x0371ff6b87504e9a, 0x0371ff6b87504e9a, 0x0371ff6b87504e9a, 0x0371ff6b87504e9a]),
];

impl Workload for Parcels {
    const NAME: &'static str = Mailbox::NAME;
    const NUMBER: u16 = Mailbox::NUMBER;
    const SHOWS: &'static str = Mailbox::SHOWS;
    const PATTERN: &'static str = Mailbox::PATTERN;
    const CASES: &'static [&'static str] = &["1KiB", "64KiB", "1MiB"];
    const HEADLINE: &'static [&'static str] = Mailbox::HEADLINE;
    const SOURCE: &'static str = file!();
    type Output = Delivered;

    fn make(params: Params) -> Self {
        Parcels { params }
    }
    fn params(&self) -> Params {
        self.params
    }
    /// One message at each end: how many are queued is the technique's choice.
    fn footprint(params: Params) -> u64 {
        2 * 8 * words(params) as u64
    }
    fn facts(&self) -> Facts {
        let items = messages(self.params) as f64;
        let bytes = 8.0 * items * words(self.params) as f64;
        Facts {
            items,
            unit: "messages".into(),
            bytes,
            flops: 0.0,
            evenness: Evenness::Even,
            // a word is made by two products, and handed over
            limits: vec![Bound::of(Rate::Handover, bytes), Bound::of(Rate::Multiply, bytes / 4.0)],
            spread: None,
        }
    }
    fn output(&self) -> Delivered {
        Delivered::default()
    }
    /// Word by word from running streams, without making messages.
    fn reference(&self, out: &mut Delivered) {
        let mut sum = 0u64;
        for message in 0..messages(self.params) as u64 {
            let mut state = message;
            for i in 0..words(self.params) as u64 {
                state = state.wrapping_add(GAMMA);
                sum = sum.wrapping_add(mix(state) ^ i);
            }
        }
        let messages = messages(self.params) as u64;
        out.receive(vec![Tally { sum, messages, ..Tally::default() }]);
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
    fn check(&self, got: &Delivered, expected: u64) -> Result<(), Mismatch> {
        got.judge(self.shape())?;
        if self.digest(got) == expected { Ok(()) } else { Err(explain(self, got, expected)) }
    }
}

sent_as_params!(Parcels);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Output;

    #[test]
    fn the_sums_are_the_published_ones() {
        for (case, sum) in
            [0x5b59a6ce164bab5c, 0x1ce8af17c5b372fc, 0x7816d8fedf5ea23e].into_iter().enumerate()
        {
            let work: Parcels = Workload::make(Params { case, ..Params::of(Size::Medium) });
            let mut out = work.output();
            work.reference(&mut out);
            assert_eq!(out.word(0), sum, "{}", Parcels::CASES[case]);
        }
    }

    #[test]
    fn what_goes_wrong_on_the_way_is_rejected() {
        for case in 0..Parcels::CASES.len() {
            let work: Parcels = Workload::make(Params { case, ..Params::of(Size::Tiny) });
            let verdict = |change: fn(&mut Vec<Vec<u64>>)| {
                let mut messages = (0..work.shape().messages).map(|k| work.make(0, k)).collect();
                change(&mut messages);
                let mut tally = Tally::default();
                messages.into_iter().for_each(|message| work.take(message, &mut tally));
                let mut out = work.output();
                out.receive(vec![tally]);
                work.check(&out, work.expected())
            };
            assert_eq!(verdict(|_| {}), Ok(()));
            assert!(verdict(|m| m.swap(0, 1)).is_err(), "a message overtook another");
            assert!(verdict(|m| m[1] = m[0].clone()).is_err(), "one came twice, one not at all");
            assert!(verdict(|m| m.truncate(m.len() - 1)).is_err(), "the last was lost");
            assert!(verdict(|m| m[0].swap(8, 9)).is_err(), "words changed places");
            assert!(verdict(|m| m[1].truncate(100)).is_err(), "one was cut short");
            assert!(verdict(|m| m[1][100] ^= 1).is_err(), "one was damaged");
        }
    }
}
