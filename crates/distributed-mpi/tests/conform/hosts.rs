//! Ranks on other hosts: here the same machine, reached by a command that the file of hosts names.

use super::ends::{ranks_told_by, scenario};
use super::system::{Session, eventually, parent_of, runs};
use std::fs;
use std::path::{Path, PathBuf};

/// A file of two hosts, of which the second is reached by `start`.
fn hosts(name: &str, start: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let text = format!(
        "[[host]]\nname = 'one'\naddress = '127.0.0.1'\n\
         [[host]]\nname = 'two'\naddress = '192.0.2.77'\nstart = ['{start}']\n"
    );
    fs::write(&file, text).unwrap();
    file
}

pub(crate) fn a_host_is_reached_as_the_file_says_and_nothing_is_left_on_it() {
    let mut client = scenario("idle").env("PARALLAX_HOSTS", hosts("reached.toml", "env")).spawn().unwrap();
    let ranks = ranks_told_by(&mut client);
    let [here, there] = [0, 1].map(|rank| parent_of(ranks[rank]));
    let session = Session::of(&ranks);
    assert_ne!(here, there, "another process starts the ranks there than here");
    client.kill().unwrap();
    client.wait().unwrap();
    let all = [&ranks[..], &[here, there]].concat();
    eventually("all have ended, there and here", || !all.iter().any(|pid| runs(*pid)));
    assert_eq!(session.files(), [""; 0]);
}

pub(crate) fn a_host_that_cannot_be_reached_is_named() {
    let refused = |file: PathBuf| {
        let out = scenario("start").env("PARALLAX_HOSTS", file).output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    let words = refused(hosts("unreached.toml", "/no/such/starter"));
    assert!(words.contains("Unavailable") && words.contains("cannot reach host 192.0.2.77"), "{words}");
    let words = refused(PathBuf::from("/no/such/hosts.toml"));
    assert!(words.contains("Unavailable") && words.contains("/no/such/hosts.toml"), "{words}");
}
