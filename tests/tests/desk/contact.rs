//! Contact requests at the desk, from the coordinator who asks to the answer that she reads.

use samenloop_tests::{Desk, Exchange, Page, Visitor, bsn, day, this_month};

const HEADER: &str = "referentie;bsn;soort;maand;regio;waarneming;zaaknummer";
const WEST: &str = "zorgcoordinator-west";

/// A coordinator asks the school to phone about a child; gives the number of her alert.
fn asked(exchange: &Exchange) -> String {
    let line = |severity: &str, case: &str| {
        format!("kind-1;{};{severity};{};west;eigen;{case}", bsn(1), this_month())
    };
    exchange.push_all("school-west", HEADER, &[&line("zacht", "Z-77")]);
    exchange.push_all("politie-west", HEADER, &[&line("hard", "")]);
    exchange.two_ticks();
    let id = exchange.alerts(WEST)[0]["id"].as_str().unwrap().to_owned();
    let claim = ["alert", "claim", &id, "--case", "ZHZ-26-117", "--reason", "own-region", "--check", &day(3)];
    let ask = ["alert", "contact", &id, "--of", "school-west", "--reason", "explain"];
    for act in [&claim[..], &ask] {
        let done = exchange.run(WEST, act);
        assert_eq!(done.status, 0, "{done:?}");
    }
    id
}

fn answer_of(exchange: &Exchange, id: &str) -> String {
    let shown = exchange.run(WEST, &["alert", "show", id, "--json"]).json();
    shown["contacts"][0]["answer"].as_str().unwrap_or_default().to_owned()
}

fn answer(visitor: &mut Visitor, form: &Page, answer: &str, until: &str) -> Page {
    visitor.send(form, "/verzoeken/beantwoord", &[("antwoord", answer), ("tot", until)])
}

#[test]
fn a_contact_request_is_seen_answered_and_answered_anew() {
    let exchange = Exchange::start();
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let none = visitor.get("/verzoeken");
    assert!(none.status == 200 && none.body.contains("zegt niets over een kind"), "{}", none.body);
    assert!(!visitor.get("/").body.contains("uw antwoord"));
    let id = asked(&exchange);
    let start = visitor.get("/");
    assert!(start.body.contains("1 contactverzoek op uw antwoord"), "{}", start.body);
    let waiting = visitor.get("/verzoeken");
    for part in ["Z-77", "ZHZ-26-117", WEST, "uitleg over het signaal", "(1)"] {
        assert!(waiting.body.contains(part), "{part}: {}", waiting.body);
    }
    let form = visitor.send(&waiting, "/verzoeken/antwoord", &[]);
    let empty = answer(&mut visitor, &form, "", "");
    assert!(empty.status == 422 && empty.body.contains("href=\"#antwoord\""), "{}", empty.body);
    let mut form = empty;
    for wrong in ["", "morgen", "31-2-2030", &day(0), &day(-3), &day(93)] {
        form = answer(&mut visitor, &form, "later", wrong);
        assert!(form.status == 422 && form.body.contains("href=\"#tot\""), "{wrong}: {}", form.body);
        assert!(form.body.contains("value=\"later\" checked"), "{wrong}: the choice is kept");
        assert!(form.body.contains(&format!("value=\"{wrong}\"")), "{wrong}: what was typed is kept");
    }
    assert_eq!(answer_of(&exchange, &id), "", "nothing left so far");
    let until = day(10);
    let (year, rest) = until.split_once('-').unwrap();
    let (month, date) = rest.split_once('-').unwrap();
    let sent = answer(&mut visitor, &form, "later", &format!("{date}-{month}-{year}"));
    assert!(sent.status == 200 && sent.body.contains("Niet bereikbaar tot"), "{}", sent.body);
    assert_eq!(answer_of(&exchange, &id), format!("not-available-until:{until}"));
    let twice = answer(&mut visitor, &form, "bellen", "");
    assert!(twice.status == 409 && twice.body.contains("of uw antwoord er staat"), "{}", twice.body);
    assert!(
        twice.body.contains("href=\"/verzoeken\"") && !twice.body.contains("Mijn signalen"),
        "{}",
        twice.body
    );

    assert!(!visitor.get("/").body.contains("uw antwoord."), "it waits no more");
    let answered = visitor.get("/verzoeken");
    assert!(answered.body.contains("Antwoord wijzigen"), "{}", answered.body);
    let form = visitor.send(&answered, "/verzoeken/antwoord", &[]);
    assert!(form.body.contains("value=\"later\" checked"), "{}", form.body);
    let calls = answer(&mut visitor, &form, "bellen", "");
    for part in ["Wij bellen", "ZHZ-26-117", WEST, "Z-77"] {
        assert!(calls.body.contains(part), "{part}: {}", calls.body);
    }
    assert_eq!(answer_of(&exchange, &id), "will-call");
    let answered = visitor.get("/verzoeken");
    let form = visitor.send(&answered, "/verzoeken/antwoord", &[]);
    assert_eq!(answer(&mut visitor, &form, "weg", "").status, 200);
    assert_eq!(answer_of(&exchange, &id), "not-ours");
    assert!(visitor.asked.iter().all(|it| !it.contains(&id)), "no number in a URL: {:?}", visitor.asked);
}

#[test]
fn a_hub_that_is_away_keeps_nobody_from_the_desk_and_loses_no_answer() {
    let mut exchange = Exchange::start();
    let id = asked(&exchange);
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let waiting = visitor.get("/verzoeken");
    let form = visitor.send(&waiting, "/verzoeken/antwoord", &[]);
    exchange.stop_hub();
    let start = visitor.get("/");
    assert!(start.status == 200 && start.body.contains("nu niet te zien"), "{}", start.body);
    let away = visitor.get("/verzoeken");
    assert!(away.status == 503 && away.body.contains("gaat niets verloren"), "{}", away.body);
    assert_eq!(visitor.send(&waiting, "/verzoeken/antwoord", &[]).status, 503);
    let unsent = answer(&mut visitor, &form, "later", &day(5));
    assert!(unsent.status == 503 && unsent.body.contains("niet bereikbaar"), "{}", unsent.body);
    assert!(unsent.body.contains("value=\"later\" checked") && unsent.body.contains(&day(5)));
    exchange.start_hub();
    let sent = answer(&mut visitor, &unsent, "later", &day(5));
    assert_eq!(sent.status, 200, "{}", sent.body);
    assert_eq!(answer_of(&exchange, &id), format!("not-available-until:{}", day(5)));
}

#[test]
fn a_request_that_is_over_is_told_and_another_agency_sees_none() {
    let exchange = Exchange::start();
    let id = asked(&exchange);
    let (mut desk, mut other) = (Desk::open(&exchange, "school-west"), Desk::open(&exchange, "politie-west"));
    let (mut visitor, mut stranger) = (desk.visitor(), other.visitor());
    let waiting = visitor.get("/verzoeken");
    let form = visitor.send(&waiting, "/verzoeken/antwoord", &[]);
    let theirs = stranger.get("/verzoeken");
    assert!(!theirs.body.contains("Z-77") && !theirs.body.contains("ZHZ-26-117"), "{}", theirs.body);
    let number = waiting.hidden("/verzoeken/antwoord")[1].1.clone();
    let proof = stranger.get("/").hidden("/uit")[0].1.clone();
    let probe = stranger.post("/verzoeken/antwoord", &format!("bewijs={proof}&verzoek={number}"));
    assert!(probe.status == 409 && probe.body.contains("er niet meer"), "{}", probe.body);
    let confirm = ["alert", "confirm", &id, "--reason", "signals-weighed"];
    let close = ["--outcome", "help-started", "--comensha", "awaiting-consent", "--child-view", "known"];
    let close = [&["alert", "close", &id][..], &close].concat();
    for act in [&confirm[..], &close] {
        let done = exchange.run(WEST, act);
        assert_eq!(done.status, 0, "{done:?}");
    }
    let over = answer(&mut visitor, &form, "bellen", "");
    assert!(over.status == 409 && over.body.contains("er niet meer"), "{}", over.body);
    assert_eq!(visitor.send(&waiting, "/verzoeken/antwoord", &[]).status, 409);
}
