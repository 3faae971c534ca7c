//! What every picture in a page must be: well-formed, said in words, and with no word outside of it.

/// The pictures of a page that say what they show.
pub(crate) fn images(page: &str) -> Vec<&str> {
    let each = page.split("<svg").skip(1).filter_map(|after| after.split_once("</svg>"));
    each.map(|(svg, _)| svg).filter(|svg| svg.contains("role=\"img\"")).collect()
}

/// What is between the tags of an element's first occurrence.
pub(crate) fn inside<'a>(svg: &'a str, tag: &str) -> Option<&'a str> {
    svg.split_once(&format!("<{tag}>"))?.1.split_once(&format!("</{tag}>")).map(|(words, _)| words)
}

/// An attribute of the tag that a text begins with.
pub(crate) fn value<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split('>').next()?.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

/// What is wrong with the form of an element, which begins after its `<svg`.
pub(crate) fn malformed(svg: &str) -> Option<String> {
    let mut open = Vec::new();
    for part in format!("svg{svg}</svg>").split('<') {
        let Some((tag, text)) = part.split_once('>') else {
            return Some(format!("a tag does not end: {part}"));
        };
        if let Some(closed) = tag.strip_prefix('/') {
            if open.pop() != Some(closed.to_owned()) {
                return Some(format!("</{closed}> closes another"));
            }
        } else {
            let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
            let is_empty = tag.ends_with('/');
            // outside of quotes stand names and `=` only
            let bare: String = attributes.trim_end_matches('/').split('"').step_by(2).collect();
            let is_name =
                |word: &str| word.ends_with('=') && !word.trim_end_matches('=').contains(['=', '&', '\'']);
            if attributes.matches('"').count() % 2 == 1 || !bare.split_whitespace().all(is_name) {
                return Some(format!("an attribute is not quoted: {tag}"));
            }
            if !is_empty {
                open.push(name.trim_end_matches('/').to_owned());
            }
        }
        let known = ["amp;", "lt;", "gt;", "quot;"];
        if part.split('&').skip(1).any(|after| !known.iter().any(|name| after.starts_with(name))) {
            return Some(format!("a bare &: {part}"));
        }
        if open.is_empty() && !text.trim().is_empty() {
            return Some(format!("words after the end: {text}"));
        }
    }
    (!open.is_empty()).then(|| format!("not closed: {open:?}"))
}

/// Words that do not lie in the view box, where letters are as wide as most are.
pub(crate) fn outside(svg: &str, letter: f64) -> Vec<String> {
    let sides: Vec<f64> = value(svg, "viewBox").unwrap().split(' ').map(|n| n.parse().unwrap()).collect();
    let mut wrong = Vec::new();
    for part in svg.split("<text").skip(1) {
        let words = part.split_once('>').unwrap().1.split('<').next().unwrap();
        let number = |name: &str| value(part, name).unwrap().parse::<f64>().unwrap();
        let entities = |text: &str| {
            ["&amp;", "&lt;", "&gt;", "&quot;"].iter().fold(text.to_owned(), |t, e| t.replace(e, "&"))
        };
        let room = letter * entities(words).chars().count() as f64;
        let before = match value(part, "text-anchor") {
            Some("end") => room,
            Some("middle") => room / 2.0,
            _ => 0.0,
        };
        // what is turned by a quarter goes upwards from its place
        let (from, most) = match value(part, "transform") {
            Some(_) => (sides[3] - number("y") - before, sides[3]),
            None => (number("x") - before, sides[2]),
        };
        if from < 0.0 || from + room > most || !(8.0..=sides[3]).contains(&number("y")) {
            wrong.push(format!("'{words}' from {from:.0} to {:.0}, of {most}", from + room));
        }
    }
    wrong
}
