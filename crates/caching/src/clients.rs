//! Several clients of one cache: each sends its part of the requests, and their misses are counted exactly.

use parallax_pattern::within::Within;
use parallax_pattern::{Answer, No, Policy, Recall, Recalled};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Computes the value of a key that is not cached yet.
pub(crate) type Compute<'a> = &'a mut dyn FnMut(u64) -> u64;

/// Sends all requests to `get` from `clients` clients: client `k` sends `k`, `k + clients`, and so on, so that
/// all of them move through the stream together. A request that ran its [`Compute`] is a miss, any other a hit.
pub(crate) fn ask<R: Recall>(
    work: &R,
    clients: usize,
    policy: Policy,
    get: impl Fn(u64, Compute) -> u64 + Sync,
) -> Answer<Recalled> {
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
        _ => {
            let parts = at_once(clients, ask)?.into_iter();
            parts.fold((0u64, 0), |all, part| (all.0.wrapping_add(part.0), all.1 + part.1))
        }
    };
    Ok(Recalled { sum, hits: work.len() as u64 - misses, policy })
}

/// The results of all clients, each of which runs on a thread of its own.
fn at_once<T: Send>(clients: usize, ask: impl Fn(usize) -> T + Sync) -> Answer<Vec<T>> {
    let (ask, within) = (&ask, Within::here());
    thread::scope(|scope| {
        let mut threads = Vec::new();
        for client in 0..clients {
            let within = within.clone();
            let asking = thread::Builder::new().spawn_scoped(scope, move || within.run(|| ask(client)));
            threads.push(asking.map_err(|error| {
                No::Unavailable(format!(
                    "only {client} of {clients} threads could be started ({error}): fewer --workers, or raise \
                     ulimit -u"
                ))
            })?);
        }
        Ok(threads.into_iter().map(|thread| thread.join().expect("a client's panic is ours")).collect())
    })
}

/// Runs requests to a function with an attribute. Its cache is static, so one run uses it at a time and the
/// others wait. A nested run is refused, because it would wait for itself.
pub(crate) fn alone(one: &'static Mutex<()>, run: impl FnOnce() -> Answer<Recalled>) -> Answer<Recalled> {
    let Some(within) = Within::enter(one) else {
        return Err(No::failed(
            "`compute` calls the cache that is computing, and all runs share the one cache of a function with an \
             attribute; use a cache that each run owns, such as `Sharded`",
        ));
    };
    let _alone = one.lock().unwrap_or_else(PoisonError::into_inner);
    within.run(run)
}
