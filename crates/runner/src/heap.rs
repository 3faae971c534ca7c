//! Counting the allocations of a run, by a library that the supervisor preloads, in a process that is never timed.
//!
//! `PARALLAX_HEAP` names a file of five numbers of 64 bits in native byte order, which the library maps in each process
//! of the tree. The first switches it on and off. The others are the number of allocations, their bytes, and how many
//! bytes more than at the start are allocated now and were at the peak.

use crate::clock::now_ns;
use crate::protocol::Heap;
use parallax_pattern::{Answer, No};
use parallax_suite::cell::Run;
use std::fs::File;
use std::hint::black_box;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The variable that names the file.
pub const VARIABLE: &str = "PARALLAX_HEAP";

/// How many numbers the file has.
pub const NUMBERS: usize = 5;

/// How many runs are counted; the median is reported, because threads do not allocate the same in each run.
const RUNS: usize = 3;

/// No further run is counted after this time.
const ENOUGH_NS: u64 = 100_000_000;

/// Counts the allocations of a run, after a first run that is not counted, whose allocations may happen only once.
///
/// # Errors
///
/// The cell's refusal, [`No::Failed`] if a result is wrong, or [`No::Unavailable`] where allocations are not counted.
pub(crate) fn heap(run: &mut dyn Run) -> Answer<Heap> {
    let path = std::env::var_os(VARIABLE).ok_or_else(|| No::Unavailable(UNCOUNTED.into()))?;
    counted(run, &Page::open(Path::new(&path))?)
}

const UNCOUNTED: &str = "this process counts no allocations; `cargo xtask profile` starts one that does";

fn counted(run: &mut dyn Run, page: &Page) -> Answer<Heap> {
    page.ensure_counts()?;
    once(run, |run| run.run(1))?;
    let (mut seen, began) = (Vec::new(), now_ns());
    while seen.is_empty() || seen.len() < RUNS && now_ns() - began < ENOUGH_NS {
        once(run, |run| {
            let (answer, heap) = page.count(|| run.run(1)).map_err(|why| No::failed(why.to_string()))?;
            seen.push(heap);
            answer
        })?;
    }
    seen.sort_by_key(|heap| (heap.allocations, heap.bytes, heap.peak_bytes));
    Ok(seen[seen.len() / 2])
}

/// A run whose result is checked: wrong work is not counted.
fn once(run: &mut dyn Run, mut work: impl FnMut(&mut dyn Run) -> Answer<()>) -> Answer<()> {
    run.spoil();
    work(run)?;
    run.check().map(drop).map_err(|mismatch| No::Failed(Box::new(mismatch)))
}

/// The shared file. Reads and writes of it access the same memory as the mapping.
struct Page(File);

impl Page {
    fn open(path: &Path) -> Answer<Self> {
        let file = File::options().read(true).write(true).open(path);
        file.map(Page).map_err(|why| No::Unavailable(format!("cannot open {}: {why}", path.display())))
    }

    /// Counts the allocations of `work`.
    fn count<T>(&self, work: impl FnOnce() -> T) -> io::Result<(T, Heap)> {
        self.write([0; NUMBERS])?;
        self.write([1])?;
        let done = work();
        self.write([0])?;
        let mut bytes = [0; 8 * NUMBERS];
        self.0.read_exact_at(&mut bytes, 0)?;
        let number = |at: usize| i64::from_ne_bytes(std::array::from_fn(|k| bytes[8 * at + k]));
        let [allocations, bytes, peak_bytes] = [1, 2, 4].map(|at| number(at).unsigned_abs());
        Ok((done, Heap { allocations, bytes, peak_bytes }))
    }

    fn write<const N: usize>(&self, numbers: [i64; N]) -> io::Result<()> {
        self.0.write_all_at(numbers.map(i64::to_ne_bytes).as_flattened(), 0)
    }

    /// Checks that the allocations of this process are counted at all.
    fn ensure_counts(&self) -> Answer<()> {
        let (_, heap) =
            self.count(|| black_box(vec![1_u8; 1000])).map_err(|why| No::failed(why.to_string()))?;
        let is_seen = heap.allocations >= 1 && heap.bytes >= 1000;
        if is_seen { Ok(()) } else { Err(No::Unavailable(OWN_ALLOCATOR.into())) }
    }
}

const OWN_ALLOCATOR: &str = "this program does not allocate through the system's C library: it is linked statically, or has its own allocator";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotspots;
    use parallax_suite::Size;

    #[test]
    fn a_process_that_nothing_counts_says_so_and_never_zero() {
        let cell = hotspots::cells().remove(0);
        let mut run = cell.start(1).unwrap().load(cell.params(Size::Tiny, 0)).ok().unwrap();
        let refused = heap(run.as_mut()).unwrap_err();
        assert!(
            matches!(&refused, No::Unavailable(why) if why.contains("counts no allocations")),
            "{refused}"
        );
        let file = Page(tempfile());
        let refused = counted(run.as_mut(), &file).unwrap_err();
        assert!(matches!(&refused, No::Unavailable(why) if why.contains("its own allocator")), "{refused}");
    }

    #[test]
    fn the_numbers_are_those_that_the_library_writes_while_it_is_on() {
        let page = Page(tempfile());
        let library = page.0.try_clone().unwrap();
        let write = |at: u64, number: i64| library.write_all_at(&number.to_ne_bytes(), 8 * at).unwrap();
        let is_on = || {
            let mut on = [0; 8];
            library.read_exact_at(&mut on, 0).unwrap();
            i64::from_ne_bytes(on) == 1
        };
        let counted = page.count(|| {
            [7, 700, -5, 300].into_iter().zip(1..).for_each(|(number, at)| write(at, number));
            is_on()
        });
        assert_eq!(counted.unwrap(), (true, Heap { allocations: 7, bytes: 700, peak_bytes: 300 }));
        assert!(!is_on());
        assert_eq!(page.count(|| ()).unwrap().1, Heap::default(), "it begins at zero each time");
    }

    fn tempfile() -> File {
        let path = std::env::temp_dir().join(format!("parallax-{}-{}", std::process::id(), now_ns()));
        let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        file
    }
}
