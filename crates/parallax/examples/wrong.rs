//! Work whose kernel is wrong in every technique but one; an example for this crate's tests.

use parallax::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Numbers from a counter that all pieces share, so that a second run, or several threads, write different ones.
struct Counted {
    next: AtomicU64,
}

impl Map for Counted {
    type Item = u64;
    fn len(&self) -> usize {
        1000
    }
    fn fill(&self, _: usize, out: &mut [u64]) {
        out.fill_with(|| self.next.fetch_add(1, Relaxed));
    }
}

/// A kernel that writes the right numbers.
#[derive(Clone)]
struct ByPlace;

impl Fill<Counted> for ByPlace {
    const SOURCE: &'static str = file!();
    fn fill(&self, _: &Counted, start: usize, out: &mut [u64]) {
        out.iter_mut().zip(start as u64..).for_each(|(item, place)| *item = place);
    }
}

fn main() -> ExitCode {
    let work = || Counted { next: AtomicU64::new(1) };
    parallax::bench("wrong", work)
        .expect(|items| items.iter().copied().eq(0..1000))
        .kernel("by-place", ByPlace)
        .main()
}
