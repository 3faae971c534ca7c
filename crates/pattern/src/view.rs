//! One worker's view of a shared table: common code of the techniques that guard one.

use crate::answer::{Answer, No};
use crate::state::{Access, Consult};
use crate::{pieces, team, whole_share};
use std::any::Any;
use std::ops::Range;

/// One worker's access to a shared table.
pub trait View<E> {
    /// Reads the current value of an entry, atomically.
    fn read(&mut self, entry: usize) -> E;
    /// Replaces the value of an entry, atomically, by the result of `next`, which may be called more than once.
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E);
}

/// A table that is not shared.
impl<E: Copy> View<E> for &mut [E] {
    #[inline(always)]
    fn read(&mut self, entry: usize) -> E {
        self[entry]
    }
    #[inline(always)]
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E) {
        self[entry] = next(self[entry]);
    }
}

/// The entries of a table before the first operation.
pub fn first<C: Consult>(work: &C) -> impl ExactSizeIterator<Item = C::Entry> + '_ {
    (0..work.entries()).map(|entry| work.first(entry))
}

/// Does a share of the operations, in their order.
pub fn operate<C: Consult>(work: &C, operations: Range<usize>, view: &mut impl View<C::Entry>) -> C::Reader {
    let mut reader = work.reader();
    for access in work.accesses(operations) {
        match access {
            Access::Read(entry) => {
                let value = view.read(entry);
                work.seen(&mut reader, entry, value);
            }
            Access::Change(entry) => view.change(entry, |value| work.next(value)),
        }
    }
    reader
}

/// Does all operations, on `workers` threads with an equal share each, in whole grains; each has its own view.
///
/// # Errors
///
/// If a thread cannot be started ([`team::run`]).
pub fn spread<C: Consult, V: View<C::Entry>>(
    workers: usize,
    work: &C,
    view: impl Fn() -> V + Sync,
) -> Answer<Vec<C::Reader>> {
    let (view, shares) = (&view, pieces(work.len(), whole_share(work.len(), work.grain(), workers)));
    team::run(shares.map(|operations| move || operate(work, operations, &mut view())))
}

/// Why a technique whose entries are two words refuses other entries.
pub const TWO_WORDS: No = No::Unfit(
    "a sequence lock holds plain words, since a reader may fetch half of a change before it tries again: make an entry a [u64; 2]",
);

/// A value as one of type `B`, if that is its type: for techniques that support only entries of one type. The compiler
/// resolves this, so nothing is looked up at run time.
///
/// ```
/// use parallax_pattern::view::cast;
/// fn words<E: Copy + 'static>(entry: E) -> Option<[u64; 2]> {
///     cast(entry)
/// }
/// assert_eq!((words([3_u64, 4]), words([3.0, 4.0])), (Some([3, 4]), None));
/// ```
#[inline(always)]
pub fn cast<A: Copy + 'static, B: Copy + 'static>(value: A) -> Option<B> {
    (&value as &dyn Any).downcast_ref().copied()
}
