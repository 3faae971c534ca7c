//! The files of a run: one schema, shared by the programs that write and read them.
//!
//! `plan.json` is a [`plan::Plan`], a line of the journal a [`journal::Line`], `env.json` an
//! [`environment::Environment`], and `summary.json` a [`summary::Summary`], derived from the others. Data read from a
//! file are checked before use ([`check`]).

mod beyond;
pub mod check;
pub mod contrast;
pub mod cost;
pub mod environment;
pub mod journal;
pub mod machine;
pub mod name;
pub mod near;
mod phases;
pub mod plan;
pub mod plausible;
pub mod scale;
pub mod status;
pub mod summary;
