//! The hosts of a technique and the links between them, which decide the limits of its time.

use crate::hosts::FAMILY;
use parallax_limits::network::{Network, Place};
use parallax_record::plan::Group;
use std::collections::BTreeSet;

/// The hosts between which a technique sends messages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reach<'a> {
    /// Only this machine, or no network was measured.
    Home,
    /// Several hosts, over measured links.
    Across {
        /// The hosts and the links.
        network: &'a Network,
        /// How many of the first hosts it uses.
        hosts: usize,
        /// Whether all of them are on this machine, so that they share its limits.
        at_home: bool,
    },
    /// Why the measured links are not those that it uses.
    Elsewhere(&'static str),
}

impl<'a> Reach<'a> {
    /// The reach of a family's techniques in a group.
    pub(crate) fn of(network: Option<&'a Network>, group: &Group, family: &str) -> Self {
        let Some(network) = network.filter(|_| is_far(family)) else { return Reach::Home };
        let Some(hosts) = network.hosts_of(group.workers) else {
            return Reach::Elsewhere("the links to that many hosts were not measured");
        };
        if hosts < 2 {
            return Reach::Home;
        }
        let places = &network.places[..hosts];
        // timely's processes always pass messages over sockets; others have faster paths inside a machine
        if family != FAMILY && different(places, |place| &place.address) < hosts {
            return Reach::Elsewhere(
                "its processes on one machine pass messages by memory or files, not by the network that was measured",
            );
        }
        Reach::Across { network, hosts, at_home: different(places, |place| &place.machine) == 1 }
    }
}

/// Whether a family uses other hosts.
pub(crate) fn is_far(family: &str) -> bool {
    family.starts_with(FAMILY)
}

fn different(places: &[Place], of: fn(&Place) -> &String) -> usize {
    places.iter().map(of).collect::<BTreeSet<_>>().len()
}
