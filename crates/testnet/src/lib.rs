//! Hosts of a test's own on one Linux machine, joined by links that delay, lose packets and can be cut.
//!
//! A host is a network namespace with an address of its own. Between the hosts there is no cable and no bridge: each has
//! a TUN device, a network card whose other end is a file, and threads of the test's process carry the packets from
//! file to file. So a link is whatever these threads make of it, and no kernel module for virtual cables or delays is
//! needed, which many kernels lack.
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
//! - Which packets of a pair of hosts are lost depends on the seed and on their numbers alone. A sequence of datagrams
//!   loses the same ones in every run. TCP sends as many packets as it likes, so what it loses differs.
//! - Up to 8192 packets from one host are on their way at a time. As a router does, the relay drops what comes beyond.
//!
//! # What it does not do
//!
//! - The hosts share the machine's cores and file systems, and nothing limits the rate of a link but the cores that the
//!   relay takes. Figures that were measured here say nothing about machines with a network between them.
//! - A program on a host sees a `/sys` without control groups, which `ip netns exec` mounts for it.
//!
//! The example `figures` measures what links are like on a machine.
//!
//! All that a net has made is removed when it is dropped, and what a killed test has left when the next net is built.

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
