//! What can be sent: generic functions, structures, large values, and full pipes both ways.

use super::*;

fn sum<T: Add<Output = T>>((a, b): (T, T)) -> T {
    a + b
}

fn add_in<T>(pool: &Pool, a: T, b: T, expected: &T)
where
    T: Add<Output = T> + Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_eq!(&pool.apply(sum::<T>, (a, b)).unwrap(), expected);
}

pub(crate) fn functions_may_be_generic_or_closures_that_capture_nothing() {
    let pool = pool(1);
    add_in(&pool, 1u8, 2, &3);
    add_in(&pool, 1.5f64, 2.0, &3.5);
    assert_eq!(pool.apply(|x: u32| x + 1, 4).unwrap(), 5);
    assert_eq!(pool.map(u64::leading_zeros, [0, 1]).unwrap(), [64, 63]);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Named { name: String, corners: Vec<(f64, f64)> },
}

pub(crate) fn structures_enums_and_strings_cross() {
    let shapes = [
        Shape::Empty,
        Shape::Named { name: "ünït".into(), corners: vec![(0.5, -1.0), (f64::INFINITY, 0.0)] },
    ];
    let back = pool(1).map(|shape: Shape| Some(Ok::<_, String>(shape)), shapes.clone()).unwrap();
    assert_eq!(back, shapes.map(|shape| Some(Ok(shape))));
}

const LARGE: usize = 100 << 20;

fn pattern(length: usize) -> ByteBuf {
    ByteBuf::from((0..length).map(|at| (at % 251) as u8).collect::<Vec<u8>>())
}

fn invert(mut bytes: ByteBuf) -> ByteBuf {
    bytes.iter_mut().for_each(|byte| *byte = !*byte);
    bytes
}

pub(crate) fn a_hundred_mebibytes_come_back() {
    let pool = pool(1);
    assert!(pool.apply(pattern, LARGE).unwrap() == pattern(LARGE));
    assert_eq!(pool.apply(wrapping_square, 3).unwrap(), 9, "and the line is in order afterwards");
}

fn length(bytes: ByteBuf) -> usize {
    bytes.len()
}

pub(crate) fn large_values_cross_both_ways() {
    in_time(|| {
        let pool = pool(1);
        for length in [LARGE; 3].into_iter().chain([5 << 20; 100]) {
            assert_eq!(pool.apply(self::length, ByteBuf::from(vec![7; length])).unwrap(), length);
        }
        for length in [8 << 20, 50 << 20, 8 << 20] {
            assert_eq!(pool.apply(pattern, length).unwrap().len(), length);
        }
    });
}

pub(crate) fn full_pipes_in_both_directions_do_not_deadlock() {
    let pool = pool(2);
    let large: Vec<ByteBuf> = (0..6).map(|task| pattern((8 << 20) + task)).collect();
    let inverted = pool.chunked(1).map(invert, large.clone()).unwrap();
    assert!(inverted.into_iter().map(invert).eq(large));
}
