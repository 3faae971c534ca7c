//! Programs that build no pool, forget to begin with `init`, or end in the middle of work.

use super::*;
use std::os::unix::process::CommandExt;

pub(crate) fn a_failing_initializer_fails_the_build() {
    let refused =
        Pool::builder().workers(2).initializer_with(|x: u8| Err::<(), _>(format!("{x} is bad")), 7).build();
    let Err(Error::Initializer { pid, reason }) = refused else { panic!("{refused:?}") };
    assert_eq!(reason, "7 is bad");
    assert!(!runs(pid));
    let panicked = Pool::builder().workers(1).initializer(|| panic!("not today")).build();
    let Err(Error::Initializer { reason, .. }) = panicked else { panic!("{panicked:?}") };
    assert!(reason.contains("not today") && reason.contains("tests/faults/program.rs:"), "{reason}");
    let died = Pool::builder().workers(1).initializer(|| exit(9)).build();
    assert!(matches!(&died, Err(Error::Startup { reason, .. }) if reason.contains("status 9")), "{died:?}");
}

pub(crate) fn a_worker_that_never_gets_ready_fails_the_build() {
    let limit = Duration::from_millis(300);
    let late = Pool::builder().workers(1).start_limit(limit).initializer(|| hang(())).build();
    let Err(Error::Startup { pid, reason }) = late else { panic!("{late:?}") };
    assert!(reason.contains("not ready after 300ms"), "{reason}");
    assert!(!runs(pid));
}

fn build_inside(_: ()) -> String {
    Pool::builder().workers(1).build().unwrap_err().to_string()
}

pub(crate) fn workers_cannot_have_workers() {
    let pool = pool(1);
    assert!(pool.apply(build_inside, ()).unwrap().contains("a worker cannot have workers"));
    let Err(Error::Panicked { panic, .. }) = pool.apply(|()| parallax_processes::init(), ()) else {
        panic!()
    };
    assert!(panic.message.contains("it belongs at the start of main"), "{panic}");
    assert_whole(&pool);
}

pub(crate) fn a_program_without_init_starts_nothing() {
    let output = scenario("never-init").output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("init() was not called"));
    // It builds first and calls init later, so its workers would build, too.
    assert!(scenario("build-before-init").status().unwrap().success());
}

pub(crate) fn never_init() {
    let error = Pool::builder().workers(1).build().unwrap_err();
    say(&error.to_string());
}

pub(crate) fn a_worker_without_init_is_reported() {
    let output = scenario("init-only-in-the-parent").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("exited with status 0 before it was ready; is init() the first statement"),
        "{text}"
    );
}

pub(crate) fn no_orphans_after_any_end_of_the_parent() {
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

pub(crate) fn ctrl_c_ends_everybody() {
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

pub(crate) fn no_zombies_are_left() {
    let output = scenario("zombies").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "[] []\n");
}

/// A new build replaces the file while the program runs.
pub(crate) fn a_program_whose_file_was_replaced_still_replaces_workers() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("replaced-{}", process::id()));
    fs::hard_link(env::current_exe().unwrap(), &file).unwrap();
    let mut command = process::Command::new(&file);
    command.args(["--scenario", "replaced"]).stdout(process::Stdio::piped()).process_group(0);
    let told = outcome(&mut command);
    fs::remove_file(&file).unwrap();
    assert_eq!(told, "8\n");
}

pub(crate) fn replaced() {
    let pool = pool(1);
    let (file, victim) = (env::current_exe().unwrap(), pool.worker_ids()[0]);
    fs::remove_file(&file).unwrap();
    fs::write(&file, "another program").unwrap();
    kill(victim, Signal::KILL);
    eventually("it dies", || !runs(victim));
    match pool.apply(double, 4) {
        Ok(eight) => say(&eight.to_string()),
        Err(error) => say(&error.to_string()),
    }
}
