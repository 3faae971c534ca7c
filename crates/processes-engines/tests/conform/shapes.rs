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

/// The patterns that both engines run.
const PATTERNS: &[&str] = &["map", "reduce", "nest", "divide"];

pub(crate) fn any_shape_agrees_with_one_thread() {
    fn check<T: Distribute>() {
        for workers in [0, 3] {
            let technique = T::start(workers).unwrap();
            let edges = [(0, 4, 2), (1, 4, 2), (2, 1, 3), (9, 0, 2), (9, 100, 2), (5000, 1, 1)];
            let random = (0..6).map(|draw| {
                let below = |most: u64, of: u64| (at(workers as u64, 3 * draw + of) % most) as usize;
                (below(300, 0), below(50, 1), below(6, 2))
            });
            for (len, grain, steps) in edges.into_iter().chain(random) {
                let did = parallax_conform::agrees_with_sequential::<(), _>(&technique, len, grain, steps);
                assert_eq!(did, PATTERNS);
            }
        }
    }
    in_time(check::<IpcChannel>);
    in_time(check::<Procspawn>);
}

pub(crate) fn graphs_may_be_of_any_size() {
    fn check<T: Distribute>() {
        for workers in [1, 3] {
            let technique = T::start(workers).unwrap();
            for (width, depth) in [(0, 0), (0, 3), (3, 0), (1, 1), (5, 4), (40, 9)] {
                parallax_conform::agrees_on_graphs(&technique, width, depth, 7, 3);
            }
        }
    }
    in_time(check::<IpcChannel>);
    in_time(check::<Procspawn>);
}

pub(crate) fn the_work_is_done_elsewhere() {
    fn check<T: Distribute>() {
        let mut out = vec![0; 100];
        T::start(2).unwrap().map(&Arc::new(Whose::default()), &mut out).unwrap();
        let processes: BTreeSet<u32> = out.into_iter().collect();
        assert!(processes.len() <= 2, "{processes:?}");
        assert!(!processes.contains(&process::id()) && !processes.contains(&0), "{processes:?}");
    }
    check::<IpcChannel>();
    check::<Procspawn>();
}

/// Runs each pattern with a fatal item and then without; the failures must say `words`.
fn fails_and_recovers<T: Distribute>(way: Way, words: &str) {
    let technique = T::start(2).unwrap();
    for item in [0, 55, 99] {
        let fatal = Fatal(Some((item, way)));
        let work = Arc::new(Shaped { len: 100, grain: 10, steps: 5, watch: fatal });
        let recovers = |no: No| {
            assert!(matches!(&no, No::Failed(why) if why.to_string().contains(words)), "{no}");
            let did = parallax_conform::agrees_with_sequential::<(), _>(&technique, 100, 10, 5);
            assert_eq!(did, PATTERNS);
        };
        recovers(technique.map(&work, &mut [0; 100]).unwrap_err());
        recovers(technique.reduce(&work).unwrap_err());
        recovers(technique.nest(&work, &mut [0; 100]).unwrap_err());
        recovers(technique.divide(&work, &mut [[0; 2]; 100], &mut [[0; 2]; 100]).unwrap_err());
    }
}

pub(crate) fn a_panic_is_a_failure_in_words() {
    in_time(|| fails_and_recovers::<IpcChannel>(Way::Panic, "unlucky item"));
    // its pool may kill the worker before it has sent the panic's message
    in_time(|| fails_and_recovers::<Procspawn>(Way::Panic, "a worker of procspawn failed"));
}

pub(crate) fn a_killed_worker_is_reported_and_the_next_run_works() {
    in_time(|| fails_and_recovers::<IpcChannel>(Way::Kill, "SIGKILL"));
    in_time(|| fails_and_recovers::<Procspawn>(Way::Kill, "a worker of procspawn failed"));
    // Other tests run at the same time, so their zombies are waited for, too.
    eventually("no zombie is left", || zombie_children_of(process::id()).is_empty());
}
