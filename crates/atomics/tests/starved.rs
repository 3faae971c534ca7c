//! Every technique where the system starts no more threads; alone in its file, because its test restarts the process.

use parallax_atomics::{MpmcRing, PointToPoint, Rtrb, SelfScheduling, SpinBarrier, SpscRing};
use parallax_conform::{exchanges_only_with_all_threads, executes_only_with_all_threads, in_few_threads};

#[test]
fn what_cannot_be_started_is_refused_in_words() {
    in_few_threads("what_cannot_be_started_is_refused_in_words", || {
        executes_only_with_all_threads::<PointToPoint>();
        executes_only_with_all_threads::<SelfScheduling>();
        executes_only_with_all_threads::<SpinBarrier>();
        exchanges_only_with_all_threads(&MpmcRing);
        exchanges_only_with_all_threads(&Rtrb);
        exchanges_only_with_all_threads(&SpscRing);
    });
}
