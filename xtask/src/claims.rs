//! The verb `claims`: published figures re-run as they were published, and again without their mistakes.
//!
//! The ledger is data (`peers/python/peers/claims/ledger.json`): what was published, where, and what to look at.

use anyhow::{Context, Result, bail};
use parallax_harness::peers;
use parallax_harness::say::say;
use parallax_harness::style::{Paint, bold, dim};
use parallax_harness::table::{self, Cell, Column, Format, FormatOption, Table};
use parallax_harness::worker::shorten;
use parallax_harness::{interrupt, journal, lifeline, machine_lock};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::{Child, ExitCode, Stdio};
use std::time::Duration;

/// The file of all claims' outcomes; the site reads it, also from the folder of a run.
pub(crate) const KEPT: &str = "claims.json";

/// The file of the outcomes of a re-run that has not ended: it replaces the other when it has, so that an interrupted
/// re-run takes nothing from the one before.
const UNFINISHED: &str = "claims-unfinished.json";

/// The longest that a claim may take in minutes, unless its entry says otherwise: ten times what most need on a quiet
/// machine.
const MINUTES: u64 = 5;

/// How often a waiting supervisor looks.
const LOOK: Duration = Duration::from_millis(50);

/// Which claims to re-run.
#[derive(Debug, clap::Args)]
pub(crate) struct ClaimsArgs {
    /// The claims' names; all if none is given
    names: Vec<String>,
    /// Only show the ledger
    #[arg(long)]
    ledger: bool,
    /// Keep the outcomes of the last re-run, and re-run only claims that have none: it was interrupted, or they failed
    #[arg(long, conflicts_with_all = ["names", "ledger"])]
    resume: bool,
    #[command(flatten)]
    form: FormatOption,
}

/// An entry of the ledger, with its outcome on this machine.
#[derive(Debug, Serialize, Deserialize)]
struct Claim {
    name: String,
    workload: String,
    source: String,
    published: String,
    /// How it was measured there.
    #[serde(default)]
    protocol: String,
    /// `as published` or `rewritten`.
    #[serde(default)]
    kept: String,
    /// What differs from the source, and why; empty if nothing does.
    #[serde(default)]
    differs: String,
    /// What the source leaves open, and what is assumed instead.
    #[serde(default)]
    left_open: String,
    look_at: String,
    /// The longest that it may take, where that is more than usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minutes: Option<u64>,
    #[serde(default)]
    outcome: Option<Outcome>,
    #[serde(default)]
    error: Option<String>,
}

impl Claim {
    /// What an outcome depends on.
    fn entry(&self) -> [&str; 7] {
        let Claim { name, workload, source, published, protocol, kept, differs, .. } = self;
        [name, workload, source, published, protocol, kept, differs].map(String::as_str)
    }
}

/// The outcome of a re-run; figures are medians, and milliseconds unless their name says otherwise.
#[derive(Debug, Serialize, Deserialize)]
struct Outcome {
    /// `reproduced`, `reversed`, `void` or `refused`.
    verdict: String,
    why: String,
    as_published: BTreeMap<String, f64>,
    corrected: BTreeMap<String, f64>,
    #[serde(default)]
    spread: Spread,
}

/// The least and the most of the figures behind each median, and how many there are.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Spread {
    as_published: BTreeMap<String, (f64, f64, usize)>,
    corrected: BTreeMap<String, (f64, f64, usize)>,
}

/// Runs the verb.
pub(crate) fn claims(args: &ClaimsArgs) -> Result<ExitCode> {
    interrupt::listen();
    let ledger = peers::command(&["-m", "peers.claims"])?.output().context("cannot start Python")?;
    let mut claims: Vec<Claim> =
        serde_json::from_slice(&ledger.stdout).context("the ledger is not valid JSON")?;
    if let Some(stranger) = args.names.iter().find(|name| claims.iter().all(|claim| claim.name != **name)) {
        let known: Vec<&str> = claims.iter().map(|claim| claim.name.as_str()).collect();
        bail!("there is no claim '{stranger}'; there are {}", known.join(", "));
    }
    claims.retain(|claim| args.names.is_empty() || args.names.contains(&claim.name));
    if args.resume {
        take_over(&mut claims)?;
    }
    let _alone = (!args.ledger).then(machine_lock::take).transpose()?;
    let (mut kept, all) = (Ok(()), claims.len());
    for k in (0..all).filter(|_| !args.ledger) {
        if claims[k].outcome.is_some() {
            continue;
        }
        let minutes = claims[k].minutes.unwrap_or(MINUTES);
        let place = format!("{} of {all}", k + 1);
        say(&format!("re-running {}, {place}, which may take {minutes} minutes", claims[k].name));
        match rerun(&claims[k].name, Duration::from_secs(60 * minutes)) {
            Ok(outcome) => claims[k].outcome = Some(outcome),
            Err(_) if interrupt::asked() => break,
            Err(why) => claims[k].error = Some(format!("{why:#}")),
        }
        if args.names.is_empty() {
            kept = keep(&claims); // after each, so that an interruption loses at most one
        }
    }
    match args.form.format {
        Format::Json => table::print(&as_json(&claims)?)?,
        Format::Csv => overview(&claims).print(Format::Csv)?,
        Format::Text => table::tell(&words(&claims, Format::Text))?,
        Format::Md => table::print(&words(&claims, Format::Md))?,
    }
    if kept.is_ok() && !args.ledger && args.names.is_empty() && !interrupt::asked() {
        kept = finish();
    }
    kept?; // the outcomes are printed first
    if interrupt::asked() {
        let done = claims.iter().filter(|claim| claim.outcome.is_some()).count();
        let way = if args.names.is_empty() { "; `cargo xtask claims --resume` continues" } else { "" };
        say(&format!("interrupted: {done} of {all} have an outcome{way}"));
        return Ok(ExitCode::from(interrupt::STATUS));
    }
    let failed = claims.iter().any(|claim| claim.error.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn as_json(claims: &[Claim]) -> Result<String> {
    Ok(serde_json::to_string_pretty(claims)? + "\n")
}

/// Writes the outcomes that are there; a file that is replaced is whole until then.
fn keep(claims: &[Claim]) -> Result<()> {
    let (home, json) = (journal::home(), as_json(claims)?);
    let path = home.join(UNFINISHED);
    let fresh = path.with_extension("new");
    let write = || {
        std::fs::create_dir_all(&home)?;
        std::fs::write(&fresh, json)?;
        std::fs::rename(&fresh, &path)
    };
    write().with_context(|| format!("cannot write {}; make room, then repeat with --resume", path.display()))
}

/// Puts the outcomes where the site finds them.
fn finish() -> Result<()> {
    let [from, to] = [UNFINISHED, KEPT].map(|name| journal::home().join(name));
    if !from.exists() {
        return Ok(()); // nothing had to be re-run
    }
    std::fs::rename(&from, &to).with_context(|| format!("cannot write {}", to.display()))
}

/// Takes the outcomes of the last re-run, except of claims whose entry has changed since.
fn take_over(claims: &mut [Claim]) -> Result<()> {
    let [unfinished, ended] = [UNFINISHED, KEPT].map(|name| journal::home().join(name));
    let path = if unfinished.exists() { unfinished } else { ended };
    let read = || -> Result<Vec<Claim>> { Ok(serde_json::from_slice(&std::fs::read(&path)?)?) };
    let last = read().with_context(|| {
        format!("there is nothing to continue: {} has no outcomes; leave out --resume", path.display())
    })?;
    for before in last {
        if let Some(claim) = claims.iter_mut().find(|claim| claim.entry() == before.entry()) {
            claim.outcome = before.outcome;
        }
    }
    Ok(())
}

/// Re-runs one claim in its own process, which is killed if it takes too long.
fn rerun(name: &str, limit: Duration) -> Result<Outcome> {
    let mut command = peers::command(&["-m", "peers.claims", name])?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    lifeline::tie(&mut command);
    let mut child = command.spawn().context("cannot start Python")?;
    let mut left = limit;
    while child.try_wait()?.is_none() {
        if interrupt::asked() || left.is_zero() {
            end(&mut child);
            let late = "it took longer than its entry allows; run it again on a quiet machine";
            bail!("{}", if left.is_zero() { late } else { "interrupted" });
        }
        std::thread::sleep(LOOK);
        left = left.saturating_sub(LOOK);
    }
    let told = child.wait_with_output()?;
    if !told.status.success() {
        let words = String::from_utf8_lossy(&told.stderr).into_owned();
        bail!(
            "{}",
            shorten(words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it gave no reason"))
        );
    }
    serde_json::from_slice(&told.stdout).context("its output is not a valid outcome")
}

fn end(child: &mut Child) {
    let _ = child.kill(); // it may have ended by itself
    let _ = child.wait();
}

fn overview(claims: &[Claim]) -> Table {
    let columns = [
        Column::text("claim", "claim").kept(),
        Column::text("verdict", "verdict").kept(),
        Column::text("why", "why"),
        Column::text("source", "source"),
        Column::text("published", "published"),
    ];
    let mut table = Table::new(columns);
    for claim in claims {
        let (verdict, why) = match (&claim.outcome, &claim.error) {
            (Some(outcome), _) => (outcome.verdict.as_str(), outcome.why.as_str()),
            (None, Some(error)) => ("failed", error.as_str()),
            (None, None) => ("", claim.look_at.as_str()),
        };
        let texts = [why, &claim.source, &claim.published].map(Cell::from);
        table.row(
            [Cell::from(claim.name.as_str()), Cell::from(verdict).paint(paint(verdict))]
                .into_iter()
                .chain(texts),
        );
    }
    table
}

fn paint(verdict: &str) -> Paint {
    match verdict {
        "reproduced" => Paint::Green,
        "reversed" | "failed" => Paint::Red,
        _ => Paint::Yellow,
    }
}

/// Each claim with what was published, what to look at and both series of figures.
fn words(claims: &[Claim], format: Format) -> String {
    let mut out = String::new();
    for claim in claims {
        let heading = if format == Format::Md { format!("## {}", claim.name) } else { bold(&claim.name) };
        let _ = writeln!(out, "{heading}\n");
        let texts = [
            ("source", &claim.source),
            ("published", &claim.published),
            ("protocol", &claim.protocol),
            ("protocol here", &here(claim)),
            ("left open there", &claim.left_open),
            ("look at", &claim.look_at),
        ];
        for (title, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
            let _ = writeln!(out, "{}", wrap(&format!("{title}: {text}")));
        }
        if let Some(error) = &claim.error {
            let _ = writeln!(out, "{}", wrap(&format!("failed: {error}")));
        }
        if let Some(outcome) = &claim.outcome {
            tell(&mut out, outcome);
        }
        out.push('\n');
    }
    out
}

/// Whether the protocol is kept, and what differs.
fn here(claim: &Claim) -> String {
    if claim.differs.is_empty() { claim.kept.clone() } else { format!("{}: {}", claim.kept, claim.differs) }
}

fn tell(out: &mut String, outcome: &Outcome) {
    let verdict = paint(&outcome.verdict).over(&outcome.verdict, parallax_harness::style::coloured());
    let _ = writeln!(out, "verdict: {verdict}: {}", outcome.why);
    for (title, figures, spread) in [
        ("as published", &outcome.as_published, &outcome.spread.as_published),
        ("corrected", &outcome.corrected, &outcome.spread.corrected),
    ] {
        for (name, value) in figures {
            let range = spread.get(name).map_or_else(String::new, |(low, high, count)| {
                format!(" ({low:.4} to {high:.4}, n = {count})")
            });
            let _ = writeln!(out, "{}", dim(format!("  {title:12} {value:>12.4}  {name}{range}")));
        }
    }
}

fn wrap(text: &str) -> String {
    let options = textwrap::Options::new(table::terminal_width()).subsequent_indent("  ");
    textwrap::wrap(text, options).join("\n")
}
