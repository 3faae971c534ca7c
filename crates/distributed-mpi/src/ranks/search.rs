//! A tree of unknown shape: a rank without nodes asks others for some of theirs, until no rank has any.
//!
//! Termination is detected by Dijkstra, Feijen and van Gasteren's ring in Safra's version (EWD 998): a token goes from
//! rank to rank as they run out of nodes, and adds up how many messages with nodes were sent and not received. Rank 0
//! knows that all is done when the token has come round, the sum is zero, and no rank has received nodes since the
//! token last passed it.

#![expect(clippy::disallowed_methods, reason = "the time between polls, not a technique's time")]

use super::{Outcome, Ranks, Task, guarded, on_ranks};
use mpi::point_to_point::{Message, Status};
use mpi::traits::*;
use parallax_pattern::{Search, Wire, dig};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

// The tags of messages.
const ASKS: i32 = 10;
const GIVES: i32 = 11;
const TOKEN: i32 = 12;
const DONE: i32 = 13;

/// How long a rank visits nodes between looks at messages: long compared with a look, short compared with others'
/// waits.
const DIG: RangeInclusive<Duration> = Duration::from_micros(20)..=Duration::from_micros(80);

/// The token that goes round.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Token {
    /// Messages with nodes that were sent, less those that were received, in the ranks it has passed.
    under_way: i64,
    /// Whether none of these ranks has received nodes since the token last passed it.
    is_white: bool,
}

struct Searcher<'a, S: Search> {
    ranks: &'a Ranks,
    work: Arc<S>,
    open: Vec<S::Node>,
    acc: S::Acc,
    /// Why this rank has stopped visiting nodes.
    failure: Option<String>,
    /// How many nodes it visits before it looks for messages.
    visits: usize,
    /// Messages with nodes that it has sent, less those that it has received.
    under_way: i64,
    is_white: bool,
    token: Option<Token>,
    /// The rank that it has asked for nodes, or will ask next.
    victim: usize,
    has_asked: bool,
    is_done: bool,
}

pub(crate) fn run<S: Search<Node: Wire, Acc: Wire> + Wire>(
    task: Task<Vec<S::Node>>,
) -> Outcome<Option<S::Acc>> {
    on_ranks(|ranks| {
        let work = ranks.work::<S>(task.work)?;
        let empty = ranks.agree(guarded(|| Ok(work.empty())))?;
        let mut searcher = Searcher {
            ranks,
            work: Arc::clone(&work),
            open: task.argument.into_iter().skip(ranks.rank).step_by(ranks.size).collect(),
            acc: empty,
            failure: None,
            visits: 1,
            under_way: 0,
            is_white: true,
            token: None,
            victim: (ranks.rank + 1) % ranks.size,
            has_asked: false,
            is_done: ranks.size == 1,
        };
        searcher.search();
        let Searcher { acc, failure, .. } = searcher;
        ranks.reduce(failure.map_or(Ok(acc), Err), |acc, other| work.merge(acc, other))
    })
}

impl<S: Search<Node: Wire, Acc: Wire> + Wire> Searcher<'_, S> {
    fn search(&mut self) {
        if self.ranks.rank == 0 && !self.is_done {
            self.token = Some(Token { under_way: 0, is_white: false }); // starts a first round
        }
        loop {
            while !self.open.is_empty() {
                self.dig();
                self.answer_all();
            }
            if self.is_done {
                return self.leave();
            }
            self.pass_token();
            self.ask();
            if !self.answer_all() {
                thread::yield_now();
            }
        }
    }

    fn dig(&mut self) {
        let begin = Instant::now();
        let Searcher { work, open, acc, visits, .. } = self;
        let dug = guarded(|| {
            dig(&**work, open, acc, *visits);
            Ok(())
        });
        if let Err(words) = dug {
            self.failure.get_or_insert(words);
            self.open.clear();
        }
        let took = begin.elapsed();
        if took < *DIG.start() {
            self.visits *= 2;
        } else if took > *DIG.end() {
            self.visits = (self.visits / 2).max(1);
        }
    }

    /// Passes the token on; only a rank without nodes does.
    fn pass_token(&mut self) {
        let Some(Token { under_way, is_white }) = self.token.take() else { return };
        let all = Token { under_way: under_way + self.under_way, is_white: is_white && self.is_white };
        self.is_white = true;
        if self.ranks.rank > 0 {
            return self.tell((self.ranks.rank + 1) % self.ranks.size, TOKEN, &all);
        }
        if all.is_white && all.under_way == 0 {
            (1..self.ranks.size).for_each(|rank| self.tell(rank, DONE, &()));
            self.is_done = true;
        } else {
            self.tell(1, TOKEN, &Token { under_way: 0, is_white: true });
        }
    }

    /// Asks one rank at a time for nodes, one after the other.
    fn ask(&mut self) {
        if !self.has_asked && !self.is_done {
            self.has_asked = true;
            self.tell(self.victim, ASKS, &());
        }
    }

    /// Answers all messages that have come, and returns whether any had.
    fn answer_all(&mut self) -> bool {
        let mut any = false;
        while let Some(message) = self.ranks.searching.any_process().immediate_matched_probe() {
            self.answer(message);
            any = true;
        }
        any
    }

    fn answer(&mut self, message: (Message, Status)) {
        let (from, tag) = (message.1.source_rank() as usize, message.1.tag());
        let (bytes, _) = message.matched_receive_vec::<u8>();
        match tag {
            ASKS => self.give(from),
            GIVES => self.take(&bytes),
            TOKEN => self.token = Some(postcard::from_bytes(&bytes).expect("a token can be read")),
            _ => self.is_done = true,
        }
    }

    /// Sends half of the nodes, the oldest, which lead to most.
    fn give(&mut self, to: usize) {
        let given: Vec<S::Node> = self.open.drain(..self.open.len() / 2).collect();
        let count = given.len();
        let written =
            guarded(|| postcard::to_stdvec(&given).map_err(|why| format!("nodes cannot be sent: {why}")));
        match written {
            Ok(bytes) => {
                self.under_way += i64::from(count > 0);
                self.ranks.searching.process_at_rank(to as i32).send_with_tag(&bytes[..], GIVES);
            }
            Err(words) => {
                self.failure.get_or_insert(words);
                self.tell(to, GIVES, &Vec::<()>::new());
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.has_asked = false;
        let taken = guarded(|| postcard::from_bytes::<Vec<S::Node>>(bytes).map_err(|why| why.to_string()));
        if taken.as_ref().is_ok_and(Vec::is_empty) {
            let next = (self.victim + 1) % self.ranks.size;
            self.victim = if next == self.ranks.rank { (next + 1) % self.ranks.size } else { next };
            return;
        }
        self.under_way -= 1;
        self.is_white = false;
        match taken {
            Ok(nodes) if self.failure.is_none() => self.open = nodes,
            Ok(_) => {} // a rank that has failed visits no more nodes
            Err(words) => self.failure = Some(words),
        }
    }

    /// Until all ranks have left, another may still ask, and an answer to this one may still come.
    fn leave(&mut self) {
        while self.has_asked {
            self.answer_all();
        }
        let mut barrier = self.ranks.searching.immediate_barrier();
        while let Err(still) = barrier.test() {
            barrier = still;
            self.answer_all();
        }
    }

    fn tell<T: Serialize>(&self, to: usize, tag: i32, what: &T) {
        let bytes = postcard::to_stdvec(what).expect("numbers can be written");
        self.ranks.searching.process_at_rank(to as i32).send_with_tag(&bytes[..], tag);
    }
}
