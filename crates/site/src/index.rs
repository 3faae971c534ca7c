//! Escapes the titles of the search index, because mdBook's searcher writes them into a page as HTML.

use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// The script that mdBook writes around the index, in which `\` and `'` have a `\` before them.
const AROUND: (&str, &str) = ("window.search = Object.assign(window.search, JSON.parse('", "'));");

/// Escapes HTML in every title and address of the index in `folder`.
///
/// # Errors
///
/// If there is no index of the known form, because then searching may not be harmless.
pub(crate) fn mask(folder: &Path) -> Result<()> {
    let path = folder.join("searchindex.js");
    let script = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let masked = masked(&script).with_context(|| format!("{} has an unknown form", path.display()))?;
    fs::write(&path, masked).with_context(|| format!("cannot write {}", path.display()))
}

fn masked(script: &str) -> Result<String> {
    let quoted = script.strip_prefix(AROUND.0).and_then(|rest| rest.strip_suffix(AROUND.1));
    let mut index: Value = serde_json::from_str(&unquoted(quoted.context("not a call of JSON.parse")?))?;
    let documents = index.pointer_mut("/index/documentStore/docs").and_then(Value::as_object_mut);
    for document in documents.context("it has no documents")?.values_mut() {
        // the searcher escapes the body, and nothing else is shown
        for field in ["title", "breadcrumbs"] {
            text(document.get_mut(field).with_context(|| format!("a document has no {field}"))?)?;
        }
    }
    for url in index.get_mut("doc_urls").and_then(Value::as_array_mut).context("it has no addresses")? {
        text(url)?;
    }
    let json = serde_json::to_string(&index)?;
    Ok(format!("{}{}{}", AROUND.0, json.replace('\\', r"\\").replace('\'', r"\'"), AROUND.1))
}

fn text(value: &mut Value) -> Result<()> {
    let text = value.as_str().context("a title is not a text")?;
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    *value = Value::String(html);
    Ok(())
}

/// The value of a string in single quotes.
fn unquoted(text: &str) -> String {
    let mut letters = text.chars();
    std::iter::from_fn(|| match letters.next()? {
        '\\' => letters.next(),
        letter => Some(letter),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_of_another_form_is_an_error() {
        let with = |document: &str| {
            format!(
                r#"{}{{"doc_urls": [], "index": {{"documentStore": {{"docs": {{"0": {document}}}}}}}}}{}"#,
                AROUND.0, AROUND.1
            )
        };
        let one = masked(&with(r#"{"title": "it\'s", "breadcrumbs": "<i>", "body": "<"}"#)).unwrap();
        assert!(
            one.contains("it&#39;s") && one.contains("&lt;i&gt;") && one.contains(r#""body":"<""#),
            "{one}"
        );
        for other in ["", "window.search = {}", &with("{}"), &with(r#"{"title": 1, "breadcrumbs": ""}"#)] {
            assert!(masked(other).is_err(), "{other}");
        }
    }
}
