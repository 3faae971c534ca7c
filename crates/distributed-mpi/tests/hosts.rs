//! Ranks on test hosts: answers agree with one machine's, and a killed host ends the job with an error that names it.

use libtest_mimic::{Arguments, Trial};
use parallax_conform::{Slow, right_on};
use parallax_distributed::Hosts;
use parallax_distributed_mpi::{Mpi, cells};
use parallax_pattern::{Distribute as _, No, Technique as _, optional};
use parallax_suite::Size;
use parallax_testnet::{Net, Program};
use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;

fn main() {
    parallax_distributed_mpi::init();
    let play = std::env::args().skip_while(|word| word != "--play").nth(1);
    if let Some(scenario) = play {
        return if scenario == "killed" {
            killed()
        } else {
            say(&right_on(cells(), workers(), &[scenario.parse().unwrap()]))
        };
    }
    let tests: [(&'static str, fn()); 3] = [
        ("two_hosts_give_every_answer", || every_answer(2, Size::Tiny)),
        ("four_hosts_give_every_answer", || every_answer(4, Size::Small)),
        ("a_host_that_is_killed_ends_the_job", a_host_that_is_killed_ends_the_job),
    ];
    let trial = |(name, test): (&'static str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), tests.map(trial).into()).exit();
}

fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn workers() -> usize {
    Hosts::named().unwrap().unwrap().iter().map(|host| host.cores).sum()
}

/// A network of `hosts` hosts with MPI; `None` where networks are not available.
fn net(hosts: usize) -> Option<Net> {
    if let Err(No::Unavailable(why)) = Mpi::start(1) {
        optional::skip("mpi", &why);
        return None;
    }
    Net::builder().hosts(hosts).build_or_skip()
}

fn every_answer(hosts: usize, size: Size) {
    let Some(net) = net(hosts) else { return };
    let mut program = Program::start(&net, 1, ["--play", &size.to_string()]).unwrap();
    let cells = cells().iter().filter(|cell| cell.workload != "bubblesort").count();
    let said = program.line().unwrap();
    if said != format!("{} right", 4 * cells) {
        panic!("{said}\n{}", program.end().unwrap().1);
    }
    ends(program, &net);
    assert!(net.counts().passed > 1000, "the traffic went over the network: {:?}", net.counts());
}

/// Checks that it ends by itself, and that nothing it started is left on any host.
fn ends(program: Program, net: &Net) {
    assert_eq!(program.end().unwrap(), (true, String::new()));
    assert_eq!(net.left(), [0; 0], "processes that are left on some host");
}

fn killed() {
    let mpi = Mpi::start(workers()).unwrap();
    assert_eq!(mpi.reduce(&Arc::new(Slow { items: 40, millis: 0 })).unwrap(), 780);
    say("ready");
    match mpi.reduce(&Arc::new(Slow { items: 40, millis: 100 })) {
        Ok(sum) => say(&format!("sum {sum}")),
        Err(why) => say(&format!("failed: {}", why.to_string().replace('\n', " "))),
    }
    match mpi.reduce(&Arc::new(Slow { items: 40, millis: 0 })) {
        Ok(sum) => say(&format!("sum {sum}")),
        Err(why) => say(&format!("failed: {}", why.to_string().replace('\n', " "))),
    }
}

fn a_host_that_is_killed_ends_the_job() {
    let Some(net) = net(3) else { return };
    let mut program = Program::start(&net, 1, ["--play", "killed"]).unwrap();
    assert_eq!(program.line().unwrap(), "ready");
    for process in net.processes(2) {
        Command::new("kill").args(["-9", &process.to_string()]).status().unwrap();
    }
    let said = program.line().unwrap();
    assert!(said.starts_with("failed: "), "{said}");
    assert_eq!(program.line().unwrap(), "sum 780", "the next job is another");
    ends(program, &net);
}
