//! What the simulations share.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

pub(crate) mod journal;
pub(crate) mod machine;
pub(crate) mod run;
pub(crate) mod world;
