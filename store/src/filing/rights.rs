//! Rights of a child, in one transaction each: asked, decided, and on the day of answers found, rested or erased.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_audit::EntryKind;
use samenloop_core::alert::{Alert, AlertParts, Notice, Progress, SignalName, owners};
use samenloop_core::manifest::Manifest;
use samenloop_core::processing::{Activity, Processing};
use samenloop_core::rights::{Found, FoundAlert, FoundSignal, RequestId, RightsKind, RightsRequest, Verdict};
use samenloop_core::room::convergence::{self, Judgement};
use samenloop_core::room::filing::{ReferenceRecord, decide_withdrawal};
use samenloop_core::room::rights::{self, RESTRICTED_DAYS, RightsRefusal};
use samenloop_core::value::{ConnectionId, Day, Epoch, Kind, Place, Signal, SubjectIndex};

use super::looks::Shown;
use super::{Ledger, Touched, Walk};
use crate::codec::Row;
use crate::index::{EpochKeys, Located};
use crate::log::{self, Happening};
use crate::outlasting::Outlasting;
use crate::processing::ENDS;
use crate::rights::{Erased, KeptRequest, Restriction, RightsDeed, RightsStep};
use crate::{Fault, Tick, seal};

/// The places whose signals are inactive today; read once, when a signal is first judged.
pub(super) type Restricted = BTreeSet<(Epoch, SubjectIndex)>;

/// What the log says of a request that was never made.
const NO_REQUEST: RequestId = RequestId::new([0; 16]);

/// Takes one step with a request, or says in the log that it was tried. Looks at nothing that is filed: what it says and
/// costs is the same for any child.
pub(crate) fn step<L: Ledger>(
    ledger: &mut L,
    step: &RightsStep,
) -> Result<Result<RightsRequest, RightsRefusal>, Fault> {
    let RightsStep { by, manifest, today, deed } = step;
    let Some(connection) = manifest.connection(by) else { return Ok(Err(RightsRefusal::Unknown)) };
    let decided = match deed {
        RightsDeed::Ask { kind, places } => {
            let mut id = [0; 16];
            seal::random(&mut id)?;
            let earlier: Vec<_> = ledger.requests()?.into_iter().map(|it| it.request).collect();
            rights::ask(RequestId::new(id), *kind, connection, places, &earlier, manifest, *today)
                .map(|request| KeptRequest { request, places: places.clone() })
        }
        RightsDeed::Decide { request, verdict, reason } => match ledger.request(*request)? {
            // Its pseudonyms went when it lapsed.
            Some(kept) if kept.request.decision.is_none() && kept.places.is_empty() => {
                Err(RightsRefusal::Late)
            }
            Some(kept) => rights::decide(&kept.request, connection, *verdict, *reason, manifest, *today)
                .map(|request| KeptRequest { request, ..kept }),
            None => Err(RightsRefusal::Unknown),
        },
    };
    let kept = match decided {
        Ok(kept) => kept,
        Err(refusal) => {
            let id = match deed {
                RightsDeed::Ask { .. } => NO_REQUEST,
                RightsDeed::Decide { request, .. } => *request,
            };
            log::append(ledger, vec![Happening::request(EntryKind::RightsRefused, by, id, *today)])?;
            return Ok(Err(refusal));
        }
    };
    ledger.keep_request(&kept)?;
    let kind =
        if kept.request.decision.is_none() { EntryKind::RightsAsked } else { EntryKind::RightsDecided };
    log::append(ledger, vec![Happening::request(kind, by, kept.request.id, *today)])?;
    if kept.request.decision.is_none() {
        let to = deciders(&kept.request, manifest, *today);
        Walk::new(ledger, manifest, *today, &BTreeMap::new()).post(to)?;
    }
    Ok(Ok(kept.request))
}

/// Answers every request whose day has come, reminds of those that are nearly too late to decide, and lets go of requests and
/// restrictions whose term is over. Returns what it answered. It does nothing on a clock that is ahead or was set back.
pub(crate) fn answer<L: Ledger>(
    ledger: &mut L,
    Tick { manifest, today }: &Tick,
    last: Day,
    epochs: &BTreeMap<Epoch, EpochKeys>,
) -> Result<Vec<RightsRequest>, Fault> {
    let (mut answered, today) = (Vec::new(), *today);
    // A clock that is a year ahead shows in the manifest (P-22).
    if !manifest.is_current(today) {
        return Ok(answered);
    }
    let mut requests = ledger.requests()?;
    for kept in &mut requests {
        let right = rights::set_right(&kept.request, last, today);
        if right != kept.request {
            kept.request = right;
            ledger.keep_request(kept)?;
        }
    }
    let known: Vec<_> = requests.iter().map(|it| it.request.clone()).collect();
    if rights::is_clock_back(&known, today) {
        return Ok(answered);
    }
    ledger.forget_erased(today)?;
    for restriction in ledger.restrictions()? {
        if restriction.until < today {
            ledger.announce(&[ENDS])?;
            ledger.remove_restriction(&restriction)?;
        }
    }
    let (due, others): (Vec<_>, Vec<_>) =
        requests.into_iter().partition(|it| rights::is_due(&it.request, manifest, today));
    ledger.announce(&vec![Processing { activity: Activity::Rights, subject: None }; due.len()])?;
    let shown = shown(ledger, manifest, today, epochs, &due)?;
    for kept in due {
        let request = Walk::new(ledger, manifest, today, epochs).answer(&kept, &shown)?;
        ledger.keep_request(&KeptRequest { request: request.clone(), places: Vec::new() })?;
        answered.push(request);
    }
    for kept in others {
        tend(ledger, manifest, today, kept)?;
    }
    Ok(answered)
}

/// Lets go of a request whose term is over, says of one that it lapsed, and reminds of one that is nearly too late to decide.
fn tend<L: Ledger>(ledger: &mut L, manifest: &Manifest, today: Day, kept: KeptRequest) -> Result<(), Fault> {
    let RightsRequest { id, by, .. } = &kept.request;
    let (kept, to) = if rights::has_lapsed(&kept.request, today) && !kept.places.is_empty() {
        // Nobody decides on it any more, and who asked hears so, before it goes: also after months without a manifest.
        log::append(ledger, vec![Happening::request(EntryKind::RightsLapsed, by, *id, today)])?;
        let to = vec![Notice::Rights { to: by.clone() }];
        (KeptRequest { places: Vec::new(), ..kept }, to)
    } else if rights::is_spent(&kept.request, today) {
        ledger.announce(&[ENDS])?;
        return ledger.remove_request(*id);
    } else if rights::wants_reminder(&kept.request, today) {
        let to = deciders(&kept.request, manifest, today);
        let request = RightsRequest { reminded: true, ..kept.request.clone() };
        (KeptRequest { request, ..kept }, to)
    } else {
        return Ok(());
    };
    ledger.keep_request(&kept)?;
    Walk::new(ledger, manifest, today, &BTreeMap::new()).post(to)
}

/// Who was shown the alerts of the children of whom these requests ask: an answer tells it, and they are told what was
/// erased or rests (art. 19).
fn shown<L: Ledger>(
    ledger: &mut L,
    manifest: &Manifest,
    today: Day,
    epochs: &BTreeMap<Epoch, EpochKeys>,
    due: &[KeptRequest],
) -> Result<Shown, Fault> {
    let mut alerts = BTreeSet::new();
    let told = |it: &&KeptRequest| {
        let decision = it.request.decision.as_ref();
        it.request.kind != RightsKind::Lift && decision.is_some_and(|it| it.verdict != Verdict::Refuse)
    };
    let told: Vec<_> = due.iter().filter(told).collect();
    if told.is_empty() {
        return Ok(Shown::default());
    }
    for kept in told {
        let mut walk = Walk::new(ledger, manifest, today, epochs);
        let signals = walk.signals_at(&walk.located(&kept.places))?;
        alerts.extend(walk.alerts_of(signals.keys())?.iter().map(Alert::id));
    }
    Shown::read(ledger, today, alerts)
}

/// Whom to tell that a request waits for a decision: all who may decide on it.
fn deciders(request: &RightsRequest, manifest: &Manifest, today: Day) -> Vec<Notice> {
    let may = manifest.connections().iter().filter(|it| {
        it.role.answers_rights() && it.is_valid(today) && it.oin != request.oin && it.id != request.by
    });
    may.map(|it| Notice::Rights { to: it.id.clone() }).collect()
}

impl<L: Ledger> Walk<'_, L> {
    /// Applies the rule to signals, without those that are restricted: a signal is inactive when any of its pseudonyms
    /// is, in whatever epoch (V-32).
    pub(super) fn judgement(&mut self, signals: Vec<(ConnectionId, Signal)>) -> Result<Judgement, Fault> {
        let mut active = Vec::with_capacity(signals.len());
        for (connection, signal) in signals {
            let named = (connection, signal.reference());
            if !self.is_restricted(&named)? {
                active.push((named.0, signal));
            }
        }
        Ok(convergence::judge(self.manifest, active, self.today))
    }

    fn is_restricted(&mut self, named: &SignalName) -> Result<bool, Fault> {
        let restricted = match self.restricted.take() {
            Some(restricted) => restricted,
            None => {
                let lasting = self.ledger.restrictions()?.into_iter().filter(|it| self.today <= it.until);
                lasting.map(|it| (it.epoch, it.index)).collect::<Restricted>()
            }
        };
        let mut is_restricted = false;
        if !restricted.is_empty() {
            is_restricted = self.records_of(named)?.iter().any(|(epoch, record)| {
                record.filed.iter().any(|(_, index)| restricted.contains(&(*epoch, *index)))
            });
        }
        self.restricted = Some(restricted);
        Ok(is_restricted)
    }

    /// Does what was decided, and says what came of it.
    fn answer(mut self, kept: &KeptRequest, shown: &Shown) -> Result<RightsRequest, Fault> {
        let request = &kept.request;
        let Some(decision) = &request.decision else { return Ok(request.clone()) };
        let located = self.located(&kept.places);
        let found = match (decision.verdict, request.kind) {
            (Verdict::Refuse, _) => Found::default(),
            (_, RightsKind::Access) => rights::told(self.found(&located, shown)?, decision),
            (_, RightsKind::Restrict) => {
                self.restrict(&located, request.id, shown)?;
                self.changed(request, EntryKind::RightsRestricted)
            }
            (_, RightsKind::Lift) => {
                self.lift(located)?;
                self.changed(request, EntryKind::RightsLifted)
            }
            (_, RightsKind::Erase) => {
                self.erase(&located, shown)?;
                self.changed(request, EntryKind::RightsErased)
            }
        };
        self.post(vec![Notice::Rights { to: request.by.clone() }])?;
        self.log.push(Happening::request(EntryKind::RightsAnswered, &request.by, request.id, self.today));
        let answered = RightsRequest { answer: Some((self.today, found)), ..request.clone() };
        // To see changes nothing and may be answered again; what is found stands in no list.
        if request.kind != RightsKind::Access {
            self.ledger.outlast(Outlasting::Answered(answered.clone()), self.today);
        }
        // Before the walk is settled: what a tick says that it filed is batches, and nothing of this.
        self.keep_log()?;
        self.settle(false)?;
        Ok(answered)
    }

    /// Says in the log that something changed; of what changes nothing is told.
    fn changed(&mut self, request: &RightsRequest, kind: EntryKind) -> Found {
        self.log.push(Happening::request(kind, &request.by, request.id, self.today));
        Found::default()
    }

    /// The places that can still be found: an epoch that was destroyed since holds nothing.
    fn located(&self, places: &[Place]) -> Vec<Located> {
        let keys_of = |it: &Place| self.epochs.get(&it.epoch()).map(|keys| keys.locate(it));
        places.iter().filter_map(keys_of).collect()
    }

    /// The signals of these places, each once and as it was sent last: also those that only an ended epoch files, as long as
    /// its keys are there. What was replaced in a live one may lie there still, and is the same child's.
    fn signals_at(&mut self, located: &[Located]) -> Result<BTreeMap<SignalName, Signal>, Fault> {
        let mut signals: BTreeMap<SignalName, Signal> = BTreeMap::new();
        for at in located {
            for Row { connection, signal, .. } in self.ledger.rows(at)? {
                let named = (connection, signal.reference());
                if signals.get(&named).is_none_or(|it| it.revision() < signal.revision()) {
                    signals.insert(named, signal);
                }
            }
        }
        Ok(signals)
    }

    /// The records of a reference, in every epoch that has keys.
    fn records_of(
        &mut self,
        (connection, reference): &SignalName,
    ) -> Result<Vec<(Epoch, ReferenceRecord)>, Fault> {
        let mut records = Vec::new();
        for (epoch, keys) in self.epochs {
            let record = self.ledger.reference(*epoch, &keys.reference(connection, *reference))?;
            records.extend(record.map(|it| (*epoch, it)));
        }
        Ok(records)
    }

    /// The alerts that the records of signals name.
    fn alerts_of<'s>(&mut self, signals: impl Iterator<Item = &'s SignalName>) -> Result<Vec<Alert>, Fault> {
        let mut ids = BTreeSet::new();
        for named in signals {
            let records = self.records_of(named)?;
            ids.extend(records.iter().flat_map(|(_, it)| &it.alerts).map(|(_, id)| *id));
        }
        let mut alerts = Vec::new();
        for id in ids {
            alerts.extend(self.ledger.alert(id)?);
        }
        Ok(alerts)
    }

    fn found(&mut self, located: &[Located], shown: &Shown) -> Result<Found, Fault> {
        let signals = self.signals_at(located)?;
        let kinds: BTreeSet<Kind> = located.iter().map(|it| it.kind).collect();
        let mut found = Found::default();
        for ((connection, _), signal) in &signals {
            let content = signal.content();
            // What is past its term counts for nothing, and goes with the next sweep.
            if content.expiry().last_day() < self.today {
                continue;
            }
            let by = self.manifest.connection(connection);
            found.signals.push(FoundSignal {
                by: by.and_then(|it| Some((it.organisation.clone(), it.domain()?))),
                severity: content.severity(),
                month: content.month(),
                expiry: content.expiry(),
                observation: content.observation(),
            });
        }
        let mut alerts = self.alerts_of(signals.keys())?;
        alerts.retain(|it| kinds.contains(&it.kind()) && is_of(it, &signals));
        for alert in alerts {
            let looks = shown.looks_at(&alert);
            found.more |= looks.len() > Found::MAX_LOOKS;
            let last = looks.len().saturating_sub(Found::MAX_LOOKS);
            let looks = looks.into_iter().skip(last).map(|(on, by)| (by, on)).collect();
            found.alerts.push(FoundAlert { opened: alert.opened(), state: alert.state(), looks });
        }
        found.signals.sort_by_key(|it| it.month);
        found.alerts.sort_by_key(|it| it.opened);
        found.more |= found.signals.len() > Found::MAX_SIGNALS || found.alerts.len() > Found::MAX_ALERTS;
        found.signals.truncate(Found::MAX_SIGNALS);
        found.alerts.truncate(Found::MAX_ALERTS);
        Ok(found)
    }

    /// Lets the signals of these places rest, under every epoch that the request names; renews what rests already.
    fn restrict(&mut self, located: &[Located], of: RequestId, shown: &Shown) -> Result<(), Fault> {
        let until = self.today.plus_days(RESTRICTED_DAYS);
        for at in located {
            let Located { epoch, kind, index, .. } = *at;
            let restriction = Restriction { epoch, kind, index, until, of };
            self.ledger.keep_restriction(&restriction)?;
            self.ledger.outlast(Outlasting::Rests(restriction), self.today);
        }
        self.restricted = None;
        let signals = self.signals_at(located)?;
        for alert in self.alerts_of(signals.keys())? {
            // Nothing leaves it but by the rule: it is followed when this is settled.
            self.leaving.entry(alert.id()).or_default();
            self.post(saw(&alert, shown, self.manifest, self.today))?;
        }
        Ok(())
    }

    /// Lets the signals of these places count again, and judges them at once: nobody pushes them anew for it. They may rest
    /// under an epoch that ended as well, which no request names any more.
    fn lift(&mut self, located: Vec<Located>) -> Result<(), Fault> {
        let mut places: BTreeSet<_> = located.iter().map(|it| (it.epoch, it.kind, it.index)).collect();
        let named_places = places.clone();
        for named in self.signals_at(&located)?.keys() {
            let records = self.records_of(named)?;
            let filed = records.iter().flat_map(|(epoch, it)| it.filed.iter().map(|it| (*epoch, it.0, it.1)));
            let filed: Vec<_> = filed.collect();
            // By another kind of number one reference may be of another child, of whom nobody asked.
            let same = filed.iter().filter(|it| named_places.contains(it)).map(|it| it.1);
            let same: BTreeSet<Kind> = same.collect();
            places.extend(filed.into_iter().filter(|it| same.contains(&it.1)));
        }
        for restriction in self.ledger.restrictions()? {
            if places.contains(&(restriction.epoch, restriction.kind, restriction.index)) {
                self.ledger.remove_restriction(&restriction)?;
                self.ledger.outlast(Outlasting::Lifted(restriction), self.today);
            }
        }
        self.restricted = None;
        let may_open = self.is_current();
        for located in located {
            self.touched.insert((located.epoch, located.index), Touched { located, may_open });
        }
        Ok(())
    }

    /// Erases the signals of these places, under every kind and epoch; tombstones keep their references from coming
    /// back (P-42). An alert that listed nothing else goes with them, and whoever saw it is told (art. 19).
    fn erase(&mut self, located: &[Located], shown: &Shown) -> Result<(), Fault> {
        let signals = self.signals_at(located)?;
        let kinds: BTreeSet<Kind> = located.iter().map(|it| it.kind).collect();
        let alerts = self.alerts_of(signals.keys())?;
        for (connection, reference) in signals.keys() {
            let mut known = self.known(connection, *reference)?;
            if let Some(expiry) = decide_withdrawal(known.records(), self.today) {
                self.bury(connection, *reference, &mut known, expiry)?;
                let erased = Erased { reference: *reference, on: self.today, until: expiry };
                self.ledger.keep_erased(connection, &erased)?;
                self.ledger.outlast(Outlasting::Erased(connection.clone(), *reference, expiry), self.today);
            }
            self.counts.note(connection, &known.before, &known.filed());
        }
        let gone: BTreeSet<SignalName> = signals.into_keys().collect();
        let senders: BTreeSet<_> = gone.iter().map(|(connection, _)| connection.clone()).collect();
        self.post(mailed(senders, self.manifest, self.today))?;
        for alert in alerts {
            self.process(Activity::Rights, &alert);
            let saw = saw(&alert, shown, self.manifest, self.today);
            let has_listed = !alert.signals().is_empty();
            let left = alert.without(&gone);
            // Also one that the same signals made under another kind of number.
            if left.signals().is_empty() && (has_listed || kinds.contains(&left.kind())) {
                self.tell(&shell(&left, self.today), EntryKind::AlertEnded)?;
                self.ledger.outlast(Outlasting::Ended(left.id()), self.today);
            } else {
                self.ledger.keep_alert(&left)?;
            }
            self.post(saw)?;
        }
        Ok(())
    }
}

/// Whether an alert is of the child whose signals these are: one agency may file one reference under two children.
fn is_of(alert: &Alert, signals: &BTreeMap<SignalName, Signal>) -> bool {
    alert.signals().is_empty() || alert.signals().iter().any(|it| signals.contains_key(&it.name()))
}

/// Who is told that something of an alert was erased or rests (art. 19 AVG): who may act on it, who was shown it or did
/// something with it, and who was asked to phone.
fn saw(alert: &Alert, shown: &Shown, manifest: &Manifest, today: Day) -> Vec<Notice> {
    let mut saw = owners(alert, manifest, today);
    saw.extend(shown.looks_at(alert).into_iter().map(|(_, by)| by));
    saw.extend(alert.contacts().iter().map(|it| it.of.clone()));
    let regions = alert.regions().iter().filter_map(|it| manifest.region(it));
    saw.extend(regions.flat_map(|it| it.coordinators.iter().cloned()));
    mailed(saw, manifest, today)
}

/// A mail to each of these that takes part.
fn mailed(to: BTreeSet<ConnectionId>, manifest: &Manifest, today: Day) -> Vec<Notice> {
    let takes_part = |it: &ConnectionId| manifest.connection(it).is_some_and(|it| it.is_valid(today));
    to.into_iter().filter(takes_part).map(|to| Notice::Rights { to }).collect()
}

/// What is left of an erased alert, for whoever knew its number to see that it ended: nothing of the child. It goes
/// with the alerts that lapsed.
pub(super) fn shell(alert: &Alert, today: Day) -> Alert {
    Alert::new(AlertParts {
        progress: Progress::Lapsed { since: today, on: today },
        opened: today,
        ..alert.bare().into_parts()
    })
}
