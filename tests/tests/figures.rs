//! Figures of a quarter that is over, over real programs (V-45).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

#[path = "figures/past.rs"]
mod past;

use past::{CLOSED, UNFOUNDED};
use samenloop_tests::{Desk, Exchange};
use serde_json::Value;

const OFFICER: &str = "fg";
const WEST: &str = "zorgcoordinator-west";
const NOORD: &str = "zorgcoordinator-noord";

fn stats(exchange: &Exchange, by: &str) -> Value {
    let told = exchange.run(by, &["stats", "--json"]);
    assert_eq!(told.status, 0, "{told:?}");
    told.json()
}

/// The rows of the quarter before this one.
fn rows(told: &Value) -> &Vec<Value> {
    let last = told.as_array().unwrap().last().unwrap();
    assert_eq!(last["told"], true);
    last["rows"].as_array().unwrap()
}

fn counts(rows: &[Value], table: &str, region: &str, domain: &str) -> Vec<Option<u64>> {
    let is_it = |it: &&Value| it["table"] == table && it["region"] == region && it["domain"] == domain;
    let found = rows.iter().find(is_it);
    found.map_or_else(Vec::new, |it| it["counts"].as_array().unwrap().iter().map(Value::as_u64).collect())
}

fn total(rows: &[Value], table: &str, region: &str, domain: &str) -> Option<u64> {
    counts(rows, table, region, domain).last().copied().flatten()
}

/// V-45: what agencies pushed and a coordinator closed is told by region and domain to who may have it, and no number
/// under ten is anywhere in it.
#[test]
fn officer_and_coordinators_see_what_was_signalled_and_what_came_of_it() {
    let mut exchange = Exchange::kit();
    let quarter = past::a_quarter(&exchange);
    exchange.start_hub();
    exchange.two_ticks();
    let all = stats(&exchange, OFFICER);
    assert_eq!(all.as_array().unwrap().last().unwrap()["quarter"], quarter);
    let closed = u64::from(CLOSED);
    for domain in ["onderwijs", "politie-justitie"] {
        for table in ["filed", "listed", "weighed"] {
            assert_eq!(total(rows(&all), table, "west", domain), Some(closed), "{table} {domain}");
        }
        assert_eq!(counts(rows(&all), "weighed", "west", domain)[1], Some(UNFOUNDED.into()));
    }
    for (table, count) in [("raised", closed), ("claimed", closed), ("judged", closed), ("closed", closed)] {
        assert_eq!(total(rows(&all), table, "west", ""), Some(count), "{table}");
        assert_eq!(total(rows(&all), table, "noord", ""), None, "{table}");
    }
    let shown = rows(&all).iter().flat_map(|it| it["counts"].as_array().unwrap()).filter_map(Value::as_u64);
    assert!(shown.clone().count() > 20 && shown.min().unwrap() >= 10);

    let (west, noord) = (stats(&exchange, WEST), stats(&exchange, NOORD));
    assert!(rows(&west).iter().all(|it| it["region"] == "west" && rows(&all).contains(it)));
    assert_eq!(total(rows(&west), "closed", "west", ""), Some(closed));
    assert!(rows(&noord).is_empty(), "four children are too few: {noord}");
    for stranger in ["politie-west", "contactpunt", "beheer-a"] {
        let refused = exchange.run(stranger, &["stats"]);
        assert!(refused.status == 1 && refused.out.is_empty(), "{stranger}: {refused:?}");
    }

    let text = exchange.run(OFFICER, &["stats"]).out;
    for part in
        ["alle regio's", "regio West", "Stuurden in dit kwartaal iets: ", "Niet gegrond 12, Totaal 24"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    told_on_paper(&exchange, &quarter);
    let page = Desk::open(&exchange, WEST).visitor().get("/cijfers");
    assert!(page.status == 200 && page.body.contains("<td>24</td>"), "{}", page.body);
    assert_eq!(stats(&exchange, OFFICER), all, "asked again it is the same");
}

/// The same on paper: of the quarter that is asked for, and of none that is not over.
fn told_on_paper(exchange: &Exchange, quarter: &str) {
    let paper = exchange.run(OFFICER, &["report", "quarter"]);
    assert_eq!(paper.status, 0, "{paper:?}");
    for part in [
        "# Cijfers van het ",
        "uit manifest 1 van uitwisseling",
        "regio West",
        "| Totaal | ",
        "minder dan 10",
    ] {
        assert!(paper.out.contains(part), "{part}: {}", paper.out);
    }
    let asked = exchange.run(OFFICER, &["report", "quarter", quarter]);
    assert_eq!(asked.out, paper.out, "it is the last that is over");
    let html = exchange.run(WEST, &["report", "quarter", quarter, "--html"]);
    assert!(html.out.starts_with("<!DOCTYPE html>") && html.out.contains("<td>24</td>"), "{html:?}");
    assert!(!html.out.contains("Noord"), "another region: {}", html.out);
    let now = samenloop_tests::day(0);
    let number = (now[5..7].parse::<u32>().unwrap() - 1) / 3 + 1;
    for (by, asked, status) in [
        (OFFICER, format!("{}-Q{number}", &now[..4]), 1),
        (OFFICER, "2026-3".to_owned(), 2),
        ("politie-west", quarter.to_owned(), 1),
    ] {
        let refused = exchange.run(by, &["report", "quarter", &asked]);
        assert!(refused.status == status && refused.out.is_empty(), "{by} {asked}: {refused:?}");
    }
}
