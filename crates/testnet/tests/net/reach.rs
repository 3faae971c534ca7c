//! Which hosts reach which others.

use crate::program::Program;
use parallax_distributed::Hosts;
use parallax_testnet::{Net, NoNet};
use std::env;
use std::process::Command;

pub(crate) fn two_hosts_speak() {
    assert!(matches!(Net::builder().hosts(0).build(), Err(NoNet::Hosts(0))));
    assert!(matches!(Net::builder().hosts(255).build(), Err(NoNet::Hosts(255))));
    let Some(net) = Net::builder().build_or_skip() else { return };
    let _echo = Program::ready(&net, 1, &["echo"]);
    let mut talk = Program::talk(&net, 0, 1);
    let before = net.counts();
    talk.round_trip();
    let after = net.counts();
    assert!(after.passed >= before.passed + 2, "it took another way: {before:?}, {after:?}");
    assert_eq!((after.lost, after.cut, after.overflowed), (0, 0, 0));
    talk.end();
}

pub(crate) fn four_hosts_reach_each_other() {
    let Some(net) = Net::builder().hosts(4).build_or_skip() else { return };
    let _echoes: Vec<Program> = (0..4).map(|host| Program::ready(&net, host, &["echo"])).collect();
    for from in 0..4 {
        for to in 0..4 {
            let mut talk = Program::talk(&net, from, to);
            talk.round_trip();
            talk.end();
        }
    }
}

/// How a test of this program ends, and its output, in another environment.
fn tried(variables: &[(&str, &str)]) -> (bool, String) {
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", "two_hosts_speak"]).env_remove("PARALLAX_HIDE").env_remove("PARALLAX_REQUIRE");
    let out = again.envs(variables.iter().copied()).output().unwrap();
    (out.status.success(), String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap())
}

pub(crate) fn without_it_a_test_is_skipped_in_words() {
    let (passed, said) = tried(&[("PARALLAX_HIDE", "namespaces")]);
    assert!(passed && said.contains("skipped without namespaces: they are hidden"), "{said}");
    let nowhere = ("PATH", "/no/such/folder");
    let (passed, said) = tried(&[nowhere]);
    assert!(passed && said.contains("apt install iproute2"), "{said}");
    let (passed, said) = tried(&[nowhere, ("PARALLAX_REQUIRE", "namespaces")]);
    assert!(!passed && said.contains("PARALLAX_REQUIRE names 'namespaces'"), "{said}");
}

pub(crate) fn two_nets_at_once_do_not_meet() {
    let Some(one) = Net::builder().build_or_skip() else { return };
    let other = Net::builder().build().unwrap();
    assert_ne!(one.address(0), other.address(0));
    assert_ne!(one.start_words(0), other.start_words(0));
    for net in [&one, &other] {
        let _echo = Program::ready(net, 1, &["echo"]);
        Program::talk(net, 0, 1).round_trip();
    }
    let passed = other.counts().passed;
    drop(one);
    let _echo = Program::ready(&other, 0, &["echo"]);
    Program::talk(&other, 1, 0).round_trip();
    assert!(other.counts().passed > passed);
}

pub(crate) fn a_program_finds_the_hosts_in_the_file() {
    let Some(net) = Net::builder().hosts(3).build_or_skip() else { return };
    let hosts = Hosts::parse(&net.hosts_file(2)).unwrap();
    assert_eq!(hosts.len(), 3);
    for (k, host) in hosts.iter().enumerate() {
        assert_eq!((host.address, host.cores), (net.address(k), 2));
        let words = (k > 0).then(|| net.start_words(k));
        assert_eq!(host.start, words);
    }
    let starter = hosts.iter().nth(2).unwrap().starter();
    let mut start = net.command(0, &starter[0]);
    let out = start.args(&starter[1..]).args(["ip", "-brief", "address"]).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains(&format!("{}/24", net.address(2))), "{said}");
    let named = net.command(1, "cat").arg("/proc/sys/kernel/hostname").output().unwrap();
    assert_eq!(String::from_utf8(named.stdout).unwrap(), "host-1\n");
}
