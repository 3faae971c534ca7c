//! Your own work as cells of the harness: loaded, spoiled, run and checked like those of the suite.

use crate::check::Check;
use crate::contender::{Contender, Ready};
use crate::work::Work;
use parallax_pattern::{Answer, No};
use parallax_suite::cell::{Cell, OwnCell, Run, Started};
use parallax_suite::workload::{Evenness, Facts, Mismatch, Params};
use std::any::type_name;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

/// Prepares the output of a technique before the first run.
pub(crate) type Prepare<W, M> = Rc<dyn Fn(&W, &mut M)>;

/// The work of a bench, with its name, source and check.
pub(crate) struct Own<P, W: Work<P>, C> {
    pub(crate) name: &'static str,
    pub(crate) source: &'static str,
    pub(crate) make: Rc<dyn Fn() -> W>,
    pub(crate) prepare: Option<Prepare<W, W::Made>>,
    pub(crate) check: Rc<C>,
}

impl<P, W: Work<P>, C> Clone for Own<P, W, C> {
    fn clone(&self) -> Self {
        let Own { name, source, make, prepare, check } = self;
        Own { name, source, make: make.clone(), prepare: prepare.clone(), check: check.clone() }
    }
}

impl<P: 'static, W: Work<P>, C: Check<W::Result>> Own<P, W, C> {
    /// A cell for each contender.
    pub(crate) fn cells(&self, contenders: Vec<Contender<W, W::Made>>) -> Vec<Cell> {
        contenders.into_iter().map(|contender| self.cell(contender)).collect()
    }

    fn cell(&self, Contender { card, implementor, start }: Contender<W, W::Made>) -> Cell {
        let own = self.clone();
        let start = move |workers| {
            let (run, isa) = start(workers)?;
            let started: Box<dyn Started> =
                Box::new(Begun { own: own.clone(), run, isa, pattern: PhantomData });
            Ok(started)
        };
        Cell::own(OwnCell {
            workload: self.name,
            question: W::QUESTION,
            pattern: W::PATTERN,
            card,
            implementor,
            kernel: self.source,
            input: type_name::<W>(),
            start: Box::new(start),
        })
    }

    fn blank(&self, work: &W) -> W::Made {
        let mut made = work.blank();
        if let Some(prepare) = &self.prepare {
            prepare(work, &mut made);
        }
        made
    }

    /// The result of one thread, if the check compares with it.
    fn right(&self, work: &Arc<W>) -> Answer<Option<W::Made>> {
        if !C::COMPARES {
            return Ok(None);
        }
        let baseline = W::contenders().into_iter().next();
        let baseline = baseline.ok_or_else(|| No::failed("a pattern without a baseline"))?;
        let (run, _) = (baseline.start)(1)?;
        let mut made = self.blank(work);
        run(work, &mut made)?;
        Ok(Some(made))
    }
}

/// The error of work whose right result equals that of doing nothing.
const NOTHING_PASSES: &str = "a technique that does nothing would pass, as the initial output (default values, or \
     the first state of the steps) is already right; choose an input with another result";

/// A technique that has been started.
struct Begun<P, W: Work<P>, C> {
    own: Own<P, W, C>,
    run: Ready<W, W::Made>,
    isa: String,
    pattern: PhantomData<P>,
}

impl<P: 'static, W: Work<P>, C: Check<W::Result>> Started for Begun<P, W, C> {
    fn load(self: Box<Self>, _: Params) -> Answer<Box<dyn Run>> {
        let work = Arc::new((self.own.make)());
        let (made, right) = (self.own.blank(&work), self.own.right(&work)?);
        let mut idle = self.own.blank(&work);
        work.idle(&mut idle);
        let passes = |result| self.own.check.check(result, right.as_ref().and_then(W::result)).is_ok();
        if work.items().0 > 0 && W::result(&idle).is_some_and(passes) {
            return Err(No::failed(NOTHING_PASSES));
        }
        Ok(Box::new(Loaded { own: self.own, run: self.run, work, made, right }))
    }
    fn isa(&self) -> String {
        self.isa.clone()
    }
}

/// A technique with its input.
struct Loaded<P, W: Work<P>, C> {
    own: Own<P, W, C>,
    run: Ready<W, W::Made>,
    work: Arc<W>,
    made: W::Made,
    /// The result of one thread, if the check compares with it.
    right: Option<W::Made>,
}

impl<P: 'static, W: Work<P>, C: Check<W::Result>> Run for Loaded<P, W, C> {
    fn spoil(&mut self) {
        self.work.spoil(&mut self.made);
    }
    fn run(&mut self, times: u64) -> Answer<()> {
        for _ in 0..times {
            (self.run)(&self.work, &mut self.made)?;
        }
        Ok(())
    }
    fn check(&self) -> Result<u64, Mismatch> {
        let result = W::result(&self.made).ok_or_else(|| Mismatch("nothing was done".into()))?;
        let right = self.right.as_ref().and_then(W::result);
        self.own.check.check(result, right).map_err(Mismatch)?;
        Ok(0) // equal results may have different bits
    }
    fn facts(&self) -> Facts {
        let (items, unit) = self.work.items();
        Facts {
            items: items as f64,
            unit: unit.into(),
            bytes: 0.0,
            flops: 0.0,
            evenness: Evenness::Uneven,
            limits: Vec::new(),
            spread: None,
        }
    }
    fn is_exact(&self) -> bool {
        false
    }
}
