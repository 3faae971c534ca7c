//! Every technique where the system starts no more threads; alone in its file, because its test restarts its own
//! process.

use parallax_conform::{
    exchanges_only_with_all_threads, executes_only_with_all_threads, in_few_threads,
    waits_only_with_all_threads,
};
use parallax_threading::{
    Chili, Crossbeam, CrossbeamChannel, CrossbeamQueue, Flume, Pinned, Rayon, RayonBridge, RayonJoin,
    RayonMinLen, Scoped, ScopedDynamic, StdChannel, ThreadPool, UNBOUNDED,
};

#[test]
fn what_cannot_be_started_is_refused_in_words() {
    in_few_threads("what_cannot_be_started_is_refused_in_words", || {
        executes_only_with_all_threads::<Chili>();
        executes_only_with_all_threads::<Crossbeam>();
        executes_only_with_all_threads::<CrossbeamChannel>();
        executes_only_with_all_threads::<Pinned>();
        executes_only_with_all_threads::<Rayon>();
        executes_only_with_all_threads::<RayonBridge>();
        executes_only_with_all_threads::<RayonJoin>();
        executes_only_with_all_threads::<RayonMinLen>();
        executes_only_with_all_threads::<Scoped>();
        executes_only_with_all_threads::<ScopedDynamic>();
        exchanges_only_with_all_threads(&CrossbeamQueue::<UNBOUNDED>);
        exchanges_only_with_all_threads(&CrossbeamQueue::<0>);
        exchanges_only_with_all_threads(&Flume::<1024>);
        exchanges_only_with_all_threads(&StdChannel::<1>);
        waits_only_with_all_threads(&ThreadPool);
    });
}
