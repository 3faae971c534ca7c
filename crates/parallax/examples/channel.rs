//! A channel: messages from producers to consumers.
//!
//! Replace `Orders` with your own work: the numbers of producers, consumers and messages (`shape`), how a message is
//! made (`make`), and what a consumer does with it (`take`).

use parallax::prelude::*;

/// Orders that two clerks write and one cashier adds up.
struct Orders;

impl Channel for Orders {
    type Message = (String, u64); // who, and how much
    type Tally = u64;

    fn shape(&self) -> Traffic {
        Traffic { producers: 2, consumers: 1, messages: 20_000, answered: false }
    }

    /// The producer's part of the kernel: message `number` of a producer.
    fn make(&self, producer: usize, number: usize) -> (String, u64) {
        (format!("clerk {producer}"), number as u64 % 100)
    }

    /// The consumer's part.
    fn take(&self, (_clerk, amount): (String, u64), sum: &mut u64) {
        *sum += amount;
    }
}

fn main() -> ExitCode {
    // Any consumer may get any message, so `expect` checks all tallies together.
    parallax::bench("channel-example", || Orders)
        .expect(|sums| sums.0.iter().sum::<u64>() == 1_980_000)
        .main()
}
