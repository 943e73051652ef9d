//! What a manifest may not say as a whole: each contradiction is refused, and the fixture is not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use samenloop_core::fixture::{connection, day, entries, region};
use samenloop_core::manifest::{
    Connection, EpochEntry, EpochState, Manifest, ManifestEntries, ManifestFault, Organisation, Role,
};
use samenloop_core::value::{Domain, Epoch};

/// The fault of the fixture after a change.
fn fault(change: impl FnOnce(&mut ManifestEntries)) -> ManifestFault {
    let mut entries = entries();
    change(&mut entries);
    Manifest::new(entries).unwrap_err()
}

fn of<'a>(entries: &'a mut ManifestEntries, id: &str) -> &'a mut Connection {
    entries.connections.iter_mut().find(|it| it.id == connection(id)).unwrap()
}

fn epoch(number: u32, state: EpochState) -> EpochEntry {
    EpochEntry { epoch: Epoch::new(number), state }
}

fn unknown(whose: &str, what: &str) -> ManifestFault {
    ManifestFault::Unknown { whose: whose.to_owned(), what: what.to_owned() }
}

#[test]
fn the_fixture_is_whole() {
    let manifest = Manifest::new(entries()).unwrap();
    assert_eq!(manifest.active_epoch(), Epoch::new(1));
    assert_eq!(manifest.coordinators_of(&region("west")).count(), 1);
    assert!(manifest.is_current(day("2026-12-20")));
    assert!(!manifest.is_current(day("2026-12-21")));
}

#[test]
fn exactly_one_epoch_is_active() {
    assert_eq!(fault(|it| it.epochs.clear()), ManifestFault::Epochs { active: 0, overlap: 0 });
    assert_eq!(
        fault(|it| it.epochs.push(epoch(2, EpochState::Active))),
        ManifestFault::Epochs { active: 2, overlap: 0 }
    );
    assert_eq!(
        fault(|it| it.epochs = vec![epoch(1, EpochState::Overlap { until: day("2026-12-20") })]),
        ManifestFault::Epochs { active: 0, overlap: 1 }
    );
}

#[test]
fn at_most_one_epoch_overlaps() {
    let two = [
        epoch(2, EpochState::Overlap { until: day("2026-12-20") }),
        epoch(3, EpochState::Overlap { until: day("2026-12-20") }),
    ];
    assert_eq!(fault(|it| it.epochs.extend(two)), ManifestFault::Epochs { active: 1, overlap: 2 });
    let mut whole = entries();
    whole.epochs.push(epoch(2, EpochState::Overlap { until: day("2026-12-20") }));
    whole.epochs.extend(
        (3..7)
            .zip([EpochState::Announced, EpochState::Retired, EpochState::Destroyed])
            .map(|(number, state)| epoch(number, state)),
    );
    let manifest = Manifest::new(whole).unwrap();
    assert_eq!(manifest.live_epochs(day("2026-12-20")).collect::<Vec<_>>(), [Epoch::new(1), Epoch::new(2)]);
    assert_eq!(manifest.live_epochs(day("2026-12-21")).collect::<Vec<_>>(), [Epoch::new(1)]);
}

#[test]
fn nothing_is_entered_twice() {
    let twice = |name: &str| ManifestFault::Twice(name.to_owned());
    assert_eq!(fault(|it| it.epochs.push(epoch(1, EpochState::Retired))), twice("1"));
    assert_eq!(fault(|it| it.connections.push(of(&mut entries(), "coa-noord").clone())), twice("coa-noord"));
    assert_eq!(fault(|it| it.regions.push(entries().regions[0].clone())), twice("west"));
    assert_eq!(fault(|it| it.organisations.push(entries().organisations[0].clone())), twice("school-west"));
}

#[test]
fn a_rule_below_two_is_refused() {
    let bound = ManifestFault::Bound("the rule asks for 2 domains, 2 organisations and 2 pairs at least");
    assert_eq!(fault(|it| it.rule.domains = 1), bound);
    assert_eq!(fault(|it| it.rule.organisations = 1), bound);
    assert_eq!(fault(|it| it.rule.pairs_with_hard = 1), bound);
    assert_eq!(fault(|it| it.rule.pairs = 1), bound, "all soft never needs less than one hard");
}

#[test]
fn a_tick_and_an_exchange_have_their_bounds() {
    let tick = ManifestFault::Bound("a tick is 1 to 3600 seconds");
    assert_eq!(fault(|it| it.tick_seconds = 0), tick);
    assert_eq!(fault(|it| it.tick_seconds = 3601), tick);
    let exchange = ManifestFault::Bound("the exchange has a label of 1 to 64 bytes");
    assert_eq!(fault(|it| it.exchange.clear()), exchange);
    assert_eq!(fault(|it| it.exchange = "x".repeat(65)), exchange);
}

#[test]
fn one_organisation_does_not_signal_and_coordinate() {
    let school = entries().organisations[0].clone();
    let Organisation { id, oin, .. } = school.clone();
    let clash = fault(|it| {
        let coordinator = of(it, "zorgcoordinator-west");
        coordinator.organisation = id.clone();
        coordinator.oin = oin.clone();
    });
    assert_eq!(clash, ManifestFault::SignalsAndCoordinates(school.id));
}

#[test]
fn a_connection_names_an_organisation_with_its_own_oin_and_regions_that_exist() {
    let nobody = samenloop_core::value::OrganisationId::parse("nobody").unwrap();
    assert_eq!(fault(|it| of(it, "coa-noord").organisation = nobody), unknown("coa-noord", "nobody"));
    assert_eq!(
        fault(|it| of(it, "coa-noord").oin = "0".repeat(20)),
        unknown("coa-noord", "an OIN"),
        "the OIN is that of the organisation"
    );
    assert_eq!(fault(|it| of(it, "coa-noord").regions.push(region("zuid"))), unknown("coa-noord", "zuid"));
}

#[test]
fn a_connection_has_what_its_role_needs() {
    let incomplete = |id: &str| ManifestFault::Incomplete(connection(id));
    assert_eq!(fault(|it| of(it, "coa-noord").kinds.clear()), incomplete("coa-noord"));
    assert_eq!(fault(|it| of(it, "coa-noord").regions.clear()), incomplete("coa-noord"));
    for id in ["coa-noord", "zorgcoordinator-west"] {
        assert_eq!(
            fault(|it| {
                of(it, id).details_key = None;
                of(it, id).details_key_id = None;
            }),
            incomplete(id)
        );
        assert_eq!(fault(|it| of(it, id).details_key_id = None), incomplete(id), "a key has its id");
    }
    assert_eq!(
        fault(|it| of(it, "zorgcoordinator-west").regions.clear()),
        incomplete("zorgcoordinator-west")
    );
}

/// P-70: under these names the audit logs tell of the hub and of its operator.
#[test]
fn no_connection_has_a_name_that_the_logs_use() {
    for name in ["hub", "operator"] {
        let renamed = fault(|it| of(it, "coa-noord").id = connection(name));
        assert_eq!(renamed, ManifestFault::Reserved(connection(name)));
    }
}

#[test]
fn a_region_has_one_or_two_coordinators_and_somebody_to_call() {
    let of_west = ManifestFault::Region(region("west"));
    assert_eq!(fault(|it| it.regions[0].coordinators.clear()), of_west);
    assert_eq!(
        fault(|it| it.regions[0].coordinators = vec![connection("zorgcoordinator-west"); 3]),
        of_west,
        "details are sealed to two at most"
    );
    assert_eq!(fault(|it| it.regions[0].acute_numbers.clear()), of_west);
}

#[test]
fn a_region_is_coordinated_by_coordinators() {
    assert_eq!(
        fault(|it| it.regions[0].coordinators = vec![connection("zorgcoordinator-zuid")]),
        unknown("west", "zorgcoordinator-zuid")
    );
    assert_eq!(
        fault(|it| it.regions[0].coordinators = vec![connection("coa-noord")]),
        unknown("west", "coa-noord"),
        "who signals does not read"
    );
    assert_eq!(fault(|it| it.regions[0].fallback = connection("coa-noord")), unknown("west", "coa-noord"));
}

#[test]
fn only_an_agency_has_a_domain() {
    let manifest = Manifest::new(entries()).unwrap();
    assert_eq!(manifest.connection(&connection("coa-noord")).unwrap().domain(), Some(Domain::Asielketen));
    assert_eq!(manifest.connection(&connection("zorgcoordinator-west")).unwrap().domain(), None);
    assert_eq!(manifest.connection(&connection("zorgcoordinator-west")).unwrap().role, Role::Coordinator);
}
