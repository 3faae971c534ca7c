//! The probe: a fixed piece of work that shows how the machine itself drifts between blocks.
//!
//! It runs before and after each block, about 20 ms; a machine that slows down shows it here first.

use crate::clock::time;
use crate::protocol::Probed;
use parallax_pattern::random::spin;
use parallax_suite::Buffer;
use std::hint::black_box;

/// Runs the probe: the best of three for compute and for memory.
pub fn probe() -> Probed {
    let compute_ns = best(|| {
        black_box(spin(black_box(1), 1_000_000));
    });
    let source = Buffer::from_fn(2 << 20, |i| i as f64); // 16 MiB
    let mut target = Buffer::<f64>::new(source.len());
    let memory_ns = best(|| {
        target.iter_mut().zip(source.iter()).for_each(|(t, s)| *t += s);
        black_box(&mut target);
    });
    Probed { compute_ns, memory_ns }
}

fn best(mut work: impl FnMut()) -> u64 {
    (0..3).map(|_| time(&mut work).1).min().unwrap_or(0)
}
