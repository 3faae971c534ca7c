//! The hash function of every cache here, so that caches differ by what they do with a key, not by how they hash it.

/// foldhash, as most Rust maps have it by default, in its variant for tables that use any bits of a hash
/// (sharded maps do), and with a fixed seed, so that a run can be repeated. Keys that an attacker may choose
/// need `std::hash::RandomState`.
pub(crate) type Hashing = foldhash::quality::FixedState;
