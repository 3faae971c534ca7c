//! Reads the rows of the explorer in a browser.

use super::ask;
use std::time::Duration;
use thirtyfour::prelude::*;

/// The techniques whose rows are visible, in their order.
const SHOWN: &str = "return [...document.querySelectorAll('#cells tr[data-technique]')].filter(r => r.checkVisibility()).map(r => r.dataset.workload + '/' + r.dataset.technique)";

pub(crate) async fn shown(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    let rows = ask(driver, SHOWN).await?;
    Ok(rows.as_array().into_iter().flatten().filter_map(|row| row.as_str().map(str::to_owned)).collect())
}

/// The speedup that a row shows.
pub(crate) async fn speedup(driver: &WebDriver, technique: &str) -> WebDriverResult<String> {
    let script = format!(
        "return document.querySelector('tr[data-workload=julia][data-technique={technique}] .speedup').textContent.split(' ')[0]"
    );
    Ok(ask(driver, &script).await?.as_str().unwrap_or_default().to_owned())
}

/// The verdict that a row shows.
pub(crate) async fn badge(driver: &WebDriver, technique: &str) -> WebDriverResult<String> {
    let script = format!(
        "return document.querySelector('tr[data-workload=julia][data-technique={technique}] .badge').textContent"
    );
    Ok(ask(driver, &script).await?.as_str().unwrap_or_default().to_owned())
}

/// Both.
pub(crate) async fn told(driver: &WebDriver, technique: &str) -> WebDriverResult<[String; 2]> {
    Ok([speedup(driver, technique).await?, badge(driver, technique).await?])
}

/// Compares all with a technique on julia, or stops comparing.
pub(crate) async fn rebase(driver: &WebDriver, technique: &str) -> WebDriverResult<()> {
    let button = format!("tr[data-workload=julia][data-technique={technique}] button.rebase");
    driver.find(By::Css(button)).await?.click().await
}

/// Waits until these rows are visible: a browser goes back while the script goes on.
pub(crate) async fn becomes(driver: &WebDriver, rows: &[&str]) -> WebDriverResult<()> {
    let mut seen = shown(driver).await?;
    for _ in 0..LOOKS {
        if seen == rows {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        seen = shown(driver).await?;
    }
    assert_eq!(seen, rows);
    Ok(())
}

/// Waits until a row shows a verdict.
pub(crate) async fn shows(driver: &WebDriver, technique: &str, verdict: &str) -> WebDriverResult<()> {
    let mut seen = badge(driver, technique).await?;
    for _ in 0..LOOKS {
        if seen == verdict {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        seen = badge(driver, technique).await?;
    }
    assert_eq!(seen, verdict);
    Ok(())
}

/// The number of times that a test looks again before it gives up, and the pause between them.
const LOOKS: usize = 3000;
const PAUSE: Duration = Duration::from_millis(20);
