//! The cells that this family's worker measures: each technique on the suite's workloads.

use crate::*;
use parallax_pattern::Question;
use parallax_suite::cell::{self, Cell};

/// The cells of this family, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::guard::<ArcSwap>(),
        cell::share::<CompareExchange>(),
        cell::guard::<CopyOnWrite>(),
        cell::guard::<DashMap>(),
        cell::cells(Question::Share, DashMap::wordcount),
        cell::share::<FetchAdd>(),
        cell::share::<FetchAddPadded>(),
        cell::share::<FetchAddSeqCst>(),
        cell::share::<FlatCombining>(),
        cell::guard::<LeftRight>(),
        cell::exchange::<MpmcRing>(),
        cell::guard::<Mutex>(),
        cell::share::<Mutex>(),
        cell::cells(Question::Share, Mutex::wordcount),
        cell::share::<MutexSharded>(),
        cell::cells(Question::Share, MutexSharded::wordcount),
        cell::guard::<OwnerThread>(),
        cell::guard::<PapayaMap>(),
        cell::cells(Question::Share, PapayaMap::wordcount),
        cell::guard::<ParkingLot>(),
        cell::execute::<PointToPoint>(),
        cell::exchange::<Rtrb>(),
        cell::guard::<RwLock>(),
        cell::guard::<RwLockSharded>(),
        cell::guard::<Scc>(),
        cell::cells(Question::Share, Scc::wordcount),
        cell::execute::<SelfScheduling>(),
        cell::guard::<SeqLock>(),
        cell::execute::<SpinBarrier>(),
        cell::exchange::<SpscRing>(),
        cell::share::<ThreadLocal>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
