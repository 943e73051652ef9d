//! The epochs of a body: their states with the days that belong to them, and how their keys are made.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_core::manifest::{Commitment, EpochEntry, EpochMaking, EpochState, Wrap};
use samenloop_core::value::{ConnectionId, Day, Epoch};
use serde::Deserialize;

use crate::field::{As, Bytes32, Bytes48, Oin};
use crate::root::Root;
use crate::unsound::{Unsound, UnsoundEpoch};

/// Days that an epoch is active, at most: a year (P-40).
pub const MAX_ACTIVE_DAYS: u32 = 366;

/// Days of an overlap, at most (P-40).
pub const MAX_OVERLAP_DAYS: u32 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EpochToml {
    number: u32,
    /// How its pseudonyms are made; only one way is known (P-5).
    #[serde(rename = "scheme")]
    _scheme: Scheme,
    state: State,
    active_from: Option<As<Day>>,
    overlap_from: Option<As<Day>>,
    overlap_until: Option<As<Day>>,
    /// What the epoch key is made of; an agency checks each one that it unwraps (P-13).
    contributions: Vec<ContributionToml>,
    #[serde(default)]
    wraps: Vec<WrapToml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scheme {
    Hmac,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum State {
    Announced,
    Active,
    Overlap,
    Retired,
    Destroyed,
    Burned,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContributionToml {
    administrator: As<ConnectionId>,
    commitment: As<Bytes32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrapToml {
    connection: As<ConnectionId>,
    wrap_key: As<Bytes32>,
    administrator: As<ConnectionId>,
    encapsulated: As<Bytes32>,
    ciphertext: As<Bytes48>,
}

impl EpochToml {
    /// The entry and the making. `issued` is the manifest's own day.
    pub(crate) fn into_entry(self, issued: Day, root: &Root) -> Result<(EpochEntry, EpochMaking), Unsound> {
        let number = self.number;
        let fault = |what| Unsound::Epoch { number, what };
        let state = self.state(issued).map_err(fault)?;
        check_contributions(&self.contributions, root).map_err(fault)?;
        check_wraps(&self.wraps, &self.contributions).map_err(fault)?;
        let epoch = Epoch::new(number);
        let commitment = |it: ContributionToml| Commitment {
            administrator: it.administrator.0,
            commitment: it.commitment.0.0,
        };
        let wrap = |it: WrapToml| Wrap {
            connection: it.connection.0,
            wrap_key: it.wrap_key.0.0,
            administrator: it.administrator.0,
            encapsulated: it.encapsulated.0.0,
            ciphertext: it.ciphertext.0.0,
        };
        let making = EpochMaking {
            epoch,
            commitments: self.contributions.into_iter().map(commitment).collect(),
            wraps: self.wraps.into_iter().map(wrap).collect(),
        };
        Ok((EpochEntry { epoch, state }, making))
    }

    fn state(&self, issued: Day) -> Result<EpochState, UnsoundEpoch> {
        let needed =
            |day: &Option<As<Day>>, name| day.as_ref().map(|it| it.0).ok_or(UnsoundEpoch::NoDay(name));
        Ok(match self.state {
            State::Announced => EpochState::Announced,
            State::Active => {
                let from = needed(&self.active_from, "active_from")?;
                if from.days_until(issued).is_some_and(|days| days > MAX_ACTIVE_DAYS) {
                    return Err(UnsoundEpoch::Old(from));
                }
                EpochState::Active
            }
            State::Overlap => {
                needed(&self.active_from, "active_from")?;
                let from = needed(&self.overlap_from, "overlap_from")?;
                let until = needed(&self.overlap_until, "overlap_until")?;
                match from.days_until(until) {
                    Some(days) if days <= MAX_OVERLAP_DAYS => EpochState::Overlap { until },
                    Some(days) => return Err(UnsoundEpoch::Overlap(days)),
                    None => return Err(UnsoundEpoch::OverlapEnds),
                }
            }
            State::Retired => EpochState::Retired,
            State::Destroyed => EpochState::Destroyed,
            State::Burned => EpochState::Burned,
        })
    }
}

/// No epoch key of fewer than m contributions, or mostly of one organisation (P-10, P-21).
fn check_contributions(contributions: &[ContributionToml], root: &Root) -> Result<(), UnsoundEpoch> {
    let mut held: BTreeMap<&Oin, usize> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for contribution in contributions {
        let id = &contribution.administrator.0;
        let administrator = root.administrator(id).ok_or_else(|| UnsoundEpoch::Stranger(id.clone()))?;
        if !ids.insert(id) {
            return Err(UnsoundEpoch::Twice(id.clone()));
        }
        *held.entry(&administrator.oin).or_default() += 1;
    }
    let needed = root.contributions();
    if ids.len() < needed {
        return Err(UnsoundEpoch::TooFew { found: ids.len(), needed });
    }
    if held.values().any(|contributions| *contributions >= needed) {
        return Err(UnsoundEpoch::Alone);
    }
    Ok(())
}

/// One key an agency, and one wrap to it of each administrator who contributes.
fn check_wraps(wraps: &[WrapToml], contributions: &[ContributionToml]) -> Result<(), UnsoundEpoch> {
    let mut seen = BTreeSet::new();
    let mut keys = BTreeMap::new();
    for wrap in wraps {
        let (connection, administrator) = (&wrap.connection.0, &wrap.administrator.0);
        if !contributions.iter().any(|it| it.administrator.0 == *administrator) {
            return Err(UnsoundEpoch::WrapOfNothing {
                administrator: administrator.clone(),
                connection: connection.clone(),
            });
        }
        if !seen.insert((connection, administrator)) {
            return Err(UnsoundEpoch::WrapTwice {
                administrator: administrator.clone(),
                connection: connection.clone(),
            });
        }
        if *keys.entry(connection).or_insert(wrap.wrap_key.0.0) != wrap.wrap_key.0.0 {
            return Err(UnsoundEpoch::WrapKeys(connection.clone()));
        }
    }
    Ok(())
}
