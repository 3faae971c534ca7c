//! `&`, `|` and `~` on conditions, by every backend and instruction set, against plain closures and a plain evaluator.

#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "what ~ makes of a NaN is under test")]

mod common;

use common::random::arrays;
use parallax_jit::{Backend, Error, Expression, Isa, Kind};
use proptest::prelude::*;

type Arrays = [Vec<f64>; 3];

/// The results of a condition; all backends must agree.
fn truths(text: &str, [a, b, c]: &Arrays) -> Vec<bool> {
    let arrays: [(&str, &[f64]); 3] = [("a", a), ("b", b), ("c", c)];
    let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(expression.kind(), Kind::Boolean, "{text}");
    let mut all = Vec::new();
    for (backend, isa) in
        Backend::ALL.into_iter().flat_map(|way| Isa::available().into_iter().map(move |isa| (way, isa)))
    {
        let compiled = expression.compile_for(backend, isa).unwrap();
        let mut bytes = vec![7u8; a.len()];
        match expression.variables().next() {
            Some(_) => compiled.bind_by_name(&arrays).unwrap().fill(0, &mut bytes).unwrap(),
            None => compiled.bind_by_name(&[]).unwrap().fill(0, &mut bytes).unwrap(),
        }
        assert!(bytes.iter().all(|byte| *byte < 2), "{text} by {backend:?}, {isa:?}: {bytes:?}");
        let truths: Vec<bool> = bytes.iter().map(|byte| *byte == 1).collect();
        assert!(all.is_empty() || all == truths, "{text} by {backend:?}, {isa:?}");
        all = truths;
    }
    all
}

#[test]
fn conditions_are_joined_as_numexpr_joins_them() {
    type Plain = fn(f64, f64, f64) -> bool;
    let cases: [(&str, Plain); 14] = [
        ("(a == 1) & (b > 2)", |a, b, _| a == 1.0 && b > 2.0),
        ("(a == 1) | (b > 2)", |a, b, _| a == 1.0 || b > 2.0),
        ("~(a == 1)", |a, _, _| a != 1.0),
        ("~(a < b)", |a, b, _| !(a < b)), // and not a >= b: a NaN is neither
        ("~~(a < b)", |a, b, _| a < b),
        ("(a < b) & (b < c)", |a, b, c| a < b && b < c),
        // & binds tighter than |, and ~ tighter than both.
        ("(a < b) | (b < c) & (c < 1)", |a, b, c| a < b || (b < c && c < 1.0)),
        ("((a < b) | (b < c)) & (c < 1)", |a, b, c| (a < b || b < c) && c < 1.0),
        ("~(a < b) & (b < c)", |a, b, c| !(a < b) && b < c),
        ("~((a < b) & (b < c))", |a, b, c| !(a < b && b < c)),
        ("~(a < b) | ~(b < c) & ~(c < a)", |a, b, c| !(a < b) || (!(b < c) && !(c < a))),
        ("(a + b > c) & (a * 2 <= b - 1)", |a, b, c| a + b > c && a * 2.0 <= b - 1.0),
        ("(1 < 2) & (a < b) | (2 < 1)", |a, b, _| a < b),
        ("(sqrt(a) < b) & ~(b / c < 1) | (a == a)", |a, b, c| a.sqrt() < b && !(b / c < 1.0) || a == a),
    ];
    for n in [1, 2, 3, 9, 130, 1030] {
        let arrays = arrays(n as u64, n);
        let [a, b, c] = &arrays;
        for (text, plain) in cases {
            let want: Vec<bool> = (0..n).map(|i| plain(a[i], b[i], c[i])).collect();
            assert_eq!(truths(text, &arrays), want, "{text}, {n} elements");
        }
    }
}

#[test]
fn joined_conditions_choose_numbers() {
    let arrays = arrays(3, 333);
    let [a, b, c] = &arrays;
    let text = "where((a < b) & ~(b == c) | (c > 2), sin(a) * where((a < b) | (c < 1), a, b), b - c)";
    let named: [(&str, &[f64]); 3] = [("a", a), ("b", b), ("c", c)];
    let expression = Expression::parse(text).unwrap();
    for (backend, isa) in
        Backend::ALL.into_iter().flat_map(|way| Isa::available().into_iter().map(move |isa| (way, isa)))
    {
        let mut out = vec![0.0; 333];
        expression.compile_for(backend, isa).unwrap().eval_by_name(&named, &mut out).unwrap();
        for i in 0..333 {
            let (a, b, c) = (a[i], b[i], c[i]);
            let inner = if a < b || c < 1.0 { a } else { b };
            let want = if a < b && b != c || c > 2.0 { a.sin() * inner } else { b - c };
            let near = (out[i] - want).abs() <= 4.0 * f64::EPSILON * want.abs();
            assert!(
                near || common::same(out[i], want),
                "{i} by {backend:?}, {isa:?}: {:e}, not {want:e}",
                out[i]
            );
        }
    }
}

/// A condition that evaluates itself and writes itself as text.
#[derive(Clone, Debug)]
enum Truth {
    Compare(usize, usize, usize),
    Not(Box<Truth>),
    And(Box<Truth>, Box<Truth>),
    Or(Box<Truth>, Box<Truth>),
}

const OPERANDS: [&str; 5] = ["a", "b", "c", "1", "(a - b)"];
const SIGNS: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];

impl Truth {
    /// With no more parentheses than the precedence requires; `power` is that of the operator around it.
    fn text(&self, power: u8) -> String {
        let (text, own) = match self {
            Truth::Compare(x, sign, y) => (format!("{} {} {}", OPERANDS[*x], SIGNS[*sign], OPERANDS[*y]), 0),
            Truth::Or(x, y) => (format!("{} | {}", x.text(1), y.text(2)), 1),
            Truth::And(x, y) => (format!("{} & {}", x.text(2), y.text(3)), 2),
            Truth::Not(x) => (format!("~{}", x.text(3)), 3),
        };
        if own < power { format!("({text})") } else { text }
    }

    fn of(&self, element: [f64; 3]) -> bool {
        let operand = |k: usize| [element[0], element[1], element[2], 1.0, element[0] - element[1]][k];
        match self {
            Truth::Compare(x, sign, y) => {
                let (x, y) = (operand(*x), operand(*y));
                [x < y, x <= y, x > y, x >= y, x == y, x != y][*sign]
            }
            Truth::Not(x) => !x.of(element),
            Truth::And(x, y) => x.of(element) && y.of(element),
            Truth::Or(x, y) => x.of(element) || y.of(element),
        }
    }
}

fn any_truth() -> impl Strategy<Value = Truth> {
    let leaf = (0..5usize, 0..6usize, 0..5usize).prop_map(|(x, sign, y)| Truth::Compare(x, sign, y));
    leaf.prop_recursive(5, 24, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|x| Truth::Not(x.into())),
            (inner.clone(), inner.clone()).prop_map(|(x, y)| Truth::And(x.into(), y.into())),
            (inner.clone(), inner).prop_map(|(x, y)| Truth::Or(x.into(), y.into())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_condition_means_what_a_plain_evaluator_says(truth in any_truth(), seed in 0u64..1000, n in 1usize..150) {
        let arrays = arrays(seed, n);
        let want: Vec<bool> = (0..n).map(|i| truth.of([arrays[0][i], arrays[1][i], arrays[2][i]])).collect();
        prop_assert_eq!(truths(&truth.text(0), &arrays), want, "{}", truth.text(0));
    }
}

#[test]
fn conditions_are_joined_and_numbers_are_not() {
    let message = |text: &str| Expression::parse(text).expect_err(text).to_string();
    let tighter = "& and | bind tighter than comparisons: write (a == 1) & (b > 2)";
    for (text, column, sign) in
        [("a == 1 & b > 2", 6, "&"), ("a & b", 1, "&"), ("(a < b) | c", 11, "|"), ("~a", 2, "~")]
    {
        let want = format!("column {column}: {sign} needs a boolean, and this is a number; {tighter}");
        assert_eq!(message(text), want, "{text}");
    }
    for (text, column, word, sign) in [
        ("(a == 1) and (b > 2)", 10, "and", "&"),
        ("(a == 1) or (b > 2)", 10, "or", "|"),
        ("not (a == 1)", 1, "not", "~"),
        ("(a == 1) && (b > 2)", 10, "&&", "&"),
        ("(a == 1) || (b > 2)", 10, "||", "|"),
    ] {
        let want = format!("column {column}: use {sign} instead of '{word}', as in (a == 1) & ~(b > 2)");
        assert_eq!(message(text), want, "{text}");
    }
    assert_eq!(message("a < b < c"), "column 7: comparisons do not chain; use (a < b) & (b < c)");
    assert!(matches!(
        Expression::parse("1 + ((a < 1) & (b < 1))"),
        Err(Error::Kind { column: 5, needs: Kind::Number, .. })
    ));
    assert!(Expression::parse("android + nota * oral").is_ok(), "names may begin like words");
}
