//! Any expression: all backends return the same bits wherever they promise it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use parallax_jit::{Backend, Expression, Isa, Kind};

/// More than one vector of the widest kind, fewer than two, and every kind of number.
const NUMBERS: [f64; 11] =
    [1.5, -2.25, 0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, 1e300, -7.0, 0.125];

fuzz_target!(|text: &str| {
    // Long texts are for the other target: here each one is compiled.
    let Some(expression) = (text.len() < 400).then(|| Expression::parse(text).ok()).flatten() else { return };
    let arrays: Vec<(String, Vec<f64>)> = expression
        .variables()
        .enumerate()
        .map(|(i, name)| {
            let numbers = (0..NUMBERS.len()).map(|k| NUMBERS[(k * (i + 1) + i) % NUMBERS.len()]);
            (name.to_owned(), numbers.collect())
        })
        .collect();
    let walk = results(&expression, Backend::Walk, &arrays);
    let [unfused, blocked, native] =
        [Backend::Unfused, Backend::Blocked, Backend::Native].map(|way| results(&expression, way, &arrays));
    assert!(same(&unfused, &blocked) && same(&unfused, &native), "{unfused:?} {blocked:?} {native:?}");
    let exact = ["sin", "cos", "log", "exp"].iter().all(|name| !text.contains(name));
    assert!(!exact || same(&walk, &native), "{walk:?} {native:?}");
});

/// The results as numbers, where true is 1.
fn results(expression: &Expression, backend: Backend, arrays: &[(String, Vec<f64>)]) -> Vec<f64> {
    let arrays: Vec<(&str, &[f64])> = arrays.iter().map(|(name, array)| (&name[..], &array[..])).collect();
    let compiled = expression.compile_for(backend, Isa::detect().unwrap()).unwrap();
    let bound = compiled.bind_by_name(&arrays).unwrap();
    let (mut numbers, mut booleans) = ([0.0; NUMBERS.len()], [false; NUMBERS.len()]);
    match expression.kind() {
        Kind::Number => bound.fill(0, &mut numbers).unwrap(),
        Kind::Boolean => {
            bound.fill(0, &mut booleans).unwrap();
            numbers = booleans.map(f64::from);
        }
    }
    numbers.into()
}

fn same(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
}
