//! How far every agency is with the key of each epoch: by the hub's count, and by what each signed itself.
//!
//! A declaration counts once its signature fits the manifest; what the hub counts is the hub's word.

use std::collections::BTreeSet;

use samenloop_core::manifest::{EpochState, Manifest, Role, Wrap};
use samenloop_core::value::{ConnectionId, Day, Epoch, OrganisationId};
use samenloop_manifest::Destruction;
use samenloop_manifest::declaration::{Declared, Said, SignedDeclaration};
use samenloop_proto::v1;

/// One agency and the key of one epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyKey {
    /// The agency.
    pub connection: ConnectionId,
    /// Its legal entity.
    pub organisation: OrganisationId,
    /// The day of its last admitted line, as the hub counts.
    pub last_push: Option<Day>,
    /// The public key that it made for this epoch, signed by itself.
    pub wrap_key: Option<[u8; 32]>,
    /// Contributions that the manifest carries for it.
    pub wraps: usize,
    /// The day on which it said that the key is installed.
    pub installed: Option<Day>,
    /// The day on which it said that the key is destroyed.
    pub destroyed: Option<Day>,
    /// Its signals under the epoch that count today.
    pub filed: u64,
    /// Those of them that are carried over to the active epoch.
    pub carried: u64,
}

/// An epoch, and how far everybody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochStanding {
    /// The epoch.
    pub epoch: Epoch,
    /// Where it stands in its life.
    pub state: EpochState,
    /// Contributions that its key needs.
    pub contributions: usize,
    /// Every agency of the manifest, in its order.
    pub agencies: Vec<AgencyKey>,
    /// Administrators that said that their contribution is destroyed.
    pub contributions_destroyed: Vec<ConnectionId>,
    /// The day on which the hub signed that its own keys are gone.
    pub hub_destroyed: Option<Day>,
    /// Children that rest under it and not yet under the active epoch (V-32).
    pub resting: u64,
}

impl EpochStanding {
    /// Signals that lapse when the epoch ends, and of how many organisations: in an overlap what is not carried over
    /// (P-43); of the active epoch everything, until it is pushed again.
    #[must_use]
    pub fn lapsing(&self) -> (u64, usize) {
        let is_active = self.state == EpochState::Active;
        let left = |it: &AgencyKey| if is_active { it.filed } else { it.filed.saturating_sub(it.carried) };
        let organisations: BTreeSet<_> =
            self.agencies.iter().filter(|it| left(it) > 0).map(|it| &it.organisation).collect();
        (self.agencies.iter().map(left).sum(), organisations.len())
    }

    /// Agencies that neither said that the key is installed nor pushed under it.
    pub fn behind(&self) -> impl Iterator<Item = &AgencyKey> {
        self.agencies.iter().filter(|it| it.installed.is_none() && it.filed == 0)
    }
}

/// What the hub answered, held against the manifest.
#[must_use]
pub fn standings(
    manifest: &Manifest,
    origin: &str,
    answer: &v1::ListKeyStandingsResponse,
) -> Vec<EpochStanding> {
    let (declared, destroyed) = (declared(manifest, origin, answer), destroyed(manifest, origin, answer));
    manifest
        .epochs()
        .iter()
        .map(|entry| EpochStanding {
            epoch: entry.epoch,
            state: entry.state,
            contributions: manifest.making_of(entry.epoch).map_or(0, |it| it.commitments.len()),
            agencies: agencies(manifest, entry.epoch, answer, &declared),
            contributions_destroyed: declared
                .iter()
                .filter(|it| it.epoch() == entry.epoch && it.said() == Said::Destroyed)
                .map(Declared::connection)
                .filter(|id| manifest.connection(id).is_some_and(|it| it.role == Role::Administrator))
                .cloned()
                .collect(),
            hub_destroyed: destroyed.iter().find(|it| it.epoch() == entry.epoch).map(Destruction::day),
            resting: answer
                .restrictions
                .iter()
                .filter(|it| it.epoch == entry.epoch.number())
                .map(|it| it.behind)
                .sum(),
        })
        .collect()
}

/// How many declarations and statements the hub gave that are not signed by whom they are of. A hub passes on none,
/// so they are its own work, or of a certificate that was replaced a moment ago.
#[must_use]
pub fn unbelieved(manifest: &Manifest, origin: &str, answer: &v1::ListKeyStandingsResponse) -> usize {
    let given = answer.declarations.len() + answer.hub_statements.len();
    given - declared(manifest, origin, answer).len() - destroyed(manifest, origin, answer).len()
}

fn declared(manifest: &Manifest, origin: &str, answer: &v1::ListKeyStandingsResponse) -> Vec<Declared> {
    let verified = |it: &v1::Declaration| {
        let v1::Declaration { statement, certificate_key, signature } = it.clone();
        SignedDeclaration::new(statement, certificate_key, signature).verify(origin, manifest).ok()
    };
    answer.declarations.iter().filter_map(verified).collect()
}

fn destroyed(manifest: &Manifest, origin: &str, answer: &v1::ListKeyStandingsResponse) -> Vec<Destruction> {
    let verified = |note: &Vec<u8>| {
        let note = std::str::from_utf8(note).ok()?;
        Destruction::verified(note, origin, manifest.hub().receipt_key)
    };
    answer.hub_statements.iter().filter_map(verified).collect()
}

fn agencies(
    manifest: &Manifest,
    epoch: Epoch,
    answer: &v1::ListKeyStandingsResponse,
    declared: &[Declared],
) -> Vec<AgencyKey> {
    let wraps = manifest.making_of(epoch).map_or(&[][..], |it| it.wraps.as_slice());
    let agencies = manifest.connections().iter().filter(|it| matches!(it.role, Role::Agency(_)));
    agencies
        .map(|agency| {
            let counted = answer.agencies.iter().find(|it| it.connection == agency.id.as_str());
            let filed = counted.and_then(|it| it.epochs.iter().find(|it| it.epoch == epoch.number()));
            let own = || declared.iter().filter(|it| *it.connection() == agency.id && it.epoch() == epoch);
            let said = |said: Said| own().find(|it| it.said() == said).map(Declared::day);
            let wrap_key = own().find_map(|it| match it.said() {
                Said::WrapKey(key) => Some(key),
                Said::Installed | Said::Destroyed => None,
            });
            // What was wrapped to a key that the agency replaced since opens nothing.
            let is_usable = |it: &&Wrap| wrap_key.is_none_or(|key| key == it.wrap_key);
            let own_wraps = wraps.iter().filter(|it| it.connection == agency.id);
            AgencyKey {
                connection: agency.id.clone(),
                organisation: agency.organisation.clone(),
                last_push: counted.and_then(|it| Day::parse(&it.last_push).ok()),
                wrap_key,
                wraps: own_wraps.filter(is_usable).count(),
                installed: said(Said::Installed),
                destroyed: said(Said::Destroyed),
                filed: filed.map_or(0, |it| it.filed),
                carried: filed.map_or(0, |it| it.carried),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{day, id};

    fn agency(name: &str, filed: u64, carried: u64) -> AgencyKey {
        AgencyKey {
            connection: id(name),
            organisation: OrganisationId::parse(name).unwrap(),
            last_push: None,
            wrap_key: None,
            wraps: 0,
            installed: None,
            destroyed: None,
            filed,
            carried,
        }
    }

    #[test]
    fn in_an_overlap_lapses_what_is_not_carried_over_and_of_the_active_epoch_everything() {
        let standing = |state| EpochStanding {
            epoch: Epoch::new(6),
            state,
            contributions: 2,
            agencies: vec![
                agency("school-west", 230, 214),
                agency("coa-noord", 5, 5),
                agency("riec-west", 0, 0),
            ],
            contributions_destroyed: Vec::new(),
            hub_destroyed: None,
            resting: 0,
        };
        assert_eq!(standing(EpochState::Overlap { until: day("2026-12-20") }).lapsing(), (16, 1));
        assert_eq!(standing(EpochState::Active).lapsing(), (235, 2));
    }
}
