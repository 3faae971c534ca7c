//! Tests of the site in a real Chromium: each control does what it says, and the browser reports no error.
//!
//! `PARALLAX_AXE` names the file `axe.min.js` of axe-core, for the check of accessibility.

mod chromium;
mod common;

use chromium::{Chromedriver, ask, open, resize, visit, visit_made, visit_site};
use common::{gathered, pages, rich, usual};
use parallax_pattern::optional;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use thirtyfour::prelude::*;

/// A program instead of the driver, which prints `line` and waits.
fn stand_in(folder: &Path, line: &str) -> String {
    let program = folder.join("chromedriver");
    // written by another process, because no process can start it while this one has it open for writing
    let write = r#"printf '#!/bin/sh\necho "%s"\nexec sleep 60\n' "$1" >"$0" && chmod +x "$0""#;
    assert!(Command::new("sh").args(["-c", write]).arg(&program).arg(line).status().unwrap().success());
    program.to_str().unwrap().to_owned()
}

#[test]
fn a_driver_that_says_its_port_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let says = "ChromeDriver was started successfully on port 4711.";
    let driver = Chromedriver::start(&stand_in(folder.path(), says), folder.path());
    let hidden = optional::hidden("browser");
    assert_eq!(driver.map(|driver| driver.port), if hidden { None } else { Some(4711) });
}

#[test]
fn a_driver_that_is_not_there_is_no_browser() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Chromedriver::start("/no/such/chromedriver", folder.path()).is_none());
}

#[test]
fn no_text_of_a_run_runs_in_the_search() {
    let evil = "zebra<img src=x onerror=\"document.title='it ran'\"><script>document.title='it ran'</script>";
    let mut all = gathered(usual());
    all["runs"][0]["name"] = json!(evil); // it is a heading of a page, and so a title of the index
    all["runs"][0]["summary"]["excluded"] =
        json!([{ "workload": "julia", "case": "", "block": 1, "reason": evil }]);
    visit_site(&all, async |driver, site| {
        open(driver, site, "about/run.html").await?;
        driver.find(By::Id("mdbook-search-toggle")).await?.click().await?;
        let bar = driver.query(By::Id("mdbook-searchbar")).and_displayed().first().await?;
        bar.send_keys("zebra").await?;
        let found = driver.query(By::Css("#mdbook-searchresults a")).first().await?;
        assert!(
            found.text().await?.contains("zebra<img src=x"),
            "the title is not shown as it is: {}",
            found.text().await?
        );
        let made = ask(driver, "return document.querySelectorAll('#mdbook-searchresults img, #mdbook-searchresults script').length").await?;
        assert_eq!(made, 0, "a title has become a part of the page");
        assert_ne!(driver.title().await?, "it ran");
        Ok(())
    });
}

#[test]
fn no_page_complains() {
    visit_made(rich::site, async |driver, site| {
        let all = pages(site);
        assert!(all.len() > 60, "{} pages", all.len());
        for page in all {
            let page = page.strip_prefix(site)?.to_string_lossy().into_owned();
            open(driver, site, &page).await?;
            let complaints: Vec<String> =
                driver.get_log("browser").await?.into_iter().map(|entry| entry.message).collect();
            assert!(complaints.is_empty(), "{page}: {complaints:#?}");
        }
        Ok(())
    });
}

/// For each picture the letters' height in pixels, by how much a word leaves it at most, and this word.
const WORDS: &str = "return [...document.querySelectorAll('.diagram svg, .chart svg')].map(svg => {
    const at = svg.getScreenCTM(), { width, height } = svg.viewBox.baseVal;
    const texts = [...svg.querySelectorAll('text')].map(t => t.getBoundingClientRect());
    const across = t => Math.max(at.e - t.left, t.right - at.e - width * at.a);
    const out = texts.map(t => Math.max(across(t), at.f - t.top, t.bottom - at.f - height * at.d));
    const widest = svg.querySelectorAll('text')[out.indexOf(Math.max(...out))].textContent;
    const size = parseFloat(getComputedStyle(svg.querySelector('text')).fontSize) * at.a;
    return [svg.classList.contains('slim') ? size : 99, Math.max(...out), widest];
})";

#[test]
fn pictures_can_be_read_on_a_telephone_and_keep_their_words() {
    let chapter = "{{diagram race See it.}}\n\n{{diagram halo See it.}}\n\n{{diagram block See it.}}\n\n\
                   {{diagram loggp See it.}}\n\n{{picture block}}\n\n{{picture loggp}}\n\n{{picture roofline}}";
    let make = |folder: &Path| common::made(folder, chapter, &common::pictured::pictured("host"));
    visit_made(make, async |driver, site| {
        for (page, least) in
            [("guide/index.html", 7), ("about/run.html", 3), ("techniques/threading/index.html", 1)]
        {
            for width in [360, 1280] {
                resize(driver, width).await?;
                open(driver, site, page).await?;
                let told = ask(driver, WORDS).await?;
                let pictures = told.as_array().unwrap();
                assert!(pictures.len() >= least, "{page}: {told}");
                for picture in pictures {
                    let [size, over] = [0, 1].map(|k| picture[k].as_f64().unwrap());
                    assert!(
                        size >= 9.0 && over <= 0.5,
                        "{page} at {width}: letters of {size}, '{}' is {over} outside",
                        picture[2]
                    );
                }
            }
        }
        Ok(())
    });
}

#[test]
fn the_theme_stays() {
    visit(async |driver, site| {
        open(driver, site, "index.html").await?;
        driver.find(By::Id("theme-toggle")).await?.click().await?; // auto, light, dark
        driver.find(By::Id("theme-toggle")).await?.click().await?;
        open(driver, site, "explorer.html").await?;
        assert_eq!(ask(driver, "return document.documentElement.dataset.theme").await?, "dark");
        let theme = "return document.getElementById('theme-toggle').textContent";
        assert_eq!(ask(driver, theme).await?, "Theme: dark");
        Ok(())
    });
}

#[test]
fn axe_finds_nothing_to_object_to() {
    let Some(axe) = std::env::var_os("PARALLAX_AXE").filter(|_| !optional::hidden("axe")) else {
        return optional::skip("axe", "PARALLAX_AXE does not name axe.min.js; `npm pack axe-core` brings it");
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    visit_made(rich::site, async |driver, site| {
        let chosen = [
            "explorer.html#base=threading%2Frayon&workload=julia&chart=1&cost=lines",
            "explorer.html#order=speedup&refused=1",
        ];
        for page in rich::KINDS.into_iter().chain(chosen) {
            for theme in ["light", "dark"] {
                open(driver, site, page).await?;
                ask(driver, &format!("document.documentElement.dataset.theme = '{theme}'; document.querySelectorAll('details').forEach(d => d.open = true)")).await?;
                // colours change slowly, so the contrast is checked at the end
                ask(driver, "getComputedStyle(document.body).color; document.getAnimations().forEach(a => a.finish())").await?;
                ask(driver, &axe).await?;
                let run = "const done = arguments[arguments.length - 1]; axe.run().then(r => done(r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | '))))";
                let found = driver.execute_async(run, vec![]).await?.json().clone();
                assert_eq!(found, serde_json::json!([]), "{page}, {theme}: {found:#}");
            }
        }
        Ok(())
    });
}

#[test]
fn a_link_into_folded_parts_unfolds_them_and_code_can_be_copied() {
    visit(async |driver, site| {
        open(driver, site, "index.html#code-uneven").await?;
        let open_now =
            "const code = document.querySelector('#code-uneven pre'); return code.checkVisibility()";
        assert_eq!(ask(driver, open_now).await?, true);
        let copied = "let text; Object.defineProperty(navigator, 'clipboard', { value: { writeText: async t => { text = t; } } });
            document.querySelector('#code-uneven button.copy').click(); return text";
        assert_eq!(ask(driver, copied).await?, "fn map() {\n}\n");
        Ok(())
    });
}

#[test]
fn search_finds_pages() {
    visit(async |driver, site| {
        open(driver, site, "guide/index.html").await?;
        driver.find(By::Id("mdbook-search-toggle")).await?.click().await?;
        let bar = driver.query(By::Id("mdbook-searchbar")).and_displayed().first().await?;
        bar.send_keys("bubblesort").await?;
        let found = driver.query(By::Css("#mdbook-searchresults a")).first().await?;
        assert!(found.text().await?.contains("bubblesort"));
        assert!(
            found
                .attr("href")
                .await?
                .unwrap_or_default()
                .contains("/workloads/bubblesort.html?highlight=bubblesort")
        );
        let complaints = driver.get_log("browser").await?;
        assert!(complaints.is_empty(), "{complaints:#?}");
        Ok(())
    });
}
