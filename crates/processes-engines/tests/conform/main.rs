//! Every engine at every workload, and at work that is ragged, failing or deadly; and the files it leaves on disk.

#[path = "../../../processes/tests/common/mod.rs"]
mod common;
mod exchanges;
mod leftovers;
mod shapes;

use common::{eventually, in_time, kill_myself, zombie_children_of};
use parallax_conform::{Shaped, Watch};
use parallax_pattern::random::at;
use parallax_pattern::{Channel, Traffic};
use parallax_pattern::{Distribute, Exchange, No, Technique};
use parallax_processes_engines::{Iceoryx2, IpcChannel, IpcMessages, Procspawn, cells};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;
use std::process;
use std::sync::Arc;

fn main() {
    parallax_processes_engines::init();
    if let Some(name) = common::scenario_name() {
        return leftovers::play(&name);
    }
    common::run!(
        every_cell_is_right,
        shapes::any_shape_agrees_with_one_thread,
        shapes::graphs_may_be_of_any_size,
        shapes::the_work_is_done_elsewhere,
        shapes::a_panic_is_a_failure_in_words,
        shapes::a_killed_worker_is_reported_and_the_next_run_works,
        exchanges::messages_are_handed_over_in_order,
        exchanges::messages_of_any_kind_and_length_arrive,
        exchanges::a_killed_producer_or_consumer_ends_the_run,
        leftovers::no_file_and_no_process_is_left,
        leftovers::workers_end_with_their_program,
    );
}

/// The cells that refuse, and must say why; all others must be right.
const REFUSALS: [(&str, &[&str]); 4] = [
    ("iceoryx2", &[]),
    ("ipc-channel", &["bubblesort", "heat", "stream"]),
    ("ipc-messages", &[]),
    ("procspawn", &["bubblesort", "heat", "stream"]),
];

fn every_cell_is_right() {
    let ran = parallax_conform::cells(cells());
    let mut listed: Vec<String> = cells().into_iter().map(|cell| cell.technique).collect();
    listed.dedup();
    assert_eq!(listed, REFUSALS.map(|(technique, _)| technique), "the list is alphabetical");
    let mut names = BTreeSet::new();
    for cell in cells() {
        let name = format!("{}:{}/{}", cell.workload, cell.case, cell.technique);
        let refuses = REFUSALS
            .iter()
            .any(|(technique, workloads)| *technique == cell.technique && workloads.contains(&cell.workload));
        assert_eq!(ran.contains(&name), !refuses, "{name}");
        assert!(names.insert(name), "two cells of one name");
    }
}
