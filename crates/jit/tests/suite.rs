//! The six expressions of the suite: their sums, and their distance from the correctly rounded results.

mod common;

use common::exact::Exact;
use common::suite::{Case, cases};
use parallax_jit::{Backend, Expression, Isa};
use parallax_suite::Size;

/// The results as numbers, where true is 1.
fn results(case: &Case, backend: Backend, isa: Isa) -> Vec<f64> {
    let compiled = Expression::parse(&case.text).unwrap().compile_for(backend, isa).unwrap();
    if case.name == "E1" {
        let mut out = vec![false; case.length()];
        compiled.eval_by_name(&case.arrays(), &mut out).unwrap();
        return out.into_iter().map(f64::from).collect();
    }
    let mut out = vec![0.0; case.length()];
    compiled.eval_by_name(&case.arrays(), &mut out).unwrap();
    out
}

fn check(cases: &[Case], ways: &[(Backend, Isa)]) {
    for case in cases {
        for (backend, isa) in ways {
            let got = results(case, *backend, *isa);
            let who = format!("{} by {backend:?}, {isa:?}", case.name);
            if let Some(want) = case.sum {
                let sum: f64 = got.iter().sum();
                let near = if case.name == "E2" { 1e-12 } else { 1e-11 };
                assert!((sum - want).abs() <= near * want.abs(), "{who}: {sum}, not {want}");
            }
            if case.name == "E2" {
                assert_eq!(got.iter().copied().fold(0.0, f64::max), 1.0, "{who}");
            }
        }
    }
}

#[test]
fn sums_at_small_sizes() {
    let ways: Vec<_> = Backend::ALL
        .into_iter()
        .flat_map(|backend| Isa::available().into_iter().map(move |isa| (backend, isa)))
        .collect();
    check(&cases(Size::Tiny), &ways);
    check(
        &cases(Size::Small),
        &[(Backend::Native, Isa::detect().unwrap()), (Backend::Blocked, Isa::detect().unwrap())],
    );
}

/// Only in release builds: without optimisation the arrays of the middle size take some seconds to make.
#[test]
#[cfg_attr(debug_assertions, ignore = "needs --release")]
fn sums_at_middle_size() {
    let isa = Isa::detect().unwrap();
    check(&cases(Size::Medium), &[(Backend::Native, isa), (Backend::Blocked, isa)]);
}

/// In both, the condition number of the expression matters more than the quality of the functions: where the cosine is
/// near zero or the two terms of E6 cancel, rounding the inputs of the last operation moves the result by hundreds of
/// units. So E2 is compared with the cosine of the rounded sum, and E6 is measured in units of its larger term.
#[test]
fn e2_is_within_8_ulp_and_e6_within_4() {
    let mut exact = Exact::new();
    let cases = cases(Size::Tiny);
    let one = exact.number(1.0);
    for isa in Isa::available() {
        for backend in Backend::ALL {
            let (e2, e6) = (results(&cases[1], backend, isa), results(&cases[5], backend, isa));
            for (i, got) in e2.iter().enumerate() {
                let [x, y] = [0, 1].map(|q| cases[1].arrays[q].1[i]);
                let squares = exact.number(x * x + y * y);
                let cosine = exact.cos(&squares);
                let want = exact.div(&cosine, &exact.number(1.0 + x * x + y * y));
                assert!(exact.ulps(*got, &want) <= 8.0, "E2 by {backend:?}, {isa:?}: {got:e}");
            }
            for (i, got) in e6.iter().enumerate() {
                let [a, b, c] = [0, 1, 2].map(|q| cases[5].arrays[q].1[i]);
                let [wide_b, wide_c] =
                    [b, c].map(|x| exact.number(x)).map(|x| exact.add(&exact.mul(&x, &x), &one));
                let wide_a = exact.number(a);
                let (sine, log) = (exact.sin(&wide_a), exact.log(&wide_b));
                let want = exact.add(&sine, &exact.mul(&log, &exact.sqrt(&wide_c)));
                let larger = a.sin().abs().max((b * b + 1.0).ln() * (c * c + 1.0).sqrt());
                let ulps = exact.ulps_of(larger, *got, &want);
                assert!(ulps <= 4.0, "E6 by {backend:?}, {isa:?}: {got:e} is {ulps} ulp off");
            }
        }
    }
}
