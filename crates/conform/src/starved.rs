//! Checks that a technique returns an error where the system starts no more threads: it neither panics nor waits.

use super::executing::{Thicket, Web};
use super::serving::{Letters, Naps};
use super::{Deadline, Shaped, Watch};
use parallax_pattern::Traffic;
use parallax_pattern::{Answer, Await, Distribute, Exchange, No};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::ops::Range;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

/// More workers than can start in [`in_few_threads`].
const MANY: usize = 200;

/// Does `work` in a process in which only some ten threads can be started, for any user: there is no address space for
/// more stacks. `test` is the name of the test that calls this; the process is started for that test alone.
///
/// # Panics
///
/// If the process fails.
pub fn in_few_threads(test: &str, work: impl FnOnce()) {
    const WITHIN: &str = "PARALLAX_FEW_THREADS";
    const STACK: u64 = 16 << 20;
    if env::var_os(WITHIN).is_some() {
        let _deadline = Deadline::of(test);
        let pages = fs::read_to_string("/proc/self/statm").expect("Linux says how large a process is");
        let pages: u64 =
            pages.split(' ').next().and_then(|pages| pages.parse().ok()).expect("a number of pages");
        let room = pages * rustix::param::page_size() as u64 + 10 * STACK + STACK / 2;
        let limit = Rlimit { current: Some(room), ..getrlimit(Resource::As) };
        setrlimit(Resource::As, limit).expect("a limit may be lowered");
        return work();
    }
    let mut child = Command::new(env::current_exe().expect("a test knows its program"));
    child.args([test, "--exact", "--nocapture"]).env(WITHIN, "1").env("RUST_MIN_STACK", STACK.to_string());
    let child = child.output().expect("a test may start itself");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
}

/// Checks that a technique with many workers refuses to start, or refuses each pattern; for [`in_few_threads`].
///
/// # Panics
///
/// With the pattern, if that does not hold.
pub fn executes_only_with_all_threads<T: Distribute>() {
    let name = T::CARD.name;
    let technique = match T::start(MANY) {
        Ok(technique) => technique,
        Err(no) => return assert!(refuses::<()>(&format!("the start of {name}"), Err(no))),
    };
    let check = |pattern: &str, run: &dyn Fn(&Arc<Shaped<Hold>>) -> Answer<()>| {
        let held = |millis: u64| {
            let case = Shaped { len: 5 * MANY, grain: 1, steps: 3, watch: Hold { millis } };
            refuses(&format!("{name}, {pattern}"), run(&Arc::new(case)))
        };
        assert!([100, 1000, 10_000].into_iter().any(held), "{name}, {pattern}: not refused");
    };
    let array = || vec![0; 5 * MANY];
    check("map", &|case| technique.map(case, &mut array()));
    check("reduce", &|case| technique.reduce(case).map(drop));
    check("sweep", &|case| technique.sweep(case, &mut vec![[0; 2]; 5 * MANY]));
    check("stencil", &|case| technique.stencil(case, [&mut array(), &mut array()]));
    check("nest", &|case| technique.nest(case, &mut array()));
    let pairs = || vec![[0; 2]; 5 * MANY];
    check("divide", &|case| technique.divide(case, &mut pairs(), &mut pairs()));
    // Tasks and nodes end so soon that few threads may suffice: it only matters that no thread panics or waits.
    let web = Arc::new(Web { width: 2 * MANY, depth: 3, ..Web::default() });
    refuses(name, technique.graph(&web, &mut vec![[0; 3]; 2 * MANY]));
    let thicket = Arc::new(Thicket { roots: 2 * MANY, seed: 1, deep: 10, fails_at: None });
    refuses(name, technique.search(&thicket).map(drop));
}

/// The same for a channel with many consumers; with many short-lived producers it may also do its work.
///
/// # Panics
///
/// If that does not hold.
pub fn exchanges_only_with_all_threads<T: Exchange<Letters>>(technique: &T) {
    let send = |producers, consumers| {
        let traffic = Traffic { producers, consumers, messages: 3, answered: false };
        let what = format!("{}, {traffic:?}", T::CARD.name);
        refuses(&what, technique.channel(&Arc::new(Letters::of(traffic))))
    };
    assert!(send(1, MANY) && send(MANY, MANY), "{}: not refused", T::CARD.name);
    send(MANY, 1);
}

/// The same for many waits at the same time, which may also be done, as each is short.
///
/// # Panics
///
/// If that does not hold.
pub fn waits_only_with_all_threads<T: Await<Naps>>(technique: &T) {
    refuses(T::CARD.name, technique.wait(&Arc::new(Naps::of(MANY, MANY)), &mut [0; MANY]));
}

/// Whether it is a refusal, whose message must name a remedy or say why the technique is unfit.
fn refuses<A>(what: &str, answer: Answer<A>) -> bool {
    match answer {
        Ok(_) => false,
        Err(No::Unfit(_)) => true,
        Err(no) => {
            let words = no.to_string();
            let helps = words.contains("--workers") && words.contains("ulimit -u");
            assert!(helps && matches!(no, No::Unavailable(_)), "{what}: {words}");
            true
        }
    }
}

/// Holds each thread at its first piece, so that none ends before the next is started.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Hold {
    millis: u64,
}

impl Watch for Hold {
    type AtWork<'a> = ();
    fn enter(&self, _: Range<usize>) {
        thread_local!(static HELD: Cell<bool> = const { Cell::new(false) });
        if !HELD.replace(true) {
            thread::sleep(Duration::from_millis(self.millis));
        }
    }
}
