//! The dense matrix product: bound by computation, if it is blocked for the caches.
//!
//! ```text
//! for i in range(n):
//!     for j in range(n):
//!         c[i, j] = sum(a[i, k] * b[k, j] for k in range(n))
//! ```
//!
//! Entries are integers from -8 to 8, so every order of summation gives the same bits, also in single precision: the
//! case `f32`, with the same matrices.

mod precision;

pub use precision::Precision;

use super::{Evenness, Facts, Mismatch, Params, Size, Workload, explain, known, root, sent_as_params};
use crate::bound::Bound;
use crate::buffer::Buffer;
use crate::spread::Spread;
use parallax_pattern::Map;
use parallax_pattern::random::{at, seed};

/// Two square matrices, row-major.
pub struct Matmul<T = f64> {
    params: Params,
    n: usize,
    a: Buffer<T>,
    b: Buffer<T>,
}

/// The same matrices in single precision.
pub type Matmul32 = Matmul<f32>;

/// The side of the matrices, from the units: a product has two operations for each of `n³` triples of indices.
fn side(params: Params) -> usize {
    params.units.map_or(params.size.of([32, 128, 512, 1000, 2000]), |flop| root(flop as f64 / 2.0, 3.0))
}

/// From this side on a product is too expensive for the reference: Freivalds' test decides.
const FREIVALDS: usize = 1001;

impl<T> Matmul<T> {
    /// The side of the matrices.
    pub fn n(&self) -> usize {
        self.n
    }
    /// The left factor, `n` by `n`, row-major.
    pub fn a(&self) -> &[T] {
        &self.a
    }
    /// The right factor, `n` by `n`, row-major.
    pub fn b(&self) -> &[T] {
        &self.b
    }
}

impl<T: Precision> Map for Matmul<T> {
    type Item = T;
    fn len(&self) -> usize {
        self.n * self.n
    }
    fn grain(&self) -> usize {
        self.n * (self.n / 64).max(1) // whole rows, 64 pieces
    }
    /// Row by row, adding multiples of rows of `b`: the loop order that walks memory forwards.
    fn fill(&self, start: usize, out: &mut [T]) {
        let n = self.n;
        let mut p = start;
        let mut rest = out;
        while !rest.is_empty() {
            let (i, j) = (p / n, p % n);
            let (row, after) = rest.split_at_mut((n - j).min(rest.len()));
            row.fill(T::default());
            for (k, &a) in self.a[i * n..(i + 1) * n].iter().enumerate() {
                let b = &self.b[k * n + j..k * n + j + row.len()];
                row.iter_mut().zip(b).for_each(|(c, &b)| *c += a * b);
            }
            p += row.len();
            rest = after;
        }
    }
}

/// Digests of the products, solved by the reference: the same in each precision.
const ANSWERS: &[(usize, Size, [u64; 4])] = &[
    (0, Size::Tiny, [0xe541ab08c4b99034, 0xb0ff94bcaf7561e4, 0x813011304d803780, 0x0281477a62bf034a]),
    (0, Size::Small, [0x375d12263483c2aa, 0x11342203de2eb5e5, 0x761c4f3a7416bddb, 0x2eab3b3063c50eba]),
    (0, Size::Headline, [0x96993d224e5128b8, 0x4047d82bcd293636, 0x0d292adeabb2677c, 0x21bed93b1a1fc535]),
    (0, Size::Medium, [0x6f6526974a1d8f6d, 0xc2e0b9e700d060b4, 0x0faafbbb7ca62c9b, 0x1bfa5cb002b04414]),
];

impl<T: Precision> Workload for Matmul<T> {
    const NAME: &'static str = "matmul";
    const NUMBER: u16 = 2;
    const SHOWS: &'static str = "compute ceiling, cache blocking";
    const PATTERN: &'static str = "map";
    const CASES: &'static [&'static str] = T::CASES;
    const HEADLINE: &'static [&'static str] =
        &["rayon", "portable", "gemm", "gemm+scoped", "ndarray-parallel", "c"];
    const SOURCE: &'static str = file!();
    const WORDS_DECIDE: bool = true;
    type Output = Buffer<T>;

    fn make(params: Params) -> Self {
        let (n, seed) = (side(params), seed(Self::NUMBER, params.variant));
        let hole = |p: usize| (n / 3..n / 2).contains(&(p / n)) && (n / 4..n / 2).contains(&(p % n));
        let entry = |p: usize, q: usize| match hole(p) {
            true => T::of(0), // a block of zeros catches kernels that skip or repeat a block
            false => T::of((at(seed, (2 * p + q) as u64) % 17) as i32 - 8),
        };
        let a = Buffer::from_fn(n * n, |p| entry(p, 0));
        let b = Buffer::from_fn(n * n, |p| entry(p, 1));
        Matmul { params, n, a, b }
    }
    fn params(&self) -> Params {
        self.params
    }
    fn footprint(params: Params) -> u64 {
        3 * size_of::<T>() as u64 * (side(params) as u64).pow(2)
    }
    fn units(params: Params) -> Option<u64> {
        Some(2 * (side(params) as u64).pow(3))
    }
    fn facts(&self) -> Facts {
        let n = self.n as f64;
        Facts {
            items: 2.0 * n * n * n,
            unit: "flop".into(),
            bytes: 3.0 * size_of::<T>() as f64 * n * n,
            flops: 2.0 * n * n * n,
            evenness: Evenness::Even,
            limits: vec![Bound::of(T::RATE, 2.0 * n * n * n)],
            spread: Some(Spread::map(self).into()),
        }
    }
    fn output(&self) -> Buffer<T> {
        Buffer::new(self.n * self.n)
    }
    /// In integers, by dot products.
    fn reference(&self, out: &mut Buffer<T>) {
        let (n, integer) = (self.n, |x: T| x.into() as i32);
        let rows: Vec<i32> = self.a.iter().map(|&x| integer(x)).collect();
        let columns: Vec<i32> = (0..n * n).map(|p| integer(self.b[p % n * n + p / n])).collect();
        for (p, c) in out.iter_mut().enumerate() {
            let (row, column) = (&rows[p / n * n..][..n], &columns[p % n * n..][..n]);
            *c = T::of(row.iter().zip(column).map(|(a, b)| a * b).sum());
        }
    }
    fn answer(&self) -> Option<u64> {
        known(ANSWERS, self.params)
    }
    /// Large products are checked only by Freivalds' test; the others by digest.
    fn expected(&self) -> u64 {
        self.answer().unwrap_or_else(|| match self.n {
            FREIVALDS.. => 0,
            _ => {
                let mut out = self.output();
                self.reference(&mut out);
                self.digest(&out)
            }
        })
    }
    fn check(&self, got: &Buffer<T>, expected: u64) -> Result<(), Mismatch> {
        match self.n {
            FREIVALDS.. => self.freivalds(got, 8),
            _ if self.digest(got) == expected => Ok(()),
            _ => Err(explain(self, got, expected)),
        }
    }
}

impl<T: Precision> Matmul<T> {
    /// Freivalds' test (1977): `A(Bx) == Cx` for vectors of small integers drawn from the output's
    /// own digest, so that no wrong product can be tailored to them. A wrong product passes a round
    /// with a probability of at most 1/16.
    fn freivalds(&self, c: &[T], rounds: u64) -> Result<(), Mismatch> {
        let n = self.n;
        let times = |m: &[T], x: &[f64]| -> Vec<f64> {
            m.chunks_exact(n).map(|row| row.iter().zip(x).map(|(&m, x)| m.into() * x).sum()).collect()
        };
        let key =
            c.iter().fold(seed(Self::NUMBER, 0), |key, x| parallax_pattern::random::mix(key ^ x.word()));
        for round in 0..rounds {
            let x: Vec<f64> =
                (0..n).map(|i| (at(key, round * n as u64 + i as u64) % 16) as f64 - 8.0).collect();
            let (right, got) = (times(&self.a, &times(&self.b, &x)), times(c, &x));
            if let Some(row) = (0..n).find(|&i| right[i] != got[i]) {
                return Err(Mismatch(format!("row {row} of the product is wrong (Freivalds' test)")));
            }
        }
        Ok(())
    }
}

sent_as_params!(Matmul<T>, T: Precision);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{Output, digest};

    #[test]
    fn the_digests_are_the_published_ones() {
        fn holds<T: Precision>() {
            for (size, answer) in [(Size::Tiny, 0xe541ab08c4b99034), (Size::Small, 0x375d12263483c2aa)] {
                let work = Matmul::<T>::make(Params::of(size));
                let mut out = work.output();
                work.reference(&mut out);
                assert_eq!(digest(&out), answer, "{size}");
                out.fill(T::default());
                work.fill(0, &mut out);
                assert_eq!(digest(&out), answer, "{size}");
            }
        }
        holds::<f64>();
        holds::<f32>();
    }

    #[test]
    fn the_matrices_are_the_same_in_each_precision() {
        let (double, single) =
            (<Matmul>::make(Params::of(Size::Tiny)), Matmul32::make(Params::of(Size::Tiny)));
        assert!(double.a().iter().zip(single.a()).all(|(&double, &single)| double == f64::from(single)));
        assert!(double.b().iter().zip(single.b()).all(|(&double, &single)| double == f64::from(single)));
        assert_eq!(Matmul32::footprint(single.params()), <Matmul>::footprint(double.params()) / 2);
    }

    #[test]
    fn a_transposed_factor_is_rejected() {
        let mut work = <Matmul>::make(Params::of(Size::Tiny));
        let expected = work.expected();
        let n = work.n;
        work.b = Buffer::from_fn(n * n, |p| work.b[p % n * n + p / n]);
        let mut out = work.output();
        work.fill(0, &mut out);
        assert!(work.check(&out, expected).is_err());
    }

    #[test]
    fn freivalds_accepts_the_product_and_rejects_one_wrong_entry() {
        let work = <Matmul>::make(Params { variant: 1, ..Params::of(Size::Tiny) });
        let mut out = work.output();
        work.reference(&mut out);
        assert_eq!(work.freivalds(&out, 8), Ok(()));
        for i in 0..out.len() {
            out[i] += 1.0;
            assert!(work.freivalds(&out, 8).is_err(), "entry {i}");
            out[i] -= 1.0;
        }
        out.spoil();
        assert!(work.freivalds(&out, 8).is_err(), "NaN everywhere");
    }
}
