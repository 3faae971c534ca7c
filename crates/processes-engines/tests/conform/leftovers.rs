//! The engines leave nothing behind, even when a process was killed.

use super::*;
use common::{kill, outcome, printed_pids, runs, say, scenario};
use exchanges::Deadly;
use parallax_conform::Whose;
use rustix::process::Signal;
use std::path::{Path, PathBuf};
use std::{fs, thread, time::Duration};

/// Plays one scenario in this process, while a test looks on from outside.
pub(crate) fn play(name: &str) {
    match name {
        "deadly" => deadly(),
        "busy" => busy(),
        other => panic!("no such scenario: {other}"),
    }
}

/// Every engine, with work that kills and work that does not.
fn deadly() {
    let work = |producing, consuming| Arc::new(Deadly { producing, consuming });
    let (services, channels) = (Iceoryx2::start(2).unwrap(), IpcMessages::start(2).unwrap());
    for (producing, consuming) in [(true, false), (false, false), (false, true)] {
        let dies = producing || consuming;
        assert_eq!(services.channel(&work(producing, consuming)).is_err(), dies);
        assert_eq!(channels.channel(&work(producing, consuming)).is_err(), dies);
    }
    let (pool, workers) = (Procspawn::start(2).unwrap(), IpcChannel::start(2).unwrap());
    let mut out = vec![0; 100];
    pool.map(&Arc::new(Whose { millis: 1 }), &mut out).unwrap();
    workers.map(&Arc::new(Whose { millis: 1 }), &mut out).unwrap();
    drop((services, channels, pool, workers));
    assert!(zombie_children_of(process::id()).is_empty());
    say(&process::id().to_string());
}

/// The files below a folder; those of other programs may come and go meanwhile.
fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { BTreeSet::from([path]) }).collect()
}

/// The program has its own folder for temporary files. It shares the folder of iceoryx2 with other programs, so
/// there its services are recognised by their names.
pub(crate) fn no_file_and_no_process_is_left() {
    let own = std::env::temp_dir().join(format!("parallax-engines-{}", process::id()));
    fs::create_dir_all(&own).unwrap();
    let told = outcome(scenario("deadly").env("TMPDIR", &own));
    let pid: u32 = told.trim().parse().unwrap_or_else(|_| panic!("it failed: {told}"));
    let mut left = files_below(&own);
    let is_its_own = |path: &PathBuf| {
        let text = fs::read(path).unwrap_or_default();
        String::from_utf8_lossy(&text).contains(&format!("parallax/{pid}/"))
    };
    left.extend(files_below(Path::new("/tmp/iceoryx2/services")).into_iter().filter(is_its_own));
    fs::remove_dir_all(&own).unwrap();
    assert!(left.is_empty(), "{left:?}");
}

/// Prints its processes, and waits to be killed.
fn busy() {
    let (pool, workers) = (Procspawn::start(2).unwrap(), IpcChannel::start(2).unwrap());
    let mut pids = [vec![0; 100], vec![0; 100]];
    pool.map(&Arc::new(Whose { millis: 1 }), &mut pids[0]).unwrap();
    workers.map(&Arc::new(Whose { millis: 1 }), &mut pids[1]).unwrap();
    let pids: BTreeSet<u32> = pids.concat().into_iter().collect();
    say(&pids.iter().map(u32::to_string).collect::<Vec<_>>().join(" "));
    thread::sleep(Duration::from_secs(3600));
}

pub(crate) fn workers_end_with_their_program() {
    let mut program = scenario("busy").spawn().unwrap();
    let workers = printed_pids(&mut program);
    assert!(workers.len() == 4 && workers.iter().all(|pid| runs(*pid)), "{workers:?}");
    kill(program.id(), Signal::KILL);
    program.wait().unwrap();
    eventually("all workers have ended", || !workers.iter().any(|pid| runs(*pid)));
}
