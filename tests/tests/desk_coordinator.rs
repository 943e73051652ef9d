//! The desk of a coordinator: real programs, real HTTP, a real hub.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

use std::time::{Duration, Instant};

use samenloop_tests::{Desk, Exchange, Page, Relay, Visitor, bsn, day, encoded, this_month};

const HEADER: &str = "referentie;bsn;code;soort;maand;regio;waarneming;zaaknummer";
const WEST: &str = "zorgcoordinator-west";
const NOORD: &str = "zorgcoordinator-noord";
const NATIONAL: &str = "achtervang-landelijk";

/// Pushes one signal; `what` is its severity, code and observation.
fn signal(exchange: &Exchange, agency: &str, child: u32, what: (&str, &str, &str), case: &str) {
    let (severity, code, observation) = what;
    let region = if agency.ends_with("noord") { "noord" } else { "west" };
    let month = this_month();
    let line = format!("{case};{};{code};{severity};{month};{region};{observation};{case}", bsn(child));
    exchange.push_all(agency, HEADER, &[&line]);
}

/// A soft signal of a school in west and a hard one of `other`.
fn converge(exchange: &Exchange, other: &str, child: u32) {
    signal(exchange, "school-west", child, ("zacht", "", "eigen"), &format!("Z-{child}"));
    signal(exchange, other, child, ("hard", "", "eigen"), &format!("A-{child}"));
}

/// The paths of the alerts on a page, in its order.
fn listed(page: &Page) -> Vec<String> {
    let links = page.body.split("<h3><a href=\"").skip(1);
    links.map(|it| it.split('"').next().unwrap().to_owned()).collect()
}

/// What stands on a page between two texts.
fn between<'p>(page: &'p Page, from: &str, to: &str) -> &'p str {
    let rest = page.body.split_once(from).unwrap_or_else(|| panic!("{from}: {}", page.body)).1;
    rest.split(to).next().unwrap()
}

/// Opens the form of a step and sends it.
fn step(visitor: &mut Visitor, alert: &str, name: &str, fields: &[(&str, &str)]) -> Page {
    let path = format!("{alert}/{name}");
    let form = visitor.get(&path);
    assert_eq!(form.status, 200, "{name}: {}", form.body);
    visitor.send(&form, &path, fields)
}

fn claim(visitor: &mut Visitor, alert: &str) -> Page {
    let fields = [("zaaknummer", "zhz-26-117"), ("reden", "own-region"), ("dag", &*day(3))];
    step(visitor, alert, "oppakken", &fields)
}

fn assert_done(page: &Page, says: &str) {
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(between(page, "id=\"bericht\">", "</div>").contains(says), "{says}: {}", page.body);
}

#[test]
fn an_alert_goes_from_new_over_contact_to_closed() {
    let exchange = Exchange::start();
    converge(&exchange, "politie-west", 1);
    exchange.two_ticks();
    let mut desk = Desk::open(&exchange, WEST);
    let mut visitor = desk.visitor();
    let overview = visitor.get("/");
    let place = |text: &str| overview.body.find(text).unwrap_or_else(|| panic!("{text}: {}", overview.body));
    assert!(
        place("112") < place("0800-2000") && place("0900-8844") < place("<h1>"),
        "the numbers come first"
    );
    assert!(place("id=\"nieuw\"") < place("2 domeinen: Onderwijs; Politie en justitie"));
    let alert = listed(&overview).remove(0);
    let one = visitor.get(&alert);
    for part in ["samenloop-regel/1", "onschuldige verklaring", "Z-1", "A-1", "achtervang", "112", "Telt mee"]
    {
        assert!(one.body.contains(part), "{part}: {}", one.body);
    }
    assert!(!one.body.contains("/sluiten") && !one.body.contains("/contactverzoek"), "{}", one.body);
    assert_done(&claim(&mut visitor, &alert), "u hebt de regie");
    assert_eq!(exchange.alerts(WEST)[0]["claimed"], day(0));

    let asked = step(&mut visitor, &alert, "contactverzoek", &[("wie", "school-west"), ("reden", "explain")]);
    assert_done(&asked, "contactverzoek is verstuurd");
    let overview = visitor.get("/");
    assert!(between(&overview, "id=\"wacht\"", "</section>").contains("nog geen antwoord"));
    let requests = exchange.run("school-west", &["contact", "list", "--json"]).json();
    assert_eq!(requests[0]["coordinator_case_reference"], "ZHZ-26-117");
    let id = requests[0]["id"].as_str().unwrap();
    assert_eq!(exchange.run("school-west", &["contact", "answer", id, "--will-call"]).status, 0);
    let overview = visitor.get("/");
    let own = between(&overview, "id=\"van-u\"", "</section>");
    assert!(own.contains("ZHZ-26-117") && own.contains("(school-west): belt."), "{own}");

    assert!(visitor.get(&format!("{alert}/veiligheidscheck")).body.contains("value=\"ZHZ-26-117\""));
    let fields = [("reden", "checked"), ("dag", &*day(9)), ("zaaknummer", "zhz-26-118")];
    let moved = step(&mut visitor, &alert, "veiligheidscheck", &fields);
    assert_done(&moved, "veiligheidscheck is verzet");
    assert!(moved.body.contains("ZHZ-26-118") && !moved.body.contains("ZHZ-26-117"), "{}", moved.body);
    let confirmed = step(&mut visitor, &alert, "bevestigen", &[("reden", "reporter-recognises")]);
    assert_done(&confirmed, "bevestigd");
    let outcome = [("uitkomst", "help-started"), ("comensha", "awaiting-consent"), ("kind", "known")];
    assert_done(&step(&mut visitor, &alert, "sluiten", &outcome), "gesloten");
    assert!(visitor.get("/").body.contains("Er staat nu niets open"));
    let ended = visitor.get("/eerder");
    assert_eq!(listed(&ended), [alert.as_str()]);
    let one = visitor.get(&alert);
    assert!(one.body.contains("hulp is gestart") && !one.body.contains(&format!("{alert}/")), "{}", one.body);

    // What was opened, and the case, is on pages and nowhere else: no URL, log or file of the desk.
    for secret in ["Z-1", "A-1", "ZHZ-26-117", "zhz-26-117", "zhz-26-118"] {
        assert!(visitor.asked.iter().all(|it| !it.contains(secret)), "{secret}: {:?}", visitor.asked);
        assert!(!desk.told().contains(secret), "{secret}");
    }
}

/// V-14: a judgement of soft signals says who read along; and every missing answer is told at once, beside its field.
#[test]
fn a_form_says_everything_that_is_missing_and_keeps_what_was_filled_in() {
    let exchange = Exchange::start();
    for (agency, case) in [("school-west", "S-1"), ("gemeente-west", "G-1"), ("veilig-thuis-west", "T-1")] {
        signal(&exchange, agency, 1, ("zacht", "", "eigen"), case);
    }
    exchange.two_ticks();
    let mut desk = Desk::open(&exchange, WEST);
    let mut visitor = desk.visitor();
    let alert = listed(&visitor.get("/")).remove(0);
    let refused = step(&mut visitor, &alert, "oppakken", &[("zaaknummer", "Jansen"), ("dag", &day(93))]);
    assert_eq!(refused.status, 422, "{}", refused.body);
    for part in ["href=\"#zaaknummer\"", "href=\"#reden\"", "href=\"#dag\"", "value=\"Jansen\"", &day(93)] {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    assert!(visitor.get(&alert).body.contains("/oppakken"), "nothing was done");
    let path = format!("{alert}/oppakken");
    let fields = [("zaaknummer", "ZHZ-1"), ("reden", "own-region"), ("dag", &*day(92))];
    assert_done(&visitor.send(&refused, &path, &fields), "u hebt de regie");

    for name in ["bevestigen", "niet-gegrond"] {
        let refused = step(&mut visitor, &alert, name, &[("reden", "signals-weighed")]);
        assert!(refused.status == 422 && refused.body.contains("href=\"#meegelezen\""), "{}", refused.body);
    }
    let fields = [("reden", "mistake"), ("meegelezen", "nobody-available")];
    assert_done(&step(&mut visitor, &alert, "niet-gegrond", &fields), "niet gegrond");
    let form = visitor.get(&format!("{alert}/sluiten"));
    assert!(
        form.body.contains("value=\"unfounded\"") && !form.body.contains("help-started"),
        "{}",
        form.body
    );
    let empty = step(&mut visitor, &alert, "sluiten", &[]);
    for field in ["uitkomst", "comensha", "kind"] {
        assert!(empty.body.contains(&format!("href=\"#{field}\"")), "{field}: {}", empty.body);
    }
    for (name, field) in [("contactverzoek", "wie"), ("overdragen", "aan")] {
        let refused = step(&mut visitor, &alert, name, &[("reden", "explain")]);
        assert!(refused.body.contains(&format!("href=\"#{field}\"")), "{}", refused.body);
    }
    let fields = [("aan", NOORD), ("reden", "absence"), ("dag", &*day(5))];
    let handed = step(&mut visitor, &alert, "overdragen", &fields);
    assert_done(&handed, "overgedragen");
    assert!(between(&visitor.get("/"), "id=\"elders\"", "</section>").contains(NOORD));
}

#[test]
fn of_two_desks_at_once_one_leads_and_the_other_reads_who() {
    let exchange = Exchange::start();
    converge(&exchange, "coa-noord", 1);
    exchange.two_ticks();
    let (mut west, mut noord) = (Desk::open(&exchange, WEST), Desk::open(&exchange, NOORD));
    let (mut one, mut other) = (west.visitor(), noord.visitor());
    let (mine, theirs) = (listed(&one.get("/")).remove(0), listed(&other.get("/")).remove(0));
    assert_ne!(mine, theirs, "each has a number of its own");
    let path = format!("{theirs}/oppakken");
    let form = other.get(&path);
    assert_done(&claim(&mut one, &mine), "u hebt de regie");
    let fields = [("zaaknummer", "N-1"), ("reden", "own-region"), ("dag", &*day(3))];
    let late = other.send(&form, &path, &fields);
    assert_eq!(late.status, 409, "{}", late.body);
    assert!(late.body.contains(&format!("({WEST})")), "{}", late.body);
    assert!(!late.body.contains("ZHZ-26-117"), "the case of another is not shown");
    assert_eq!(exchange.alerts(NOORD)[0]["lead"], WEST);
    // A page from before says the same, and the number of another coordinator's alert is nothing here.
    assert_eq!(other.send(&form, &path, &fields).status, 409);
    assert_eq!(other.get(&mine).status, 404);
    assert_eq!(other.get(&format!("{mine}/oppakken")).status, 404);
}

#[test]
fn two_tabs_a_second_press_and_a_borrowed_form_do_nothing_twice() {
    let exchange = Exchange::start();
    converge(&exchange, "politie-west", 1);
    converge(&exchange, "politie-west", 2);
    exchange.two_ticks();
    let mut desk = Desk::open(&exchange, WEST);
    let mut visitor = desk.visitor();
    let [alert, other] = listed(&visitor.get("/")).try_into().unwrap();
    let path = format!("{alert}/oppakken");
    let (first, second) = (visitor.get(&path), visitor.get(&path));
    let fields = [("zaaknummer", "ZHZ-1"), ("reden", "own-region"), ("dag", &*day(3))];
    // The form of one alert is not that of another.
    let borrowed = encoded(first.hidden(&path).iter().map(|(name, value)| (&**name, &**value)).chain(fields));
    let refused = visitor.post(&format!("{other}/oppakken"), &borrowed);
    assert!(refused.status == 409 && refused.body.contains("value=\"ZHZ-1\""), "{}", refused.body);
    assert_eq!(exchange.alerts(WEST).iter().filter(|it| it["state"] == "claimed").count(), 0);
    // It was used by that; what was filled in is still there.
    let again = visitor.send(&first, &path, &fields);
    assert!(again.status == 409 && again.body.contains("value=\"ZHZ-1\""), "{}", again.body);
    assert_done(&visitor.send(&again, &path, &fields), "u hebt de regie");
    assert_eq!(visitor.send(&second, &path, &fields).status, 409, "the other tab");
    for wrong in ["/samenloop/zzz", "/samenloop/0", &format!("{alert}/weg"), "/nieuw", "/mijn"] {
        assert_eq!(visitor.get(wrong).status, 404, "{wrong}");
    }
    let forged = encoded([("bewijs", "x")].into_iter().chain(fields));
    assert_eq!(visitor.post(&format!("{other}/oppakken"), &forged).status, 403);
    let claimed = exchange.alerts(WEST).iter().filter(|it| it["state"] == "claimed").count();
    assert_eq!(claimed, 1);
}

#[test]
fn a_hub_that_is_away_leaves_the_numbers_and_what_was_filled_in() {
    let mut exchange = Exchange::start();
    converge(&exchange, "politie-west", 1);
    exchange.two_ticks();
    let mut desk = Desk::open(&exchange, WEST);
    let mut visitor = desk.visitor();
    let alert = listed(&visitor.get("/")).remove(0);
    let path = format!("{alert}/oppakken");
    let form = visitor.get(&path);
    exchange.stop_hub();
    let overview = visitor.get("/");
    assert!(overview.status == 503 && overview.body.contains("niet bereikbaar"), "{}", overview.body);
    assert!(
        overview.body.contains("0900-8844") && !overview.body.contains("niets open"),
        "{}",
        overview.body
    );
    assert_eq!(visitor.get(&alert).status, 503);
    let fields = [("zaaknummer", "ZHZ-1"), ("reden", "own-region"), ("dag", &*day(3))];
    let mut kept = visitor.send(&form, &path, &fields);
    for _ in 0..2 {
        assert!(kept.status == 503 && kept.body.contains("niet bereikbaar"), "{}", kept.body);
        for (name, value) in fields {
            assert!(kept.hidden(&path).contains(&(name.to_owned(), value.to_owned())), "{}", kept.body);
        }
        kept = visitor.send(&kept, &path, &[]);
    }
    exchange.start_hub();
    assert_done(&visitor.send(&kept, &path, &[]), "u hebt de regie");
    assert_eq!(exchange.alerts(WEST)[0]["own_case_reference"], "ZHZ-1");
}

/// A hub that takes the connection and answers nothing keeps a visitor no longer than a page waits.
#[test]
fn a_hub_that_says_nothing_is_not_waited_for_long() {
    let exchange = Exchange::start();
    let relay = Relay::before(&exchange, WEST);
    let mut desk = Desk::open(&exchange, WEST);
    let mut visitor = desk.visitor();
    assert_eq!(visitor.get("/").status, 200);
    relay.silence();
    let asked = Instant::now();
    let overview = visitor.get("/");
    assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    assert!(overview.status == 503 && overview.body.contains("0900-8844"), "{}", overview.body);
}

/// A hand-over of which the hub's answer is lost: its form, and what the desk says.
fn unsure_hand_over(
    relay: &Relay,
    visitor: &mut Visitor,
    path: &str,
    fields: &[(&str, &str)],
) -> (Page, Page) {
    let form = visitor.get(path);
    // The hub is asked how the alert stands first; what it says to the hand-over gets lost.
    relay.lose_the_answer_after(1);
    let unsure = visitor.send(&form, path, fields);
    assert!(unsure.status == 503 && unsure.body.contains("niet zeker"), "{}", unsure.body);
    (form, unsure)
}

/// Whether the hub did it is not known: the same is sent once more, and what goes by phone is told.
#[test]
fn an_answer_that_is_lost_loses_nothing_of_a_hand_over() {
    let exchange = Exchange::start();
    let relay = Relay::before(&exchange, WEST);
    converge(&exchange, "politie-west", 1);
    exchange.two_ticks();
    let mut desk = Desk::open(&exchange, WEST);
    let mut visitor = desk.visitor();
    let alert = listed(&visitor.get("/")).remove(0);
    assert_done(&claim(&mut visitor, &alert), "u hebt de regie");
    let path = format!("{alert}/overdragen");
    let fields = [("aan", NOORD), ("reden", "absence"), ("dag", &*day(5))];
    let (_, unsure) = unsure_hand_over(&relay, &mut visitor, &path, &fields);
    assert_eq!(exchange.alerts(NOORD)[0]["lead"], NOORD, "it was done");
    let done = visitor.send(&unsure, &path, &[]);
    assert_done(&done, "overgedragen");
    assert_done(&done, "Z-1");
    assert_eq!(visitor.send(&unsure, &path, &[]).status, 409, "once");

    // Of an alert of another region, which then goes out of its sight.
    signal(&exchange, "coa-noord", 2, ("zacht", "", "eigen"), "C-2");
    signal(&exchange, "zorg-noord", 2, ("hard", "", "eigen"), "D-2");
    exchange.two_ticks();
    let id = exchange.alerts(NOORD).iter().find(|it| it["state"] == "new").unwrap()["id"].to_string();
    let id = id.trim_matches('"');
    let claim = ["alert", "claim", id, "--case", "N-1", "--reason", "own-region", "--check", &day(3)];
    let hand_over = ["alert", "handover", id, "--to", WEST, "--reason", "absence", "--check", &day(3)];
    for act in [claim, hand_over] {
        let done = exchange.run(NOORD, &act);
        assert_eq!(done.status, 0, "{done:?}");
    }
    let own = between(&visitor.get("/"), "id=\"van-u\"", "</section>").to_owned();
    let alert = own.split("<h3><a href=\"").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("{alert}/overdragen");
    let fields = [("aan", NATIONAL), ("reden", "expertise"), ("dag", &*day(5))];
    let (form, unsure) = unsure_hand_over(&relay, &mut visitor, &path, &fields);
    let gone = visitor.send(&unsure, &path, &[]);
    assert!(gone.status == 200 && gone.body.contains("niet meer van u"), "{}", gone.body);
    assert!(gone.body.contains("Waarschijnlijk") && gone.body.contains("coa-noord"), "{}", gone.body);
    let late = visitor.send(&form, &path, &fields);
    assert!(late.status == 409 && late.body.contains("niet meer van u"), "{}", late.body);
    assert!(late.body.contains("niets gedaan") && !late.body.contains("coa-noord"), "{}", late.body);
}

/// Who was handed the alert acts before the same is sent once more: what is told is not the opposite of what happened,
/// and what goes by phone is still told.
#[test]
fn a_hand_over_that_was_done_is_not_denied_when_the_new_lead_acted_first() {
    let exchange = Exchange::start();
    let relay = Relay::before(&exchange, WEST);
    converge(&exchange, "politie-west", 1);
    exchange.two_ticks();
    let mut desk = Desk::open(&exchange, WEST);
    let mut visitor = desk.visitor();
    let alert = listed(&visitor.get("/")).remove(0);
    assert_done(&claim(&mut visitor, &alert), "u hebt de regie");
    let path = format!("{alert}/overdragen");
    let fields = [("aan", NOORD), ("reden", "absence"), ("dag", &*day(5))];
    let (_, unsure) = unsure_hand_over(&relay, &mut visitor, &path, &fields);
    let id = exchange.alerts(NOORD)[0]["id"].as_str().unwrap().to_owned();
    let check = ["alert", "check", &id, "--case", "N-1", "--reason", "checked", "--check", &day(9)];
    exchange.done(NOORD, &check);
    let told = visitor.send(&unsure, &path, &[]);
    assert!(told.status == 200 && told.body.contains("Waarschijnlijk is het al gedaan"), "{}", told.body);
    assert!(told.body.contains("Z-1") && !told.body.contains("niets van u gedaan"), "{}", told.body);
}

/// The truth table of the rule (V-12, V-13), as a coordinator sees it.
#[test]
fn the_rules_truth_table_holds_through_the_desk() {
    const SOFT: (&str, &str, &str) = ("zacht", "", "eigen");
    const HARD: (&str, &str, &str) = ("hard", "", "eigen");
    const HEARD: (&str, &str, &str) = ("hard", "", "hearsay:politie-justitie");
    let coded = |code| ("", code, "eigen");
    let table = [
        (vec![("school-west", SOFT), ("gemeente-west", SOFT)], false),
        (vec![("school-west", coded("V11")), ("school-west", coded("V12")), ("gemeente-west", SOFT)], true),
        (vec![("school-west", SOFT), ("school-west", SOFT), ("gemeente-west", SOFT)], false),
        (vec![("school-west", SOFT), ("gemeente-west", SOFT), ("politie-west", SOFT)], true),
        (vec![("school-west", SOFT), ("leerplicht-west", SOFT), ("school-noord", SOFT)], false),
        (vec![("politie-west", HARD), ("school-west", SOFT)], true),
        (vec![("gemeente-west", HARD), ("leerplicht-west", HARD)], false),
        (vec![("politie-west", HARD), ("veilig-thuis-west", HEARD)], false),
        (vec![("school-west", SOFT), ("gemeente-west", SOFT), ("riec-west", HARD)], false),
    ];
    let exchange = Exchange::start();
    for (child, (signals, _)) in (1..).zip(&table) {
        for (at, (agency, what)) in signals.iter().enumerate() {
            signal(&exchange, agency, child, *what, &format!("K{child}-{at}"));
        }
    }
    exchange.two_ticks();
    let mut desk = Desk::open(&exchange, WEST);
    let mut visitor = desk.visitor();
    let alerts = listed(&visitor.get("/"));
    let pages: Vec<_> = alerts.iter().map(|it| visitor.get(it).body).collect();
    for (child, (signals, converges)) in (1..).zip(&table) {
        let first = format!("K{child}-0");
        let shown = pages.iter().filter(|it| it.contains(&first)).count();
        assert_eq!(shown, usize::from(*converges), "row {child}: {signals:?}");
    }
    assert_eq!(pages.len(), 3);
}

#[test]
fn every_page_of_a_coordinator_keeps_to_the_policy_and_speaks_either_language() {
    let exchange = Exchange::start();
    converge(&exchange, "politie-west", 1);
    exchange.two_ticks();
    let mut desk = Desk::open(&exchange, WEST);
    let mut visitor = desk.visitor();
    let alert = listed(&visitor.get("/")).remove(0);
    let mut pages = vec![visitor.get("/"), visitor.get(&alert), visitor.get("/eerder")];
    pages.push(visitor.get("/cijfers"));
    assert!(pages[3].status == 200 && pages[3].body.contains("Doen vandaag niet mee"), "{}", pages[3].body);
    pages.push(visitor.get(&format!("{alert}/oppakken")));
    pages.push(claim(&mut visitor, &alert));
    let policy =
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    for page in &pages {
        assert_eq!(page.header("content-security-policy"), Some(policy));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(!page.body.contains("<script") && !page.body.contains("style=\""), "{}", page.body);
        assert!(!page.body.contains("/nieuw\"") && !page.body.contains("/mijn\""), "{}", page.body);
    }
    let switched = visitor.send(&pages[1], "/taal", &[("taal", "en")]);
    assert_eq!((switched.status, switched.header("location")), (303, Some(&*alert)));
    for path in ["/".to_owned(), alert.clone(), "/cijfers".to_owned(), format!("{alert}/bevestigen")] {
        let page = visitor.get(&path);
        assert!(page.body.contains("<html lang=\"en\">"), "{path}");
        for dutch in ["Samenlopen", "Wat u kunt doen", "Waarom", "Zorgcoördinator:", "Let op", "kwartaal"] {
            assert!(!page.body.contains(dutch), "{path} {dutch}: {}", page.body);
        }
    }
    let outside = visitor.post("/taal", &encoded([("terug", "//evil.example")].into_iter()));
    assert_eq!(outside.status, 403);
}
