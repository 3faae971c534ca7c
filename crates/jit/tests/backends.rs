//! Every backend, with every instruction set, computes the same results as the walk over the tree.

mod common;

use common::random::{Random, arrays};
use common::same;
use parallax_jit::{Backend, Compiled, Expression, Isa, Kind};
use proptest::prelude::*;

/// The results as numbers, where true is 1.
fn results(compiled: &Compiled, arrays: &[(&str, &[f64])], start: usize, length: usize) -> Vec<f64> {
    let bound = compiled.bind_by_name(arrays).unwrap();
    match compiled.kind() {
        Kind::Number => {
            let mut out = vec![-7.0; length];
            bound.fill(start, &mut out).unwrap();
            out
        }
        Kind::Boolean => {
            let mut out = vec![false; length];
            bound.fill(start, &mut out).unwrap();
            out.into_iter().map(f64::from).collect()
        }
    }
}

/// Compares two backends over all elements.
fn assert_same(text: &str, got: &[f64], want: &[f64], who: &str) {
    assert_eq!(got.len(), want.len());
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!(same(*got, *want), "{text} by {who}, element {i}: {got:e}, not {want:e}");
    }
}

/// All backends except the first.
fn ways() -> Vec<(Backend, Isa)> {
    let backends = Backend::ALL.into_iter().filter(|backend| *backend != Backend::Walk);
    backends.flat_map(|backend| Isa::available().into_iter().map(move |isa| (backend, isa))).collect()
}

fn check(text: &str, n: usize) {
    let [a, b, c] = arrays(n as u64, n);
    let arrays: [(&str, &[f64]); 3] = [("a", &a), ("b", &b), ("c", &c)];
    let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let walk = expression.compile_for(Backend::Walk, Isa::detect().unwrap()).unwrap();
    let want = results(&walk, &arrays, 0, n);
    for (backend, isa) in ways() {
        let compiled = expression.compile_for(backend, isa).unwrap();
        assert_same(text, &results(&compiled, &arrays, 0, n), &want, &format!("{backend:?}, {isa:?}"));
    }
}

#[test]
fn every_operator_gives_the_same_bits() {
    let texts = "a + b; a - b; a * b; a / b; a ** b; a ** .5; 2 ** a; -a; abs(a); sqrt(a); min(a, b); \
        max(a, b); a < b; a <= b; a > b; a >= b; a == b; a != b; where(a < b, a, b); where(a == b, 1, c); \
        a ** 2; a ** -3; a ** 16; a ** 17; a ** 0; 1 / a; a / 8; a - 1; 1 - a; min(a, 0); max(-1, b); a; 3; \
        1 < 2; a < 0";
    for text in texts.split(';') {
        for n in [1, 2, 3, 9, 130, 1030] {
            check(text.trim(), n);
        }
    }
}

#[test]
fn the_arithmetic_of_the_suite_gives_the_same_bits() {
    for text in
        ["a*b - 4.125*a > 2.5*b", "((.25*a + .75)*a - 1.5)*a - 2", "a*b + c*a", "2*a + 3*b", "-a**2 - -b*-c"]
    {
        check(text, 2500);
    }
}

#[test]
fn random_arithmetic_gives_the_same_bits() {
    for case in 0..if cfg!(debug_assertions) { 60 } else { 300 } {
        let mut random = Random::new(case, false);
        let size = random.below(if case % 20 == 0 { 120 } else { 16 });
        let text = if case % 3 == 0 { random.boolean(size) } else { random.number(size) };
        check(&text, 133);
    }
}

#[test]
fn random_functions_give_the_same_bits_wherever_the_kernels_are_shared() {
    for case in 0..if cfg!(debug_assertions) { 60 } else { 300 } {
        let mut random = Random::new(1000 + case, true);
        let size = random.below(16);
        let text = if case % 3 == 0 { random.boolean(size) } else { random.number(size) };
        let expression = Expression::parse(&text).unwrap();
        let [a, b, c] = arrays(case, 133);
        let arrays: [(&str, &[f64]); 3] = [("a", &a), ("b", &b), ("c", &c)];
        for isa in Isa::available() {
            let [unfused, blocked, native] = [Backend::Unfused, Backend::Blocked, Backend::Native]
                .map(|backend| results(&expression.compile_for(backend, isa).unwrap(), &arrays, 0, 133));
            assert_same(&text, &blocked, &unfused, "blocked");
            assert_same(&text, &native, &unfused, "native");
        }
    }
}

#[test]
fn a_function_of_random_arithmetic_is_near_the_standard_library() {
    for case in 0..40 {
        let mut random = Random::new(2000 + case, false);
        let size = random.below(8);
        let inner = random.number(size);
        for function in ["sin", "cos", "log", "exp"] {
            let text = format!("{function}({inner})");
            let expression = Expression::parse(&text).unwrap();
            let [a, b, c] = arrays(case, 133);
            let arrays: [(&str, &[f64]); 3] = [("a", &a), ("b", &b), ("c", &c)];
            let isa = Isa::detect().unwrap();
            let [want, got] = [Backend::Walk, Backend::Native]
                .map(|backend| results(&expression.compile_for(backend, isa).unwrap(), &arrays, 0, 133));
            for (want, got) in want.iter().zip(got) {
                let ulp = want.abs().next_up() - want.abs();
                assert!(same(*want, got) || (want - got).abs() <= 2.0 * ulp, "{text}: {got:e}, not {want:e}");
            }
        }
    }
}

#[test]
fn a_long_expression_needs_few_registers_and_gives_the_same_bits() {
    let sum = (0..300).map(|i| format!("(a - {i}) * b")).collect::<Vec<_>>().join(" + ");
    check(&sum, 133);
    let nested = (0..60).fold("a".to_owned(), |text, i| format!("({text} * b - c / {})", i + 1));
    check(&nested, 133);
}

#[test]
fn expressions_of_many_loops_give_the_same_bits() {
    let sum = (0..500).map(|i| format!("a*{i}.5 - b/{}", i + 1)).collect::<Vec<_>>().join("+");
    let any = (0..600).map(|i| format!("(a < {i}.25 - b)")).collect::<Vec<_>>().join("|");
    let both = (0..300).map(|i| match i % 3 {
        0 => format!("~(a < {i} - b)"),
        1 => format!("(c + {i} > a) | (b != {i})"),
        _ => format!("(a != {i})"),
    });
    let both = both.collect::<Vec<_>>().join(" & ");
    let chosen = (0..200).map(|i| format!("where((a < {i}) | (b > {i}), a - {i}, sqrt(c) * {i})"));
    let chosen = chosen.collect::<Vec<_>>().join(" + ");
    for text in [sum, any, both, chosen] {
        for n in [7, 300] {
            check(&text, n);
        }
    }
}

#[test]
fn hundreds_of_arrays_are_read_by_many_loops() {
    let names: Vec<String> = (0..700).map(|i| format!("x{i}")).collect();
    let columns: Vec<Vec<f64>> =
        (0..700).map(|i| (0..133).map(|k| f64::from(i * k % 97) / 8.0).collect()).collect();
    let arrays: Vec<(&str, &[f64])> =
        names.iter().map(|name| &name[..]).zip(columns.iter().map(|c| &c[..])).collect();
    let expression = Expression::parse(&names.join(" + ")).unwrap();
    let want: Vec<f64> =
        (0..133).map(|k| columns.iter().map(|column| column[k]).reduce(|a, b| a + b).unwrap()).collect();
    for (backend, isa) in ways() {
        let compiled = expression.compile_for(backend, isa).unwrap();
        assert_same(
            "700 arrays",
            &results(&compiled, &arrays, 0, 133),
            &want,
            &format!("{backend:?}, {isa:?}"),
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_split_gives_the_same_bits(cuts in prop::collection::vec(0usize..2600, 0..6), way in 0usize..99) {
        let text = "where(sin(a) < b, exp(-b*b) / c, log(abs(a) + 1) ** c)";
        let [a, b, c] = arrays(5, 2600);
        let arrays: [(&str, &[f64]); 3] = [("a", &a), ("b", &b), ("c", &c)];
        let (backend, isa) = ways()[way % ways().len()];
        let compiled = Expression::parse(text).unwrap().compile_for(backend, isa).unwrap();
        let whole = results(&compiled, &arrays, 0, 2600);
        let mut cuts = cuts;
        cuts.extend([0, 2600]);
        cuts.sort_unstable();
        for cut in cuts.windows(2) {
            let part = results(&compiled, &arrays, cut[0], cut[1] - cut[0]);
            assert_same(text, &part, &whole[cut[0]..cut[1]], "a part");
        }
    }
}

/// Enough elements that an output leaves the caches: the stores bypass them.
#[test]
fn large_outputs_are_right_whole_and_in_parts() {
    let a: Vec<f64> = (0..(1 << 21) + 77).map(f64::from).collect();
    let right = |i: usize| 2.0 * (a[i] + 3.0).sqrt();
    for isa in Isa::available() {
        let compiled =
            Expression::parse("2 * sqrt(a + 3)").unwrap().compile_for(Backend::Native, isa).unwrap();
        for (start, length) in [(0, a.len()), (0, 0), (5, 1), (11, 3001), (a.len() - 1029, 1029)] {
            let got = results(&compiled, &[("a", &a)], start, length);
            assert!(
                got.iter().enumerate().all(|(i, got)| *got == right(start + i)),
                "{isa}: {length} from {start}"
            );
        }
        let double = Expression::parse("2 * a").unwrap().compile_for(Backend::Native, isa).unwrap();
        let got = results(&double, &[("a", &a)], 3, a.len() - 3);
        assert!(got.iter().zip(&a[3..]).all(|(got, a)| *got == 2.0 * a), "{isa}: one loop, no blocks");
    }
}

#[test]
fn one_compiled_expression_serves_many_threads() {
    let [a, b, c] = arrays(9, 20_000);
    let arrays: [(&str, &[f64]); 3] = [("a", &a), ("b", &b), ("c", &c)];
    for backend in Backend::ALL {
        let expression = Expression::parse("cos(a) * b + c").unwrap();
        let compiled = expression.compile_for(backend, Isa::detect().unwrap()).unwrap();
        let whole = results(&compiled, &arrays, 0, 20_000);
        let bound = compiled.bind_by_name(&arrays).unwrap();
        let mut out = vec![0.0; 20_000];
        std::thread::scope(|scope| {
            for (part, out) in out.chunks_mut(3000).enumerate() {
                let bound = &bound;
                scope.spawn(move || bound.fill(3000 * part, out).unwrap());
            }
        });
        assert_same("cos(a) * b + c", &out, &whole, &format!("{backend:?} on threads"));
    }
}
