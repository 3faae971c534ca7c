//! The tightest code we know for each limit, and the proof that it ran.

mod arithmetic;
mod handover;
mod memory;
mod products;
mod scalar;

pub(crate) use arithmetic::arithmetic;
pub(crate) use handover::handover;
pub(crate) use memory::memory;
pub(crate) use products::products;
pub(crate) use scalar::scalar;
