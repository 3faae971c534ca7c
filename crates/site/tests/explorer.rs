//! Tests of the explorer in a real Chromium: filters, another baseline, and the saved file.

mod chromium;
mod common;

use chromium::cells::{badge, rebase, shown, speedup, told};
use chromium::{ask, choose, open, visit, visit_site};
use common::{gathered, pair, refused, row, run_of, usual};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// The note at a speedup, the number of strokes of its interval, and whether its bar is marked as a plain quotient.
async fn marks(driver: &WebDriver, technique: &str) -> WebDriverResult<Value> {
    let script = format!(
        "const row = document.querySelector('tr[data-workload=julia][data-technique={technique}]');
        return [row.querySelector('.spread').textContent, row.querySelectorAll('.whisker').length, row.querySelector('.bar').classList.contains('plain')]"
    );
    ask(driver, &script).await
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
fn rebasing_shows_the_contrasts_of_the_run_and_marks_what_is_a_plain_quotient() {
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
            ["0.33×", "not compared"],
            "the verdict over plain code is none over scoped"
        );
        assert_eq!(marks(driver, "pipes").await?, json!(["no interval", 0, true]));
        assert_eq!(marks(driver, "rayon").await?, json!(["±7.1%", 3, false]));
        let count =
            "return document.getElementById('count').textContent.includes(\"where it says 'no interval'\")";
        assert_eq!(ask(driver, count).await?, true);
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
        assert_eq!(told(driver, "scoped").await?, ["75.0×", "not compared"]);
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
        let places = "return [...document.querySelectorAll('#cells tr[data-technique]')].filter(r => r.checkVisibility()).map(r => r.textContent.includes('Fast CPU'))";
        assert_eq!(ask(driver, places).await?, json!([true, true, true, true, true, true, true]));
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
            text.contains(
                ",julia,pipes,processes,execute,map,medium,2,rayon,0.2631578947368421,,,not compared,"
            ),
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
