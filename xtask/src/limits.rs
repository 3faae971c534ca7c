//! The verb `limits`: what this machine can do at most, the yardstick for every time.

use crate::table::{Cell, Column, Format, FormatOption, Table, print};
use crate::worker::{Interrupted, shorten};
use crate::{fleet, interrupt, units, workers};
use anyhow::{Context, Result, bail};
use parallax_limits::{FEWEST, Limit};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

/// How long the measuring may take before it is ended; it should take some seconds.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often to look whether it has ended or someone pressed Ctrl-C.
const LOOK: Duration = Duration::from_millis(20);

/// Measure what this machine can do at most: bandwidths, peaks and rates
#[derive(Debug, clap::Args)]
pub(crate) struct LimitsArgs {
    /// How many workers, such as 2 or 1,2,4 [default: one, and all cores]
    #[arg(long, value_delimiter = ',', value_parser = workers::parse)]
    workers: Vec<usize>,
    /// How many samples of each limit, at least 13
    #[arg(long, default_value_t = 15)]
    samples: usize,
    #[command(flatten)]
    form: FormatOption,
}

/// Runs the verb.
pub(crate) fn limits(args: &LimitsArgs) -> Result<ExitCode> {
    interrupt::listen();
    if args.samples < FEWEST {
        bail!(
            "the upper quartile of fewer than {FEWEST} samples has no 95 % interval; give --samples {FEWEST} or more"
        );
    }
    let all = workers::cores();
    let workers: BTreeSet<usize> = match args.workers.is_empty() {
        true => [1, all].into(),
        false => args.workers.iter().copied().collect(),
    };
    let limits = measure(&fleet::baseline()?, &workers, args.samples, PATIENCE)?;
    match args.form.format {
        Format::Json => print(&(serde_json::to_string_pretty(&limits)? + "\n"))?,
        format => table(&limits).print(format)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Lets the baseline's worker measure the limits, in a process of its own.
///
/// # Errors
///
/// If it fails or hangs, with what it printed; or [`Interrupted`].
pub(crate) fn measure(
    program: &Path,
    workers: &BTreeSet<usize>,
    samples: usize,
    patience: Duration,
) -> Result<Vec<Limit>> {
    let workers: Vec<String> = workers.iter().map(ToString::to_string).collect();
    let mut command = Command::new(program);
    command.args(["limits", "--workers", &workers.join(","), "--samples", &samples.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
    let (said, complained) = (read(child.stdout.take()), read(child.stderr.take()));
    let ended = wait(&mut child, patience);
    let _ = child.kill(); // if it has not ended
    let status = child.wait()?;
    let [said, complained] = [said, complained].map(|text| text.join().unwrap_or_default());
    ended?;
    if !status.success() {
        bail!("{}", shorten(complained.trim().trim_start_matches("error: ")));
    }
    serde_json::from_str(&said).with_context(|| format!("these are no limits: {}", shorten(&said)))
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

fn table(limits: &[Limit]) -> Table {
    let columns = [
        Column::text("limit", "limit").kept(),
        Column::text("in", "place").kept(),
        Column::text("isa", "isa").kept(),
        Column::number("workers", "workers"),
        Column::number("rate", "per_second"),
        Column::number("from", "low"),
        Column::number("to", "high"),
    ];
    let mut table = Table::new(columns);
    for limit in limits {
        let rate = |value: f64| Cell::new(units::per_second(value, limit.rate.unit()), value);
        table.row([
            Cell::from(name(limit)),
            limit.set.as_ref().map_or("", |set| set.place.as_str()).into(),
            limit.isa.as_str().into(),
            Cell::new(limit.workers.to_string(), limit.workers),
            rate(limit.per_second),
            rate(limit.low),
            rate(limit.high),
        ]);
    }
    table
}

/// `triad, streaming`.
fn name(limit: &Limit) -> String {
    match limit.way.as_str() {
        "" => limit.rate.name().to_owned(),
        way => format!("{}, {way}", limit.rate.name()),
    }
}

/// A limit in full, for one who reads it beside a share: `triad, streaming, in memory (avx512)`.
pub(crate) fn label(limit: &Limit) -> String {
    let comma = if limit.way.is_empty() { "" } else { "," };
    let place = limit.set.as_ref().map_or(String::new(), |set| format!("{comma} in {}", set.place));
    let isa = if limit.isa.is_empty() { String::new() } else { format!(" ({})", limit.isa) };
    format!("{}{place}{isa}", name(limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_limits::WorkingSet;
    use parallax_suite::Rate;

    #[test]
    fn the_widest_rows_fit_eighty_columns() {
        let limit = |rate: Rate, way: &str| Limit {
            rate,
            way: way.into(),
            isa: "avx512".into(),
            workers: 128,
            set: Some(WorkingSet { place: "memory".into(), bytes: 1, holds: None }),
            per_second: 123.4e9,
            low: 121.2e9,
            high: 987.6e9,
            samples: 15,
            rates: Vec::new(),
        };
        let rows = [limit(Rate::Multiply, ""), limit(Rate::Triad, "streaming"), limit(Rate::Fma, "")];
        let text = table(&rows).render(Format::Text, 80, false);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("123 Gflop/s") && text.contains("triad, streaming  memory  avx512"), "{text}");
        assert_eq!(label(&rows[1]), "triad, streaming, in memory (avx512)");
        assert_eq!(label(&Limit { isa: String::new(), set: None, ..limit(Rate::Spin, "") }), "spin");
    }

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
