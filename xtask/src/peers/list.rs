//! Lists the peers: each system with its version, or why it is absent and which command fetches it.

use anyhow::{Context, Result, bail};
use parallax_harness::peers::{interpreter, run_by};
use parallax_harness::style::Paint;
use parallax_harness::table::{Cell, Column, Format, Table};
use serde::Deserialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// A system in the catalogue of `peers/python`.
#[derive(Deserialize)]
struct System {
    system: String,
    techniques: Vec<String>,
    versions: Vec<String>,
    absent: Option<String>,
    fetch: Option<String>,
}

/// Runs the verb. The catalogue needs no package, so any Python can read it.
pub(crate) fn list(format: Format) -> Result<ExitCode> {
    let python =
        Some(interpreter()).filter(|python| python.exists()).unwrap_or_else(|| PathBuf::from("python3"));
    let told = run_by(&python, &["-m", "peers.catalogue"]).output();
    let told = told.context("there is no Python here; install one, then run `cargo xtask peers install`")?;
    if !told.status.success() {
        bail!("the catalogue of the peers fails: {}", String::from_utf8_lossy(&told.stderr).trim());
    }
    let systems: Vec<System> =
        serde_json::from_slice(&told.stdout).context("the catalogue is not valid JSON")?;
    let columns = [
        Column::text("peer", "peer").kept(),
        Column::text("versions", "versions").kept(),
        Column::text("techniques", "techniques"),
        Column::text("absent because", "absent"),
        Column::text("fetched by", "fetch"),
    ];
    let mut table = Table::new(columns);
    for system in &systems {
        let paint = if system.absent.is_some() { Paint::Dim } else { Paint::Plain };
        let or_none = |text: &Option<String>| text.as_deref().map_or_else(|| Cell::none(""), Cell::from);
        table.row([
            Cell::from(system.system.as_str()).paint(paint),
            system.versions.join(", ").into(),
            system.techniques.join(", ").into(),
            or_none(&system.absent),
            or_none(&system.fetch),
        ]);
    }
    table.print(format)?;
    Ok(ExitCode::SUCCESS)
}
