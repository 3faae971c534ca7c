//! The address of the explorer holds its state, each choice is a step of the history, a hostile one does nothing.

mod chromium;
mod common;

use chromium::cells::{becomes, rebase, shown, shows, speedup, told};
use chromium::{ask, choose, open, visit};
use thirtyfour::prelude::*;

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
        driver.refresh().await?;
        assert_eq!(shown(driver).await?, before);
        Ok(())
    });
}

#[test]
fn each_choice_is_a_step_back() {
    const JULIA: [&str; 4] = ["julia/rayon", "julia/scoped", "julia/sequential", "julia/pipes"];
    visit(async |driver, site| {
        open(driver, site, "explorer.html").await?;
        let all = shown(driver).await?;
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        choose(driver, "workload", "julia").await?;
        choose(driver, "family", "threading").await?;
        choose(driver, "text", "scop").await?;
        choose(driver, "text", "scoped").await?;
        rebase(driver, "scoped").await?;
        assert_eq!(told(driver, "scoped").await?, ["1.00×", "= 1×"]);
        driver.back().await?;
        shows(driver, "scoped", "faster").await?;
        becomes(driver, &["julia/scoped"]).await?; // typing belongs to the step before it
        driver.back().await?;
        becomes(driver, &JULIA).await?;
        assert_eq!(ask(driver, "return document.getElementById('family').value").await?, "");
        driver.back().await?;
        becomes(driver, &all).await?;
        driver.forward().await?;
        becomes(driver, &JULIA).await?;
        driver.find(By::LinkText("rayon")).await?.click().await?;
        assert!(driver.title().await?.contains("rayon"));
        driver.back().await?;
        becomes(driver, &JULIA).await?;
        driver.refresh().await?;
        becomes(driver, &JULIA).await?;
        Ok(())
    });
}

/// Fragments that a stranger may send; all are meaningless.
const HOSTILE: [&str; 8] = [
    "workload=nonsense&base=x&scale=%00",
    "%E0%A4%A&%",
    "workload=<img src=x onerror=document.title='ran'>&base=<svg/onload=document.title='ran'>",
    "base=__proto__&order=constructor&cost=toString&scale=hasOwnProperty",
    "run=-1&size=1e999&workers=NaN&safe=true&chart=yes",
    "javascript:document.title='ran'",
    "order=speedup&order=time&order=%F0%9F%92%A9&library=%2d%2d",
    "cells",
];

#[test]
fn a_hostile_address_is_none() {
    visit(async |driver, site| {
        let long = format!("text={}&base={}", "zebra".repeat(20_000), "a/".repeat(20_000));
        for fragment in HOSTILE {
            open(driver, site, &format!("explorer.html#{fragment}")).await?;
            assert_eq!(shown(driver).await?.len(), 7, "{fragment}");
            assert_eq!(told(driver, "rayon").await?, ["1.90×", "faster"], "{fragment}");
            assert_ne!(driver.title().await?, "ran", "{fragment}");
            choose(driver, "workload", "julia").await?;
            assert_eq!(shown(driver).await?.len(), 4, "{fragment}");
        }
        open(driver, site, &format!("explorer.html#{long}")).await?;
        assert_eq!(shown(driver).await?.len(), 0);
        open(driver, site, "workloads/julia.html#%E0%A4%A").await?;
        let copy = driver.find_all(By::Css("button.copy")).await?;
        assert!(!copy.is_empty(), "the script goes on after a bad fragment");
        let complaints = driver.get_log("browser").await?;
        assert!(complaints.is_empty(), "{complaints:#?}");
        Ok(())
    });
}
