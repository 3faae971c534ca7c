//! Work at its edges: rows that must not be cut, a huge number of items, no items, and one heavy workload.

use super::*;

/// Fails for a piece that cuts a row.
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

/// Too many items for memory to hold even one word for each thousand of them.
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

/// Outer items without pieces, or no outer items.
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
    fn check<T: Distribute>() {
        for workers in [1, 3] {
            let technique = T::start(workers).unwrap();
            for (width, depth) in [(0, 0), (0, 3), (1, 1), (5, 4)] {
                parallax_conform::agrees_on_graphs(&technique, width, depth, 7, 3);
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

/// A large workload. Each item is the process that folded it, and how often that process has read a workload.
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
    fn check<T: Distribute>() {
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

/// A chain of nodes, and one more node whose visit lasts until the chain has been walked to its end.
#[derive(Serialize, Deserialize)]
struct Slow {
    walked: Counters,
    chain: u64,
}

/// Or until this many milliseconds have passed: no worker walks on.
const GIVES_UP: u64 = 20_000;

impl Search for Slow {
    type Node = u64;
    type Acc = u64;
    fn roots(&self) -> Vec<u64> {
        vec![0, 1]
    }
    fn empty(&self) -> u64 {
        0
    }
    fn visit(&self, node: u64, acc: &mut u64, mut found: impl FnMut(u64)) {
        match node {
            0 => {
                let walked = |_: &u64| self.walked[0].load(Relaxed) < self.chain;
                let waited = (0..GIVES_UP).take_while(walked);
                waited.for_each(|_| std::thread::sleep(Duration::from_millis(1)));
                *acc += u64::from(self.walked[0].load(Relaxed) == self.chain);
            }
            _ => {
                self.walked[0].fetch_add(1, Relaxed);
                (node < self.chain).then(|| found(node + 1));
            }
        }
    }
    fn merge(&self, acc: &mut u64, other: u64) {
        *acc += other;
    }
}

/// The chain takes several walks of one worker, while the other is at its first.
pub(crate) fn a_slow_walk_holds_up_no_other() {
    let slow = Arc::new(Slow { walked: Counters::zeroed(1).unwrap(), chain: 3000 });
    assert_eq!(Pipes::start(2).unwrap().search(&slow).unwrap(), 1, "the chain was not walked meanwhile");
}
