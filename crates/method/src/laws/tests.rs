//! Fits recover the law that points obey, and show where points obey none.

use super::*;

const WORKERS: [usize; 5] = [1, 2, 4, 8, 16];

fn exact(one: f64, serial: f64, crosstalk: f64) -> Vec<(usize, Estimate)> {
    let curve = Curve { one, serial, crosstalk };
    WORKERS.map(|n| (n, Estimate::with(8, curve.speedup(n).ln(), 0.001, 7.0))).to_vec()
}

#[test]
fn exact_points_give_the_law_back() {
    for (serial, crosstalk) in [(0.0, 0.0), (0.05, 0.0), (0.3, 0.002), (0.0, 0.01), (1.0, 0.0)] {
        let fit = Law::Gunther.fit(&exact(1.2, serial, crosstalk), &[]).unwrap();
        assert!((fit.serial.value - serial).abs() < 1e-6, "{fit:?}");
        assert!((fit.crosstalk.value - crosstalk).abs() < 1e-6 && fit.residual < 1e-6, "{fit:?}");
        assert!((fit.one - 1.0 / 1.2).abs() < 1e-6);
    }
    let fit = Law::Amdahl.fit(&exact(0.9, 0.2, 0.0), &[64]).unwrap();
    assert!((fit.serial.value - 0.2).abs() < 1e-6 && fit.crosstalk.value == 0.0);
    assert_eq!(fit.best_workers(), None);
}

#[test]
fn a_law_that_does_not_hold_has_a_residual_and_a_wide_band() {
    let points = exact(1.0, 0.05, 0.02);
    let (amdahl, gunther) =
        (Law::Amdahl.fit(&points, &[64]).unwrap(), Law::Gunther.fit(&points, &[64]).unwrap());
    assert!(amdahl.residual > 0.05 && gunther.residual < 1e-6);
    let width = |fit: &Fit| fit.predicted[0].1.high / fit.predicted[0].1.low;
    assert!(width(&amdahl) > 1.3 && width(&gunther) < 1.1, "{amdahl:?} {gunther:?}");
    let best = gunther.best_workers().unwrap();
    assert!((best - (0.95_f64 / 0.02).sqrt()).abs() < 1e-3, "{best}");
}

#[test]
fn what_any_law_would_fit_is_refused() {
    let points = exact(1.0, 0.05, 0.0);
    assert_eq!(Law::Amdahl.fit(&points[..2], &[]), Err(TooFew { needed: 3 }));
    assert_eq!(Law::Gunther.fit(&points[..3], &[]), Err(TooFew { needed: 4 }));
    let same = [points[1]; 8];
    assert_eq!(Law::Amdahl.fit(&same, &[]), Err(TooFew { needed: 3 }));
    let unknown = points.iter().map(|(n, e)| (*n, Estimate { half_width: None, ..*e }));
    assert_eq!(Law::Amdahl.fit(&unknown.collect::<Vec<_>>(), &[]), Err(TooFew { needed: 3 }));
}

#[test]
fn no_share_is_below_zero_and_none_above_all() {
    // faster than by as many workers, as where caches add up
    let superlinear = WORKERS.map(|n| (n, Estimate::with(8, 1.1 * (n as f64).ln(), 0.01, 7.0)));
    let fit = Law::Gunther.fit(&superlinear, &[]).unwrap();
    assert_eq!((fit.serial.value, fit.crosstalk.value), (0.0, 0.0));
    let slower = WORKERS.map(|n| (n, Estimate::with(8, -0.5 * (n as f64).ln(), 0.01, 7.0)));
    let fit = Law::Amdahl.fit(&slower, &[1024]).unwrap();
    assert!(fit.serial.value == 1.0 && fit.predicted[0].1.value < 2.0, "{fit:?}");
}

#[test]
fn the_same_points_give_the_same_band() {
    let points = exact(1.0, 0.05, 0.001);
    assert_eq!(Law::Gunther.fit(&points, &[1024]), Law::Gunther.fit(&points, &[1024]));
}
