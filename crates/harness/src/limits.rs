//! The limits of this machine, as the baseline's worker measures them.

use crate::interrupt;
use crate::lifeline;
use crate::table::{Cell, Column, Table};
use crate::units;
use crate::worker::{Interrupted, shorten};
use anyhow::{Context, Result, bail};
use parallax_limits::{Limit, Need};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// How often to check whether it has ended or Ctrl-C was pressed.
const LOOK: Duration = Duration::from_millis(20);

/// Lets the baseline's worker measure the limits, in a separate process.
///
/// # Errors
///
/// If it fails or hangs, with what it printed; or [`Interrupted`].
pub fn measure(
    program: &Path,
    workers: &BTreeSet<usize>,
    samples: usize,
    needs: Option<&[Need]>,
    patience: Duration,
) -> Result<Vec<Limit>> {
    let workers: Vec<String> = workers.iter().map(ToString::to_string).collect();
    let mut command = Command::new(program);
    command.args(["limits", "--workers", &workers.join(","), "--samples", &samples.to_string()]);
    if let Some(needs) = needs {
        command.arg("--for").arg(serde_json::to_string(needs)?);
    }
    let said = told(command, patience)?;
    serde_json::from_str(&said).with_context(|| format!("not a list of limits: {}", shorten(&said)))
}

/// The output of a worker for a question on its command line.
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

/// Reads all of it on another thread, so that a full pipe does not stop the child.
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
fn name(limit: &Limit) -> String {
    match limit.way.as_str() {
        "" => limit.rate.name().to_owned(),
        way => format!("{}, {way}", limit.rate.name()),
    }
}

/// A limit in full, as shown with a share of it: `triad, streaming, in memory (avx512)`.
pub fn label(limit: &Limit) -> String {
    let comma = if limit.way.is_empty() { "" } else { "," };
    let place = limit.set.as_ref().map_or(String::new(), |set| format!("{comma} in {}", set.place));
    let isa = if limit.isa.is_empty() { String::new() } else { format!(" ({})", limit.isa) };
    format!("{}{place}{isa}", name(limit))
}

/// A row for each limit: where and with which instruction set it was measured, its interval, and its number of samples;
/// for those of a run, also when these were taken.
pub fn table(limits: &[&Limit]) -> Table {
    let mut columns = vec![
        Column::text("limit", "limit").kept(),
        Column::text("in", "place").kept(),
        Column::text("isa", "isa").kept(),
        Column::number("workers", "workers"),
        Column::number("rate", "per_second"),
        Column::number("low", "low"),
        Column::number("high", "high"),
        Column::number("n", "samples").spared(),
    ];
    let of_a_run = limits.iter().any(|limit| !limit.at_s.is_empty());
    columns.extend(of_a_run.then(|| Column::text("when sampled", "sampled_at_s").kept().spared()));
    let mut table = Table::new(columns);
    for limit in limits {
        let rate = |value: f64| Cell::new(units::per_second(value, limit.rate.unit()), value);
        let mut row = vec![
            Cell::from(name(limit)),
            limit.set.as_ref().map_or("", |set| set.place.as_str()).into(),
            limit.isa.as_str().into(),
            Cell::new(limit.workers.to_string(), limit.workers),
            rate(limit.per_second),
            rate(limit.low),
            rate(limit.high),
            Cell::new(limit.samples.to_string(), limit.samples),
        ];
        row.extend(of_a_run.then(|| Cell::new(when(&limit.at_s), limit.at_s.as_slice())));
        table.row(row);
    }
    table
}

/// `8 times, 0 s to 4 min 58 s`: when in a run the samples were taken.
pub fn when(at_s: &[f64]) -> String {
    let told = |s: f64| units::wait(Duration::try_from_secs_f64(s.floor()).unwrap_or_default());
    match at_s {
        [] => String::new(),
        [once] => format!("once, at {}", told(*once)),
        [first, .., last] => format!("{} times, {} to {}", at_s.len(), told(*first), told(*last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Format;
    use parallax_limits::{FEWEST, WorkingSet};
    use parallax_suite::Rate;
    use serde_json::{Value, json};

    const PATIENCE: Duration = Duration::from_secs(180);

    #[test]
    fn what_cannot_measure_says_why() {
        let why = |program: &str| {
            format!("{:#}", measure(Path::new(program), &[1].into(), FEWEST, None, PATIENCE).unwrap_err())
        };
        assert!(why("/nowhere/baseline").contains("cannot start"));
        assert!(why("echo").contains("not a list of limits: limits --workers 1"), "{}", why("echo"));
        assert!(why("ls").contains("--workers"), "{}", why("ls")); // its complaint, in full
    }

    fn limit(rate: Rate, way: &str, at_s: &[f64]) -> Limit {
        Limit {
            rate,
            way: way.into(),
            isa: "avx512".into(),
            workers: 128,
            set: Some(WorkingSet { place: "memory".into(), bytes: 1, holds: None }),
            per_second: 123.4e9,
            low: 121.2e9,
            high: 987.6e9,
            samples: 15,
            at_s: at_s.to_vec(),
            rates: Vec::new(),
        }
    }

    #[test]
    fn the_widest_rows_fit_eighty_columns() {
        for at_s in [[].as_slice(), &[0.0, 40.5, 299.2]] {
            let rows = [(Rate::Multiply, ""), (Rate::Triad, "streaming"), (Rate::Fma32, "")]
                .map(|(rate, way)| limit(rate, way, at_s));
            let text = table(&rows.each_ref()).render(Format::Text, 80, false);
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert!(
                text.contains("123 Gflop/s") && text.contains("triad, streaming  memory  avx512"),
                "{text}"
            );
        }
    }

    #[test]
    fn each_rate_of_a_run_says_how_many_samples_it_has_and_when_they_were_taken() {
        let rows = [limit(Rate::Spin, "", &[0.0, 40.5, 299.2]), limit(Rate::Fma, "", &[3.9])];
        let said = |form| table(&rows.each_ref()).render(form, 200, false);
        let text = said(Format::Text);
        assert!(text.lines().next().unwrap().ends_with("low         high   n  when sampled"), "{text}");
        assert!(
            text.contains("15  3 times, 0 s to 4 min 59 s\n") && text.contains("15  once, at 3 s\n"),
            "{text}"
        );
        let rows: Vec<Value> = serde_json::from_str(&said(Format::Json)).unwrap();
        assert_eq!((&rows[0]["samples"], &rows[0]["sampled_at_s"]), (&json!(15), &json!([0.0, 40.5, 299.2])));
    }

    #[test]
    fn a_label_names_way_place_and_set() {
        assert_eq!(label(&limit(Rate::Triad, "streaming", &[])), "triad, streaming, in memory (avx512)");
        assert_eq!(label(&Limit { isa: String::new(), set: None, ..limit(Rate::Spin, "", &[]) }), "spin");
    }
}
