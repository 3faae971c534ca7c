//! Makes the pages with mdBook (navigation, search, highlighting), and inserts the measured parts afterwards.
//!
//! A part (a table, a chart, code) is an empty element with a number in its chapter, so that Markdown
//! never sees it and a large table costs nothing to parse; it is inserted when the page is made.

use crate::model::Site;
use crate::pages::{Page, Section, source};
use anyhow::{Context, Result, bail};
use maud::{Markup, html};
use mdbook_driver::MDBook;
use mdbook_driver::book::{Book, BookItem, Chapter};
use mdbook_driver::config::Config;
use std::fs;
use std::path::Path;

/// Files that mdBook writes and our theme does not use.
const UNUSED: [&str; 12] = [
    "ayu-highlight.css",
    "book.js",
    "clipboard.min.js",
    "css/chrome.css",
    "css/general.css",
    "css/variables.css",
    "favicon.png",
    "favicon.svg",
    "highlight.css",
    "toc.html",
    "toc.js",
    "tomorrow-night.css",
];

/// Our own scripts and styles.
const ASSETS: [&str; 7] =
    ["against.js", "decide.js", "explorer.js", "favicon.svg", "figures.js", "site.css", "site.js"];

/// Makes the site in `out`, which is a new folder.
///
/// # Errors
///
/// If a part has no place in its page, or a file cannot be written.
pub(crate) fn render(site: &Site, pages: Vec<Page>, out: &Path) -> Result<()> {
    let theme = site.prose.folder.join("theme");
    let home = tempfile::tempdir().context("cannot make a folder for the chapters")?;
    fs::create_dir(home.path().join("src"))?;
    fs::write(home.path().join("src/SUMMARY.md"), "# Summary\n")?;
    let mut book = MDBook::load_with_config(home.path(), config(&theme, out)?)?;
    book.book = Book::new_with_items(pages.iter().map(|page| BookItem::Chapter(chapter(page))).collect());
    book.build().context("mdBook cannot make the pages")?;
    crate::index::mask(out)?;
    for page in &pages {
        finish(page, &pages, out)?;
    }
    for file in UNUSED {
        let _ = fs::remove_file(out.join(file));
    }
    let _ = fs::remove_dir(out.join("css"));
    fs::create_dir_all(out.join("assets"))?;
    for name in ASSETS {
        fs::copy(theme.join(name), out.join("assets").join(name))
            .with_context(|| format!("the theme has no {name}"))?;
    }
    crate::picture::write_all(&out.join("pictures"))?;
    source::write_all(site, out)
}

fn config(theme: &Path, out: &Path) -> Result<Config> {
    let mut config = Config::default();
    config.set("book.title", "Parallax")?;
    config.set("book.language", "en")?;
    config.set(
        "book.description",
        "One workload, seen from every technique: which is faster, by how much, at what cost",
    )?;
    config.set("build.build-dir", std::path::absolute(out)?)?;
    config.set("build.create-missing", false)?;
    config.set("build.use-default-preprocessors", false)?;
    config.set("output.html.theme", std::path::absolute(theme)?)?;
    config.set("output.html.hash-files", false)?;
    config.set("output.html.input-404", "")?;
    config.set("output.html.no-section-label", true)?;
    config.set("output.html.print.enable", false)?;
    config.set("output.html.playground.copyable", false)?;
    config.set("output.html.search.limit-results", 20)?;
    Ok(config)
}

fn chapter(page: &Page) -> Chapter {
    let mut chapter = Chapter::new(&page.title, page.body.clone(), format!("{}.md", page.path), Vec::new());
    chapter.source_path = None;
    chapter
}

/// Inserts the parts and the navigation.
fn finish(page: &Page, pages: &[Page], out: &Path) -> Result<()> {
    let path = out.join(format!("{}.html", page.path));
    let mut text = fs::read_to_string(&path).with_context(|| format!("{} was not made", path.display()))?;
    text = text.replace("<th></th>", "<td></td>"); // a corner of a table heads nothing
    // the keyboard can scroll a table and code of a chapter that are wider than a small window
    text = text.replace("<div class=\"table-wrapper\">", "<div class=\"table-wrapper\" tabindex=\"0\">");
    text = text.replace("<pre><code", "<pre tabindex=\"0\"><code");
    for (number, part) in page.parts.iter().enumerate() {
        let place = Page::place(number);
        if text.matches(&place).count() != 1 {
            bail!("part {number} of {} has lost its place", page.path);
        }
        text = text.replacen(&place, &part.0, 1);
    }
    text = text.replacen("<!--navigation-->", &navigation(page, pages).into_string(), 1);
    text = text.replacen("<!--top-->", &top(&page.root(), Some(page.section)).into_string(), 1);
    let scripts = html! { @for script in &page.scripts { script src=(format!("{}assets/{script}", page.root())) defer {} } };
    text = text.replacen("<!--scripts-->", &scripts.into_string(), 1);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The main places of the site.
pub(crate) fn top(root: &str, here: Option<Section>) -> Markup {
    html! {
        ul {
            @for (section, name, path) in Section::ALL {
                li { a href=(format!("{root}{path}")) aria-current=[(here == Some(section)).then_some("true")] { (name) } }
            }
        }
    }
}

/// The pages of a page's section; the families, with the techniques of the open one.
fn navigation(page: &Page, pages: &[Page]) -> Markup {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let open = folder(&page.path);
    let listed = |other: &&Page| {
        other.section == page.section
            && (other.depth() < 2 || other.is_index() || folder(&other.path) == open)
    };
    html! {
        ul {
            @for other in pages.iter().filter(listed) {
                li class=[(other.depth() == 2 && !other.is_index()).then_some("below")] {
                    a href=(format!("{}{}.html", page.root(), other.path)) aria-current=[(other.path == page.path).then_some("page")] { (other.short) }
                }
            }
        }
    }
}

/// Copies the API documentation into the site.
pub(crate) fn copy_api(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_api(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
