//! Every technique at every workload, and at work that is empty, tiny, ragged or failing.

mod common;

use parallax_processes::cells;
use parallax_suite::conform;

fn main() {
    parallax_processes::init();
    common::run(vec![("every_cell_is_right", every_cell_is_right)]);
}

fn every_cell_is_right() {
    let ran = conform::cells(cells());
    for technique in ["pipes", "shared-memory"] {
        assert!(ran.iter().any(|name| name.ends_with(&format!("/{technique}"))), "{technique}: {ran:?}");
    }
}
