//! Extending an own signal at the desk: the form of a signal once more, for a new judgement.

use samenloop_tests::{Desk, Exchange, Page, Visitor, bsn, encoded, this_month};
use serde_json::Value;

use super::holding;

const HEADER: &str = "referentie;bsn;soort;maand;regio;waarneming;zaaknummer";

/// The month so many before this one.
fn month(back: u32) -> String {
    let (year, month) =
        this_month().split_once('-').map(|(a, b)| (a.parse::<u32>(), b.parse::<u32>())).unwrap();
    let index = year.unwrap() * 12 + month.unwrap() - 1 - back;
    format!("{}-{:02}", index / 12, index % 12 + 1)
}

fn sent(exchange: &Exchange, reference: &str, child: &str, back: u32) {
    let line = format!("{reference};{child};zacht;{};west;eigen;Z-{reference}", month(back));
    exchange.push_all("school-west", HEADER, &[&line]);
}

fn journal(exchange: &Exchange, reference: &str) -> Value {
    exchange.run("school-west", &["signal", "list", reference, "--json"]).json()[0].take()
}

/// Presses the button beside the one signal that is listed.
fn begin(visitor: &mut Visitor) -> Page {
    let mine = visitor.get("/mijn");
    let hidden = mine.hidden("/mijn/intrekken");
    let body = encoded(hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    visitor.post("/mijn/verlengen", &body)
}

fn fill_in(visitor: &mut Visitor, form: &Page, number: &str, is_judged: bool) -> Page {
    let fields = [
        ("soort-nummer", "bsn"),
        ("nummer", number),
        ("soort", "zacht"),
        ("regio", "west"),
        ("waarneming", "eigen"),
        ("bron", ""),
        ("zaaknummer", "Z-holds"),
        ("oordeel", "ja"),
    ];
    let sent = if is_judged { &fields[..] } else { &fields[..7] };
    visitor.send(form, "/nieuw/signaal", sent)
}

#[test]
fn an_own_signal_is_judged_anew_and_extended_under_its_own_reference() {
    let exchange = Exchange::start();
    let child = bsn(1);
    sent(&exchange, "holds", &child, 5);
    let before = journal(&exchange, "holds");
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let form = begin(&mut visitor);
    assert!(form.status == 200 && form.body.contains("value=\"Z-holds\""), "{}", form.body);
    assert!(!form.body.contains("id=\"maand\"") && !form.body.contains(&child), "{}", form.body);
    let unjudged = fill_in(&mut visitor, &form, &child, false);
    assert!(unjudged.status == 422 && unjudged.body.contains("href=\"#oordeel\""), "{}", unjudged.body);
    let last = (child.as_bytes()[8] - b'0' + 1) % 10;
    let typo = format!("{}{last}", &child[..8]);
    let wrong = fill_in(&mut visitor, &unjudged, &typo, true);
    assert!(wrong.status == 422 && wrong.body.contains("Dit BSN klopt niet"), "{}", wrong.body);
    assert!(wrong.body.contains("value=\"ja\" checked") && wrong.body.contains("value=\"zacht\" checked"));
    assert_eq!(journal(&exchange, "holds"), before, "nothing left so far");
    let preview = fill_in(&mut visitor, &wrong, &child, true);
    assert!(preview.status == 200 && !preview.body.contains(&child), "{}", preview.body);
    let change = visitor.send(&preview, "/nieuw/versturen", &[("wijzigen", "ja")]);
    assert!(change.body.contains("Signaal verlengen"), "{}", change.body);
    let preview = fill_in(&mut visitor, &change, &child, true);
    let receipt = visitor.send(&preview, "/nieuw/versturen", &[("versturen", "ja")]);
    assert!(receipt.status == 200 && receipt.body.contains("Uw signaal is verlengd"), "{}", receipt.body);
    let after = journal(&exchange, "holds");
    assert_eq!(after["signal_reference"], before["signal_reference"], "the same signal");
    assert!(after["revision"].as_u64() > before["revision"].as_u64());
    assert!(after["expires"].as_str() > before["expires"].as_str(), "{after}");
    assert_eq!(
        (&after["month"], &after["extendable_until"]),
        (&this_month().into(), &before["extendable_until"])
    );
    // It is one signal to the coordinator as well.
    exchange.push_all("politie-west", HEADER, &[&format!("p;{child};hard;{};west;eigen;", this_month())]);
    exchange.two_ticks();
    let alerts = exchange.alerts("zorgcoordinator-west");
    assert_eq!((alerts.len(), alerts[0]["signals"].as_array().unwrap().len()), (1, 2), "{alerts:#?}");
    // Judged anew at once, it goes no further, and that is said.
    let form = begin(&mut visitor);
    let no_further = fill_in(&mut visitor, &form, &child, true);
    assert!(no_further.status == 422 && no_further.body.contains("brengt het nu niet verder"));
    assert_eq!(journal(&exchange, "holds"), after);
    assert!(visitor.asked.iter().all(|it| !it.contains(&child)) && !desk.told().contains(&child));
    assert_eq!(holding(exchange.scratch(), &child), Vec::<String>::new());
}

#[test]
fn what_was_withdrawn_meanwhile_stays_so_and_a_hub_that_is_away_loses_nothing() {
    let mut exchange = Exchange::start();
    let child = bsn(2);
    sent(&exchange, "holds", &child, 5);
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let form = begin(&mut visitor);
    let preview = fill_in(&mut visitor, &form, &child, true);
    exchange.kill_hub();
    let unsent = visitor.send(&preview, "/nieuw/versturen", &[("versturen", "ja")]);
    assert!(unsent.status == 503 && unsent.body.contains("niet bereikbaar"), "{}", unsent.body);
    exchange.start_hub();
    let other = begin(&mut visitor);
    let withdraw = ["signal", "withdraw", "holds", "--reason", "concern-gone"];
    assert_eq!(exchange.run("school-west", &withdraw).status, 0);
    let withdrawn = journal(&exchange, "holds");
    let refused = visitor.send(&unsent, "/nieuw/versturen", &[("versturen", "ja")]);
    assert!(refused.body.contains("is ingetrokken en blijft dat"), "{}", refused.body);
    let refused = fill_in(&mut visitor, &other, &child, true);
    assert!(
        refused.status == 422 && refused.body.contains("is ingetrokken en blijft dat"),
        "{}",
        refused.body
    );
    assert!(refused.body.contains("value=\"Z-holds\""), "what was filled in is kept");
    let proof = visitor.get("/mijn").hidden("/uit")[0].1.clone();
    let reference = withdrawn["signal_reference"].as_str().unwrap();
    let body = encoded([("bewijs", &*proof), ("kenmerk", reference)].into_iter());
    let over = visitor.post("/mijn/verlengen", &body);
    assert!(over.status == 409 && over.body.contains("is ingetrokken en blijft dat"), "{}", over.body);
    assert_eq!(journal(&exchange, "holds"), withdrawn);
}
