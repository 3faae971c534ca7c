//! Installs the peers: a virtual environment, pinned packages with hashes, and compiled modules.
//!
//! It can be repeated: whatever is installed correctly stays. If a module does not compile, or there is no Python 2.7
//! for Parakeet, only the techniques that need it are absent.

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use parallax_harness::peers::{code, home, run_by};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// The oldest Python that the pinned packages have wheels for.
const OLDEST: (u32, u32) = (3, 11);

/// How many of pip's last lines are shown after an error.
const LAST_LINES: usize = 12;

/// How to install the peers.
#[derive(Debug, clap::Args)]
pub(crate) struct InstallArgs {
    /// The Python to make the environment with [default: python3.11, python3.12, python3.13 or python3]
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// Install everything again, even what is installed correctly
    #[arg(long)]
    again: bool,
}

/// Runs the verb.
pub(crate) fn install(args: &InstallArgs) -> Result<ExitCode> {
    let home = home();
    fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
    let stamp = home.join("installed");
    let wanted =
        fs::read_to_string(code().join("requirements.txt")).context("the requirements are missing")?;
    let venv = home.join("venv");
    let python = venv.join("bin/python");
    let is_there = fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) && works(&python);
    if is_there && !args.again {
        step(&format!("packages: all {} are there", packages(&wanted)));
    } else {
        let _ = fs::remove_file(&stamp);
        if !works(&python) || args.again {
            let from = find_python(args.python.as_deref())?;
            step(&format!("environment: {} with {}", venv.display(), from.display()));
            run(
                Command::new(&from).args(["-m", "venv", "--clear"]).arg(&venv),
                "cannot make the environment",
            )?;
        }
        fetch(&python, packages(&wanted))?;
        fs::write(&stamp, &wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    step("modules: compiling those that are not compiled yet");
    for builder in ["peers.native.build", "peers.native.wheel"] {
        let status = run_by(&python, &["-m", builder]).status().context("cannot start Python")?;
        if !status.success() {
            parallax_harness::say::say(
                "some modules do not compile here; `cargo xtask peers list` shows which peers are absent",
            );
        }
    }
    step("Parakeet: on its own Python 2.7, if there is one");
    run_by(&python, &["-m", "peers.python2.install"]).status().context("cannot start Python")?;
    step("done: `cargo xtask peers list` shows them, `cargo xtask bench --peers` measures them");
    Ok(ExitCode::SUCCESS)
}

fn step(words: &str) {
    parallax_harness::say::say(&format!("peers: {words}"));
}

/// How many packages the requirements name.
fn packages(requirements: &str) -> u64 {
    requirements.lines().filter(|line| line.contains("==") && !line.starts_with('#')).count() as u64
}

/// Whether an interpreter starts.
fn works(python: &Path) -> bool {
    let quiet =
        Command::new(python).args(["-c", "import pip"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// The Python to start from: the named one, or the first that is new enough.
fn find_python(named: Option<&Path>) -> Result<PathBuf> {
    let usual = ["python3.11", "python3.12", "python3.13", "python3"].map(PathBuf::from);
    let candidates = named.map_or_else(|| usual.to_vec(), |named| vec![named.to_owned()]);
    for candidate in candidates {
        let told =
            Command::new(&candidate).args(["-c", "import sys, venv; print(*sys.version_info[:2])"]).output();
        let text = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned()).unwrap_or_default();
        let mut numbers = text.split_whitespace().filter_map(|number| number.parse::<u32>().ok());
        if numbers.next().zip(numbers.next()).is_some_and(|version| version >= OLDEST) {
            return Ok(candidate);
        }
    }
    let (major, minor) = OLDEST;
    bail!(
        "no Python {major}.{minor} or newer with the module venv is here; install one (Debian: `apt-get install \
         python3 python3-venv`), or name one with --python"
    )
}

/// Has pip fetch exactly the pinned packages.
fn fetch(python: &Path, packages: u64) -> Result<()> {
    let bar = ProgressBar::new(packages);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    step(&format!("packages: {packages}, about 1.7 GB on disk"));
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]);
    pip.args(["--require-hashes", "--requirement"]).arg(code().join("requirements.txt"));
    let mut child = pip.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("cannot start pip")?;
    let errors = child.stderr.take().context("pip has no standard error")?;
    let complaints = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = BufReader::new(errors).read_to_string(&mut text); // it is only shown, so it may be cut short
        text
    });
    let told = child.stdout.take().context("pip has no output")?;
    for line in BufReader::new(told).lines().map_while(Result::ok) {
        if let Some(package) = line.strip_prefix("Collecting ") {
            bar.inc(1);
            bar.set_message(package.split(['=', ' ']).next().unwrap_or_default().to_owned());
        } else if line.starts_with("Installing collected") {
            bar.set_message("unpacking");
        }
    }
    let status = child.wait()?;
    bar.finish_and_clear();
    let complaints = complaints.join().unwrap_or_default();
    if status.success() { Ok(()) } else { Err(explain(&complaints)) }
}

/// The cause of pip's error, and the way out.
fn explain(complaints: &str) -> anyhow::Error {
    let lines: Vec<&str> = complaints.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n  ");
    let unreachable =
        ["NewConnectionError", "Max retries", "Temporary failure", "ConnectTimeout", "No matching"];
    let way_out = match complaints {
        text if text.contains("HASHES") => {
            "a package is not the pinned one; the package registry or its mirror has changed it"
        }
        text if text.contains("No space left") => "the disk is full: about 3 GB are needed for a moment",
        text if unreachable.iter().any(|word| text.contains(word)) => {
            "no package registry can be reached, or it lacks a package; pip takes its address from pip.conf or \
             PIP_INDEX_URL, and with PIP_NO_INDEX=1 PIP_FIND_LINKS=<folder of wheels> it needs none"
        }
        _ => "pip gave up",
    };
    anyhow::anyhow!("{way_out}; it said:\n  {tail}")
}

fn run(command: &mut Command, failed: &str) -> Result<()> {
    let told = command.output().with_context(|| failed.to_owned())?;
    if !told.status.success() {
        bail!("{failed}: {}", String::from_utf8_lossy(&told.stderr).trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_counted_once_and_no_comment() {
        let text = "# a==1 is old\na==1 \\\n    --hash=sha256:0\nb==2 \\\n    --hash=sha256:1\n";
        assert_eq!(packages(text), 2);
    }

    #[test]
    fn the_requirements_are_pinned_with_hashes_and_name_no_registry() {
        for (name, at_least) in [("requirements.txt", 50), ("requirements-parakeet.txt", 5)] {
            let text = fs::read_to_string(code().join(name)).unwrap();
            assert!(packages(&text) >= at_least, "{name}");
            assert!(!text.contains("://"), "an address in {name}");
            let mut pinned = text.lines().filter(|line| line.contains("=="));
            assert!(
                pinned.all(|line| line.ends_with('\\') || line.starts_with('#')),
                "one without a hash in {name}"
            );
        }
    }

    #[test]
    fn each_kind_of_failure_names_its_way_out() {
        for (complaint, word) in [
            ("Max retries exceeded with url", "PIP_FIND_LINKS"),
            ("DO NOT MATCH THE HASHES", "pinned"),
            ("OSError: No space left on device", "disk"),
            ("segfault", "pip gave up"),
        ] {
            let why = explain(complaint).to_string();
            assert!(why.contains(word) && why.contains(complaint), "{why}");
        }
    }

    #[test]
    fn a_python_that_is_not_there_is_told_with_the_way_out() {
        let why = find_python(Some(Path::new("no-such-python"))).unwrap_err().to_string();
        assert!(why.contains("--python"), "{why}");
    }
}
