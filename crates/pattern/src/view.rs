//! A table that many consult, as one worker sees it: what techniques of every family that guard one have in common.

use crate::answer::{Answer, No};
use crate::state::{Access, Consult};
use crate::{pieces, team, whole_share};
use std::any::Any;
use std::ops::Range;

/// How one worker reads and changes a table that others see too.
pub trait View<E> {
    /// What an entry holds now, whole.
    fn read(&mut self, entry: usize) -> E;
    /// Replaces what an entry holds, as one, by what `next` makes of it. It may be asked more than once.
    fn change(&mut self, entry: usize, next: impl Fn(E) -> E);
}

/// A table of one's own.
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

/// What stands in a table before the first operation.
pub fn first<C: Consult>(work: &C) -> impl ExactSizeIterator<Item = C::Entry> + '_ {
    (0..work.entries()).map(|entry| work.first(entry))
}

/// Does a share of the operations, in their order.
pub fn operate<C: Consult>(work: &C, operations: Range<usize>, view: &mut impl View<C::Entry>) -> C::Reader {
    let mut reader = work.reader();
    for i in operations {
        match work.access(i) {
            Access::Read(entry) => {
                let value = view.read(entry);
                work.seen(&mut reader, entry, value);
            }
            Access::Change(entry) => view.change(entry, |value| work.next(value)),
        }
    }
    reader
}

/// Does all operations, by `workers` threads with an equal share each, in whole grains; each has a view of its own.
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

/// Why a technique that holds two words an entry refuses other entries.
pub const TWO_WORDS: No = No::Unfit(
    "a sequence lock holds plain words, since a reader may fetch half of a change before it tries again: make an entry a [u64; 2]",
);

/// A value as one of type `B`, if that is its type: for techniques that know only entries of one kind. The compiler knows
/// the answer, so nothing is looked up when the program runs.
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
