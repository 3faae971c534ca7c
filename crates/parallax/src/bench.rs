//! The bench of your own work: its kernels, its techniques, and the check of its results.

use crate::check::{Check, Equal, Near, Says};
use crate::contender::{Contender, Ready};
use crate::work::{Begun, Work};
use crate::{cells, cli};
use parallax_pattern::{Card, Cores, Kernel};
use std::any::type_name;
use std::cell::OnceCell;
use std::marker::PhantomData;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

/// A bench of the work that `make` makes, with every technique that implements its pattern.
///
/// `make` is called in each process that measures, so it must make the same work each time: seed random numbers with a
/// constant. Call `bench` at the very beginning of `main`: the program starts itself again as a worker, and a worker
/// does not return from this call or from [`Bench::main`].
///
/// ```no_run
/// use parallax::prelude::*;
///
/// struct Collatz { most: u64 }
/// impl Map for Collatz {
///     type Item = u32;
///     fn len(&self) -> usize { self.most as usize }
///     fn fill(&self, start: usize, out: &mut [u32]) {
///         for (steps, first) in out.iter_mut().zip(start as u64 + 1..) {
///             let walk = std::iter::successors(Some(first), |&n| Some(if n % 2 == 0 { n / 2 } else { 3 * n + 1 }));
///             *steps = walk.take_while(|&n| n != 1).count() as u32;
///         }
///     }
/// }
///
/// fn main() -> ExitCode {
///     parallax::bench("collatz", || Collatz { most: 1_000_000 }).main()
/// }
/// ```
///
/// Work that implements several patterns says which one is meant: `bench::<kind::Reduce, _>(…)`, with
/// [`kind`](crate::kind).
#[track_caller]
pub fn bench<P, W: Work<P>>(name: &str, make: impl Fn() -> W + 'static) -> Bench<P, W> {
    #[cfg(feature = "processes")]
    parallax_processes::init();
    let source = std::panic::Location::caller().file();
    let own = cells::Own {
        name: name.to_owned().leak(),
        source,
        make: Rc::new(make),
        prepare: None,
        check: Rc::new(Equal),
    };
    Bench { own, contenders: W::contenders(), pattern: PhantomData }
}

/// Work that is about to be measured.
#[must_use = "nothing is measured before `main` is called"]
pub struct Bench<P, W: Work<P>, C = Equal> {
    own: cells::Own<P, W, C>,
    contenders: Vec<Contender<W, W::Made>>,
    pattern: PhantomData<P>,
}

impl<P: 'static, W: Work<P>> Bench<P, W> {
    /// A result is right if `right` returns true; it is not compared with that of one thread.
    pub fn expect<F: Fn(&W::Result) -> bool + 'static>(self, right: F) -> Bench<P, W, Says<F>> {
        self.checked(|_| Says(right))
    }

    /// A result is right if each of its floats is within `tolerance` of that of one thread, relative to the larger, or
    /// absolute below 1.
    pub fn near(self, tolerance: f64) -> Bench<P, W, Near> {
        self.checked(|_| Near(tolerance))
    }
}

impl<P: 'static, W: Work<P>> Bench<P, W, Near> {
    /// A result is right if it is near to that of one thread, and `right` returns true.
    pub fn expect<F: Fn(&W::Result) -> bool + 'static>(self, right: F) -> Bench<P, W, (Near, Says<F>)> {
        self.checked(|near| (near, Says(right)))
    }
}

impl<P, W: Work<P>, C: Copy> Bench<P, W, C> {
    fn checked<D>(self, check: impl FnOnce(C) -> D) -> Bench<P, W, D> {
        let Bench { own: cells::Own { name, source, make, prepare, check: last }, contenders, pattern } =
            self;
        let own = cells::Own { name, source, make, prepare, check: Rc::new(check(*last)) };
        Bench { own, contenders, pattern }
    }
}

impl<P: 'static, W: Work<P>, C> Bench<P, W, C> {
    /// Adds another inner loop for the same work, which every technique of threads runs as well: `name` is one thread,
    /// `name+rayon` is rayon with it.
    ///
    /// The engine implements [`Fill`](parallax_pattern::Fill) for a map, [`Fold`](parallax_pattern::Fold) for a reduction,
    /// [`Pass`](parallax_pattern::Pass) for a sweep, [`Step`](parallax_pattern::Step) for a stencil,
    /// [`FoldNest`](parallax_pattern::FoldNest) for a nest, or [`Expand`](parallax_pattern::Expand) for a search.
    pub fn kernel<E>(mut self, name: &str, engine: E) -> Self
    where
        E: Clone + 'static,
        Kernel<E, W>: Work<P, Made = W::Made, Result = W::Result>,
    {
        let name: &'static str = name.to_owned().leak();
        let over = |contender| with_kernel::<P, E, W>(name, &engine, contender);
        self.contenders.extend(<Kernel<E, W> as Work<P>>::contenders().into_iter().map(over));
        self
    }

    /// Adds the techniques of worker processes: for work that derives serde's traits, with results that can be sent.
    #[cfg(feature = "processes")]
    pub fn processes(mut self) -> Self
    where
        W: crate::work::Apart<P>,
    {
        self.contenders.extend(W::apart());
        self
    }

    /// Measures, or acts as a worker if it was started as one; returns the exit status for `main`.
    pub fn main(self) -> ExitCode
    where
        C: Check<W::Result>, // here and not above, so that the compiler shows the notes of `Check` if it is missing
    {
        cli::main(self.own.name, self.own.cells(self.contenders))
    }
}

impl<P: 'static, W, T, C> Bench<P, W, C>
where
    W: Work<P, Made = Begun<T>>,
    T: Clone + Default + 'static,
{
    /// Sets the state with which a sweep or stencil begins; without it, that is the default value in each place.
    pub fn begin_with(mut self, begin: impl Fn(&W) -> Vec<T> + 'static) -> Self {
        self.own.prepare = Some(Rc::new(move |work, made: &mut Begun<T>| made.begin_with(begin(work))));
        self
    }
}

impl<P, W: Work<P>, C> std::fmt::Debug for Bench<P, W, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Bench")
            .field("name", &self.own.name)
            .field("pattern", &W::PATTERN)
            .finish_non_exhaustive()
    }
}

/// Makes a technique that spreads a kernel into one that does the work.
fn with_kernel<P, E, W>(
    name: &'static str,
    engine: &E,
    contender: Contender<Kernel<E, W>, W::Made>,
) -> Contender<W, W::Made>
where
    E: Clone + 'static,
    W: Work<P>,
    Kernel<E, W>: 'static,
{
    let (card, implementor) = (card(name, type_name::<E>(), contender.card), contender.implementor);
    let engine = engine.clone();
    let start = move |workers| {
        let (run, isa) = (contender.start)(workers)?;
        let (engine, kept) = (engine.clone(), OnceCell::new());
        let ready: Ready<W, W::Made> = Box::new(move |work, made| {
            let kernel = || Arc::new(Kernel { engine: engine.clone(), work: Arc::clone(work) });
            run(kept.get_or_init(kernel), made)
        });
        Ok((ready, isa))
    };
    Contender { card, implementor, start: Box::new(start) }
}

/// The card of a technique that spreads a kernel; the one on one thread has only the kernel's name.
fn card(name: &'static str, engine: &'static str, by: Card) -> Card {
    if by.name == parallax_record::name::BASELINE {
        let idea = format!("one thread, with the kernel {engine}").leak();
        return Card { name, idea, gives: "what the kernel is worth by itself", cores: Cores::One, ..by };
    }
    Card {
        name: format!("{name}+{}", by.name).leak(),
        idea: format!("{}, with the kernel {engine}", by.idea).leak(),
        ..by
    }
}
