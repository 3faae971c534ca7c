//! The site in a real Chromium: what a visitor clicks does what it says, and nothing complains.
//!
//! Without a browser these tests say so and do nothing, unless `PARALLAX_REQUIRE` names it; `apt-get install
//! chromium chromium-driver` brings one. `PARALLAX_AXE` names the file `axe.min.js` of axe-core, for the check of accessibility.

mod common;

use common::{gathered, made, pages, pair, row, run_of, usual};
use parallax_pattern::optional;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel};

type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A driver that ends with the test.
struct Chromedriver {
    child: Child,
    port: u16,
}

impl Chromedriver {
    /// Starts one on a port of its own choice, which leaves what it leaves in `folder`; none if there is no browser.
    fn start(program: &str, folder: &Path) -> Option<Self> {
        if optional::hidden("browser") {
            return None;
        }
        let mut child = Command::new(program)
            .arg("--port=0")
            .env("TMPDIR", folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let lines = BufReader::new(child.stdout.take()?).lines().map_while(Result::ok);
        let port = lines
            .take(50)
            .find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok());
        match port {
            Some(port) => Some(Chromedriver { child, port }),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                None
            }
        }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `check` in a browser that shows a small site.
fn visit(check: impl AsyncFn(&WebDriver, &Path) -> Checked) {
    visit_site(&gathered(usual()), check);
}

/// Runs `check` in a browser that shows the site of what was gathered.
fn visit_site(gathered: &Value, check: impl AsyncFn(&WebDriver, &Path) -> Checked) {
    let folder = tempfile::tempdir().unwrap();
    let Some(chromedriver) = Chromedriver::start("chromedriver", folder.path()) else {
        let way_out = "there is no chromedriver; `apt-get install -y chromium chromium-driver` brings one";
        return optional::skip("browser", way_out);
    };
    let site = made(folder.path(), "{{ranking julia}}\n\n{{code julia/rayon}}", gathered);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let done = runtime.block_on(async {
        let mut wanted = DesiredCapabilities::chrome();
        for arg in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"] {
            wanted.add_arg(arg)?;
        }
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        let driver = WebDriver::new(format!("http://127.0.0.1:{}", chromedriver.port), wanted).await?;
        let done = check(&driver, &site).await;
        driver.quit().await?;
        done
    });
    done.unwrap();
}

/// A program in place of the driver, which says `line` and waits.
fn stand_in(folder: &Path, line: &str) -> String {
    let program = folder.join("chromedriver");
    // written by another process: while one of this has it open for writing, nobody can start it
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

async fn open(driver: &WebDriver, site: &Path, page: &str) -> WebDriverResult<()> {
    driver.goto("about:blank").await?; // or a change of the fragment alone would not load it anew
    driver.goto(format!("file://{}/{page}", site.display())).await
}

async fn ask(driver: &WebDriver, script: &str) -> WebDriverResult<Value> {
    Ok(driver.execute(script, vec![]).await?.json().clone())
}

/// The techniques whose rows are to be seen, in their order.
const SHOWN: &str = "return [...document.querySelectorAll('#cells tbody tr')].filter(r => r.checkVisibility()).map(r => r.dataset.workload + '/' + r.dataset.technique)";

const CHOOSE: &str = "const [id, value] = arguments; const control = document.getElementById(id);
    if (control.type === 'checkbox') control.checked = value === '1'; else control.value = value;
    control.dispatchEvent(new Event('input', { bubbles: true })); control.dispatchEvent(new Event('change', { bubbles: true }));";

async fn choose(driver: &WebDriver, id: &str, value: &str) -> WebDriverResult<()> {
    driver.execute(CHOOSE, vec![id.into(), value.into()]).await.map(drop)
}

async fn shown(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    let rows = ask(driver, SHOWN).await?;
    Ok(rows.as_array().into_iter().flatten().filter_map(|row| row.as_str().map(str::to_owned)).collect())
}

/// The speedup that stands in a row.
async fn speedup(driver: &WebDriver, technique: &str) -> WebDriverResult<String> {
    let script = format!(
        "return document.querySelector('tr[data-workload=julia][data-technique={technique}] .speedup').textContent.split(' ')[0]"
    );
    Ok(ask(driver, &script).await?.as_str().unwrap_or_default().to_owned())
}

/// The verdict that stands in a row.
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

/// Compares all with a technique on julia, or no more.
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

#[test]
fn the_decision_helper_leads_to_one_answer() {
    visit(async |driver, site| {
        open(driver, site, "index.html").await?;
        let open_ones = "return [...document.querySelectorAll('details.problem')].filter(d => d.checkVisibility()).map(d => d.open ? d.id : '')";
        let all = ask(driver, open_ones).await?;
        assert!(all.as_array().is_some_and(|all| all.len() > 10 && all.iter().all(|id| id == "")));
        choose(driver, "problem", "uneven").await?;
        assert_eq!(ask(driver, open_ones).await?, serde_json::json!(["uneven"]));
        let answer = driver.find(By::Id("uneven")).await?.text().await?;
        assert!(
            answer.contains("rayon is best: 1.90×") && answer.contains("When this stops being right"),
            "{answer}"
        );
        let address = driver.current_url().await?;
        assert!(address.as_str().ends_with("#problem=uneven"), "{address}");
        Ok(())
    });
}

#[test]
fn no_page_complains_or_is_wider_than_its_window() {
    visit(async |driver, site| {
        let all = pages(site);
        assert!(all.len() > 30, "{} pages", all.len());
        for page in all {
            let page = page.strip_prefix(site)?.to_string_lossy().into_owned();
            for width in [360, 1280] {
                driver.set_window_rect(0, 0, width.max(500), 800).await?;
                open(driver, site, &page).await?;
                // a headless window is no narrower than 500; the page is asked to be
                let wide = format!(
                    "document.documentElement.style.width = '{width}px'; return Math.max(0, ...[...document.querySelectorAll('main > *')].map(e => e.getBoundingClientRect().right)) - {width}"
                );
                let over = ask(driver, &wide).await?.as_f64().unwrap_or_default();
                assert!(over < 1.0, "{page} is {over} pixels too wide at {width}");
            }
            let complaints: Vec<String> =
                driver.get_log("browser").await?.into_iter().map(|entry| entry.message).collect();
            assert!(complaints.is_empty(), "{page}: {complaints:#?}");
        }
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
    visit(async |driver, site| {
        for page in [
            "index.html",
            "explorer.html",
            "workloads/index.html",
            "workloads/julia.html",
            "techniques/index.html",
            "techniques/threading/rayon.html",
            "guide/index.html",
            "guide/from-python.html",
            "about/index.html",
            "about/run.html",
            "about/ledger.html",
        ] {
            for theme in ["light", "dark"] {
                open(driver, site, page).await?;
                ask(driver, &format!("document.documentElement.dataset.theme = '{theme}'; document.querySelectorAll('details').forEach(d => d.open = true)")).await?;
                // colours change slowly, and halfway there is no contrast to be judged
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
