//! The record of a run, as it stands in its files: one schema, which measuring writes and every reader shares.
//!
//! `plan.json` is a [`plan::Plan`], a line of the journal a [`journal::Line`], `env.json` an
//! [`environment::Environment`], and `summary.json` a [`summary::Summary`], derived from the others. What comes from a
//! file is checked before it is believed ([`check`]).

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
