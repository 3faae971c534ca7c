//! Speed against cost in the explorer: one group's cells as points, and those worth their cost, also in words.

mod chromium;
mod common;

use chromium::{ask, choose, open, visit_site};
use common::{gathered, pair, row, usual};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// The usual run, in which faster code costs more, except for `scoped`; one row has no cost, and one no interval.
fn with_costs() -> Value {
    let mut rows = usual();
    let mut once = row("julia", "simd", "avx2", 8.0);
    (once["ratio_low"], once["ratio_high"]) = (json!(null), json!(null));
    rows.push(once);
    for (technique, lines) in [("sequential", 5), ("rayon", 30), ("scoped", 40), ("avx2", 90)] {
        for row in rows.iter_mut().filter(|row| row["technique"] == technique && row["workload"] == "julia") {
            row["cost"] = json!({ "lines": lines, "kernel_lines": 10, "build_s": null, "reasons": { "build_s": "not <b>measured" } });
        }
    }
    gathered(rows)
}

/// Its points by their titles, those on the front, and the words below.
const CHART: &str = "const section = document.getElementById('against'); if (!section.checkVisibility()) return 'hidden';
    return [[...section.querySelectorAll('.point title')].map(t => t.textContent).sort(), [...section.querySelectorAll('.on title')].map(t => t.textContent.split(':')[0]),
        section.querySelector('p').textContent, section.querySelector('svg')?.getAttribute('aria-label') ?? '']";

#[test]
fn the_chart_has_the_cells_that_are_shown_and_their_front() {
    visit_site(&with_costs(), async |driver, site| {
        open(driver, site, "explorer.html#workload=julia&cost=lines").await?;
        assert_eq!(ask(driver, CHART).await?, "hidden");
        choose(driver, "chart", "1").await?;
        let told = ask(driver, CHART).await?;
        assert_eq!(
            told[0],
            json!([
                "avx2: 100, 8.00×, no interval",
                "rayon: 40, 1.90× (1.84 to 1.96)",
                "scoped: 50, 1.50× (1.46 to 1.54)",
                "sequential: 15, 1.00× (0.97 to 1.03)"
            ]),
            "pipes has no such cost"
        );
        assert_eq!(told[1], json!(["rayon", "sequential"]), "without an interval nothing is proven");
        assert_eq!(
            told[2],
            "Nothing shown is proven to be both faster and cheaper than: sequential (15, 1.00×), rayon (40, 1.90×)."
        );
        assert_eq!(told[3], "Speed against lines of code, over sequential; diamonds are the front");
        choose(driver, "text", "rayon").await?;
        let told = ask(driver, CHART).await?;
        assert!(
            told[2].as_str().unwrap().contains("Fewer than two of the cells shown") && told[0] == json!([]),
            "{told}"
        );
        let address = driver.current_url().await?;
        assert!(address.as_str().contains("cost=lines") && address.as_str().contains("chart=1"), "{address}");
        Ok(())
    });
}

#[test]
fn no_chart_has_speedups_over_two_baselines() {
    visit_site(&with_costs(), async |driver, site| {
        open(driver, site, "explorer.html#chart=1").await?;
        let told = ask(driver, CHART).await?;
        assert!(
            told[0] == json!([]) && told[2].as_str().unwrap().starts_with("3 groups are shown"),
            "{told}"
        );
        Ok(())
    });
}

#[test]
fn over_another_baseline_the_chart_has_its_ratios() {
    let mut all = with_costs();
    all["runs"][0]["summary"]["contrasts"] = json!([pair("rayon", "scoped", [1.2, 1.25, 1.3], "faster")]);
    visit_site(&all, async |driver, site| {
        open(driver, site, "explorer.html#workload=julia&cost=lines&chart=1&base=threading%2Fscoped").await?;
        let told = ask(driver, CHART).await?;
        assert_eq!(told[0][1], "rayon: 40, 1.25× (1.20 to 1.30)");
        assert_eq!(told[0][0], "avx2: 100, 5.33×, no interval");
        assert!(told[3].as_str().unwrap().contains("over scoped"), "{told}");
        Ok(())
    });
}

#[test]
fn the_cost_column_and_the_order_follow_the_choice() {
    visit_site(&with_costs(), async |driver, site| {
        open(driver, site, "explorer.html#workload=julia").await?;
        let column = "return [document.querySelector('thead .cost').textContent, ...[...document.querySelectorAll('#cells td.cost')].filter(c => c.checkVisibility()).map(c => c.textContent)]";
        assert_eq!(
            ask(driver, column).await?,
            json!(["peak memory", "8.58 MiB", "8.58 MiB", "8.58 MiB", "8.58 MiB", "8.58 MiB"])
        );
        choose(driver, "cost", "lines").await?;
        choose(driver, "order", "cost").await?;
        assert_eq!(ask(driver, column).await?, json!(["lines of code", "15", "40", "50", "100", "–"]));
        let offered = "return [...document.getElementById('cost').options].map(o => o.value)";
        assert_eq!(ask(driver, offered).await?, json!(["peak_bytes", "lines"]), "no row has the others");
        let more = driver.find(By::Css("tr[data-technique=scoped] details")).await?;
        more.find(By::Css("summary")).await?.click().await?;
        assert!(more.text().await?.contains("not known: not <b>measured"), "{}", more.text().await?);
        Ok(())
    });
}
