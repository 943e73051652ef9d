//! Rights of a child over real TLS, where a day passes when a test says so: who may not, too late, too often, and with a
//! clock that was set back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::time::{Duration, Instant};

use common::batches::{manifest, reason};
use common::{Hub, World, uri};
use samenloop_audit::{EntryKind, Log};
use samenloop_core::clock::Clock as _;
use samenloop_core::fixture::place;
use samenloop_core::manifest::{Connection, ManifestEntries, Organisation, Role};
use samenloop_core::value::{ConnectionId, Day, OrganisationId};
use samenloop_proto::v1::rights_service_client::RightsServiceClient;
use samenloop_proto::v1::{
    self, AskRightsRequest, DecideRightsRequest, FetchRightsRequest, FetchRightsResponse,
    ListRightsRequestsRequest, Reason, RightsKind, RightsRequest, Verdict,
};
use samenloop_store::{RightsDeed, RightsStep, Store as _};
use tonic::transport::Channel;
use tonic::{Code, Status};

const POINT: &str = "contactpunt";
const COLLEAGUE: &str = "contactpunt-balie";
const OFFICER: &str = "fg";

/// The exchange with a contact point, its colleague and a privacy officer of another organisation.
fn world() -> World {
    let mut world = World::new();
    for (id, of, role, oin) in [
        (POINT, "contactpunt", Role::ContactPoint, "00000009000000000091"),
        (COLLEAGUE, "contactpunt", Role::ContactPoint, "00000009000000000091"),
        (OFFICER, "fg", Role::PrivacyOfficer, "00000009000000000092"),
    ] {
        let minted = world.ca.mint(&[&uri(id)], oin, |_| ());
        let organisation = OrganisationId::parse(of).unwrap();
        let some = world.entries.connections[0].clone();
        world.entries.connections.push(Connection {
            id: ConnectionId::parse(id).unwrap(),
            organisation: organisation.clone(),
            oin: oin.to_owned(),
            role,
            certificate_keys: vec![minted.spki_hash()],
            ..some
        });
        if id != COLLEAGUE {
            let name = of.to_owned();
            world.entries.organisations.push(Organisation { id: organisation, name, oin: oin.to_owned() });
        }
        world.clients.push((id.to_owned(), minted));
    }
    world
}

async fn dial(world: &World, hub: &Hub, id: &str) -> RightsServiceClient<Channel> {
    RightsServiceClient::new(world.dial_as(hub, id).await)
}

async fn ask(
    at: &mut RightsServiceClient<Channel>,
    kind: RightsKind,
    epoch: u32,
) -> Result<RightsRequest, Status> {
    let pseudonym = v1::Pseudonym { scheme: 1, epoch, kind: 1, value: vec![9; 32] };
    let request = AskRightsRequest { manifest: manifest(), kind: kind.into(), pseudonyms: vec![pseudonym] };
    Ok(at.ask_rights(request).await?.into_inner().request.unwrap())
}

async fn release(at: &mut RightsServiceClient<Channel>, id: &[u8]) -> Result<RightsRequest, Status> {
    let verdict = Verdict::Release.into();
    let request = DecideRightsRequest { manifest: manifest(), id: id.to_vec(), verdict, reason: 0 };
    Ok(at.decide_rights(request).await?.into_inner().request.unwrap())
}

async fn fetch(at: &mut RightsServiceClient<Channel>, id: &[u8]) -> FetchRightsResponse {
    let request = FetchRightsRequest { manifest: manifest(), id: id.to_vec() };
    at.fetch_rights(request).await.unwrap().into_inner()
}

async fn list(at: &mut RightsServiceClient<Channel>) -> Vec<RightsRequest> {
    let request = ListRightsRequestsRequest { manifest: manifest() };
    at.list_rights_requests(request).await.unwrap().into_inner().requests
}

async fn entries(hub: &Hub, kind: EntryKind) -> usize {
    let logged = hub.store.audit(|it| it.since(Log::Case, 0, usize::MAX)).await.unwrap();
    logged.iter().filter(|it| it.entry.kind == kind).count()
}

/// V-30: neither the requester nor a colleague decides, whatever certificate each has.
#[tokio::test]
async fn nobody_of_the_organisation_that_asked_decides() {
    let world = world();
    let hub = world.start();
    let (mut point, mut officer) = (dial(&world, &hub, POINT).await, dial(&world, &hub, OFFICER).await);
    let asked = ask(&mut point, RightsKind::Erase, 1).await.unwrap();
    for id in [POINT, COLLEAGUE] {
        let refused = release(&mut dial(&world, &hub, id).await, &asked.id).await;
        assert_eq!(reason(refused), (Code::PermissionDenied, Reason::SameOrganisation), "{id}");
    }
    assert_eq!(list(&mut officer).await, std::slice::from_ref(&asked), "nothing changed");
    assert_eq!(entries(&hub, EntryKind::RightsRefused).await, 2);
    assert!(release(&mut officer, &asked.id).await.is_ok());
    // Nor does another contact point fetch what came of it.
    let request = FetchRightsRequest { manifest: manifest(), id: asked.id.clone() };
    let fetched = dial(&world, &hub, COLLEAGUE).await.fetch_rights(request).await;
    assert_eq!(reason(fetched), (Code::NotFound, Reason::UnknownRequest));
    hub.hub.stop().await;
}

/// V-30: after the days for it nobody decides, and whoever asked finds it so.
#[tokio::test]
async fn a_request_that_nobody_decides_on_lapses() {
    let mut world = world();
    // Under a manifest that has expired nothing lapses: the clock may be ahead.
    world.entries.expires = Day::parse("2027-01-31").unwrap();
    let hub = world.start();
    let (mut point, mut officer) = (dial(&world, &hub, POINT).await, dial(&world, &hub, OFFICER).await);
    let asked = ask(&mut point, RightsKind::Access, 1).await.unwrap();
    assert_eq!((asked.until.as_str(), asked.lapsed), ("2026-12-13", false));
    world.clock.advance_days(22);
    let refused = release(&mut officer, &asked.id).await;
    assert_eq!(reason(refused), (Code::FailedPrecondition, Reason::Late));
    hub.tick().await;
    let fetched = fetch(&mut point, &asked.id).await.request.unwrap();
    assert_eq!((fetched.lapsed, fetched.answered.as_str()), (true, ""));
    assert_eq!(entries(&hub, EntryKind::RightsLapsed).await, 1);
    // Asked anew it goes on.
    let again = ask(&mut point, RightsKind::Access, 1).await.unwrap();
    assert!(release(&mut officer, &again.id).await.is_ok());
    hub.hub.stop().await;
}

/// V-32: a clock that is a year back refuses with a reason of its own, and loses nothing.
#[tokio::test]
async fn a_clock_set_back_a_year_loses_no_request() {
    let world = world();
    let hub = world.start();
    let (mut point, mut officer) = (dial(&world, &hub, POINT).await, dial(&world, &hub, OFFICER).await);
    let asked = ask(&mut point, RightsKind::Access, 1).await.unwrap();
    world.clock.set_back_days(365);
    for refused in [ask(&mut point, RightsKind::Restrict, 1).await, release(&mut officer, &asked.id).await] {
        assert_eq!(reason(refused), (Code::Unavailable, Reason::Clock));
    }
    hub.tick().await;
    assert_eq!(list(&mut officer).await.len(), 1);
    assert_eq!(entries(&hub, EntryKind::RightsRefused).await, 2);
    world.clock.advance_days(365);
    assert!(release(&mut officer, &asked.id).await.is_ok());
    // From Sunday to Wednesday: until then "in behandeling", with one size.
    for _ in 0..3 {
        hub.tick().await;
        let waiting = fetch(&mut point, &asked.id).await;
        assert_eq!(waiting.request.as_ref().unwrap().answered, "");
        assert_eq!(prost::Message::encoded_len(&waiting), 32 * 1024);
        world.clock.advance_days(1);
    }
    hub.tick().await;
    let answered = fetch(&mut point, &asked.id).await;
    assert_eq!(answered.request.as_ref().unwrap().answered, "2026-11-25");
    assert_eq!(prost::Message::encoded_len(&answered), 32 * 1024);
    hub.hub.stop().await;
}

/// V-30: a pseudonym of an epoch that is gone, as an old sealed request holds it.
#[tokio::test]
async fn a_pseudonym_of_a_destroyed_epoch_is_refused() {
    let world = world();
    let hub = world.start();
    let mut point = dial(&world, &hub, POINT).await;
    let refused = ask(&mut point, RightsKind::Access, 9).await;
    assert_eq!(reason(refused), (Code::FailedPrecondition, Reason::EpochNotLive));
    assert_eq!(list(&mut point).await, []);
    assert_eq!(entries(&hub, EntryKind::RightsRefused).await, 1);
    hub.hub.stop().await;
}

/// A contact point that is struck out asks and fetches nothing more; what it asked for a child is not lost by that.
#[tokio::test]
async fn what_a_contact_point_asked_outlives_it() {
    let world = world();
    let hub = world.start();
    let (mut point, mut officer) = (dial(&world, &hub, POINT).await, dial(&world, &hub, OFFICER).await);
    let asked = ask(&mut point, RightsKind::Erase, 1).await.unwrap();
    let without = |entries: &mut ManifestEntries| entries.connections.retain(|it| it.id.as_str() != POINT);
    hub.hub.seat().replace(world.changed(without));
    let refused = ask(&mut point, RightsKind::Access, 1).await;
    assert_eq!(reason(refused), (Code::Unauthenticated, Reason::NotTakingPart));
    assert!(release(&mut officer, &asked.id).await.is_ok());
    world.clock.advance_days(3);
    hub.tick().await;
    assert_eq!(list(&mut officer).await[0].answered, "2026-11-25");
    assert_eq!(entries(&hub, EntryKind::RightsErased).await, 1);
    hub.hub.stop().await;
}

/// P-64: a municipality has agencies and a privacy officer. What it asks and decides, refused or not, takes whole beats, so that
/// it tells nothing of what a tick has to write, and adds one entry a beat to the case log.
#[tokio::test]
async fn what_waits_for_the_writer_is_answered_on_a_beat() {
    let world = world();
    let hub = world.start();
    let (mut point, mut officer) = (dial(&world, &hub, POINT).await, dial(&world, &hub, OFFICER).await);
    let beat = Duration::from_secs(1);
    let begun = Instant::now();
    let asked = ask(&mut point, RightsKind::Access, 1).await.unwrap();
    assert!(begun.elapsed() >= beat, "asking: {:?}", begun.elapsed());
    let begun = Instant::now();
    let refused = release(&mut officer, &[7; 16]).await;
    assert_eq!(reason(refused), (Code::NotFound, Reason::UnknownRequest));
    assert!(begun.elapsed() >= beat, "deciding on nothing: {:?}", begun.elapsed());
    release(&mut officer, &asked.id).await.unwrap();
    // What is in memory is told at once.
    let begun = Instant::now();
    assert_eq!(list(&mut officer).await.len(), 1);
    assert_eq!(fetch(&mut point, &asked.id).await.request.unwrap().answered, "");
    assert!(begun.elapsed() < beat, "{:?}", begun.elapsed());
    world.clock.advance_days(3);
    hub.tick().await;
    let begun = Instant::now();
    assert_eq!(fetch(&mut point, &asked.id).await.request.unwrap().answered, "2026-11-25");
    assert!(begun.elapsed() >= beat, "reading an answer: {:?}", begun.elapsed());
    hub.hub.stop().await;
}

/// V-30: a contact point has so many requests in 30 days, whatever it asks and whatever is found.
#[tokio::test]
async fn a_rights_request_is_no_way_to_look_children_up() {
    let world = world();
    let hub = world.start();
    let mut point = dial(&world, &hub, POINT).await;
    let deed =
        || RightsDeed::Ask { kind: samenloop_core::rights::RightsKind::Access, places: vec![place(1, 1, 9)] };
    for _ in 0..100 {
        let (by, manifest) = (ConnectionId::parse(POINT).unwrap(), hub.hub.seat().current());
        let step = RightsStep { by, manifest, today: world.clock.today(), deed: deed() };
        hub.store.rights(step).await.unwrap().unwrap();
    }
    let refused = ask(&mut point, RightsKind::Access, 1).await;
    assert_eq!(reason(refused), (Code::ResourceExhausted, Reason::Quota));
    // Its colleague has an allowance of its own, and the next month there is another.
    assert!(ask(&mut dial(&world, &hub, COLLEAGUE).await, RightsKind::Access, 1).await.is_ok());
    world.clock.advance_days(29);
    assert!(ask(&mut point, RightsKind::Access, 1).await.is_ok());
    hub.hub.stop().await;
}
