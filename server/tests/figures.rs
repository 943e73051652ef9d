//! Figures of quarters that are over, over real TLS (V-45): who gets which, and that nobody gets more by asking again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::batches::{act, alerts, batch, hard, manifest, put, reason, signal, submit, withdraw};
use common::{Hub, World, uri};
use samenloop_core::manifest::{ManifestEntries, Role};
use samenloop_core::value::{ConnectionId, Day};
use samenloop_proto::v1::act_on_alert_request::Act;
use samenloop_proto::v1::figure_service_client::FigureServiceClient;
use samenloop_proto::v1::{self, FetchFiguresResponse, FigureRow, FigureTable, Reason};
use tonic::transport::Channel;
use tonic::{Code, Status};

const WEST: &str = "zorgcoordinator-west";
const NOORD: &str = "zorgcoordinator-noord";
/// Played by what the others call the municipality.
const OFFICER: &str = "gemeente-west";

/// The last quarter of 2026, in which the tests' clock stands.
const NOW: u32 = 26 * 4 + 3;

/// A world with a privacy officer, and a manifest that lives into the next quarter.
fn world() -> World {
    let mut world = World::new();
    world.entries.expires = Day::parse("2027-06-30").unwrap();
    let officer = world.entries.connections.iter_mut().find(|it| it.id.as_str() == OFFICER).unwrap();
    (officer.role, officer.details_key, officer.details_key_id) = (Role::PrivacyOfficer, None, None);
    officer.regions.clear();
    world
}

async fn figures(channel: &Channel, quarter: u32) -> Result<FetchFiguresResponse, Status> {
    let request = v1::FetchFiguresRequest { manifest: manifest(), quarter };
    Ok(FigureServiceClient::new(channel.clone()).fetch_figures(request).await?.into_inner())
}

fn in_noord(signal: v1::Signal) -> v1::Signal {
    v1::Signal { region: "noord".to_owned(), details: vec![common::batches::details("noord")], ..signal }
}

/// Twelve children of west and four of noord are signalled by school and police or reception; the coordinator of west
/// closes its twelve alerts.
async fn a_quarter(world: &World, hub: &Hub) {
    let [school, police, coa, west] = [
        world.dial_as(hub, "school-west").await,
        world.dial_as(hub, "politie-west").await,
        world.dial_as(hub, "coa-noord").await,
        world.dial_as(hub, WEST).await,
    ];
    let soft = (1..=12).map(|it| put(signal(it, it))).chain((20..24).map(|it| put(in_noord(signal(it, it)))));
    submit(&school, batch(1, soft.collect())).await.unwrap();
    submit(&police, batch(2, (1..=12).map(|it| put(hard(it, it))).collect())).await.unwrap();
    submit(&coa, batch(3, (20..24).map(|it| put(in_noord(hard(it, it)))).collect())).await.unwrap();
    hub.tick().await;
    let waiting = alerts(&west, false).await;
    assert_eq!(waiting.len(), 12);
    for alert in waiting {
        let claim = v1::ClaimAlert { reason: 1, next_check: "2026-11-25".to_owned() };
        act(&west, &alert.id, Act::Claim(claim)).await.unwrap();
        act(&west, &alert.id, Act::Confirm(v1::ConfirmAlert { reason: 4, reading: 0 })).await.unwrap();
        let outcome = v1::Outcome::HelpStarted.into();
        act(&west, &alert.id, Act::Close(v1::CloseAlert { outcome, registration: 2, view: 1 }))
            .await
            .unwrap();
    }
}

fn row<'a>(told: &'a FetchFiguresResponse, table: FigureTable, region: &str) -> Option<&'a FigureRow> {
    let is_it = |it: &&FigureRow| {
        it.table() == table && it.region == region && it.domain() == v1::Domain::Unspecified
    };
    told.rows.iter().find(is_it)
}

fn total(told: &FetchFiguresResponse, table: FigureTable, region: &str) -> u32 {
    row(told, table, region).map_or(0, |it| *it.counts.last().unwrap())
}

/// V-45: a privacy officer gets all regions, a coordinator its own part of the same, an agency and a stranger nothing.
#[tokio::test]
async fn everybody_gets_a_part_of_the_same_figures_and_an_agency_none() {
    let world = world();
    let hub = world.start();
    a_quarter(&world, &hub).await;
    world.clock.advance_days(45);
    hub.tick().await;
    let [officer, west, noord, school] = [
        world.dial_as(&hub, OFFICER).await,
        world.dial_as(&hub, WEST).await,
        world.dial_as(&hub, NOORD).await,
        world.dial_as(&hub, "school-west").await,
    ];
    let all = figures(&officer, NOW).await.unwrap();
    assert!(all.told);
    for (table, count) in [
        (FigureTable::Filed, 24),
        (FigureTable::Listed, 24),
        (FigureTable::Weighed, 24),
        (FigureTable::Raised, 12),
        (FigureTable::Claimed, 12),
        (FigureTable::Judged, 12),
        (FigureTable::Closed, 12),
    ] {
        assert_eq!(total(&all, table, "west"), count, "{table:?}");
        assert_eq!(total(&all, table, "noord"), 0, "{table:?} of noord is under ten");
    }
    assert!(
        all.rows.iter().all(|it| it.region == "west" || it.region == "noord"),
        "no sum gives noord: {all:?}"
    );
    assert!(all.rows.iter().flat_map(|it| &it.counts).all(|it| *it == 0 || *it >= 10));
    let sent: Vec<_> = all.rows.iter().filter(|it| it.table() == FigureTable::Sent).collect();
    assert_eq!(sent.len(), 4, "that a domain sent anything is told: {sent:?}");

    for (coordinator, region) in [(&west, "west"), (&noord, "noord")] {
        let own = figures(coordinator, NOW).await.unwrap();
        let of_region: Vec<_> = all.rows.iter().filter(|it| it.region == region).cloned().collect();
        assert!(own.told && own.rows == of_region && !own.rows.is_empty(), "{region}: {own:?}");
    }
    // Who is struck out of a region reads its figures no more, also while its own entry still names that region.
    let noord_alone = |entries: &mut ManifestEntries| {
        let region = entries.regions.iter_mut().find(|it| it.id.as_str() == "west").unwrap();
        region.coordinators = vec![ConnectionId::parse(NOORD).unwrap()];
    };
    hub.hub.seat().replace(world.changed(noord_alone));
    assert_eq!(figures(&west, NOW).await.unwrap().rows, []);
    let own = figures(&noord, NOW).await.unwrap();
    assert!(own.rows.iter().any(|it| it.region == "west"), "{own:?}");
    assert_eq!(reason(figures(&school, NOW).await), (Code::PermissionDenied, Reason::OtherRole));
    let stranger = world.ca.mint(&[&uri("vreemde")], "00000009000000000099", |_| ());
    let stranger = world.dial(&hub, &stranger).await;
    assert!(figures(&stranger, NOW).await.is_err());
    hub.hub.stop().await;
}

/// V-45: asking every day shows nothing more; what happens later is of a later quarter.
#[tokio::test]
async fn a_quarter_that_is_over_is_told_the_same_on_every_day() {
    let world = world();
    let hub = world.start();
    let officer = world.dial_as(&hub, OFFICER).await;
    a_quarter(&world, &hub).await;
    for quarter in [NOW, NOW + 1, NOW - 13, 70_000] {
        let refused = figures(&officer, quarter).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{quarter} is not over, or forgotten");
    }
    assert!(figures(&officer, NOW - 1).await.unwrap().rows.is_empty(), "the quarter before was empty");
    world.clock.advance_days(45);
    hub.tick().await;
    let first = figures(&officer, NOW).await.unwrap();
    assert!(!first.rows.is_empty());
    let school = world.dial_as(&hub, "school-west").await;
    for (day, child) in (0..2).zip(30..) {
        submit(&school, batch(10 + day, vec![withdraw(1 + day), put(signal(child, 1 + day))])).await.unwrap();
        world.clock.advance_days(1);
        hub.tick().await;
        assert_eq!(figures(&officer, NOW).await.unwrap(), first, "day {day}");
    }
    world.clock.advance_days(90);
    hub.tick().await;
    assert_eq!(figures(&officer, NOW).await.unwrap(), first, "nor after its alerts were forgotten");
    let next = figures(&officer, NOW + 1).await.unwrap();
    assert!(
        next.told && next.rows.iter().all(|it| it.table() == FigureTable::Sent),
        "two are too few: {next:?}"
    );
    hub.hub.stop().await;
}
