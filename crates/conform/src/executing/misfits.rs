//! A check that an output that is too short or too long is refused, and not written.

use super::{Crew, Shaped, graphs::Web};
use crate::refused;
use parallax_pattern::{Answer, Distribute};
use std::sync::Arc;

/// Checks that no array is written if the output is longer or shorter than the work.
///
/// # Panics
///
/// If one is, with the pattern.
pub(super) fn refuses_misfits<T: Distribute>(technique: &T, len: usize, grain: usize, steps: usize) {
    let work = Arc::new(Shaped::<Crew> { len, grain, steps, watch: Crew::default() });
    for room in [0, len.saturating_sub(1), len + 1].into_iter().filter(|&room| room != len) {
        let misfit = |pattern: &str, run: &mut dyn FnMut() -> Answer<()>| {
            let what = format!("{}, {pattern}: {len} items, room for {room}", T::CARD.name);
            let words = refused(&what, run());
            let numbers = words.is_none_or(|words| words.contains(&format!("{len}")));
            assert!(numbers, "{what}: the refusal does not name the right length");
        };
        let mut out = vec![7; room];
        misfit("map", &mut || technique.map(&work, &mut out));
        misfit("nest", &mut || technique.nest(&work, &mut out));
        misfit("stencil", &mut || technique.stencil(&work, [&mut vec![7; len], &mut out]));
        misfit("stencil", &mut || technique.stencil(&work, [&mut out, &mut vec![7; len]]));
        assert_eq!(out, vec![7; room], "{}: a refusal writes", T::CARD.name);
        let (mut short, mut whole) = (vec![[7; 2]; room], vec![[7; 2]; len]);
        misfit("divide", &mut || technique.divide(&work, &mut short, &mut whole));
        misfit("divide", &mut || technique.divide(&work, &mut whole, &mut short));
        assert!([short, whole].concat().iter().all(|item| *item == [7; 2]), "{}: writes", T::CARD.name);
        misfit("sweep", &mut || technique.sweep(&work, &mut vec![[0; 2]; room]));
    }
}

/// The same for a graph of `width` columns.
///
/// # Panics
///
/// If a row of another length is written.
pub(super) fn refuses_other_rows<T: Distribute>(technique: &T, width: usize, depth: usize) {
    let web = Arc::new(Web { width, depth, ..Web::default() });
    for room in [0, width + 1].into_iter().filter(|&room| room != width) {
        let what = format!("{}, graph: {width} columns, room for {room}", T::CARD.name);
        refused(&what, technique.graph(&web, &mut vec![[0; 3]; room]));
    }
}
