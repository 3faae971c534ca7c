//! Writes the loops and calls of a plan in Cranelift's intermediate code.

use cranelift::frontend::FunctionBuilder;
use cranelift::jit::JITModule;
use cranelift::module::Module;
use cranelift::prelude::*;

use super::operation::{self, Lanes};
use super::plan::{Plan, Stage};
use super::{BLOCK, call};
use crate::program::{Operand, Program, Step};
use crate::tree::Kind;

/// Vectors of two in one turn of a loop. Four hide the cost of counting, which is small in long expressions anyway.
const fn unrolled(steps: usize) -> usize {
    if steps <= 16 { 4 } else { 1 }
}

/// The function of a whole program.
pub(super) fn function(mut builder: FunctionBuilder<'_>, module: &JITModule, program: &Program, plan: &Plan) {
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let [arrays, out, scratch, isa, count] = builder.block_params(entry).try_into().expect("five parameters");
    let (inputs, values) = (vec![None; program.variables()], vec![None; program.steps.len()]);
    let mut emitter =
        Emitter { builder, module, program, plan, arrays, inputs, out, scratch, isa, count, values };
    plan.stages.iter().for_each(|stage| emitter.stage(stage));
    if program.steps.is_empty() {
        emitter.reach([program.result]);
        emitter.element_loops(1, &mut |emitter, at, lanes, _| {
            let value = emitter.operand(program.result, at, lanes);
            emitter.results(&[value], at, lanes);
        });
    }
    emitter.builder.ins().return_(&[]);
    emitter.builder.seal_all_blocks();
    emitter.builder.finalize(module.target_config());
}

/// The elements from `index + offset` on.
#[derive(Clone, Copy)]
struct At {
    index: Value,
    offset: usize,
}

impl At {
    /// The offset in bytes.
    fn offset(self, size: usize) -> i32 {
        i32::try_from(self.offset * size).expect("a few elements")
    }
}

struct Emitter<'a> {
    builder: FunctionBuilder<'a>,
    module: &'a JITModule,
    program: &'a Program,
    plan: &'a Plan,
    /// The address of the list of the arrays' addresses.
    arrays: Value,
    /// The arrays' addresses that the current loop reads, by variable: all of them would not fit into the registers.
    inputs: Vec<Option<Value>>,
    out: Value,
    scratch: Value,
    isa: Value,
    count: Value,
    /// The results of the steps for the current elements.
    values: Vec<Option<Value>>,
}

/// Emits code for a number of vectors, or for one element.
type Body<'f, 'a> = &'f mut dyn FnMut(&mut Emitter<'a>, At, Lanes, usize);

impl<'a> Emitter<'a> {
    fn stage(&mut self, stage: &Stage) {
        if !stage.steps.is_empty() {
            let program = self.program;
            self.reach(stage.steps.iter().flat_map(|step| program.steps[*step].operands()));
            self.element_loops(unrolled(stage.steps.len()), &mut |emitter, at, lanes, vectors| {
                let mut results = Vec::new();
                for vector in 0..vectors {
                    let at = At { offset: 2 * vector, ..at };
                    results.extend(emitter.steps(&stage.steps, at, lanes));
                }
                emitter.results(&results, at, lanes);
            });
        }
        stage.calls.iter().for_each(|&place| self.call(place));
    }

    /// Loads the addresses of the arrays among these operands, before the loop that reads them.
    fn reach(&mut self, operands: impl IntoIterator<Item = Operand>) {
        self.inputs.fill(None);
        for operand in operands {
            if let Operand::Variable(name) = operand
                && self.inputs[name].is_none()
            {
                self.inputs[name] = Some(self.array(name));
            }
        }
    }

    fn array(&mut self, name: usize) -> Value {
        let offset = i32::try_from(8 * name).expect("as many variables as nodes");
        self.builder.ins().load(types::I64, MemFlagsData::trusted(), self.arrays, offset)
    }

    /// Emits these steps, and returns the result of the program if it is among them.
    fn steps(&mut self, steps: &[usize], at: At, lanes: Lanes) -> Option<Value> {
        for &place in steps {
            let step = self.program.steps[place];
            let operands: Vec<Value> =
                step.operands().map(|operand| self.operand(operand, at, lanes)).collect();
            let value = operation::step(&mut self.builder, step, &operands, lanes);
            self.values[place] = Some(value);
            if let Some(slot) = self.plan.slots[place] {
                let word = match step.kind() {
                    Kind::Number => value,
                    Kind::Boolean => operation::word(&mut self.builder, value, lanes),
                };
                let base = self.slot(slot);
                self.store(word, base, at, 8);
            }
        }
        let result = self.values.last().copied().flatten();
        steps.iter().for_each(|place| self.values[*place] = None);
        result
    }

    /// A loop over vectors, several in each turn, and a loop over the remaining elements.
    fn element_loops(&mut self, vectors: usize, body: Body<'_, 'a>) {
        let step = 2 * vectors as i64;
        let zero = self.builder.ins().iconst(types::I64, 0);
        let in_vectors = self.builder.ins().band_imm_s(self.count, -step);
        self.counted(zero, in_vectors, step, &mut |emitter, index| {
            body(emitter, At { index, offset: 0 }, Lanes::Two, vectors);
        });
        self.counted(in_vectors, self.count, 1, &mut |emitter, index| {
            body(emitter, At { index, offset: 0 }, Lanes::One, 1);
        });
    }

    /// `for index in (from..to).step_by(step)`, where the step divides the distance, tested at the end.
    fn counted(&mut self, from: Value, to: Value, step: i64, body: &mut dyn FnMut(&mut Self, Value)) {
        let (turn, after) = (self.builder.create_block(), self.builder.create_block());
        let index = self.builder.append_block_param(turn, types::I64);
        let any = self.builder.ins().icmp(IntCC::UnsignedLessThan, from, to);
        self.builder.ins().brif(any, turn, &[from.into()], after, &[]);
        self.builder.switch_to_block(turn);
        body(self, index);
        let next = self.builder.ins().iadd_imm_s(index, step);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, next, to);
        self.builder.ins().brif(more, turn, &[next.into()], after, &[]);
        self.builder.switch_to_block(after);
    }

    /// The elements of an operand: computed in this loop, or read from an array or a block of scratch memory.
    fn operand(&mut self, operand: Operand, at: At, lanes: Lanes) -> Value {
        let base = match operand {
            Operand::Constant(value) => return operation::constant(&mut self.builder, value.value(), lanes),
            Operand::Truth(truth) => return operation::truth(&mut self.builder, truth, lanes),
            Operand::Step(step) => match (self.values[step], self.program.steps[step].kind()) {
                (Some(value), _) => return value,
                (None, Kind::Number) => self.passed_on(step),
                (None, Kind::Boolean) => {
                    let base = self.passed_on(step);
                    let word = self.load(lanes.word(), base, at);
                    return operation::from_word(&mut self.builder, word, lanes);
                }
            },
            Operand::Variable(name) => self.inputs[name].expect("it was loaded before the loop"),
        };
        self.load(lanes.float(), base, at)
    }

    fn load(&mut self, kind: Type, base: Value, at: At) -> Value {
        let address = self.address(base, at, 8);
        self.builder.ins().load(kind, UNALIGNED, address, at.offset(8))
    }

    /// Writes the results for some vectors, or for one element.
    fn results(&mut self, values: &[Value], at: At, lanes: Lanes) {
        match (self.program.kind(), lanes, values) {
            (Kind::Boolean, Lanes::Two, &[a, b, c, d]) => {
                let bytes = operation::bytes(&mut self.builder, [a, b, c, d]);
                self.store(bytes, self.out, at, 1);
            }
            (Kind::Boolean, Lanes::Two, &[mask]) => {
                let bytes = operation::bytes(&mut self.builder, [mask; 4]);
                let bytes = self.builder.ins().ireduce(types::I16, bytes);
                self.store(bytes, self.out, at, 1);
            }
            (Kind::Boolean, ..) => values.iter().for_each(|value| self.store(*value, self.out, at, 1)),
            (Kind::Number, ..) => values.iter().enumerate().for_each(|(vector, value)| {
                self.store(*value, self.out, At { offset: 2 * vector, ..at }, 8);
            }),
        }
    }

    fn store(&mut self, value: Value, base: Value, at: At, size: usize) {
        let address = self.address(base, at, size);
        self.builder.ins().store(UNALIGNED, value, address, at.offset(size));
    }

    /// One addressing mode of the processor: base, index, and a scale.
    fn address(&mut self, base: Value, at: At, size: usize) -> Value {
        let scaled = self.builder.ins().ishl_imm_u(at.index, i64::from(size.ilog2()));
        self.builder.ins().iadd(base, scaled)
    }

    fn passed_on(&mut self, step: usize) -> Value {
        self.slot(self.plan.slots[step].expect("a plan passes on what a later stage reads"))
    }

    fn slot(&mut self, slot: usize) -> Value {
        let offset = i64::try_from(slot * BLOCK * 8).expect("as many slots as nodes");
        self.builder.ins().iadd_imm_s(self.scratch, offset)
    }

    fn call(&mut self, place: usize) {
        let out = match self.plan.slots[place] {
            Some(slot) => self.slot(slot),
            None => self.out,
        };
        let (function, arguments) = match self.program.steps[place] {
            Step::Unary(op, x) => {
                let op = self.number(call::UNARY.iter().position(|call| *call == op));
                let [x, _] = self.argument(x);
                (call::unary as *const () as usize, vec![self.isa, op, x, out, self.count])
            }
            Step::Binary(op, x, y) => {
                let op = self.number(call::BINARY.iter().position(|call| *call == op));
                let ([x, x_step], [y, y_step]) = (self.argument(x), self.argument(y));
                (
                    call::binary as *const () as usize,
                    vec![self.isa, op, x, x_step, y, y_step, out, self.count],
                )
            }
            Step::Compare(..) | Step::Not(..) | Step::Logic(..) | Step::Where(..) => {
                unreachable!("not a call")
            }
        };
        let mut signature = self.module.make_signature();
        signature.params.extend(arguments.iter().map(|_| AbiParam::new(types::I64)));
        let signature = self.builder.import_signature(signature);
        let function = self.builder.ins().iconst(types::I64, function as i64);
        self.builder.ins().call_indirect(signature, function, &arguments);
    }

    fn number(&mut self, place: Option<usize>) -> Value {
        self.builder.ins().iconst(types::I64, place.expect("only these are called") as i64)
    }

    /// The address of an operand, and the distance between its elements: none for a constant.
    fn argument(&mut self, operand: Operand) -> [Value; 2] {
        let (address, step) = match operand {
            Operand::Variable(name) => (self.array(name), 1),
            Operand::Step(step) => (self.passed_on(step), 1),
            Operand::Constant(value) => {
                let data = StackSlotData::new(StackSlotKind::ExplicitSlot, 8, 3);
                let slot = self.builder.create_sized_stack_slot(data);
                let value = self.builder.ins().f64const(value.value());
                self.builder.ins().stack_store(types::I64, value, slot, 0);
                (self.builder.ins().stack_addr(types::I64, slot, 0), 0)
            }
            Operand::Truth(_) => unreachable!("an operand is a number"),
        };
        [address, self.builder.ins().iconst(types::I64, step)]
    }
}

/// Arrays of numbers are aligned to a number, not to a vector.
const UNALIGNED: MemFlagsData = MemFlagsData::new().with_notrap();
