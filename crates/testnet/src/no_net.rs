//! The reasons why a machine cannot have a net, each with what is missing.

use std::io;

/// Why there is no net.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoNet {
    /// The command `ip` is not installed.
    #[error("the command `ip`, which makes network namespaces, is missing: apt install iproute2")]
    NoIp,
    /// The user is not allowed to make network namespaces.
    #[error("only root can make network namespaces: {0}")]
    NoRoot(String),
    /// `ip` failed.
    #[error("`ip {command}` failed: {said}")]
    Ip {
        /// Its arguments.
        command: String,
        /// Its error message.
        said: String,
    },
    /// The kernel has no TUN devices, or hides them.
    #[error("/dev/net/tun gives no TUN device: {0}; modprobe tun, or give the container the device")]
    NoTun(io::Error),
    /// A network has addresses for 1 to 254 hosts.
    #[error("a net has 1 to 254 hosts, not {0}")]
    Hosts(usize),
    /// The system refuses a thread, a file or a similar resource.
    #[error("the system refuses a resource that a net needs: {0}")]
    System(#[from] io::Error),
}
