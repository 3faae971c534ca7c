//! Settings for the libraries in a worker's process: how many threads they may start, and how these wait.

/// Variables by which libraries decide how many threads to start.
const THREAD_LIMITS: [&str; 8] = [
    "BLIS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "RAYON_NUM_THREADS",
];

/// Threads that spin after their work, in case there is more, look like work that leaks out of the clock.
const SLEEP_SOON: [(&str, &str); 2] = [("OMP_WAIT_POLICY", "passive"), ("OPENBLAS_THREAD_TIMEOUT", "4")];

/// How often the waiting threads of GCC's OpenMP spin before they sleep, all of them together. A spin takes 15 to 40
/// ns, so threads with equal shares do not sleep at each barrier. After about a thousand spins of one thread the host
/// of a virtual machine may step in: then a spin takes 600 ns, and the remaining ones look like work that leaks out of
/// the clock. The Python peers set the same.
const OPENMP_LOOKS: usize = 1_000;

/// The variables and their values for a number of workers.
pub(super) fn settings(workers: usize) -> impl Iterator<Item = (&'static str, String)> {
    let limits = THREAD_LIMITS.map(|name| (name, workers.to_string()));
    let soon = SLEEP_SOON.map(|(name, value)| (name, value.to_owned()));
    let looks = OPENMP_LOOKS / workers.max(1);
    limits.into_iter().chain(soon).chain([("GOMP_SPINCOUNT", looks.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_wait_share_the_time_that_they_may_spin() {
        for (workers, looks) in [(1, "1000"), (2, "500"), (64, "15")] {
            let set: Vec<_> = settings(workers).filter(|(name, _)| *name == "GOMP_SPINCOUNT").collect();
            assert_eq!(set, [("GOMP_SPINCOUNT", looks.to_owned())]);
        }
    }
}
