//! What this family's worker measures: each technique on the suite's workloads.

use crate::*;
use parallax_suite::cell::{self, Cell};

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::share::<CompareExchange>(),
        cell::share::<FetchAdd>(),
        cell::share::<FetchAddPadded>(),
        cell::share::<FetchAddSeqCst>(),
        cell::share::<FlatCombining>(),
        cell::share::<McsLock>(),
        cell::exchange::<MpmcRing>(),
        cell::share::<Mutex>(),
        cell::share::<MutexSharded>(),
        cell::execute::<PointToPoint>(),
        cell::exchange::<Rtrb>(),
        cell::execute::<SelfScheduling>(),
        cell::execute::<SpinBarrier>(),
        cell::exchange::<SpscRing>(),
        cell::share::<ThreadLocal>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
