//! Which techniques race on which pattern, what they write to, and what of it is the result.

use crate::contender::Contender;
use parallax_pattern::{
    Await, Channel, Exchange, Execute, Graph, Map, Nest, Question, Recall, Recalled, Reduce, Remember,
    Search, Sequential, Stencil, Sweep, Touch, Wait,
};

/// The patterns as types, for work that has several: `parallax::bench::<kind::Map, _>(…)`.
pub mod kind {
    macro_rules! kinds {
        ($($kind:ident)*) => {$(
            #[doc = concat!("Work that is measured as a [`", stringify!($kind), "`](parallax_pattern::", stringify!($kind), ").")]
            #[derive(Debug, Clone, Copy)]
            pub enum $kind {}
        )*};
    }
    kinds!(Channel Graph Map Nest Recall Reduce Search Stencil Sweep Touch Wait);
}

/// Work that can be raced, as the pattern `P`: implemented for everything that implements the pattern.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no pattern that can be raced",
    note = "implement one of `Map`, `Reduce`, `Sweep`, `Stencil`, `Graph`, `Search`, `Nest`, `Touch`, `Recall`, `Channel` or `Wait`"
)]
pub trait Work<P>: Sized + Send + Sync + 'static {
    /// What a technique writes to.
    type Made: 'static;
    /// What a result is.
    type Result: ?Sized;
    /// The pattern's name.
    const PATTERN: &'static str;
    /// The question that techniques answer.
    const QUESTION: Question;
    /// How many items there are, and what one is called.
    fn items(&self) -> (usize, &'static str);
    /// Something to write to.
    fn blank(&self) -> Self::Made;
    /// Makes a result wrong, so that only work can make it right again.
    fn spoil(&self, made: &mut Self::Made) {
        *made = self.blank();
    }
    /// The result; none if nothing was done.
    fn result(made: &Self::Made) -> Option<&Self::Result>;
    /// The techniques, with the baseline first.
    fn contenders() -> Vec<Contender<Self, Self::Made>>;
}

/// Work that can be sent to other processes: implemented for what derives serde's traits, and makes what can be sent.
#[cfg(feature = "processes")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to other processes",
    note = "derive serde's `Serialize` and `Deserialize` for it and for what it makes, or leave `.processes()` out"
)]
pub trait Apart<P>: Work<P> {
    /// The techniques of processes.
    fn apart() -> Vec<Contender<Self, Self::Made>>;
}

/// The techniques that execute, each doing the work by `$run`.
macro_rules! executing {
    ($run:expr) => {
        vec![
            Contender::of::<Sequential>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::Chili>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::Crossbeam>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::CrossbeamChannel>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::Rayon>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::Scoped>($run),
            #[cfg(feature = "threading")]
            Contender::of::<parallax_threading::ScopedDynamic>($run),
            #[cfg(feature = "atomics")]
            Contender::of::<parallax_atomics::PointToPoint>($run),
            #[cfg(feature = "atomics")]
            Contender::of::<parallax_atomics::SelfScheduling>($run),
            #[cfg(feature = "atomics")]
            Contender::of::<parallax_atomics::SpinBarrier>($run),
            #[cfg(feature = "async")]
            Contender::of::<parallax_async::Compio>($run),
            #[cfg(feature = "async")]
            Contender::of::<parallax_async::Smol>($run),
            #[cfg(feature = "async")]
            Contender::of::<parallax_async::Tokio>($run),
        ]
    };
}

#[cfg(feature = "processes")]
macro_rules! apart {
    ($run:expr) => {
        vec![
            Contender::of::<parallax_processes::technique::Pipes>($run),
            Contender::of::<parallax_processes::technique::SharedMemory>($run),
        ]
    };
}

impl<W: Map> Work<kind::Map> for W {
    type Made = Vec<W::Item>;
    type Result = [W::Item];
    const PATTERN: &'static str = "map";
    const QUESTION: Question = Question::Execute;
    fn items(&self) -> (usize, &'static str) {
        (self.len(), "items")
    }
    fn blank(&self) -> Self::Made {
        vec![W::Item::default(); self.len()]
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.fill(W::Item::default());
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        Some(made)
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| by.map(work, made))
    }
}

impl<W: Reduce> Work<kind::Reduce> for W {
    type Made = Option<W::Acc>;
    type Result = W::Acc;
    const PATTERN: &'static str = "reduce";
    const QUESTION: Question = Question::Execute;
    fn items(&self) -> (usize, &'static str) {
        (self.len(), "items")
    }
    fn blank(&self) -> Self::Made {
        None
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.as_ref()
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| {
            *made = Some(by.reduce(work)?);
            Ok(())
        })
    }
}

/// An array that steps go over: what it begins with, and two buffers that take turns.
#[derive(Debug, Clone)]
pub struct Begun<T> {
    begin: Vec<T>,
    buffers: [Vec<T>; 2],
    last: Option<usize>,
}

impl<T: Clone + Default> Begun<T> {
    fn of(len: usize) -> Self {
        let blank = vec![T::default(); len];
        Begun { begin: blank.clone(), buffers: [blank.clone(), blank], last: None }
    }

    /// What the steps begin with, where it is not the default value everywhere.
    pub(crate) fn begin_with(&mut self, begin: Vec<T>) {
        self.begin = begin;
    }

    fn spoil(&mut self) {
        self.last = None;
    }

    /// The array as it is at the beginning. Copying it belongs to a run, for all techniques alike.
    fn first(&mut self) -> &mut [Vec<T>; 2] {
        self.buffers[0].clone_from(&self.begin);
        &mut self.buffers
    }

    fn result(&self) -> Option<&[T]> {
        self.last.map(|last| &self.buffers[last][..])
    }
}

impl<W: Sweep> Work<kind::Sweep> for W {
    type Made = Begun<W::Item>;
    type Result = [W::Item];
    const PATTERN: &'static str = "sweep";
    const QUESTION: Question = Question::Execute;
    fn items(&self) -> (usize, &'static str) {
        (self.len() * self.steps(), "item steps")
    }
    fn blank(&self) -> Self::Made {
        Begun::of(self.len())
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.spoil();
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.result()
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| {
            let [state, _] = made.first();
            by.sweep(work, state)?;
            made.last = Some(0);
            Ok(())
        })
    }
}

impl<W: Stencil> Work<kind::Stencil> for W {
    type Made = Begun<W::Item>;
    type Result = [W::Item];
    const PATTERN: &'static str = "stencil";
    const QUESTION: Question = Question::Execute;
    fn items(&self) -> (usize, &'static str) {
        (self.len() * self.steps(), "item steps")
    }
    fn blank(&self) -> Self::Made {
        Begun::of(self.len())
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.spoil();
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.result()
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| {
            let [a, b] = made.first();
            by.stencil(work, [a, b])?;
            made.last = Some(work.steps() % 2);
            Ok(())
        })
    }
}

impl<W: Graph> Work<kind::Graph> for W {
    type Made = Vec<W::Value>;
    type Result = [W::Value];
    const PATTERN: &'static str = "graph";
    const QUESTION: Question = Question::Execute;
    fn items(&self) -> (usize, &'static str) {
        (self.width() * self.depth(), "tasks")
    }
    fn blank(&self) -> Self::Made {
        vec![W::Value::default(); self.width()]
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.fill(W::Value::default());
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        Some(made)
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| by.graph(work, made))
    }
}

impl<W: Search> Work<kind::Search> for W {
    type Made = Option<W::Acc>;
    type Result = W::Acc;
    const PATTERN: &'static str = "search";
    const QUESTION: Question = Question::Execute;
    fn items(&self) -> (usize, &'static str) {
        (1, "searches")
    }
    fn blank(&self) -> Self::Made {
        None
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        made.as_ref()
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| {
            *made = Some(by.search(work)?);
            Ok(())
        })
    }
}

impl<W: Nest> Work<kind::Nest> for W {
    type Made = Vec<W::Item>;
    type Result = [W::Item];
    const PATTERN: &'static str = "nest";
    const QUESTION: Question = Question::Execute;
    fn items(&self) -> (usize, &'static str) {
        let (outer, pieces) = self.shape();
        (outer * pieces, "pieces")
    }
    fn blank(&self) -> Self::Made {
        vec![W::Item::default(); self.shape().0]
    }
    fn spoil(&self, made: &mut Self::Made) {
        made.fill(W::Item::default());
    }
    fn result(made: &Self::Made) -> Option<&Self::Result> {
        Some(made)
    }
    fn contenders() -> Vec<Contender<Self, Self::Made>> {
        executing!(|by, work, made| by.nest(work, made))
    }
}

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
            CompareExchange, FetchAdd, FetchAddPadded, FetchAddSeqCst, Mutex, MutexSharded, ThreadLocal,
        };
        #[cfg(feature = "atomics")]
        return sharing!(CompareExchange FetchAdd FetchAddPadded FetchAddSeqCst Mutex MutexSharded ThreadLocal);
        #[cfg(not(feature = "atomics"))]
        sharing!()
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

/// What each consumer gathered. Which of them got which message is free, so two results may differ and both be right:
/// [`Bench::expect`](crate::Bench::expect) says what is.
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
            parallax_threading::StdChannel<{ parallax_threading::UNBOUNDED }>,
            #[cfg(feature = "threading")]
            parallax_threading::StdChannel<1024>,
            #[cfg(feature = "atomics")]
            parallax_atomics::MpmcRing,
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

#[cfg(feature = "processes")]
mod processes {
    use super::{Apart, Begun, Contender, Tallies, Work, kind};
    use parallax_pattern::{
        Await, Channel, Distribute, Exchange, Graph, Map, Nest, Recall, Reduce, Remember, Search, Share,
        Stencil, Sweep, Touch, Wait, Wire,
    };
    use parallax_processes::technique::{MessagePipes, MessageRings, PrivateCaches, SharedCounters};

    impl<W: Map<Item: Wire> + Wire> Apart<kind::Map> for W {
        fn apart() -> Vec<Contender<Self, Self::Made>> {
            apart!(|by, work, made: &mut Vec<W::Item>| by.map(work, made))
        }
    }

    impl<W: Reduce<Acc: Wire> + Wire> Apart<kind::Reduce> for W {
        fn apart() -> Vec<Contender<Self, Self::Made>> {
            apart!(|by, work, made: &mut Option<W::Acc>| {
                *made = Some(by.reduce(work)?);
                Ok(())
            })
        }
    }

    impl<W: Sweep<Item: Wire> + Wire> Apart<kind::Sweep> for W {
        fn apart() -> Vec<Contender<Self, Self::Made>> {
            apart!(|by, work, made: &mut Begun<W::Item>| {
                let [state, _] = made.first();
                by.sweep(work, state)?;
                made.last = Some(0);
                Ok(())
            })
        }
    }

    impl<W: Stencil<Item: Wire> + Wire> Apart<kind::Stencil> for W {
        fn apart() -> Vec<Contender<Self, Self::Made>> {
            apart!(|by, work, made: &mut Begun<W::Item>| {
                let [a, b] = made.first();
                by.stencil(work, [a, b])?;
                made.last = Some(work.steps() % 2);
                Ok(())
            })
        }
    }

    impl<W: Graph<Value: Wire> + Wire> Apart<kind::Graph> for W {
        fn apart() -> Vec<Contender<Self, Self::Made>> {
            apart!(|by, work, made: &mut Vec<W::Value>| by.graph(work, made))
        }
    }

    impl<W: Search<Node: Wire, Acc: Wire> + Wire> Apart<kind::Search> for W {
        fn apart() -> Vec<Contender<Self, Self::Made>> {
            apart!(|by, work, made: &mut Option<W::Acc>| {
                *made = Some(by.search(work)?);
                Ok(())
            })
        }
    }

    impl<W: Nest<Item: Wire, Acc: Wire> + Wire> Apart<kind::Nest> for W {
        fn apart() -> Vec<Contender<Self, Self::Made>> {
            apart!(|by, work, made: &mut Vec<W::Item>| by.nest(work, made))
        }
    }

    impl<W: Touch + Wire> Apart<kind::Touch> for W {
        fn apart() -> Vec<Contender<Self, <Self as Work<kind::Touch>>::Made>> {
            vec![Contender::of::<SharedCounters>(|by, work, made: &mut Vec<u64>| {
                made.fill(0);
                Share::touch(by, work, made)
            })]
        }
    }

    /// The values' sum alone is checked, so that each process may count for itself.
    impl<W: Recall + Wire> Apart<kind::Recall> for W {
        fn apart() -> Vec<Contender<Self, <Self as Work<kind::Recall>>::Made>> {
            vec![Contender::of::<PrivateCaches>(|by, work, made| {
                *made = Some(Remember::recall(by, work)?);
                Ok(())
            })]
        }
    }

    impl<W: Channel<Message: Wire, Tally: Wire> + Wire> Apart<kind::Channel> for W {
        fn apart() -> Vec<Contender<Self, <Self as Work<kind::Channel>>::Made>> {
            vec![
                Contender::of::<MessagePipes>(|by, work, made| {
                    *made = Some(Tallies(Exchange::channel(by, work)?));
                    Ok(())
                }),
                Contender::of::<MessageRings>(|by, work, made| {
                    *made = Some(Tallies(Exchange::channel(by, work)?));
                    Ok(())
                }),
            ]
        }
    }

    impl<W: Wait + Wire> Apart<kind::Wait> for W {
        fn apart() -> Vec<Contender<Self, <Self as Work<kind::Wait>>::Made>> {
            vec![Contender::of::<MessagePipes>(|by, work, made: &mut Vec<u64>| Await::wait(by, work, made))]
        }
    }
}
