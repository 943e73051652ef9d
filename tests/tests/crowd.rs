//! Many at once, over real programs: whoever watches is told of every alert once, and of two who race one leads.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use samenloop_client::clock::SystemClock;
use samenloop_client::config::Config;
use samenloop_client::hub::{Hub, HubFault};
use samenloop_client::membership::Membership;
use samenloop_core::case::CaseReference;
use samenloop_core::clock::Clock;
use samenloop_proto::v1;
use samenloop_proto::v1::act_on_alert_request::Act;
use samenloop_tests::{Exchange, bsn, day, hex, this_month, until};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const HEADER: &str = "referentie;bsn;soort;maand;regio;waarneming";
const COORDINATORS: [&str; 2] = ["zorgcoordinator-west", "zorgcoordinator-noord"];

/// Streams at once, of which a hub takes 8 on one connection.
const STREAMS: usize = 1000;
const OF_A_CONNECTION: usize = 8;

/// Alerts that open while the hub is killed, and how often it is.
const WATCHED: u32 = 16;
const KILLS: u32 = 4;

/// Alerts that two coordinators race for, and over how many connections each.
const RACED: u32 = 1000;
const CONNECTIONS: usize = 8;

/// A kit whose hub takes so many connections of one certificate that a crowd fits in them.
fn exchange() -> Exchange {
    let mut exchange = Exchange::kit();
    let config = exchange.kit_directory().join("hub.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("connections_per_key = 64\n{text}")).unwrap();
    exchange.start_hub();
    exchange
}

/// Signals of one agency on some children, which another's in another region make alerts of both.
fn push(exchange: &Exchange, agency: &str, children: impl Iterator<Item = u32>) {
    let (severity, region) = if agency == "coa-noord" { ("hard", "noord") } else { ("zacht", "west") };
    let month = this_month();
    let line = |child| format!("kind-{child};{};{severity};{month};{region};eigen", bsn(child));
    let lines: Vec<_> = children.map(line).collect();
    exchange.push_all(agency, HEADER, &lines.iter().map(String::as_str).collect::<Vec<_>>());
}

/// The hub as a coordinator's own program reaches it, over a connection of its own.
fn hub(kit: &Path, coordinator: &str) -> Hub {
    let config = Config::read(&kit.join(format!("{coordinator}.toml"))).unwrap();
    Hub::new(&Membership::load(config, SystemClock::new().unwrap().today()).unwrap()).unwrap()
}

/// What one stream was told: how often of each alert, and how far it is.
#[derive(Default)]
struct Seen {
    cursor: u64,
    alerts: BTreeMap<Vec<u8>, usize>,
}

/// Watches through any break from its own cursor, as `samenloop alert watch` does.
async fn watch(hub: Hub, seen: Arc<Mutex<Seen>>) {
    loop {
        let cursor = seen.lock().unwrap().cursor;
        match follow(&hub, cursor, &seen).await {
            Err(fault) if fault.may_pass() => tokio::time::sleep(Duration::from_millis(300)).await,
            Err(fault) => panic!("{fault}"),
            Ok(never) => match never {},
        }
    }
}

async fn follow(hub: &Hub, cursor: u64, seen: &Mutex<Seen>) -> Result<std::convert::Infallible, HubFault> {
    let mut news = hub.watch(cursor).await?;
    loop {
        let message = news.next().await?;
        let mut seen = seen.lock().unwrap();
        for alert in message.alerts {
            *seen.alerts.entry(alert.id).or_default() += 1;
        }
        seen.cursor = message.cursor;
    }
}

/// How many streams hold so.
fn count(streams: &[Arc<Mutex<Seen>>], holds: impl Fn(&Seen) -> bool) -> usize {
    streams.iter().filter(|it| holds(&it.lock().unwrap())).count()
}

#[test]
fn a_thousand_who_watch_are_told_of_every_alert_once_while_the_hub_is_killed() {
    let mut exchange = exchange();
    push(&exchange, "school-west", 1..=WATCHED);
    exchange.two_ticks();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let kit = exchange.kit_directory();
    let mut streams = Vec::new();
    for connection in 0..STREAMS / OF_A_CONNECTION {
        let hub = runtime.block_on(async { hub(&kit, COORDINATORS[connection % COORDINATORS.len()]) });
        for _ in 0..OF_A_CONNECTION {
            let seen = Arc::new(Mutex::new(Seen::default()));
            runtime.spawn(watch(hub.clone(), Arc::clone(&seen)));
            streams.push(seen);
        }
    }
    until("every stream has its place", || count(&streams, |it| it.cursor > 0) == STREAMS);

    for kill in 0..KILLS {
        let some = WATCHED / KILLS;
        push(&exchange, "coa-noord", kill * some + 1..=(kill + 1) * some);
        // Before, in and after the tick that files them.
        std::thread::sleep(Duration::from_millis(u64::from(kill) * 350));
        exchange.kill_hub();
        exchange.start_hub();
    }
    let all = WATCHED as usize;
    until("every stream has every alert", || count(&streams, |it| it.alerts.len() == all) == STREAMS);
    exchange.two_ticks();
    let told_twice = count(&streams, |it| it.alerts.values().any(|times| *times != 1));
    assert_eq!((told_twice, count(&streams, |it| it.alerts.len() == all)), (0, STREAMS));
    for (at, coordinator) in COORDINATORS.iter().enumerate() {
        let listed = exchange.alerts(coordinator);
        let listed: BTreeSet<_> = listed.iter().map(|it| it["id"].as_str().unwrap()).collect();
        let seen = streams[at * OF_A_CONNECTION].lock().unwrap();
        let seen: BTreeSet<_> = seen.alerts.keys().map(|id| hex(id)).collect();
        assert!(seen.iter().map(String::as_str).eq(listed), "what was told is what is there");
    }
    runtime.shutdown_background();
}

/// Claims every alert, many at once, and says which it got.
async fn claim_all(hubs: Vec<Hub>, start: Arc<Barrier>) -> BTreeSet<String> {
    let (case, next_check) = (CaseReference::parse("ZHZ-26-117").unwrap(), day(3));
    let mut waiting = hubs[0].alerts(false).await.unwrap().into_iter().zip(hubs.iter().cycle());
    assert_eq!(waiting.size_hint().1, Some(RACED as usize));
    let (mut claiming, mut own) = (JoinSet::new(), BTreeSet::new());
    // Neither begins while the other still reads.
    start.wait().await;
    loop {
        while claiming.len() < hubs.len() * OF_A_CONNECTION
            && let Some((alert, hub)) = waiting.next()
        {
            let (hub, case, next_check) = (hub.clone(), case.clone(), next_check.clone());
            claiming.spawn(async move {
                let id: [u8; 16] = alert.id.try_into().unwrap();
                let claim = v1::ClaimAlert { reason: 1, next_check };
                (hex(&id), hub.act(&id, &case, Act::Claim(claim)).await)
            });
        }
        match claiming.join_next().await {
            Some(claimed) => match claimed.unwrap() {
                (id, Ok(alert)) => {
                    assert_eq!(alert.unwrap().lead, hubs[0].connection().as_str());
                    assert!(own.insert(id), "claimed once");
                }
                (_, Err(HubFault::Refused { reason: v1::Reason::LedByAnother, .. })) => {}
                (_, Err(fault)) => panic!("{fault}"),
            },
            None => return own,
        }
    }
}

#[test]
fn two_coordinators_who_race_for_a_thousand_alerts_own_each_once_and_agree_on_whose_it_is() {
    let exchange = exchange();
    push(&exchange, "school-west", 1..=RACED);
    push(&exchange, "coa-noord", 1..=RACED);
    until("the alerts", || exchange.alerts(COORDINATORS[0]).len() == RACED as usize);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let kit = exchange.kit_directory();
    let own = runtime.block_on(async {
        let hubs = |it| (0..CONNECTIONS).map(|_| hub(&kit, it)).collect();
        let start = Arc::new(Barrier::new(COORDINATORS.len()));
        let [west, noord] = COORDINATORS.map(|it| tokio::spawn(claim_all(hubs(it), Arc::clone(&start))));
        [west.await.unwrap(), noord.await.unwrap()]
    });
    // Ids are another for each recipient, so each is told apart of its own and counted of the other's.
    let [west, noord] = own.each_ref().map(BTreeSet::len);
    assert!(west + noord == RACED as usize && west > 0 && noord > 0, "they raced: {west} and {noord}");
    for (asked, own) in COORDINATORS.iter().zip(&own) {
        let alerts = exchange.alerts(asked);
        let ids = |lead: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
            let led = alerts.iter().filter(|it| lead(it["lead"].as_str().unwrap()));
            led.map(|it| it["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(ids(&|lead| lead == *asked), *own, "{asked} is told what it leads");
        let others = ids(&|lead| COORDINATORS.contains(&lead) && lead != *asked);
        assert_eq!(others.len(), RACED as usize - own.len(), "{asked} is told who leads the others");
    }
}
