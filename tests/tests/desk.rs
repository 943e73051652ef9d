//! The desk, from its login link to a coordinator's alert: real programs, real HTTP, a real hub.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

#[path = "desk/contact.rs"]
mod contact;
#[path = "desk/extension.rs"]
mod extension;

use std::path::Path;

use samenloop_tests::{Desk, Exchange, Page, Visitor, bsn, encoded, this_month};

/// Goes from the start to the empty form, not acute and without a code.
fn to_form(visitor: &mut Visitor) -> Page {
    let danger = visitor.get("/nieuw");
    let questions = visitor.send(&danger, "/nieuw/gevaar", &[("gevaar", "nee")]);
    let codes = visitor.send(&questions, "/nieuw/vragen", &[]);
    visitor.send(&codes, "/nieuw/code", &[("zonder", "ja")])
}

/// Fills in the form; what is named in `other` instead of the usual.
fn fill_in(visitor: &mut Visitor, form: &Page, number: &str, other: &[(&str, &str)]) -> Page {
    let month = this_month();
    let usual = [
        ("soort-nummer", "bsn"),
        ("nummer", number),
        ("soort", "hard"),
        ("maand", &month),
        ("regio", "west"),
        ("waarneming", "eigen"),
        ("bron", ""),
        ("zaaknummer", "Z-2026-17"),
    ];
    let value = |name| other.iter().find(|(it, _)| *it == name).map(|(_, value)| *value);
    let fields: Vec<_> =
        usual.into_iter().map(|(name, usual)| (name, value(name).unwrap_or(usual))).collect();
    visitor.send(form, "/nieuw/signaal", &fields)
}

/// Every file below a directory that holds a text, as bytes.
fn holding(directory: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            if bytes.windows(text.len()).any(|it| it == text.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn a_signal_of_the_desk_converges_and_reaches_the_coordinator() {
    let exchange = Exchange::start();
    let child = bsn(1);
    let header = "referentie;bsn;soort;maand;regio";
    exchange.push_all("politie-west", header, &[&format!("p-1;{child};zacht;{};west", this_month())]);
    // Sample files of the kit hold children of their own.
    assert!(holding(&exchange.kit_directory(), &child).is_empty());
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let start = visitor.get("/");
    let (call, title) = (start.body.find("112").unwrap(), start.body.find("<h1>").unwrap());
    assert!(call < title && start.body.contains("0800-2000") && start.body.contains("0900-8844"));
    let form = to_form(&mut visitor);
    let preview = fill_in(&mut visitor, &form, &child, &[]);
    assert_eq!(preview.status, 200, "{}", preview.body);
    assert!(preview.body.contains("Z-2026-17") && preview.body.contains("West"));
    assert_eq!(exchange.run("school-west", &["signal", "list", "--json"]).json(), serde_json::json!([]));
    let receipt = visitor.send(&preview, "/nieuw/versturen", &[("versturen", "ja")]);
    assert_eq!(receipt.status, 200, "{}", receipt.body);
    exchange.two_ticks();
    let alerts = exchange.alerts("zorgcoordinator-west");
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    // The case reference was sealed to the coordinator, who reads it.
    assert!(alerts[0].to_string().contains("Z-2026-17"), "{alerts:#?}");
    let own = exchange.run("school-west", &["signal", "list", "--json"]).json();
    assert!(receipt.body.contains(own[0]["signal_reference"].as_str().unwrap()), "{own}");

    let mine = visitor.get("/mijn");
    assert!(mine.body.contains("Z-2026-17"));
    let sure = visitor.send(&mine, "/mijn/intrekken", &[]);
    let withdrawn = visitor.send(&sure, "/mijn/ingetrokken", &[("reden", "mistake")]);
    assert_eq!(withdrawn.status, 200, "{}", withdrawn.body);
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 0, "it lapses");
    let mine = visitor.get("/mijn");
    assert!(!mine.body.contains("/mijn/intrekken"), "{}", mine.body);

    // The number is in what was posted, and nowhere else: no URL, page, log, journal or database.
    assert!(visitor.asked.iter().all(|it| !it.contains(&child)), "{:?}", visitor.asked);
    assert!(visitor.seen.iter().all(|it| !it.contains(&child)));
    assert!(!desk.told().contains(&child));
    assert_eq!(holding(exchange.scratch(), &child), Vec::<String>::new());
}

#[test]
fn the_number_comes_back_in_the_form_being_filled_in_and_in_no_later_page() {
    let exchange = Exchange::kit();
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let child = bsn(2);
    let form = to_form(&mut visitor);
    assert!(!form.body.contains(&child));
    let again = fill_in(&mut visitor, &form, &child, &[("soort", "")]);
    assert_eq!(again.status, 422);
    assert!(again.body.contains(&format!("value=\"{child}\"")) && again.body.contains("href=\"#soort\""));
    let held = fill_in(&mut visitor, &again, &child, &[("zaaknummer", &format!("kind {child}"))]);
    assert!(held.status == 422 && held.body.contains("href=\"#zaaknummer\""), "{}", held.body);
    let preview = fill_in(&mut visitor, &held, &child, &[]);
    assert!(preview.status == 200 && !preview.body.contains(&child), "{}", preview.body);
    let change = visitor.send(&preview, "/nieuw/versturen", &[("wijzigen", "ja")]);
    assert!(change.body.contains("value=\"Z-2026-17\"") && !change.body.contains(&child));
    for page in ["/", "/mijn", "/nieuw"] {
        assert!(!visitor.get(page).body.contains(&child), "{page}");
    }
    assert_eq!(holding(exchange.scratch(), &child), Vec::<String>::new());
}

#[test]
fn two_tabs_and_a_second_press_send_one_signal() {
    let exchange = Exchange::start();
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let form = to_form(&mut visitor);
    let preview = fill_in(&mut visitor, &form, &bsn(3), &[]);
    // The form, from a second tab that showed it as well.
    let second = fill_in(&mut visitor, &form, &bsn(3), &[]);
    assert!(second.status == 409 && second.body.contains("al gebruikt"), "{}", second.body);
    let mut tab = visitor.clone();
    let other = preview.clone();
    let press = std::thread::spawn(move || tab.send(&other, "/nieuw/versturen", &[("versturen", "ja")]));
    let pressed = visitor.send(&preview, "/nieuw/versturen", &[("versturen", "ja")]);
    let mut statuses = [pressed.status, press.join().unwrap().status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(visitor.send(&preview, "/nieuw/versturen", &[]).status, 409, "a page from before");
    let own = exchange.run("school-west", &["signal", "list", "--json"]).json();
    assert_eq!(own.as_array().unwrap().len(), 1);
}

#[test]
fn a_hub_that_is_away_loses_nothing_and_gets_the_signal_once() {
    let mut exchange = Exchange::kit();
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let form = to_form(&mut visitor);
    let preview = fill_in(&mut visitor, &form, &bsn(4), &[]);
    let unsent = visitor.send(&preview, "/nieuw/versturen", &[("versturen", "ja")]);
    assert!(unsent.status == 503 && unsent.body.contains("niet bereikbaar"), "{}", unsent.body);
    exchange.start_hub();
    let sent = visitor.send(&unsent, "/nieuw/versturen", &[("versturen", "ja")]);
    assert_eq!(sent.status, 200, "{}", sent.body);
    let own = exchange.run("school-west", &["signal", "list", "--json"]).json();
    assert_eq!(own.as_array().unwrap().len(), 1);
}

#[test]
fn a_login_link_works_once_and_lets_nobody_else_in() {
    let exchange = Exchange::kit();
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    assert_eq!(visitor.get("/").status, 200);
    let mut second = Visitor { cookie: String::new(), ..visitor.clone() };
    for path in [visitor.login.clone(), "/in/".to_owned() + &"0".repeat(64), "/in/".to_owned()] {
        let stale = second.get(&path);
        assert!([401, 403].contains(&stale.status) && second.cookie.is_empty(), "{path}: {}", stale.body);
    }
    let cookie = visitor.cookie.clone();
    let (name, value) = cookie.split_once('=').unwrap();
    let wrong = ["", "a=b", &format!("{name}="), &format!("{name}=0{}", &value[1..]), &format!("x={value}")];
    for cookie in wrong.iter().filter(|it| **it != visitor.cookie) {
        second.cookie = (*cookie).to_owned();
        for page in ["/", "/nieuw", "/mijn", "/verzoeken", "/weg"] {
            let answer = second.get(page);
            assert!(answer.status == 401 && answer.body.contains("niet aangemeld"), "{cookie} {page}");
        }
    }
    let start = visitor.get("/");
    assert_eq!(visitor.send(&start, "/uit", &[]).status, 200);
    assert_eq!(visitor.get("/").status, 401, "the session has ended");
    assert_eq!(desk.visitor().get("/").status, 200, "by a new link");
}

#[test]
fn a_request_by_another_name_or_to_another_address_is_turned_away() {
    let exchange = Exchange::kit();
    let mut desk = Desk::open(&exchange, "school-west");
    let link = desk.link();
    let mut visitor = Visitor::outside(&link);
    let (login, port) = (visitor.login.clone(), visitor.host.split_once(':').unwrap().1.to_owned());
    for host in ["evil.example", &format!("localhost:{port}"), &format!("evil.example:{port}"), "127.0.0.1"] {
        for path in [login.as_str(), "/", "/desk.css"] {
            let answer = visitor.ask("GET", path, &[("Host", host)], "");
            assert!(answer.status == 421 && visitor.cookie.is_empty(), "{host} {path}");
        }
    }
    assert_eq!(visitor.get(&login).status, 303, "the link was not used up");
    // Another address of loopback, as an address of the network would be.
    assert!(std::net::TcpStream::connect(format!("127.0.0.2:{port}")).is_err());
}

#[test]
fn a_forged_form_is_refused_and_changes_nothing() {
    const KIND: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
    let exchange = Exchange::kit();
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let start = visitor.get("/");
    let hidden = start.hidden("/uit");
    let proof = hidden[0].1.as_str();
    let own = format!("http://{}", visitor.host);
    let good = encoded([("bewijs", proof)].into_iter());
    let wrong = encoded([("bewijs", &*proof.replace(&proof[..1], "x"))].into_iter());
    let other_port = format!("{own}1");
    for (case, headers, body) in [
        ("no proof", vec![("Origin", &*own), KIND], ""),
        ("wrong proof", vec![("Origin", &*own), KIND], &*wrong),
        ("no origin", vec![KIND], &*good),
        ("other origin", vec![("Origin", "http://evil.example"), KIND], &*good),
        ("other port", vec![("Origin", &*other_port), KIND], &*good),
        ("null origin", vec![("Origin", "null"), KIND], &*good),
        ("text", vec![("Origin", &*own), ("Content-Type", "text/plain")], &*good),
        ("no type", vec![("Origin", &*own)], &*good),
    ] {
        for path in [
            "/uit",
            "/nieuw/versturen",
            "/mijn/ingetrokken",
            "/mijn/verlengen",
            "/verzoeken/beantwoord",
            "/taal",
        ] {
            let answer = visitor.ask("POST", path, &headers, body);
            assert_eq!(answer.status, 403, "{case} {path}");
        }
    }
    let outside = Visitor { cookie: String::new(), ..visitor.clone() }.post("/uit", &good);
    assert_eq!(outside.status, 401, "without the cookie");
    assert_eq!(visitor.ask("GET", "/uit", &[], "").status, 405);
    assert_eq!(visitor.ask("DELETE", "/mijn", &[], "").status, 405);
    assert_eq!(visitor.get("/").status, 200, "nobody was logged out");
    assert!(visitor.get("/").body.contains("lang=\"nl\""));
}

#[test]
fn a_form_that_is_too_long_is_refused() {
    let exchange = Exchange::kit();
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let form = to_form(&mut visitor);
    let long = "x".repeat(20_000);
    let answer = visitor.send(&form, "/nieuw/signaal", &[("zaaknummer", &long)]);
    assert_eq!(answer.status, 413, "{}", answer.body);
    assert!(!answer.body.contains("xxxx"));
    assert_eq!(fill_in(&mut visitor, &form, &bsn(5), &[]).status, 200, "the draft is still there");
}

#[test]
fn every_answer_carries_the_headers_that_keep_it() {
    let exchange = Exchange::kit();
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = Visitor::outside(&desk.link());
    let login = visitor.login.clone();
    let mut answers = vec![visitor.get("/"), visitor.ask("GET", "/", &[("Host", "evil.example")], "")];
    let entered = visitor.get(&login);
    let cookie = entered.header("set-cookie").unwrap().to_owned();
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "{cookie}");
    answers.push(entered);
    for path in ["/", "/desk.css", "/nieuw", "/mijn", "/verzoeken", "/weg", &login, "/in/a/b"] {
        answers.push(visitor.get(path));
    }
    answers.push(visitor.post("/uit", ""));
    answers.push(to_form(&mut visitor));
    let policy =
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    for answer in answers {
        assert_eq!(answer.header("content-security-policy"), Some(policy), "{}", answer.body);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        assert!(!answer.body.contains("<script") && !answer.body.contains("style=\""), "{}", answer.body);
        assert!(!answer.body.contains("https://"), "{}", answer.body);
    }
}

/// V-15: who says acute gets the numbers before anything else, and no further before somebody called.
#[test]
fn acute_danger_gets_the_numbers_first_and_no_further_until_somebody_called() {
    let exchange = Exchange::kit();
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let danger = visitor.get("/nieuw");
    assert_eq!(visitor.send(&danger, "/nieuw/gevaar", &[]).status, 422);
    let acute = visitor.send(&danger, "/nieuw/gevaar", &[("gevaar", "ja")]);
    let place = |text| acute.body.find(text).unwrap();
    assert!(place("112") < place("0800-2000") && place("0800-2000") < place("0900-8844"));
    assert!(place("0900-8844") < place("action=\"/nieuw/gevaar\""));
    let refused = visitor.send(&acute, "/nieuw/gevaar", &[]);
    assert!(refused.status == 422 && refused.body.contains("href=\"#gevolgd\""), "{}", refused.body);
    let questions = visitor.send(&refused, "/nieuw/gevaar", &[("gevolgd", "ja")]);
    assert_eq!(questions.body.matches("<fieldset").count(), 10);
    // No answer can leave: the questions are in no form.
    let form = questions.body.find("action=\"/nieuw/vragen\"").unwrap();
    assert!(questions.body.rfind("type=\"radio\"").unwrap() < form);
    assert!(questions.body.find("type=\"radio\"").unwrap() > questions.body.rfind("</header>").unwrap());
    let codes = visitor.send(&questions, "/nieuw/vragen", &[]);
    let found = visitor.send(&codes, "/nieuw/code", &[("zoeken", "ja"), ("zoek", "schoolverzuim")]);
    assert!(found.body.contains("value=\"I07\"") && !found.body.contains("value=\"V03\""));
    let form = visitor.send(&found, "/nieuw/code", &[("code", "I07"), ("verder", "ja")]);
    let preview = fill_in(&mut visitor, &form, &bsn(6), &[("soort", "")]);
    assert!(preview.status == 200 && preview.body.contains("I07"), "{}", preview.body);
    assert!(preview.body.to_lowercase().contains("acuut"));
}

#[test]
fn codes_are_offered_to_who_may_send_them_and_the_desk_to_who_signals() {
    let exchange = Exchange::kit();
    let mut desk = Desk::open(&exchange, "school-noord");
    let mut visitor = desk.visitor();
    let danger = visitor.get("/nieuw");
    let questions = visitor.send(&danger, "/nieuw/gevaar", &[("gevaar", "nee")]);
    let form = visitor.send(&questions, "/nieuw/vragen", &[]);
    assert!(form.body.contains("action=\"/nieuw/signaal\"") && !form.body.contains("/nieuw/code"));
    let refused = exchange.run("fg", &["desk"]);
    assert!(refused.status == 1 && refused.out.is_empty() && !refused.err.is_empty(), "{refused:?}");
}

#[test]
fn the_other_language_is_one_press_away_on_every_page_after() {
    let exchange = Exchange::kit();
    let mut desk = Desk::open(&exchange, "school-west");
    let mut visitor = desk.visitor();
    let start = visitor.get("/");
    assert!(start.body.contains("<html lang=\"nl\">"));
    let switched = visitor.send(&start, "/taal", &[("taal", "en")]);
    assert_eq!((switched.status, switched.header("location")), (303, Some("/")));
    for path in ["/", "/nieuw", "/mijn", "/verzoeken", "/weg"] {
        assert!(visitor.get(path).body.contains("<html lang=\"en\">"), "{path}");
    }
}
