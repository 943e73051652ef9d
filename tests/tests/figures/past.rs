//! A quarter that is over in the database of a kit: its agencies pushed and its coordinator closed alerts, each over its
//! own TLS, at a hub whose clock stood in that quarter.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use samenloop_client::alert::Coordinator;
use samenloop_client::clock::SystemClock;
use samenloop_client::config::Config;
use samenloop_client::hub::Hub;
use samenloop_client::input::{Reader, Source};
use samenloop_client::journal::Journal;
use samenloop_client::membership::Membership;
use samenloop_client::push::{Observer, Push, Totals};
use samenloop_client::refusal::Refusal;
use samenloop_client::remark::Remark;
use samenloop_core::alert::{Act, Deed};
use samenloop_core::case::{
    CaseReference, ChildView, ClaimReason, ClosedList as _, ConfirmReason, Outcome, Registration,
    UnfoundedReason,
};
use samenloop_core::clock::Clock;
use samenloop_core::value::{Day, Month};
use samenloop_server::clock::AmsterdamClock;
use samenloop_server::config::HubConfig;
use samenloop_server::{HubParts, Outgoing, ProcessingLogs, RunningHub, Seat, papers};
use samenloop_store::sled::{SledOptions, SledStore};
use samenloop_tests::{Exchange, bsn};

/// Children of west whose alerts are closed, and how many of those as unfounded.
pub(crate) const CLOSED: u32 = 24;
pub(crate) const UNFOUNDED: u32 = 12;

/// Children of noord, too few for a figure.
const FEW: u32 = 4;

/// A clock that tells the time and, of every day, this one.
struct Earlier(Day);

impl Clock for Earlier {
    fn unix_seconds(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
    }

    fn today(&self) -> Day {
        self.0
    }
}

struct NothingRefused;

impl Observer for NothingRefused {
    fn refused(&mut self, line: u64, refusal: &Refusal) {
        panic!("line {line}: {}", refusal.name());
    }
    fn remarked(&mut self, _: u64, _: Remark) {}
    fn progress(&mut self, _: &Totals) {}
    fn waiting(&mut self) {}
}

/// The middle of the quarter before this one.
fn earlier() -> Day {
    let now = SystemClock::new().unwrap().today().quarter();
    Day::new(Month::from_index(now * 3 - 2).unwrap(), 15).unwrap()
}

/// Fills the quarter before this one, while no hub runs; gives its name.
pub(crate) fn a_quarter(exchange: &Exchange) -> String {
    let day = earlier();
    tokio::runtime::Runtime::new().unwrap().block_on(fill(exchange, day));
    format!("{}-Q{}", day.month().year(), day.quarter() % 4 + 1)
}

async fn fill(exchange: &Exchange, day: Day) {
    let config = HubConfig::load(&exchange.kit_directory().join("hub.toml")).unwrap();
    let papers = papers::read(&config, &AmsterdamClock::new().unwrap(), true).unwrap();
    let store = Arc::new(
        SledStore::open(SledOptions {
            data: config.data().to_owned(),
            secrets: config.secrets().to_owned(),
            exchange: papers.manifest.exchange().to_owned(),
            cache_bytes: config.cache_bytes(),
        })
        .unwrap(),
    );
    let parts = HubParts {
        seat: Arc::new(Seat::new(papers.manifest)),
        archive: None,
        taxonomy: samenloop_manifest::taxonomy(),
        tls: papers.tls,
        receipts: Arc::new(papers.receipts),
        clock: Arc::new(Earlier(day)),
        store: Arc::clone(&store),
        heads: None,
        outgoing: Outgoing::default(),
        processing: ProcessingLogs::default(),
        limits: config.limits(),
    };
    let hub = RunningHub::start(parts, std::net::TcpListener::bind(config.listen()).unwrap()).unwrap();
    let few = CLOSED + 1..=CLOSED + FEW;
    for (agency, region, severity, children) in [
        ("school-west", "west", "zacht", 1..=CLOSED),
        ("politie-west", "west", "hard", 1..=CLOSED),
        ("school-noord", "noord", "zacht", few.clone()),
        ("coa-noord", "noord", "hard", few),
    ] {
        push(exchange, agency, day, &lines(day, region, severity, children)).await;
    }
    let mut ticks = hub.ticks();
    for _ in 0..2 {
        ticks.mark_unchanged();
        tokio::time::timeout(Duration::from_secs(20), ticks.changed()).await.unwrap().unwrap();
    }
    close_all(exchange, day).await;
    hub.stop().await;
    store.close().await.unwrap();
}

fn lines(day: Day, region: &str, severity: &str, children: std::ops::RangeInclusive<u32>) -> String {
    let line = |it| format!("kind-{it};{};{severity};{};{region}\n", bsn(it), day.month());
    ["referentie;bsn;soort;maand;regio\n".to_owned()].into_iter().chain(children.map(line)).collect()
}

fn membership(exchange: &Exchange, connection: &str) -> Membership {
    let config = Config::read(&exchange.kit_directory().join(format!("{connection}.toml"))).unwrap();
    Membership::load(config, SystemClock::new().unwrap().today()).unwrap()
}

async fn push(exchange: &Exchange, agency: &str, day: Day, file: &str) {
    let membership = membership(exchange, agency);
    let mut journal = Journal::open(membership.config().journal(), day).unwrap();
    let keys = Arc::new(membership.agency(day).unwrap());
    let source = Source::stream(std::io::Cursor::new(file.as_bytes().to_vec())).unwrap();
    let hub = Hub::new(&membership).unwrap();
    let (journal, observer, clock) = (&mut journal, &mut NothingRefused, &Earlier(day));
    let push = Push { hub: &hub, journal, clock, observer, wait: Duration::ZERO };
    let pushed = push.file(keys, Reader::new(source).unwrap(), |_, _| ()).await;
    pushed.map_err(|(_, fault)| fault).unwrap();
}

async fn close_all(exchange: &Exchange, day: Day) {
    let membership = membership(exchange, "zorgcoordinator-west");
    let coordinator = Coordinator::new(&membership).unwrap();
    let alerts = coordinator.alerts(false).await.unwrap();
    assert_eq!(alerts.len(), CLOSED as usize);
    let (registration, view) = (Registration::No, ChildView::Known);
    for (at, alert) in (0..).zip(alerts) {
        let claim = Deed::Claim { reason: ClaimReason::OwnRegion, next_check: day.plus_days(3) };
        let (judged, outcome) = if at < UNFOUNDED {
            let reason = UnfoundedReason::InnocentExplanation;
            (Deed::Unfounded { reason, reading: None }, Outcome::Unfounded)
        } else {
            let reason = ConfirmReason::ALL[0];
            (Deed::Confirm { reason, reading: None }, Outcome::HelpStarted)
        };
        for deed in [claim, judged, Deed::Close { outcome, registration, view }] {
            let case = CaseReference::parse("ZHZ-26-117").unwrap();
            assert!(coordinator.act(&alert, &Act { case, deed }).await.unwrap().is_some());
        }
    }
}
