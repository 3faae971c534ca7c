//! The reference's independent algebra: full matrices instead of triangles, integers, and no Cholesky.

/// The sums of products of all pairs of columns, as a full square.
pub(super) fn products(rows: &[&[i64]], side: usize) -> Vec<i64> {
    let mut sums = vec![0; side * side];
    for row in rows {
        for (p, sum) in sums.iter_mut().enumerate() {
            *sum += row[p / side] * row[p % side];
        }
    }
    sums
}

/// The weights for a penalty by Gauss-Jordan elimination. The last column is the right-hand side.
pub(super) fn eliminate(mut sums: Vec<f64>, side: usize, lambda: f64) -> Vec<f64> {
    let d = side - 1;
    (0..d).for_each(|j| sums[j * side + j] += lambda);
    for pivot in 0..d {
        let row: Vec<f64> =
            sums[pivot * side..][..side].iter().map(|x| x / sums[pivot * side + pivot]).collect();
        for i in (0..d).filter(|&i| i != pivot) {
            let times = sums[i * side + pivot];
            sums[i * side..][..side].iter_mut().zip(&row).for_each(|(x, r)| *x -= times * r);
        }
        sums[pivot * side..][..side].copy_from_slice(&row);
    }
    (0..d).map(|j| sums[j * side + d]).collect()
}
