//! The harness in unusual environments: full disks, closed pipes, ignored signals, other folders, small terminals.

mod common;

use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::unistd::Pid;
use parallax_pattern::optional;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");
const FAULTY: &str = env!("CARGO_BIN_EXE_faulty");

/// The arguments of a short run of a technique that is right, without `--out`.
fn bench(budget: &str) -> Vec<String> {
    let words = ["bench", "--quick", "--size", "tiny", "--workers", "1", "-w", "montecarlo", "-t", "honest"];
    let mut words: Vec<String> = words.map(str::to_owned).into();
    words.extend(["--budget", budget, "--no-build", "--worker", FAULTY].map(str::to_owned));
    words
}

fn bench_into(folder: &Path, budget: &str) -> Vec<String> {
    [bench(budget), vec!["--out".into(), folder.to_str().unwrap().into()]].concat()
}

fn xtask(arguments: &[String]) -> Command {
    let mut command = Command::new(XTASK);
    command.args(arguments).envs([common::NO_LOCK]).stdin(Stdio::null());
    command
}

/// The same in a shell: `script` gets the command as `"$@"`.
fn shell(script: &str, arguments: &[String]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", XTASK]).args(arguments).envs([common::NO_LOCK]).stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Waits for a program, which is killed after two minutes.
fn output(child: Child) -> Output {
    let id = Pid::from_raw(child.id() as i32);
    let (done, ended) = std::sync::mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        if ended.recv_timeout(Duration::from_secs(120)).is_err() {
            let _ = kill(id, Signal::SIGKILL); // the test then fails because of missing output
        }
    });
    let out = child.wait_with_output().unwrap();
    done.send(()).ok();
    guard.join().unwrap();
    out
}

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn run(command: Command) -> (Option<i32>, String, String) {
    let out = output(spawn(command));
    (out.status.code(), text(&out.stdout), text(&out.stderr))
}

fn wait_for(mut happened: impl FnMut() -> bool) {
    for _ in 0..1200 {
        if happened() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it did not happen within a minute");
}

fn has_a_block(folder: &Path) -> bool {
    fs::read_to_string(folder.join("journal.ndjson")).is_ok_and(|text| text.contains(r#""line":"block""#))
}

/// Lets the test receive hangups: under `nohup` it ignores them, and so do its children.
#[expect(unsafe_code, reason = "the handler of a signal is changed for the whole process")]
fn hear_hangups() {
    // SAFETY: the default is no handler.
    unsafe { signal(Signal::SIGHUP, SigHandler::SigDfl) }.unwrap();
}

/// Whether the test may mount; if not, it reports that it is skipped.
fn may_mount() -> bool {
    let tried = Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    let may = tried.as_ref().is_ok_and(|tried| tried.status.success()) && !optional::hidden("root");
    if !may {
        optional::skip("root", "nothing can be mounted here");
    }
    may
}

#[test]
fn a_summary_that_cannot_be_written_costs_the_summary_only() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("a run");
    let child = spawn(xtask(&bench_into(&run_folder, "8s")));
    wait_for(|| run_folder.join("journal.ndjson").exists());
    fs::create_dir(run_folder.join(".summary.json.new")).unwrap(); // a full disk has the same effect
    let out = output(child);
    let (report, error) = (text(&out.stdout), text(&out.stderr));
    assert_eq!(out.status.code(), Some(1), "{error}");
    assert!(report.contains("honest") && report.contains("noise floor"), "{report}");
    assert!(!report.contains("summary.json"), "a file that is not there: {report}");
    let way_out = format!("make room, then `cargo xtask bench --resume '{}'`", run_folder.display());
    assert!(error.contains(&way_out) && error.contains("Is a directory"), "{error}");

    let show = vec!["show".to_owned(), run_folder.to_str().unwrap().to_owned()];
    let (code, shown, error) = run(xtask(&show));
    assert!(code == Some(0) && shown.contains("honest") && !shown.contains("summary.json"), "{shown}{error}");
    fs::remove_dir(run_folder.join(".summary.json.new")).unwrap();
    let mut resumed = xtask(&["bench".into(), "--resume".into(), show[1].clone()]);
    resumed.args(["--budget", "12s", "--no-build", "--worker", FAULTY]);
    let (code, report, error) = run(resumed);
    assert!(code == Some(0) && report.contains("summary.json"), "{report}{error}");
}

#[test]
fn a_folder_that_is_deleted_meanwhile_leaves_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let child = spawn(xtask(&bench_into(&run_folder, "8s")));
    wait_for(|| has_a_block(&run_folder));
    fs::remove_dir_all(&run_folder).unwrap();
    let out = output(child);
    let (report, error) = (text(&out.stdout), text(&out.stderr));
    assert_eq!(out.status.code(), Some(1), "{error}");
    assert!(report.contains("honest") && error.contains("is gone"), "{report}{error}");
    assert!(!error.contains("--resume"), "there is nothing to go on with: {error}");
}

#[test]
fn a_full_disk_leaves_the_report_and_a_run_to_go_on_with() {
    if !may_mount() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for size in ["20k", "36k"] {
        // The file system ends with the namespace, so everything happens in it.
        let script = format!(
            r#"mount -t tmpfs -o size={size} none "$DISK" || exit 9
            "$@" --out "$DISK/run" || echo "ended with $?"
            if [ -e "$DISK/run/plan.json" ]; then echo "== show"; "$1" show "$DISK/run"; fi"#
        );
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &script, "sh", XTASK]).args(bench("60s"));
        let (code, said, error) = run({
            command.env("DISK", folder.path()).envs([common::NO_LOCK]);
            command
        });
        assert_ne!(code, Some(9), "{error}");
        let (report, shown) = said.split_once("== show").unwrap_or((&said, ""));
        assert!(report.contains("ended with 1"), "{size}: {said}{error}");
        assert!(error.contains("make room") && error.contains("No space left"), "{size}: {error}");
        assert!(!shown.contains("summary.json"), "{size}: {shown}");
        if shown.is_empty() {
            continue; // not even the plan could be written
        }
        assert!(error.contains("make room, then `cargo xtask bench --resume"), "{size}: {error}");
        assert!(report.contains("noise floor") || report.contains("honest"), "{size}: {said}{error}");
    }
}

#[test]
fn a_folder_that_cannot_be_a_runs_is_refused_before_anything_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let (cargo, told) = (folder.path().join("cargo"), folder.path().join("told"));
    common::program(&cargo, &format!("#!/bin/sh\necho \"$@\" >>'{}'\nexit 1\n", told.display()));
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("plan.json"), "{}").unwrap();
    let cases = [
        (vec!["bench", "--out", "/proc/x"], "choose another --out"),
        (vec!["bench", "--out", taken.to_str().unwrap()], "choose another --out"),
        (vec!["bench", "--resume", "nosuch"], "nosuch is not a run"),
        (vec!["bench", "--resume", taken.to_str().unwrap()], "plan.json"),
    ];
    for (arguments, word) in cases {
        let mut command = Command::new(XTASK);
        command
            .args(&arguments)
            .envs([common::NO_LOCK])
            .env("CARGO", &cargo)
            .env("CARGO_TARGET_DIR", folder.path());
        let (code, _, error) = run(command);
        assert!(code == Some(1) && error.contains(word), "{arguments:?}: {error}");
        let told = fs::read_to_string(&told).unwrap_or_default();
        assert!(!told.contains("build"), "{arguments:?}: cargo got {told}");
    }
}

#[test]
fn a_run_that_does_not_begin_leaves_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let mut command = xtask(&bench_into(&run_folder, "8s"));
    command.args(["-w", "montecalro"]);
    let (code, _, error) = run(command);
    assert!(code == Some(1) && error.contains("did you mean"), "{error}");
    assert!(!run_folder.exists());
}

#[test]
fn a_reader_that_has_seen_enough_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (run_folder, status) = (folder.path().join("run"), folder.path().join("status"));
    let script = r#"{ "$@" 2>&1; echo $? >"$STATUS"; } | head -n 1"#;
    let mut command =
        shell(script, &[bench_into(&run_folder, "8s"), vec!["--worker".into(), "/no/such".into()]].concat());
    command.env("STATUS", &status);
    let (_, _, error) = run(command);
    assert!(!error.contains("panicked"), "{error}");
    wait_for(|| fs::read_to_string(&status).is_ok_and(|status| status == "0\n"));
    assert!(run_folder.join("summary.json").exists());
}

#[test]
fn a_standard_error_without_room_costs_its_words_only() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let words = [bench_into(&run_folder, "8s"), vec!["--worker".into(), "/no/such".into()]].concat();
    let (code, report, _) = run(shell(r#"exec "$@" 2>/dev/full"#, &words));
    assert!(code == Some(0) && report.contains("honest"), "{code:?}: {report}");
    assert!(run_folder.join("summary.json").exists());
}

#[test]
fn a_standard_output_without_room_is_told_and_the_run_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let (code, _, error) = run(shell(r#"exec "$@" >/dev/full"#, &bench_into(&run_folder, "8s")));
    assert!(code == Some(1) && error.contains("cannot write to standard output"), "{code:?}: {error}");
    assert!(!error.contains("panicked") && run_folder.join("summary.json").exists(), "{error}");
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    for signal in [Signal::SIGHUP, Signal::SIGINT] {
        let folder = tempfile::tempdir().unwrap();
        let run_folder = folder.path().join("run");
        let ignore = format!(r#"trap '' {}; exec "$@""#, &signal.as_str()[3..]);
        let child = spawn(shell(&ignore, &bench_into(&run_folder, "8s")));
        wait_for(|| has_a_block(&run_folder));
        kill(Pid::from_raw(child.id() as i32), signal).unwrap();
        let out = output(child);
        let error = text(&out.stderr);
        assert!(out.status.code() == Some(0) && !error.contains("interrupted"), "{signal}: {error}");
        assert!(run_folder.join("end.json").exists(), "it went on to its end");
    }
}

#[test]
fn a_signal_that_is_not_ignored_ends_a_run_with_a_command_that_a_shell_reads() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("it's a run");
    hear_hangups();
    let child = spawn(xtask(&bench_into(&run_folder, "60s")));
    wait_for(|| has_a_block(&run_folder));
    kill(Pid::from_raw(child.id() as i32), Signal::SIGHUP).unwrap();
    let out = output(child);
    let error = text(&out.stderr);
    assert_eq!(out.status.code(), Some(130), "{error}");
    let command = error.split('`').nth(1).expect("a command between backticks");
    let read = Command::new("sh").args(["-c", &format!("printf '%s\n' {command}")]).output().unwrap();
    let words = text(&read.stdout);
    assert_eq!(words.lines().last(), run_folder.to_str(), "{error}");
}

#[test]
fn the_target_folder_is_the_one_that_cargo_says() {
    for variable in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"] {
        let folder = tempfile::tempdir().unwrap();
        let at = |mut command: Command| {
            command.env_remove("CARGO_TARGET_DIR").env(variable, folder.path());
            run(command)
        };
        let (code, _, error) = at(xtask(&bench("8s")));
        assert_eq!(code, Some(0), "{error}");
        let runs: Vec<PathBuf> =
            fs::read_dir(folder.path().join("parallax")).unwrap().flatten().map(|run| run.path()).collect();
        assert!(runs.len() == 1 && runs[0].join("summary.json").exists(), "{runs:?}");
        let (code, shown, error) = at(xtask(&["show".into()]));
        assert!(code == Some(0) && shown.contains("honest"), "{error}");
        let install = ["peers", "install", "--python", "/no/such/python"].map(str::to_owned);
        let (code, _, error) = at(xtask(&install));
        assert!(code == Some(1) && error.contains("--python"), "{error}");
        assert!(folder.path().join("peers").is_dir());
    }
}

#[test]
fn claims_are_kept_in_the_target_folder_and_told_where_that_has_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let python = folder.path().join("python");
    let claim = r#"[{"name": "a", "workload": "w", "source": "s", "published": "p", "look_at": "l"}]"#;
    let outcome = r#"{"verdict": "void", "why": "no reason", "as_published": {}, "corrected": {}}"#;
    common::program(
        &python,
        &format!(
            r#"#!/bin/sh
if [ "$3" = a ]; then echo '{outcome}'; else echo '{claim}'; fi"#
        ),
    );
    let claims_at = |target: &Path| {
        let mut command = xtask(&["claims".into()]);
        command.env("PARALLAX_PYTHON", &python).env("CARGO_TARGET_DIR", target).env_remove("PARALLAX_HIDE");
        run(command)
    };
    let (code, out, error) = claims_at(folder.path());
    assert!(code == Some(0) && out.contains("no reason"), "{out}{error}");
    assert!(folder.path().join("parallax/claims.json").exists());
    let (code, out, error) = claims_at(Path::new("/proc/x"));
    assert!(code == Some(1) && out.contains("no reason"), "{out}{error}");
    assert!(error.contains("cannot write /proc/x/parallax/claims-unfinished.json"), "{error}");
}

/// The first claim has an outcome at once; the second waits until it is interrupted, or until a file says to go on.
#[test]
fn interrupted_claims_keep_what_they_have_and_resume_with_the_others() {
    common::hear_ctrl_c();
    let folder = tempfile::tempdir().unwrap();
    let (python, seen, go) =
        (folder.path().join("python"), folder.path().join("seen"), folder.path().join("go"));
    let entry = |name: &str| {
        format!(r#"{{"name": "{name}", "workload": "w", "source": "s", "published": "p", "look_at": "l"}}"#)
    };
    let [seen_path, go_path] = [&seen, &go].map(|path| path.display());
    common::program(
        &python,
        &format!(
            r#"#!/bin/sh
case "$3" in
"") echo '[{}, {}]'; exit;;
b) [ -e {go_path} ] || exec sleep 60;;
esac
echo $3 >> {seen_path}
echo '{{"verdict": "void", "why": "because of '$3'", "as_published": {{}}, "corrected": {{}}}}'"#,
            entry("a"),
            entry("b"),
        ),
    );
    let claims = |more: &[&str]| {
        let mut command = xtask(&["claims".into()]);
        command.args(more).env("PARALLAX_PYTHON", &python).env("CARGO_TARGET_DIR", folder.path());
        command.env_remove("PARALLAX_HIDE");
        command
    };
    let (code, _, error) = run(claims(&["--resume"]));
    assert!(code == Some(1) && error.contains("there is nothing to continue"), "{error}");

    let [kept, whole] =
        ["claims-unfinished.json", "claims.json"].map(|name| folder.path().join("parallax").join(name));
    fs::create_dir_all(folder.path().join("parallax")).unwrap();
    fs::write(&whole, "the outcomes of before").unwrap();
    let child = claims(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !kept.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let ended = child.wait_with_output().unwrap();
    let [out, error] = [ended.stdout, ended.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(ended.status.code() == Some(130) && out.contains("because of a"), "{out}{error}");
    assert!(error.contains("1 of 2 have an outcome; `cargo xtask claims --resume` continues"), "{error}");

    assert_eq!(fs::read_to_string(&whole).unwrap(), "the outcomes of before", "nothing is lost");

    fs::write(&go, "").unwrap();
    let (code, out, error) = run(claims(&["--resume"]));
    assert!(code == Some(0) && out.contains("because of a") && out.contains("because of b"), "{out}{error}");
    assert_eq!(fs::read_to_string(&seen).unwrap(), "a\nb\n", "each ran once");
    assert!(fs::read_to_string(&whole).unwrap().contains("because of b") && !kept.exists());
}

#[test]
fn a_claim_ends_after_the_minutes_of_its_entry() {
    let folder = tempfile::tempdir().unwrap();
    let python = folder.path().join("python");
    let claim =
        r#"{"name": "a", "workload": "w", "source": "s", "published": "p", "look_at": "l", "minutes": 0}"#;
    common::program(
        &python,
        &format!(
            r#"#!/bin/sh
if [ "$3" = a ]; then exec sleep 60; else echo '[{claim}]'; fi"#
        ),
    );
    let mut command = xtask(&["claims".into()]);
    command
        .env("PARALLAX_PYTHON", &python)
        .env("CARGO_TARGET_DIR", folder.path())
        .env_remove("PARALLAX_HIDE");
    let (code, out, error) = run(command);
    assert!(code == Some(1) && out.contains("longer than its entry allows"), "{out}{error}");
    assert!(error.contains("may take 0 minutes"), "{error}");
}

#[test]
fn without_proc_it_is_said_as_it_is() {
    if !may_mount() {
        return;
    }
    let mut command = Command::new("unshare");
    let script = r#"mount -t tmpfs none /proc && exec "$@""#;
    command.args(["--mount", "sh", "-c", script, "sh", XTASK, "list", "--no-build", "--worker", FAULTY]);
    let (code, out, error) = run(command);
    assert!(code == Some(1) && error.contains("/proc is not mounted"), "{out}{error}");
}

#[test]
fn a_small_terminal_without_utf_8_gets_what_it_can_show() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("r");
    let (code, _, error) = run(xtask(&bench_into(&run_folder, "8s")));
    assert_eq!(code, Some(0), "{error}");
    let show = |locale: &str, columns: &str| {
        let mut command = xtask(&["show".into(), run_folder.to_str().unwrap().into()]);
        command.env("LC_ALL", locale).env("COLUMNS", columns).env("TERM", "dumb");
        run(command).1
    };
    let usual = show("C.UTF-8", "80");
    assert!(usual.contains('±') && usual.contains('│'), "{usual}");
    let narrow = show("C", "40");
    assert!(narrow.is_ascii() && narrow.contains("honest"), "{narrow}");
    assert!(narrow.lines().all(|line| line.len() <= 40), "{narrow}");
    assert!(narrow.contains("speedup: "), "{narrow}");
    let data = |form: &str| {
        let mut command = xtask(&["show".into(), run_folder.to_str().unwrap().into()]);
        command.args(["--format", form]).env("LC_ALL", "C").env("COLUMNS", "40");
        run(command).1
    };
    assert!(data("json").contains('·') || data("md").contains('±'), "programs get it unchanged");
}

#[test]
fn another_baseline_is_refused_before_anything_is_measured_or_holds_for_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let over = |arguments: &[String], baseline: &str| {
        let mut command = xtask(arguments);
        command.args(["--baseline", baseline]);
        run(command)
    };
    let (code, out, error) = over(&bench_into(&run_folder, "8s"), "honset");
    assert!(code == Some(1) && error.contains("did you mean 'honest'?"), "{out}{error}");
    assert!(!run_folder.join("plan.json").exists(), "it was refused too late");
    let (code, out, error) = over(&bench_into(&run_folder, "8s"), "honest");
    assert!(code == Some(0) && out.contains("by speedup over honest"), "{out}{error}");
    let show = |form: &str| {
        let words = ["show", run_folder.to_str().unwrap(), "--format", form].map(str::to_owned);
        over(&words, "honest").1
    };
    assert!(show("json").contains("\"baseline\": \"honest\""), "{}", show("json"));
    let row = |name: &str| show("csv").lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(row(",honest,").contains(",baseline,") && !row(",sequential,").contains(",baseline,"));
    assert!(
        show("md").starts_with(
            "### the best technique of each workload, by speedup over honest\n\n- **montecarlo**"
        )
    );
}

#[test]
fn no_color_means_no_colour_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let run_folder = folder.path().join("run");
    let coloured = |arguments: &[String], forbid: bool| {
        let mut command = xtask(arguments);
        command.env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR");
        if forbid {
            command.env("NO_COLOR", "1");
        }
        let (_, out, error) = run(command);
        (out + &error).contains('\u{1b}')
    };
    assert!(!coloured(&bench_into(&run_folder, "3s"), true));
    let show = ["show".to_owned(), run_folder.to_str().unwrap().to_owned()];
    assert!(coloured(&show, false), "it is the variable that forbids it");
    for arguments in [&show[..], &["doctor".into()], &["--help".into()], &["bench".into(), "--size".into()]] {
        assert!(!coloured(arguments, true), "{arguments:?}");
    }
}

/// Cargo passes its name to the command `cargo-parallax` as the first word; a direct call does not.
#[test]
fn installed_it_is_a_command_of_cargo() {
    let help = |words: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_cargo-parallax")).args(words).output().unwrap();
        (out.status.success(), text(&out.stdout))
    };
    for words in [&["parallax", "show", "--help"][..], &["show", "--help"]] {
        let (ended_well, says) = help(words);
        assert!(ended_well && says.contains("Usage: cargo parallax show"), "{says}");
    }
    assert!(!help(&["parallax", "parallax"]).0, "only the first word may be its name");
}
