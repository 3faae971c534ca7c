//! A test network on one Linux machine: several hosts, joined by links that delay, lose packets and can be cut.
//!
//! A host is a network namespace with its own address. Between the hosts there is no cable and no bridge: each has
//! a TUN device, a network card whose other end is a file, and threads of the test's process carry the packets from
//! file to file. So these threads decide how a link behaves, and the kernel needs no module for virtual cables or
//! delays, which many kernels lack.
//!
//! ```no_run
//! use parallax_testnet::Net;
//! use std::time::Duration;
//!
//! // as root, with `ip` of iproute2
//! let net = Net::builder().hosts(3).delay(Duration::from_millis(1)).loss(0.01).seed(7).build()?;
//! let pinged = net.command(0, "ping").args(["-c", "1", &net.address(2).to_string()]).status()?;
//! assert!(pinged.success());
//! net.cut(2); // no packet passes to or from this host any more
//! net.mend(2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a link does
//!
//! - A packet waits at least [the delay](Builder::delay), and that of [slow hosts](Net::slow) at both ends, from when it
//!   is read at one host to when it is written at the other. Packets from one host to another stay in order.
//! - Which packets between two hosts are lost depends only on the seed and on their numbers. A sequence of datagrams
//!   loses the same ones in every run. TCP sends as many packets as it likes, so its losses differ.
//! - Up to 8192 packets from one host are in transit at a time. As a router does, the relay drops further ones.
//!
//! # What it does not do
//!
//! - The hosts share the machine's cores and file systems, and only the cores that the relay takes limit the rate of
//!   a link. Figures measured here say nothing about machines with a network between them.
//! - A program on a host sees a `/sys` without control groups, which `ip netns exec` mounts for it.
//!
//! The example `delays` measures what links are like on a machine.
//!
//! Dropping a net removes everything it has made; building a net removes the remains of killed tests.

mod flight;
mod links;
mod namespace;
mod net;
mod no_net;
mod program;
mod relay;
mod tun;

pub use links::Counts;
pub use net::{Builder, Net};
pub use no_net::NoNet;
pub use program::Program;
