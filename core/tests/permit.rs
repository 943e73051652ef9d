//! Who gets a permit: nobody without a connection, a key, a ground and the role.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use samenloop_core::fixture::{connection, day, entries, today};
use samenloop_core::manifest::{Connection, Manifest, ManifestEntries, Role};
use samenloop_core::permit::{
    Administer, AskRights, DecideRights, Identity, Permit, PermitRefusal, ReadAlerts, Submit, TakePart,
};

fn identity(of: &Connection) -> Identity {
    Identity { connection: of.id.clone(), oin: of.oin.clone(), certificate_key: of.certificate_keys[0] }
}

/// The fixture with `school-west` changed.
fn school(change: impl FnOnce(&mut Connection)) -> ManifestEntries {
    let mut entries = entries();
    change(entries.connections.iter_mut().find(|it| it.id == connection("school-west")).unwrap());
    entries
}

/// V-40: no ground, no agreement, or a date that has passed, and nothing is taken.
#[test]
fn only_an_agency_that_takes_part_gets_a_permit() {
    let refused = |entries: ManifestEntries, caller: &Identity| {
        Permit::<Submit>::of(&Manifest::new(entries).unwrap(), caller, today()).map(|_| ()).unwrap_err()
    };
    let of = |id: &str| identity(entries().connections.iter().find(|it| it.id == connection(id)).unwrap());
    let caller = of("school-west");
    for other in [
        Identity { certificate_key: [99; 32], ..caller.clone() },
        Identity { oin: of("coa-noord").oin, ..caller.clone() },
        Identity { connection: connection("school-zuid"), ..caller.clone() },
    ] {
        assert_eq!(refused(entries(), &other), PermitRefusal::NotTakingPart);
    }
    assert_eq!(refused(entries(), &of("zorgcoordinator-west")), PermitRefusal::OtherRole);
    assert_eq!(refused(school(|it| it.legal_basis.clear()), &caller), PermitRefusal::NotValid);
    assert_eq!(refused(school(|it| it.agreement.clear()), &caller), PermitRefusal::NotValid);
    assert_eq!(refused(school(|it| it.valid_until = day("2026-11-21")), &caller), PermitRefusal::NotValid);
    for role in [Role::ContactPoint, Role::PrivacyOfficer, Role::Administrator] {
        assert_eq!(refused(school(|it| it.role = role), &caller), PermitRefusal::OtherRole);
    }
}

/// V-10: police may signal, never read.
#[test]
fn only_a_coordinator_reads_alerts_and_also_under_an_expired_manifest() {
    let manifest = Manifest::new(ManifestEntries { expires: day("2026-11-21"), ..entries() }).unwrap();
    let read = |id: &str| {
        let caller = identity(manifest.connection(&connection(id)).unwrap());
        Permit::<ReadAlerts>::of(&manifest, &caller, today()).map(|it| it.connection().id.clone())
    };
    assert_eq!(read("zorgcoordinator-west"), Ok(connection("zorgcoordinator-west")));
    assert_eq!(read("politie-west"), Err(PermitRefusal::OtherRole));
}

/// V-30: a contact point asks; it and a privacy officer decide, and nobody else sees a request.
#[test]
fn contact_points_ask_and_with_privacy_officers_decide() {
    for (role, asks, decides) in [
        (Role::ContactPoint, true, true),
        (Role::PrivacyOfficer, false, true),
        (Role::Administrator, false, false),
    ] {
        let manifest = Manifest::new(school(|it| it.role = role)).unwrap();
        let caller = identity(manifest.connection(&connection("school-west")).unwrap());
        assert_eq!(Permit::<AskRights>::of(&manifest, &caller, today()).is_ok(), asks, "{role:?}");
        assert_eq!(Permit::<DecideRights>::of(&manifest, &caller, today()).is_ok(), decides, "{role:?}");
    }
    let manifest = Manifest::new(entries()).unwrap();
    for id in ["school-west", "zorgcoordinator-west"] {
        let caller = identity(manifest.connection(&connection(id)).unwrap());
        let refused = Permit::<DecideRights>::of(&manifest, &caller, today()).map(|_| ());
        assert_eq!(refused, Err(PermitRefusal::OtherRole), "{id}");
        assert!(Permit::<AskRights>::of(&manifest, &caller, today()).is_err());
    }
}

#[test]
fn all_take_part_and_administrators_alone_administer() {
    let manifest = Manifest::new(school(|it| it.role = Role::Administrator)).unwrap();
    let caller = |id: &str| identity(manifest.connection(&connection(id)).unwrap());
    for id in ["school-west", "politie-west", "zorgcoordinator-west"] {
        let permit = Permit::<TakePart>::of(&manifest, &caller(id), today()).unwrap();
        assert_eq!(permit.connection().id, connection(id));
        let administers = Permit::<Administer>::of(&manifest, &caller(id), today()).map(|_| ());
        let expected = if id == "school-west" { Ok(()) } else { Err(PermitRefusal::OtherRole) };
        assert_eq!(administers, expected, "{id}");
    }
    let stranger = Identity { certificate_key: [99; 32], ..caller("school-west") };
    assert_eq!(
        Permit::<TakePart>::of(&manifest, &stranger, today()).map(|_| ()).unwrap_err(),
        PermitRefusal::NotTakingPart
    );
}
