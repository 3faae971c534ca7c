//! The memory that a reduction of very many pieces needs; alone in its file, because it counts the process's allocations.

use parallax_atomics::{PointToPoint, SelfScheduling, SpinBarrier};
use parallax_conform::{Heap, folds_in_constant_memory};
use parallax_pattern::Execute;

#[global_allocator]
static HEAP: Heap = Heap::new();

fn folds<T: Execute>() {
    folds_in_constant_memory(&T::start(2).unwrap(), &HEAP);
}

#[test]
fn pieces_are_dealt_as_they_are_worked_on() {
    folds::<PointToPoint>();
    folds::<SelfScheduling>();
    folds::<SpinBarrier>();
}
