//! The verb `new`: writes a crate to begin from, which measures a problem of the user's own.

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use parallax_harness::say::say;
use parallax_harness::shell::quoted;
use parallax_harness::workspace::workspace;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write a crate that races every technique on a problem of your own
#[derive(Debug, clap::Args)]
pub(crate) struct NewArgs {
    /// Folder to create for the crate, which is named after it
    path: PathBuf,
    /// What your problem is like
    #[arg(long, value_enum)]
    pattern: Pattern,
    /// Depend on this version of parallax from the registry, instead of on this checkout
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
}

/// What a problem is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pattern {
    /// Independent items, each of which becomes one item
    Map,
    /// Items that fold into one value
    Reduce,
    /// An array updated in place, step by step, each item independently
    Sweep,
    /// An array whose next state is made from neighbourhoods of the last one
    Stencil,
    /// Tasks that need results of other tasks
    Graph,
    /// A map whose every item is a reduction
    Nest,
    /// An array whose parts are solved independently, and combined in pairs
    Divide,
    /// Nodes that are found only by visiting others
    Search,
    /// Items that each add one to a word of a shared table
    Touch,
    /// A table that all workers read, and some operations change
    Consult,
    /// Messages from producers to consumers
    Channel,
    /// Many waits at the same time
    Wait,
    /// Requests for values, many of them repeated
    Recall,
}

impl Pattern {
    /// A bench of that pattern: an example of the crate `parallax`, so it compiles and is right.
    fn example(self) -> (&'static str, &'static str) {
        macro_rules! example {
            ($name:literal) => {
                ($name, include_str!(concat!("../../crates/parallax/examples/", $name, ".rs")))
            };
        }
        match self {
            Pattern::Map => example!("map"),
            Pattern::Reduce => example!("reduce"),
            Pattern::Sweep => example!("sweep"),
            Pattern::Stencil => example!("stencil"),
            Pattern::Graph => example!("graph"),
            Pattern::Nest => example!("nest"),
            Pattern::Divide => example!("divide"),
            Pattern::Search => example!("search"),
            Pattern::Touch => example!("touch"),
            Pattern::Consult => example!("consult"),
            Pattern::Channel => example!("channel"),
            Pattern::Wait => example!("wait"),
            Pattern::Recall => example!("recall"),
        }
    }

    /// The features of the crate `parallax` that it needs: the async runtimes wait and exchange messages.
    fn features(self) -> &'static str {
        match self {
            Pattern::Channel | Pattern::Wait => r#", features = ["async"]"#,
            _ => "",
        }
    }
}

/// Runs the verb.
pub(crate) fn new(args: &NewArgs) -> Result<ExitCode> {
    let folder = std::path::absolute(&args.path)?;
    let name = name_of(&folder)?;
    let used = fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    ensure!(!used, "{} is not empty; give a folder that does not exist yet", folder.display());
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        made.with_context(|| format!("cannot write {}", path.display()))
    };
    // The versions that this checkout was tested with, and that are fetched already.
    let lock = match args.version {
        Some(_) => None,
        None => {
            Some(fs::read_to_string(workspace().join("Cargo.lock")).context("cannot read Cargo.lock here")?)
        }
    };
    let (example, text) = args.pattern.example();
    write("Cargo.toml", &manifest(&name, args))?;
    write("src/lib.rs", &format!("//! Your own code. `benches/{name}.rs` can use what is public here.\n"))?;
    write(&format!("benches/{name}.rs"), &text.replace(&format!("{example}-example"), &name))?;
    write(".gitignore", "/target\n")?;
    if let Some(lock) = lock {
        write("Cargo.lock", &lock)?;
    }
    say(&format!("{} races an example; put your own problem into benches/{name}.rs", folder.display()));
    say(&format!("to measure: cd {} && cargo bench -- --quick", quoted(&args.path)));
    Ok(ExitCode::SUCCESS)
}

/// The name of a crate in that folder.
fn name_of(folder: &Path) -> Result<String> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(plain) {
        bail!(
            "'{}' cannot be the name of a crate; name the folder with letters, digits, '-' and '_' of ASCII, beginning \
             with a letter",
            name.escape_debug()
        );
    }
    ensure!(
        !["parallax", "test", "core", "std", "alloc", "proc_macro"].contains(&name.as_str()),
        "'{name}' is the name of another crate; choose a different one"
    );
    Ok(name)
}

fn manifest(name: &str, args: &NewArgs) -> String {
    let from = match &args.version {
        Some(version) => format!("version = {version:?}"),
        None => format!("path = {:?}", workspace().join("crates/parallax").display().to_string()),
    };
    format!(
        r#"[package]
name = "{name}"
version = "0.1.0"
edition = "2024"
publish = false

# This crate is its own workspace, wherever its folder is.
[workspace]

[lib]
bench = false

[[bench]]
name = "{name}"
harness = false

[dev-dependencies]
parallax = {{ {from}{features} }}
"#,
        features = args.pattern.features()
    )
}
