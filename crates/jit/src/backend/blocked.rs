//! A vector interpreter: one operation at a time over a block of elements that stays in the first-level
//! cache.
//!
//! The idea is that of numexpr (Cooke, Alted and others, 2006). The cost of choosing an operation is paid
//! once for a thousand elements, temporaries never reach memory, and no code is generated: an expression is
//! ready a few microseconds after it is read.

use std::ops::Range;

use super::{Engine, Out};
use crate::Isa;
use crate::program::{Operand, Program, Step};
use crate::slots::{self, Life};
use crate::tree::Kind;
use crate::vectors::{self, Source};
use parallax_simd::lanes::Stores;

/// Elements in a block. Operands and results of one operation take 24 KiB, and a call of a kernel some nanoseconds:
/// half or double the size is a few percent slower on processors with 32 to 48 KiB of first-level data cache.
const BLOCK: usize = 1024;

pub(crate) struct Blocked {
    isa: Isa,
    program: Program,
    /// The register of each step among those of its kind.
    places: Vec<usize>,
    numbers: usize,
    booleans: usize,
}

impl Blocked {
    pub(crate) fn new(program: Program, isa: Isa) -> Self {
        let mut places = vec![0; program.steps.len()];
        let numbers = allocate(&program, Kind::Number, &mut places);
        let booleans = allocate(&program, Kind::Boolean, &mut places);
        Self { isa, program, places, numbers, booleans }
    }
}

impl Engine for Blocked {
    fn fill(&self, inputs: &[&[f64]], out: Out<'_>, _: Stores) {
        let mut registers =
            Registers { numbers: File::new(self.numbers, 0.0), booleans: File::new(self.booleans, 0) };
        let starts = (0..out.len()).step_by(BLOCK);
        match out {
            Out::Numbers(out) => starts.zip(out.chunks_mut(BLOCK)).for_each(|(start, out)| {
                self.block(inputs, start..start + out.len(), &mut registers, Out::Numbers(out));
            }),
            Out::Booleans(out) => starts.zip(out.chunks_mut(BLOCK)).for_each(|(start, out)| {
                self.block(inputs, start..start + out.len(), &mut registers, Out::Booleans(out));
            }),
        }
    }
}

impl Blocked {
    fn block(&self, inputs: &[&[f64]], range: Range<usize>, registers: &mut Registers, out: Out<'_>) {
        let length = range.len();
        let Some((last, steps)) = self.program.steps.split_last() else {
            return self.trivial(inputs, range, out);
        };
        for (step, &place) in steps.iter().zip(&self.places) {
            match step.kind() {
                Kind::Number => {
                    let mut out = registers.numbers.take(place);
                    self.step(*step, inputs, &range, registers, Out::Numbers(&mut out.0[..length]));
                    registers.numbers.put(place, out);
                }
                Kind::Boolean => {
                    let mut out = registers.booleans.take(place);
                    self.step(*step, inputs, &range, registers, Out::Booleans(&mut out.0[..length]));
                    registers.booleans.put(place, out);
                }
            }
        }
        self.step(*last, inputs, &range, registers, out);
    }

    fn step(&self, step: Step, inputs: &[&[f64]], range: &Range<usize>, registers: &Registers, out: Out<'_>) {
        let (isa, length) = (self.isa, range.len());
        let many = |operand| match operand {
            Operand::Variable(name) => Some(&inputs[name][range.clone()]),
            Operand::Step(step) => Some(&registers.numbers.read(self.places[step])[..length]),
            Operand::Constant(_) | Operand::Truth(_) => None,
        };
        let source = |operand| match (many(operand), operand) {
            (Some(numbers), _) => Source::Many(numbers),
            (None, Operand::Constant(value)) => Source::One(value.value()),
            (None, _) => unreachable!("an operand is a number"),
        };
        let truths = |operand| match operand {
            Operand::Step(step) => &registers.booleans.read(self.places[step])[..length],
            _ => unreachable!("known conditions are folded before"),
        };
        match (step, out) {
            (Step::Unary(op, x), Out::Numbers(out)) => {
                vectors::unary(isa, op, many(x).expect("operations on constants are folded before"), out);
            }
            (Step::Binary(op, x, y), Out::Numbers(out)) => {
                vectors::binary(isa, op, source(x), source(y), out)
            }
            (Step::Compare(op, x, y), Out::Booleans(out)) => {
                vectors::compare(isa, op, source(x), source(y), out)
            }
            (Step::Not(x), Out::Booleans(out)) => vectors::not(isa, truths(x), out),
            (Step::Logic(op, x, y), Out::Booleans(out)) => vectors::logic(isa, op, truths(x), truths(y), out),
            (Step::Where(condition, x, y), Out::Numbers(out)) => {
                vectors::select(isa, truths(condition), source(x), source(y), out);
            }
            _ => unreachable!("the output is of the kind of the step"),
        }
    }

    /// A program without steps returns a variable or a constant.
    fn trivial(&self, inputs: &[&[f64]], range: Range<usize>, out: Out<'_>) {
        match (self.program.result, out) {
            (Operand::Variable(name), Out::Numbers(out)) => out.copy_from_slice(&inputs[name][range]),
            (Operand::Constant(value), Out::Numbers(out)) => out.fill(value.value()),
            (Operand::Truth(value), Out::Booleans(out)) => out.fill(value.into()),
            _ => unreachable!("the output is of the kind of the result"),
        }
    }
}

/// A block for each value that is alive at the same time.
struct Registers {
    numbers: File<f64>,
    booleans: File<u8>,
}

/// Registers of one kind. One is taken out while it is written: no step reads the register that it writes.
struct File<T>(Vec<Option<Box<Register<T>>>>);

/// A block that begins at the start of a cache line, so that no vector of it crosses two lines.
#[repr(align(64))]
struct Register<T>([T; BLOCK]);

impl<T: Copy> File<T> {
    fn new(count: usize, value: T) -> Self {
        Self((0..count).map(|_| Some(Box::new(Register([value; BLOCK])))).collect())
    }

    fn take(&mut self, place: usize) -> Box<Register<T>> {
        self.0[place].take().expect("one register is written at a time")
    }

    fn put(&mut self, place: usize, register: Box<Register<T>>) {
        self.0[place] = Some(register);
    }

    fn read(&self, place: usize) -> &[T; BLOCK] {
        &self.0[place].as_ref().expect("a step does not read what it writes").0
    }
}

/// Assigns registers to the steps of one kind, except the last step, which writes to the output.
fn allocate(program: &Program, kind: Kind, places: &mut [usize]) -> usize {
    let steps = &program.steps[..program.steps.len().saturating_sub(1)];
    let mut deaths = vec![0; steps.len()];
    for (reader, step) in program.steps.iter().enumerate() {
        step.reads().for_each(|read| deaths[read] = reader);
    }
    let mine: Vec<usize> = (0..steps.len()).filter(|place| steps[*place].kind() == kind).collect();
    let lives = mine.iter().map(|&birth| Life { birth, death: deaths[birth] });
    let (slots, count) = slots::assign(lives);
    mine.iter().zip(slots).for_each(|(step, slot)| places[*step] = slot);
    count
}
