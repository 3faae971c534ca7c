//! One operation on one element or on two, in Cranelift's intermediate code.
//!
//! A boolean of one element is a byte, 0 or 1. The booleans of two elements are a mask: two words of all
//! zeros or all ones. In scratch memory each boolean is such a word.

use cranelift::codegen::ir::ConstantData;
use cranelift::frontend::FunctionBuilder;
use cranelift::prelude::*;

use crate::meaning::{Binary, Comparison, Logic, Unary};
use crate::program::Step;

/// The number of elements that an operation processes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Lanes {
    One,
    Two,
}

impl Lanes {
    pub(super) fn float(self) -> Type {
        match self {
            Self::One => types::F64,
            Self::Two => types::F64X2,
        }
    }

    pub(super) fn word(self) -> Type {
        match self {
            Self::One => types::I64,
            Self::Two => types::I64X2,
        }
    }
}

/// A step that is not a call, with its operands in registers.
pub(super) fn step(builder: &mut FunctionBuilder<'_>, step: Step, operands: &[Value], lanes: Lanes) -> Value {
    match (step, operands) {
        (Step::Unary(op, _), &[x]) => unary(builder, op, x),
        (Step::Binary(op, ..), &[x, y]) => binary(builder, op, x, y),
        (Step::Compare(op, ..), &[x, y]) => builder.ins().fcmp(condition(op), x, y),
        (Step::Logic(Logic::And, ..), &[x, y]) => builder.ins().band(x, y),
        (Step::Logic(Logic::Or, ..), &[x, y]) => builder.ins().bor(x, y),
        (Step::Not(_), &[x]) => {
            let all = truth(builder, true, lanes);
            builder.ins().bxor(x, all)
        }
        (Step::Where(..), &[truth, x, y]) => match lanes {
            Lanes::One => builder.ins().select(truth, x, y),
            Lanes::Two => {
                let mask = builder.ins().bitcast(types::F64X2, MemFlagsData::new(), truth);
                builder.ins().bitselect(mask, x, y)
            }
        },
        _ => unreachable!("as many operands as the step has"),
    }
}

pub(super) fn constant(builder: &mut FunctionBuilder<'_>, value: f64, lanes: Lanes) -> Value {
    match lanes {
        Lanes::One => builder.ins().f64const(value),
        Lanes::Two => {
            let bytes = [value.to_le_bytes(); 2].concat();
            let constant = builder.func.dfg.constants.insert(ConstantData::from(&bytes[..]));
            builder.ins().vconst(types::F64X2, constant)
        }
    }
}

pub(super) fn truth(builder: &mut FunctionBuilder<'_>, truth: bool, lanes: Lanes) -> Value {
    match lanes {
        Lanes::One => builder.ins().iconst(types::I8, i64::from(truth)),
        Lanes::Two => {
            let word = builder.ins().iconst(types::I64, -i64::from(truth));
            builder.ins().splat(types::I64X2, word)
        }
    }
}

/// A boolean in the form of scratch memory.
pub(super) fn word(builder: &mut FunctionBuilder<'_>, truth: Value, lanes: Lanes) -> Value {
    match lanes {
        Lanes::One => {
            let word = builder.ins().uextend(types::I64, truth);
            builder.ins().ineg(word)
        }
        Lanes::Two => truth,
    }
}

/// The inverse of [`word`].
pub(super) fn from_word(builder: &mut FunctionBuilder<'_>, word: Value, lanes: Lanes) -> Value {
    match lanes {
        Lanes::One => builder.ins().icmp_imm_s(IntCC::NotEqual, word, 0),
        Lanes::Two => word,
    }
}

/// The bytes of four masks of two elements, in one value of eight bytes.
pub(super) fn bytes(builder: &mut FunctionBuilder<'_>, masks: [Value; 4]) -> Value {
    let [a, b, c, d] = masks.map(|mask| builder.ins().bitcast(types::I32X4, little_endian(), mask));
    // Narrowing halves each element: a word of all ones becomes four, two, then one byte of ones.
    let (low, high) = (builder.ins().snarrow(a, b), builder.ins().snarrow(c, d));
    let pairs = builder.ins().snarrow(low, high);
    let pairs = builder.ins().bitcast(types::I16X8, little_endian(), pairs);
    let ones = builder.ins().iconst(types::I16, 1);
    let ones = builder.ins().splat(types::I16X8, ones);
    let truths = builder.ins().band(pairs, ones);
    let bytes = builder.ins().unarrow(truths, truths);
    let words = builder.ins().bitcast(types::I64X2, little_endian(), bytes);
    builder.ins().extractlane(words, 0)
}

fn unary(builder: &mut FunctionBuilder<'_>, op: Unary, x: Value) -> Value {
    match op {
        Unary::Negate => builder.ins().fneg(x),
        Unary::Absolute => builder.ins().fabs(x),
        Unary::Root | Unary::Sine | Unary::Cosine | Unary::Logarithm | Unary::Exponential => {
            unreachable!("a call")
        }
    }
}

fn binary(builder: &mut FunctionBuilder<'_>, op: Binary, x: Value, y: Value) -> Value {
    match op {
        Binary::Add => builder.ins().fadd(x, y),
        Binary::Subtract => builder.ins().fsub(x, y),
        Binary::Multiply => builder.ins().fmul(x, y),
        Binary::Minimum => builder.ins().fmin(x, y),
        Binary::Maximum => builder.ins().fmax(x, y),
        Binary::Divide | Binary::Power => unreachable!("a call"),
    }
}

fn condition(op: Comparison) -> FloatCC {
    match op {
        Comparison::Less => FloatCC::LessThan,
        Comparison::LessEqual => FloatCC::LessThanOrEqual,
        Comparison::Greater => FloatCC::GreaterThan,
        Comparison::GreaterEqual => FloatCC::GreaterThanOrEqual,
        Comparison::Equal => FloatCC::Equal,
        Comparison::NotEqual => FloatCC::NotEqual,
    }
}

/// The order of lanes matters where their number changes.
fn little_endian() -> MemFlagsData {
    MemFlagsData::new().with_endianness(codegen::ir::Endianness::Little)
}
