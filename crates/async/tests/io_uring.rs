//! Without io_uring compio refuses and says how to allow it; with it, it starts.

use parallax_async::{Compio, CompioHttparse};
use parallax_pattern::optional;
use parallax_pattern::{No, Technique};
use std::process::Command;

fn reason<T: Technique>() -> Option<String> {
    match T::start(2) {
        Ok(_) => None,
        Err(No::Unavailable(why)) => Some(why),
        Err(no) => panic!("{no}"),
    }
}

#[test]
fn what_is_hidden_is_absent_and_says_how_to_allow_it() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "io_uring_is_absent", "--ignored", "--nocapture"]);
    let out = child.env("PARALLAX_HIDE", "io_uring").env_remove("PARALLAX_REQUIRE").output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "started by the test before, with its own environment"]
fn io_uring_is_absent() {
    for why in [reason::<Compio>(), reason::<CompioHttparse>()] {
        let why = why.expect("it is hidden");
        assert!(why.contains("kernel.io_uring_disabled") && why.contains("PARALLAX_HIDE"), "{why}");
    }
}

/// io_uring cannot be faked: where the kernel refuses it, this test checks the message.
#[test]
fn io_uring_is_present_or_says_how_to_allow_it() {
    let reasons = [reason::<Compio>(), reason::<CompioHttparse>()];
    match &reasons {
        [None, None] => {}
        [Some(why), Some(other)] => {
            assert!(why.contains("kernel.io_uring_disabled") && why == other, "{reasons:?}");
            optional::skip("io_uring", why);
        }
        _ => panic!("one of the two starts, the other does not: {reasons:?}"),
    }
}
