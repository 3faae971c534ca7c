//! Every server with clients of every kind.

use parallax_async::{AxumTokio, CompioHttparse, HyperSmol, HyperTokio, HyperTokioPerCore, cells};
use parallax_conform::{self as conform, Mirror};
use parallax_pattern::optional;
use parallax_pattern::{No, Serve};

/// With several workers and with one; a machine that lacks something skips with the reason.
fn answers<T: Serve<Mirror>>() {
    for workers in [3, 1] {
        match T::start(workers) {
            Err(No::Unavailable(why)) => optional::skip("io_uring", &why),
            _ => conform::answers_clients(|| T::start(workers)),
        }
    }
}

#[test]
fn axum_answers() {
    answers::<AxumTokio>();
}

#[test]
fn compio_answers() {
    answers::<CompioHttparse>();
}

#[test]
fn hyper_answers_on_smol() {
    answers::<HyperSmol>();
}

#[test]
fn hyper_answers_on_tokio() {
    answers::<HyperTokio>();
}

#[test]
fn hyper_answers_on_a_loop_per_core() {
    answers::<HyperTokioPerCore>();
}

#[test]
fn every_route_is_right() {
    let mut servers = cells();
    servers.retain(|cell| cell.workload == "serve");
    assert_eq!(servers.len(), 5 * 4);
    let ran = conform::cells(servers);
    for server in ["axum+tokio", "hyper+smol", "hyper+tokio", "hyper+tokio-per-core"] {
        assert_eq!(ran.iter().filter(|name| name.ends_with(&format!("/{server}"))).count(), 4, "{ran:?}");
    }
}
