//! A worker for tests: its techniques fail in every way that the harness must survive, or use a known amount of memory.

#![expect(unsafe_code, reason = "processes that share a mapping are forked, and memory is shared with them")]

use parallax_pattern::Sequential;
use parallax_pattern::random::spin;
use parallax_pattern::{Answer, Card, Cores, Execute, No, Question, Technique};
use parallax_suite::cell::{Cell, cells};
use parallax_suite::workload::{Julia, MonteCarlo};
use parallax_suite::{Buffer, cell};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

fn main() -> ExitCode {
    let mut all: Vec<Cell> = cell::execute::<Sequential>();
    all.retain(|cell| ["montecarlo", "julia"].contains(&cell.workload));
    all.extend(cells(Question::Execute, Honest::montecarlo));
    all.extend(cells(Question::Execute, Sleeps::montecarlo));
    all.extend(cells(Question::Execute, Lies::montecarlo));
    all.extend(cells(Question::Execute, Defers::montecarlo));
    all.extend(cells(Question::Execute, Greedy::montecarlo));
    all.extend(cells(Question::Execute, Crashes::montecarlo));
    all.extend(cells(Question::Execute, Leaves::montecarlo));
    all.extend(cells(Question::Execute, Hangs::montecarlo));
    all.extend(cells(Question::Execute, Floods::montecarlo));
    all.extend(cells(Question::Execute, Panics::montecarlo));
    all.extend(cells(Question::Execute, Unfit::montecarlo));
    all.extend(cells(Question::Execute, Orphans::montecarlo));
    all.extend(cells(Question::Execute, Unversioned::montecarlo));
    all.extend(cells(Question::Execute, StartsLate::montecarlo));
    all.extend(cells(Question::Execute, NeverStarts::montecarlo));
    all.extend(cells(Question::Execute, Remembers::montecarlo));
    all.extend(cells(Question::Execute, NeverStarts::julia));
    all.extend(cells(Question::Execute, Allocates::montecarlo));
    all.extend(cells(Question::Execute, Shares::montecarlo));
    let family = std::env::var("FAULTY_FAMILY").unwrap_or_else(|_| "faulty".into());
    parallax_runner::main(&family, all)
}

/// A technique for `montecarlo` that does one thing, such as a fault.
macro_rules! technique {
    ($type:ident, $name:literal, $cores:expr, $libraries:expr, $does:expr) => {
        technique!($type, $name, $cores, $libraries, $does, Duration::ZERO);
    };
    ($type:ident, $name:literal, $cores:expr, $libraries:expr, $does:expr, $starts_after:expr) => {
        struct $type;
        impl Technique for $type {
            const CARD: Card = Card {
                name: $name,
                idea: "a fault",
                gives: "a test",
                costs: "trust",
                cores: $cores,
                libraries: $libraries,
                source: file!(),
            };
            fn start(_: usize) -> Answer<Self> {
                std::thread::sleep($starts_after);
                Ok($type)
            }
        }
        impl $type {
            fn montecarlo(&self, work: &Arc<MonteCarlo>, out: &mut u64) -> Answer<()> {
                let does: fn(&Arc<MonteCarlo>, &mut u64) -> Answer<()> = $does;
                does(work, out)
            }
        }
    };
}

technique!(Honest, "honest", Cores::One, &[], honestly);
technique!(Sleeps, "sleeps", Cores::One, &[], |work, out| {
    std::thread::sleep(Duration::from_millis(30));
    honestly(work, out)
});
technique!(Lies, "lies", Cores::One, &[], |_, _| Ok(()));
technique!(Defers, "defers", Cores::One, &[], |work, out| {
    // One thread that never ends: its work is outside of the clock.
    static ONE: std::sync::Once = std::sync::Once::new();
    ONE.call_once(|| {
        std::thread::spawn(|| {
            loop {
                black_box(spin(black_box(1), 100_000));
            }
        });
    });
    std::thread::sleep(Duration::from_millis(5));
    honestly(work, out)
});
technique!(Greedy, "greedy", Cores::One, &[], |work, out| {
    std::thread::scope(|threads| {
        for seed in 0..4 {
            threads.spawn(move || black_box(spin(black_box(seed), 5_000_000)));
        }
    });
    honestly(work, out)
});
technique!(Crashes, "crashes", Cores::One, &[], |_, _| std::process::abort());
technique!(Leaves, "leaves", Cores::One, &[], |_, _| std::process::exit(0));
technique!(Hangs, "hangs", Cores::One, &[], |_, _| loop {
    std::thread::sleep(Duration::from_secs(1));
});
technique!(Floods, "floods", Cores::One, &[], |work, out| {
    use std::io::Write;
    let line = [b'x'; 1 << 10];
    for _ in 0..1 << 12 {
        let _ = std::io::stdout().write_all(&line);
    }
    honestly(work, out)
});
technique!(Panics, "panics", Cores::One, &[], |_, _| panic!("on purpose"));
technique!(Unfit, "unfit", Cores::One, &[], |_, _| Err(No::Unfit("it only shows a refusal")));
technique!(Orphans, "orphans", Cores::One, &[], |work, out| {
    use std::os::unix::process::CommandExt;
    let mut daemon = std::process::Command::new("sleep");
    // A process group of its own, and a parent that does not wait: a daemon.
    daemon.arg("86399").process_group(0).spawn().map_err(|why| No::failed(why.to_string()))?;
    std::thread::sleep(Duration::from_millis(50)); // its start is work too, and belongs inside the clock
    honestly(work, out)
});
technique!(Unversioned, "unversioned", Cores::One, &["no-such-library"], honestly);
technique!(StartsLate, "starts-late", Cores::One, &[], honestly, Duration::from_secs(4));
technique!(
    Remembers,
    "remembers",
    Cores::One,
    &[],
    |work, out| {
        // no fault: it starts slowly and is far ahead then, so that a number of calls can be predicted
        static RIGHT: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
        *out = match RIGHT.get() {
            Some(right) => *right,
            None => *RIGHT.get_or_init(|| Sequential.reduce(work).unwrap_or_default()),
        };
        Ok(())
    },
    Duration::from_millis(60)
);
technique!(NeverStarts, "never-starts", Cores::One, &[], honestly, Duration::from_secs(86399));
impl NeverStarts {
    fn julia(&self, work: &Arc<Julia>, out: &mut Buffer<u32>) -> Answer<()> {
        Sequential.map(work, out)
    }
}

technique!(Allocates, "allocates", Cores::One, &[], |work, out| {
    let blocks =
        std::array::from_fn::<_, BLOCKS, _>(|_| black_box(vec![1_u8; BLOCK_BYTES]).into_boxed_slice());
    drop(black_box(blocks));
    honestly(work, out)
});
technique!(Shares, "shares", Cores::One, &[], |work, out| {
    static CHILDREN: std::sync::OnceLock<Vec<i32>> = std::sync::OnceLock::new();
    CHILDREN.get_or_init(share);
    honestly(work, out)
});

/// The memory that a run of `allocates` allocates.
const BLOCKS: usize = 100;
const BLOCK_BYTES: usize = 100_000;

/// The memory that `shares` maps, and how many children share it.
const SHARED_BYTES: usize = 64 << 20;
const CHILDREN: usize = 4;

/// Maps memory and writes to all of it; then forks children that read all of it and wait to be killed. Returns their
/// ids once they have read it.
fn share() -> Vec<i32> {
    use nix::unistd::{ForkResult, fork};
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new mapping, wherever the kernel has room for it.
    let mapping = unsafe { mmap_anonymous(std::ptr::null_mut(), SHARED_BYTES, access, MapFlags::SHARED) };
    let start = mapping.expect("64 MiB can be mapped").cast::<u8>();
    // SAFETY: the mapping has this length, is never unmapped, and has no other reference yet.
    let memory = unsafe { std::slice::from_raw_parts_mut(start, SHARED_BYTES) };
    memory.fill(1);
    let (mut told, tells) = std::io::pipe().expect("a pipe");
    let child = |_| {
        // SAFETY: the child calls nothing that could wait for a lock that another thread holds: it reads and sleeps.
        match unsafe { fork() }.expect("a process can be forked") {
            ForkResult::Parent { child } => child.as_raw(),
            ForkResult::Child => {
                let sum: u64 = memory.iter().step_by(4096).map(|byte| u64::from(*byte)).sum();
                let _ = std::io::Write::write(&mut &tells, &[black_box(sum) as u8]);
                loop {
                    std::thread::sleep(Duration::from_secs(86399));
                }
            }
        }
    };
    let children = (0..CHILDREN).map(child).collect();
    std::io::Read::read_exact(&mut told, &mut [0; CHILDREN]).expect("the children report that they read");
    children
}

fn honestly(work: &Arc<MonteCarlo>, out: &mut u64) -> Answer<()> {
    *out = Sequential.reduce(work)?;
    Ok(())
}
