//! The end of processes and of shared memory: nothing is left behind, and nothing hides an end.

use super::*;

/// The processes that have this memory mapped or open.
fn holders_of(inode: u64) -> BTreeSet<u32> {
    let entries = fs::read_dir("/proc").unwrap();
    let processes = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let holds = |pid: &u32| {
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
        maps.lines()
            .any(|line| line.contains("memfd:parallax-shared") && line.contains(&format!(" {inode} ")))
    };
    processes.filter(holds).collect()
}

pub(crate) fn nothing_is_left_when_everybody_is_killed() {
    let names = || -> BTreeSet<_> {
        let entries = fs::read_dir("/dev/shm").into_iter().flatten();
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
    };
    let before = names();
    let mut parent = scenario("holds-memory").spawn().unwrap();
    let numbers = printed_pids(&mut parent);
    let [inode, workers @ ..] = &numbers[..] else { panic!("{numbers:?}") };
    let inode = u64::from(*inode);
    let during = holders_of(inode);
    assert!(
        during.contains(&parent.id()) && workers.iter().all(|pid| during.contains(pid)),
        "{during:?} {numbers:?}"
    );
    parent.kill().unwrap();
    parent.wait().unwrap();
    eventually("workers end", || workers.iter().all(|pid| !runs(*pid)));
    assert_eq!(holders_of(inode), BTreeSet::new());
    let left: Vec<_> =
        names().difference(&before).filter(|name| name.contains("parallax")).cloned().collect();
    assert!(left.is_empty(), "{left:?}");
}

fn touch_and_hang(shared: Shared<u8>) {
    shared.read(..).unwrap();
    hang(());
}

/// Plays one scenario in this process, while a test looks on from outside.
pub(crate) fn play(name: &str) {
    assert_eq!(name, "holds-memory");
    set_parent_process_death_signal(Some(Signal::KILL)).unwrap();
    let pool = pool(2);
    let shared = Shared::<u8>::zeroed(1 << 20, 1 << 20).unwrap();
    shared.write(..).unwrap().fill(1);
    let busy: Vec<_> = (0..2).map(|_| pool.apply_async(touch_and_hang, shared.clone()).unwrap()).collect();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mine = maps.lines().find(|line| line.contains("memfd:parallax-shared")).unwrap();
    let inode: u64 = mine.split_ascii_whitespace().nth(4).unwrap().parse().unwrap();
    eventually("workers map it", || holders_of(inode).len() == 3);
    let ids: Vec<String> = pool.worker_ids().iter().map(u32::to_string).collect();
    common::say(&format!("{inode} {}", ids.join(" ")));
    drop(busy.into_iter().map(|task| task.join()).collect::<Vec<_>>());
}

/// A child of the worker that keeps the worker's pipe open, as a fork without exec in a C library would.
pub(crate) fn a_child_of_a_killed_worker_does_not_hide_its_death() {
    let pool: Pool = pool(1);
    let task = |()| {
        let line = (3..64).find(|number| {
            let info = fs::read_to_string(format!("/proc/self/fdinfo/{number}"));
            let what = fs::read_link(format!("/proc/self/fd/{number}"));
            info.is_ok_and(|info| info.contains("flags:\t02000001"))
                && what.is_ok_and(|what| what.to_string_lossy().starts_with("pipe:"))
        });
        let pipe =
            fs::OpenOptions::new().write(true).open(format!("/proc/self/fd/{}", line.unwrap())).unwrap();
        let child = process::Command::new("sleep").arg("5").stdin(pipe).spawn().unwrap();
        drop(child);
        kill_myself()
    };
    assert!(matches!(pool.apply::<_, ()>(task, ()), Err(Error::Lost { .. })));
    assert_eq!(pool.apply(|x: u8| x, 3).unwrap(), 3);
}
