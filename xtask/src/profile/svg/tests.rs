//! The picture is well-formed XML, even with hostile names.

use super::*;
use crate::profile::seen::{Look, by_hand};
use crate::profile::strip;

fn picture(seen: &Seen, strip: Option<&Strip>) -> String {
    let lines = vec!["4 looks".to_owned()];
    let warnings = vec!["stacks of 5 % <were> not followed".to_owned()];
    draw(&Picture { title: "julia/rayon".into(), lines, warnings, seen, unit: "looks", strip })
}

/// Reads XML as strictly as this picture needs: every tag is closed, every attribute quoted, every `&` an entity, and
/// no character is there that XML forbids. Returns the elements' names.
fn elements(xml: &str) -> Vec<String> {
    let (mut rest, mut open, mut all) = (xml, Vec::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        text(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("<![CDATA[") {
            rest = after.split_once("]]>").expect("the section ends").1;
            continue;
        }
        let (tag, after) = rest[1..].split_once('>').expect("the tag ends");
        rest = after;
        if tag.starts_with('?') {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "closed in order");
            continue;
        }
        let (tag, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert_eq!(attributes.matches('"').count() % 2, 0, "{tag}");
        attributes.split('"').skip(1).step_by(2).for_each(text);
        all.push(name.to_owned());
        if !closed {
            open.push(name.to_owned());
        }
    }
    assert_eq!(open, [""; 0], "all is closed");
    all
}

fn text(text: &str) {
    assert!(!text.contains('<') && !text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    for entity in text.split('&').skip(1) {
        let name = entity.split_once(';').map(|(name, _)| name);
        assert!(matches!(name, Some("amp" | "lt" | "gt" | "quot" | "#39")), "{entity}");
    }
}

#[test]
fn a_picture_is_well_formed_and_tells_what_was_seen() {
    let seen = by_hand(&[(1, 1, "_start main julia"), (1, 2, "_start main julia"), (1, 3, "_start main")]);
    let strip = strip::strip(&seen, 1).unwrap();
    let svg = picture(&seen, Some(&strip));
    let all = elements(&svg);
    assert_eq!(
        all.iter().filter(|name| *name == "g").count(),
        1 + 3 + 1,
        "the tree, three functions, the strip"
    );
    assert!(svg.contains("julia (worker): 66.67 % inclusive, 66.67 % self, 2 looks"));
    assert!(svg.contains("main (worker): 100.00 % inclusive, 33.33 % self, 3 looks"));
    assert!(svg.contains("Warning: stacks of 5 % &lt;were&gt; not followed"));
    assert_eq!(svg.matches("tabindex=\"0\"").count(), 1, "one function can be reached by the tabulator");
    assert_eq!(svg.matches("role=\"treeitem\"").count(), svg.matches("aria-label=\"").count() - 2);
    for outside in ["http://", "https://", "url(", "@import", "src="] {
        let names = svg.replace("http://www.w3.org/", "");
        assert!(!names.contains(outside), "nothing is fetched: {outside}");
    }
}

#[test]
fn a_hostile_name_stays_a_name() {
    let names = [
        "</text><script>alert(1)</script>",
        "\" onload=\"alert(1)",
        "]]><script>",
        "&quot;&#x3c;",
        "\u{1b}[2J\u{0}\u{b}\n",
        "\u{202e}drawkcab\u{2066}",
        "\u{fffe}",
        "' data-x='",
    ];
    let mut seen = Seen::default();
    for name in names {
        let place = seen.place(Frame { function: name.into(), library: name.into() });
        seen.looks.push(Look { thread: 1, at_ns: 1, weight: 1, stack: vec![place] });
    }
    let svg = picture(&seen, None);
    let plain = picture(&by_hand(&[(1, 1, "f")]), None);
    assert_eq!(elements(&svg).iter().filter(|name| *name == "script").count(), 1, "ours");
    assert!(!svg.contains("onload=\""), "no attribute");
    assert!(!svg.contains('\u{202e}') && !svg.contains('\u{1b}') && !svg.contains('\u{0}'));
    assert_eq!(svg.matches("]]>").count(), plain.matches("]]>").count());
}

#[test]
fn nothing_seen_is_a_picture_too() {
    let svg = picture(&Seen::default(), None);
    elements(&svg);
    assert!(svg.contains("Nothing was seen."));
}

#[test]
fn of_very_many_functions_the_narrowest_are_left_out() {
    let names: Vec<String> = (0..3 * MOST_NODES).map(|k| format!("main f{k}")).collect();
    let mut looks: Vec<(u32, u64, &str)> = names.iter().map(|name| (1, 1, name.as_str())).collect();
    looks.extend((0..5000).map(|_| (1, 1, "main large")));
    let svg = picture(&by_hand(&looks), None);
    assert!(svg.matches("class=\"f ").count() <= MOST_NODES && svg.contains("data-name=\"large\""));
}

#[test]
fn a_label_is_cut_at_a_letter() {
    assert_eq!(fitting("größer", 6.5 + 4.0 * LETTER), "grö…");
    assert_eq!(fitting("größer", 100.0), "größer");
    assert_eq!(fitting("größer", 6.5 + 2.0 * LETTER), "");
    assert_eq!(fitting("f", 0.0), "");
}
