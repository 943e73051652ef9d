//! What `verify` says of a store that nobody ticked or swept for a year: how much of what is past its term, and since
//! which month (V-20, V-21, V-24). And that nothing of it is left once the hub serves again.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use samenloop_core::alert::{Act, Alert, Deed, Reader};
use samenloop_core::batch::{Arrival, Line};
use samenloop_core::case::{
    self, CaseReference, ChildView, ClaimReason, ConfirmReason, ContactReason, Registration,
};
use samenloop_core::fixture::{self, Draft, connection, day, month, place, reference};
use samenloop_core::manifest::{Connection, Manifest, ManifestEntries, Organisation, Role};
use samenloop_core::rights::{RightsKind, Verdict};
use samenloop_core::value::{Day, OrganisationId, Place};
use samenloop_store::sled::{SledOptions, SledStore, TermOf, VerifyReport};
use samenloop_store::{RightsDeed, RightsStep, Scope, Step, Store, Tick};

/// The fixture's exchange, in which a contact point and a privacy officer take part, for years.
fn manifest() -> Arc<Manifest> {
    let mut entries = ManifestEntries { expires: day("2029-12-31"), ..fixture::entries() };
    let some = entries.connections[0].clone();
    for (id, role, oin) in [("contactpunt", Role::ContactPoint, 91), ("fg", Role::PrivacyOfficer, 92)] {
        let organisation = Organisation {
            id: OrganisationId::parse(id).unwrap(),
            oin: format!("00000009{oin:012}"),
            name: id.to_owned(),
        };
        let (organisation_id, oin) = (organisation.id.clone(), organisation.oin.clone());
        entries.organisations.push(organisation);
        let of = Connection { id: connection(id), organisation: organisation_id, oin, role, ..some.clone() };
        entries.connections.push(of);
    }
    entries.connections.iter_mut().for_each(|it| it.valid_until = day("2030-12-31"));
    Arc::new(Manifest::new(entries).unwrap())
}

fn child(number: u64) -> Vec<Place> {
    vec![place(1, fixture::KIND, number)]
}

struct Bench {
    store: SledStore,
    manifest: Arc<Manifest>,
    today: Day,
}

impl Bench {
    async fn send(&self, from: &str, lines: Vec<Line>) {
        self.store.admit(Arrival::new(connection(from), self.today, lines)).await.unwrap();
    }

    fn moment(&self) -> Tick {
        Tick { manifest: Arc::clone(&self.manifest), today: self.today }
    }

    async fn tick(&self) {
        let tick = self.moment();
        self.store.file(|| tick).await.unwrap();
    }

    async fn open(&self) -> Vec<Alert> {
        self.store.alerts(&Reader::Hub, Scope::Open).await.unwrap()
    }

    async fn act(&self, alert: &Alert, deed: Deed) {
        let act = Act { case: CaseReference::parse("ZHZ-26-117").unwrap(), deed };
        let by = connection("zorgcoordinator-west");
        let deed = samenloop_store::Deed::Act(act);
        let step = Step { by, manifest: Arc::clone(&self.manifest), today: self.today, deed };
        self.store.act(alert.id(), step).await.unwrap().unwrap();
    }

    async fn rights(&self, by: &str, deed: RightsDeed) -> samenloop_core::rights::RightsRequest {
        let (manifest, today) = (Arc::clone(&self.manifest), self.today);
        self.store.rights(RightsStep { by: connection(by), manifest, today, deed }).await.unwrap().unwrap()
    }
}

/// On 22 November 2026: an alert that is closed with an outcome and on which somebody was asked to phone, one that lapsed,
/// a signal that was withdrawn, a child that rests, and letters that nobody takes.
async fn kept(options: &SledOptions) {
    let mut bench = Bench {
        store: SledStore::open(options.clone()).unwrap(),
        manifest: manifest(),
        today: fixture::today(),
    };
    let until = |it| Draft { expiry: month("2026-12"), ..Draft::soft(it) };
    bench.send("politie-west", vec![Draft::hard(1).put(child(1)), Draft::hard(2).put(child(2))]).await;
    bench.send("school-west", vec![until(1).put(child(1)), until(2).put(child(2))]).await;
    bench.tick().await;
    let open = bench.open().await;
    let of = |number| {
        open.iter().find(|it| it.signals().iter().any(|it| it.signal().reference() == reference(number)))
    };
    let closed = of(1).unwrap();
    let next_check = bench.today.plus_days(3);
    bench.act(closed, Deed::Claim { reason: ClaimReason::OwnRegion, next_check }).await;
    let of = [connection("school-west")].into();
    bench.act(closed, Deed::AskContact { of, reason: ContactReason::Explain }).await;
    bench.act(closed, Deed::Confirm { reason: ConfirmReason::SignalsWeighed, reading: None }).await;
    let (registration, view) = (Registration::No, ChildView::Known);
    bench.act(closed, Deed::Close { outcome: case::Outcome::HelpStarted, registration, view }).await;
    bench.send("school-west", vec![Line::Withdraw(reference(2))]).await;
    bench.tick().await;
    assert!(bench.open().await.is_empty());
    let asked =
        bench.rights("contactpunt", RightsDeed::Ask { kind: RightsKind::Restrict, places: child(3) }).await;
    let release = RightsDeed::Decide { request: asked.id, verdict: Verdict::Release, reason: None };
    bench.rights("fg", release).await;
    while bench.today.weekday() != 3 {
        bench.today = bench.today.plus_days(1);
    }
    assert_eq!(bench.store.answer_requests(bench.moment(), bench.manifest.expires()).await.unwrap().len(), 1);
}

fn told(report: &VerifyReport) -> Vec<(TermOf, String, u64)> {
    report.expired.each().map(|(what, since, many)| (what, since.to_string(), many)).collect()
}

/// V-20, V-21, V-24: every sort of thing that is kept has a term, and what outlived it is told, by sort and month.
#[tokio::test(flavor = "multi_thread")]
async fn verify_tells_what_outlived_its_term_and_the_hub_leaves_nothing_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions::below(directory.path(), "zhz");
    kept(&options).await;
    let fresh = SledStore::verify(&options, fixture::today()).unwrap();
    assert_eq!(told(&fresh), []);
    assert!(fresh.to_string().contains("\n0 expired rows\n"), "{fresh}");
    let spring = SledStore::verify(&options, day("2027-04-01")).unwrap();
    use TermOf as T;
    let of = |what| told(&spring).into_iter().find(|it| it.0 == what).map(|it| it.1);
    for what in [T::ListedSignals, T::ContactRequests] {
        assert_eq!(of(what).as_deref(), Some("2027-02"), "92 days after 22 November: {spring}");
    }
    let late = day("2028-12-01");
    let report = SledStore::verify(&options, late).unwrap();
    let all = told(&report);
    let many = |what, since: &str| all.iter().find(|it| (it.0, &it.1[..]) == (what, since)).map(|it| it.2);
    assert_eq!(many(T::Rows, "2026-12"), Some(1), "{report}");
    assert_eq!(many(T::References, "2026-12"), Some(2), "a tombstone among them: {report}");
    assert_eq!(many(T::Counts, "2026-12"), Some(1), "{report}");
    assert_eq!(many(T::Alerts, "2026-12"), Some(1), "lapsed on 22 November: {report}");
    assert_eq!(many(T::Alerts, "2027-11"), Some(1), "closed with an outcome on that day: {report}");
    assert_eq!(many(T::RightsRequests, "2027-01"), Some(1), "{report}");
    assert_eq!(many(T::Restrictions, "2027-02"), Some(1), "{report}");
    assert!(report.expired.of(T::Letters) > 0, "{report}");
    let text = report.to_string();
    assert!(text.contains("to be gone since 2026-12: 2 references"), "{text}");

    let bench = Bench { store: SledStore::open(options.clone()).unwrap(), manifest: manifest(), today: late };
    bench.tick().await;
    bench.store.sweep(late).await.unwrap().unwrap();
    bench.store.answer_requests(bench.moment(), bench.manifest.expires()).await.unwrap();
    let letters = bench.store.outbox(&bench.manifest, late).await.unwrap();
    // As the dispatcher does with what it cannot deliver any more.
    let gone = letters.iter().filter(|it| it.ends() < late).map(|it| (it.id, samenloop_store::Fate::Gone));
    bench.store.dispatched(gone.collect());
    bench.store.close().await.unwrap();
    drop(bench);
    assert_eq!(told(&SledStore::verify(&options, late).unwrap()), []);
}
