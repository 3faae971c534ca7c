//! The links between hosts, as `limits --hosts` shows them.

use anyhow::{Result, bail};
use parallax_harness::fleet::{Fleet, FleetArgs, Wanted};
use parallax_harness::table::{Cell, Column, Table};
use parallax_harness::{hosts, units};
use parallax_limits::network::{Interval, Network};
use std::path::Path;

/// The hosts of a file, and the links between them.
pub(crate) fn of_file(file: &Path, samples: usize) -> Result<Network> {
    let args = FleetArgs { hosts: Some(file.to_owned()), ..FleetArgs::default() };
    let fleet = Fleet::collect_for(&args, &Wanted::Families([hosts::FAMILY.to_owned()].into()))?;
    let network = hosts::measure(&fleet, 0, samples)?;
    if network.links.is_empty() {
        bail!("{} names only one host, so there is no link to measure; add another", file.display());
    }
    Ok(network)
}

/// A table of the links between hosts.
pub(crate) fn links(network: &Network) -> Table {
    let columns = [
        Column::text("from", "from").kept(),
        Column::text("to", "to").kept(),
        Column::text("parameter", "parameter").kept(),
        Column::number("median", "median_s"),
        Column::number("from", "low_s"),
        Column::number("to", "high_s"),
    ];
    let mut table = Table::new(columns);
    for link in &network.links {
        let of = [
            ("latency", link.latency),
            ("overhead", link.overhead),
            ("gap", link.gap),
            ("gap per byte", link.per_byte),
        ];
        for (name, Interval { low, median, high }) in of {
            let time = |seconds: f64| Cell::new(units::time(1e9 * seconds), seconds);
            table.row([
                link.from.as_str().into(),
                link.to.as_str().into(),
                name.into(),
                time(median),
                time(low),
                time(high),
            ]);
        }
    }
    table
}
