//! Lock-free building blocks, each small enough to read: an atomic, not a lock, says which thread owns the data.
//!
//! | for | take | it costs |
//! |---|---|---|
//! | one thread feeding another | [`spsc::ring`] | nanoseconds a message, less in batches |
//! | many threads feeding many | [`mpmc::Queue`] | a contended compare-and-swap a message |
//! | the same, asleep when idle | [`channel::Channel`] | a fence a message on top |
//! | steps in lockstep | [`barrier::SpinBarrier`] | a few line transfers a step |
//! | uneven independent items | [`counter::WorkCounter`], [`counter::GuidedCounter`] | an addition a piece |
//! | a known task graph | [`countdown::Countdown`] | a subtraction an edge |
//! | a short critical section | [`spin_lock::SpinLock`], [`ticket_lock::TicketLock`] | a line transfer a hand-over |
//! | the same, wanted by many cores | [`mcs_lock::McsLock`] | the same, and one more for the waiter's own word |
//! | changes that many threads request | [`flat_combining::FlatCombining`] | a look at every thread's request |
//! | a few words that all read and some change | [`seq_lock::SeqLock`] | two loads of a count a read |
//! | a value computed once | [`once_slot::OnceSlot`] | a plain load a read |
//!
//! All access to the machine goes through `mod primitive`. `tests/loom.rs` compiles these same files twice: with a
//! `primitive` made of loom, which runs their tests in every order that the memory model allows, and with one that
//! ignores its orderings, under which every such test has to fail.

pub mod backoff;
pub mod barrier;
pub mod capacity;
pub mod channel;
pub mod countdown;
pub mod counter;
pub mod event;
pub mod flat_combining;
pub mod lock;
pub mod mcs_lock;
pub mod mpmc;
pub mod once_slot;
mod primitive;
pub mod seq_lock;
pub mod spin_lock;
pub mod spsc;
pub mod ticket_lock;
