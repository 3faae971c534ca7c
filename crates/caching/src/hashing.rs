//! The hash of every cache here: what tells two of them apart is what they do with a key, not how they hash it.

/// foldhash, as most Rust maps have it by default, in its form for tables that look at any bits of a hash (maps in shards
/// do), and with a fixed seed, so that a run can be repeated. Keys that an attacker may choose need
/// `std::hash::RandomState`.
pub(crate) type Hashing = foldhash::quality::FixedState;
