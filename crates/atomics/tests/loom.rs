//! The same files with other primitives: loom's run every order, and ones without orderings must fail each model.
//!
//! A structure takes atomics, cells and threads from `super::primitive`, which in the crate is `std`. Here each file is
//! compiled twice more with its tests: as loom models, and as their own negative controls. So a plain `cargo test` runs
//! the models; `--cfg loom` would rebuild every dependency, and exclude all other tests.

#![expect(dead_code, reason = "the tests of a file do not use everything that it offers")]
#![expect(clippy::duplicate_mod, reason = "compiling a file against two sets of primitives is the point")]
#![expect(unreachable_pub, reason = "what is public in the crate is private to its tests")]

#[path = "../src/blocks"]
mod exact {
    mod backoff;
    mod barrier;
    mod capacity;
    mod channel;
    mod countdown;
    mod counter;
    mod event;
    mod flat_combining;
    mod lock;
    mod mcs_lock;
    mod mpmc;
    mod once_slot;
    mod seq_lock;
    mod spin_lock;
    mod spsc;
    mod ticket_lock;

    mod primitive {
        pub(super) use crate::models::*;
        pub(super) use loom::sync::atomic::{Ordering, fence};

        pub(super) use crate::models::explore as model;
    }
}

#[path = "../src/blocks"]
mod forgetful {
    mod backoff;
    mod barrier;
    mod capacity;
    mod channel;
    mod countdown;
    mod counter;
    mod event;
    mod flat_combining;
    mod lock;
    mod mcs_lock;
    mod mpmc;
    mod once_slot;
    mod seq_lock;
    mod spin_lock;
    mod spsc;
    mod ticket_lock;

    mod primitive {
        pub(super) use crate::models::*;

        /// All orderings are the weakest one: atomic, and nothing more.
        #[expect(non_snake_case, reason = "it replaces the enum of that name")]
        pub(super) mod Ordering {
            pub(crate) use loom::sync::atomic::Ordering::{
                Relaxed, Relaxed as AcqRel, Relaxed as Acquire, Relaxed as Release, Relaxed as SeqCst,
            };
        }

        pub(super) fn fence(_forgotten: loom::sync::atomic::Ordering) {}

        /// A scenario that depends on its orderings must fail here. It fails in a separate process: where loom finds a
        /// deadlock, the data that threads still hold cannot be dropped, and the process aborts.
        pub(super) fn model(scenario: impl Fn() + Send + Sync + 'static) {
            if std::env::var_os(CHILD).is_some() {
                return explore(scenario);
            }
            let thread = std::thread::current();
            let test = thread.name().expect("the test harness names a thread after its test");
            let mut again = std::process::Command::new(std::env::current_exe().unwrap());
            again.args([test, "--exact", "--nocapture"]).env(CHILD, "1").env("RUST_BACKTRACE", "0");
            let output = again.output().unwrap();
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(said.contains("running 1 test"), "the control did not run: {said}");
            let findings = ["Causality violation", "deadlock;", "assertion"];
            let found = findings.iter().any(|finding| said.contains(finding));
            assert!(
                found && !output.status.success(),
                "the model cannot tell right orderings from none: {said}"
            );
        }

        const CHILD: &str = "PARALLAX_FORGETFUL_CHILD";
    }
}

mod models {
    pub(crate) use crossbeam::utils::CachePadded;
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
    pub(crate) use loom::sync::{Arc, Condvar, Mutex};
    pub(crate) use loom::thread::spawn;
    use std::cell::Cell;

    pub(crate) const SPIN_DOUBLINGS: u32 = 1;

    /// Runs the scenario in every order with at most two preemptions, or `LOOM_MAX_PREEMPTIONS` of them.
    pub(crate) fn explore(scenario: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound.get_or_insert(2);
        builder.max_branches = 10_000;
        builder.check(move || {
            WAITS.set(0);
            scenario();
        });
    }

    pub(crate) use explore as atomicity;

    /// Two threads that wait for a third can take turns forever, and loom would try each number of turns. So after a
    /// few waits the rest of a run follows one fair order.
    pub(crate) fn yield_now() {
        WAITS.set(WAITS.get() + 1);
        if WAITS.get() > EXPLORED_WAITS {
            loom::skip_branch();
        }
        loom::thread::yield_now();
    }

    pub(crate) use yield_now as spin_loop;

    const EXPLORED_WAITS: u32 = 8;

    std::thread_local! {
        /// Waits so far in this run: all of a model's threads run on one thread of the machine.
        static WAITS: Cell<u32> = const { Cell::new(0) };
    }
}

#[test]
fn every_file_is_modelled_and_has_its_control() {
    let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/blocks")).unwrap();
    let names = sources.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    for name in names.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()) {
        let uses = include_str!("loom.rs").matches(&format!("    mod {name};\n")).count();
        let here = name == "primitive";
        assert!(here || uses == 2, "list `mod {name};` in both `exact` and `forgetful`");
    }
}
