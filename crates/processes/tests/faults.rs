//! Whatever goes wrong in a worker, in the parent, or between them: it is reported, and nothing is left
//! behind.

#![expect(unsafe_code, reason = "a faulty task writes to a descriptor that it does not own")]

mod common;

use std::collections::BTreeSet;
use std::os::fd::BorrowedFd;
use std::process::{self, exit};
use std::time::Duration;
use std::{env, fs, thread};

use common::{
    eventually, hang, kill, kill_group, kill_myself, pool, printed_pids, runs, say, scenario,
    zombie_children_of,
};
use parallax_processes::{Death, Error, Panic, Pool};
use rustix::process::Signal;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

fn main() {
    // Programs that get it wrong.
    let name = common::scenario_name();
    let is_worker = env::args().next().unwrap().starts_with("parallax-worker of ");
    match name.as_deref() {
        Some("never-init") => return never_init(),
        Some("init-only-in-the-parent") if is_worker => return,
        Some("build-before-init") => drop(Pool::builder().workers(1).build()),
        _ => {}
    }
    parallax_processes::init();
    if let Some(name) = name {
        return play(&name);
    }
    common::run(vec![
        ("a_killed_worker_is_a_lost_task_and_a_new_worker", a_killed_worker_is_a_lost_task_and_a_new_worker),
        ("a_worker_killed_from_outside_is_noticed", a_worker_killed_from_outside_is_noticed),
        ("exits_and_aborts_are_told_apart", exits_and_aborts_are_told_apart),
        ("the_culprit_in_a_chunk_is_named", the_culprit_in_a_chunk_is_named),
        ("unordered_reports_each_task_once_among_deaths", unordered_reports_each_task_once_among_deaths),
        ("a_worker_killed_while_idle_costs_no_task", a_worker_killed_while_idle_costs_no_task),
        ("a_panic_crosses_and_the_worker_survives", a_panic_crosses_and_the_worker_survives),
        ("a_hanging_worker_is_ended_and_replaced", a_hanging_worker_is_ended_and_replaced),
        ("garbage_on_the_line_is_noticed", garbage_on_the_line_is_noticed),
        ("a_closed_line_is_a_death", a_closed_line_is_a_death),
        ("what_cannot_be_serialised_is_an_error", what_cannot_be_serialised_is_an_error),
        ("panics_in_the_parent_bring_workers_back", panics_in_the_parent_bring_workers_back),
        ("a_failing_initializer_fails_the_build", a_failing_initializer_fails_the_build),
        ("a_worker_that_never_gets_ready_fails_the_build", a_worker_that_never_gets_ready_fails_the_build),
        ("workers_cannot_have_workers", workers_cannot_have_workers),
        ("a_program_without_init_starts_nothing", a_program_without_init_starts_nothing),
        ("a_worker_without_init_is_reported", a_worker_without_init_is_reported),
        ("no_orphans_after_any_end_of_the_parent", no_orphans_after_any_end_of_the_parent),
        ("ctrl_c_ends_everybody", ctrl_c_ends_everybody),
        ("no_zombies_are_left", no_zombies_are_left),
        ("broadcast_does_not_wait_for_those_who_wait_for_the_dead", broadcast_does_not_wait_for_ever),
    ]);
}

fn double(x: u32) -> u32 {
    2 * x
}

fn deadly_13(x: u32) -> u32 {
    if x == 13 { kill_myself() } else { double(x) }
}

fn assert_whole(pool: &Pool) {
    assert_eq!(pool.map(double, 0..100).unwrap(), (0..100).map(double).collect::<Vec<_>>());
    let ids = pool.worker_ids();
    assert!(ids.len() == pool.workers() && ids.iter().all(|pid| runs(*pid)), "{ids:?}");
}

fn a_killed_worker_is_a_lost_task_and_a_new_worker() {
    let pool = pool(2);
    let before = pool.worker_ids();
    let Err(Error::Lost { task, running, pid, death }) = pool.chunked(1).map(deadly_13, 0..40) else {
        panic!("the loss was not reported")
    };
    assert_eq!((task, running, death), (13, 13, Death::Killed(9)));
    assert!(before.contains(&pid) && !pool.worker_ids().contains(&pid) && !runs(pid));
    assert_whole(&pool);
    assert!(matches!(pool.apply(deadly_13, 13), Err(Error::Lost { task: 0, .. })));
    let lost = pool.apply_async(deadly_13, 13).unwrap().join();
    assert!(matches!(lost, Err(Error::Lost { task: 0, .. })));
    assert_whole(&pool);
}

fn a_worker_killed_from_outside_is_noticed() {
    let pool = pool(2);
    let victim = pool.worker_ids()[0];
    let result = thread::scope(|scope| {
        let map = scope.spawn(|| pool.chunked(1).map(hang, [(), ()]));
        // Killing the second as well ends the map, which waits for what is under way.
        thread::sleep(Duration::from_millis(50));
        pool.worker_ids().iter().for_each(|pid| kill(*pid, Signal::KILL));
        map.join().unwrap()
    });
    assert!(matches!(result, Err(Error::Lost { death: Death::Killed(9), .. })));
    assert!(!pool.worker_ids().contains(&victim));
    assert_whole(&pool);
}

fn exits_and_aborts_are_told_apart() {
    let pool = pool(1);
    let death = |end: fn(()) -> ()| match pool.apply(end, ()) {
        Err(Error::Lost { death, .. }) => death,
        other => panic!("{other:?}"),
    };
    assert_eq!(death(|()| exit(3)), Death::Exited(3));
    assert_eq!(death(|()| exit(0)), Death::Exited(0));
    assert_eq!(death(|()| process::abort()), Death::Killed(6));
    assert_whole(&pool);
}

fn the_culprit_in_a_chunk_is_named() {
    let pool = pool(1);
    let lost = pool.chunked(20).map(deadly_13, 0..40);
    assert!(matches!(lost, Err(Error::Lost { task: 13, running: 13, .. })), "{lost:?}");
    let items: Vec<_> = pool.chunked(20).map_unordered(deadly_13, 0..40).unwrap().collect();
    let lost: Vec<_> = items.iter().filter(|(_, result)| result.is_err()).collect();
    assert_eq!(lost.len(), 20, "the whole chunk");
    assert!(
        lost.iter()
            .all(|(task, lost)| matches!(lost, Err(Error::Lost { task: t, running: 13, .. }) if t == task))
    );
    assert_whole(&pool);
}

fn unordered_reports_each_task_once_among_deaths() {
    let pool = pool(2);
    let mut seen = BTreeSet::new();
    for (task, result) in
        pool.map_unordered(|x: u32| if x % 7 == 3 { kill_myself() } else { x }, 0..30).unwrap()
    {
        assert!(seen.insert(task), "twice: {task}");
        match result {
            Ok(x) => assert_eq!(x as usize, task),
            Err(error) => assert!(matches!(error, Error::Lost { .. }), "{error}"),
        }
    }
    assert_eq!(seen.len(), 30);
    assert_whole(&pool);
}

fn a_worker_killed_while_idle_costs_no_task() {
    let pool = pool(1);
    for _ in 0..3 {
        let victim = pool.worker_ids()[0];
        kill(victim, Signal::KILL);
        eventually("it dies", || !runs(victim));
        assert_eq!(pool.apply(double, 4).unwrap(), 8);
    }
}

fn a_panic_crosses_and_the_worker_survives() {
    let pool = pool(1);
    let before = pool.worker_ids();
    let odd = |x: u32| if x == 5 { panic!("{x} is odd") } else { x };
    let Err(Error::Panicked { task: 5, panic: Panic { message, location } }) = pool.map(odd, 0..8) else {
        panic!()
    };
    assert_eq!(message, "5 is odd");
    assert!(location.unwrap().contains("tests/faults.rs:"));
    let error = pool.apply(|()| -> () { std::panic::panic_any(7u8) }, ()).unwrap_err().to_string();
    assert!(error.contains("not text"), "{error}");
    let others: Vec<_> =
        pool.map_unordered(odd, 0..8).unwrap().filter(|(_, result)| result.is_ok()).collect();
    assert_eq!(others.len(), 7, "the others of the chunk have their results");
    assert_eq!(pool.worker_ids(), before);
}

fn a_hanging_worker_is_ended_and_replaced() {
    let pool = Pool::builder().workers(2).time_limit(Duration::from_millis(300)).build().unwrap();
    let late = pool.map(
        |x: u32| {
            if x == 2 {
                hang(())
            }
        },
        0..5,
    );
    assert!(matches!(late, Err(Error::TimedOut { task: 2, running: 2, .. })), "{late:?}");
    let late = pool.apply_async(hang, ()).unwrap().join();
    assert!(matches!(late, Err(Error::TimedOut { task: 0, .. })), "{late:?}");
    assert_whole(&pool);
}

/// What the worker's own end of the line is open as.
fn my_line() -> i32 {
    let is_written = |number: &i32| {
        fs::read_to_string(format!("/proc/self/fdinfo/{number}"))
            .is_ok_and(|info| info.contains("flags:\t02000001"))
            && fs::read_link(format!("/proc/self/fd/{number}"))
                .is_ok_and(|what| what.to_string_lossy().starts_with("pipe:"))
    };
    (3..64).find(is_written).unwrap()
}

fn babble(_: ()) {
    // SAFETY: the descriptor is open; that it is not this task's to use is the point of the test.
    let line = unsafe { BorrowedFd::borrow_raw(my_line()) };
    rustix::io::write(line, b"debug: this went to the wrong descriptor").unwrap();
}

fn garbage_on_the_line_is_noticed() {
    let pool = pool(2);
    let garbled = pool.apply(babble, ());
    assert!(matches!(&garbled, Err(Error::Garbled { task: 0, .. })), "{garbled:?}");
    assert_whole(&pool);
}

fn hang_up(_: ()) {
    // SAFETY: as in `babble`; nothing in this process uses the descriptor until it is killed.
    unsafe { rustix::io::close(my_line()) };
    hang(());
}

fn a_closed_line_is_a_death() {
    let pool = pool(1);
    assert!(matches!(pool.apply(hang_up, ()), Err(Error::Lost { death: Death::Killed(9), .. })));
    assert_whole(&pool);
}

/// Serde can describe it and postcard cannot write it: a sequence that does not know its length.
#[derive(Debug, Deserialize)]
struct Unwritable(bool);

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 { to.serialize_seq(None)?.end() } else { to.serialize_bool(false) }
    }
}

/// Its bytes are written and cannot be read.
#[derive(Debug, Serialize)]
struct Unreadable(u8);

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match u8::deserialize(from)? {
            0 => Err(serde::de::Error::custom("nought")),
            number => Ok(Self(number)),
        }
    }
}

fn what_cannot_be_serialised_is_an_error() {
    let pool = pool(1);
    let unwritable = [Unwritable(false), Unwritable(true), Unwritable(false)];
    let result = pool.map(|_: Unwritable| (), unwritable);
    assert!(matches!(result, Err(Error::Argument { task: 1, .. })), "{result:?}");
    let result = pool.map(Unwritable, [false, false, true]);
    assert!(matches!(result, Err(Error::Output { task: 2, .. })), "{result:?}");
    let result = pool.map(|Unreadable(number)| number, [Unreadable(1), Unreadable(0)]);
    assert!(matches!(result, Err(Error::Argument { task: 1, .. })), "{result:?}");
    let result = pool.map(Unreadable, [1, 0]);
    assert!(matches!(result, Err(Error::Output { task: 1, .. })), "{result:?}");
    assert_whole(&pool);
}

/// Panics in this process, while a worker is on loan.
#[derive(Deserialize)]
struct Explosive;

impl Serialize for Explosive {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        std::panic::resume_unwind(Box::new("boom"))
    }
}

fn panics_in_the_parent_bring_workers_back() {
    let pool = pool(2);
    for _ in 0..4 {
        let map = || pool.map(|_: Explosive| (), [Explosive]);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(map)).is_err());
        let tasks = (0..4).inspect(|task| {
            if *task == 2 {
                std::panic::resume_unwind(Box::new("boom"))
            }
        });
        let unordered = || pool.map_unordered(double, tasks).unwrap().count();
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(unordered)).is_err());
    }
    assert_eq!(pool.broadcast(double, |x| x as u32).unwrap(), [0, 2]);
    assert_whole(&pool);
}

fn a_failing_initializer_fails_the_build() {
    let refused =
        Pool::builder().workers(2).initializer_with(|x: u8| Err::<(), _>(format!("{x} is bad")), 7).build();
    let Err(Error::Initializer { pid, reason }) = refused else { panic!("{refused:?}") };
    assert_eq!(reason, "7 is bad");
    assert!(!runs(pid));
    let panicked = Pool::builder().workers(1).initializer(|| panic!("not today")).build();
    let Err(Error::Initializer { reason, .. }) = panicked else { panic!("{panicked:?}") };
    assert!(reason.contains("not today") && reason.contains("tests/faults.rs:"), "{reason}");
    let died = Pool::builder().workers(1).initializer(|| exit(9)).build();
    assert!(matches!(&died, Err(Error::Startup { reason, .. }) if reason.contains("status 9")), "{died:?}");
}

fn a_worker_that_never_gets_ready_fails_the_build() {
    let limit = Duration::from_millis(300);
    let late = Pool::builder().workers(1).start_limit(limit).initializer(|| hang(())).build();
    let Err(Error::Startup { pid, reason }) = late else { panic!("{late:?}") };
    assert!(reason.contains("not ready after 300ms"), "{reason}");
    assert!(!runs(pid));
}

fn build_inside(_: ()) -> String {
    Pool::builder().workers(1).build().unwrap_err().to_string()
}

fn workers_cannot_have_workers() {
    let pool = pool(1);
    assert!(pool.apply(build_inside, ()).unwrap().contains("a worker cannot have workers"));
    let Err(Error::Panicked { panic, .. }) = pool.apply(|()| parallax_processes::init(), ()) else {
        panic!()
    };
    assert!(panic.message.contains("it belongs at the start of main"), "{panic}");
    assert_whole(&pool);
}

fn a_program_without_init_starts_nothing() {
    let output = scenario("never-init").output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("init() was not called"));
    // It builds first and calls init later, so its workers would build, too.
    assert!(scenario("build-before-init").status().unwrap().success());
}

fn never_init() {
    let error = Pool::builder().workers(1).build().unwrap_err();
    say(&error.to_string());
}

fn a_worker_without_init_is_reported() {
    let output = scenario("init-only-in-the-parent").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("exited with status 0 before it was ready; is init() the first statement"),
        "{text}"
    );
}

fn no_orphans_after_any_end_of_the_parent() {
    for end in ["killed", "killed-idle", "exits", "returns-and-forgets", "panics"] {
        let mut parent = scenario(end).stderr(process::Stdio::null()).spawn().unwrap();
        let workers = printed_pids(&mut parent);
        assert_eq!(workers.len(), 2, "{end}");
        if end.starts_with("killed") {
            assert!(workers.iter().all(|pid| runs(*pid)), "{end}");
            parent.kill().unwrap();
        }
        parent.wait().unwrap();
        eventually(end, || workers.iter().all(|pid| !runs(*pid)));
    }
}

fn ctrl_c_ends_everybody() {
    // As the terminal does, and as `kill -INT` does.
    for to_the_group in [true, false] {
        let mut parent = scenario("killed").spawn().unwrap();
        let workers = printed_pids(&mut parent);
        if to_the_group {
            kill_group(parent.id(), Signal::INT)
        } else {
            kill(parent.id(), Signal::INT)
        }
        assert_eq!(Death::from(parent.wait().unwrap()), Death::Killed(2));
        eventually("workers end", || workers.iter().all(|pid| !runs(*pid)));
    }
}

fn no_zombies_are_left() {
    let output = scenario("zombies").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "[] []\n");
}

fn die_or_wait(me: usize) {
    if me == 0 { kill_myself() } else { hang(()) }
}

fn broadcast_does_not_wait_for_ever() {
    let pool = pool(3);
    assert!(matches!(pool.broadcast(die_or_wait, |me| me), Err(Error::Lost { task: 0, .. })));
    let panicked = pool.broadcast(|me: usize| if me == 1 { panic!("no") } else { hang(()) }, |me| me);
    assert!(matches!(panicked, Err(Error::Panicked { task: 1, .. })));
    assert_whole(&pool);
}

/// What a process does that a test looks at from outside.
fn play(name: &str) {
    if name == "init-only-in-the-parent" {
        return say(&Pool::builder().workers(1).build().unwrap_err().to_string());
    }
    if name == "build-before-init" {
        return;
    }
    // A test that fails leaves nothing behind, either.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    let pool = pool(2);
    let ids: Vec<String> = pool.worker_ids().iter().map(u32::to_string).collect();
    let work: Vec<_> = match name {
        "killed-idle" | "zombies" => vec![],
        _ => (0..3).map(|_| pool.apply_async(hang, ()).unwrap()).collect(),
    };
    if name != "zombies" {
        say(&ids.join(" "));
    }
    match name {
        "killed" => drop(work.into_iter().map(|handle| handle.join()).collect::<Vec<_>>()),
        "killed-idle" => hang(()),
        "exits" => exit(1),
        "returns-and-forgets" => std::mem::forget((pool, work)),
        "panics" => panic!("while tasks run"),
        "zombies" => {
            for _ in 0..5 {
                let _ = pool.map(deadly_13, 10..20);
            }
            let lost = zombie_children_of(process::id());
            drop(pool);
            say(&format!("{lost:?} {:?}", zombie_children_of(process::id())));
        }
        other => panic!("no such scenario: {other}"),
    }
}
