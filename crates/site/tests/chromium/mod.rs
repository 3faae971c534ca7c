//! Starts a real Chromium that shows a small site, and runs a check in it.
//!
//! Without a browser the tests say so and are skipped, unless `PARALLAX_REQUIRE` names it; `apt-get install
//! chromium chromium-driver` brings one.

#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod cells;

use crate::common::{gathered, made, usual};
use parallax_pattern::optional;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel};

pub(crate) type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A driver that ends with the test.
pub(crate) struct Chromedriver {
    child: Child,
    pub(crate) port: u16,
}

impl Chromedriver {
    /// Starts one on a free port, with its files in `folder`; none if there is no browser.
    pub(crate) fn start(program: &str, folder: &Path) -> Option<Self> {
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
pub(crate) fn visit(check: impl AsyncFn(&WebDriver, &Path) -> Checked) {
    visit_site(&gathered(usual()), check);
}

/// Runs `check` in a browser that shows the site of the gathered file.
pub(crate) fn visit_site(gathered: &Value, check: impl AsyncFn(&WebDriver, &Path) -> Checked) {
    let make = |folder: &Path| made(folder, "{{ranking julia}}\n\n{{code julia/rayon}}", gathered);
    visit_made(make, check);
}

/// Runs `check` in a browser that shows the site which `make` makes in a folder.
pub(crate) fn visit_made(make: impl Fn(&Path) -> PathBuf, check: impl AsyncFn(&WebDriver, &Path) -> Checked) {
    let folder = tempfile::tempdir().unwrap();
    let Some(chromedriver) = Chromedriver::start("chromedriver", folder.path()) else {
        let way_out = "there is no chromedriver; `apt-get install -y chromium chromium-driver` brings one";
        return optional::skip("browser", way_out);
    };
    let site = make(folder.path());
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

pub(crate) async fn open(driver: &WebDriver, site: &Path, page: &str) -> WebDriverResult<()> {
    driver.goto("about:blank").await?; // a change of only the fragment would not reload the page
    driver.goto(format!("file://{}/{page}", site.display())).await
}

pub(crate) async fn ask(driver: &WebDriver, script: &str) -> WebDriverResult<Value> {
    Ok(driver.execute(script, vec![]).await?.json().clone())
}

const CHOOSE: &str = "const [id, value] = arguments; const control = document.getElementById(id);
    if (control.type === 'checkbox') control.checked = value === '1'; else control.value = value;
    control.dispatchEvent(new Event('input', { bubbles: true })); control.dispatchEvent(new Event('change', { bubbles: true }));";

pub(crate) async fn choose(driver: &WebDriver, id: &str, value: &str) -> WebDriverResult<()> {
    driver.execute(CHOOSE, vec![id.into(), value.into()]).await.map(drop)
}

/// Gives the page a window of this width in pixels; a real window cannot be narrower than 500.
pub(crate) async fn resize(driver: &WebDriver, width: u32) -> WebDriverResult<()> {
    let window = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    driver.cdp().send_raw("Emulation.setDeviceMetricsOverride", window).await.map(drop)
}

/// Shows pages for a medium (`screen` or `print`) and a preferred colour scheme.
pub(crate) async fn prefer(driver: &WebDriver, medium: &str, scheme: &str) -> WebDriverResult<()> {
    let wish = json!({ "media": medium, "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    driver.cdp().send_raw("Emulation.setEmulatedMedia", wish).await.map(drop)
}

/// Turns scripts off for pages that are opened from now on.
pub(crate) async fn forbid_scripts(driver: &WebDriver) -> WebDriverResult<()> {
    driver.cdp().send_raw("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await.map(drop)
}

/// The faults that a script finds, as text.
pub(crate) async fn faults(driver: &WebDriver, script: &str) -> WebDriverResult<Vec<String>> {
    let found = ask(driver, script).await?;
    let Value::Array(found) = found else { return Ok(vec![format!("the script gave {found}")]) };
    Ok(found.iter().map(|fault| fault.as_str().map_or_else(|| fault.to_string(), str::to_owned)).collect())
}
