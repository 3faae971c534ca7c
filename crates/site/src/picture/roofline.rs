//! The roofline: what the machine was measured to do at most, and how near each workload's fastest technique comes.
//!
//! The idea is that of Williams, Waterman and Patterson ("Roofline: an insightful visual performance model for
//! multicore architectures", CACM 2009). Roofs are the run's limits; operations and bytes are as workloads count them.

mod scale;

use super::plate::{WIDTH, Words, line, plate, room, short, text};
use crate::chart::f;
use crate::data::Run;
use crate::markup::{technique_link, workload_page};
use crate::model::{Group, Site};
use crate::number::{digits, workers};
use maud::{Markup, html};
use parallax_record::name::full;
use parallax_record::summary::Row;
use parallax_suite::Rate;
use scale::{Log, Taken};
use std::collections::BTreeSet;

const HEIGHT: f64 = 330.0;
/// Where the axes stand.
const LEFT: f64 = 44.0;
const RIGHT: f64 = WIDTH - 16.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = HEIGHT - 42.0;

/// The rates that a run has measured for one number of workers, in operations and bytes a second.
struct Roofs {
    workers: usize,
    /// The peak of each vector set, the highest first.
    flat: Vec<(String, f64)>,
    /// The fastest that bytes move in each cache and in memory, the slowest first.
    slopes: Vec<(String, f64)>,
}

/// The fastest technique of a group, by what its workload counts.
struct Point<'a> {
    group: Group<'a>,
    row: &'a Row,
    /// Operations for each byte.
    intensity: f64,
    /// Operations a second.
    rate: f64,
}

/// The roofline of a run with its figures, or why there is none.
pub(super) fn of(site: &Site, root: &str, run: &Run) -> Result<Markup, &'static str> {
    if run.stands_in {
        return Err("this site has only the cells of the run that another lacks");
    }
    let roofs = Roofs::of(run)?;
    let points = points(site, run, roofs.workers);
    if points.is_empty() {
        return Err("no row of the run tells how many operations and bytes its workload has");
    }
    let machine = site.label(run).map_or_else(String::new, |machine| format!(" of {machine}"));
    let words = Words {
        title: format!(
            "Roofline{machine}, {}: operations a second over operations a byte",
            workers(roofs.workers)
        ),
        desc: format!(
            "{} Points: {}.",
            roofs.told(),
            points.iter().map(Point::told).collect::<Vec<_>>().join("; ")
        ),
        caption: html! {
            "Both axes are logarithmic. Each slope is how fast this machine moves bytes in a cache or in memory, the flat "
            "roof is its peak of multiply-adds (broken: of the narrowest vectors), all measured in the run with "
            (workers(roofs.workers)) ". A point is a workload's fastest technique. Under the slope of the place where its "
            "data lie, bytes set the pace; under the flat roof, arithmetic does. What is missing to the roofs is what no "
            "technique has gained yet, or time for other operations, such as the square roots of pairwise."
        },
    };
    Ok(html! { (plate("chart", HEIGHT, &words, &drawing(&roofs, &points))) (table(root, &roofs, &points)) })
}

impl Roofs {
    /// For the most workers that the run has both rows and rates for.
    fn of(run: &Run) -> Result<Self, &'static str> {
        if run.limits.is_empty() {
            return Err("the run has not measured what the machine can do at most");
        }
        let numbers: BTreeSet<usize> = run.summary.cells.iter().map(|row| row.workers).collect();
        let all = || numbers.iter().rev().map(|&workers| Roofs::with(run, workers));
        let whole = all().find(|roofs| !roofs.flat.is_empty() && !roofs.slopes.is_empty());
        whole.ok_or(match all().any(|roofs| !roofs.flat.is_empty()) {
            true => "the run has not measured how fast memory is for as many workers as its rows have",
            false => "the run has not measured a peak of arithmetic for as many workers as its rows have",
        })
    }

    fn with(run: &Run, workers: usize) -> Self {
        let own = run.limits.iter().filter(|limit| limit.workers == workers && limit.per_second > 0.0);
        let mut roofs = Roofs { workers, flat: Vec::new(), slopes: Vec::new() };
        for limit in own {
            match (limit.rate, &limit.set) {
                (Rate::Fma, _) => raise(&mut roofs.flat, &limit.isa, limit.per_second),
                (Rate::Update | Rate::Triad | Rate::Copy | Rate::Read | Rate::Store, Some(set)) => {
                    raise(&mut roofs.slopes, &set.place, limit.per_second);
                }
                _ => {}
            }
        }
        roofs.flat.sort_by(|a, b| b.1.total_cmp(&a.1));
        roofs.slopes.sort_by(|a, b| a.1.total_cmp(&b.1));
        roofs
    }

    fn peak(&self) -> f64 {
        self.flat[0].1
    }

    /// All of them in words.
    fn told(&self) -> String {
        let flat =
            self.flat.iter().map(|(isa, rate)| format!("FMA peak {isa} {} Gflop/s", digits(rate / 1e9)));
        let slopes = self.slopes.iter().map(|(place, rate)| format!("{place} {} GB/s", digits(rate / 1e9)));
        format!("Roofs: {}.", flat.chain(slopes).collect::<Vec<_>>().join(", "))
    }
}

/// Keeps the highest rate of each name.
fn raise(rates: &mut Vec<(String, f64)>, name: &str, rate: f64) {
    match rates.iter_mut().find(|(known, _)| known == name) {
        Some((_, highest)) => *highest = highest.max(rate),
        None => rates.push((name.to_owned(), rate)),
    }
}

/// A point for each workload, of its first case and its largest size.
fn points<'a>(site: &'a Site, run: &Run, workers: usize) -> Vec<Point<'a>> {
    let mut points: Vec<Point> = Vec::new();
    let of_run =
        site.groups().into_iter().filter(|group| std::ptr::eq(group.run, run) && group.workers == workers);
    for point in of_run.filter_map(Point::of) {
        match points.iter_mut().find(|other| other.group.workload == point.group.workload) {
            Some(other) if other.group.case == point.group.case => *other = point,
            Some(_) => {}
            None => points.push(point),
        }
    }
    points.sort_by(|a, b| a.intensity.total_cmp(&b.intensity));
    points
}

impl<'a> Point<'a> {
    /// None where nothing is counted. Another algorithm has other operations than its workload counts, and other machines
    /// have roofs that nobody has measured.
    fn of(group: Group<'a>) -> Option<Self> {
        let leaves = |row: &Row| !group.run.summary.hosts.is_empty() && row.family.starts_with("distributed");
        let counted = |row: &Row| {
            Some([row.flops?, row.moved_bytes?, row.time_ns_median?])
                .filter(|all| all.iter().all(|of| *of > 0.0))
        };
        let (row, [flops, bytes, ns]) = {
            let mut rows = group.measured().filter(|row| row.algorithm.is_empty() && !leaves(row));
            rows.find_map(|row| Some((row, counted(row)?)))?
        };
        Some(Point { row, intensity: flops / bytes, rate: flops / ns * 1e9, group })
    }

    fn name(&self) -> String {
        full(self.group.workload, self.group.case)
    }

    fn told(&self) -> String {
        let (intensity, rate) = (digits(self.intensity), digits(self.rate / 1e9));
        format!("{} by {}, {intensity} flop/B, {rate} Gflop/s", self.name(), self.row.technique)
    }
}

/// Both axes, so wide that all points and all corners of the roofs lie between.
fn axes(roofs: &Roofs, points: &[Point]) -> (Log, Log) {
    let corners = roofs.slopes.iter().map(|(_, slope)| roofs.peak() / slope);
    let along: Vec<f64> = points.iter().map(|point| point.intensity).chain(corners).collect();
    let x = Log::around(&along, 2.0, (LEFT, RIGHT));
    let lowest = roofs.slopes[0].1 * x.low;
    let flat = roofs.flat.iter().map(|(_, rate)| *rate);
    let up: Vec<f64> = points.iter().map(|point| point.rate).chain(flat).chain([lowest]).collect();
    (x, Log::around(&up, 1.3, (BOTTOM, TOP)))
}

fn drawing(roofs: &Roofs, points: &[Point]) -> Markup {
    let (x, y) = axes(roofs, points);
    let places: Vec<(f64, f64)> =
        points.iter().map(|point| (x.at(point.intensity), y.at(point.rate))).collect();
    let mut taken = Taken::new(WIDTH, &places);
    let middle = f64::midpoint(TOP, BOTTOM);
    html! {
        @for (at, word) in x.ticks(1.0) {
            (line("grid", (at, TOP), (at, BOTTOM))) (text("", "middle", (at, BOTTOM + 16.0), &word))
        }
        @for (at, word) in y.ticks(1e9) {
            (line("grid", (LEFT, at), (RIGHT, at))) (text("", "end", (LEFT - 5.0, at + 4.0), &word))
        }
        (text("", "end", (RIGHT, HEIGHT - 8.0), "operations a byte (flop/B)"))
        text x="11" y=(middle) text-anchor="middle" transform=(format!("rotate(-90 11 {middle})")) { "Gflop/s" }
        (drawn_roofs(roofs, &x, &y, &mut taken))
        @for (at, point) in places.iter().zip(points) {
            circle.spot cx=(f(at.0)) cy=(f(at.1)) r="4.5" { title { (point.told()) } }
        }
        @for (at, point) in places.iter().zip(points) {
            @let word = short(point.group.workload, 90.0);
            @let (anchor, place) = taken.beside(*at, room(&word));
            (text("name", anchor, place, &word))
        }
    }
}

/// The slopes, up to the flat roof and named where they reach it; the flat roofs, named at their right end.
fn drawn_roofs(roofs: &Roofs, x: &Log, y: &Log, taken: &mut Taken) -> Markup {
    let peak = roofs.peak();
    let fastest = roofs.slopes.last().map_or(peak, |(_, slope)| *slope);
    let corners: Vec<(f64, String)> =
        roofs.slopes.iter().rev().map(|(place, slope)| (x.at(peak / slope), short(place, 60.0))).collect();
    let narrow = roofs.flat.last().filter(|_| roofs.flat.len() > 1);
    let flat = format!("{} {}", short(&roofs.flat[0].0, 60.0), digits(peak / 1e9));
    html! {
        @for (_, slope) in &roofs.slopes {
            @let from = x.low.max(y.low / slope);
            (line("roof", (x.at(from), y.at(slope * from)), (x.at(peak / slope), y.at(peak))))
        }
        (line("roof", (x.at(peak / fastest), y.at(peak)), (RIGHT, y.at(peak))))
        @if let Some((isa, rate)) = narrow {
            @let word = format!("{} {}", short(isa, 60.0), digits(rate / 1e9));
            (line("roof narrow", (x.at(x.low.max(rate / fastest)), y.at(*rate)), (RIGHT, y.at(*rate))))
            (text("", "end", taken.take((RIGHT, y.at(*rate) + 14.0), room(&word)), &word))
        }
        (text("", "end", taken.take((RIGHT, y.at(peak) + 14.0), room(&flat)), &flat))
        @for (at, word) in corners { @let place = taken.above(at, y.at(peak) - 6.0, room(&word));
            (text("", "middle", place, &word))
        }
    }
}

fn table(root: &str, roofs: &Roofs, points: &[Point]) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="The roofline's figures" { table.roofline {
            thead { tr {
                th scope="col" { "workload" } th scope="col" { "fastest" } th.number scope="col" { "flop/B" }
                th.number scope="col" { "Gflop/s" } th.number scope="col" { "of what binds it" }
            } }
            tbody { @for point in points { tr {
                th scope="row" {
                    a href=(format!("{root}{}", workload_page(point.group.workload))) { (point.name()) }
                    " " span.at { (point.group.size) }
                }
                td { (technique_link(root, point.row)) }
                td.number { (digits(point.intensity)) } td.number { (digits(point.rate / 1e9)) }
                td.number { @match (point.row.limit_share, &point.row.limit) {
                    (Some(share), Some(limit)) => { (digits(100.0 * share)) "% of " (limit) }
                    _ => "–",
                } }
            } } }
        } }
        p.note { (roofs.told()) }
    }
}
