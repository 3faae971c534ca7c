//! The parts that the simulations share.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

pub(crate) mod journal;
pub(crate) mod machine;
pub(crate) mod run;
pub(crate) mod world;

/// Four tests that can run in parallel, each of which checks the intervals on one machine.
#[allow(unused_macros, reason = "each test uses its part")]
macro_rules! on_every_machine {
    ($check:path) => {
        #[test]
        fn intervals_cover_the_truth_on_a_quiet_machine() {
            $check(crate::common::machine::QUIET);
        }

        #[test]
        fn intervals_cover_the_truth_on_the_usual_machine() {
            $check(crate::common::machine::USUAL);
        }

        #[test]
        fn intervals_cover_the_truth_on_a_loud_machine() {
            $check(crate::common::machine::LOUD);
        }

        #[test]
        fn intervals_cover_the_truth_on_a_crowded_machine() {
            $check(crate::common::machine::CROWDED);
        }
    };
}
