//! All great-circle distances between places: a map, in which an item is a pair of places.
//!
//! A matrix is a map as well: `len` is rows times columns, and a grain of one row makes every piece whole rows.

use own::{Place, distance, places};
use parallax::prelude::*;

struct Distances {
    places: Vec<Place>,
}

impl Map for Distances {
    type Item = f64;
    fn len(&self) -> usize {
        self.places.len().pow(2)
    }
    fn grain(&self) -> usize {
        self.places.len()
    }
    fn fill(&self, start: usize, out: &mut [f64]) {
        let n = self.places.len();
        for (km, at) in out.iter_mut().zip(start..) {
            *km = distance(&self.places[at / n], &self.places[at % n]);
        }
    }
}

fn main() -> ExitCode {
    let symmetric = |km: &[f64]| {
        let n = km.len().isqrt();
        (0..n).all(|a| km[a * n + a] == 0.0 && (0..a).all(|b| (km[a * n + b] - km[b * n + a]).abs() < 1e-9))
    };
    parallax::bench("distances", || Distances { places: places(500) }).near(1e-9).expect(symmetric).main()
}

/// The program as it was.
mod own {
    use parallax::pattern::random::at;

    /// In degrees.
    pub(super) struct Place {
        latitude: f64,
        longitude: f64,
    }

    pub(super) fn places(count: u64) -> Vec<Place> {
        let degrees = |i, range: u64| (at(1, i) % (100 * range)) as f64 / 100.0 - range as f64 / 2.0;
        (0..count)
            .map(|i| Place { latitude: degrees(2 * i, 180), longitude: degrees(2 * i + 1, 360) })
            .collect()
    }

    /// By the haversine formula, in kilometres.
    pub(super) fn distance(a: &Place, b: &Place) -> f64 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let across = a.latitude.to_radians().cos() * b.latitude.to_radians().cos();
        let h = half(a.latitude, b.latitude) + across * half(a.longitude, b.longitude);
        2.0 * 6371.0 * h.sqrt().min(1.0).asin()
    }
}
