//! Settings are changed for the time of measuring, and put back: what was before is on the disk first.

mod restore;

pub(super) use restore::restore;

use super::memory::Memory;
use super::settings::{Knob, Setting, Tree};
use anyhow::{Context, Result};
use parallax_harness::durable::Files;
use std::io::{self, ErrorKind};

/// What became of one file of a setting, or of a setting without files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) setting: Setting,
    /// From the root on; empty where a setting has no file.
    pub(super) file: String,
    pub(super) was: Option<String>,
    /// What it is now, or would be.
    pub(super) becomes: Option<String>,
    /// What it should be; none where a setting has no file.
    pub(super) wanted: Option<String>,
    pub(super) outcome: Outcome,
    pub(super) why: String,
}

/// How a step came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is changed now.
    Changed,
    /// It is as it was before.
    Restored,
    /// It would be changed.
    Would,
    /// It is as it should be already.
    Fine,
    /// It is changed only where it is named.
    Unchosen,
    /// The machine does not have it.
    Absent,
    /// Somebody else has changed it, and it stays as they left it.
    Left,
    /// This user may not.
    Forbidden,
    /// It did not take; where other files of the setting had, these are as they were before.
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

    /// Whether something is not as it was asked for.
    pub(super) const fn is_short(self) -> bool {
        matches!(self, Outcome::Left | Outcome::Forbidden | Outcome::Failed)
    }
}

/// What is changed, and whether for good.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) settings: &'a [Setting],
    /// Say only what would be done.
    pub(super) pretend: bool,
}

/// Changes settings to what measuring wants. What was done is added to `steps`, whatever goes wrong afterwards.
///
/// # Errors
///
/// If what was before cannot be kept. Then nothing more is changed.
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

/// A file of a setting that nobody asked for stays as it is.
fn not_chosen(step: Step) -> Step {
    if step.outcome == Outcome::Fine {
        return step;
    }
    let why = "changed only where it is named".to_owned();
    Step { becomes: step.was.clone(), outcome: Outcome::Unchosen, why, ..step }
}

/// What would become of the files of a setting, found out without writing to them: if one cannot be changed, none is.
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

/// Changes all files of a setting or, if one does not take, none: two clocks in one machine are worse than a wrong one.
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
            step.why = format!("somebody has set '{was}' since the last --apply; --restore gives that");
        }
    }
    memory.keep(disk).context("what it was before cannot be kept, so it stays as it is")?;
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

/// Puts a file back whose setting failed at `file`; what does not go back stays remembered.
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
        false => format!("/{file} did not take: {}", why.why),
    };
    let (Some(knob), Some(was)) = (knob, step.was.clone()) else { return };
    let is_back = || knob.current(tree).is_ok_and(|now| now == was);
    if is_back() || set(tree, knob, &was).is_ok() {
        step.becomes = Some(was);
        memory.forget(&step.file);
    } else {
        step.becomes = knob.current(tree).ok();
        step.outcome = Outcome::Failed;
        step.why += "; it did not go back either: try --restore";
    }
}

/// Why a file did not take a value.
#[derive(Debug)]
struct Refused {
    outcome: Outcome,
    why: String,
}

impl Refused {
    fn of(why: io::Error) -> Self {
        let (outcome, why) = match why.kind() {
            ErrorKind::PermissionDenied => (Outcome::Forbidden, "only root may".to_owned()),
            ErrorKind::ReadOnlyFilesystem => {
                (Outcome::Forbidden, "mounted read-only, as in a container: change it on the host".to_owned())
            }
            _ => (Outcome::Failed, why.to_string()),
        };
        Refused { outcome, why }
    }
}

/// Sets a file, and looks whether it took.
fn set(tree: &impl Tree, knob: &Knob, value: &str) -> Result<(), Refused> {
    tree.write(&knob.file, value).map_err(Refused::of)?;
    match knob.current(tree).map_err(Refused::of)? {
        now if now == value => Ok(()),
        now => {
            let why = format!("it still says '{now}' after '{value}' was written");
            Err(Refused { outcome: Outcome::Failed, why })
        }
    }
}

#[cfg(test)]
mod made;
#[cfg(test)]
mod tests;
