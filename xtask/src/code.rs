//! The verb `code`: a cell's source, cut from its files: the technique's part and the kernel that it runs.

use crate::source::{self, Snippet, SourceError};
use anyhow::{Context, Result, ensure};
use parallax_harness::filter::Filter;
use parallax_harness::fleet::{Fleet, FleetArgs, FleetCell, Wanted};
use parallax_harness::style::{bold, dim};
use parallax_harness::table::{self, Cell, Column, Format, FormatOption, Table};
use parallax_pattern::Question;
use parallax_record::name::{CellId, find};
use parallax_runner::protocol::{CellInfo, Spreader};
use serde_json::json;
use std::path::{Component, Path};
use std::process::ExitCode;

/// Show the source of a cell; without a cell, list the file and line of each
#[derive(Debug, clap::Args)]
pub(crate) struct CodeArgs {
    /// The cell, such as julia/rayon [default: list all cells]
    cell: Option<CellId>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    fleet: FleetArgs,
    #[command(flatten)]
    form: FormatOption,
}

/// A part of a cell's code.
pub(crate) struct Part {
    /// `technique`, `spread by`, `kernel` or `your own work`; `called by it` for a function that one of these calls.
    pub(crate) title: &'static str,
    /// Its file, relative to the workspace.
    pub(crate) file: String,
    /// Its text.
    pub(crate) snippet: Snippet,
}

impl Part {
    /// The part as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let Snippet { first, last, .. } = self.snippet;
        json!({ "part": self.title, "file": self.file, "first_line": first, "last_line": last,
                "text": self.snippet.dedented() })
    }
}

/// Runs the verb.
pub(crate) fn code(args: &CodeArgs) -> Result<ExitCode> {
    let fleet = Fleet::collect_for(&args.fleet, &Wanted::Filtered(args.filter.clone()))?;
    let Some(name) = &args.cell else { return places(&fleet, args) };
    let cell = find(name, &fleet.cells, |cell| {
        [cell.info.workload.as_str(), cell.info.case.as_str(), cell.info.technique.as_str()]
    })?;
    let parts = parts(cell)?;
    match args.form.format {
        Format::Json => {
            let parts: Vec<_> = parts.iter().map(Part::json).collect();
            table::print(&format!("{:#}\n", json!({ "cell": cell.name(), "parts": parts })))?;
        }
        format => table::print(&parts.iter().map(|part| words(part, format)).collect::<String>())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn words(part: &Part, format: Format) -> String {
    let place = format!("{}:{}", part.file, part.snippet.first);
    match format {
        Format::Md => {
            let language = if part.file.ends_with(".rs") { "rust" } else { "python" };
            format!("**{}** (`{place}`)\n\n```{language}\n{}```\n\n", part.title, part.snippet.dedented())
        }
        _ => format!("{} {}\n{}\n", bold(part.title), dim(place), part.snippet.dedented()),
    }
}

/// The parts of a cell's code: the technique's, and the kernel's.
///
/// # Errors
///
/// If a part is not where the cell says that it is.
pub(crate) fn parts(cell: &FleetCell) -> Result<Vec<Part>> {
    let info = &cell.info;
    if info.source.ends_with(".py") {
        return python_parts(cell, &read(&info.source)?);
    }
    let mut parts = technique_parts(info)?;
    parts.extend(spreader_parts(info)?);
    let mut part = |title, file: &str, snippet| parts.push(Part { title, file: file.to_owned(), snippet });
    let kernel = read(&info.kernel)?;
    let pattern = capitalised(&info.pattern);
    let implementation = match engine_trait(&info.pattern) {
        Some(of) => source::engine(&kernel, of, &info.method, &info.input),
        None => source::implementation(&kernel, &pattern, &info.input),
    };
    // a kernel without an engine of its own uses the workload's
    let implementation = implementation.or_else(|_| source::implementation(&kernel, &pattern, &info.input));
    if let Ok(implementation) = implementation {
        let helpers = source::called(&kernel, &implementation);
        part("kernel", &info.kernel, implementation);
        helpers.into_iter().for_each(|helper| part("called by it", &info.kernel, helper));
    }
    Ok(parts)
}

/// The parts of a cell of a user's own work: the technique's, if its file is here, and the whole file of the work.
pub(crate) fn own_parts(info: &CellInfo, text: Option<&str>) -> Vec<Part> {
    let found = if info.source.ends_with(".py") { python_technique(info) } else { technique_parts(info) };
    let mut parts = found.unwrap_or_default();
    if let Some(text) = text {
        let snippet = Snippet { text: text.to_owned(), first: 1, last: text.lines().count() };
        parts.insert(0, Part { title: "your own work", file: info.kernel.clone(), snippet });
    }
    parts
}

/// The trait that a kernel's engine implements, by the pattern of its work.
fn engine_trait(pattern: &str) -> Option<&'static str> {
    Some(match pattern {
        "map" => "Fill",
        "reduce" => "Fold",
        "sweep" => "Pass",
        "stencil" => "Step",
        "nest" => "FoldNest",
        "search" => "Expand",
        _ => return None,
    })
}

fn read(file: &str) -> Result<String> {
    let inside = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
    ensure!(inside, "'{file}' is not a file of this workspace");
    let path = parallax_harness::workspace::workspace().join(file);
    std::fs::read_to_string(path).with_context(|| format!("cannot read {file}"))
}

/// The technique's function, and the functions of its file that it calls.
fn technique_parts(info: &CellInfo) -> Result<Vec<Part>> {
    let technique = read(&info.source)?;
    // two questions have a second trait, which the pattern selects
    let question = match info.pattern.as_str() {
        "consult" => "Guard".to_owned(),
        "expire" => "Cancel".to_owned(),
        _ => capitalised(&info.question.to_string()),
    };
    let names = [info.method.as_str(), &info.workload, &info.pattern];
    let mut parts = Vec::new();
    let mut part = |title, file: &str, snippet| parts.push(Part { title, file: file.to_owned(), snippet });
    let method = match source::method(&technique, Some(&question), &info.implementor, &names) {
        // A technique for one workload alone has the method in an `impl` of the type itself, not in the trait's.
        Err(SourceError::NoImpl { .. } | SourceError::NoFn { .. }) => {
            source::method(&technique, None, &info.implementor, &names)
        }
        found => found,
    };
    match method {
        Ok(method) => {
            let helpers = source::called(&technique, &method);
            part("technique", &info.source, method);
            helpers.into_iter().for_each(|helper| part("called by it", &info.source, helper));
        }
        // No technique has a method for the pattern `scalar`: the question refuses it for all of them.
        Err(SourceError::NoFn { .. }) if info.pattern == "scalar" => {
            let kernel = read(&info.kernel)?;
            part("kernel", &info.kernel, source::method(&kernel, None, &info.input, &["sort"])?);
        }
        Err(why) => return Err(why.into()),
    }
    Ok(parts)
}

/// The part of another technique that spreads this technique's kernel, if there is one.
fn spreader_parts(info: &CellInfo) -> Result<Vec<Part>> {
    let Some(Spreader { source, implementor }) = info.spreader.clone() else { return Ok(Vec::new()) };
    let nothing = String::new; // its method for the pattern is wanted, not one that it may have for this workload
    let (method, workload) = (nothing(), nothing());
    let spreads =
        CellInfo { question: Question::Execute, method, workload, source, implementor, ..info.clone() };
    let mut parts = technique_parts(&spreads)?;
    parts.iter_mut().filter(|part| part.title == "technique").for_each(|part| part.title = "spread by");
    Ok(parts)
}

/// The same for a technique of Python that runs a user's own function.
fn python_technique(info: &CellInfo) -> Result<Vec<Part>> {
    let found = source::python(&read(&info.source)?, &info.method)?;
    let part = |snippet| Part { title: "technique", file: info.source.clone(), snippet };
    Ok(found.into_iter().map(part).collect())
}

/// The same for a cell in Python: a function, those of its file that it calls, and the compiled kernel if it has one.
fn python_parts(cell: &FleetCell, technique: &str) -> Result<Vec<Part>> {
    let info = &cell.info;
    let mut parts = Vec::new();
    let mut add = |title: &'static str, file: &str, text: &str, name: &str| -> Result<()> {
        for (k, snippet) in source::python(text, name)?.into_iter().enumerate() {
            let title = if k == 0 { title } else { "called by it" };
            parts.push(Part { title, file: file.to_owned(), snippet });
        }
        Ok(())
    };
    add("technique", &info.source, technique, &info.method)?;
    if !info.kernel.is_empty() {
        let path = parallax_harness::workspace::workspace().join(&info.kernel);
        let kernel = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", info.kernel))?;
        add("kernel", &info.kernel, &kernel, &info.input)?;
    }
    Ok(parts)
}

/// Lists the file and lines of each cell's code; fails if one has none.
fn places(fleet: &Fleet, args: &CodeArgs) -> Result<ExitCode> {
    let columns = [
        Column::text("cell", "cell").kept(),
        Column::text("file", "file").kept(),
        Column::number("line", "first_line"),
        Column::number("to", "last_line"),
        Column::text("error", "error"),
    ];
    let (mut table, mut missing) = (Table::new(columns), 0);
    for cell in fleet.choose(&args.filter)?.1 {
        let mut row = vec![Cell::from(cell.name())];
        match parts(cell) {
            Ok(parts) => {
                let Snippet { first, last, .. } = parts[0].snippet;
                row.push(parts[0].file.as_str().into());
                row.extend([first, last].map(|line| Cell::new(line.to_string(), line)));
                row.push(Cell::none(""));
            }
            Err(why) => {
                missing += 1;
                row.extend([Cell::from(cell.info.source.as_str()), Cell::none(""), Cell::none("")]);
                row.push(format!("{why:#}").into());
            }
        }
        table.row(row);
    }
    table.print(args.form.format)?;
    Ok(if missing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
