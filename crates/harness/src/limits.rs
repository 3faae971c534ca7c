//! What this machine can do at most, as the baseline's worker measures it.

use crate::interrupt;
use crate::lifeline;
use crate::worker::{Interrupted, shorten};
use anyhow::{Context, Result, bail};
use parallax_limits::Limit;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// How often to look whether it has ended or someone pressed Ctrl-C.
const LOOK: Duration = Duration::from_millis(20);

/// Lets the baseline's worker measure the limits, in a process of its own.
///
/// # Errors
///
/// If it fails or hangs, with what it printed; or [`Interrupted`].
pub fn measure(
    program: &Path,
    workers: &BTreeSet<usize>,
    samples: usize,
    patience: Duration,
) -> Result<Vec<Limit>> {
    let workers: Vec<String> = workers.iter().map(ToString::to_string).collect();
    let mut command = Command::new(program);
    command.args(["limits", "--workers", &workers.join(","), "--samples", &samples.to_string()]);
    let said = told(command, patience)?;
    serde_json::from_str(&said).with_context(|| format!("these are no limits: {}", shorten(&said)))
}

/// What a worker prints on a question of its command line.
pub(crate) fn told(mut command: Command, patience: Duration) -> Result<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    lifeline::tie(&mut command);
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("cannot start {program}"))?;
    let (said, complained) = (read(child.stdout.take()), read(child.stderr.take()));
    let ended = wait(&mut child, patience);
    let _ = child.kill(); // if it has not ended
    let status = child.wait()?;
    let [said, complained] = [said, complained].map(|text| text.join().unwrap_or_default());
    ended?;
    if !status.success() {
        bail!("{}", shorten(complained.trim().trim_start_matches("error: ")));
    }
    Ok(said)
}

/// Reads all of it beside what goes on, so that a full pipe stops nobody.
fn read(from: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        let _ = from.map(|from| from.take(1 << 22).read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    })
}

fn wait(child: &mut Child, patience: Duration) -> Result<()> {
    let mut left = patience;
    while child.try_wait()?.is_none() {
        if interrupt::asked() {
            return Err(Interrupted.into());
        }
        left = left
            .checked_sub(LOOK)
            .with_context(|| format!("not measured within {} s", patience.as_secs()))?;
        thread::sleep(LOOK);
    }
    Ok(())
}

/// `triad, streaming`.
pub fn name(limit: &Limit) -> String {
    match limit.way.as_str() {
        "" => limit.rate.name().to_owned(),
        way => format!("{}, {way}", limit.rate.name()),
    }
}

/// A limit in full, for one who reads it beside a share: `triad, streaming, in memory (avx512)`.
pub fn label(limit: &Limit) -> String {
    let comma = if limit.way.is_empty() { "" } else { "," };
    let place = limit.set.as_ref().map_or(String::new(), |set| format!("{comma} in {}", set.place));
    let isa = if limit.isa.is_empty() { String::new() } else { format!(" ({})", limit.isa) };
    format!("{}{place}{isa}", name(limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_limits::FEWEST;

    const PATIENCE: Duration = Duration::from_secs(180);

    #[test]
    fn what_cannot_measure_says_why() {
        let why = |program: &str| {
            format!("{:#}", measure(Path::new(program), &[1].into(), FEWEST, PATIENCE).unwrap_err())
        };
        assert!(why("/nowhere/baseline").contains("cannot start"));
        assert!(why("echo").contains("these are no limits: limits --workers 1"), "{}", why("echo"));
        assert!(why("ls").contains("--workers"), "{}", why("ls")); // its complaint, in full
    }
}
