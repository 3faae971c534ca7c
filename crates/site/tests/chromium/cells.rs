//! What the rows of the explorer say, in a browser that shows it.

use super::ask;
use std::time::Duration;
use thirtyfour::prelude::*;

/// The techniques whose rows are to be seen, in their order.
const SHOWN: &str = "return [...document.querySelectorAll('#cells tr[data-technique]')].filter(r => r.checkVisibility()).map(r => r.dataset.workload + '/' + r.dataset.technique)";

pub(crate) async fn shown(driver: &WebDriver) -> WebDriverResult<Vec<String>> {
    let rows = ask(driver, SHOWN).await?;
    Ok(rows.as_array().into_iter().flatten().filter_map(|row| row.as_str().map(str::to_owned)).collect())
}

/// The speedup that stands in a row.
pub(crate) async fn speedup(driver: &WebDriver, technique: &str) -> WebDriverResult<String> {
    let script = format!(
        "return document.querySelector('tr[data-workload=julia][data-technique={technique}] .speedup').textContent.split(' ')[0]"
    );
    Ok(ask(driver, &script).await?.as_str().unwrap_or_default().to_owned())
}

/// The verdict that stands in a row.
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

/// Compares all with a technique on julia, or no more.
pub(crate) async fn rebase(driver: &WebDriver, technique: &str) -> WebDriverResult<()> {
    let button = format!("tr[data-workload=julia][data-technique={technique}] button.rebase");
    driver.find(By::Css(button)).await?.click().await
}

/// Waits until these rows are to be seen: a browser goes back while a script goes on.
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

/// Waits until a verdict stands in a row.
pub(crate) async fn is_told(driver: &WebDriver, technique: &str, verdict: &str) -> WebDriverResult<()> {
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

/// How often, and after what pause, a test looks again before it gives up.
const LOOKS: usize = 3000;
const PAUSE: Duration = Duration::from_millis(20);
