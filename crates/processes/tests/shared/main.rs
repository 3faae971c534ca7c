//! Processes that share memory see the same bytes, wait for each other, and survive each other's death.

mod barrier;
#[path = "../common/mod.rs"]
mod common;
mod ends;
mod memory;
mod pairs;
mod ring;
mod starved;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::time::Duration;
use std::{fs, process, thread};

use common::{eventually, hang, kill_myself, pool, printed_pids, runs, scenario};
use parallax_processes::shared::{Barrier, Ring, Shared};
use parallax_processes::{Error, Pool};
use rustix::process::{Signal, set_parent_process_death_signal};

fn main() {
    parallax_processes::init();
    if let Some(name) = common::scenario_name() {
        return if name.starts_with("starved") { starved::play(&name) } else { ends::play(&name) };
    }
    common::run!(
        memory::parts_are_filled_by_other_processes,
        memory::claims_hold_across_processes,
        memory::claims_of_a_killed_worker_are_taken_back,
        memory::neighbours_exchange_their_edges,
        memory::memory_travels_to_workers_and_not_from_them,
        memory::a_worker_maps_memory_once_and_lets_go,
        barrier::a_barrier_does_not_wait_for_the_dead,
        barrier::a_barrier_does_not_wait_for_those_who_never_came,
        pairs::pairs_change_as_one_across_processes,
        pairs::a_writer_that_was_killed_is_not_waited_for,
        ring::messages_cross_in_order,
        ring::bytes_cross_as_a_stream,
        ring::a_killed_sender_ends_the_stream_with_an_error,
        ring::a_killed_receiver_frees_the_sender,
        starved::a_claim_of_ones_own_is_not_buried,
        starved::a_process_that_does_not_know_its_birth_cannot_claim,
        starved::a_claim_of_another_process_is_not_buried,
        starved::nobody_who_is_waited_for_is_taken_for_dead,
        ends::nothing_is_left_when_everybody_is_killed,
        ends::a_child_of_a_killed_worker_does_not_hide_its_death,
    );
}
