//! A page for each question that people ask: the answer with its figures, the code, and when it stops being right.

use super::{Page, Section};
use crate::directive::{expand, whose};
use crate::model::Site;
use anyhow::{Context, Result};

/// The pages of all questions.
///
/// # Errors
///
/// If one names something that does not exist.
pub(super) fn pages(site: &Site) -> Result<Vec<Page>> {
    let page = |question: &crate::prose::Question| {
        let path = format!("questions/{}", question.name);
        let mut page = Page::new(path, question.title(), Section::Choose).called(&question.short);
        expand(site, &mut page, &question.text)
            .with_context(|| format!("docs/questions/{}.md", question.name))?;
        page.part(whose(site));
        Ok(page)
    };
    site.prose.questions.iter().map(page).collect()
}
