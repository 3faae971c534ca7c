//! The method, pure: what times of fresh processes allow to be said, and which block to run next.
//!
//! Nothing here reads a clock, starts a process or opens a file, so that every rule can be held against simulated
//! machines. Read [`estimate`] first, then [`schedule`].

pub mod estimate;
pub mod schedule;
