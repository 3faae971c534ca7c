//! Every technique at every workload, and at work that is empty, tiny, ragged or failing.

mod common;

use parallax_processes::cells;
use parallax_processes::technique::prefork::{self, Prefork};
use parallax_suite::conform::{self, Mirror};
use parallax_suite::question::Technique;
use parallax_suite::workload::Routes;

fn main() {
    parallax_processes::init();
    prefork::init::<Routes>();
    prefork::init::<Mirror>();
    common::run(vec![
        ("every_cell_is_right", every_cell_is_right),
        ("clients_are_answered", clients_are_answered),
        ("children_end_with_their_parent", children_end_with_their_parent),
    ]);
}

fn clients_are_answered() {
    conform::answers_clients(|| Prefork::start(1));
}

fn every_cell_is_right() {
    let ran = conform::cells(cells());
    assert!(!ran.is_empty());
    println!("{ran:?}");
}

