//! What a picture is drawn on: narrow enough for a telephone, with a title, a description and a caption in words.

use crate::chart::f;
use maud::{Markup, html};

/// How wide it is; text of 12 pixels can still be read where this is shown on 320.
pub(super) const WIDTH: f64 = 380.0;

/// How wide a letter is.
const LETTER: f64 = 6.6;

/// The words of a picture: for readers who see it, and for readers who do not.
pub(super) struct Words {
    pub(super) title: String,
    /// All that is drawn, in words.
    pub(super) desc: String,
    /// What to see in it.
    pub(super) caption: Markup,
}

/// A picture of a kind that the style knows: `diagram` or `chart`.
pub(super) fn plate(kind: &str, height: f64, words: &Words, inside: &Markup) -> Markup {
    html! {
        figure class=(kind) {
            svg.slim viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label=(words.title) {
                title { (words.title) }
                desc { (words.desc) }
                (inside)
            }
            figcaption { (words.caption) }
        }
    }
}

pub(super) fn rect(class: &str, x: f64, y: f64, width: f64, height: f64) -> Markup {
    html! { rect class=(class) x=(f(x)) y=(f(y)) width=(f(width)) height=(f(height)) {} }
}

pub(super) fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> Markup {
    html! { line class=(class) x1=(f(from.0)) y1=(f(from.1)) x2=(f(to.0)) y2=(f(to.1)) {} }
}

/// Words that begin, end or have their middle at a place.
pub(super) fn text(class: &str, anchor: &str, (x, y): (f64, f64), words: &str) -> Markup {
    let class = (!class.is_empty()).then_some(class);
    html! { text class=[class] x=(f(x)) y=(f(y)) text-anchor=(anchor) { (words) } }
}

/// How much room words take.
pub(super) fn room(words: &str) -> f64 {
    LETTER * words.chars().count() as f64
}

/// As much of a name as there is room for.
pub(super) fn short(name: &str, most: f64) -> String {
    if room(name) <= most {
        return name.to_owned();
    }
    let letters = (most / LETTER).floor().max(1.0) as usize - 1;
    name.chars().take(letters).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_takes_no_more_room_than_there_is() {
        assert_eq!(short("rayon", 50.0), "rayon");
        let cut = short("multiprocessing-pool-pure", 100.0);
        assert!(cut.starts_with("multiprocessi") && cut.ends_with('…') && room(&cut) <= 100.0, "{cut}");
        assert_eq!(short("größer", 0.0), "…");
    }
}
