//! Every kernel at every workload it has, whole and in ragged pieces.

use parallax_simd::{Avx2, Avx512, PortableTypes};
use parallax_suite::conform;

#[test]
fn avx512_is_right() {
    eprintln!("{:?}", conform::kernels::<Avx512>());
}
#[test]
fn avx2_is_right() {
    eprintln!("{:?}", conform::kernels::<Avx2>());
}
#[test]
fn portable_is_right() {
    eprintln!("{:?}", conform::kernels::<PortableTypes>());
}
