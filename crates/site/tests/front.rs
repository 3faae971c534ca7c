//! Tests of the front page: three questions lead to a technique, its figure with the interval and the code.

mod chromium;
mod common;

use chromium::{ask, choose, open, visit, visit_made, visit_site};
use common::{
    asked, best, gathered, generate, pair, read, root_with_guide, row, said, site_of_questions, sweep, usual,
};
use serde_json::{Value, json};
use std::fs;
use thirtyfour::prelude::*;

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
fn the_reader_s_cores_and_language_choose_what_is_shown() {
    let mut rows = usual();
    rows.push(row("julia", "python", "numba-parallel", 1.2));
    let mut all = gathered(rows);
    all["runs"][0]["summary"]["contrasts"] =
        json!([pair("rayon", "numba-parallel", [1.4, 1.6, 1.8], "faster")]);
    visit_site(&all, async |driver, site| {
        open(driver, site, "index.html#problem=uneven").await?;
        let seen = async || driver.find(By::Id("uneven")).await?.text().await;
        let both = seen().await?;
        assert!(
            both.contains("In Python, numba-parallel has the largest speedup: 1.20× (1.16 to 1.24)."),
            "{both}"
        );
        assert!(both.contains("rayon is 1.60× (1.40 to 1.80) as fast as numba-parallel"), "{both}");
        assert!(both.contains("With 16 or 64 cores") && both.contains("No prediction: "), "{both}");
        choose(driver, "language", "rust").await?;
        assert!(!seen().await?.contains("numba-parallel"), "{}", seen().await?);
        choose(driver, "language", "python").await?;
        assert!(seen().await?.contains("In Python, numba-parallel"));
        choose(driver, "cores", "64").await?;
        let predicted = seen().await?;
        assert!(!predicted.contains("example: ") && predicted.contains("No prediction: "), "{predicted}");
        assert!(driver.current_url().await?.as_str().ends_with("#problem=uneven&cores=64&language=python"));
        choose(driver, "problem", "own").await?;
        let kinds = "return [...document.querySelectorAll('details.problem')].filter(d => d.checkVisibility()).length";
        assert_eq!(ask(driver, kinds).await?, 0, "no table is about the reader's own problem");
        assert!(driver.find(By::Id("own")).await?.text().await?.contains("cargo xtask new PATH"));
        Ok(())
    });
}

#[test]
fn a_prediction_is_called_one() {
    let mut all = gathered(usual());
    let mut workers = sweep("samples");
    workers["scaling"]["laws"][0]["predicted"] = json!([{ "workers": 16, "ratio": 12.0, "low": 10.0, "high": 14.0 }, { "workers": 64, "ratio": 20.0, "low": 15.0, "high": 25.0 }]);
    all["sweeps"] = json!([workers]);
    let folder = tempfile::tempdir().unwrap();
    let front = read(&common::made(folder.path(), "", &all), "index.html");
    let answer = front.split("id=\"independent\"").nth(1).unwrap().split("<details").next().unwrap();
    let answer =
        if answer.contains("predicted") { answer } else { front.split("id=\"independent\"").nth(1).unwrap() };
    assert!(answer.contains("A prediction, not a measurement"), "{answer}");
    assert!(
        answer.contains(">12.0× (10.0 to 14.0)<") && answer.contains(">20.0× (15.0 to 25.0)<"),
        "{answer}"
    );
    let other = front.split("id=\"uneven\"").nth(1).unwrap();
    assert!(other.contains("at least 3 numbers of workers, and this machine has 2 cores"), "{other}");
}

#[test]
fn three_questions_end_at_a_technique_and_its_code() {
    visit(async |driver, site| {
        open(driver, site, "index.html").await?;
        for answer in ["Nothing: the processor", "Nothing: each piece", "The same loop body, and some turns"]
        {
            let way = format!("//section[@id='path']//summary[starts-with(., '{answer}')]");
            let ways = driver.find_all(By::XPath(&way)).await?;
            assert_eq!(ways.len(), 1, "{answer}");
            ways[0].click().await?;
        }
        let end = driver.query(By::Css("#path .end")).and_displayed().first().await?;
        let text = end.text().await?;
        assert!(text.contains("rayon is best: 1.90× (1.84 to 1.96)."), "{text}");
        end.find(By::LinkText("Its code")).await?.click().await?;
        assert!(driver.find(By::Css("#code-uneven pre")).await?.is_displayed().await?);
        open(driver, site, "index.html").await?;
        driver
            .find(By::XPath("//summary[starts-with(., 'My program waits for replies')]"))
            .await?
            .click()
            .await?;
        let end = driver.query(By::Css("#path .end")).and_displayed().first().await?;
        assert!(end.text().await?.contains("not measured in this run"), "what has no figure says so");
        Ok(())
    });
}

#[test]
fn every_way_of_the_three_questions_has_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let root = root_with_guide(folder.path(), "");
    let list = root.join("docs/site.toml");
    let text = fs::read_to_string(&list).unwrap();
    for (old, new, why) in [
        ("path = [\"busy\", \"none\", \"even\"]", "path = [\"busy\", \"nothing\"]", "not an answer"),
        ("path = [\"clients\"]", "path = [\"replies\"]", "no problem has the answer 'clients'"),
    ] {
        assert!(text.contains(old), "{old}");
        fs::write(&list, text.replace(old, new)).unwrap();
        let out = generate(&root, &gathered(usual()).to_string(), folder.path());
        assert!(!out.status.success() && said(&out).contains(why), "{}", said(&out));
    }
}

/// Follows each question of the front page and says what its page has.
const ANSWER: &str = "const main = document.querySelector('main'); const text = main.innerText;
    return { figure: /\\d×/.test(text), interval: /\\([\\d.]+ to [\\d.]+\\)/.test(text),
             code: [...main.querySelectorAll('figure.code')].filter(f => f.checkVisibility() && f.querySelector('button.copy')).length,
             until: /When this stops being right/.test(text), title: main.querySelector('h1').innerText }";

#[test]
fn ten_questions_are_answered_in_at_most_three_clicks() {
    visit_made(site_of_questions, async |driver, site| {
        open(driver, site, "index.html").await?;
        let links = "return [...document.querySelectorAll('section.asked a')].map(a => a.innerText)";
        let questions = ask(driver, links).await?;
        let questions: Vec<&str> = questions.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(questions.len(), 10, "{questions:?}");
        for question in questions {
            open(driver, site, "index.html").await?;
            let mut clicks = 0;
            let link = driver.find(By::LinkText(question)).await?;
            link.click().await?;
            clicks += 1;
            let told = ask(driver, ANSWER).await?;
            assert!(clicks <= 3 && told["title"] == question, "{question}: {told}");
            for part in ["figure", "interval", "until"] {
                assert_eq!(told[part], true, "{question}: {told}");
            }
            assert!(told["code"].as_u64().is_some_and(|pieces| pieces > 0), "{question}: {told}");
            let complaints = driver.get_log("browser").await?;
            assert!(complaints.is_empty(), "{question}: {complaints:#?}");
        }
        Ok(())
    });
}

#[test]
fn a_question_without_figures_says_so_and_still_has_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = asked();
    all["runs"] = json!([]);
    let out = generate(&common::root_with_questions(folder.path()), &all.to_string(), folder.path());
    assert!(out.status.success(), "{}", said(&out));
    let page = read(&folder.path().join("site"), "questions/how-many-items.html");
    assert!(
        page.contains("not measured in this run") && page.contains("cargo xtask scale size -w pairwise"),
        "{page}"
    );
    assert!(page.contains("fn main() {}") && !page.contains("class=\"figure\""), "{page}");
}

#[test]
fn search_finds_techniques_by_their_common_names() {
    visit_made(site_of_questions, async |driver, site| {
        open(driver, site, "index.html").await?;
        driver.find(By::Id("mdbook-search-toggle")).await?.click().await?;
        let bar = driver.query(By::Id("mdbook-searchbar")).and_displayed().first().await?;
        for (words, page) in [
            ("thread pool", "threading/thread-pool.html"),
            ("memoization", "caching/cached.html"),
            ("vectorize", "simd/autovectorised.html"),
            ("GIL", "questions/threads-in-python.html"),
        ] {
            bar.clear().await?;
            bar.send_keys(words).await?;
            let found =
                driver.query(By::Css(format!("#mdbook-searchresults a[href*='{page}']"))).first().await;
            let all = "return [...document.querySelectorAll('#mdbook-searchresults a')].map(a => a.getAttribute('href'))";
            assert!(found.is_ok(), "{words}: {}", ask(driver, all).await?);
        }
        Ok(())
    });
}

/// A name in the list must belong to a technique.
#[test]
fn common_names_are_of_techniques_that_exist() {
    let names = fs::read_to_string(common::root().join("docs/names.toml")).unwrap();
    let names: toml::Table = toml::from_str(&names).unwrap();
    assert!(names.len() > 100);
    for key in names.keys() {
        let (family, technique) = key.split_once('/').unwrap_or((key, ""));
        let folder = if family == "baseline" { "pattern" } else { family };
        let folder = common::root().join("crates").join(folder).join("src");
        assert!(folder.is_dir(), "there is no family '{family}'");
        let product = technique.split_once('+').filter(|_| family == "stack").map(|(kernel, _)| kernel);
        let known =
            technique.is_empty() || product.is_some() || common::says(&folder, &format!("\"{technique}\""));
        assert!(known, "'{key}' is no technique");
    }
}

/// The run's best set comes first, and the page does not contradict it.
#[test]
fn only_what_is_not_proven_is_said_not_to_be() {
    let mut all = gathered(usual());
    all["runs"][0]["summary"]["best"] =
        json!([best("julia", &["rayon", "scoped"], &["pipes", "sequential"])]);
    let folder = tempfile::tempdir().unwrap();
    let front = read(&common::made(folder.path(), "", &all), "index.html");
    let lines: Vec<&str> =
        front.split("verdict-line\">").skip(1).map(|line| line.split("</p>").next().unwrap()).collect();
    let julia = lines.iter().find(|line| line.contains("scoped")).unwrap();
    assert!(julia.contains("are equally good: 1.90×") && !julia.contains("prove"), "{julia}");
    let montecarlo = lines.iter().find(|line| line.contains("2.00×")).unwrap();
    assert!(montecarlo.contains("but this run does not prove it"), "{montecarlo}");
}
