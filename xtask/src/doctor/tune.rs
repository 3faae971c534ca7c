//! Changes settings for the time of measuring and puts them back; their previous values are written to the disk first.

mod restore;

pub(super) use restore::restore;

use super::memory::Memory;
use super::settings::{Knob, Setting, Tree};
use anyhow::{Context, Result};
use parallax_harness::durable::Files;
use std::io::{self, ErrorKind};

/// The result for one file of a setting, or for a setting without files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) setting: Setting,
    /// Its path, relative to the root; empty if the setting has no file.
    pub(super) file: String,
    pub(super) was: Option<String>,
    /// Its value now, or the value that it would get.
    pub(super) becomes: Option<String>,
    /// The value that it should have; none if the setting has no file.
    pub(super) wanted: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) why: String,
}

/// The outcome of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was changed.
    Changed,
    /// It has its previous value again.
    Restored,
    /// It would be changed.
    Would,
    /// It already has the right value.
    Fine,
    /// It is changed only if the user names it.
    Unchosen,
    /// The machine does not have it.
    Absent,
    /// Another process has changed it since, and it keeps that value.
    Left,
    /// This user may not change it.
    Forbidden,
    /// The write failed; other files of the setting that were changed have their previous values again.
    Failed,
}

impl Outcome {
    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Outcome::Changed => "changed",
            Outcome::Restored => "restored",
            Outcome::Would => "would change",
            Outcome::Fine => "ok",
            Outcome::Unchosen => "not chosen",
            Outcome::Absent => "not here",
            Outcome::Left => "left",
            Outcome::Forbidden => "not permitted",
            Outcome::Failed => "failed",
        }
    }

    /// Whether the setting does not have the requested value.
    pub(super) const fn is_short(self) -> bool {
        matches!(self, Outcome::Left | Outcome::Forbidden | Outcome::Failed)
    }
}

/// The settings to change, and whether to pretend only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) settings: &'a [Setting],
    /// Only report what would be changed.
    pub(super) pretend: bool,
}

/// Changes settings to the values for measuring. `steps` gets each change that was made, even if a later one fails.
///
/// # Errors
///
/// If the previous values cannot be kept. Then nothing more is changed.
pub(super) fn apply(
    tree: &impl Tree,
    disk: &mut impl Files,
    memory: &mut Memory,
    wish: Wish,
    steps: &mut Vec<Step>,
) -> Result<()> {
    for setting in Setting::ALL {
        let knobs = setting.knobs(tree);
        if knobs.is_empty() {
            steps.push(absent(setting));
            continue;
        }
        let planned = plan(tree, &knobs);
        let is_due = planned.iter().any(|step| step.outcome == Outcome::Would);
        match wish.settings.contains(&setting) {
            false => steps.extend(planned.into_iter().map(not_chosen)),
            true if is_due && !wish.pretend => change(tree, disk, memory, &knobs, planned, steps)?,
            true => steps.extend(planned),
        }
    }
    Ok(())
}

fn absent(setting: Setting) -> Step {
    let (file, why) = (String::new(), setting.absence().to_owned());
    Step { setting, file, was: None, becomes: None, wanted: None, outcome: Outcome::Absent, why }
}

/// The step of a setting that the user did not name: it stays as it is.
fn not_chosen(step: Step) -> Step {
    if step.outcome == Outcome::Fine {
        return step;
    }
    let why = "changed only if you name it".to_owned();
    Step { becomes: step.was.clone(), outcome: Outcome::Unchosen, why, ..step }
}

/// The steps for the files of a setting, without writing to them: if one cannot be changed, none is.
fn plan(tree: &impl Tree, knobs: &[Knob]) -> Vec<Step> {
    let mut steps: Vec<Step> = knobs.iter().map(|knob| plan_one(tree, knob)).collect();
    let bad = steps.iter().find(|step| step.outcome.is_short());
    if let Some((outcome, why)) = bad.map(|step| (step.outcome, step.why.clone())) {
        for step in steps.iter_mut().filter(|step| step.outcome == Outcome::Would) {
            (step.outcome, step.becomes) = (outcome, step.was.clone());
            step.why.clone_from(&why);
        }
    }
    steps
}

fn plan_one(tree: &impl Tree, knob: &Knob) -> Step {
    let wanted = knob.wanted();
    let step = |was: Option<String>, becomes: Option<String>, outcome, why: String| {
        let (file, wanted) = (knob.file.clone(), Some(wanted.to_owned()));
        Step { setting: knob.setting, file, was, becomes, wanted, outcome, why }
    };
    let was = match knob.current(tree) {
        Ok(was) => Some(was),
        Err(why) => return step(None, None, Outcome::Failed, format!("it cannot be read: {why}")),
    };
    let stays = |outcome, why| step(was.clone(), was.clone(), outcome, why);
    if was.as_deref().is_some_and(|was| knob.suits(was)) {
        return stays(Outcome::Fine, String::new());
    }
    if !knob.offers(tree, wanted) {
        return stays(Outcome::Failed, format!("the kernel does not offer '{wanted}' here"));
    }
    match tree.may_write(&knob.file) {
        Ok(()) => step(was.clone(), Some(wanted.to_owned()), Outcome::Would, String::new()),
        Err(why) => {
            let Refused { outcome, why } = Refused::of(why);
            stays(outcome, why)
        }
    }
}

/// Changes all files of a setting or, if one write fails, none: two clocks in one machine are worse than a wrong one.
fn change(
    tree: &impl Tree,
    disk: &mut impl Files,
    memory: &mut Memory,
    knobs: &[Knob],
    planned: Vec<Step>,
    steps: &mut Vec<Step>,
) -> Result<()> {
    let (fine, mut todo): (Vec<Step>, Vec<Step>) =
        planned.into_iter().partition(|step| step.outcome == Outcome::Fine);
    steps.extend(fine);
    for step in &mut todo {
        let (Some(was), Some(wanted)) = (&step.was, &step.wanted) else { continue };
        if memory.note(&step.file, was, wanted) {
            step.why = format!("'{was}' was set after the last --apply; --restore puts that back");
        }
    }
    memory.keep(disk).context("its previous value cannot be kept, so it stays as it is")?;
    let of = |step: &Step| knobs.iter().find(|knob| knob.file == step.file);
    let failed = todo.iter().find_map(|step| {
        let (knob, wanted) = (of(step)?, step.wanted.as_deref()?);
        set(tree, knob, wanted).err().map(|why| (step.file.clone(), why))
    });
    match &failed {
        None => todo.iter_mut().for_each(|step| step.outcome = Outcome::Changed),
        Some((file, why)) => {
            let knobs = todo.iter().map(of).collect::<Vec<_>>();
            todo.iter_mut().zip(knobs).for_each(|(step, knob)| undo(tree, memory, knob, step, (file, why)));
        }
    }
    steps.extend(todo);
    if failed.is_some() { memory.keep(disk) } else { Ok(()) }
}

/// Puts a file back after its setting failed at `file`; a file that cannot be put back stays remembered.
fn undo(
    tree: &impl Tree,
    memory: &mut Memory,
    knob: Option<&Knob>,
    step: &mut Step,
    failed: (&str, &Refused),
) {
    let (file, why) = failed;
    step.outcome = why.outcome;
    step.why = match step.file == file {
        true => why.why.clone(),
        false => format!("/{file} was not changed: {}", why.why),
    };
    let (Some(knob), Some(was)) = (knob, step.was.clone()) else { return };
    let is_back = || knob.current(tree).is_ok_and(|now| now == was);
    if is_back() || set(tree, knob, &was).is_ok() {
        step.becomes = Some(was);
        memory.forget(&step.file);
    } else {
        step.becomes = knob.current(tree).ok();
        step.outcome = Outcome::Failed;
        step.why += "; it could not be put back either: try --restore";
    }
}

/// Why a value could not be written.
#[derive(Debug)]
struct Refused {
    outcome: Outcome,
    why: String,
}

impl Refused {
    fn of(why: io::Error) -> Self {
        let (outcome, why) = match why.kind() {
            ErrorKind::PermissionDenied => (Outcome::Forbidden, "only root may change it".to_owned()),
            ErrorKind::ReadOnlyFilesystem => {
                (Outcome::Forbidden, "mounted read-only, as in a container: change it on the host".to_owned())
            }
            _ => (Outcome::Failed, why.to_string()),
        };
        Refused { outcome, why }
    }
}

/// Writes a value to a file, and checks that the file has it.
fn set(tree: &impl Tree, knob: &Knob, value: &str) -> Result<(), Refused> {
    tree.write(&knob.file, value).map_err(Refused::of)?;
    match knob.current(tree).map_err(Refused::of)? {
        now if now == value => Ok(()),
        now => {
            let why = format!("it is still '{now}' after '{value}' was written");
            Err(Refused { outcome: Outcome::Failed, why })
        }
    }
}

#[cfg(test)]
mod made;
#[cfg(test)]
mod tests;
