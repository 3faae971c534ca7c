//! Runs every chosen cell once; a family's cells share a process until one of them breaks it.

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use parallax_harness::exit::Exit;
use parallax_harness::fleet::{Fleet, FleetCell};
use parallax_harness::say::say;
use parallax_harness::turn::{self, Patience};
use parallax_harness::worker::{Interrupted, NoAnswer, Worker};
use parallax_record::journal::Outcome;
use parallax_record::name::PEERS;
use parallax_runner::protocol::{Measure, Status};
use parallax_suite::Size;
use std::collections::HashMap;
use std::process::ExitCode;

/// The input of every cell, and the limits of a run.
pub(crate) struct Input {
    /// How large it is.
    pub(crate) size: Size,
    /// Which of its variants.
    pub(crate) variants: Vec<u32>,
    /// How many workers a technique may use.
    pub(crate) workers: usize,
    /// How long it may take.
    pub(crate) patience: Patience,
    /// Whether to skip a technique's other cells after one that gave no answer.
    pub(crate) give_up: bool,
}

/// How many of the chosen cells, on each input, ran before an interrupt.
pub(crate) struct Reach {
    runs: usize,
    chosen: usize,
}

impl Reach {
    /// The exit status: `all` if every cell ran; otherwise it reports how many are missing.
    pub(crate) fn ended(&self, all: Exit) -> ExitCode {
        if self.runs == self.chosen {
            return all.into();
        }
        let missing = self.chosen - self.runs;
        say(&format!("interrupted: {missing} of {} cells were not reached", self.chosen));
        Exit::Interrupted.into()
    }
}

/// Runs every chosen cell once on each input and hands on its outcome. A family's cells share a process until
/// one of them breaks it.
pub(crate) fn each(
    fleet: &Fleet,
    mut chosen: Vec<&FleetCell>,
    input: &Input,
    mut told: impl FnMut(&FleetCell, u32, &Outcome),
) -> Result<Reach> {
    let mut running: HashMap<&str, Worker> = HashMap::new();
    let mut digests: HashMap<(&str, &str, u32), Option<String>> = HashMap::new();
    let mut stuck: HashMap<(&str, &str), String> = HashMap::new();
    // by technique, as the peers' worker restarts between techniques and some have daemons that take seconds to start
    chosen.sort_by_key(|cell| (cell.family == PEERS).then_some(&cell.info.technique));
    let style = ProgressStyle::with_template("{pos} of {len} cells · {wide_msg} {eta} left")?;
    let mut reach = Reach { runs: 0, chosen: chosen.len() * input.variants.len() };
    let bar = ProgressBar::new(reach.chosen as u64).with_style(style); // shown on a terminal only
    let runs = chosen.into_iter().flat_map(|cell| input.variants.iter().map(move |variant| (cell, *variant)));
    for (cell, variant) in runs {
        bar.set_message(cell.name());
        let technique = (cell.family.as_str(), cell.info.technique.as_str());
        let outcome = match stuck.get(&technique) {
            Some(why) => failed(why.clone()),
            None => {
                let mut worker = match running.remove(cell.family.as_str()) {
                    Some(worker) => worker,
                    None => Worker::spawn(&fleet.launches[&cell.family], input.workers)?,
                };
                let wanted = turn::prepare(cell, input.size, variant, input.workers);
                match turn::measure(&mut worker, &wanted, &Measure::ONCE, input.patience) {
                    Ok(outcome) => {
                        running.insert(&cell.family, worker);
                        let digest =
                            digests.entry((&cell.info.workload, &cell.info.case, variant)).or_default();
                        turn::agree(outcome, digest)
                    }
                    Err(why) if why.is::<Interrupted>() => break,
                    Err(why) => {
                        if input.give_up && why.is::<NoAnswer>() {
                            let name = cell.name();
                            stuck.insert(
                                technique,
                                format!("{name} gave no answer; `cargo xtask verify` waits"),
                            );
                        }
                        failed(format!("{why:#}"))
                    }
                }
            }
        };
        bar.suspend(|| told(cell, variant, &outcome));
        reach.runs += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(reach)
}

fn failed(reason: String) -> Outcome {
    Outcome::Refused { status: Status::Failed, reason }
}

/// Reports the families whose worker is absent.
pub(crate) fn absent(fleet: &Fleet) {
    for (worker, why) in &fleet.absent {
        say(&format!("without {worker}: {why}"));
    }
}
