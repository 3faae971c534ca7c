//! A shared table that all threads read and some change, guarded in different ways on one scaffold: each thread has an
//! equal share of the operations ([`parallax_pattern::view::spread`]).

pub mod arc_swap;
pub mod copy_on_write;
pub mod dash_map;
pub mod left_right;
pub mod owner_thread;
pub mod papaya_map;
pub mod parking_lot;
pub mod rw_lock;
pub mod rw_lock_sharded;
pub mod scc;
pub mod seq_lock;

/// The same hash function for all maps: foldhash, in its form for tables that use any bits of a hash.
pub(crate) type Hashing = foldhash::quality::FixedState;
