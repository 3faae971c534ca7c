//! A started technique for one workload, which loads its input and runs: the last place with the workload's types.

use super::transport::Carried;
use super::{Judge, Run, Started};
use crate::digest::Output;
use crate::workload::{Facts, Mismatch, Params, Workload};
use parallax_pattern::{Answer, Technique};
use std::rc::Rc;
use std::sync::Arc;

/// A technique that was started, with its description.
pub(super) struct Begun<T> {
    technique: Rc<T>,
    isa: String,
    carried: Carried,
    compiled_ns: Box<CompiledNs>,
}

/// Reports how long a technique has compiled.
type CompiledNs = dyn Fn() -> Option<u64>;

/// Starts a technique. It is compiled once for all workloads of the technique.
#[inline(never)]
pub(super) fn start<T: Technique>(workers: usize) -> Answer<Begun<T>> {
    let technique = Rc::new(T::start(workers)?);
    let isa = technique.isa();
    let [told, compiles] = [Rc::clone(&technique), Rc::clone(&technique)];
    let carried = Carried::new(move || told.transport());
    Ok(Begun { technique, isa, carried, compiled_ns: Box::new(move || compiles.compiled_ns()) })
}

/// Does the work of one workload a number of times: the only call of a technique between two clock reads.
type Act<W> = dyn Fn(u64, &Arc<W>, &mut <W as Workload>::Output) -> Answer<()>;

/// A technique that is ready for a workload, which `method` runs.
pub(super) fn ready<T, W, M>(begun: Begun<T>, method: M) -> Box<dyn Started>
where
    T: Technique,
    W: Workload,
    M: Fn(&T, &Arc<W>, &mut W::Output) -> Answer<()> + 'static,
{
    let Begun { technique, isa, carried, compiled_ns } = begun;
    let act = move |times, work: &Arc<W>, out: &mut W::Output| {
        (0..times).try_for_each(|_| method(&technique, work, out))
    };
    Box::new(Ready::<W> { act: Box::new(act), carried, compiled_ns, isa })
}

struct Ready<W: Workload> {
    act: Box<Act<W>>,
    carried: Carried,
    compiled_ns: Box<CompiledNs>,
    isa: String,
}

impl<W: Workload> Started for Ready<W> {
    fn load(self: Box<Self>, params: Params) -> Answer<Box<dyn Run>> {
        let work = Arc::new(W::make(params));
        let (judge, out) = (Judge::new(work.expected()), work.output());
        let Ready { act, carried, compiled_ns, .. } = *self;
        Ok(Box::new(Loaded { act, carried, compiled_ns, work, out, judge }))
    }
    fn isa(&self) -> String {
        self.isa.clone()
    }
}

/// A technique with its input. The technique is dropped first: it may still hold the work.
struct Loaded<W: Workload> {
    act: Box<Act<W>>,
    carried: Carried,
    compiled_ns: Box<CompiledNs>,
    work: Arc<W>,
    out: W::Output,
    judge: Judge,
}

impl<W: Workload> Run for Loaded<W> {
    fn spoil(&mut self) {
        self.carried.look();
        self.out.spoil();
    }
    fn run(&mut self, times: u64) -> Answer<()> {
        self.carried.runs += times;
        (self.act)(times, &self.work, &mut self.out)
    }
    fn check(&self) -> Result<u64, Mismatch> {
        self.judge.judge(&*self.work, &self.out)
    }
    fn facts(&self) -> Facts {
        self.work.facts()
    }
    fn is_exact(&self) -> bool {
        self.work.blind_bits() == 0
    }
    fn compiled_ns(&self) -> Option<u64> {
        (self.compiled_ns)()
    }
    fn metrics(&mut self) -> Answer<Vec<(&'static str, f64)>> {
        let mut metrics = self.out.metrics();
        metrics.extend(self.carried.metrics());
        Ok(metrics)
    }
}
