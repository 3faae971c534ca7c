//! Tests of the explorer in a real Chromium: filters, rebasing, the address with the state, and the saved file.

mod chromium;
mod common;

use chromium::{ask, choose, open, visit, visit_site};
use common::{gathered, pair, refused, row, run_of, usual};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// The techniques whose rows are visible, in their order.
const SHOWN: &str = "return [...document.querySelectorAll('#cells tbody tr')].filter(r => r.checkVisibility()).map(r => r.dataset.workload + '/' + r.dataset.technique)";

async fn shown(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    let rows = ask(driver, SHOWN).await?;
    Ok(rows.as_array().into_iter().flatten().filter_map(|row| row.as_str().map(str::to_owned)).collect())
}

/// The speedup that a row shows.
async fn speedup(driver: &WebDriver, technique: &str) -> WebDriverResult<String> {
    let script = format!(
        "return document.querySelector('tr[data-workload=julia][data-technique={technique}] .speedup').textContent.split(' ')[0]"
    );
    Ok(ask(driver, &script).await?.as_str().unwrap_or_default().to_owned())
}

/// The verdict that a row shows.
async fn badge(driver: &WebDriver, technique: &str) -> WebDriverResult<String> {
    let script = format!(
        "return document.querySelector('tr[data-workload=julia][data-technique={technique}] .badge').textContent"
    );
    Ok(ask(driver, &script).await?.as_str().unwrap_or_default().to_owned())
}

/// Both.
async fn told(driver: &WebDriver, technique: &str) -> WebDriverResult<[String; 2]> {
    Ok([speedup(driver, technique).await?, badge(driver, technique).await?])
}

/// Compares all with a technique on julia, or stops comparing.
async fn rebase(driver: &WebDriver, technique: &str) -> WebDriverResult<()> {
    let button = format!("tr[data-workload=julia][data-technique={technique}] button.rebase");
    driver.find(By::Css(button)).await?.click().await
}

#[test]
fn filters_and_order_do_what_they_say() {
    visit(async |driver, site| {
        open(driver, site, "explorer.html").await?;
        assert_eq!(shown(driver).await?.len(), 7, "refusals are asked for");
        choose(driver, "workload", "julia").await?;
        assert_eq!(shown(driver).await?, ["julia/rayon", "julia/scoped", "julia/sequential", "julia/pipes"]);
        choose(driver, "family", "threading").await?;
        assert_eq!(shown(driver).await?, ["julia/rayon", "julia/scoped"]);
        choose(driver, "workload", "").await?;
        choose(driver, "refused", "1").await?;
        assert!(shown(driver).await?.contains(&"bubblesort/rayon".to_owned()));
        choose(driver, "order", "speedup").await?;
        assert_eq!(shown(driver).await?[..2], ["montecarlo/rayon", "julia/rayon"]);
        choose(driver, "text", "scop").await?;
        assert_eq!(shown(driver).await?, ["julia/scoped"]);
        driver.find(By::Id("reset")).await?.click().await?;
        assert_eq!(shown(driver).await?.len(), 7);
        Ok(())
    });
}

#[test]
fn rebasing_shows_the_contrasts_of_the_run_and_no_quotients() {
    let mut all = gathered(usual());
    all["runs"][0]["summary"]["contrasts"] = json!([
        pair("scoped", "rayon", [0.7, 0.75, 0.8], "slower"),
        pair("rayon", "pipes", [0.9, 2.0, 4.0], "undecided")
    ]);
    visit_site(&all, async |driver, site| {
        open(driver, site, "explorer.html").await?;
        assert_eq!(speedup(driver, "scoped").await?, "1.50×");
        rebase(driver, "rayon").await?;
        assert_eq!(speedup(driver, "rayon").await?, "1.00×");
        // 0.79 would be the quotient of the two speedups
        assert_eq!(told(driver, "scoped").await?, ["0.75×", "slower"]);
        assert_eq!(told(driver, "pipes").await?, ["0.50×", "unclear"]);
        assert_eq!(told(driver, "sequential").await?, ["0.53×", "slower"], "a speedup turned");
        let width = "return Number(document.querySelector('tr[data-technique=scoped] .bar rect').getAttribute('width'))";
        let log = ask(driver, width).await?.as_f64().unwrap_or_default();
        choose(driver, "scale", "linear").await?;
        let linear = ask(driver, width).await?.as_f64().unwrap_or_default();
        assert!(log > 0.0 && linear > 0.0 && (log - linear).abs() > 1.0, "{log} and {linear}");
        rebase(driver, "scoped").await?;
        assert_eq!(told(driver, "rayon").await?, ["1.33×", "faster"]);
        assert_eq!(
            told(driver, "pipes").await?,
            ["–", "not compared"],
            "the verdict over plain code is none over scoped"
        );
        rebase(driver, "sequential").await?;
        assert_eq!(told(driver, "pipes").await?, ["0.50×", "slower"]);
        Ok(())
    });
}

#[test]
fn a_rebased_verdict_is_the_one_that_the_run_has() {
    let mut rows = usual();
    rows.push(row("julia", "python", "threading", 0.02));
    let mut all = gathered(rows);
    all["runs"][0]["summary"]["duels"] = json!([{ "workload": "julia", "case": "", "size": "medium", "workers": 2, "rust": "rayon",
        "peer": "threading", "blocks": 9, "ratio": 90.0, "low": 80.0, "high": 100.0, "verdict": "faster" }]);
    visit_site(&all, async |driver, site| {
        open(driver, site, "explorer.html").await?;
        assert_eq!(badge(driver, "rayon").await?, "faster");
        rebase(driver, "threading").await?;
        assert_eq!(told(driver, "rayon").await?, ["90.0×", "faster"]);
        assert_eq!(badge(driver, "scoped").await?, "not compared");
        rebase(driver, "rayon").await?;
        assert_eq!(told(driver, "threading").await?, ["0.011×", "slower"]);
        rebase(driver, "rayon").await?;
        assert_eq!(told(driver, "scoped").await?, ["1.50×", "faster"]);
        Ok(())
    });
}

#[test]
fn the_explorer_shows_one_machine_at_a_time_if_asked() {
    let mut all = gathered(usual());
    all["runs"] = json!([run_of("monday", "Slow CPU", usual()), run_of("monday", "Fast CPU", usual())]);
    visit_site(&all, async |driver, site| {
        open(driver, site, "explorer.html").await?;
        assert_eq!(shown(driver).await?.len(), 14);
        choose(driver, "run", "1").await?;
        let places = "return [...document.querySelectorAll('#cells tbody tr')].filter(r => r.checkVisibility()).map(r => r.textContent.includes('Fast CPU'))";
        assert_eq!(ask(driver, places).await?, json!([true, true, true, true, true, true, true]));
        Ok(())
    });
}

#[test]
fn the_address_holds_the_state() {
    visit(async |driver, site| {
        open(driver, site, "explorer.html").await?;
        for (id, value) in
            [("workload", "julia"), ("scale", "linear"), ("order", "time"), ("refused", "1"), ("text", "r")]
        {
            choose(driver, id, value).await?;
        }
        rebase(driver, "rayon").await?;
        let (before, address) = (shown(driver).await?, driver.current_url().await?);
        let told = speedup(driver, "sequential").await?;
        driver.goto("about:blank").await?;
        driver.goto(address.as_str()).await?;
        assert_eq!(shown(driver).await?, before);
        assert_eq!(speedup(driver, "sequential").await?, told);
        assert_eq!(ask(driver, "return document.getElementById('scale').value").await?, "linear");
        assert_eq!(driver.current_url().await?, address);
        open(driver, site, "explorer.html#workload=nonsense&base=x&scale=%00").await?; // an address is input, too
        assert_eq!(shown(driver).await?.len(), 7);
        Ok(())
    });
}

/// The usual site with techniques that differ in their libraries, their pattern and their safety.
fn varied() -> Value {
    let mut rows = usual();
    rows[1]["libraries"] = json!({ "rayon": "1.11.0", "rayon-core": null });
    rows.push(refused("montecarlo", "processes", "pipes", "=cmd|' /C calc'!A0, \"quoted\""));
    let mut all = gathered(rows);
    let cells = all["cells"].as_array_mut().unwrap();
    for cell in cells.iter_mut() {
        if cell["workload"] == "montecarlo" {
            cell["pattern"] = json!("reduce");
        }
        if cell["technique"] == "scoped" {
            cell["parts"][0]["file"] = json!("elsewhere/unsafe.rs");
            cell["parts"][0]["text"] = json!("unsafe { go() }");
        }
    }
    all
}

#[test]
fn filters_by_pattern_library_and_safety() {
    visit_site(&varied(), async |driver, site| {
        open(driver, site, "explorer.html").await?;
        choose(driver, "pattern", "reduce").await?;
        assert_eq!(shown(driver).await?, ["montecarlo/rayon", "montecarlo/sequential"]);
        choose(driver, "pattern", "").await?;
        choose(driver, "library", "rayon-core").await?;
        assert_eq!(shown(driver).await?, ["julia/rayon"]);
        choose(driver, "library", "-").await?;
        assert_eq!(shown(driver).await?.len(), 6, "all others stand on the standard library alone");
        choose(driver, "safe", "1").await?;
        assert_eq!(shown(driver).await?.len(), 5, "scoped says unsafe");
        assert!(!shown(driver).await?.contains(&"julia/scoped".to_owned()));
        let address = driver.current_url().await?;
        driver.goto("about:blank").await?;
        driver.goto(address.as_str()).await?;
        assert_eq!(shown(driver).await?.len(), 5);
        Ok(())
    });
}

/// The text of the file that the page would save.
const SAVED: &str = "let saved; URL.createObjectURL = blob => { saved = blob; return 'about:blank'; };
    HTMLAnchorElement.prototype.click = () => {};
    document.getElementById('csv').click(); return saved.text()";

#[test]
fn what_is_shown_is_saved_as_it_stands() {
    let mut all = varied();
    all["runs"][0]["summary"]["contrasts"] = json!([pair("scoped", "rayon", [0.7, 0.75, 0.8], "slower")]);
    visit_site(&all, async |driver, site| {
        open(driver, site, "explorer.html#workload=julia&order=time").await?;
        let text = ask(driver, SAVED).await?.as_str().unwrap_or_default().to_owned();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines.len(), 6, "a head, four rows and an end: {text}");
        assert!(
            lines[0]
                .starts_with("machine,workload,technique,family,question,pattern,size,workers,over,ratio,"),
            "{text}"
        );
        assert!(
            lines[1].starts_with(",julia,rayon,threading,execute,map,medium,2,sequential,1.9,1.843,"),
            "{text}"
        );
        assert!(lines[1].ends_with(",yes,rayon rayon-core,"), "{text}");
        rebase(driver, "rayon").await?;
        let text = ask(driver, SAVED).await?.as_str().unwrap_or_default().to_owned();
        assert!(
            text.contains(",julia,scoped,threading,execute,map,medium,2,rayon,0.75,0.7,0.8,slower,"),
            "{text}"
        );
        assert!(
            text.contains(",julia,pipes,processes,execute,map,medium,2,rayon,,,,not compared,"),
            "{text}"
        );
        open(driver, site, "explorer.html#workload=montecarlo&refused=1").await?;
        let text = ask(driver, SAVED).await?.as_str().unwrap_or_default().to_owned();
        assert!(
            text.contains(",\"'=cmd|' /C calc'!A0, \"\"quoted\"\"\"\r\n"),
            "a formula of a spreadsheet: {text}"
        );
        Ok(())
    });
}
