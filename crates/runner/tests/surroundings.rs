//! A worker started by hand in unusual surroundings: closed pipes, full devices, little memory, no `/proc`.

use parallax_pattern::optional;
use std::fs;
use std::process::Command;

const WORKER: &str = env!("CARGO_BIN_EXE_baseline");

/// Runs `script` with the worker as `"$0"`; returns exit status, standard output and standard error.
fn shell(script: &str) -> (Option<i32>, String, String) {
    let out = Command::new("sh").args(["-c", script, WORKER]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code(), text(&out.stdout), text(&out.stderr))
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    for what in ["list", "run montecarlo/sequential --size tiny --samples 99", "limits --samples 1"] {
        // the reader is gone before anything is written
        let script = format!(r#"{{ sleep 0.3; "$0" {what}; echo "status $?" >&2; }} | true"#);
        let (_, _, error) = shell(&script);
        assert_eq!(error, "status 0\n", "{what}");
    }
}

#[test]
fn an_output_without_room_is_told() {
    let (code, _, error) = shell(r#"exec "$0" list >/dev/full"#);
    assert!(code == Some(1) && error.starts_with("error: No space left"), "{code:?}: {error}");
    let (code, out, _) = shell(r#"exec "$0" fly 2>/dev/full"#);
    assert_eq!((code, out.as_str()), (Some(1), ""));
}

#[test]
fn without_proc_it_is_said_as_it_is() {
    let mount = r#"exec unshare --mount sh -c 'mount -t tmpfs none /proc && exec "$0" --channel 3,4' "$0" 3</dev/null 4>/dev/null"#;
    let (code, _, error) = shell(mount);
    if optional::hidden("root")
        || error.starts_with("unshare")
        || error.starts_with("mount")
        || code == Some(127)
    {
        return optional::skip("root", "nothing can be mounted here");
    }
    assert!(code == Some(1) && error.contains("/proc is not mounted"), "{code:?}: {error}");
}

/// In a separate control group with 300 MiB, of version 1 or 2.
#[test]
fn a_control_group_with_little_memory_is_a_refusal_and_no_death() {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let path = |wanted: &str| {
        groups.lines().find_map(|line| line.split_once(':')?.1.strip_prefix(wanted).map(ToOwned::to_owned))
    };
    let candidates = [
        ("memory:", "/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        (":", "/sys/fs/cgroup", "memory.max"),
    ];
    for (controllers, mount, file) in candidates {
        let Some(own) = path(controllers) else { continue };
        let group = format!("{mount}{own}/parallax-test-{}", std::process::id());
        if optional::hidden("root") || fs::create_dir(&group).is_err() {
            continue;
        }
        let limited = fs::write(format!("{group}/{file}"), "314572800").is_ok();
        let script = format!(
            r#"echo $$ >'{group}/cgroup.procs' && exec "$0" run stream/sequential --size large --samples 1"#
        );
        let (code, out, error) =
            if limited { shell(&script) } else { (None, String::new(), "cannot".into()) };
        fs::remove_dir(&group).unwrap();
        if !limited || error.contains("cgroup.procs") {
            continue;
        }
        assert_eq!(code, Some(1), "{out}{error}");
        // 300, minus the worker's own memory
        let available =
            error.split("where ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
        assert!(error.contains("needs 768 MiB of memory where "), "{error}");
        assert!(available.is_some_and(|mib| (250..=300).contains(&mib)), "{error}");
        return;
    }
    optional::skip("root", "no control group can be made here");
}
