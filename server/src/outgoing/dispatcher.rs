//! Empties the outbox: on the tick, at the manifest's hours, and again until it is delivered or its term ends.
//!
//! Works beside filing and intake, and holds up neither: an endpoint that is slow, or never answers, keeps only its
//! own letters waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use samenloop_core::alert::{Notice, may_lead};
use samenloop_core::clock::Clock;
use samenloop_core::manifest::Manifest;
use samenloop_core::value::{ConnectionId, Day};
use samenloop_store::{Fate, Fault, Letter, LetterId, Store};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::attempt::Attempt;
use super::event::Event;
use super::mail::Message;
use super::{Outgoing, Parcel, Undelivered};
use crate::clock::hour_of;
use crate::receipt::ReceiptKey;
use crate::seat::Seat;
use crate::shutdown::Stop;

/// Days for which a letter is tried.
const TERM_DAYS: u32 = 7;

/// Days for which a dead letter stays to be seen.
const DEAD_DAYS: u32 = 30;

/// Letters that one way takes on one tick at most; the rest goes with the next.
const A_ROUND: usize = 32;

/// What dispatching needs.
pub(crate) struct Dispatcher<S> {
    store: Arc<S>,
    seat: Arc<Seat>,
    clock: Arc<dyn Clock>,
    names: Arc<ReceiptKey>,
    ways: Arc<Outgoing>,
    /// The letters that left, or are to leave.
    attempts: BTreeMap<LetterId, Attempt>,
    /// The ways on which letters are.
    busy: BTreeSet<Way>,
    /// The hour, counted from 1970, in which new letters last left.
    opened: Option<u64>,
}

/// By which way something leaves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Mail,
    Webhook(ConnectionId),
}

/// What is to be done with a letter on a tick.
enum Verdict {
    Wait,
    End(Fate),
    Leave(Way, Parcel),
}

/// What became of the letters that left by one way on one tick.
struct Round {
    way: Way,
    tried: Vec<(Vec<LetterId>, Result<(), Undelivered>)>,
}

/// The moment of a tick.
struct Moment {
    manifest: Arc<Manifest>,
    today: Day,
    /// Unix seconds, rounded down to a tick.
    tick: u64,
    /// Whether new letters may leave.
    opens: bool,
}

impl<S: Store> Dispatcher<S> {
    pub(crate) fn new(
        store: Arc<S>,
        seat: Arc<Seat>,
        clock: Arc<dyn Clock>,
        names: Arc<ReceiptKey>,
        ways: Outgoing,
    ) -> Self {
        let (attempts, busy) = (BTreeMap::new(), BTreeSet::new());
        Self { store, seat, clock, names, ways: Arc::new(ways), attempts, busy, opened: None }
    }

    /// Works until the hub stops. What is then under way is cut, and leaves again after the next start.
    pub(crate) async fn run(mut self, mut ticks: watch::Receiver<u64>, mut stop: Stop) {
        let mut rounds = JoinSet::new();
        loop {
            let done = tokio::select! {
                biased;
                () = stop.wait() => return,
                Some(round) = rounds.join_next() => match round {
                    Ok(round) => self.note(round).await,
                    Err(_) => {
                        self.busy.clear();
                        Ok(())
                    }
                },
                ticked = ticks.changed() => match ticked {
                    Ok(()) => self.tick(&mut rounds).await,
                    Err(_) => return,
                },
            };
            // The worker meets the same fault, and stops the hub.
            if let Err(fault) = done {
                tracing::error!("the outbox: {fault}");
                return;
            }
        }
    }

    async fn tick(&mut self, rounds: &mut JoinSet<Round>) -> Result<(), Fault> {
        let moment = self.moment();
        let letters = self.store.outbox().await?;
        self.attempts.retain(|id, _| letters.iter().any(|it| it.id == *id));
        let mut fates = Vec::new();
        let mut leaving: BTreeMap<Way, Vec<(Vec<LetterId>, Parcel)>> = BTreeMap::new();
        for letter in letters {
            match self.judge(&letter, &moment) {
                Verdict::Wait => {}
                Verdict::End(fate) => fates.push((letter.id, fate)),
                Verdict::Leave(way, parcel) => {
                    let round = leaving.entry(way).or_default();
                    // One mail says it to a mailbox, also where two connections share it.
                    if let Some((letters, _)) = round.iter_mut().find(|(_, it)| it.says_the_same(&parcel)) {
                        letters.push(letter.id);
                    } else if round.len() < A_ROUND {
                        round.push((vec![letter.id], parcel));
                    }
                }
            }
        }
        if !fates.is_empty() {
            self.store.dispatched(fates, moment.today).await?;
        }
        for (way, parcels) in leaving {
            self.busy.insert(way.clone());
            rounds.spawn(round(Arc::clone(&self.ways), Arc::clone(&self.clock), way, parcels));
        }
        Ok(())
    }

    fn moment(&mut self) -> Moment {
        let (manifest, today, now) = (self.seat.current(), self.clock.today(), self.clock.unix_seconds());
        let beat = u64::from(manifest.tick_seconds().max(1));
        // At fixed hours: once in each, on its first tick.
        let (hours, slot) = (manifest.mail_hours(), now / 3600);
        let opens = hours.is_empty() || (hours.contains(&hour_of(now)) && self.opened != Some(slot));
        if opens {
            self.opened = Some(slot);
        }
        Moment { manifest, today, tick: now - now % beat, opens }
    }

    fn judge(&mut self, letter: &Letter, moment: &Moment) -> Verdict {
        if let Some(since) = letter.dead {
            let is_over = since.plus_days(DEAD_DAYS) < moment.today;
            return if is_over { Verdict::End(Fate::Gone) } else { Verdict::Wait };
        }
        let Some(way) = self.way(&letter.notice, moment) else { return Verdict::End(Fate::Gone) };
        // A hub that was down for a week tries once more before it gives up.
        let was_tried = self.attempts.get(&letter.id).is_some_and(Attempt::has_failed);
        if was_tried && letter.posted.plus_days(TERM_DAYS) < moment.today {
            tracing::warn!(to = %letter.notice.to(), "a letter could not be delivered within its term");
            return Verdict::End(Fate::Dead(moment.today));
        }
        if moment.opens {
            self.attempts.entry(letter.id).or_insert_with(|| Attempt::first(moment.tick));
        }
        let attempt = self.attempts.get(&letter.id).filter(|it| it.is_due(moment.tick));
        match attempt.and_then(|it| self.parcel(letter, moment, it.left)) {
            Some(parcel) if !self.busy.contains(&way) => Verdict::Leave(way, parcel),
            Some(_) | None => Verdict::Wait,
        }
    }

    /// By which way a notice leaves; none, where the configuration or the manifest of this moment has none for it.
    fn way(&self, notice: &Notice, moment: &Moment) -> Option<Way> {
        match notice {
            Notice::Mail { to } => {
                let to = moment.manifest.connection(to).filter(|it| it.is_valid(moment.today))?;
                let is_told = to.mailbox.is_some() && Message::to(to.role).is_some();
                (self.ways.mail.is_some() && is_told).then_some(Way::Mail)
            }
            Notice::Event { to, .. } => {
                let is_told =
                    self.ways.webhooks.contains_key(to) && may_lead(&moment.manifest, to, moment.today);
                is_told.then(|| Way::Webhook(to.clone()))
            }
        }
    }

    fn parcel(&self, letter: &Letter, moment: &Moment, left: u64) -> Option<Parcel> {
        match &letter.notice {
            Notice::Mail { to } => {
                let to = moment.manifest.connection(to)?;
                Some(Parcel::Mail { to: to.mailbox.clone()?, message: Message::to(to.role)?, at: left })
            }
            Notice::Event { to, alert } => {
                let number = self.names.alert_number(to, *alert);
                let event = Event::new(letter.id, &moment.manifest.hub().operator, left, &number)?;
                Some(Parcel::Event { to: to.clone(), event })
            }
        }
    }

    /// Notes what became of letters that left: what was delivered goes, the rest is tried again, later.
    async fn note(&mut self, Round { way, tried }: Round) -> Result<(), Fault> {
        self.busy.remove(&way);
        let (now, beat) = (self.clock.unix_seconds(), self.seat.current().tick_seconds());
        let mut fates = Vec::new();
        for (letters, outcome) in tried {
            if let Err(why) = &outcome {
                tracing::warn!(?way, "not delivered, to be tried again: {why}");
            }
            for id in letters {
                if outcome.is_ok() {
                    self.attempts.remove(&id);
                    fates.push((id, Fate::Gone));
                } else if let Some(attempt) = self.attempts.get_mut(&id) {
                    attempt.fail(now, beat, getrandom::u32().unwrap_or_default());
                }
            }
        }
        if fates.is_empty() { Ok(()) } else { self.store.dispatched(fates, self.clock.today()).await }
    }
}

/// Lets letters leave by one way, one after another.
async fn round(
    ways: Arc<Outgoing>,
    clock: Arc<dyn Clock>,
    way: Way,
    parcels: Vec<(Vec<LetterId>, Parcel)>,
) -> Round {
    let mut tried = Vec::new();
    for (letters, parcel) in parcels {
        tried.push((letters, ways.deliver(&parcel, clock.unix_seconds()).await));
    }
    Round { way, tried }
}
