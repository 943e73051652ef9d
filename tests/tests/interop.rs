//! Another language joins: what is written from docs/protocol.md alone, against the vectors and a real hub.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use std::io::Write as _;
use std::process::Stdio;

use samenloop_tests::{Answer, Exchange, bsn, interop, is_there, python, this_month};
use serde_json::{Value, json};

fn agency(exchange: &Exchange, connection: &str, arguments: &[&str], lines: &[Value]) -> Answer {
    let mut child = python()
        .arg(interop().join("agency.py"))
        .arg(exchange.kit_directory().join(format!("{connection}.toml")))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    // What refuses early may not read everything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Answer {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn accepted(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 0, "{answer:?}");
    answer.json()["accepted"].as_u64().unwrap()
}

#[test]
fn python_computes_the_vectors_with_its_standard_library() {
    if !is_there("Python 3.11", "import sys, tomllib") {
        return;
    }
    let output = python().arg(interop().join("check_vectors.py")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.trim_end().ends_with(" 0 failed"), "{text}");
}

#[test]
fn an_agency_in_python_converges_with_agencies_in_rust() {
    if !is_there(
        "Python with grpcio, grpcio-tools and cryptography",
        "import grpc, grpc_tools, cryptography, tomllib",
    ) {
        return;
    }
    let exchange = Exchange::start();
    let line = |reference: &str, severity: &str| {
        json!({
            "reference": reference, "bsn": bsn(8), "severity": severity, "month": this_month(), "region": "west",
            "case_reference": format!("zaak-{reference}"),
        })
    };
    let heading = "referentie;bsn;soort;maand;regio;zaaknummer";
    let in_rust = |sender: &str, reference: &str, severity: &str| {
        let text = format!("{reference};{};{severity};{};west;zaak-{reference}", bsn(8), this_month());
        exchange.push_all(sender, heading, &[&text]);
    };
    let pushed = agency(&exchange, "politie-west", &["push"], &[line("p-1", "hard"), line("p-2", "soft")]);
    assert_eq!(accepted(&pushed), 2);
    in_rust("school-west", "s-1", "zacht");
    exchange.two_ticks();
    let alerts = exchange.alerts("zorgcoordinator-west");
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    let signals = alerts[0]["signals"].as_array().unwrap();
    let mut cases: Vec<_> = signals.iter().map(|it| it["case_reference"].as_str().unwrap()).collect();
    cases.sort_unstable();
    // Every details opens, and says what the hub says.
    assert_eq!(cases, ["zaak-p-1", "zaak-p-2", "zaak-s-1"]);
    assert!(signals.iter().all(|it| it.get("details").is_none() && it["counts"] == true), "{signals:#?}");

    // The same record of one agency is the same signal, whichever program sends it.
    in_rust("politie-west", "p-1", "hard");
    assert_eq!(accepted(&agency(&exchange, "school-west", &["push"], &[line("s-1", "soft")])), 1);
    exchange.two_ticks();
    let again = exchange.alerts("zorgcoordinator-west");
    assert_eq!((again.len(), again[0]["signals"].as_array().unwrap().len()), (1, 3), "{again:#?}");

    // It hears the same reasons as everyone, and can end what it began.
    let mut elsewhere = line("p-3", "hard");
    elsewhere["code"] = "Z99".into();
    let refused = agency(&exchange, "politie-west", &["push"], &[elsewhere]);
    assert_eq!((refused.status, &refused.json()["refused"][0]["line"]), (3, &json!(0)), "{refused:?}");
    assert_eq!(accepted(&agency(&exchange, "politie-west", &["withdraw", "p-1", "p-2"], &[])), 2);
    exchange.two_ticks();
    assert!(exchange.alerts("zorgcoordinator-west").is_empty());
    for answer in [pushed, refused] {
        assert!(!answer.err.contains(&bsn(8)) && !answer.out.contains(&bsn(8)));
    }
}
