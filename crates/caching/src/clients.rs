//! Several clients of one cache: each asks for its part of the requests, and their misses are counted exactly.

use parallax_suite::pattern::Recall;
use parallax_suite::question::{Policy, Recalled};
use std::thread;

/// Computes the value of a key that is not known yet.
pub(crate) type Compute<'a> = &'a mut dyn FnMut(u64) -> u64;

/// Lets `clients` ask `get` for all requests: client `k` for `k`, `k + clients`, and so on, so that all of
/// them move through the stream together. A request that ran its [`Compute`] is a miss, any other a hit.
pub(crate) fn ask<R: Recall>(
    work: &R,
    clients: usize,
    policy: Policy,
    get: impl Fn(u64, Compute) -> u64 + Sync,
) -> Recalled {
    let ask = |first: usize| {
        let (mut sum, mut misses) = (0u64, 0);
        for key in (first..work.len()).step_by(clients).map(|i| work.key(i)) {
            sum = sum.wrapping_add(get(key, &mut |key| {
                misses += 1;
                work.compute(key)
            }));
        }
        (sum, misses)
    };
    let (sum, misses) = match clients {
        1 => ask(0),
        _ => thread::scope(|scope| {
            let ask = &ask;
            let threads: Vec<_> = (0..clients).map(|client| scope.spawn(move || ask(client))).collect();
            let parts = threads.into_iter().map(|thread| thread.join().expect("a client's panic is ours"));
            parts.fold((0u64, 0), |all, part| (all.0.wrapping_add(part.0), all.1 + part.1))
        }),
    };
    Recalled { sum, hits: work.len() as u64 - misses, policy }
}
