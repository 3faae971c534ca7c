//! The measuring harness: plans a run, audits its workers, keeps its journal and reports it.
//!
//! Workers do the work itself: they are separate programs, which it does not link. Read in this order: `turn` (one
//! audited process), `worker` (a process from outside), `journal` (the files of a run), `analysis` and the crate
//! `parallax-method` (from numbers to verdicts), `summary` and `report` (their presentation).

pub mod against;
pub mod amount;
pub mod analysis;
pub mod bars;
pub mod bench;
pub mod calls;
pub mod changed;
pub mod compare;
pub mod costs;
pub mod doctor;
pub mod duel;
pub mod durable;
pub mod environment;
pub mod exit;
pub mod filter;
pub mod fleet;
pub mod forecast;
pub mod heap;
pub mod history;
pub mod hosts;
pub mod identity;
pub mod interrupt;
pub mod journal;
pub mod judgement;
pub mod lifeline;
pub mod limits;
pub mod load;
pub mod losses;
pub mod machine_lock;
pub mod own;
pub mod pace;
pub mod pairs;
pub mod payback;
pub mod peers;
pub mod plan;
pub mod preview;
pub mod progress;
pub mod quiet;
pub mod report;
pub mod run;
pub mod say;
mod scale_line;
pub mod scaling;
pub mod share;
pub mod shell;
pub mod sources;
pub mod store;
pub mod style;
pub mod summary;
pub mod table;
pub mod target;
pub mod topics;
pub mod turn;
pub mod units;
pub mod worker;
pub mod workers;
pub mod workspace;
