//! Processes on other hosts: started, greeted, lost, and ended with the process that started them.

use libtest_mimic::{Arguments, Trial};
use parallax_distributed::{Error, Hello, Hosts, Members, network, role};
use parallax_processes::Death;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio, exit};
use std::thread::sleep;
use std::time::Duration;

fn main() {
    parallax_distributed::init();
    match role().as_deref() {
        Some("patient") => patient(),
        Some("unwilling") => {
            let hello = Hello::<String>::wait().unwrap();
            let reason = format!("no room for {}", hello.body);
            hello.refuse(&reason).unwrap();
            exit(0)
        }
        Some("short") => exit(3),
        _ => {}
    }
    if std::env::args().any(|argument| argument == "--start-two-and-wait") {
        let members = Members::start("patient", &Hosts::local(3), |_| ()).unwrap();
        let ids: Vec<String> = members.ids().map(|id| id.to_string()).collect();
        std::io::stdout().write_all((ids.join(" ") + "\n").as_bytes()).unwrap();
        sleep(Duration::from_secs(600));
    }
    let tests: [(&'static str, fn()); 9] = [
        ("a_lost_member_is_named", a_lost_member_is_named),
        ("a_member_that_hangs_is_silent", a_member_that_hangs_is_silent),
        ("members_end_with_the_one_who_started_them", members_end_with_the_one_who_started_them),
        ("members_end_when_they_are_let_go", members_end_when_they_are_let_go),
        ("what_a_member_refuses_is_told", what_a_member_refuses_is_told),
        ("a_member_that_ends_at_once_is_told", a_member_that_ends_at_once_is_told),
        ("a_host_that_cannot_be_started_is_named", a_host_that_cannot_be_started_is_named),
        ("another_build_is_refused", another_build_is_refused),
        ("the_way_to_another_host_is_measured", the_way_to_another_host_is_measured),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

/// Waits until the process that started it ends.
fn patient() -> ! {
    let Ok(hello) = Hello::<()>::wait() else { exit(1) }; // of another build
    hello.ready().unwrap();
    loop {
        sleep(Duration::from_secs(60));
    }
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        sleep(Duration::from_millis(5));
    }
    panic!("not within ten seconds: {what}");
}

fn is_there(id: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains("zombie"))
}

fn a_lost_member_is_named() {
    let mut members = Members::start("patient", &Hosts::local(3), |_| ()).unwrap();
    members.check().unwrap();
    let last = members.ids().nth(1).unwrap();
    Command::new("kill").args(["-9", &last.to_string()]).status().unwrap();
    let mut why = None;
    eventually("it is noticed", || {
        why = members.check().err();
        why.is_some()
    });
    assert!(
        matches!(&why, Some(Error::Lost { host, death: Death::Killed(9) }) if host == "local-2"),
        "{why:?}"
    );
}

fn a_member_that_hangs_is_silent() {
    let mut members = Members::start("patient", &Hosts::local(3), |_| ()).unwrap();
    let last = members.ids().nth(1).unwrap();
    let signal = |signal: &str| Command::new("kill").args([signal, &last.to_string()]).status().unwrap();
    let silence = Duration::from_secs(3);
    signal("-STOP");
    let mut why = None;
    eventually("it is noticed", || {
        why = members.check_signs(silence).err();
        why.is_some()
    });
    assert!(matches!(&why, Some(Error::Late { host, .. }) if host == "local-2"), "{why:?}");
    members.check().unwrap(); // the process is there
    signal("-CONT");
    eventually("it gives signs again", || members.check_signs(silence).is_ok());
}

fn members_end_with_the_one_who_started_them() {
    let mut program = Command::new(std::env::current_exe().unwrap());
    let mut program = program.arg("--start-two-and-wait").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let ids: Vec<u32> = line.split_whitespace().map(|id| id.parse().unwrap()).collect();
    assert!(ids.len() == 2 && ids.iter().all(|id| is_there(*id)), "{line}");
    program.kill().unwrap();
    program.wait().unwrap();
    eventually("they are gone", || !ids.iter().any(|id| is_there(*id)));
}

fn members_end_when_they_are_let_go() {
    let members = Members::start("patient", &Hosts::local(3), |_| ()).unwrap();
    let ids: Vec<u32> = members.ids().collect();
    assert!(ids.iter().all(|id| is_there(*id)));
    drop(members);
    assert!(!ids.iter().any(|id| is_there(*id)), "they were waited for");
}

fn what_a_member_refuses_is_told() {
    let why = Members::start("unwilling", &Hosts::local(2), |number| format!("host {number}")).unwrap_err();
    assert_eq!(why.to_string(), "host local-1: no room for host 1");
}

fn a_member_that_ends_at_once_is_told() {
    let why = Members::start("short", &Hosts::local(2), |_| ()).unwrap_err();
    assert_eq!(why.to_string(), "host local-1 is lost: its process exited with status 3");
}

/// Two hosts, of which the second is started with `start`.
fn reached_by(start: &str, program: &Path) -> Hosts {
    let host = |name: &str| format!("[[host]]\nname = '{name}'\naddress = '127.0.0.1'\n");
    let program = program.display();
    let second = format!("start = ['{start}']\nprogram = '{program}'\n");
    Hosts::parse(&(host("here") + &host("there") + &second)).unwrap()
}

fn a_host_that_cannot_be_started_is_named() {
    let nowhere = reached_by("no-such-command-at-all", Path::new("/bin/true"));
    let why = Members::start("patient", &nowhere, |_| ()).unwrap_err();
    assert!(matches!(&why, Error::Start { host, .. } if host == "there"), "{why}");
    let other = reached_by("env", Path::new("/no/such/program"));
    let why = Members::start("patient", &other, |_| ()).unwrap_err();
    assert_eq!(why.to_string(), "host there is lost: its process exited with status 127");
}

fn another_build_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (same, other) = (folder.path().join("same"), folder.path().join("other"));
    let mut program = fs::read(std::env::current_exe().unwrap()).unwrap();
    fs::write(&same, &program).unwrap();
    program.push(0); // it runs as before
    fs::write(&other, &program).unwrap();
    for path in [&same, &other] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    Members::start("patient", &reached_by("env", &same), |_| ()).unwrap();
    let why = Members::start("patient", &reached_by("env", &other), |_| ()).unwrap_err();
    assert!(why.to_string().contains("host there has another build of this program: copy"), "{why}");
}

fn the_way_to_another_host_is_measured() {
    let network = network::measure(&Hosts::local(3), 5).unwrap();
    let machines: Vec<&str> = network.places.iter().map(|place| place.machine.as_str()).collect();
    assert!(machines.len() == 3 && machines.iter().all(|machine| *machine == machines[0]), "{machines:?}");
    assert!(!machines[0].is_empty() && network.places[2].cores > 0, "{network:?}");
    let links = network.links;
    let names: Vec<&str> = links.iter().map(|link| link.to.as_str()).collect();
    assert_eq!(names, ["local-1", "local-2"]);
    for link in &links {
        assert_eq!(link.from, "local-0");
        // on one machine latency is only processor time
        assert!(link.latency.low >= 0.0 && link.latency.high < 1.0, "{link:?}");
        for interval in [link.overhead, link.gap, link.per_byte] {
            assert!(0.0 < interval.low && interval.low <= interval.median, "{link:?}");
            assert!(interval.median <= interval.high && interval.high < 1.0, "{link:?}");
        }
        // a byte of a large message takes less than a message of one byte
        assert!(link.per_byte.median < link.gap.median, "{link:?}");
    }
}
