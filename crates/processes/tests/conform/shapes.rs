//! Work of any shape agrees with one thread, is done elsewhere, and may fail or kill who does it.

use super::*;

/// Nobody watches from here, but one item may be fatal.
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
            let by_pipes = conform::agrees_with_sequential::<(), _>(&pipes, len, grain, steps);
            assert_eq!(by_pipes, PIPES);
            let by_memory = conform::agrees_with_sequential::<(), _>(&shared, len, grain, steps);
            assert_eq!(by_memory, SHARED_MEMORY);
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
fn fails_and_recovers<T: Execute>(way: Way, words: &str, patterns: &[&str]) {
    let technique = T::start(2).unwrap();
    for item in [0, 55, 99] {
        let fatal = Fatal(Some((item, way)));
        let work = Arc::new(Shaped { len: 100, grain: 10, steps: 5, watch: fatal });
        let recovers = |no: No| {
            assert!(matches!(&no, No::Failed(why) if why.to_string().contains(words)), "{no}");
            assert_eq!(conform::agrees_with_sequential::<(), _>(&technique, 100, 10, 5), patterns);
        };
        recovers(technique.map(&work, &mut [0; 100]).unwrap_err());
        recovers(technique.reduce(&work).unwrap_err());
        if patterns.contains(&"sweep") {
            recovers(technique.sweep(&work, &mut [[0; 2]; 100]).unwrap_err());
            recovers(technique.stencil(&work, [&mut [0; 100], &mut [0; 100]]).unwrap_err());
        }
        recovers(technique.nest(&work, &mut [0; 100]).unwrap_err());
    }
}

/// What each of the two does.
const PIPES: &[&str] = &["map", "reduce", "nest"];
const SHARED_MEMORY: &[&str] = &["map", "reduce", "sweep", "stencil", "nest"];

pub(crate) fn a_panic_is_a_failure_in_words() {
    fails_and_recovers::<Pipes>(Way::Panic, "unlucky item", PIPES);
    fails_and_recovers::<SharedMemory>(Way::Panic, "unlucky item", SHARED_MEMORY);
}

pub(crate) fn a_killed_worker_is_reported_and_the_next_run_works() {
    fails_and_recovers::<Pipes>(Way::Kill, "SIGKILL", PIPES);
    fails_and_recovers::<SharedMemory>(Way::Kill, "SIGKILL", SHARED_MEMORY);
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

/// Says no to a piece that cuts a row.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Rows {
    len: usize,
    row: usize,
}

impl Rows {
    fn expect_whole(&self, piece: Range<usize>) {
        let ends = piece.end == self.len || piece.end.is_multiple_of(self.row);
        assert!(ends && piece.start.is_multiple_of(self.row), "{piece:?} cuts a row of {}", self.row);
    }
}

impl Map for Rows {
    type Item = u8;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.row
    }
    fn fill(&self, start: usize, out: &mut [u8]) {
        self.expect_whole(start..start + out.len());
        out.fill(1);
    }
}

impl Reduce for Rows {
    type Acc = usize;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.row
    }
    fn empty(&self) -> usize {
        0
    }
    fn fold(&self, acc: &mut usize, items: Range<usize>) {
        self.expect_whole(items.clone());
        *acc += items.len();
    }
    fn merge(&self, acc: &mut usize, other: usize) {
        *acc += other;
    }
}

impl Sweep for Rows {
    type Item = u8;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.row
    }
    fn steps(&self) -> usize {
        1
    }
    fn step(&self, start: usize, part: &mut [u8]) {
        self.expect_whole(start..start + part.len());
        part.fill(1);
    }
}

impl Stencil for Rows {
    type Item = u8;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        self.row
    }
    fn steps(&self) -> usize {
        1
    }
    fn step(&self, _: &[u8], start: usize, new: &mut [u8]) {
        self.expect_whole(start..start + new.len());
        new.fill(1);
    }
}

pub(crate) fn no_grain_is_cut() {
    for workers in 1..4 {
        let (pipes, shared) = (Pipes::start(workers).unwrap(), SharedMemory::start(workers).unwrap());
        for (len, row) in [(1000, 7), (700, 7), (9, 2), (5, 9), (9, usize::MAX), (0, 3), (3 << 20, 1000)] {
            let (work, out) = (Arc::new(Rows { len, row }), || vec![0; len]);
            let filled = |out: Vec<u8>| out == vec![1; len];
            let (mut by_pipes, mut mapped, mut swept) = (out(), out(), out());
            pipes.map(&work, &mut by_pipes).unwrap();
            shared.map(&work, &mut mapped).unwrap();
            assert_eq!((pipes.reduce(&work).unwrap(), shared.reduce(&work).unwrap()), (len, len));
            shared.sweep(&work, &mut swept).unwrap();
            let (mut old, mut new) = (out(), out());
            shared.stencil(&work, [&mut old, &mut new]).unwrap();
            assert!([by_pipes, mapped, swept, new].into_iter().all(filled), "{len} in rows of {row}");
        }
    }
}

/// So many items that even one word for each thousand of them would not fit into memory.
#[derive(Serialize, Deserialize)]
struct Vast;

impl Reduce for Vast {
    type Acc = (u64, u64);
    fn len(&self) -> usize {
        1_000_000_000_000
    }
    fn grain(&self) -> usize {
        1000
    }
    fn empty(&self) -> (u64, u64) {
        (0, 0)
    }
    fn fold(&self, (items, pieces): &mut (u64, u64), range: Range<usize>) {
        *items += range.len() as u64;
        *pieces += 1;
    }
    fn merge(&self, acc: &mut (u64, u64), other: (u64, u64)) {
        *acc = (acc.0 + other.0, acc.1 + other.1);
    }
}

pub(crate) fn a_vast_reduction_needs_little_memory_and_time() {
    let results = in_time(|| {
        [
            Pipes::start(2).unwrap().reduce(&Arc::new(Vast)),
            SharedMemory::start(2).unwrap().reduce(&Arc::new(Vast)),
        ]
    });
    for result in results {
        let (items, pieces) = result.unwrap();
        assert!(items == 1_000_000_000_000 && pieces <= 1 << 16, "{items} items in {pieces} pieces");
    }
}

/// Outer items of no pieces, or none at all.
#[derive(Serialize, Deserialize)]
struct Hollow(usize, usize);

impl Nest for Hollow {
    type Item = u64;
    type Acc = u64;
    fn shape(&self) -> (usize, usize) {
        (self.0, self.1)
    }
    fn empty(&self) -> u64 {
        5
    }
    fn fold(&self, _: usize, acc: &mut u64, pieces: Range<usize>) {
        *acc += pieces.len() as u64;
    }
    fn merge(&self, acc: &mut u64, other: u64) {
        *acc += other - 5;
    }
    fn finish(&self, outer: usize, acc: u64) -> u64 {
        outer as u64 + acc
    }
}

pub(crate) fn graphs_and_nests_may_be_empty() {
    fn check<T: Execute>() {
        for workers in [1, 3] {
            let technique = T::start(workers).unwrap();
            for (width, depth) in [(0, 0), (0, 3), (1, 1), (5, 4)] {
                conform::agrees_on_graphs(&technique, width, depth, 7, 3);
            }
            for (outers, pieces) in [(0, 0), (0, 4), (4, 0), (4, 2)] {
                let mut out = vec![7; outers];
                technique.nest(&Arc::new(Hollow(outers, pieces)), &mut out).unwrap();
                let right: Vec<u64> = (0..outers).map(|outer| (outer + pieces + 5) as u64).collect();
                assert_eq!(out, right, "{outers} x {pieces}");
            }
        }
    }
    check::<Pipes>();
    check::<SharedMemory>();
}

/// A workload with much in it. Each item is the process that folded it, and how often that has read a workload.
#[derive(Serialize, Deserialize)]
struct Heavy {
    counted: Counted,
    load: serde_bytes::ByteBuf,
}

#[derive(Serialize)]
struct Counted;

static READ: AtomicUsize = AtomicUsize::new(0);

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        READ.fetch_add(1, Relaxed);
        <()>::deserialize(from).map(|()| Counted)
    }
}

impl Reduce for Heavy {
    type Acc = BTreeSet<(u32, usize)>;
    fn len(&self) -> usize {
        1000
    }
    fn grain(&self) -> usize {
        1
    }
    fn empty(&self) -> Self::Acc {
        BTreeSet::new()
    }
    fn fold(&self, acc: &mut Self::Acc, _: Range<usize>) {
        assert!(self.load.iter().step_by(4096).all(|byte| *byte == 7));
        acc.insert((process::id(), READ.load(Relaxed)));
    }
    fn merge(&self, acc: &mut Self::Acc, other: Self::Acc) {
        acc.extend(other);
    }
}

pub(crate) fn a_heavy_workload_is_read_once_in_each_worker() {
    fn check<T: Execute>() {
        let technique = T::start(2).unwrap();
        for _run in 0..2 {
            let load = serde_bytes::ByteBuf::from(vec![7; 40 << 20]);
            let read = technique.reduce(&Arc::new(Heavy { counted: Counted, load })).unwrap();
            assert!(!read.is_empty() && read.iter().all(|&(_, times)| times == 1), "{read:?}");
        }
    }
    in_time(check::<Pipes>);
    in_time(check::<SharedMemory>);
}
