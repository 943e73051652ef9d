//! An alert as one coordinator gets it.
//!
//! No identity and no pseudonym is in what this takes. Details go only to the coordinator they were sealed
//! to, and only for signals of its own regions (P-50).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use std::sync::Arc;

use samenloop_core::alert::{
    Alert, AlertState, Answer, ContactRequest, Deed, ListedSignal, Progress, Reader, owners,
};
use samenloop_core::case::ClosedList;
use samenloop_core::manifest::{Connection, Manifest};
use samenloop_core::room::alerting::{Followed, follow, signals_of};
use samenloop_core::room::convergence::judge;
use samenloop_core::value::{ConnectionId, Day, Domain, KeyId, Month, Observation, RegionId, Severity};
use samenloop_proto::v1;

use crate::receipt::ReceiptKey;
use crate::related::Related;

/// Signals that one alert carries at most: 500 with details have some 250 KiB, and a client takes 4 MiB.
const MAX_SIGNALS: usize = 500;

/// The regions that a connection coordinates, as the manifest's regions say it.
pub(crate) fn coordinated(manifest: &Manifest, connection: &Connection) -> Vec<RegionId> {
    let own = manifest.regions().iter().filter(|region| region.coordinators.contains(&connection.id));
    own.map(|region| region.id.clone()).collect()
}

/// Renders alerts for one recipient, under the manifest of this moment.
pub(crate) struct Recipient<'a> {
    connection: &'a Connection,
    manifest: &'a Arc<Manifest>,
    today: Day,
    regions: BTreeSet<RegionId>,
    names: &'a ReceiptKey,
    /// The ids of the details keys that it has and had. What was sealed to an earlier one it may still open.
    keys: Vec<KeyId>,
}

impl<'a> Recipient<'a> {
    /// A coordinator.
    pub(crate) fn new(
        manifest: &'a Arc<Manifest>,
        connection: &'a Connection,
        names: &'a ReceiptKey,
        earlier_keys: Vec<KeyId>,
        today: Day,
    ) -> Self {
        let regions = coordinated(manifest, connection).into_iter().collect();
        let keys = connection.details_key_id.into_iter().chain(earlier_keys).collect();
        Self { connection, manifest, today, regions, names, keys }
    }

    /// As whom the store is asked.
    pub(crate) fn reader(&self) -> Reader {
        let (connection, manifest) = (self.connection.id.clone(), Arc::clone(self.manifest));
        Reader::Coordinator { connection, manifest, today: self.today }
    }

    /// The alert, if the recipient may see it now, with those of `related` that it may see too.
    pub(crate) fn alert(&self, alert: &Alert, related: &Related) -> Option<v1::Alert> {
        let reader = self.reader();
        if !reader.may_read(alert) {
            return None;
        }
        let alert = &as_read(alert, self.manifest, self.today);
        let numbers = alert.numbers();
        let number = |id| self.names.alert_number(&self.connection.id, id);
        let lead = alert.progress().lead();
        let own = lead.filter(|it| it.by == self.connection.id);
        let closing = match alert.progress() {
            Progress::Closed(closing) => Some(closing),
            Progress::Waiting { .. } | Progress::Led(_) | Progress::Lapsed { .. } => None,
        };
        let led_by = lead.map(|it| &it.by).or(closing.map(|it| &it.by));
        let day = |day: Option<Day>| day.map(|it| it.to_string()).unwrap_or_default();
        Some(v1::Alert {
            id: number(alert.id()),
            state: state(alert.state()).into(),
            rule: alert.rule().to_owned(),
            opened: alert.opened().to_string(),
            regions: alert.regions().iter().map(ToString::to_string).collect(),
            domains: numbers.domains.iter().map(|it| domain(*it).into()).collect(),
            organisations: numbers.organisations.iter().map(ToString::to_string).collect(),
            pairs: u32::try_from(numbers.pairs).unwrap_or(u32::MAX),
            hard: numbers.hard,
            signals: carried(alert.signals()).into_iter().map(|it| self.signal(it)).collect(),
            related: related.to(alert, &reader).into_iter().map(number).collect(),
            lead: led_by.map(ToString::to_string).unwrap_or_default(),
            next_check: day(lead.map(|it| it.next_check)),
            owners: owners(alert, self.manifest, self.today).iter().map(ToString::to_string).collect(),
            unmet_since: day(lead.and_then(|it| it.unmet_since)),
            outcome: closing.map_or(0, |it| i32::from(it.outcome.number())),
            case_reference: own.map(|it| it.case.as_str().to_owned()).unwrap_or_default(),
            contacts: own.iter().flat_map(|_| alert.contacts()).map(contact).collect(),
            claimed: day(alert
                .acts()
                .iter()
                .find(|it| matches!(it.act.deed, Deed::Claim { .. }))
                .map(|it| it.on)),
        })
    }

    fn signal(&self, listed: &ListedSignal) -> v1::ListedSignal {
        let (signal, content) = (listed.signal(), listed.signal().content());
        let hearsay_of = match content.observation() {
            Observation::Own => v1::Domain::Unspecified,
            Observation::Hearsay(of) => domain(of),
        };
        v1::ListedSignal {
            connection: listed.connection().to_string(),
            domain: domain(listed.domain()).into(),
            severity: severity(content.severity()).into(),
            code: content.code().map(|code| code.to_string()).unwrap_or_default(),
            month: content.month().number(),
            region: content.region().to_string(),
            hearsay_of: hearsay_of.into(),
            expires: content.expiry().last_day().to_string(),
            reference: signal.reference().bytes().to_vec(),
            revision: signal.revision(),
            counts: listed.counts(),
            details: self.details(listed),
        }
    }

    fn details(&self, listed: &ListedSignal) -> Option<v1::SealedDetails> {
        if !self.regions.contains(listed.signal().content().region()) {
            return None;
        }
        let sealed = listed.signal().details();
        let own = self.keys.iter().find_map(|key| sealed.iter().find(|it| it.key() == key))?;
        Some(v1::SealedDetails {
            key_id: own.key().to_vec(),
            encapsulated_key: own.encapsulated().to_vec(),
            nonce: own.nonce().to_vec(),
            ciphertext: own.ciphertext().to_vec(),
        })
    }
}

/// An alert as the rule has it on a day, whether or not a tick of that day was there, without what is past its term (V-21):
/// ticks judge by the last day of a manifest that expired.
fn as_read(alert: &Alert, manifest: &Manifest, today: Day) -> Alert {
    let is_past = |it: &&ListedSignal| it.signal().content().expiry().last_day() < today;
    let past = alert.signals().iter().filter(is_past);
    let past = past.map(ListedSignal::name).collect();
    let alert = alert.clone().without(&past);
    if !alert.is_open() {
        return alert;
    }
    let judgement = judge(manifest, signals_of(&alert, Vec::new()), today);
    match follow(&alert, manifest, judgement, today) {
        Followed::Same => alert,
        Followed::Changed(read) | Followed::Reminded(read) | Followed::Told(read) => read,
    }
}

fn contact(request: &ContactRequest) -> v1::AlertContact {
    let (answer, available_from) = answered(request.answer);
    v1::AlertContact {
        connection: request.of.to_string(),
        asked: request.asked.to_string(),
        reason: i32::from(request.reason.number()),
        answer: answer.into(),
        available_from,
    }
}

/// What a reporter answered last, and the day that goes with it.
pub(crate) fn answered(answer: Option<(Answer, Day)>) -> (v1::ContactAnswer, String) {
    match answer {
        None => (v1::ContactAnswer::Unspecified, String::new()),
        Some((Answer::WillCall, _)) => (v1::ContactAnswer::WillCall, String::new()),
        Some((Answer::NotAvailableUntil(day), _)) => (v1::ContactAnswer::NotAvailableUntil, day.to_string()),
        Some((Answer::NotOurs, _)) => (v1::ContactAnswer::NotOurs, String::new()),
    }
}

/// The signals that an alert carries, in their order: counted ones first, then hard ones, then the newest month.
///
/// Of too many, each connection's first are kept before any connection's second: one that sends thousands about
/// a child cannot push out what another counted.
fn carried<'a>(signals: &'a [ListedSignal]) -> Vec<&'a ListedSignal> {
    let mut carried: Vec<_> = signals.iter().collect();
    carried.sort_by_key(|it| rank(it));
    if carried.len() > MAX_SIGNALS {
        let mut seen: BTreeMap<(bool, &ConnectionId), usize> = BTreeMap::new();
        let turn = |it: &'a ListedSignal| {
            let turn = seen.entry((it.counts(), it.connection())).or_default();
            *turn += 1;
            (Reverse(it.counts()), *turn, it)
        };
        let mut turns: Vec<_> = carried.into_iter().map(turn).collect();
        turns.sort_by_key(|(counts, turn, _)| (*counts, *turn));
        carried = turns.into_iter().take(MAX_SIGNALS).map(|(_, _, it)| it).collect();
        carried.sort_by_key(|it| rank(it));
    }
    carried
}

type Rank<'a> = (Reverse<bool>, Reverse<bool>, Reverse<Month>, &'a ConnectionId, [u8; 16]);

fn rank(listed: &ListedSignal) -> Rank<'_> {
    let (signal, content) = (listed.signal(), listed.signal().content());
    let hard = content.severity() == Severity::Hard;
    let reference = *signal.reference().bytes();
    (Reverse(listed.counts()), Reverse(hard), Reverse(content.month()), listed.connection(), reference)
}

pub(crate) const fn state(state: AlertState) -> v1::AlertState {
    match state {
        AlertState::New => v1::AlertState::New,
        AlertState::Reopened => v1::AlertState::Reopened,
        AlertState::Claimed => v1::AlertState::Claimed,
        AlertState::Confirmed => v1::AlertState::Confirmed,
        AlertState::Unfounded => v1::AlertState::Unfounded,
        AlertState::Closed => v1::AlertState::Closed,
        AlertState::Lapsed => v1::AlertState::Lapsed,
    }
}

pub(crate) const fn severity(severity: Severity) -> v1::Severity {
    match severity {
        Severity::Soft => v1::Severity::Soft,
        Severity::Hard => v1::Severity::Hard,
    }
}

pub(crate) const fn domain(domain: Domain) -> v1::Domain {
    match domain {
        Domain::Onderwijs => v1::Domain::Onderwijs,
        Domain::Zorg => v1::Domain::Zorg,
        Domain::SociaalDomein => v1::Domain::SociaalDomein,
        Domain::Jeugdbescherming => v1::Domain::Jeugdbescherming,
        Domain::PolitieJustitie => v1::Domain::PolitieJustitie,
        Domain::Asielketen => v1::Domain::Asielketen,
        Domain::GrensReis => v1::Domain::GrensReis,
        Domain::Wonen => v1::Domain::Wonen,
        Domain::Financieel => v1::Domain::Financieel,
        Domain::HandelArbeid => v1::Domain::HandelArbeid,
        Domain::OpvangExpertise => v1::Domain::OpvangExpertise,
        Domain::BestuurVeiligheid => v1::Domain::BestuurVeiligheid,
    }
}
