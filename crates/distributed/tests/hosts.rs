//! Test hosts, each with its own network: answers agree with one machine's, and a host may be killed, cut off or slow.
//! is killed, cut off or slow.
//!
//! The program on the first host is this one again, with a word that selects its role; it prints the lines that the
//! test waits for.

use libtest_mimic::{Arguments, Trial};
use parallax_conform::{Slow, right_on};
use parallax_distributed::{Hosts, Timely};
use parallax_pattern::{Distribute, No};
use parallax_suite::Size;
use parallax_testnet::{Net, Program};
use std::io::Write as _;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

fn main() {
    parallax_distributed::init();
    if let Some(scenario) = std::env::args().skip_while(|word| word != "--play").nth(1) {
        return play(&scenario);
    }
    let tests: [(&str, fn()); 6] = [
        ("two_hosts_give_every_answer", || every_answer(2, Duration::ZERO)),
        ("four_hosts_give_every_answer", || every_answer(4, Duration::from_micros(200))),
        ("a_host_that_is_killed_is_named", a_host_that_is_killed_is_named),
        ("a_link_that_is_cut_for_three_seconds_is_waited_for", a_cut_link_is_waited_for),
        ("a_host_that_is_cut_off_ends_the_call_in_time", a_host_that_is_cut_off_ends_the_call),
        ("a_slow_host_is_waited_for", a_slow_host_is_waited_for),
    ];
    let trial = |(name, test): (&'static str, fn())| {
        Trial::test(name, move || {
            test();
            Ok(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), tests.map(trial).into()).exit();
}

/// The program on the first host.
fn play(scenario: &str) {
    match scenario {
        "every-answer" => {
            let workers = Hosts::named().unwrap().unwrap().iter().map(|host| host.cores).sum();
            say(&right_on(parallax_distributed::cells(), workers, &[Size::Tiny, Size::Small]));
        }
        scenario => {
            let hosts = Hosts::named().unwrap().unwrap();
            let timely = Timely::on(&hosts).unwrap();
            let timely = match scenario {
                "limited" => timely.time_limit(Duration::from_secs(4)),
                _ => timely,
            };
            // all hosts are connected, and the first call is over
            assert_eq!(timely.reduce(&Arc::new(Slow { items: 8, millis: 0 })).unwrap(), 28);
            say("ready");
            let items = 40;
            match timely.reduce(&Arc::new(Slow { items, millis: 50 })) {
                Ok(sum) => say(&format!("sum {sum}")),
                Err(No::Failed(why)) => say(&format!("failed: {why}")),
                Err(no) => say(&format!("refused: {no}")),
            }
            say("the next call");
            match timely.reduce(&Arc::new(Slow { items: 8, millis: 0 })) {
                Ok(sum) => say(&format!("sum {sum}")),
                Err(no) => say(&format!("failed: {no}")),
            }
        }
    }
}

fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// The program on the first host of a net.
struct Player(Program);

impl Player {
    fn start(net: &Net, scenario: &str) -> Self {
        Player(Program::start(net, 1, ["--play", scenario]).unwrap())
    }

    fn line(&mut self) -> String {
        self.0.line().unwrap()
    }

    fn expect(&mut self, line: &str) {
        assert_eq!(self.line(), line);
    }

    /// Checks that it ends by itself, and that nothing it started is left on any host.
    fn ends(self, net: &Net) {
        assert_eq!(self.0.end().unwrap(), (true, String::new()));
        assert_eq!(net.left(), [0; 0], "processes that are left on some host");
    }
}

fn every_answer(hosts: usize, delay: Duration) {
    let Some(net) = Net::builder().hosts(hosts).delay(delay).build_or_skip() else { return };
    let mut program = Player::start(&net, "every-answer");
    let cells = parallax_distributed::cells().iter().filter(|cell| cell.workload != "bubblesort").count();
    assert!(cells > 20, "{cells}");
    program.expect(&format!("{} right", 8 * cells));
    program.ends(&net);
    assert!(net.counts().passed > 1000, "the traffic went over the network: {:?}", net.counts());
}

fn a_host_that_is_killed_is_named() {
    let Some(net) = Net::builder().hosts(4).build_or_skip() else { return };
    let mut program = Player::start(&net, "killed");
    program.expect("ready");
    let there = net.processes(2);
    assert_eq!(there.len(), 1);
    std::process::Command::new("kill").args(["-9", &there[0].to_string()]).status().unwrap();
    let said = program.line();
    assert!(said.starts_with("failed: ") && said.contains("host-2"), "{said}");
    program.expect("the next call");
    program.expect("sum 28");
    program.ends(&net);
}

fn a_cut_link_is_waited_for() {
    let Some(net) = Net::builder().hosts(2).build_or_skip() else { return };
    let mut program = Player::start(&net, "cut");
    program.expect("ready");
    net.cut(1);
    sleep(Duration::from_secs(3));
    net.mend(1);
    program.expect("sum 780");
    program.expect("the next call");
    program.expect("sum 28");
    program.ends(&net);
}

fn a_host_that_is_cut_off_ends_the_call() {
    let Some(net) = Net::builder().hosts(3).build_or_skip() else { return };
    let mut program = Player::start(&net, "limited");
    program.expect("ready");
    net.cut(1);
    let said = program.line();
    assert!(said.starts_with("failed: ") && said.contains("host-1"), "{said}");
    program.expect("the next call");
    net.mend(1);
    let said = program.line();
    assert!(said == "sum 28" || said.contains("host-1"), "{said}");
    program.ends(&net);
}

fn a_slow_host_is_waited_for() {
    let Some(net) =
        Net::builder().hosts(3).delay(Duration::from_micros(100)).loss(0.03).seed(3).build_or_skip()
    else {
        return;
    };
    net.slow(2, Duration::from_millis(20));
    let mut program = Player::start(&net, "slow");
    program.expect("ready");
    program.expect("sum 780");
    program.expect("the next call");
    program.expect("sum 28");
    program.ends(&net);
    assert!(net.counts().lost > 0, "{:?}", net.counts());
}
