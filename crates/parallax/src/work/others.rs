//! Work on shared words and tables, cached values, messages and waits, and its techniques.

use super::{Work, kind};
use crate::check::Close;
use crate::contender::Contender;
use parallax_pattern::view::first;
use parallax_pattern::{
    Answer, Await, Channel, Consult, Exchange, Guard, Question, Recall, Recalled, Remember, Sequential,
    Touch, Wait,
};
use std::sync::Arc;

impl<W: Touch> Work<kind::Touch> for W {
    type Made = Vec<u64>;
    type Result = [u64];
    const PATTERN: &'static str = "touch";
    const QUESTION: Question = Question::Share;
    fn items(&self) -> (usize, &'static str) {
        (self.len(), "hits")
    }
    fn blank(&self) -> Self::Made {
        vec![u64::MAX; self.words()]
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        Some(made)
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        macro_rules! sharing {
            ($($technique:ty)*) => {
                vec![
                    Contender::of::<Sequential>(|_, work, made: &mut Vec<u64>| {
                        made.fill(0);
                        work.hits(0..work.len(), |word| made[word] += 1);
                        Ok(())
                    }),
                    $(Contender::of::<$technique>(|by, work, made| {
                        made.fill(0);
                        parallax_pattern::Share::touch(by, work, made)
                    }),)*
                ]
            };
        }
        #[cfg(feature = "atomics")]
        use parallax_atomics::{
            CompareExchange, FetchAdd, FetchAddPadded, FetchAddSeqCst, FlatCombining, Mutex, MutexSharded,
            ThreadLocal,
        };
        #[cfg(feature = "atomics")]
        return sharing!(
            CompareExchange FetchAdd FetchAddPadded FetchAddSeqCst FlatCombining Mutex MutexSharded ThreadLocal
        );
        #[cfg(not(feature = "atomics"))]
        sharing!()
    }
}

/// A table after all operations, and the reader of each worker.
#[derive(Debug)]
pub struct Consulted<E, R> {
    /// The final entries of the table.
    pub table: Vec<E>,
    /// The readers, worker by worker.
    pub readers: Vec<R>,
}

/// Two are equal if their tables are: readers may reach an entry at any time, and so see different values.
/// [`Bench::expect`](crate::Bench::expect) can check the readers as well.
impl<E: PartialEq, R> PartialEq for Consulted<E, R> {
    fn eq(&self, other: &Self) -> bool {
        self.table == other.table
    }
}

/// As for equality, only the tables count.
impl<E: Close, R> Close for Consulted<E, R> {
    fn is_close(&self, other: &Self, tolerance: f64) -> bool {
        self.table.is_close(&other.table, tolerance)
    }
}

/// Does all operations on the initial table.
pub(super) fn consult<W: Consult, T: Guard<W>>(
    by: &T,
    work: &Arc<W>,
    made: &mut Option<Consulted<W::Entry, W::Reader>>,
) -> Answer<()> {
    let mut table = first(&**work).collect::<Vec<_>>();
    let readers = by.consult(work, &mut table)?;
    *made = Some(Consulted { table, readers });
    Ok(())
}

impl<W: Consult> Work<kind::Consult> for W {
    type Made = Option<Consulted<W::Entry, W::Reader>>;
    type Result = Consulted<W::Entry, W::Reader>;
    const PATTERN: &'static str = "consult";
    const QUESTION: Question = Question::Share;
    fn items(&self) -> (usize, &'static str) {
        (self.len(), "operations")
    }
    fn blank(&self) -> Self::Made {
        None
    }
    fn idle(&self, made: &mut Self::Made) {
        *made = Some(Consulted { table: first(self).collect(), readers: Vec::new() });
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.as_ref()
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        macro_rules! guarding {
            ($($technique:ty)*) => {
                vec![$(Contender::of::<$technique>(consult)),*]
            };
        }
        #[cfg(feature = "atomics")]
        use parallax_atomics::{
            ArcSwap, CopyOnWrite, DashMap, LeftRight, Mutex, OwnerThread, PapayaMap, ParkingLot, RwLock,
            RwLockSharded, Scc, SeqLock,
        };
        #[cfg(feature = "atomics")]
        return guarding!(
            Sequential ArcSwap CopyOnWrite DashMap LeftRight Mutex OwnerThread PapayaMap ParkingLot RwLock
            RwLockSharded Scc SeqLock
        );
        #[cfg(not(feature = "atomics"))]
        guarding!(Sequential)
    }
}

impl<W: Recall> Work<kind::Recall> for W {
    type Made = Option<Recalled>;
    /// The wrapping sum of all values.
    type Result = u64;
    const PATTERN: &'static str = "recall";
    const QUESTION: Question = Question::Remember;
    fn items(&self) -> (usize, &'static str) {
        (self.len(), "requests")
    }
    fn blank(&self) -> Self::Made {
        None
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.as_ref().map(|recalled| &recalled.sum)
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        macro_rules! remembering {
            ($($technique:ty)*) => {
                vec![$(Contender::of::<$technique>(|by, work, made| {
                    *made = Some(Remember::recall(by, work)?);
                    Ok(())
                }),)*]
            };
        }
        #[cfg(feature = "caching")]
        use parallax_caching::{
            Cached, CachedLru, CachedTtl, Disk, Lru, Moka, Papaya, QuickCache, Sharded, ThreadLocal,
            Unbounded,
        };
        #[cfg(feature = "caching")]
        return remembering!(
            Sequential Cached CachedLru CachedTtl Disk Lru Moka Papaya QuickCache Sharded ThreadLocal Unbounded
        );
        #[cfg(not(feature = "caching"))]
        remembering!(Sequential)
    }
}

/// The tally of each consumer. Any consumer may get any message, so two right results may differ: check them with
/// [`Bench::expect`](crate::Bench::expect).
#[derive(Debug)]
pub struct Tallies<T>(pub Vec<T>);

impl<W: Channel> Work<kind::Channel> for W {
    type Made = Option<Tallies<W::Tally>>;
    type Result = Tallies<W::Tally>;
    const PATTERN: &'static str = "channel";
    const QUESTION: Question = Question::Exchange;
    fn items(&self) -> (usize, &'static str) {
        let traffic = self.shape();
        (traffic.producers * traffic.messages, "messages")
    }
    fn blank(&self) -> Self::Made {
        None
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.as_ref()
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        macro_rules! exchanging {
            ($($(#[$when:meta])? $technique:ty,)*) => {
                vec![$($(#[$when])? Contender::of::<$technique>(|by, work, made| {
                    *made = Some(Tallies(Exchange::channel(by, work)?));
                    Ok(())
                }),)*]
            };
        }
        exchanging!(
            Sequential,
            #[cfg(feature = "threading")]
            parallax_threading::CrossbeamQueue<{ parallax_threading::UNBOUNDED }>,
            #[cfg(feature = "threading")]
            parallax_threading::CrossbeamQueue<1024>,
            #[cfg(feature = "threading")]
            parallax_threading::Flume<{ parallax_threading::UNBOUNDED }>,
            #[cfg(feature = "threading")]
            parallax_threading::Flume<1024>,
            #[cfg(feature = "threading")]
            parallax_threading::StdChannel<{ parallax_threading::UNBOUNDED }>,
            #[cfg(feature = "threading")]
            parallax_threading::StdChannel<1024>,
            #[cfg(feature = "atomics")]
            parallax_atomics::MpmcRing,
            #[cfg(feature = "atomics")]
            parallax_atomics::Rtrb,
            #[cfg(feature = "atomics")]
            parallax_atomics::SpscRing,
            #[cfg(feature = "async")]
            parallax_async::Compio,
            #[cfg(feature = "async")]
            parallax_async::Smol,
            #[cfg(feature = "async")]
            parallax_async::Tokio,
            #[cfg(feature = "async")]
            parallax_async::TokioCurrentThread,
            #[cfg(feature = "async")]
            parallax_async::TokioUnbounded,
        )
    }
}

impl<W: Wait> Work<kind::Wait> for W {
    type Made = Vec<u64>;
    type Result = [u64];
    const PATTERN: &'static str = "wait";
    const QUESTION: Question = Question::Await;
    fn items(&self) -> (usize, &'static str) {
        (self.len(), "waits")
    }
    fn blank(&self) -> Self::Made {
        vec![u64::MAX; self.len()]
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        Some(made)
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        macro_rules! waiting {
            ($($(#[$when:meta])? $technique:ty,)*) => {
                vec![$($(#[$when])? Contender::of::<$technique>(|by, work, made: &mut Vec<u64>| Await::wait(by, work, made)),)*]
            };
        }
        waiting!(
            Sequential,
            #[cfg(feature = "threading")]
            parallax_threading::ThreadPerWait,
            #[cfg(feature = "threading")]
            parallax_threading::ThreadPool,
            #[cfg(feature = "async")]
            parallax_async::Compio,
            #[cfg(feature = "async")]
            parallax_async::Smol,
            #[cfg(feature = "async")]
            parallax_async::Tokio,
            #[cfg(feature = "async")]
            parallax_async::TokioCurrentThread,
        )
    }
}
