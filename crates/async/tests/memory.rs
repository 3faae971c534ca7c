//! The memory that a reduction of very many pieces needs; alone in its file, because it counts the process's allocations.

use parallax_async::{AsyncStd, Compio, Smol, Tokio, TokioCurrentThread};
use parallax_conform::{Heap, folds_in_constant_memory};
use parallax_pattern::optional;
use parallax_pattern::{Execute, No};

#[global_allocator]
static HEAP: Heap = Heap::new();

fn folds<T: Execute>() {
    match T::start(2) {
        Err(No::Unavailable(why)) if T::CARD.name == "compio" => optional::skip("io_uring", &why),
        started => folds_in_constant_memory(&started.unwrap(), &HEAP),
    }
}

#[test]
fn pieces_are_dealt_as_they_are_worked_on() {
    folds::<AsyncStd>();
    folds::<Compio>();
    folds::<Smol>();
    folds::<Tokio>();
    folds::<TokioCurrentThread>();
}
