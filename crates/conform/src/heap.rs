//! What a technique allocates while it works: a test's allocator that counts.

#![expect(unsafe_code, reason = "an allocator is an unsafe trait; this one passes all on")]

use parallax_pattern::Reduce;
use parallax_pattern::{Distribute, No};
use serde::{Deserialize, Serialize};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The system's allocator, and how many bytes were in use at most. A test makes it its global allocator:
///
/// ```
/// use parallax_conform::Heap;
///
/// #[global_allocator]
/// static HEAP: Heap = Heap::new();
///
/// fn main() {
///     let bytes = HEAP.peak_of(|| drop(std::hint::black_box(vec![0_u8; 1000])));
///     assert!((1000..10_000).contains(&bytes));
/// }
/// ```
#[derive(Debug, Default)]
pub struct Heap {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Heap {
    /// One that has counted nothing yet.
    pub const fn new() -> Self {
        Heap { now: AtomicUsize::new(0), most: AtomicUsize::new(0) }
    }

    /// How many bytes more than before were in use at most while `work` ran, by whichever thread.
    pub fn peak_of(&self, work: impl FnOnce()) -> usize {
        let before = self.now.load(Relaxed);
        self.most.store(before, Relaxed);
        work();
        self.most.load(Relaxed).saturating_sub(before)
    }
}

// SAFETY: every call is passed on to the system's allocator as it came; counting touches no memory of it.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = self.now.fetch_add(layout.size(), Relaxed) + layout.size();
        self.most.fetch_max(now, Relaxed);
        // SAFETY: the caller keeps what `System` asks for, which is what this method asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above; the memory is `System`'s, since `alloc` got it there.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Shows that the memory of a reduction does not grow with its pieces: they are dealt out as they are worked on.
///
/// # Panics
///
/// If it does, or if the result is wrong.
pub fn folds_in_constant_memory<T: Distribute>(technique: &T, heap: &Heap) {
    let name = T::CARD.name;
    let count = |len| {
        heap.peak_of(|| match technique.reduce(&Arc::new(Count { len })) {
            Ok(count) => assert_eq!(count, len, "{name}"),
            Err(No::Failed(why)) => panic!("{name}: {why}"),
            Err(_) => (),
        })
    };
    count(1000); // what is made once, by the first call
    let few = count(1000);
    let many = count(PIECES);
    // A list of the pieces alone would have two words for each.
    assert!(many < few + PIECES, "{name}: {many} bytes for {PIECES} pieces, {few} for 1000");
}

const PIECES: usize = 1 << 20;

/// Pieces of one item, which are only counted.
#[derive(Serialize, Deserialize)]
struct Count {
    len: usize,
}

impl Reduce for Count {
    type Acc = usize;
    fn len(&self) -> usize {
        self.len
    }
    fn grain(&self) -> usize {
        1
    }
    fn empty(&self) -> usize {
        0
    }
    fn fold(&self, count: &mut usize, items: Range<usize>) {
        *count += items.len();
    }
    fn merge(&self, count: &mut usize, other: usize) {
        *count += other;
    }
}
