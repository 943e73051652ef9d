//! One sequence, on one engine and the model, compared after every tick.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use samenloop_core::alert::{Alert, Reader};
use samenloop_core::batch::{Arrival, Line as Admitted};
use samenloop_core::fixture::{self, Draft, connection, day, entries, place, region};
use samenloop_core::manifest::{EpochEntry, EpochState, Manifest, ManifestEntries};
use samenloop_core::value::{Day, Domain, Epoch, Month, Severity};
use samenloop_store::{Scope, Store, Tick};

use super::door;
use super::engine::Engine;
use super::model::{Counted, Line, Model, SENDERS, Shown, View};
use super::operation::{Content, Moment, Operation, Sender};
use super::rotation::{Epochs, State, next_day};

/// What a sender remembers of a reference.
#[derive(Clone)]
struct Journaled {
    revision: u64,
    child: u8,
    both_kinds: bool,
    content: Content,
    month: Month,
}

/// A hub with its senders, and the model beside it.
pub(crate) struct Run<E> {
    engine: E,
    model: Model,
    journal: BTreeMap<(Sender, u8), Journaled>,
    revision: u64,
    sent: [u64; SENDERS.len()],
    sequence: u64,
    last_tick: u64,
    epochs: Epochs,
    gone: BTreeSet<u32>,
}

/// Runs a sequence and a last tick, and returns the alerts at its end. The error says what went wrong, at which
/// step.
pub(crate) async fn run<E: Engine>(engine: E, operations: &[Operation]) -> Result<Vec<View>, String> {
    let mut run = Run {
        engine,
        model: Model::new(fixture::today()),
        journal: BTreeMap::new(),
        revision: 10,
        sent: [0; SENDERS.len()],
        sequence: 1,
        last_tick: 0,
        epochs: Epochs::new(),
        gone: BTreeSet::new(),
    };
    for (at, operation) in operations.iter().chain([&Operation::Tick]).enumerate() {
        run.step(*operation).await.map_err(|what| format!("step {at}, {operation:?}: {what}"))?;
    }
    Ok(run.model.views())
}

fn said(fault: impl std::fmt::Display) -> String {
    format!("the engine failed: {fault}")
}

impl<E: Engine> Run<E> {
    async fn step(&mut self, operation: Operation) -> Result<(), String> {
        match operation {
            Operation::Push { sender, reference, child, both_kinds, content } => {
                self.revision += 10;
                let month = self.month_of(content);
                let put = Journaled { revision: self.revision, child, both_kinds, content, month };
                self.journal_and_send(sender, reference, put).await
            }
            Operation::Repeat { sender, reference } => self.again(sender, reference, |_, _| {}).await,
            Operation::OtherKind { sender, reference } => {
                self.again(sender, reference, |put, _| put.both_kinds = true).await
            }
            Operation::OneKind { sender, reference } => {
                self.again(sender, reference, |put, _| put.both_kinds = false).await
            }
            Operation::CarryOver { sender, higher } => self.carry_over(sender, higher).await,
            Operation::OtherChild { sender, reference, child } => {
                self.revision += 10;
                self.again(sender, reference, |put, revision| (put.child, put.revision) = (child, revision))
                    .await
            }
            Operation::SameRevision { sender, reference, child } => {
                let Some(put) = self.journal.get(&(sender, reference)).cloned() else { return Ok(()) };
                self.send(sender, reference, &Journaled { child, ..put }).await
            }
            Operation::Stale { sender, reference, child } => {
                let Some(put) = self.journal.get(&(sender, reference)).cloned() else { return Ok(()) };
                let revision = put.revision - 1;
                self.send(sender, reference, &Journaled { child, revision, both_kinds: true, ..put }).await
            }
            Operation::Withdraw { sender, reference } => {
                let line = Line::Withdraw { sender, reference };
                self.admit(sender, Admitted::Withdraw(fixture::reference(u64::from(reference))), line).await
            }
            Operation::Tick => self.tick(None).await,
            Operation::CrashInTick(moment) => self.tick(Some(moment)).await,
            Operation::Crash => self.engine.crash().map_err(said).and_then(|()| self.compare_counters()),
            Operation::Days(days) => {
                (0..days).for_each(|_| self.model.today = next_day(self.model.today));
                Ok(())
            }
            Operation::Months(months) => {
                self.model.today = Day::new(self.model.today.month().plus(months), 1).map_err(said)?;
                Ok(())
            }
            Operation::StrikeOut(sender) => self.take_part(sender, false),
            Operation::Restore(sender) => self.take_part(sender, true),
            Operation::Announce => self.publish(|epochs, _| epochs.announce()),
            Operation::Rotate => self.publish(Epochs::rotate),
            Operation::Burn => self.publish(|epochs, _| epochs.burn()),
            Operation::Retire => self.publish(|epochs, _| epochs.retire()),
            Operation::Destroy => self.publish(|epochs, _| epochs.destroy()),
            Operation::Revive => {
                let gone = self.gone.clone();
                self.publish(|epochs, today| epochs.revive(today, &gone))
            }
            Operation::Follow(senders) => {
                let follows = |it: &Sender| senders & (1 << it) != 0;
                (0..SENDERS.len()).filter(follows).for_each(|it| self.epochs.follow(it));
                Ok(())
            }
        }
    }

    async fn carry_over(&mut self, sender: Sender, higher: bool) -> Result<(), String> {
        self.revision += if higher { 10 } else { 0 };
        let references: Vec<_> = self.journal.keys().filter(|it| it.0 == sender).copied().collect();
        for (_, reference) in references {
            let change = |put: &mut Journaled, revision| {
                put.revision = if higher { revision } else { put.revision };
            };
            self.again(sender, reference, change).await?;
        }
        Ok(())
    }

    /// Publishes a manifest, when it changes an epoch.
    fn publish(&mut self, change: impl FnOnce(&mut Epochs, Day) -> bool) -> Result<(), String> {
        self.sequence += u64::from(change(&mut self.epochs, self.model.today));
        Ok(())
    }

    fn take_part(&mut self, sender: Sender, takes_part: bool) -> Result<(), String> {
        if self.model.taking_part[sender] != takes_part {
            self.model.taking_part[sender] = takes_part;
            self.sequence += 1;
        }
        Ok(())
    }

    fn month_of(&self, content: Content) -> Month {
        let index = self.model.today.month().index() - u16::from(content.months_ago);
        Month::from_index(index).expect("a month")
    }

    async fn again(
        &mut self,
        sender: Sender,
        reference: u8,
        change: impl FnOnce(&mut Journaled, u64),
    ) -> Result<(), String> {
        let Some(mut put) = self.journal.get(&(sender, reference)).cloned() else { return Ok(()) };
        change(&mut put, self.revision);
        self.journal_and_send(sender, reference, put).await
    }

    async fn journal_and_send(
        &mut self,
        sender: Sender,
        reference: u8,
        put: Journaled,
    ) -> Result<(), String> {
        self.send(sender, reference, &put).await?;
        self.journal.insert((sender, reference), put);
        Ok(())
    }

    async fn send(&mut self, sender: Sender, number: u8, put: &Journaled) -> Result<(), String> {
        let Journaled { revision, child, both_kinds, content, month } = put.clone();
        let expiry = month.plus(content.term);
        if expiry.last_day() < self.model.today {
            // Intake refuses what would already have ended.
            return Ok(());
        }
        let kinds: &[u8] = if both_kinds { &[1, 2] } else { &[1] };
        let mut draft = Draft {
            revision,
            month,
            expiry,
            severity: if content.hard { Severity::Hard } else { Severity::Soft },
            region: region(if content.noord { "noord" } else { "west" }),
            ..Draft::soft(u64::from(number))
        };
        if let Some(code) = content.code {
            draft = draft.code(code);
        }
        if content.hearsay {
            draft = draft.hearsay(Domain::Zorg);
        }
        let epochs = self.epochs.of_push(sender, self.model.today);
        let at: Vec<_> =
            epochs.iter().flat_map(|epoch| kinds.iter().map(|kind| (*epoch, (*kind, child)))).collect();
        let places: Vec<_> =
            at.iter().map(|(epoch, (kind, child))| place(*epoch, *kind, u64::from(*child))).collect();
        if self.model.taking_part[sender] {
            let taken = door::takes(&*self.manifest()?, sender, places.clone(), self.model.today)?;
            agree("the door", &taken, &self.epochs.is_abreast(sender))?;
        }
        if !self.epochs.is_abreast(sender) {
            return Ok(());
        }
        let line = Line::Put { sender, reference: number, revision, at, content, month };
        self.admit(sender, draft.put(places), line).await
    }

    /// Sends one line of a sender that takes part; the door turns the others away.
    async fn admit(&mut self, sender: Sender, line: Admitted, same: Line) -> Result<(), String> {
        if !self.model.taking_part[sender] {
            return Ok(());
        }
        let arrival = Arrival::new(connection(SENDERS[sender].0), self.model.today, vec![line]);
        let first = self.engine.store().admit(arrival).await.map_err(said)?;
        self.model.acknowledged(same);
        self.sent[sender] += 1;
        agree("the sequence of an ack", &first, &self.sent[sender])
    }

    fn manifest(&self) -> Result<Arc<Manifest>, String> {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&self.sequence.to_be_bytes());
        let far = day("2190-12-31");
        let mut entries = ManifestEntries { sequence: self.sequence, hash, expires: far, ..entries() };
        entries.epochs = self.epochs.states().map(|(epoch, state)| entered(epoch, state)).collect();
        entries.connections.iter_mut().for_each(|it| it.valid_until = far);
        entries.connections.retain(|it| {
            let at = SENDERS.iter().position(|(id, ..)| connection(id) == it.id);
            at.is_none_or(|at| self.model.taking_part[at])
        });
        Manifest::new(entries).map(Arc::new).map_err(said)
    }

    async fn tick(&mut self, crash: Option<Moment>) -> Result<(), String> {
        let tick = Tick { manifest: self.manifest()?, today: self.model.today };
        let filed = match crash {
            Some(moment) => self.engine.crash_in_tick(tick, moment).await,
            None => self.engine.store().file(|| tick).await,
        }
        .map_err(said)?;
        let expected = self.model.tick(&self.epochs.live(self.model.today));
        agree("lines filed", &filed.lines, &(expected.lines as u64))?;
        agree("alerts told", &filed.told, &(expected.told.len() as u64))?;
        let changed = filed.lines > 0 || filed.told > 0;
        if filed.tick != self.last_tick + 1 && (changed || filed.tick != self.last_tick) {
            return Err(format!("tick {} after tick {}", filed.tick, self.last_tick));
        }
        let news = self.engine.store().news(&Reader::Hub, self.last_tick).await.map_err(said)?;
        let told: Vec<&Alert> = news.iter().flat_map(|it| &it.alerts).collect();
        agree("news", &views(told), &expected.told)?;
        self.last_tick = filed.tick;
        agree("the last tick", &self.engine.store().last_tick(), &self.last_tick)?;
        self.compare_counters()?;
        self.compare_alerts().await?;
        self.sweep().await?;
        self.destroy().await
    }

    /// Sweeps after every second tick: whether what ended is still there changes nothing but what ended alerts show.
    async fn sweep(&mut self) -> Result<(), String> {
        if self.last_tick.is_multiple_of(2) {
            let swept = self.engine.store().sweep(self.model.today).await.map_err(said)?;
            agree("a sweep on the day of the last tick", &swept.is_some(), &true)?;
            self.model.sweep();
            self.compare_alerts().await?;
        }
        Ok(())
    }

    /// Destroys what the manifest of the last tick says to be gone, as the hub does.
    async fn destroy(&mut self) -> Result<(), String> {
        let gone = &self.epochs.gone() - &self.gone;
        for epoch in gone {
            self.engine.destroy(Epoch::new(epoch), self.model.today).await.map_err(said)?;
            self.model.destroyed(epoch);
            self.gone.insert(epoch);
            self.compare_alerts().await?;
        }
        Ok(())
    }

    fn compare_counters(&self) -> Result<(), String> {
        let counters = self.engine.store().counters().map_err(said)?;
        for (sender, sent) in SENDERS.iter().zip(self.sent) {
            let counter = counters.get(&connection(sender.0)).copied().unwrap_or_default();
            // A connection that never sent anything has no counter.
            agree("a counter", &counter.next_sequence.max(1), &(sent + 1))?;
        }
        Ok(())
    }

    async fn compare_alerts(&self) -> Result<(), String> {
        let store = self.engine.store();
        let all = store.alerts(&Reader::Hub, Scope::All).await.map_err(said)?;
        let open = store.alerts(&Reader::Hub, Scope::Open).await.map_err(said)?;
        let expected = self.model.views();
        let expected_open: Vec<_> = expected.iter().filter(|it| it.open).cloned().collect();
        agree("open alerts", &views(open.iter().collect()), &expected_open)?;
        agree("all alerts", &views(all.iter().collect()), &expected)?;
        nothing_twice(&open)
    }
}

/// No open alert lists a signal twice, and no two of one kind list the same signal.
fn nothing_twice(open: &[Alert]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for alert in open {
        for it in alert.signals() {
            let signal = (alert.kind(), it.connection().clone(), *it.signal().reference().bytes());
            if !seen.insert(signal) {
                return Err(format!("a signal of {} is listed twice", it.connection()));
            }
        }
    }
    Ok(())
}

fn views(alerts: Vec<&Alert>) -> Vec<View> {
    let mut views: Vec<_> = alerts.into_iter().map(view).collect();
    views.sort();
    views
}

fn view(alert: &Alert) -> View {
    let numbers = alert.numbers();
    let number = |bytes: &[u8; 16]| u64::from_be_bytes(bytes[..8].try_into().expect("8 bytes"));
    let mut signals: Vec<_> = alert
        .signals()
        .iter()
        .map(|it| Shown {
            sender: it.connection().to_string(),
            reference: number(it.signal().reference().bytes()),
            revision: it.signal().revision(),
            hard: it.signal().content().severity() == Severity::Hard,
            code: it.signal().content().code().map(|code| code.to_string()),
            until: it.signal().content().expiry(),
            counts: it.counts(),
        })
        .collect();
    signals.sort();
    View {
        open: alert.is_open(),
        kind: alert.kind().number(),
        opened: alert.opened(),
        regions: alert.regions().iter().map(ToString::to_string).collect(),
        counted: Counted {
            domains: numbers.domains.iter().map(ToString::to_string).collect(),
            organisations: numbers.organisations.iter().map(ToString::to_string).collect(),
            pairs: numbers.pairs,
            hard: numbers.hard,
        },
        signals,
    }
}

fn agree<T: PartialEq + std::fmt::Debug>(what: &str, engine: &T, model: &T) -> Result<(), String> {
    if engine == model { Ok(()) } else { Err(format!("{what}\n  engine: {engine:?}\n  model:  {model:?}")) }
}

fn entered(epoch: u32, state: State) -> EpochEntry {
    let state = match state {
        State::Announced => EpochState::Announced,
        State::Active => EpochState::Active,
        State::Overlap(until) => EpochState::Overlap { until },
        State::Retired => EpochState::Retired,
        State::Destroyed => EpochState::Destroyed,
        State::Burned => EpochState::Burned,
    };
    EpochEntry { epoch: Epoch::new(epoch), state }
}
