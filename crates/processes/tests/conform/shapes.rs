//! Work of any shape: results agree with one thread, run in other processes, and survive failures and deaths.

use super::*;
use parallax_conform::Whose;

/// Cannot watch the workers from this process, but may make one item fatal.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Fatal(Option<(usize, Way)>);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Way {
    Panic,
    Kill,
}

impl Watch for Fatal {
    type AtWork<'a> = ();
    fn enter(&self, items: Range<usize>) {
        match self.0 {
            Some((item, Way::Panic)) if items.contains(&item) => panic!("unlucky item {item}"),
            Some((item, Way::Kill)) if items.contains(&item) => kill_myself(),
            _ => {}
        }
    }
}

pub(crate) fn any_shape_agrees_with_one_thread() {
    for workers in [0, 1, 2, 3] {
        let (pipes, shared) = (Pipes::start(workers).unwrap(), SharedMemory::start(workers).unwrap());
        // Nothing, one item, fewer than workers, no step, no grain, a grain beyond the end, and random ones.
        let edges = [(0, 4, 2), (1, 4, 2), (2, 1, 3), (9, 4, 0), (9, 0, 2), (9, 100, 2), (5000, 1, 1)];
        let random = (0..20).map(|draw| {
            let below = |most: u64, of: u64| (at(workers as u64, 3 * draw + of) % most) as usize;
            (below(300, 0), below(50, 1), below(6, 2))
        });
        for (len, grain, steps) in edges.into_iter().chain(random) {
            let by_pipes = parallax_conform::agrees_with_sequential::<(), _>(&pipes, len, grain, steps);
            assert_eq!(by_pipes, PIPES);
            let by_memory = parallax_conform::agrees_with_sequential::<(), _>(&shared, len, grain, steps);
            assert_eq!(by_memory, SHARED_MEMORY);
        }
    }
}

pub(crate) fn the_work_is_done_elsewhere() {
    fn check<T: Distribute>() {
        let mut out = vec![0; 100];
        T::start(2).unwrap().map(&Arc::new(Whose::default()), &mut out).unwrap();
        let processes: BTreeSet<u32> = out.into_iter().collect();
        assert!(processes.len() <= 2, "{processes:?}");
        assert!(!processes.contains(&process::id()) && !processes.contains(&0), "{processes:?}");
    }
    check::<Pipes>();
    check::<SharedMemory>();
}

/// Runs each pattern with a fatal item and then without; the failures must say `words`.
fn fails_and_recovers<T: Distribute>(way: Way, words: &str, patterns: &[&str]) {
    let technique = T::start(2).unwrap();
    for item in [0, 55, 99] {
        let fatal = Fatal(Some((item, way)));
        let work = Arc::new(Shaped { len: 100, grain: 10, steps: 5, watch: fatal });
        let recovers = |no: No| {
            assert!(matches!(&no, No::Failed(why) if why.to_string().contains(words)), "{no}");
            assert_eq!(parallax_conform::agrees_with_sequential::<(), _>(&technique, 100, 10, 5), patterns);
        };
        recovers(technique.map(&work, &mut [0; 100]).unwrap_err());
        recovers(technique.reduce(&work).unwrap_err());
        if patterns.contains(&"sweep") {
            recovers(technique.sweep(&work, &mut [[0; 2]; 100]).unwrap_err());
            recovers(technique.stencil(&work, [&mut [0; 100], &mut [0; 100]]).unwrap_err());
        }
        recovers(technique.nest(&work, &mut [0; 100]).unwrap_err());
        recovers(technique.divide(&work, &mut [[0; 2]; 100], &mut [[0; 2]; 100]).unwrap_err());
    }
}

/// The patterns that each technique runs.
const PIPES: &[&str] = &["map", "reduce", "nest", "divide"];
const SHARED_MEMORY: &[&str] = &["map", "reduce", "sweep", "stencil", "nest", "divide"];

pub(crate) fn a_panic_is_a_failure_in_words() {
    fails_and_recovers::<Pipes>(Way::Panic, "unlucky item", PIPES);
    fails_and_recovers::<SharedMemory>(Way::Panic, "unlucky item", SHARED_MEMORY);
}

pub(crate) fn a_killed_worker_is_reported_and_the_next_run_works() {
    fails_and_recovers::<Pipes>(Way::Kill, "SIGKILL", PIPES);
    fails_and_recovers::<SharedMemory>(Way::Kill, "SIGKILL", SHARED_MEMORY);
    // Other tests run at the same time, so their zombies are waited for, too.
    eventually("no zombie is left", || zombie_children_of(process::id()).is_empty());
}

/// A value that serde accepts and postcard cannot write: a sequence of unknown length.
#[derive(Deserialize)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        serde::ser::SerializeSeq::end(to.serialize_seq(None)?)
    }
}

impl Map for Unwritable {
    type Item = u64;
    fn len(&self) -> usize {
        1
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, _: &mut [u64]) {}
}

pub(crate) fn what_cannot_be_sent_is_a_failure() {
    let no = Pipes::start(1).unwrap().map(&Arc::new(Unwritable), &mut [0]).unwrap_err();
    assert!(matches!(no, No::Failed(_)), "{no}");
}

/// Sevens, except from `idle` on, where nothing is written: a worker that does nothing.
#[derive(Serialize, Deserialize)]
struct Sevens {
    idle: usize,
    steps: usize,
}

impl Map for Sevens {
    type Item = u64;
    fn len(&self) -> usize {
        1000
    }
    fn grain(&self) -> usize {
        10
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        if start < self.idle {
            out.fill(7);
        }
    }
}

impl Stencil for Sevens {
    type Item = u64;
    fn len(&self) -> usize {
        1000
    }
    fn grain(&self) -> usize {
        10
    }
    fn steps(&self) -> usize {
        self.steps
    }
    fn step(&self, _: &[u64], start: usize, new: &mut [u64]) {
        Map::fill(self, start, new);
    }
}

/// The arrays stay mapped between runs, and hold the right result of the last run.
pub(crate) fn a_run_in_which_a_worker_is_idle_leaves_no_right_result() {
    let technique = SharedMemory::start(2).unwrap();
    for steps in [1, 2, 3] {
        let ran = |idle| {
            let (work, mut out, mut buffers) =
                (Sevens { idle, steps }, vec![0; 1000], [vec![0; 1000], vec![0; 1000]]);
            let work = Arc::new(work);
            technique.map(&work, &mut out).unwrap();
            let [even, odd] = &mut buffers;
            technique.stencil(&work, [even, odd]).unwrap();
            [out, buffers.into_iter().nth(steps % 2).unwrap()]
        };
        for idle in [0, 500, 990] {
            assert!(ran(1000).iter().all(|out| *out == [7; 1000]), "the run before leaves the right result");
            let [mapped, stepped] = ran(idle);
            assert!(mapped[..idle] == vec![7; idle] && mapped[idle] != 7, "map, idle from {idle} on");
            assert!(idle > 500 || stepped[500] != 7, "stencil of {steps} steps, idle from {idle} on");
        }
    }
}
