//! The memory that a reduction of very many pieces needs; alone in its file, because it counts the process's
//! allocations.

use parallax_conform::{Heap, folds_in_constant_memory};
use parallax_pattern::Execute;
use parallax_threading::{
    Chili, Crossbeam, CrossbeamChannel, Pinned, Rayon, RayonBridge, RayonJoin, RayonMinLen, Scoped,
    ScopedDynamic,
};

#[global_allocator]
static HEAP: Heap = Heap::new();

fn folds<T: Execute>() {
    folds_in_constant_memory(&T::start(2).unwrap(), &HEAP);
}

#[test]
fn pieces_are_dealt_as_they_are_worked_on() {
    folds::<Chili>();
    folds::<Crossbeam>();
    folds::<CrossbeamChannel>();
    folds::<Pinned>();
    folds::<Rayon>();
    folds::<RayonBridge>();
    folds::<RayonJoin>();
    folds::<RayonMinLen>();
    folds::<Scoped>();
    folds::<ScopedDynamic>();
}
