//! A counting allocator for tests: the memory that a technique allocates while it works.

#![expect(unsafe_code, reason = "an allocator is an unsafe trait; this one forwards all calls")]

use parallax_pattern::Reduce;
use parallax_pattern::{Distribute, No};
use serde::{Deserialize, Serialize};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The system's allocator with a count of the bytes in use. A test makes it its global allocator:
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
    /// A new one, which has counted nothing.
    pub const fn new() -> Self {
        Heap { now: AtomicUsize::new(0), most: AtomicUsize::new(0) }
    }

    /// How many bytes more than before were in use at the peak while `work` ran, by all threads.
    pub fn peak_of(&self, work: impl FnOnce()) -> usize {
        let before = self.now.load(Relaxed);
        self.most.store(before, Relaxed);
        work();
        self.most.load(Relaxed).saturating_sub(before)
    }
}

// SAFETY: every call is forwarded unchanged to the system's allocator; counting touches no memory of it.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = self.now.fetch_add(layout.size(), Relaxed) + layout.size();
        self.most.fetch_max(now, Relaxed);
        // SAFETY: the caller fulfils the requirements of this method, which are those of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above; the memory is `System`'s, since `alloc` got it there.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Checks that the memory of a reduction does not grow with its pieces: they are handed out on demand.
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
    count(1000); // the first call makes one-time allocations
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
