//! The share of a limit that a technique reaches: the least time that the limit allows over the measured time.
//!
//! A share above one is shown as it is, with its likely cause; a limit that is not known well has no share.

mod reach;

pub(crate) use reach::{Reach, is_far};

use crate::analysis::run_ns;
use crate::limits::label;
use crate::units;
use parallax_limits::network::{Least, Network};
use parallax_limits::{Limit, held_against};
use parallax_method::median;
use parallax_record::summary::POSSIBLE_SHARE;
use parallax_runner::protocol::{Measured, Ready};
use parallax_suite::Bound;

/// The measured limits of the machine and of the network between hosts, with which rows are compared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ceilings {
    /// The limits of the machine.
    pub limits: Vec<Limit>,
    /// The measurements of links between hosts.
    pub network: Option<Network>,
}

/// A limit whose interval is wider than this, relative to its value, is not known well enough to compare with.
const WIDEST: f64 = 0.10;

/// The same for a link between hosts, which is never undisturbed.
const WIDEST_WAY: f64 = 0.50;

/// The limit of the machine or the network that binds a technique.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// The name of the limit; none where none is known.
    pub limit: Option<String>,
    /// The least time that it allows, over the measured time.
    pub share: Option<f64>,
    /// Why there is no share, or the likely cause of an implausible one.
    pub reason: Option<String>,
}

/// The share of one bound in one turn.
struct Told {
    name: String,
    share: f64,
    /// Why its limit is not known well enough.
    refused: Option<String>,
    /// The likely cause of a share above one.
    doubt: &'static str,
    /// The fastest sample of the limit, as a multiple of it.
    seen: f64,
}

/// One bound over the turns of a technique: the first turn's, and the shares of all.
struct Candidate {
    first: Told,
    shares: Vec<f64>,
}

/// The bound that binds, which is the one with the highest share, and its share over the blocks.
pub(crate) fn binding(limits: &[Limit], reach: Reach, turns: &[(&Ready, &Measured)]) -> Option<Binding> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for told in turns.iter().flat_map(|(ready, measured)| told(limits, reach, ready, measured)) {
        match candidates.iter_mut().find(|other| other.first.name == told.name) {
            Some(candidate) => candidate.shares.push(told.share),
            None => candidates.push(Candidate { shares: vec![told.share], first: told }),
        }
    }
    let over_blocks = candidates.into_iter().filter_map(|of| Some((median(&of.shares)?, of.first)));
    let Some((share, told)) = over_blocks.max_by(|(a, _), (b, _)| a.total_cmp(b)) else {
        let (limit, why) = unbound(reach, turns.last()?.0);
        return Some(Binding { limit, share: None, reason: Some(why) });
    };
    let reason = told.refused.clone().or_else(|| told.doubt(share));
    Some(Binding { share: told.refused.is_none().then_some(share), limit: Some(told.name), reason })
}

impl Told {
    /// The likely cause of an implausible share: if the machine was once as fast as the row, it was slow when its limit
    /// was measured; otherwise the row does not do the work that the bound counts.
    fn doubt(&self, share: f64) -> Option<String> {
        let why = if share / self.seen <= POSSIBLE_SHARE { SLOWER_THEN } else { self.doubt };
        (share > POSSIBLE_SHARE).then(|| format!("above {}: {why}", self.name))
    }
}

/// Why a row may be faster than most samples of the limit.
const SLOWER_THEN: &str = "the limit was measured lower than the row ran: the machine was busy or its clock lower then, and a \
                           part of the samples is as fast; measure again with `cargo xtask limits`";

/// The limit of a technique of which no share is known, if it has one, and the reason.
fn unbound(reach: Reach, ready: &Ready) -> (Option<String>, String) {
    let of_network = |why: &str| (Some("network".to_owned()), format!("no share of the network: {why}"));
    match reach {
        Reach::Home => unmeasured(ready),
        Reach::Elsewhere(why) => of_network(why),
        Reach::Across { .. } if ready.facts.spread.is_none() => {
            of_network("the messages between its hosts are not known in advance")
        }
        Reach::Across { .. } => of_network("its time was not measured"),
    }
}

/// The same for a technique that stays on this machine.
fn unmeasured(ready: &Ready) -> (Option<String>, String) {
    match ready.facts.limits.first() {
        None => (None, "its worker states no rate of the machine that bounds it".to_owned()),
        Some(Bound::Rate { rate, .. }) => {
            let (name, cores) = (rate.name(), units::things(ready.cores, "core"));
            let why = format!(
                "no share of {name}: this run has not measured it for {cores}; give more with --budget"
            );
            (Some(name.to_owned()), why)
        }
        Some(Bound::Share { metric, of, .. }) => {
            (Some(of.clone()), format!("no share of {of}: the technique does not report {metric}"))
        }
    }
}

/// The bounds in one turn: of the work, of which each host does its share, and of the messages between them.
fn told(limits: &[Limit], reach: Reach, ready: &Ready, measured: &Measured) -> Vec<Told> {
    let Some(run_ns) = median(&run_ns(measured)) else { return Vec::new() };
    // the limits of other machines were not measured
    let elsewhere = matches!(reach, Reach::Across { at_home: false, .. });
    let bounds =
        ready.facts.limits.iter().filter(|bound| !(elsewhere && matches!(bound, Bound::Rate { .. })));
    let mut found: Vec<Told> =
        bounds.filter_map(|bound| of_bound(limits, bound, (ready, measured), run_ns)).collect();
    if let (Reach::Across { network, hosts, .. }, Some(spread)) = (reach, &ready.facts.spread) {
        found.extend(network.least(spread, hosts).into_iter().map(|least| of_network(least, run_ns)));
    }
    found.retain(|told| told.share.is_finite());
    found
}

/// None where the limit was not measured or the metric is missing.
fn of_bound(
    limits: &[Limit],
    bound: &Bound,
    (ready, measured): (&Ready, &Measured),
    run_ns: f64,
) -> Option<Told> {
    match bound {
        Bound::Rate { rate, amount, data } => {
            let limit = held_against(limits, *rate, ready.cores, data.unwrap_or(ready.footprint))?;
            let (name, share) = (label(limit), amount / limit.per_second * 1e9 / run_ns);
            let refused = (limit.width() > WIDEST).then(|| {
                let [low, high] =
                    [limit.low, limit.high].map(|rate| units::per_second(rate, limit.rate.unit()));
                format!("no share of {name}: its interval, {low} to {high}, is wider than 10 %")
            });
            let doubt = "it does less work than the bound counts, its data lie nearer than their size suggests, or the \
                         machine was busy whenever the limit was measured; repeat `cargo xtask limits`";
            Some(Told { name, share, refused, doubt, seen: limit.fastest() / limit.per_second })
        }
        Bound::Share { metric, over, of } => {
            let value = *measured.metrics.get(metric)?;
            let whole = over.as_ref().map_or(Some(1.0), |over| measured.metrics.get(over).copied())?;
            let (name, doubt) = (of.clone(), "the bound is not what binds it");
            Some(Told { name, share: value / whole, refused: None, doubt, seen: 1.0 })
        }
    }
}

/// Compared with the low end, since disturbances only make a network slower.
fn of_network(Least { name, seconds }: Least, run_ns: f64) -> Told {
    let refused = (seconds.high - seconds.low > WIDEST_WAY * seconds.median).then(|| {
        let [low, high] = [seconds.low, seconds.high].map(|seconds| units::time(1e9 * seconds));
        format!("no share of {name}: its least time is {low} to {high}, which is wider than 50 %")
    });
    let doubt = "the network was slower when it was measured, or the engine uses another path";
    Told { name: name.to_owned(), share: 1e9 * seconds.low / run_ns, refused, doubt, seen: 1.0 }
}

#[cfg(test)]
mod tests;
