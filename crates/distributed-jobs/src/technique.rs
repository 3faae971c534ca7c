//! The suite as durable jobs: the same technique on two brokers.
//!
//! | technique | where the jobs are | take it when |
//! |---|---|---|
//! | [`JobsSqlite`] | in a file of this machine | no job may be lost, and no server should be needed |
//! | [`JobsRedis`] | on a server | workers are on other machines, or many programs submit |

pub mod queued;
pub mod redis;
pub mod sqlite;

mod server;

#[cfg(feature = "worker")]
mod cells;

#[cfg(feature = "worker")]
pub use cells::cells;
pub use queued::{Broker, Queued};
pub use redis::JobsRedis;
pub use sqlite::JobsSqlite;

use crate::{Builder, Jobs};
use parallax_distributed::Hosts;
use parallax_pattern::{Answer, No};
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// Jobs for that many workers, on the hosts of this run.
fn builder(workers: usize) -> Answer<Builder> {
    let hosts = Hosts::of_environment(workers.max(1)).map_err(unavailable)?;
    Ok(Jobs::builder().hosts(hosts).lease(Duration::from_secs(1)))
}

/// The address at which the other hosts reach the first.
fn first(workers: usize) -> Answer<IpAddr> {
    let hosts = Hosts::of_environment(workers.max(1)).map_err(unavailable)?;
    Ok(hosts.iter().map(|host| host.address).next().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)))
}

/// The refusal of a technique that lacks something.
fn unavailable(why: impl Display) -> No {
    No::Unavailable(why.to_string())
}
