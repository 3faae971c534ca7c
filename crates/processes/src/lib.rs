//! Processes that work together: a pool of them, and memory that they share.
#![doc = include_str!("../README.md")]

pub mod shared;
pub mod technique;

mod call;
mod child;
mod clock;
mod error;
mod frame;
mod image;
mod letter;
mod line;
mod panics;
mod patience;
mod pool;
mod recorder;
mod roster;
mod spawner;
mod squad;
mod strays;
mod worker;

pub use error::{Death, Error, Panic};
pub use pool::{Builder, Chunked, Handle, Pool, Unordered};
pub use technique::cells;
pub use worker::init;
