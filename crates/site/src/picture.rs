//! Pictures: of a workload, computed by the workload itself; of a run, from its figures; and those drawn by hand.
//!
//! Fields are small images; the others are drawings. Workloads of other workers have none.

mod block;
mod drawing;
mod field;
mod loggp;
mod plate;
mod roofline;

use crate::data::Run;
use crate::directive::unmeasured;
use crate::model::Site;
use anyhow::{Context, Result, bail};
use maud::{Markup, PreEscaped, html};
use std::path::Path;

/// The pictures of a run, as prose names them.
const OF_RUNS: [&str; 3] = ["block", "loggp", "roofline"];

/// The picture of a workload with its caption; nothing if there is none.
pub(crate) fn of(root: &str, workload: &str) -> Markup {
    let image = field::FIELDS.iter().find(|field| field.name == workload);
    let drawn = drawing::of(workload);
    html! {
        @if let Some(field) = image {
            figure.picture {
                img src=(format!("{root}pictures/{workload}.png")) alt=(field.shows) width=(field.width) height=(field.height) loading="lazy";
                figcaption { (field.shows) }
            }
        } @else if let Some((drawing, shows)) = drawn {
            figure.picture { (drawing) figcaption { (shows) } }
        }
    }
}

/// A drawing of `docs/diagrams`, with what to see in it.
///
/// # Errors
///
/// If there is no such drawing, or no such words.
pub(crate) fn diagram(site: &Site, name: &str, caption: &str) -> Result<Markup> {
    let Some(svg) = site.prose.diagrams.get(name) else {
        let all: Vec<&str> = site.prose.diagrams.keys().map(String::as_str).collect();
        bail!("there is no diagram '{name}'; docs/diagrams has {}", all.join(", "));
    };
    if caption.is_empty() {
        bail!("the diagram '{name}' has no caption; say after its name what to see in it");
    }
    Ok(html! { figure.diagram { (PreEscaped(svg)) figcaption { (caption) } } })
}

/// A picture of the first run that has its figures; without one, the same drawn by hand, or why there is none.
///
/// # Errors
///
/// If no picture of a run has this name.
pub(crate) fn of_runs(site: &Site, root: &str, name: &str) -> Result<Markup> {
    let mut runs = site.own_runs();
    match name {
        "block" => runs.find_map(|run| block_of(site, run)).map_or_else(|| diagram(site, name, BLOCK), Ok),
        "loggp" => runs.find_map(loggp_of).map_or_else(|| diagram(site, name, LOGGP), Ok),
        "roofline" => Ok(runs
            .find_map(|run| roofline::of(site, root, run).ok())
            .or_else(|| site.own_runs().next().map(|run| roofline_of(site, root, run)))
            .unwrap_or_else(|| html! { p { "No roofline: " (unmeasured()) "." } })),
        _ => bail!("no run has a picture '{name}'; there are {}", OF_RUNS.join(", ")),
    }
}

/// One of the run's blocks in time, if it has kept its journal.
pub(crate) fn block_of(site: &Site, run: &Run) -> Option<Markup> {
    Some(block::of(run.block.as_ref()?, site.label(run).as_deref()))
}

/// A message between its hosts, if it has measured the ways between any.
pub(crate) fn loggp_of(run: &Run) -> Option<Markup> {
    loggp::of(run)
}

/// How near its workloads come to what its machine can do, or why that is not known.
pub(crate) fn roofline_of(site: &Site, root: &str, run: &Run) -> Markup {
    roofline::of(site, root, run).unwrap_or_else(|why| html! { p.note { "No roofline: " (why) "." } })
}

/// What to see in the block that is drawn by hand.
const BLOCK: &str = "A block in time, not to scale: the baseline at both ends (orange), and between them techniques and \
                     the baseline's twin in random order, each in its own process. The light part starts, loads and \
                     warms up; the dark part is the samples. The probe runs at both ends.";

/// What to see in the message that is drawn by hand.
const LOGGP: &str = "A message between two hosts, not to scale: the sender is busy for o, each further byte takes G, \
                     the network takes L, and the receiver is busy for o. After g the next message may follow.";

/// Writes the images.
///
/// # Errors
///
/// If a file cannot be written.
pub(crate) fn write_all(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for field in &field::FIELDS {
        let path = folder.join(format!("{}.png", field.name));
        std::fs::write(&path, field.png()?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
