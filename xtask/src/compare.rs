//! The verb `compare`: two techniques of a run, two runs, or two builds of one worker in the same blocks.

mod builds;

use anyhow::{Result, bail, ensure};
use parallax_harness::compare::{Broken, Compared, broken_since, runs, techniques};
use parallax_harness::exit::Exit;
use parallax_harness::run::BenchArgs;
use parallax_harness::say::say;
use parallax_harness::shell::quoted;
use parallax_harness::style::Paint;
use parallax_harness::table::{Cell, Column, Table};
use parallax_harness::worker::shorten;
use parallax_harness::{journal, units};
use parallax_method::Verdict;
use parallax_record::environment::Environment;
use parallax_record::journal::Line;
use parallax_record::name::{BASELINE, CellId};
use parallax_record::near::{did_you_mean, see_list};
use parallax_record::plan::Plan;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compare two techniques of a run, two runs, or two builds of a worker
#[derive(Debug, clap::Args)]
pub(crate) struct CompareArgs {
    /// A technique such as rayon, or a run: its folder or name
    #[arg(value_name = "FIRST", requires = "second", conflicts_with = "programs")]
    first: Option<String>,
    /// The other technique, or the other run
    #[arg(value_name = "SECOND")]
    second: Option<String>,
    /// The run whose techniques are compared [default: the newest]
    #[arg(long, value_name = "RUN", conflicts_with = "programs")]
    run: Option<PathBuf>,
    /// End with exit status 1 if anything is slower than before, by its verdict and by more than this share
    #[arg(long, value_name = "SHARE", num_args = 0..=1, require_equals = true, default_missing_value = "0%",
          value_parser = parse_share)]
    fail_on_regression: Option<f64>,
    /// With `--worker OLD --worker NEW`, two builds of one worker are measured in the same blocks, with these options
    #[command(flatten)]
    bench: BenchArgs,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>();
    match number {
        Ok(percent) if (0.0..100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err(format!("invalid share '{text}'; give 0% to 99%, such as 5%")),
    }
}

/// Runs the verb.
pub(crate) fn compare(args: &CompareArgs) -> Result<ExitCode> {
    let (Some(first), Some(second)) = (&args.first, &args.second) else {
        ensure!(
            args.bench.named_workers().len() >= 2,
            "give two techniques (`cargo xtask compare rayon crossbeam`), two runs (their folders or names), or two \
             builds of a worker (--worker OLD --worker NEW)"
        );
        return builds::compare(&args.bench, args.fail_on_regression);
    };
    ensure!(!args.bench.says_anything(), "nothing is measured here; options for measuring need --worker");
    let is_run = |name: &str| journal::find(Some(Path::new(name))).is_ok();
    let (compared, broken) = match (is_run(first), is_run(second)) {
        (true, true) => {
            ensure!(args.run.is_none(), "two runs are given; leave --run out");
            of_runs([first, second].map(Path::new))?
        }
        (false, false) => (of_techniques(args.run.as_deref(), first, second)?, Vec::new()),
        (is_first, _) => {
            let (run, other) = if is_first { (first, second) } else { (second, first) };
            bail!("'{run}' is a run and '{other}' is not; runs are kept in {}", journal::home().display());
        }
    };
    table(&compared).print(args.bench.format())?;
    Ok(verdict(&compared, &broken, args.fail_on_regression).into())
}

/// Reports the cells that broke and, if the user wants to fail on them, those slower by more than the share.
fn verdict(compared: &[Compared], broken: &[Broken], fail_on_regression: Option<f64>) -> Exit {
    for Broken { cell, reason } in broken {
        say(&format!("no number any more: {cell}: {}", shorten(reason)));
    }
    let Some(share) = fail_on_regression else { return Exit::Done };
    let regressed: Vec<String> = compared.iter().filter(|of| of.regressed_by(share)).map(name).collect();
    if !regressed.is_empty() {
        say(&format!("slower than before: {}", regressed.join(", ")));
    }
    if regressed.is_empty() && broken.is_empty() { Exit::Done } else { Exit::Wrong }
}

fn name(of: &Compared) -> String {
    CellId::of(&of.workload, &of.case, &of.technique).to_string()
}

/// A run from its folder.
struct Kept {
    folder: PathBuf,
    plan: Plan,
    lines: Vec<Line>,
}

impl Kept {
    fn read(run: Option<&Path>) -> Result<Self> {
        let folder = journal::find(run)?;
        let plan = journal::read_plan(&folder)?;
        let lines = journal::read_lines_of(&folder, &plan)?;
        Ok(Kept { folder, plan, lines })
    }

    /// The names of its techniques, the baseline among them.
    fn techniques(&self) -> BTreeSet<&str> {
        let cells = self.plan.groups.iter().flat_map(|group| &group.cells);
        cells.map(|cell| cell.technique.as_str()).chain([BASELINE]).collect()
    }
}

fn of_techniques(run: Option<&Path>, first: &str, second: &str) -> Result<Vec<Compared>> {
    let kept = Kept::read(run)?;
    let names = kept.techniques();
    for name in [first, second] {
        if !names.contains(name) {
            let near = did_you_mean(name, names.iter().copied());
            let way = format!("cargo xtask show {}", quoted(&kept.folder));
            bail!("neither a run nor a technique of this run is called '{name}'{}", see_list(&near, &way));
        }
    }
    ensure!(
        first != second,
        "these are the same technique; give two, such as `cargo xtask compare rayon crossbeam`"
    );
    let compared = techniques((&kept.plan, &kept.lines), &[[first, second]]);
    ensure!(
        !compared.is_empty(),
        "no workload of this run has a number for both {first} and {second}; measure them together with \
         `cargo xtask bench -t '^({first}|{second})$'`"
    );
    Ok(compared)
}

fn of_runs(folders: [&Path; 2]) -> Result<(Vec<Compared>, Vec<Broken>)> {
    let [first, second] = folders.map(|folder| Kept::read(Some(folder)));
    let (first, second) = (first?, second?);
    tell_differences(&first, &second)?;
    let [before, after] = [&first, &second].map(|kept| (&kept.plan, kept.lines.as_slice()));
    let (compared, broken) = (runs(before, after), broken_since(before, after));
    ensure!(
        !compared.is_empty(),
        "the two runs have no technique in common at the same workload, case, size and number of workers"
    );
    Ok((compared, broken))
}

/// Reports what differed between the two runs' machines and builds.
fn tell_differences(first: &Kept, second: &Kept) -> Result<()> {
    let read = |kept: &Kept| journal::read_json::<Environment>(&kept.folder, "env.json");
    let (then, now) = (read(first)?, read(second)?);
    for difference in then.key().differences(&now.key()) {
        say(&format!("not the same in both runs: {difference}"));
    }
    Ok(())
}

/// The comparisons, workload by workload.
fn table(compared: &[Compared]) -> Table {
    let between = compared.iter().any(|of| of.against != of.technique);
    let mut columns = vec![
        Column::text("workload", "workload").kept(),
        Column::text("case", "case").kept(),
        Column::text("technique", "technique").kept(),
        Column::number("times as fast", "ratio"),
        Column::number("from", "low"),
        Column::number("to", "high"),
        Column::number("blocks", "blocks"),
        Column::text("it is", "verdict").kept(),
    ];
    if between {
        columns.insert(3, Column::text("as", "against").kept());
    }
    let mut table = Table::new(columns);
    for of in compared {
        let number =
            |value: Option<f64>| value.map_or_else(|| Cell::none("–"), |v| Cell::new(units::ratio(v), v));
        let (word, paint) = match of.verdict {
            Verdict::Faster => ("faster", Paint::Green),
            Verdict::Slower => ("slower", Paint::Red),
            Verdict::Same => ("same", Paint::Plain),
            Verdict::Undecided => ("unclear", Paint::Dim),
        };
        let verdict = serde_json::to_value(of.verdict).unwrap_or_default();
        let mut row = vec![
            Cell::from(of.workload.as_str()),
            of.case.as_str().into(),
            of.technique.as_str().into(),
            number(Some(of.ratio)),
            number(of.low),
            number(of.high),
            Cell::new(of.blocks.to_string(), of.blocks),
            Cell::new(word, verdict).paint(paint),
        ];
        if between {
            row.insert(3, of.against.as_str().into());
        }
        table.row(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_harness::workspace::workspace;

    fn published() -> PathBuf {
        workspace().join("results/earlier/amd-epyc-7003-2-cores")
    }

    #[test]
    fn a_run_beside_itself_claims_nothing() {
        let run = published();
        let (compared, broken) = of_runs([&run, &run]).unwrap();
        assert_eq!(broken, []);
        assert!(compared.len() > 100);
        for of in &compared {
            assert_eq!(of.ratio, 1.0, "{}", name(of));
            assert!(matches!(of.verdict, Verdict::Same | Verdict::Undecided), "{}", name(of));
        }
    }

    #[test]
    fn two_techniques_are_compared_wherever_both_are_and_in_both_directions() {
        let run = published();
        let forth = of_techniques(Some(&run), "pure-python", "rayon").unwrap();
        let back = of_techniques(Some(&run), "rayon", "pure-python").unwrap();
        assert!(!forth.is_empty() && forth.len() == back.len());
        assert!(forth.iter().any(|of| of.verdict == Verdict::Faster));
        for (one, other) in forth.iter().zip(&back) {
            assert!((one.ratio * other.ratio - 1.0).abs() < 1e-9, "{}", name(one));
            assert!(back.iter().all(|of| of.technique == "pure-python" && of.against == "rayon"));
        }
        assert!(!back.iter().any(|of| of.verdict == Verdict::Faster && of.ratio < 1.0));
        assert!(back.iter().filter(|of| of.regressed_by(0.0)).count() > 0);
        assert!(!forth.iter().any(|of| of.regressed_by(0.0) && of.ratio > 1.0));
    }

    #[test]
    fn names_that_are_none_say_which_are_near() {
        let why = |a: &str, b: &str| format!("{:#}", of_techniques(Some(&published()), a, b).unwrap_err());
        assert!(why("ryon", "scoped").contains("'ryon'; did you mean 'rayon'?"), "{}", why("ryon", "scoped"));
        assert!(why("rayon", "rayon").contains("the same technique"));
    }

    #[test]
    fn a_regression_has_a_least_share() {
        let of = |ratio: f64, verdict| Compared {
            ratio,
            verdict,
            ..of_runs([&published(), &published()]).unwrap().0.swap_remove(0)
        };
        assert!(of(0.9, Verdict::Slower).regressed_by(0.05) && !of(0.96, Verdict::Slower).regressed_by(0.05));
        assert!(
            !of(0.9, Verdict::Undecided).regressed_by(0.0) && !of(1.1, Verdict::Faster).regressed_by(0.0)
        );
        let broken = [Broken { cell: "w/t-2".into(), reason: "it died".into() }];
        assert_eq!(
            (verdict(&[], &broken, None), verdict(&[], &broken, Some(0.5))),
            (Exit::Done, Exit::Wrong)
        );
        assert_eq!(verdict(&[of(0.9, Verdict::Slower)], &[], Some(0.05)), Exit::Wrong);
        assert_eq!(verdict(&[of(0.9, Verdict::Slower)], &[], Some(0.2)), Exit::Done);
        for (text, share) in [("5%", 0.05), ("0", 0.0), ("12.5%", 0.125)] {
            assert_eq!(parse_share(text), Ok(share));
        }
        assert!(["-1%", "100%", "x", ""].iter().all(|text| parse_share(text).is_err()));
    }

    #[test]
    fn the_table_is_read_by_programs_as_well() {
        let compared = of_techniques(Some(&published()), "pure-python", "rayon").unwrap();
        let json = table(&compared).render(parallax_harness::table::Format::Json, 80, false);
        let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        assert_eq!(rows.len(), compared.len());
        for key in ["workload", "case", "technique", "ratio", "low", "high", "verdict"] {
            assert!(rows.iter().all(|row| row.get(key).is_some()), "{key}");
        }
    }
}
