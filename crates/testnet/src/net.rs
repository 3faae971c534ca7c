//! A net of several hosts: build it, start programs on the hosts, and make the links worse.

use crate::links::{Counters, Host, Links};
use crate::namespace::{Namespace, remove_stale};
use crate::relay::{Relay, Shared};
use crate::{Counts, NoNet};
use parallax_pattern::optional;
use rustix::event::{EventfdFlags, eventfd};
use std::ffi::OsStr;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A shell script for a separate UTS namespace: it sets its first word as the host name, and becomes the program.
const NAMED: &str = r#"echo "$0" > /proc/sys/kernel/hostname && exec "$@""#;

/// How many nets this process has built.
static NETS: AtomicUsize = AtomicUsize::new(0);

/// The settings of a net; by default two hosts without delay and loss.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    hosts: usize,
    delay: Duration,
    loss: f64,
    seed: u64,
    mtu: u16,
}

impl Builder {
    /// The number of hosts.
    pub fn hosts(self, hosts: usize) -> Self {
        Builder { hosts, ..self }
    }

    /// How long each packet takes from host to host.
    pub fn delay(self, delay: Duration) -> Self {
        Builder { delay, ..self }
    }

    /// The share of packets that are lost, from 0 to 1.
    pub fn loss(self, loss: f64) -> Self {
        Builder { loss, ..self }
    }

    /// The seed that decides which packets are lost.
    pub fn seed(self, seed: u64) -> Self {
        Builder { seed, ..self }
    }

    /// The most bytes of a packet: 1500 by default, as on most cables.
    pub fn mtu(self, mtu: u16) -> Self {
        Builder { mtu, ..self }
    }

    /// Makes the hosts and joins them.
    ///
    /// # Errors
    ///
    /// An explanation, if this machine or this user cannot have a net.
    ///
    /// # Panics
    ///
    /// If the share of losses is not from 0 to 1.
    pub fn build(self) -> Result<Net, NoNet> {
        assert!((0.0..=1.0).contains(&self.loss), "the share of losses must be from 0 to 1: {}", self.loss);
        if !(1..=254).contains(&self.hosts) {
            return Err(NoNet::Hosts(self.hosts));
        }
        remove_stale();
        let number = NETS.fetch_add(1, Relaxed);
        // Two nets of this process would not meet even with the same addresses; different ones make a mistake visible.
        let network = [10, 77, (number % 256) as u8];
        let (mut namespaces, mut tuns) = (Vec::new(), Vec::new());
        for host in 0..self.hosts {
            let namespace = Namespace::add(number, host)?;
            let [a, b, c] = network;
            tuns.push(namespace.equip(Ipv4Addr::new(a, b, c, host as u8 + 1), self.mtu)?);
            namespaces.push(namespace);
        }
        let hosts = vec![Host::default(); self.hosts];
        let links = RwLock::new(Links { delay: self.delay, loss: self.loss, hosts });
        let stop =
            eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(std::io::Error::from)?;
        let shared = Arc::new(Shared { links, counters: Counters::default(), tuns, network, stop });
        let mut net = Net { namespaces, shared, relays: Vec::new() };
        for from in 0..self.hosts {
            let relay = Relay::new(&net.shared, from, self.seed)?;
            let thread = thread::Builder::new().name(format!("testnet-{number}-{from}"));
            net.relays.push(thread.spawn(|| relay.run())?);
        }
        Ok(net)
    }

    /// [`Builder::build`] for a test, which is skipped with the reason if there can be no net, or if the optional part
    /// `namespaces` is hidden.
    ///
    /// # Panics
    ///
    /// As [`Builder::build`], or if `PARALLAX_REQUIRE` names the part and there can be no net.
    pub fn build_or_skip(self) -> Option<Net> {
        let why = match optional::hidden("namespaces") {
            true => "they are hidden".to_owned(),
            false => match self.build() {
                Ok(net) => return Some(net),
                Err(why) => why.to_string(),
            },
        };
        optional::skip("namespaces", &why);
        None
    }
}

/// Hosts that are numbered from 0, each with a link to every other.
///
/// Dropping it kills the programs on the hosts and removes everything it has made.
#[derive(Debug)]
pub struct Net {
    namespaces: Vec<Namespace>,
    shared: Arc<Shared>,
    relays: Vec<JoinHandle<()>>,
}

impl Net {
    /// The settings of a new net: by default two hosts without delay and loss.
    pub fn builder() -> Builder {
        Builder { hosts: 2, delay: Duration::ZERO, loss: 0.0, seed: 0, mtu: 1500 }
    }

    /// A program that runs on a host. It sees the files of this machine, but only the network of that host.
    pub fn command(&self, host: usize, program: impl AsRef<OsStr>) -> Command {
        let words = self.start_words(host);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(program);
        command
    }

    /// The words to put before a command so that it runs on a host. There the machine's name is `host-0`, `host-1` and
    /// so on, because some programs take two hosts of the same name for one.
    pub fn start_words(&self, host: usize) -> Vec<String> {
        let name = format!("host-{host}");
        let words = [
            "ip",
            "netns",
            "exec",
            self.namespaces[host].name(),
            "unshare",
            "--uts",
            "sh",
            "-c",
            NAMED,
            &name,
        ];
        words.map(str::to_owned).into()
    }

    /// The processes that run on a host.
    pub fn processes(&self, host: usize) -> Vec<u32> {
        self.namespaces[host].inside()
    }

    /// The processes that are still on some host after ten seconds; returns as soon as all are gone.
    pub fn left(&self) -> Vec<u32> {
        let all = || (0..self.namespaces.len()).flat_map(|host| self.processes(host)).collect::<Vec<u32>>();
        for _ in 0..1000 {
            if all().is_empty() {
                return Vec::new();
            }
            thread::sleep(Duration::from_millis(10));
        }
        all()
    }

    /// The address at which the other hosts reach a host.
    pub fn address(&self, host: usize) -> IpAddr {
        IpAddr::V4(self.shared.address(host))
    }

    /// The hosts in TOML, for the file that `PARALLAX_HOSTS` names: for a program on host 0 that starts itself on the
    /// others.
    pub fn hosts_file(&self, cores: usize) -> String {
        let mut text = String::new();
        for host in 0..self.namespaces.len() {
            let address = self.address(host);
            let _ =
                writeln!(text, "[[host]]\nname = \"host-{host}\"\naddress = \"{address}\"\ncores = {cores}");
            if host > 0 {
                let _ = writeln!(text, "start = {:?}", self.start_words(host));
            }
        }
        text
    }

    /// How many packets between hosts have passed, and how many have not, so far.
    pub fn counts(&self) -> Counts {
        self.shared.counters.read()
    }

    /// Sets how long each packet takes from now on; packets in transit keep their time.
    pub fn set_delay(&self, delay: Duration) {
        self.change(|links| links.delay = delay);
    }

    /// Sets the share of packets that are lost from now on.
    ///
    /// # Panics
    ///
    /// If it is not from 0 to 1.
    pub fn set_loss(&self, loss: f64) {
        assert!((0.0..=1.0).contains(&loss), "the share of losses must be from 0 to 1: {loss}");
        self.change(|links| links.loss = loss);
    }

    /// Cuts a host off: once this returns, no packet passes to or from it, not even one already in transit.
    pub fn cut(&self, host: usize) {
        self.change(|links| links.hosts[host].cut = true);
    }

    /// Joins a host again.
    pub fn mend(&self, host: usize) {
        self.change(|links| links.hosts[host].cut = false);
    }

    /// Makes each packet to and from a host take `extra` longer; zero ends it.
    pub fn slow(&self, host: usize, extra: Duration) {
        self.change(|links| links.hosts[host].extra = extra);
    }

    fn change(&self, what: impl FnOnce(&mut Links)) {
        what(&mut self.shared.links.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        // The programs first: once the relays have stopped, some would wait for packets, and report it.
        self.namespaces.iter().for_each(Namespace::kill_all);
        // A write to an event counter at 0 cannot fail.
        let _ = rustix::io::write(&self.shared.stop, &1u64.to_ne_bytes());
        for relay in self.relays.drain(..) {
            // If it panicked, the test has noticed, since no packets arrived.
            let _ = relay.join();
        }
    }
}
