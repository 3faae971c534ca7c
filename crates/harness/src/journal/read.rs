//! Reading the files of a run: implausible lines are refused, with their number.

use super::{JOURNAL, LIMITS, NETWORK};
use crate::costs::{self, Costed};
use crate::share::Ceilings;
use crate::shell::quoted;
use crate::units;
use crate::workspace::command;
use anyhow::{Context, Result, anyhow, bail};
use parallax_limits::Limit;
use parallax_method::schedule::Rest;
use parallax_record::check;
use parallax_record::journal::Line;
use parallax_record::plan::Plan;
use parallax_suite::Rate;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// Reads the plan of a run.
///
/// # Errors
///
/// If it cannot be read, or has invalid names or figures.
pub fn read_plan(folder: &Path) -> Result<Plan> {
    let plan: Plan = read_json(folder, "plan.json")?;
    if plan.schema != parallax_record::plan::SCHEMA {
        bail!("{} was written by another version (schema {})", folder.display(), plan.schema);
    }
    check::plan(&plan).with_context(|| {
        format!("{} is damaged; without its plan a run cannot be read", folder.join("plan.json").display())
    })?;
    Ok(plan)
}

/// Reads one of a run's JSON files.
pub fn read_json<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T> {
    let path = folder.join(name);
    let text = read(&path)
        .and_then(|text| String::from_utf8(text).map_err(io::Error::other))
        .with_context(|| format!("{} is not the folder of a run: no {name} can be read", folder.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
}

/// Reads a file of a run; a pipe or a device instead of it would block the reader forever.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    match fs::metadata(path)?.is_file() {
        true => fs::read(path),
        false => Err(io::Error::other("it is not a file")),
    }
}

/// Why each cell got no more blocks; none for a run that was interrupted.
///
/// # Errors
///
/// If the file is damaged.
pub fn read_rests(folder: &Path) -> Result<Option<Vec<Vec<Rest>>>> {
    read_optional(folder, "end.json", |_| Ok(()))
}

/// The limits of the machine and the network, as far as a run has measured them.
///
/// # Errors
///
/// If one of their files is damaged.
pub fn read_ceilings(folder: &Path) -> Result<Ceilings> {
    let limits = read_optional(folder, LIMITS, |Known(limits)| check::limits(limits))?;
    let network = read_optional(folder, NETWORK, check::network)?;
    Ok(Ceilings { limits: limits.map(|Known(limits)| limits).unwrap_or_default(), network })
}

/// The costs of a run's cells apart from time, as far as they were looked up.
///
/// # Errors
///
/// If the file is damaged.
pub fn read_costs(folder: &Path) -> Result<Vec<Costed>> {
    Ok(read_optional(folder, costs::FILE, |_| Ok(()))?.unwrap_or_default())
}

/// Limits without those of rates that another version measured and this one does not use.
#[derive(Deserialize)]
#[serde(try_from = "Vec<Value>")]
struct Known(Vec<Limit>);

impl TryFrom<Vec<Value>> for Known {
    type Error = serde_json::Error;
    fn try_from(limits: Vec<Value>) -> Result<Self, Self::Error> {
        let is_known =
            |limit: &Value| !limit["rate"].is_string() || Rate::deserialize(&limit["rate"]).is_ok();
        let known = limits.into_iter().filter(is_known).map(serde_json::from_value);
        known.collect::<Result<_, _>>().map(Known)
    }
}

/// Reads an optional file of a run.
fn read_optional<T: DeserializeOwned>(
    folder: &Path,
    name: &str,
    check: impl Fn(&T) -> Result<()>,
) -> Result<Option<T>> {
    let path = folder.join(name);
    let text = match read(&path) {
        Ok(text) => text,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why).with_context(|| format!("cannot read {}", path.display())),
    };
    let read = serde_json::from_slice(&text).map_err(Into::into).and_then(|read| check(&read).map(|()| read));
    read.map(Some)
        .with_context(|| format!("{} is damaged; remove it, and the run is read without it", path.display()))
}

/// Reads the whole lines of a run's journal; a torn last line is left out.
///
/// # Errors
///
/// If another line cannot be read or does not fit this plan.
pub fn read_lines_of(folder: &Path, plan: &Plan) -> Result<Vec<Line>> {
    Ok(read_lines(folder, plan)?.0)
}

/// The whole lines, and how many bytes they take.
pub(super) fn read_lines(folder: &Path, plan: &Plan) -> Result<(Vec<Line>, u64)> {
    let path = folder.join(JOURNAL);
    let text = match read(&path) {
        Ok(text) => text,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(why) => return Err(why).with_context(|| format!("cannot read {}", path.display())),
    };
    parse(&text, plan).map_err(|Damaged { line, why }| {
        let (file, folder) = (quoted(&path), quoted(folder));
        let last = if line == 1 { String::new() } else { format!(", which keeps {}", units::things(line - 1, "line")) };
        anyhow!(
            "line {line} of {} is damaged: {why:#}; cut the file there with `sed -i '{line},$d' {file}`{last}, and \
             go on with `{} --resume {folder}`",
            path.display(),
            command()
        )
    })
}

/// A line that is whole but damaged.
pub(super) struct Damaged {
    pub(super) line: usize,
    pub(super) why: anyhow::Error,
}

/// The whole lines of a journal, and how many bytes they take, without an end torn by a crash or a power loss.
pub(super) fn parse(text: &[u8], plan: &Plan) -> Result<(Vec<Line>, u64), Damaged> {
    let (mut lines, mut whole, mut ended) = (Vec::new(), 0, BTreeSet::new());
    for (number, line) in text.split_inclusive(|&b| b == b'\n').enumerate() {
        if !line.ends_with(b"\n") {
            break;
        }
        let read = serde_json::from_slice(line).map_err(Into::into);
        let read = read.and_then(|line: Line| check::line(&line, plan).map(|()| line));
        // A repeated part would count twice.
        let read = read.and_then(|line| match &line {
            Line::Block(block) if !ended.insert(block.block) => {
                bail!("block {} ends a second time", block.block)
            }
            _ => Ok(line),
        });
        match read {
            Ok(line) => lines.push(line),
            Err(_) if is_unwritten(&text[whole as usize..]) => break,
            Err(why) => return Err(Damaged { line: number + 1, why }),
        }
        whole += line.len() as u64;
    }
    Ok((lines, whole))
}

/// Whether a power loss has left this end of a journal: it has zeros for text that was not yet on the disk, and no end
/// of a block after them, since that would have been synced.
fn is_unwritten(text: &[u8]) -> bool {
    let is_block = |line: &[u8]| matches!(serde_json::from_slice(line), Ok(Line::Block(_)));
    let mut lines = text.split(|&byte| byte == b'\n');
    lines.next().is_some_and(|line| line.contains(&0)) && !lines.any(is_block)
}
