//! Threads: one address space, many cores, and five ways to decide which thread does which piece.
//!
//! | technique | who gets which piece | threads | take it when |
//! |---|---|---|---|
//! | [`Scoped`] | one equal share each, fixed beforehand | per call | items cost the same, and no library is wanted |
//! | [`ScopedDynamic`] | the next piece from a locked queue | per call | items differ in cost, and no library is wanted |
//! | [`Crossbeam`] | an equal share each, then what is stolen | per call | items differ, and neighbours should stay together |
//! | [`CrossbeamChannel`] | the next job from a channel, by value | kept | results are small, or the work comes as messages |
//! | [`Rayon`] | halves of halves, stolen by who is idle | kept | nearly always: the default choice |
//! | [`ThreadPerConnection`] | a client each, for as long as it stays | per client | a server has hundreds of clients, not thousands |
//!
//! A static split is the cheapest and leaves workers idle when items differ (`julia`); a dynamic
//! one pays a little for every piece and loses the cache between the passes of a `stream`. Threads
//! that are started per call cost some ten microseconds each, which no longer matters from about a
//! millisecond of work on.
//!
//! All of it is safe Rust: the output is split into disjoint `&mut` parts, and the parts are handed
//! out. Each file opens with the technique alone, ready to copy.

pub mod crossbeam;
pub mod crossbeam_channel;
pub mod join;
pub mod lockstep;
pub mod rayon;
pub mod scoped;
pub mod scoped_dynamic;
pub mod thread_per_connection;

pub use self::crossbeam::Crossbeam;
pub use self::crossbeam_channel::CrossbeamChannel;
pub use self::lockstep::Lockstep;
pub use self::rayon::Rayon;
pub use self::scoped::Scoped;
pub use self::scoped_dynamic::ScopedDynamic;
pub use self::thread_per_connection::ThreadPerConnection;

use parallax_suite::cell::{self, Cell};

/// What this family measures, by name.
pub fn cells() -> Vec<Cell> {
    [
        cell::execute::<Crossbeam>(),
        cell::execute::<CrossbeamChannel>(),
        cell::execute::<Rayon>(),
        cell::execute::<Scoped>(),
        cell::execute::<ScopedDynamic>(),
        cell::reply::<ThreadPerConnection>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
