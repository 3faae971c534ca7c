//! The site is complete on paper, and in a browser that runs no scripts.

mod chromium;
mod common;

use chromium::{ask, faults, forbid_scripts, open, prefer, resize, visit_made};
use common::rich::{self, KINDS};
use thirtyfour::prelude::*;

/// The width of a page of paper between its margins, in pixels of 1/96 inch.
const PAPER: u32 = 688;

/// The faults of a page on paper.
const PRINT: &str = "const faults = []; const is = element => element.checkVisibility({ contentVisibilityAuto: true });
    const light = colour => { const [r, g, b] = colour.match(/[0-9.]+/g).map(Number); return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255; };
    for (const clicked of document.querySelectorAll('nav, button, select, input, .skip, #filters, #chooser'))
        if (is(clicked)) faults.push(`${clicked.outerHTML.slice(0, 60)} is printed`);
    if (light(getComputedStyle(document.body).backgroundColor) < 0.95) faults.push('the paper is not white');
    for (const table of document.querySelectorAll('table')) {
        const [box, frame] = [table.getBoundingClientRect(), table.parentElement];
        if (!is(table)) faults.push(`${table.className} is folded`);
        const end = Math.max(...[...table.querySelectorAll('th, td')].map(cell => cell.getBoundingClientRect().right));
        if (Math.max(box.right, end) > innerWidth + 1) faults.push(`${table.className || table.textContent.slice(0, 60)} goes to ${Math.max(box.right, end)}`);
        if (getComputedStyle(frame).overflowX !== 'visible') faults.push(`the frame of ${table.className} would cut it`);
    }
    for (const code of document.querySelectorAll('pre')) if (code.scrollWidth > code.clientWidth + 1) faults.push(`a line is cut: ${code.textContent.slice(0, 60)}`);
    for (const link of document.querySelectorAll('main a:not(.header)')) {
        if (!is(link)) continue;
        const [style, after] = [getComputedStyle(link), getComputedStyle(link, '::after').content];
        if (light(style.color) > 0.45 || !style.textDecorationLine.includes('underline')) faults.push(`${link.href} is hard to see`);
        if (link.getAttribute('href').startsWith('http') && !after.includes(link.getAttribute('href'))) faults.push(`${link.href} cannot be typed`);
    }
    for (const svg of document.querySelectorAll('main svg')) {
        if (svg.closest('[hidden]')) continue;
        const box = svg.getBoundingClientRect();
        if (!is(svg) || box.width < 10 || box.height < 5 || box.right > innerWidth + 1) faults.push(`a drawing is not seen: ${svg.outerHTML.slice(0, 80)}`);
    }
    for (const shape of document.querySelectorAll('main svg.bar rect')) {
        const fill = getComputedStyle(shape).fill;
        if (fill === 'none' || light(fill) > 0.9) faults.push('a bar has no ink');
    }
    return [...new Set(faults)].slice(0, 100);";

#[test]
fn on_paper_nothing_is_folded_cut_or_dark() {
    visit_made(rich::site, async |driver, site| {
        open(driver, site, "index.html").await?;
        ask(driver, "localStorage.setItem('parallax-theme', 'dark')").await?;
        prefer(driver, "print", "dark").await?;
        resize(driver, PAPER).await?;
        let mut wrong = Vec::new();
        for page in KINDS {
            open(driver, site, page).await?;
            ask(driver, "document.getAnimations().forEach(a => a.finish())").await?;
            wrong.extend(faults(driver, PRINT).await?.into_iter().map(|fault| format!("{page}: {fault}")));
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        Ok(())
    });
}

#[test]
fn faults_on_paper_are_found() {
    visit_made(rich::site, async |driver, site| {
        open(driver, site, "explorer.html").await?;
        resize(driver, PAPER).await?;
        let found = faults(driver, PRINT).await?.join(" ");
        for words in ["is printed", "would cut it"] {
            assert!(found.contains(words), "on a screen, {words}: {found}");
        }
        Ok(())
    });
}

/// Controls that do nothing without a script, and texts that promise one.
const DEAD: &str = "return [...document.querySelectorAll('button, select, input, textarea, .needs-script')].filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 80))";

#[test]
fn without_a_script_nothing_is_shown_that_does_nothing() {
    visit_made(rich::site, async |driver, site| {
        open(driver, site, "explorer.html").await?;
        assert!(!faults(driver, DEAD).await?.is_empty(), "with a script there are controls");
        forbid_scripts(driver).await?;
        for page in KINDS {
            open(driver, site, page).await?;
            let dead = faults(driver, DEAD).await?;
            assert!(dead.is_empty(), "{page}: {dead:#?}");
        }
        Ok(())
    });
}

#[test]
fn without_a_script_pages_say_what_they_can() {
    visit_made(rich::site, async |driver, site| {
        forbid_scripts(driver).await?;
        let text = async |page: &str| -> WebDriverResult<String> {
            open(driver, site, page).await?;
            driver.find(By::Id("main")).await?.text().await
        };
        let front = text("index.html").await?;
        assert!(front.contains("Measured on Own CPU") && front.contains("is best: 1.90×"), "{front}");
        driver
            .find(By::XPath("//section[@id='path']//summary[starts-with(., 'Nothing: the processor')]"))
            .await?
            .click()
            .await?;
        let mut asked = 0;
        for question in driver.find_all(By::Css("#path .asks")).await? {
            asked += usize::from(question.is_displayed().await?);
        }
        assert_eq!(asked, 2, "an answer leads to the next question");
        let workload = text("workloads/julia.html").await?;
        assert!(workload.contains("hyper+tokio-per-core") && workload.contains("12.0×"), "{workload}");
        let guide = text("guide/concurrency.html").await?;
        assert!(guide.len() > 2000, "{guide}");
        let explorer = text("explorer.html").await?;
        assert!(
            explorer.contains("need a script") && explorer.contains("no answer that is both short and true"),
            "{explorer}"
        );
        let drawn = "const rows = [...document.querySelectorAll('#cells tr[data-technique]')];
            return [rows.length > 8, rows.every(r => r.checkVisibility()), [...document.querySelectorAll('#cells .bar')].every(b => b.getBoundingClientRect().width > 50),
                [...document.querySelectorAll('.head .axis')].every(a => a.textContent.includes('1×'))]";
        assert_eq!(ask(driver, drawn).await?, serde_json::json!([true, true, true, true]));
        Ok(())
    });
}
