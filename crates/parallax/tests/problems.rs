//! Ten real problems are right by every technique, and take at most thirty lines in addition to the original program.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};

/// The most lines that a problem may add to the original program.
const MOST: usize = 30;

/// The sources of the problems.
fn problems() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut problems: Vec<PathBuf> = all.filter(|path| name(path).starts_with("problem_")).collect();
    problems.sort();
    problems
}

fn name(source: &Path) -> String {
    source.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Splits a source into the lines that race a problem and those of its module `own`, the original program. Comments and
/// empty lines count in neither.
fn parts(source: &str) -> (Vec<&str>, Vec<&str>) {
    let (beside, own) =
        source.split_once("\nmod own {\n").expect("the program as it was is the module `own`");
    let (own, after) = own.split_once("\n}\n").expect("the module ends");
    let code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    (beside.lines().chain(after.lines()).filter(code).collect(), own.lines().filter(code).collect())
}

#[test]
fn a_problem_takes_thirty_lines_beside_the_program_as_it_was() {
    let problems = problems();
    assert_eq!(problems.len(), 10);
    for path in problems {
        let (source, name) = (fs::read_to_string(&path).unwrap(), name(&path));
        let (beside, own) = parts(&source);
        assert!(beside.len() <= MOST, "{name}: {} lines, more than {MOST}", beside.len());
        assert!(!source.contains("parallax_"), "{name} names a crate beneath the facade");
        assert!(beside.iter().any(|line| line.contains("parallax::bench")), "{name} is not a bench");
        for racing in ["prelude", "impl Map", "impl Reduce", "impl Search", "impl Stencil", "parallax::bench"]
        {
            assert!(!own.iter().any(|line| line.contains(racing)), "{name}: `own` has {racing}");
        }
    }
}

#[test]
fn comments_and_the_program_as_it_was_do_not_count() {
    let source = "//! A.\n\nuse b;\n\nfn main() {\n    // c\n    d();\n}\n\n/// E.\nmod own {\n    fn f() {\n    }\n}\n";
    assert_eq!(
        parts(source),
        (vec!["use b;", "fn main() {", "    d();", "}"], vec!["    fn f() {", "    }"])
    );
}

#[test]
fn every_problem_is_right_by_every_technique() {
    for path in problems() {
        let name = name(&path);
        let tried = Command::new(example(&name)).assert().success();
        let said = String::from_utf8_lossy(&tried.get_output().stderr).into_owned();
        let right = said.lines().find_map(|line| line.split_once(" techniques give the right result"));
        let right: usize = right.and_then(|(count, _)| count.parse().ok()).unwrap_or_default();
        assert!(right > 1, "{name}: {said}");
        // mapped memory cannot hold strings, so that technique refuses
        let refused =
            said.lines().any(|line| line.starts_with("without ") && line.contains("/shared-memory:"));
        assert_eq!(refused, name == "problem_lines", "{name}: {said}");
    }
}

/// The path of an example, which cargo builds before it runs the tests of the package.
fn example(name: &str) -> PathBuf {
    let this = std::env::current_exe().unwrap();
    this.parent().and_then(Path::parent).unwrap().join("examples").join(name)
}
