//! Work of any shape agrees with one thread, is done elsewhere, and may fail or kill who does it.

use super::*;

/// Work of a given shape, in which one item may be fatal.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Case {
    len: usize,
    grain: usize,
    steps: usize,
    fatal: Option<(usize, Way)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Way {
    Panic,
    Kill,
}

impl Case {
    fn enter(&self, items: Range<usize>) {
        match self.fatal {
            Some((item, Way::Panic)) if items.contains(&item) => panic!("unlucky item {item}"),
            Some((item, Way::Kill)) if items.contains(&item) => kill_myself(),
            _ => {}
        }
    }
}

impl Map for Case {
    type Item = u64;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn fill(&self, start: usize, out: &mut [u64]) {
        self.enter(start..start + out.len());
        out.iter_mut().zip(start..).for_each(|(item, i)| *item = mix(i as u64));
    }
}

impl Reduce for Case {
    type Acc = [u64; 2];
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn empty(&self) -> [u64; 2] {
        [0, 0]
    }
    fn fold(&self, [count, sum]: &mut [u64; 2], items: Range<usize>) {
        self.enter(items.clone());
        *count += items.len() as u64;
        *sum = items.map(|i| mix(i as u64)).fold(*sum, u64::wrapping_add);
    }
    fn merge(&self, [count, sum]: &mut [u64; 2], other: [u64; 2]) {
        *count += other[0];
        *sum = sum.wrapping_add(other[1]);
    }
}

impl Sweep for Case {
    type Item = u64;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn steps(&self) -> usize {
        self.steps
    }
    fn step(&self, start: usize, part: &mut [u64]) {
        self.enter(start..start + part.len());
        part.iter_mut().zip(start..).for_each(|(item, i)| *item = mix(*item ^ i as u64));
    }
}

/// Each item from its neighbours on a ring: a late neighbour or a swapped buffer changes the result.
impl Stencil for Case {
    type Item = u64;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.grain
    }
    fn steps(&self) -> usize {
        self.steps
    }
    fn step(&self, old: &[u64], start: usize, new: &mut [u64]) {
        self.enter(start..start + new.len());
        let n = old.len();
        for (item, i) in new.iter_mut().zip(start..) {
            *item = mix(old[(i + n - 1) % n] ^ mix(old[i] ^ mix(old[(i + 1) % n])));
        }
    }
}

fn mapped(technique: &impl Execute, case: &Case) -> Answer<Vec<u64>> {
    let mut out = vec![7; case.len];
    technique.map(&Arc::new(case.clone()), &mut out).map(|()| out)
}

fn swept(technique: &impl Execute, case: &Case) -> Answer<Vec<u64>> {
    let mut state: Vec<u64> = (0..case.len as u64).collect();
    technique.sweep(&Arc::new(case.clone()), &mut state).map(|()| state)
}

fn stepped(technique: &impl Execute, case: &Case) -> Answer<Vec<u64>> {
    let mut buffers = [(0..case.len as u64).collect(), vec![7; case.len]];
    let [first, second] = &mut buffers;
    technique.stencil(&Arc::new(case.clone()), [first, second])?;
    Ok(std::mem::take(&mut buffers[case.steps % 2]))
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
            let case = Case { len, grain, steps, fatal: None };
            let sum = Sequential.reduce(&Arc::new(case.clone())).unwrap();
            let map = mapped(&Sequential, &case).unwrap();
            assert_eq!(mapped(&pipes, &case).unwrap(), map, "{case:?}");
            assert_eq!(mapped(&shared, &case).unwrap(), map, "{case:?}");
            assert_eq!(pipes.reduce(&Arc::new(case.clone())).unwrap(), sum, "{case:?}");
            assert_eq!(shared.reduce(&Arc::new(case.clone())).unwrap(), sum, "{case:?}");
            assert_eq!(swept(&shared, &case).unwrap(), swept(&Sequential, &case).unwrap(), "{case:?}");
            assert_eq!(stepped(&shared, &case).unwrap(), stepped(&Sequential, &case).unwrap(), "{case:?}");
        }
    }
}

/// Every item is the process that made it.
#[derive(Serialize, Deserialize)]
struct Whose;

impl Map for Whose {
    type Item = u32;
    fn len(&self) -> usize {
        100
    }
    fn grain(&self) -> usize {
        1
    }
    fn fill(&self, _: usize, out: &mut [u32]) {
        out.fill(process::id());
    }
}

pub(crate) fn the_work_is_done_elsewhere() {
    fn check<T: Execute>() {
        let mut out = vec![0; 100];
        T::start(2).unwrap().map(&Arc::new(Whose), &mut out).unwrap();
        let processes: BTreeSet<u32> = out.into_iter().collect();
        assert!(processes.len() <= 2, "{processes:?}");
        assert!(!processes.contains(&process::id()) && !processes.contains(&0), "{processes:?}");
    }
    check::<Pipes>();
    check::<SharedMemory>();
}

/// Runs each pattern with a fatal item and then without; the failures must say `words`.
fn fails_and_recovers<T: Execute>(way: Way, words: &str, steps: bool) {
    let technique = T::start(2).unwrap();
    let plain = Case { len: 100, grain: 10, steps: 5, fatal: None };
    for item in [0, 55, 99] {
        let fatal = Case { fatal: Some((item, way)), ..plain.clone() };
        let says = |no: No| {
            assert!(matches!(&no, No::Failed(why) if why.to_string().contains(words)), "{no}");
        };
        says(mapped(&technique, &fatal).unwrap_err());
        assert_eq!(mapped(&technique, &plain).unwrap(), mapped(&Sequential, &plain).unwrap());
        says(technique.reduce(&Arc::new(fatal.clone())).unwrap_err());
        assert_eq!(technique.reduce(&Arc::new(plain.clone())).unwrap()[0], 100);
        if steps {
            says(swept(&technique, &fatal).unwrap_err());
            assert_eq!(swept(&technique, &plain).unwrap(), swept(&Sequential, &plain).unwrap());
            says(stepped(&technique, &fatal).unwrap_err());
            assert_eq!(stepped(&technique, &plain).unwrap(), stepped(&Sequential, &plain).unwrap());
        }
    }
}

pub(crate) fn a_panic_is_a_failure_in_words() {
    fails_and_recovers::<Pipes>(Way::Panic, "unlucky item", false);
    fails_and_recovers::<SharedMemory>(Way::Panic, "unlucky item", true);
}

pub(crate) fn a_killed_worker_is_reported_and_the_next_run_works() {
    fails_and_recovers::<Pipes>(Way::Kill, "SIGKILL", false);
    fails_and_recovers::<SharedMemory>(Way::Kill, "SIGKILL", true);
    // Other tests run beside this one, so theirs are waited for, too.
    eventually("no zombie is left", || zombie_children_of(process::id()).is_empty());
}

/// Serde can describe it, postcard cannot write it: a sequence of unknown length.
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
