//! Why a machine cannot have a net, in words that say what is missing.

use std::io;

/// Why there is no net.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoNet {
    /// The command `ip` is not installed.
    #[error("there is no command `ip`, which makes network namespaces: apt install iproute2")]
    NoIp,
    /// The user may make no network namespaces.
    #[error("network namespaces can be made by root alone: {0}")]
    NoRoot(String),
    /// `ip` refuses something.
    #[error("`ip {command}` failed: {said}")]
    Ip {
        /// Its arguments.
        command: String,
        /// What it said.
        said: String,
    },
    /// The kernel has no TUN devices, or hides them.
    #[error("no TUN device can be made of /dev/net/tun: {0}; modprobe tun, or give the container the device")]
    NoTun(io::Error),
    /// A network has addresses for 1 to 254 hosts.
    #[error("a net has 1 to 254 hosts, and {0} are asked for")]
    Hosts(usize),
    /// The system refuses a thread, a file or the like.
    #[error("the system refuses what a net needs: {0}")]
    System(#[from] io::Error),
}
