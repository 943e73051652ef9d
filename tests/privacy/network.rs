//! L-01: who sits on the line between an agency and the hub.

use std::collections::BTreeMap;
use std::time::Duration;

use samenloop_tests::{Exchange, Passed, Relay, bsn, this_month};

const HEADER: &str = "referentie;bsn;soort;maand;regio";
/// P-60a.
const STEP: usize = 16 * 1024;
/// Signatures of a handshake are now and then some bytes longer, and what is said at one time or another goes in one or
/// several records of TLS.
const SLACK: usize = 256;

/// Bytes to and from the hub of each connection, in order.
fn volumes(passed: &[Passed]) -> Vec<(usize, usize)> {
    let mut volumes: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    for it in passed {
        let (to, from) = volumes.entry(it.connection).or_default();
        *(if it.is_to_hub { to } else { from }) += it.bytes;
    }
    volumes.into_values().collect()
}

/// Pushes signals of a severity about these children, and gives what the line saw of it.
fn pushed(
    exchange: &Exchange,
    line: &Relay,
    of: (&str, &str),
    children: std::ops::Range<u32>,
) -> (usize, usize) {
    let before = volumes(&line.passed()).len();
    let (sender, severity) = of;
    let one = |it| format!("{sender}-{it};{};{severity};{};west", bsn(it), this_month());
    let lines: Vec<_> = children.map(one).collect();
    exchange.push_all(sender, HEADER, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    volumes(&line.passed())[before..].iter().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
}

fn is_alike(one: usize, other: usize) -> bool {
    one.abs_diff(other) <= SLACK
}

/// L-01: one line or a dozen, of children who converge or are new: one volume. Many lines: steps more.
#[test]
fn an_observer_sees_who_pushed_and_how_many_steps_and_not_what() {
    let exchange = Exchange::start();
    let [school, police] = ["school-west", "politie-west"].map(|it| Relay::before(&exchange, it));
    // The first push of each takes its bearings; what follows is alike.
    pushed(&exchange, &school, ("school-west", "zacht"), 900..901);
    pushed(&exchange, &police, ("politie-west", "hard"), 901..902);
    let of_school =
        [0..12, 100..101, 101..113].map(|it| pushed(&exchange, &school, ("school-west", "zacht"), it));
    exchange.two_ticks();
    // Converging, fresh, converging, pushed again.
    let of_police = [0..12, 500..512, 100..112, 0..1, 0..12]
        .map(|it| pushed(&exchange, &police, ("politie-west", "hard"), it));
    exchange.two_ticks();
    assert_eq!(exchange.alerts("zorgcoordinator-west").len(), 24);
    for seen in [&of_school[..], &of_police] {
        let (to, from) = seen[0];
        assert!(seen.iter().all(|it| is_alike(it.0, to) && is_alike(it.1, from)), "{seen:?}");
        assert_eq!(seen.iter().map(|it| it.0 / STEP).collect::<Vec<_>>(), vec![1; seen.len()]);
    }
    // What is learned: whose push, how often, and steps. The same look tells a large push from a small one.
    let (large, _) = pushed(&exchange, &school, ("school-west", "zacht"), 200..300);
    assert!(large / STEP > 1, "{large}");
    let (school, police) = (volumes(&school.passed()), volumes(&police.passed()));
    let pushes = |of: &[(usize, usize)]| of.iter().filter(|it| it.0 >= STEP).count();
    assert_eq!((pushes(&school), pushes(&police)), (5, 6));
}

/// Bytes that came from the hub at once: a beat of the tick each.
fn beats(passed: &[Passed]) -> Vec<usize> {
    let mut beats: Vec<(std::time::Instant, usize)> = Vec::new();
    for it in passed.iter().filter(|it| !it.is_to_hub) {
        match beats.last_mut() {
            Some((last, bytes)) if it.when - *last < Duration::from_millis(400) => {
                (*last, *bytes) = (it.when, *bytes + it.bytes);
            }
            _ => beats.push((it.when, it.bytes)),
        }
    }
    beats.into_iter().map(|it| it.1).collect()
}

/// L-01: a message of each tick, of one size whether it tells of an alert or of nothing.
#[test]
fn an_observer_of_a_watch_does_not_see_whether_a_tick_had_news() {
    let exchange = Exchange::start();
    let line = Relay::before(&exchange, "zorgcoordinator-west");
    let watch = exchange.begin("zorgcoordinator-west", &["alert", "watch", "--json"]);
    let begun = exchange.kit_directory().join("zorgcoordinator-west/journal.cursor");
    exchange.until("the watch to begin", |_| begun.exists());
    let push = |children: std::ops::Range<u32>| {
        for (sender, severity) in [("school-west", "zacht"), ("politie-west", "hard")] {
            let one = |it| format!("{sender}-{it};{};{severity};{};west", bsn(it), this_month());
            let lines: Vec<_> = children.clone().map(one).collect();
            exchange.push_all(sender, HEADER, &lines.iter().map(String::as_str).collect::<Vec<_>>());
        }
        exchange.two_ticks();
        exchange.two_ticks();
    };
    push(0..3);
    let quiet = beats(&line.passed());
    push(100..130);
    let busy = beats(&line.passed()).split_off(quiet.len());
    let told = watch.interrupted();
    assert_eq!(told.out.lines().count(), 33, "{told:?}");
    // The first has the handshake in it, the last may be cut.
    let quiet = &quiet[1..quiet.len() - 1];
    assert!(quiet.len() >= 3 && quiet.iter().all(|it| is_alike(*it, quiet[0])), "{quiet:?}");
    assert!(quiet[0] >= STEP && quiet[0] < 2 * STEP, "{quiet:?}");
    assert!(busy.iter().any(|it| *it >= 2 * STEP), "many alerts at once are steps more: {busy:?}");
}
