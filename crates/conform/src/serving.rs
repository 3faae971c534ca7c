//! The rules of a technique that passes messages or waits: order, completeness, deadlines, limits.

use super::{Deadline, refused};
use parallax_pattern::{Await, Exchange};
use parallax_pattern::{Channel, Traffic, Wait};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// Checks that every message arrives once and in its producer's order, that every consumer returns a tally,
/// and that no side waits forever, even if there is nothing to send or one side is larger; and that
/// traffic without producers or without consumers is refused.
///
/// # Panics
///
/// With the traffic, if that does not hold.
pub fn hands_over_in_order<T: Exchange<Letters>>(technique: &T) {
    let plain = |producers, consumers, messages| Traffic { producers, consumers, messages, answered: false };
    let answered = |messages| Traffic { answered: true, ..plain(1, 1, messages) };
    let unanswered = [(1, 1, 5000), (4, 1, 300), (1, 3, 300), (2, 2, 300), (5, 2, 7), (2, 5, 1), (3, 2, 0)];
    let unanswered = unanswered.map(|(producers, consumers, messages)| plain(producers, consumers, messages));
    for traffic in unanswered.into_iter().chain([answered(0), answered(1), answered(50)]) {
        let work = Arc::new(Letters::of(traffic));
        let tallies = technique.channel(&work).unwrap_or_else(|no| panic!("{traffic:?}: {no}"));
        assert_eq!(tallies.len(), traffic.consumers, "{traffic:?}: not a tally for each consumer");
        for tally in &tallies {
            for producer in 0..traffic.producers {
                let numbers = tally.iter().filter(|letter| letter.0 == producer).map(|letter| letter.1);
                assert!(numbers.is_sorted(), "{traffic:?}: producer {producer} is overtaken");
            }
        }
        let answers = |number| if traffic.answered { number } else { 0 };
        let all = |p| (0..traffic.messages).map(move |number| (p, number, answers(number)));
        let sent: Vec<Letter> = (0..traffic.producers).flat_map(all).collect();
        let mut taken = tallies.concat();
        taken.sort_unstable();
        assert!(taken == sent, "{traffic:?}: not each message once, each after the last answer");
    }
    let nobody = [plain(0, 1, 5), plain(1, 0, 5), plain(0, 0, 5), plain(0, 2, 0)];
    let crowds =
        [(2, 1), (1, 2), (0, 1), (1, 0)].map(|(producers, consumers)| plain(producers, consumers, 5));
    for traffic in nobody.into_iter().chain(crowds.map(|crowd| Traffic { answered: true, ..crowd })) {
        let what = format!("{}, {traffic:?}", T::CARD.name);
        let _deadline = Deadline::of(&what);
        refused(&what, technique.channel(&Arc::new(Letters::of(traffic))));
    }
}

/// Checks that waits overlap up to their limit and not beyond, and write their results in their places; that a limit of
/// 0 means 1; and that an output of another length is refused.
///
/// # Panics
///
/// With the number of waits and the limit, if that does not hold.
pub fn keeps_the_limit<T: Await<Naps>>(technique: &T) {
    for (waits, limit) in [(0, 1), (1, 1), (5, 1), (3, 8), (20, 3), (5, 0)] {
        let _deadline = Deadline::of(format!("{}, {waits} waits, at most {limit} at once", T::CARD.name));
        let work = Arc::new(Naps::of(waits, limit));
        let mut out = vec![u64::MAX; waits];
        technique.wait(&work, &mut out).unwrap_or_else(|no| panic!("{waits} at most {limit}: {no}"));
        assert!(out.iter().copied().eq(0..waits as u64), "{waits} at most {limit}: gave {out:?}");
        let most = work.most.load(SeqCst);
        assert!(most <= limit.max(1), "{waits} at most {limit}: {most} at once");
        assert_eq!(work.begun.load(SeqCst), waits, "{waits} at most {limit}: not each begun once");
        for room in [0, waits + 1].into_iter().filter(|&room| room != waits) {
            let what = format!("{}, {waits} waits, room for {room}", T::CARD.name);
            let work = Arc::new(Naps::of(waits, limit));
            refused(&what, technique.wait(&work, &mut vec![0; room]));
            assert_eq!(work.begun.load(SeqCst), 0, "{what}: begun before it is refused");
        }
    }
}

/// A producer, a number, and how many answers had arrived when it was made.
type Letter = (usize, usize, usize);

/// Messages that name their producer.
#[derive(Serialize, Deserialize)]
pub struct Letters {
    producers: usize,
    consumers: usize,
    messages: usize,
    answered: bool,
    answers: AtomicUsize,
}

impl Letters {
    pub(super) fn of(traffic: Traffic) -> Self {
        let Traffic { producers, consumers, messages, answered } = traffic;
        Letters { producers, consumers, messages, answered, answers: AtomicUsize::new(0) }
    }
}

impl Channel for Letters {
    type Message = Letter;
    type Tally = Vec<Letter>;
    fn shape(&self) -> Traffic {
        let &Letters { producers, consumers, messages, answered, .. } = self;
        Traffic { producers, consumers, messages, answered }
    }
    fn make(&self, producer: usize, number: usize) -> Letter {
        (producer, number, self.answers.load(SeqCst))
    }
    fn take(&self, letter: Letter, tally: &mut Vec<Letter>) {
        if self.answered {
            self.answers.fetch_add(1, SeqCst);
        }
        tally.push(letter);
    }
}

/// Waits that count how many of them are under way.
#[derive(Default, Serialize, Deserialize)]
pub struct Naps {
    waits: usize,
    limit: usize,
    under_way: AtomicUsize,
    most: AtomicUsize,
    begun: AtomicUsize,
}

impl Naps {
    pub(super) fn of(waits: usize, limit: usize) -> Self {
        Naps { waits, limit, ..Naps::default() }
    }
}

impl Wait for Naps {
    fn len(&self) -> usize {
        self.waits
    }
    fn limit(&self) -> usize {
        self.limit
    }
    fn begin(&self, i: usize) -> Duration {
        self.begun.fetch_add(1, SeqCst);
        self.most.fetch_max(self.under_way.fetch_add(1, SeqCst) + 1, SeqCst);
        Duration::from_micros(100 * (i as u64 % 4))
    }
    fn end(&self, i: usize) -> u64 {
        self.under_way.fetch_sub(1, SeqCst);
        i as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_pattern::Sequential;
    use parallax_pattern::covers;
    use parallax_pattern::{Answer, Card, Technique};

    /// Makes all messages of a producer before it sends any, changes their order, and ignores the limit.
    struct Broken(fn(&mut Vec<usize>));

    impl Technique for Broken {
        const CARD: Card = Sequential::CARD;
        fn start(_: usize) -> Answer<Self> {
            Ok(Broken(|_| {}))
        }
    }

    impl<C: Channel> Exchange<C> for Broken {
        fn channel(&self, work: &Arc<C>) -> Answer<Vec<C::Tally>> {
            let traffic = work.shape();
            let mut tallies: Vec<_> = (0..traffic.consumers).map(|_| C::Tally::default()).collect();
            for producer in 0..traffic.producers {
                let mut numbers = (0..traffic.messages).collect();
                (self.0)(&mut numbers);
                let messages: Vec<_> =
                    numbers.into_iter().map(|number| work.make(producer, number)).collect();
                messages.into_iter().for_each(|message| work.take(message, &mut tallies[0]));
            }
            Ok(tallies)
        }
    }

    impl<W: Wait> Await<W> for Broken {
        fn wait(&self, work: &Arc<W>, out: &mut [u64]) -> Answer<()> {
            covers(work.len(), out.len())?;
            for i in 0..work.len() {
                work.begin(i);
            }
            (0..).zip(out).for_each(|(i, result)| *result = work.end(i));
            Ok(())
        }
    }

    #[test]
    fn the_baseline_keeps_both() {
        hands_over_in_order(&Sequential);
        keeps_the_limit(&Sequential);
    }

    #[test]
    #[should_panic(expected = "producer 0 is overtaken")]
    fn overtaking_is_found() {
        hands_over_in_order(&Broken(|numbers| numbers.reverse()));
    }

    #[test]
    #[should_panic(expected = "not each message once")]
    fn a_lost_message_is_found() {
        hands_over_in_order(&Broken(|numbers| numbers.truncate(20)));
    }

    #[test]
    #[should_panic(expected = "answered: true }: not each message once, each after the last answer")]
    fn sending_before_the_answer_is_found() {
        hands_over_in_order(&Broken(|_| {}));
    }

    #[test]
    #[should_panic(expected = "5 at most 1: 5 at once")]
    fn an_ignored_limit_is_found() {
        keeps_the_limit(&Broken(|_| {}));
    }
}
