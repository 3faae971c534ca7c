//! Watches a clean build: how long each crate takes to compile, and how much machine code of each crate a worker has.
//!
//! Cargo gets one job, so it does one thing at a time, and reports it immediately. So the time between two messages is
//! the time of the second: of a crate, or of a crate's build script.

use super::graph::Graph;
use anyhow::{Context, Result, ensure};
use object::{Object, ObjectSymbol, SymbolKind};
use parallax_harness::{fleet, journal, target};
use parallax_runner::clock::now_ns;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The file with the last measurements, next to the runs.
const FILE: &str = "compiled.json";

/// The results of clean builds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Compiled {
    /// The compiler.
    rustc: String,
    /// Seconds that each crate took, by name and version.
    seconds: BTreeMap<String, f64>,
    /// The worker of each family.
    programs: BTreeMap<String, Program>,
}

/// The machine code of a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Program {
    /// The hash of the source that it was built from.
    source: Option<String>,
    /// Bytes by crate; in the project's own crates, by module.
    code: BTreeMap<String, u64>,
}

/// A line of cargo's output.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    fresh: bool,
    executable: Option<PathBuf>,
}

impl Compiled {
    /// The kept results of this compiler; empty if nothing was measured.
    pub(super) fn kept() -> Self {
        let read = fs::read(journal::home().join(FILE)).ok();
        let kept: Option<Self> = read.and_then(|text| serde_json::from_slice(&text).ok());
        let rustc = rustc();
        kept.filter(|kept| kept.rustc == rustc).unwrap_or(Compiled { rustc, ..Compiled::default() })
    }

    /// Builds the workers of these families from scratch, and adds the results to those that are kept.
    pub(super) fn measure(sources: &BTreeMap<String, Option<String>>, graph: &Graph) -> Result<()> {
        let mut compiled = Self::kept();
        fs::create_dir_all(target::folder()).context("cannot make the target folder")?;
        let folder = tempfile::tempdir_in(target::folder()).context("cannot make a folder to build in")?;
        let families: Vec<String> = sources.keys().cloned().collect();
        let mut cargo = fleet::building(&families)?;
        cargo.args(["--jobs", "1", "--target-dir"]).arg(folder.path()).stdout(Stdio::piped());
        let mut last = now_ns();
        let mut child = cargo.spawn().context("cannot start cargo")?;
        let said = BufReader::new(child.stdout.take().context("cargo has no output")?);
        for line in said.lines() {
            let took_s = (now_ns() - last) as f64 / 1e9;
            let program = compiled.hear(&line?, took_s, graph);
            if let Some((family, path)) = program.filter(|(family, _)| sources.contains_key(family)) {
                let code = code(&path)?;
                let source = sources[&family].clone();
                compiled.programs.insert(family, Program { source, code });
            }
            last = now_ns();
        }
        ensure!(child.wait()?.success(), "a worker does not build; see cargo's message above");
        fs::create_dir_all(journal::home())?;
        fs::write(journal::home().join(FILE), serde_json::to_vec_pretty(&compiled)?)
            .context("cannot keep what was measured")
    }

    /// Takes a line of cargo's that came `took_s` seconds after the one before. Returns the program that was built.
    fn hear(&mut self, line: &str, took_s: f64, graph: &Graph) -> Option<(String, PathBuf)> {
        let message: Message = serde_json::from_str(line).ok()?;
        let is_work = matches!(message.reason.as_str(), "compiler-artifact" | "build-script-executed");
        if is_work
            && !message.fresh
            && let Some(title) = graph.title(&message.package_id)
        {
            *self.seconds.entry(title).or_default() += took_s;
        }
        let program = message.executable?;
        Some((program.file_name()?.to_str()?.to_owned(), program))
    }

    /// Seconds that a crate takes.
    pub(super) fn seconds(&self, title: &str) -> Option<f64> {
        self.seconds.get(title).copied()
    }

    /// Bytes of machine code of some crates and a module in a family's worker, if it was built from that source.
    pub(super) fn bytes<'a>(
        &self,
        (family, source): (&str, Option<&String>),
        crates: impl Iterator<Item = &'a str>,
        module: Option<&str>,
    ) -> Option<u64> {
        let program = self
            .programs
            .get(family)
            .filter(|program| source.is_some() && program.source.as_ref() == source)?;
        let of_crates: u64 = crates.filter_map(|name| program.code.get(name)).sum();
        let is_own = |path: &str| {
            module
                .and_then(|module| path.strip_prefix(module))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        let own: u64 = program.code.iter().filter(|(path, _)| is_own(path)).map(|(_, bytes)| bytes).sum();
        Some(of_crates + own)
    }
}

/// The compiler's version, with its flags.
fn rustc() -> String {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let told = rustc.arg("-V").output().map(|told| told.stdout).unwrap_or_default();
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    format!("{} {flags}", String::from_utf8_lossy(&told).trim()).trim().to_owned()
}

/// How many bytes of machine code a program has of each crate, and of each module of the project.
fn code(program: &Path) -> Result<BTreeMap<String, u64>> {
    let data = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    let file =
        object::File::parse(&*data).with_context(|| format!("{} is not a program", program.display()))?;
    let mut code = BTreeMap::new();
    let mut places = std::collections::BTreeSet::new();
    for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text) {
        // functions that the linker has folded into one have several names
        if let Some(owner) = symbol.name().ok().and_then(owner).filter(|_| places.insert(symbol.address())) {
            *code.entry(owner).or_default() += symbol.size();
        }
    }
    ensure!(!code.is_empty(), "{} has no names of functions; build it without `strip`", program.display());
    Ok(code)
}

/// A function's crate, or its module in the project; none if it is not from Rust.
fn owner(symbol: &str) -> Option<String> {
    let name = format!("{:#}", rustc_demangle::try_demangle(symbol).ok()?);
    let mut name = name.as_str();
    while let Some(rest) = ["<", "&", "*const ", "*mut ", "mut ", "dyn ", "(", "["]
        .iter()
        .find_map(|lead| name.strip_prefix(lead))
    {
        name = rest;
    }
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(name.len());
    let mut words = name[..end].split("::").filter(|word| !word.is_empty());
    let krate = words.next()?;
    if !krate.starts_with("parallax_") {
        return Some(krate.to_owned());
    }
    let is_lower = |word: &&str| word.starts_with(|c: char| c.is_lowercase() || c == '_');
    Some(std::iter::once(krate).chain(words.take_while(is_lower)).collect::<Vec<_>>().join("::"))
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::sample;
    use super::*;

    #[test]
    fn a_crate_takes_the_time_of_its_script_and_of_all_its_parts() {
        let (mut compiled, graph) = (Compiled::default(), sample());
        let mut hear = |line: &str, took_s| compiled.hear(line, took_s, &graph);
        hear(r#"{"reason":"compiler-artifact","package_id":"big","fresh":false,"executable":null}"#, 1.0);
        hear(r#"{"reason":"build-script-executed","package_id":"big"}"#, 2.0);
        hear(r#"{"reason":"compiler-artifact","package_id":"big","fresh":false}"#, 4.0);
        hear(r#"{"reason":"compiler-artifact","package_id":"small","fresh":true}"#, 8.0);
        hear("warning: not a message", 16.0);
        hear(r#"{"reason":"compiler-message","package_id":"small"}"#, 32.0);
        let built = hear(
            r#"{"reason":"compiler-artifact","package_id":"x","fresh":false,"executable":"/x/simd"}"#,
            64.0,
        );
        assert_eq!(built, Some(("simd".to_owned(), PathBuf::from("/x/simd"))));
        assert_eq!((compiled.seconds("big 1.0.0"), compiled.seconds("small 1.0.0")), (Some(7.0), None));
    }

    #[test]
    fn code_belongs_to_a_crate_or_to_a_module_of_the_project() {
        for (symbol, of) in [
            ("_ZN10rayon_core8registry8Registry3new17h0123456789abcdefE", Some("rayon_core")),
            (
                concat!(
                    "_ZN88_$LT$parallax_threading..rayon..Rayon$u20$as$u20$parallax_pattern..question..Execute$GT$3map",
                    "17h0123456789abcdefE"
                ),
                Some("parallax_threading::rayon"),
            ),
            ("_ZN18parallax_threading5forks3run17h0123456789abcdefE", Some("parallax_threading::forks::run")),
            ("_RNvCskwGfYPst2Cb_3foo16example_function", Some("foo")),
            ("main", None),
        ] {
            assert_eq!(owner(symbol).as_deref(), of, "{symbol}");
        }
    }

    #[test]
    fn a_program_of_another_source_says_nothing() {
        let code = [
            ("rayon_core", 100),
            ("std", 7),
            ("parallax_threading::rayon", 20),
            ("parallax_threading::rayon::f", 3),
            ("parallax_threading::rayon_join", 50),
        ];
        let code = code.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
        let program = Program { source: Some("now".into()), code };
        let compiled =
            Compiled { programs: BTreeMap::from([("threading".to_owned(), program)]), ..Compiled::default() };
        let of = |source: &str, module| {
            compiled.bytes(
                ("threading", Some(&source.to_owned())),
                ["rayon_core", "absent"].into_iter(),
                module,
            )
        };
        assert_eq!(of("now", Some("parallax_threading::rayon")), Some(123));
        assert_eq!(of("now", None), Some(100));
        assert_eq!(of("then", None), None);
    }

    #[test]
    fn this_very_program_has_code_of_its_crates() {
        let own = code(&std::env::current_exe().unwrap()).unwrap();
        assert!(own.get("serde_json").is_some_and(|bytes| *bytes > 1000), "{:?}", own.keys());
    }
}
