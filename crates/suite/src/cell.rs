//! A cell is one technique on one workload, with types erased: the harness starts, loads, runs and checks it.
//!
//! Everything between the two clock reads is statically dispatched: one boxed call starts a whole sample.

mod computed;
mod judge;
mod ready;
mod solved;
mod transport;

pub use computed::{compute, hashed, multiplied, product};
pub use judge::Judge;
pub use solved::{cancel, exchange, execute, guard, instead, remember, share, wait};
pub use transport::TRANSPORT;

use crate::units::Units;
use crate::workload::{Facts, Mismatch, Params, Workload};
use parallax_pattern::{Answer, Card, No, Question, Technique};
use ready::{ready, start};
use std::any::type_name;
use std::rc::Rc;
use std::sync::Arc;

/// One technique on one case of one workload.
pub struct Cell {
    /// The workload's name.
    pub workload: &'static str,
    /// The workload's number, which orders reports.
    pub number: u16,
    /// The case's name; empty if the workload has one kind of input only.
    pub case: &'static str,
    /// The technique's name; products are joined by `+`.
    pub technique: String,
    /// The question it answers.
    pub question: Question,
    /// The pattern it answers through.
    pub pattern: &'static str,
    /// The technique's card.
    pub card: Card,
    /// Its algorithm, if it differs from the workload's.
    pub algorithm: &'static str,
    /// The name of the type whose `impl` holds the code.
    pub implementor: String,
    /// The name of the method that holds the code, if it is not the workload's or the pattern's.
    pub method: String,
    /// The source file of the kernel.
    pub kernel: String,
    /// The kernel's type.
    pub input: &'static str,
    /// The technique that spreads a kernel: its file, and the type whose `impl` holds its code.
    pub spreader: Option<[&'static str; 2]>,
    index: usize,
    footprint: fn(Params) -> u64,
    units: Units,
    start: Rc<Start>,
}

/// The parts of a cell of your own work, which is not one of the suite's workloads.
pub struct OwnCell {
    /// The work's name.
    pub workload: &'static str,
    /// The question that the technique answers.
    pub question: Question,
    /// The pattern that it answers through.
    pub pattern: &'static str,
    /// The technique's card.
    pub card: Card,
    /// The name of the type whose `impl` holds the technique's code.
    pub implementor: &'static str,
    /// The source file of the work's own code.
    pub kernel: &'static str,
    /// The work's type.
    pub input: &'static str,
    /// Starts the technique for a number of workers.
    pub start: Box<dyn Fn(usize) -> Answer<Box<dyn Started>>>,
}

/// Starts a technique for a number of workers.
type Start = dyn Fn(usize) -> Answer<Box<dyn Started>>;

impl Cell {
    /// A cell of your own work. It has one case, and its input is the same at each size.
    pub fn own(own: OwnCell) -> Self {
        Cell {
            workload: own.workload,
            number: u16::MAX,
            case: "",
            technique: own.card.name.to_owned(),
            question: own.question,
            pattern: own.pattern,
            card: own.card,
            algorithm: "",
            implementor: own.implementor.to_owned(),
            method: own.pattern.to_owned(),
            kernel: own.kernel.to_owned(),
            input: own.input,
            spreader: None,
            index: 0,
            footprint: |_| 0,
            units: |_| None,
            start: Rc::from(own.start),
        }
    }

    /// Starts the technique for `workers` workers.
    pub fn start(&self, workers: usize) -> Answer<Box<dyn Started>> {
        (self.start)(workers)
    }

    /// The parameters of this cell's case.
    pub fn params(&self, size: crate::Size, variant: u32) -> Params {
        Params { case: self.index, size, variant, turns: None, units: None }
    }

    /// How many bytes the cell's input and output need.
    pub fn footprint(&self, params: Params) -> u64 {
        (self.footprint)(params)
    }

    /// Checks that its input can have the requested units.
    ///
    /// # Errors
    ///
    /// As [`units::ensure`](crate::units::ensure), as a refusal.
    pub fn ensure_units(&self, params: Params) -> Answer<()> {
        crate::units::ensure(self.units, params)
            .map_err(|why| No::Unavailable(format!("{}: {why}", self.workload)))
    }
}

/// A technique that is started, before it has seen its input.
pub trait Started {
    /// Builds input and output.
    fn load(self: Box<Self>, params: Params) -> Answer<Box<dyn Run>>;
    /// The instruction set it chose.
    fn isa(&self) -> String;
}

/// A technique with its input: ready to be timed.
pub trait Run {
    /// Overwrites the output with poison, so that only work can make it right again.
    fn spoil(&mut self);
    /// Does the work `times` times.
    fn run(&mut self, times: u64) -> Answer<()>;
    /// Checks the output and returns its digest.
    fn check(&self) -> Result<u64, Mismatch>;
    /// Properties of the input.
    fn facts(&self) -> Facts;
    /// Further metrics of the last output, by name. It may take further measurements: it is called once,
    /// after the last sample.
    ///
    /// # Errors
    ///
    /// If a further measurement fails.
    fn metrics(&mut self) -> Answer<Vec<(&'static str, f64)>> {
        Ok(Vec::new())
    }
    /// How much of its runs so far was compiling, in nanoseconds, if the technique compiles at run time.
    fn compiled_ns(&self) -> Option<u64> {
        None
    }
    /// The name of the metric of CPU time per item, if it shows something that wall time does not.
    fn cpu_metric(&self) -> Option<&'static str> {
        None
    }
    /// Whether every right output has the same digest.
    fn is_exact(&self) -> bool;
}

/// The work of a cell: a method of the technique that is named after the workload.
type Method<T, W> = fn(&T, &Arc<W>, &mut <W as Workload>::Output) -> Answer<()>;

/// A cell for each case of a workload.
pub fn cells<T: Technique, W: Workload>(question: Question, method: Method<T, W>) -> Vec<Cell> {
    cells_through(W::PATTERN, question, method)
}

/// The same for a question that uses another pattern of a workload than [`Workload::PATTERN`].
fn cells_through<T: Technique, W: Workload>(
    pattern: &'static str,
    question: Question,
    method: Method<T, W>,
) -> Vec<Cell> {
    describe::<T, W>(pattern, question, move |workers| Ok(ready(start::<T>(workers)?, method)))
}

/// A cell for each case of a workload, started by `start`.
pub fn describe<T: Technique, W: Workload>(
    pattern: &'static str,
    question: Question,
    start: impl Fn(usize) -> Answer<Box<dyn Started>> + 'static,
) -> Vec<Cell> {
    listed(Subject::of::<W>(), (T::CARD, T::ALGORITHM), type_name::<T>(), (pattern, question), Rc::new(start))
}

/// The workload's part of a cell's description.
struct Subject {
    name: &'static str,
    number: u16,
    cases: &'static [&'static str],
    source: &'static str,
    input: &'static str,
    footprint: fn(Params) -> u64,
    units: Units,
}

impl Subject {
    fn of<W: Workload>() -> Self {
        Subject {
            name: W::NAME,
            number: W::NUMBER,
            cases: W::CASES,
            source: W::SOURCE,
            input: type_name::<W>(),
            footprint: W::footprint,
            units: W::units,
        }
    }
}

/// The cells of a workload. It is not generic, so that it is compiled only once, not for each technique and workload.
fn listed(
    subject: Subject,
    (card, algorithm): (Card, &'static str),
    implementor: &str,
    (pattern, question): (&'static str, Question),
    start: Rc<Start>,
) -> Vec<Cell> {
    let cell = |(index, case): (usize, &&'static str)| Cell {
        workload: subject.name,
        number: subject.number,
        case,
        technique: card.name.to_owned(),
        question,
        pattern,
        card,
        algorithm,
        implementor: implementor.to_owned(),
        method: method_name(subject.input),
        kernel: subject.source.to_owned(),
        input: subject.input,
        spreader: None,
        index,
        footprint: subject.footprint,
        units: subject.units,
        start: start.clone(),
    };
    subject.cases.iter().enumerate().map(cell).collect()
}

/// A workload's methods are named after its type: `Julia` is answered by `julia`, and `Matmul<f32>` by `matmul32`.
fn method_name(workload: &str) -> String {
    let (base, of) = workload.split_once('<').unwrap_or((workload, ""));
    let name = base.rsplit("::").next().unwrap_or(base).to_lowercase();
    if of == "f32>" { name + "32" } else { name }
}
