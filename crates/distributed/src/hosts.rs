//! The hosts on which processes run, read from a file.
//!
//! ```toml
//! # the host where the program is started comes first; a name that stands twice is two hosts
//! [[host]]
//! name = "one"
//! address = "10.0.0.1"
//!
//! [[host]]
//! name = "two"
//! address = "10.0.0.2"
//! cores = 4                        # 1 where nothing is said
//! start = ["ssh", "two"]           # what starts a command there: ssh and the address where nothing is said
//! program = "/opt/bin/distributed" # where the same program lies there: at the same path where nothing is said
//! ```

use crate::Error;
use serde::Deserialize;
use std::env;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

/// A host: a place where one process runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Host {
    /// Its name in reports and errors.
    pub name: String,
    /// The address at which the other hosts reach it.
    pub address: IpAddr,
    /// Its number of workers.
    #[serde(default = "one")]
    pub cores: usize,
    /// The command that starts another one there, with its standard input and output; `None` for this machine.
    #[serde(default)]
    pub start: Option<Vec<String>>,
    /// The path of the program there.
    #[serde(default)]
    pub program: Option<PathBuf>,
}

fn one() -> usize {
    1
}

impl Host {
    /// The `number`-th of several hosts on this machine.
    fn local(number: usize) -> Self {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Host { name: format!("local-{number}"), address, cores: 1, start: None, program: None }
    }

    /// The words before a command that is to run there; empty if it runs here.
    pub fn starter(&self) -> Vec<String> {
        match &self.start {
            Some(words) => words.clone(),
            None if self.address.is_loopback() => Vec::new(),
            None => {
                vec!["ssh".to_owned(), "-o".to_owned(), "BatchMode=yes".to_owned(), self.address.to_string()]
            }
        }
    }
}

/// At least one host; the first is the one where the program was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts(Vec<Host>);

/// The environment variable that names the file of hosts.
const VARIABLE: &str = "PARALLAX_HOSTS";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    host: Vec<Host>,
}

impl Hosts {
    /// `count` hosts on this machine, of one worker each.
    pub fn local(count: usize) -> Self {
        Hosts((0..count.max(1)).map(Host::local).collect())
    }

    /// The hosts that a text in TOML names.
    ///
    /// # Errors
    ///
    /// If the text is invalid, or names no host, or one without cores.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let File { host } = toml::from_str(text).map_err(|why| Error::Hosts(why.to_string()))?;
        let Some(first) = host.first() else {
            return Err(Error::Hosts(
                "it names no host; write a section [[host]] with name and address for each".into(),
            ));
        };
        if first.start.is_some() {
            let why = "the first is where the program is started, so it needs no `start`";
            return Err(Error::Hosts(format!("host {}: {why}", first.name)));
        }
        for host in &host {
            if host.cores == 0 {
                return Err(Error::Hosts(format!("host {} has no cores", host.name)));
            }
        }
        Ok(Hosts(host))
    }

    /// The hosts that a file names.
    ///
    /// # Errors
    ///
    /// If it cannot be read, and as [`Hosts::parse`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// The first hosts of the file that `PARALLAX_HOSTS` names, until they have `workers` cores; or that many hosts on
    /// this machine.
    ///
    /// # Errors
    ///
    /// As [`Hosts::read`], or if the hosts of the file have fewer cores together.
    pub fn of_environment(workers: usize) -> Result<Self, Error> {
        match Self::named()? {
            Some(hosts) => hosts.with_cores(workers),
            None => Ok(Self::local(workers)),
        }
    }

    /// All hosts of the file that `PARALLAX_HOSTS` names; `None` if it is not set.
    ///
    /// # Errors
    ///
    /// As [`Hosts::read`].
    pub fn named() -> Result<Option<Self>, Error> {
        let path = env::var_os(VARIABLE).filter(|path| !path.is_empty());
        path.map(|path| Self::read(Path::new(&path))).transpose()
    }

    /// The first hosts, until they have `workers` cores.
    fn with_cores(self, workers: usize) -> Result<Self, Error> {
        let all: usize = self.iter().map(|host| host.cores).sum();
        if all < workers {
            return Err(Error::Hosts(format!(
                "its hosts have {all} cores, and {workers} are needed: add hosts, or use fewer workers"
            )));
        }
        let mut left = workers.max(1);
        let mut taken = Vec::new();
        for mut host in self.0 {
            host.cores = host.cores.min(left);
            left -= host.cores;
            taken.push(host);
            if left == 0 {
                break;
            }
        }
        Ok(Hosts(taken))
    }

    /// The same cores as hosts of equal size: a larger host appears several times.
    #[cfg(feature = "timely")]
    pub(crate) fn even(&self) -> Self {
        fn common(a: usize, b: usize) -> usize {
            if b == 0 { a } else { common(b, a % b) }
        }
        let cores = self.iter().map(|host| host.cores).fold(0, common).max(1);
        let parts = self.iter().enumerate().flat_map(|(number, host)| {
            (0..host.cores / cores).map(move |part| {
                // this host's further entries are other processes of this machine
                let start = if number == 0 && part > 0 { Some(Vec::new()) } else { host.start.clone() };
                Host { cores, start, ..host.clone() }
            })
        });
        Hosts(parts.collect())
    }

    /// For each core of each host a pair of hosts: this one, and the one that works. It is for engines whose workers
    /// are started and replaced one by one.
    pub fn one_by_one(&self) -> Vec<Hosts> {
        let core = |(number, host): (usize, &Host)| {
            // the first is where the program was started, so no starter is needed
            let start = if number == 0 { Some(Vec::new()) } else { host.start.clone() };
            let worker = Host { cores: 1, start, ..host.clone() };
            (0..host.cores).map(move |_| Hosts(vec![Host::local(0), worker.clone()]))
        };
        self.iter().enumerate().flat_map(core).collect()
    }

    /// Iterates over the hosts.
    pub fn iter(&self) -> std::slice::Iter<'_, Host> {
        self.0.iter()
    }

    /// The number of hosts.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<'a> IntoIterator for &'a Hosts {
    type Item = &'a Host;
    type IntoIter = std::slice::Iter<'a, Host>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "
        [[host]]
        name = 'here'
        address = '10.0.0.1'
        cores = 2
        [[host]]
        name = 'there'
        address = '10.0.0.2'
        cores = 4
        program = '/opt/distributed'
    ";

    #[test]
    fn hosts_are_what_the_file_says() {
        let hosts = Hosts::parse(TWO).unwrap();
        let there = &hosts.0[1];
        assert_eq!((hosts.len(), there.cores, there.name.as_str()), (2, 4, "there"));
        assert_eq!(there.program.as_deref(), Some(Path::new("/opt/distributed")));
        assert_eq!(there.starter(), ["ssh", "-o", "BatchMode=yes", "10.0.0.2"]);
        assert_eq!(Host { start: Some(vec!["run".into()]), ..there.clone() }.starter(), ["run"]);
        assert_eq!(Hosts::local(3).0[2].starter(), [""; 0]);
    }

    #[test]
    fn as_many_workers_as_are_asked_for_and_never_more_than_there_are() {
        let cores = |workers| -> Vec<usize> {
            let hosts = Hosts::parse(TWO).unwrap().with_cores(workers).unwrap();
            hosts.iter().map(|host| host.cores).collect()
        };
        assert_eq!([cores(1), cores(2), cores(3), cores(6)], [vec![1], vec![2], vec![2, 1], vec![2, 4]]);
        let why = Hosts::parse(TWO).unwrap().with_cores(7).unwrap_err().to_string();
        assert!(why.contains("6 cores, and 7 are needed"), "{why}");
    }

    #[cfg(feature = "timely")]
    #[test]
    fn uneven_hosts_become_more_hosts_of_equally_many_cores() {
        let parts = |first: usize, second: usize| {
            let text = TWO.replacen("cores = 2", &format!("cores = {first}"), 1);
            let even =
                Hosts::parse(&text.replacen("cores = 4", &format!("cores = {second}"), 1)).unwrap().even();
            even.0.into_iter().map(|host| (host.name, host.cores)).collect::<Vec<_>>()
        };
        let (here, there) = (|cores| ("here".to_owned(), cores), |cores| ("there".to_owned(), cores));
        assert_eq!(parts(3, 3), [here(3), there(3)]);
        assert_eq!(parts(2, 4), [here(2), there(2), there(2)]);
        assert_eq!(parts(2, 1), [here(1), here(1), there(1)]);
        let again = Hosts::parse(TWO).unwrap().with_cores(3).unwrap().even();
        assert_eq!((again.0[1].starter(), again.0[2].starter().len()), (Vec::new(), 4));
    }

    #[test]
    fn each_core_is_reached_by_itself_and_the_first_host_by_nothing() {
        let pairs = Hosts::parse(TWO).unwrap().one_by_one();
        let workers: Vec<&Host> = pairs.iter().map(|hosts| &hosts.0[1]).collect();
        assert!(pairs.iter().all(|hosts| hosts.len() == 2) && workers.iter().all(|host| host.cores == 1));
        let names: Vec<&str> = workers.iter().map(|host| host.name.as_str()).collect();
        assert_eq!(names, ["here", "here", "there", "there", "there", "there"]);
        assert_eq!((workers[0].starter().len(), workers[2].starter().len()), (0, 4));
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_words() {
        let refused = |text: &str| Hosts::parse(text).unwrap_err().to_string();
        assert!(refused("").contains("[[host]]"));
        assert!(refused("[[host]]\nname = 'a'\naddress = 'nowhere'").contains("address"));
        assert!(refused("[[host]]\nname = 'a'\naddress = '10.0.0.1'\ncore = 2").contains("core"));
        assert!(refused("[[host]]\nname = 'a'\naddress = '10.0.0.1'\ncores = 0").contains("a has no cores"));
        assert!(
            refused("[[host]]\nname = 'a'\naddress = '10.0.0.1'\nstart = ['x']").contains("needs no `start`")
        );
        let why = Hosts::read(Path::new("/no/such/hosts.toml")).unwrap_err().to_string();
        assert!(why.contains("/no/such/hosts.toml"), "{why}");
    }
}
