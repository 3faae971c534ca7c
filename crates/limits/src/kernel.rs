//! The kernels: the tightest code we know for each limit, and the check that it ran.

mod arithmetic;
mod draws;
mod handover;
mod memory;
mod products;
mod scalar;

pub(crate) use arithmetic::arithmetic;
pub(crate) use draws::draws;
pub(crate) use handover::handover;
pub(crate) use memory::memory;
pub(crate) use products::products;
pub(crate) use scalar::scalar;
