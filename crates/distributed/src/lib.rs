//! Work that is spread over hosts, each with its own memory, by existing engines.
//!
//! A host is a place where a process of this program runs: this machine, several times over, or others that a file
//! [names](Hosts). The program must be the same everywhere, byte for byte, which is checked before anything runs.
//!
//! ```
//! use parallax_distributed::Hosts;
//!
//! let two = Hosts::parse(
//!     r#"
//!     [[host]]
//!     name = "here"
//!     address = "127.0.0.1"
//!
//!     [[host]]
//!     name = "there"
//!     address = "127.0.0.1"
//!     cores = 2
//!     "#,
//! )?;
//! assert_eq!(two.iter().map(|host| host.cores).sum::<usize>(), 3);
//! # Ok::<(), parallax_distributed::Error>(())
//! ```
//!
//! | engine | which worker runs what | when a host dies |
//! |---|---|---|
//! | `Timely` (feature `timely`) | shares, fixed when a call begins | the call ends, and names the host |
//!
//! Where a reduction makes a table that no single host should hold, each key has an owner: `Keyed`, `Timely::exchange`.
//!
//! [`init`] is the first statement of `main` in every program that uses an engine: the other processes are the same
//! program, started again. [`Members`] and [`Hello`] are for your own engines.

mod beat;
#[cfg(feature = "worker")]
mod cells;
mod error;
#[cfg(feature = "worker")]
mod exchange;
mod hello;
mod hosts;
mod members;
mod meter;
#[cfg(feature = "worker")]
pub mod network;
// Named like the crate, so it is private: `use parallax_distributed::*` must not hide that.
#[cfg(feature = "timely")]
mod timely;

#[cfg(feature = "timely")]
pub use self::timely::{Keyed, Timely};
#[cfg(feature = "worker")]
pub use cells::cells;
pub use error::Error;
pub use hello::{Hello, role};
pub use hosts::{Host, Hosts};
pub use members::Members;
pub use meter::{Meter, Moment};

/// Turns this process into a member of another host's program if it was started as one; otherwise returns.
///
/// It is the first statement of `main` in every program that starts members: code before it runs in them, too.
///
/// ```
/// parallax_distributed::init();
/// // the program starts here
/// ```
pub fn init() {
    match role().as_deref() {
        #[cfg(feature = "timely")]
        Some(timely::ENGINE) => timely::run_member(),
        #[cfg(feature = "worker")]
        Some(network::ROLE) => std::process::exit(i32::from(network::member().is_err())),
        _ => {} // another engine's, which has its own `init`
    }
}

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
