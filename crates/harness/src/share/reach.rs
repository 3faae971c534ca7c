//! How the hosts of a technique reach each other, as far as that says what its time is held against.

use crate::hosts::FAMILY;
use parallax_limits::network::{Network, Place};
use parallax_record::plan::Group;
use std::collections::BTreeSet;

/// Between which hosts a technique's messages go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reach<'a> {
    /// It stays on this machine, or nobody measured a network.
    Home,
    /// Over ways that were measured.
    Across {
        /// The hosts and the ways.
        network: &'a Network,
        /// How many of the first hosts.
        hosts: usize,
        /// Whether all of them are on this machine, so that they share its limits.
        at_home: bool,
    },
    /// Why the ways that were measured are not its own.
    Elsewhere(&'static str),
}

impl<'a> Reach<'a> {
    /// Of the techniques of a family, in a group of one number of workers.
    pub(crate) fn of(network: Option<&'a Network>, group: &Group, family: &str) -> Self {
        let Some(network) = network.filter(|_| is_far(family)) else { return Reach::Home };
        let Some(hosts) = network.hosts_of(group.workers) else {
            return Reach::Elsewhere("the ways to so many hosts were not measured");
        };
        if hosts < 2 {
            return Reach::Home;
        }
        let places = &network.places[..hosts];
        // timely's processes pass messages over sockets wherever they are; others know better ways inside of a machine
        if family != FAMILY && different(places, |place| &place.address) < hosts {
            return Reach::Elsewhere(
                "its processes on one machine pass messages by memory or files, and not by the network that was measured",
            );
        }
        Reach::Across { network, hosts, at_home: different(places, |place| &place.machine) == 1 }
    }
}

/// Whether a family leaves the machine.
pub(crate) fn is_far(family: &str) -> bool {
    family.starts_with(FAMILY)
}

fn different(places: &[Place], of: fn(&Place) -> &String) -> usize {
    places.iter().map(of).collect::<BTreeSet<_>>().len()
}
