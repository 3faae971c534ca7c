//! A picture for each workload, computed by the workload itself: it shows the problem at a glance.
//!
//! Fields are small images; the others are drawings. Workloads of other workers have none.

mod drawing;
mod field;

use anyhow::{Context, Result};
use maud::{Markup, html};
use std::path::Path;

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
