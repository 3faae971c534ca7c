//! Puts changed settings back, except for those that another process has changed since.

use super::{Outcome, Refused, Step, set};
use crate::doctor::memory::{Entry, Memory};
use crate::doctor::settings::{Knob, Tree};
use anyhow::{Context, Result};
use parallax_harness::durable::Files;
use std::io::ErrorKind;

/// Puts all settings back to their values before the first `--apply`, with a step for each file.
///
/// # Errors
///
/// If the settings that are still to be put back cannot be kept.
pub(in crate::doctor) fn restore(
    tree: &impl Tree,
    disk: &mut impl Files,
    memory: &mut Memory,
    pretend: bool,
    steps: &mut Vec<Step>,
) -> Result<()> {
    for entry in memory.entries.clone() {
        let Some(knob) = Knob::named(&entry.file) else { continue }; // reading has refused other files
        let step = put_back(tree, &knob, &entry, pretend);
        if !matches!(step.outcome, Outcome::Forbidden | Outcome::Failed) {
            memory.forget(&entry.file);
        }
        steps.push(step);
    }
    if pretend { Ok(()) } else { memory.keep(disk).context("cannot keep what is still to be put back") }
}

fn put_back(tree: &impl Tree, knob: &Knob, entry: &Entry, pretend: bool) -> Step {
    let Entry { file, before, applied } = entry;
    let step = |was: Option<&str>, becomes: Option<&str>, outcome, why: String| {
        let [was, becomes, wanted] = [was, becomes, Some(before)].map(|value| value.map(str::to_owned));
        Step { setting: knob.setting, file: file.clone(), was, becomes, wanted, outcome, why }
    };
    let now = match knob.current(tree) {
        Ok(now) => now,
        Err(why) if why.kind() == ErrorKind::NotFound => {
            return step(None, None, Outcome::Absent, "the machine no longer has it".into());
        }
        Err(why) => return step(None, None, Outcome::Failed, format!("it cannot be read: {why}")),
    };
    let stays = |outcome, why| step(Some(&now), Some(&now), outcome, why);
    if now == *before {
        return stays(Outcome::Fine, "it already has its previous value".into());
    }
    if now != *applied {
        let why = format!("it was changed after --apply had set '{applied}'; before that it was '{before}'");
        return stays(Outcome::Left, why);
    }
    if !knob.offers(tree, before) {
        return stays(Outcome::Failed, format!("the kernel no longer offers '{before}'"));
    }
    let done = match pretend {
        true => tree.may_write(file).map(|()| Outcome::Would).map_err(Refused::of),
        false => set(tree, knob, before).map(|()| Outcome::Restored),
    };
    match done {
        Ok(outcome) => step(Some(&now), Some(before), outcome, String::new()),
        Err(Refused { outcome, why }) => stays(outcome, why),
    }
}

#[cfg(test)]
mod tests;
