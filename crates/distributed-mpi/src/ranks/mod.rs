//! In a rank: the state that all ranks have, and how they agree on failures.

pub(crate) mod arrays;
pub(crate) mod graph;
mod halo;
mod messages;
pub(crate) mod search;
mod serve;
pub(crate) mod steps;

use mpi::collective::SystemOperation;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;
use parallax_pattern::{Item, Wire};
use parallax_processes::remote::{Packed, as_bytes, as_bytes_mut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use crate::deal::Deal;
pub(crate) use serve::serve;

/// A rank's task: the work, if it is not the last one, and the other arguments of its function.
#[derive(Serialize, Deserialize)]
pub(crate) struct Task<A> {
    pub(crate) work: Option<Packed<u8>>,
    pub(crate) argument: A,
}

/// The result of a call, or its error message. Only rank 0's is sent to the client.
pub(crate) type Outcome<R> = Result<R, String>;

/// This rank among the others.
pub(crate) struct Ranks {
    world: SimpleCommunicator,
    /// The same ranks in a separate communicator: a search takes any message, and one of the next call may come early.
    searching: SimpleCommunicator,
    rank: usize,
    size: usize,
    /// The socket to the client, which rank 0 has.
    client: Option<UnixStream>,
    /// How many parts of an array the client has sent that are still unread.
    parts: Cell<u64>,
    /// The work of the last call.
    last: RefCell<Option<Arc<dyn Any + Send + Sync>>>,
}

thread_local! {
    /// The state of this rank; a function that is called by name has no other access to it.
    static RANKS: RefCell<Option<Ranks>> = const { RefCell::new(None) };
}

/// Runs the body of a function that runs in all ranks.
///
/// # Panics
///
/// If `body` does; the others may be waiting for this rank, so the job ends with it. Panics of the user's code are
/// caught before, by [`guarded`].
fn on_ranks<R>(body: impl FnOnce(&Ranks) -> R) -> R {
    RANKS.with_borrow(|ranks| {
        let ranks = ranks.as_ref().expect("this runs in a rank");
        let _last_words = AbortOnPanic(ranks);
        body(ranks)
    })
}

struct AbortOnPanic<'a>(&'a Ranks);

impl Drop for AbortOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.world.abort(1);
        }
    }
}

/// Calls code that may panic, and returns the panic's message as an error.
fn guarded<R>(user: impl FnOnce() -> Outcome<R>) -> Outcome<R> {
    catch_unwind(AssertUnwindSafe(user)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(format!("it panicked: {}", words.as_deref().unwrap_or("without a message")))
    })
}

impl Ranks {
    /// Whether all ranks have succeeded: each gets its own value, or all get the error of the first that failed. It
    /// comes before any gathering, which would wait for a rank without a value.
    fn agree<T>(&self, mine: Outcome<T>) -> Outcome<T> {
        let number = if mine.is_ok() { self.size } else { self.rank } as u64;
        let mut first = 0_u64;
        self.world.all_reduce_into(&number, &mut first, SystemOperation::min());
        if first == self.size as u64 {
            return mine;
        }
        let failed = self.world.process_at_rank(first as i32);
        let mut words = mine.err().filter(|_| first == self.rank as u64).unwrap_or_default().into_bytes();
        let mut length = words.len() as u64;
        failed.broadcast_into(&mut length);
        words.resize(length as usize, 0);
        failed.broadcast_into(&mut words[..]);
        Err(format!("rank {first}: {}", String::from_utf8_lossy(&words)))
    }

    /// The work of a task: read from `sent`, or the work of the last call, which each rank keeps.
    fn work<W: Wire>(&self, sent: Option<Packed<u8>>) -> Outcome<Arc<W>> {
        if let Some(Packed(bytes)) = sent {
            self.last.take(); // its memory may be needed for the next one
            let read =
                || postcard::from_bytes::<W>(&bytes).map_err(|why| format!("the work cannot be read: {why}"));
            self.last.replace(Some(Arc::new(self.agree(guarded(read))?)));
        }
        let last = self.last.borrow().clone().and_then(|work| work.downcast().ok());
        last.ok_or_else(|| "the work of the last call is missing".to_owned())
    }

    /// Reduces one value of each rank in a tree, where half of the ranks send theirs away in each round. Rank 0 has the
    /// result in the end, or the error of a rank that failed.
    fn reduce<A: Serialize + DeserializeOwned>(
        &self,
        mut mine: Outcome<A>,
        merge: impl Fn(&mut A, A),
    ) -> Outcome<Option<A>> {
        mine = mine.map_err(|words| format!("rank {}: {words}", self.rank));
        let mut step = 1;
        while step < self.size {
            if self.rank & step != 0 {
                let message = guarded(|| postcard::to_stdvec(&mine).map_err(|why| why.to_string()));
                let message = message.or_else(|words| postcard::to_stdvec(&Outcome::<A>::Err(words)));
                self.send(self.rank - step, &message.expect("words can be written"));
                return Ok(None);
            }
            if self.rank + step < self.size {
                let message = self.receive(self.rank + step);
                mine = mine.and_then(|mut mine| {
                    guarded(|| {
                        let theirs =
                            postcard::from_bytes::<Outcome<A>>(&message).map_err(|why| why.to_string())?;
                        merge(&mut mine, theirs?);
                        Ok(mine)
                    })
                });
            }
            step *= 2;
        }
        mine.map(Some)
    }

    /// This rank's block of the array that the client sends with the call.
    fn scatter<T: Item + Wire>(&self, deal: Deal) -> Outcome<Vec<T>> {
        let mut block = vec![T::default(); deal.block(self.rank).len()];
        if let Some(bytes) = as_bytes_mut(&mut block) {
            self.scatter_bytes(|_| bytes);
            return Ok(block);
        }
        let mut bytes = Vec::new();
        self.scatter_bytes(|length| {
            bytes.resize(length, 0);
            &mut bytes
        });
        let read = || match postcard::from_bytes::<Packed<T>>(&bytes) {
            Ok(Packed(items)) if items.len() == block.len() => Ok(items),
            Ok(_) => Err("a part of the array has another length than was agreed".to_owned()),
            Err(why) => Err(format!("a part of the array cannot be read: {why}")),
        };
        self.agree(guarded(read))
    }

    /// Sends the items of all ranks to the client, in the order of the ranks; or none, if a rank has failed.
    fn gather<T: Item + Wire>(&self, made: Outcome<Vec<T>>) -> Outcome<()> {
        let mut written = Vec::new();
        let made = self.agree(made.and_then(|items| match as_bytes(&items) {
            Some(_) => Ok(items),
            None => guarded(|| {
                written = postcard::to_stdvec(&Packed(items)).map_err(|why| why.to_string())?;
                Ok(Vec::new())
            }),
        }))?;
        self.gather_bytes(as_bytes(&made).unwrap_or(&written));
        Ok(())
    }
}
