//! Loom models of the wait queue and the sequence lock, in every order of the memory model; without fences both fail.
//!
//! Each protocol and its tests are compiled twice more with other primitives: as loom models, and as
//! their own negative controls. So a plain `cargo test` runs the model; a `--cfg loom` would build every
//! dependency again, and shut out all other tests.

#![expect(clippy::duplicate_mod, reason = "compiling a file against two sets of primitives is the point")]

#[path = "../src/shared/pairs"]
mod exact_pairs {
    mod protocol;

    mod primitive {
        pub(super) use crate::kernel::*;
        pub(super) use loom::sync::atomic::fence;

        pub(super) use crate::kernel::explore as model;
    }
}

#[path = "../src/shared/pairs"]
mod forgetful_pairs {
    mod protocol;

    mod primitive {
        pub(super) use crate::kernel::*;

        /// All orderings become the weakest one, `Relaxed`.
        #[expect(non_snake_case, reason = "it stands in for the enum of that name")]
        pub(super) mod Ordering {
            pub(crate) use loom::sync::atomic::Ordering::{Relaxed, Relaxed as Acquire, Relaxed as Release};
        }

        pub(super) fn fence(_forgotten: loom::sync::atomic::Ordering) {}

        pub(super) fn model(scenario: impl Fn() + Send + Sync + 'static) {
            crate::fails(scenario, "assertion");
        }
    }
}

#[path = "../src/shared/waiting"]
mod exact_waiting {
    mod protocol;

    mod primitive {
        pub(super) use crate::kernel::*;
        pub(super) use loom::sync::atomic::fence;

        pub(super) use crate::kernel::explore as model;
    }
}

#[path = "../src/shared/waiting"]
mod forgetful_waiting {
    mod protocol;

    mod primitive {
        pub(super) use crate::kernel::*;

        pub(super) fn fence(_forgotten: Ordering) {}

        pub(super) fn model(scenario: impl Fn() + Send + Sync + 'static) {
            crate::fails(scenario, "deadlock;");
        }
    }
}

/// The model must find the missing ordering, and report `finding`. It fails in a separate process: if loom finds a
/// deadlock, the values that the threads still hold cannot be dropped, and the process aborts.
fn fails(scenario: impl Fn() + Send + Sync + 'static, finding: &str) {
    if std::env::var_os(CHILD).is_some() {
        return kernel::explore(scenario);
    }
    let thread = std::thread::current();
    let test = thread.name().expect("the test harness names a thread after its test");
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args([test, "--exact", "--nocapture"]).env(CHILD, "1").env("RUST_BACKTRACE", "0");
    let output = again.output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(said.contains("running 1 test"), "the control did not run: {said}");
    assert!(
        said.contains(finding) && !output.status.success(),
        "the model does not find the missing ordering: {said}"
    );
}

const CHILD: &str = "PARALLAX_FORGETFUL_CHILD";

/// A kernel in which no sleeper wakes by itself, and no slice of sleep ends: a missed wake-up is a deadlock.
mod kernel {
    pub(crate) use loom::sync::Arc;
    pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};
    pub(crate) use loom::thread::spawn;

    use loom::sync::{Condvar, Mutex};
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    loom::lazy_static! {
        static ref BUCKET: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
    }

    pub(crate) fn futex_wait(word: &AtomicU32, seen: u32, _slice: Duration) {
        let held = BUCKET.0.lock().unwrap();
        if word.load(Ordering::Relaxed) == seen {
            drop(BUCKET.1.wait(held).unwrap());
        }
    }

    pub(crate) fn futex_wake(_word: &AtomicU32) {
        let _held = BUCKET.0.lock().unwrap();
        BUCKET.1.notify_all();
    }

    /// Runs the scenario in every order with at most three preemptions, or with `LOOM_MAX_PREEMPTIONS` of them.
    pub(crate) fn explore(scenario: impl Fn() + Send + Sync + 'static) {
        let orders = std::sync::Arc::new(AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&orders);
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound.get_or_insert(3);
        builder.check(move || {
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            scenario();
        });
        let orders = orders.load(std::sync::atomic::Ordering::Relaxed);
        assert!(orders > 50, "only {orders} orders were tried");
    }
}
