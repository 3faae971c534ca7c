//! Which operations are folded, merged or dropped, and which must stay.

use super::*;
use crate::parse::parse;

fn program(text: &str) -> Program {
    Program::new(&parse(text).unwrap())
}

fn count(text: &str) -> usize {
    program(text).steps.len()
}

#[test]
fn equal_operations_are_done_once() {
    assert_eq!(count("cos(x**2 + y**2) / (1 + x**2 + y**2)"), 7);
    assert_eq!(count("(a + b) * (b + a)"), 2);
    assert_eq!(count("(a - b) * (b - a)"), 3);
    assert_eq!(count("x**2 + x**4 + x**8"), 5);
    assert_eq!(count("(a < b) & ~~(c < 1) | (c < 1) & (a < b)"), 3);
}

#[test]
fn constants_are_folded() {
    assert_eq!(program("2*3 + 4**.5").result, constant(8.0));
    assert_eq!(program("1 < 2").result, Operand::Truth(true));
    assert_eq!(program("where(1 > 2, a, b*1)").result, Operand::Variable(1));
    assert_eq!(program("~(1 < 2) & (a < b)").result, Operand::Truth(false));
    assert_eq!(program("~(1 < 2) | (a < b)"), program("a < b"));
    assert_eq!(program("sin(1)").result, constant(1f64.sin()));
}

#[test]
fn what_nothing_reads_is_dropped() {
    assert_eq!(program("where(1 < 2, a, sin(b))"), Program { steps: vec![], result: Operand::Variable(0) });
    assert_eq!(count("abs(-a)"), 1);
}

#[test]
fn what_could_change_a_bit_stays() {
    for text in ["x + 0", "x - x", "0 * x", "x / 3", "a*b + c", "x / 1e-309", "min(x, x)", "x == x"] {
        assert!(count(text) > 0, "{text}");
    }
    assert_eq!(
        program("x / 4").steps,
        [Step::Binary(Binary::Multiply, constant(0.25), Operand::Variable(0))]
    );
}

#[test]
fn the_result_is_the_last_step() {
    for text in ["a*b - 4.125*a > 2.5*b", "x**2", "where(a < b, sin(a), a/b)"] {
        let program = program(text);
        assert_eq!(program.result, Operand::Step(program.steps.len() - 1));
        assert!(program.steps.iter().all(|step| step.reads().all(|read| read < program.steps.len() - 1)));
    }
}
