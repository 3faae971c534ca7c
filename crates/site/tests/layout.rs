//! The site in windows from a telephone's to a wall's, light and dark: nothing is cut, and bars use their column.

mod chromium;
mod common;

use chromium::{ask, choose, faults, open, prefer, resize, visit_made};
use common::rich::{self, KINDS};

/// A telephone, a tablet, a laptop and a wide screen.
const WIDTHS: [u32; 4] = [360, 768, 1280, 3840];

/// Opens all folded parts, so that the whole page is checked.
const UNFOLD: &str = "document.querySelectorAll('details').forEach(d => d.open = true);";

/// Cut parts: a page wider than its window; a ranking wider than its frame; on a large screen any such table, and on a
/// small one a table whose end cannot be reached, by keyboard too.
const CUT: &str = "const faults = []; const page = document.documentElement;
    const wide = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1);
    const named = wide.slice(0, 5).map(e => e.cloneNode().outerHTML).join(' ');
    if (page.scrollWidth > innerWidth) faults.push(`the page has ${page.scrollWidth} pixels: ${named}`);
    for (const table of document.querySelectorAll('table')) {
        if (!table.checkVisibility()) continue;
        const frame = table.closest('.table-scroll, .table-wrapper, .listing');
        if (!frame) { faults.push(`a table without a frame: ${table.className}`); continue; }
        const box = frame.getBoundingClientRect();
        if (box.right > innerWidth + 1) faults.push(`a frame goes to ${box.right}`);
        const over = frame.scrollWidth - frame.clientWidth;
        if (over <= 1) continue;
        const may = innerWidth < 1280 && !table.matches('.ranking') || frame.matches('.listing');
        if (!may) { faults.push(`${table.className || table.textContent.slice(0, 60)}: ${over} pixels are cut`); continue; }
        frame.scrollLeft = 1e6;
        const end = Math.max(...[...table.rows].map(row => row.lastElementChild.getBoundingClientRect().right));
        if (end > box.right + 1 || frame.tabIndex !== 0) faults.push(`the end of ${table.className} cannot be reached`);
    }
    return faults;";

/// Words of an axis that overlap or leave their column.
const WORDS: &str = "return [...document.querySelectorAll('.axis')].filter(a => a.checkVisibility()).flatMap(axis => {
        const boxes = [...axis.children].map(w => w.getBoundingClientRect()).sort((x, y) => x.left - y.left);
        const column = axis.closest('.bars').getBoundingClientRect();
        const gaps = boxes.slice(1).map((box, k) => box.left - boxes[k].right).filter(gap => gap <= 0);
        const out = boxes.filter(box => box.left < column.left || box.right > column.right).map(box => `out at ${box.left}`);
        return [...gaps, ...out].map(String);
    })";

#[test]
fn nothing_is_cut_at_any_width() {
    visit_made(rich::site, async |driver, site| {
        let rebased = [
            "explorer.html#base=threading%2Frayon&chart=1&refused=1",
            "explorer.html#order=speedup&cost=build_s",
        ];
        for page in KINDS.into_iter().chain(rebased) {
            for width in WIDTHS {
                resize(driver, width).await?;
                open(driver, site, page).await?;
                ask(driver, UNFOLD).await?;
                let cut = faults(driver, CUT).await?;
                assert!(cut.is_empty(), "{page} at {width}: {cut:#?}");
                let words = faults(driver, WORDS).await?;
                assert!(words.is_empty(), "{page} at {width}: {words:?}");
            }
        }
        Ok(())
    });
}

#[test]
fn what_is_cut_is_found() {
    visit_made(rich::site, async |driver, site| {
        for (change, word) in [
            ("document.querySelector('main').style.width = '4000px'", "the page has"),
            ("document.querySelector('#cells').style.width = '4000px'", "pixels are cut"),
            (
                "document.querySelector('#cells').parentElement.replaceWith(document.querySelector('#cells'))",
                "without a frame",
            ),
        ] {
            resize(driver, 1280).await?;
            open(driver, site, "explorer.html").await?;
            assert_eq!(faults(driver, CUT).await?, Vec::<String>::new());
            ask(driver, change).await?;
            let found = faults(driver, CUT).await?.join(" ");
            assert!(found.contains(word), "{change}: {found}");
        }
        let pile = "document.querySelectorAll('.head .axis span').forEach(s => s.style.left = '50%')";
        ask(driver, pile).await?;
        assert!(!faults(driver, WORDS).await?.is_empty());
        Ok(())
    });
}

/// The share of the column that the longest bar of each visible group takes, where a group has more than its baseline.
const ROOM: &str = "return [...document.querySelectorAll('#cells tbody')].filter(b => b.checkVisibility()).map(body =>
    [...body.querySelectorAll('.bar rect')].filter(r => r.checkVisibility()).map(r => Number(r.getAttribute('width')) / 1000))
    .filter(all => all.length > 1).map(all => Math.max(...all))";

#[test]
fn each_group_has_a_scale_of_its_own_and_its_bars_use_their_room() {
    visit_made(rich::site, async |driver, site| {
        open(driver, site, "explorer.html").await?;
        let shares = ask(driver, ROOM).await?;
        let shares: Vec<f64> =
            shares.as_array().unwrap().iter().filter_map(serde_json::Value::as_f64).collect();
        assert!(shares.len() > 2 && shares.iter().all(|share| *share > 0.5), "{shares:?}");
        let axes = "const axes = [...document.querySelectorAll('.head .axis')].filter(a => a.checkVisibility()).map(a => a.textContent);
            return [axes.every(words => words.includes('1×')), new Set(axes).size > 1, document.querySelector('thead .axis').textContent]";
        assert_eq!(ask(driver, axes).await?, serde_json::json!([true, true, ""]));
        choose(driver, "order", "speedup").await?;
        let common = "return [[...document.querySelectorAll('.head')].some(h => h.checkVisibility()), document.querySelector('thead .axis').textContent.includes('1×')]";
        assert_eq!(
            ask(driver, common).await?,
            serde_json::json!([false, true]),
            "a list across groups has one scale"
        );
        Ok(())
    });
}

/// How light the page and its text are, from 0 to 1.
const LIGHT: &str = "const light = colour => { const [r, g, b] = colour.match(/[0-9.]+/g).map(Number); return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255; };
    const style = getComputedStyle(document.body); document.getAnimations().forEach(a => a.finish());
    return [light(style.backgroundColor), light(style.color)]";

#[test]
fn a_page_is_dark_or_light_as_the_reader_prefers_unless_another_theme_is_chosen() {
    visit_made(rich::site, async |driver, site| {
        let is_dark = async || -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
            let told = ask(driver, LIGHT).await?;
            let (page, text) = (told[0].as_f64().unwrap(), told[1].as_f64().unwrap());
            assert!((page - text).abs() > 0.5, "{page} and {text} are hard to distinguish");
            Ok(page < text)
        };
        for scheme in ["dark", "light"] {
            prefer(driver, "screen", scheme).await?;
            for page in KINDS {
                open(driver, site, page).await?;
                assert_eq!(is_dark().await?, scheme == "dark", "{page}, {scheme}");
            }
        }
        ask(driver, "localStorage.setItem('parallax-theme', 'dark')").await?;
        open(driver, site, "explorer.html").await?;
        assert!(is_dark().await?, "a reader of light pages chose the dark theme");
        Ok(())
    });
}
