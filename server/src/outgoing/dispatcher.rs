//! Empties the outbox: on the tick, at the manifest's hours, and again until it is delivered or its term ends.
//!
//! Works beside filing and intake, and holds up neither: an endpoint that is slow, or never answers, keeps only its
//! own letters waiting.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use samenloop_core::alert::{AlertId, Notice, may_lead};
use samenloop_core::clock::Clock;
use samenloop_core::manifest::Manifest;
use samenloop_core::value::{ConnectionId, Day, Mailbox};
use samenloop_store::{Fate, Fault, Letter, LetterId, Store};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

use super::attempt::Attempt;
use super::event::Event;
use super::mail::Message;
use super::{Outgoing, Parcel, Undelivered};
use crate::clock::hour_of;
use crate::receipt::ReceiptKey;
use crate::seat::Seat;
use crate::shutdown::Stop;

/// Letters that one way takes on one tick at most; the rest goes with the next.
const A_ROUND: usize = 32;

/// What dispatching needs.
pub(crate) struct Dispatcher<S> {
    store: Arc<S>,
    seat: Arc<Seat>,
    clock: Arc<dyn Clock>,
    names: Arc<ReceiptKey>,
    ways: Arc<Outgoing>,
    /// What left, or is to leave.
    attempts: BTreeMap<Address, Attempt>,
    /// What is under way, by the task that carries it.
    under_way: HashMap<Id, Round>,
    /// The hour, counted from 1970, in which new letters last left.
    opened: Option<u64>,
}

/// By which way something leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    Mail,
    Webhook(ConnectionId),
}

/// What letters of one address say is one thing. One mail says it to a mailbox, also where two connections share it; an
/// event is of one alert.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Address {
    Mail(Mailbox, Message),
    Event(ConnectionId, AlertId),
}

impl Address {
    fn way(&self) -> Way {
        match self {
            Self::Mail(..) => Way::Mail,
            Self::Event(to, _) => Way::Webhook(to.clone()),
        }
    }
}

/// What left by one way on one tick: for each address the letters that go with it.
struct Round {
    way: Way,
    carried: Vec<(Address, Vec<LetterId>)>,
}

/// The moment of a tick.
struct Moment {
    manifest: Arc<Manifest>,
    /// The day of the clock, and the manifest's last one from then on: a clock that is a year ahead gives up no letter.
    today: Day,
    /// Unix seconds, rounded down to a tick.
    tick: u64,
    /// Whether new letters may leave.
    opens: bool,
}

/// What became of each parcel of a round, in order.
type Outcomes = Vec<Result<(), Undelivered>>;

impl<S: Store> Dispatcher<S> {
    pub(crate) fn new(
        store: Arc<S>,
        seat: Arc<Seat>,
        clock: Arc<dyn Clock>,
        names: Arc<ReceiptKey>,
        ways: Outgoing,
    ) -> Self {
        let (attempts, under_way) = (BTreeMap::new(), HashMap::new());
        Self { store, seat, clock, names, ways: Arc::new(ways), attempts, under_way, opened: None }
    }

    /// Works until the hub stops. What is then under way is cut, and leaves again after the next start.
    ///
    /// # Errors
    /// The store's [`Fault`].
    pub(crate) async fn run(mut self, mut ticks: watch::Receiver<u64>, mut stop: Stop) -> Result<(), Fault> {
        let mut rounds = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = stop.wait() => return Ok(()),
                Some(ended) = rounds.join_next_with_id() => self.note(ended),
                ticked = ticks.changed() => match ticked {
                    Ok(()) => self.tick(&mut rounds).await?,
                    Err(_) => return Ok(()),
                },
            }
        }
    }

    async fn tick(&mut self, rounds: &mut JoinSet<Outcomes>) -> Result<(), Fault> {
        let moment = self.moment();
        let mut fates = Vec::new();
        let mut waiting: BTreeMap<Address, Vec<Letter>> = BTreeMap::new();
        for letter in self.store.outbox(&moment.manifest, moment.today).await? {
            let is_over = letter.dead.is_some() && letter.ends() < moment.today;
            match self.address(&letter.notice, &moment) {
                _ if letter.dead.is_some() && !is_over => {}
                Some(address) if letter.dead.is_none() => waiting.entry(address).or_default().push(letter),
                Some(_) | None => fates.push((letter.id, Fate::Gone)),
            }
        }
        self.attempts.retain(|address, _| waiting.contains_key(address));
        let mut leaving: Vec<(Round, Vec<Parcel>)> = Vec::new();
        for (address, mut letters) in waiting {
            fates.extend(self.give_up(&address, &mut letters, moment.today));
            let Some(parcel) = self.parcel(&address, &letters, &moment) else { continue };
            let (way, letters) = (address.way(), letters.iter().map(|it| it.id).collect());
            let at = leaving.iter().position(|(round, _)| round.way == way).unwrap_or_else(|| {
                leaving.push((Round { way, carried: Vec::new() }, Vec::new()));
                leaving.len() - 1
            });
            if let Some((round, parcels)) = leaving.get_mut(at).filter(|it| it.1.len() < A_ROUND) {
                round.carried.push((address, letters));
                parcels.push(parcel);
            }
        }
        self.store.dispatched(fates);
        for (round, parcels) in leaving {
            let carried = carry(Arc::clone(&self.ways), Arc::clone(&self.clock), parcels);
            self.under_way.insert(rounds.spawn(carried).id(), round);
        }
        Ok(())
    }

    fn moment(&mut self) -> Moment {
        let (manifest, today, now) = (self.seat.current(), self.clock.today(), self.clock.unix_seconds());
        let today = today.min(manifest.expires());
        let beat = u64::from(manifest.tick_seconds().max(1));
        // At fixed hours: once in each, on its first tick.
        let (hours, slot) = (manifest.mail_hours(), now / 3600);
        let opens = hours.is_empty() || (hours.contains(&hour_of(now)) && self.opened != Some(slot));
        if opens {
            self.opened = Some(slot);
        }
        Moment { manifest, today, tick: now - now % beat, opens }
    }

    /// Where a notice goes; nowhere, where the configuration or the manifest of this moment has no way for it.
    fn address(&self, notice: &Notice, moment: &Moment) -> Option<Address> {
        match notice {
            Notice::Mail { to, .. } | Notice::Rights { to } => {
                let to = moment.manifest.connection(to).filter(|it| it.is_valid(moment.today))?;
                self.ways.mail.as_ref()?;
                Some(Address::Mail(to.mailbox.clone()?, Message::of(notice, to.role)?))
            }
            Notice::Event { to, alert } => {
                let is_told =
                    self.ways.webhooks.contains_key(to) && may_lead(&moment.manifest, to, moment.today);
                is_told.then(|| Address::Event(to.clone(), *alert))
            }
        }
    }

    /// Takes out the letters whose term is over. A hub that was down for a week tries once more before it gives up.
    fn give_up(&self, address: &Address, letters: &mut Vec<Letter>, today: Day) -> Vec<(LetterId, Fate)> {
        if !self.attempts.get(address).is_some_and(Attempt::has_failed) {
            return Vec::new();
        }
        let dead: Vec<_> = letters
            .extract_if(.., |it| it.posted.plus_days(Letter::TRIED_DAYS) < today)
            .map(|it| it.id)
            .collect();
        if !dead.is_empty() {
            // Not to whom: an agency is mailed when it is asked for contact.
            tracing::warn!(way = ?address.way(), letters = dead.len(), "not delivered within its term");
        }
        dead.into_iter().map(|id| (id, Fate::Dead(today))).collect()
    }

    /// What leaves for an address on a tick, if it is to leave now.
    fn parcel(&mut self, address: &Address, letters: &[Letter], moment: &Moment) -> Option<Parcel> {
        let letter = letters.first()?;
        if moment.opens {
            self.attempts.entry(address.clone()).or_insert_with(|| Attempt::first(moment.tick));
        }
        let attempt = self.attempts.get(address).filter(|it| it.is_due(moment.tick))?;
        if self.under_way.values().any(|it| it.way == address.way()) {
            return None;
        }
        match address {
            Address::Mail(to, message) => {
                Some(Parcel::Mail { to: to.clone(), message: *message, at: attempt.left })
            }
            Address::Event(to, alert) => {
                let number = self.names.alert_number(to, *alert);
                let event = Event::new(letter.id, &moment.manifest.hub().operator, attempt.left, &number)?;
                Some(Parcel::Event { to: to.clone(), event })
            }
        }
    }

    /// Notes what became of a round: what was delivered goes, the rest is tried again, later. One that broke off is as
    /// good as not delivered, and frees its own way alone.
    fn note(&mut self, ended: Result<(Id, Outcomes), JoinError>) {
        let (id, outcomes) = match ended {
            Ok((id, outcomes)) => (id, outcomes),
            Err(broken) => (broken.id(), Vec::new()),
        };
        let Some(Round { way, carried }) = self.under_way.remove(&id) else { return };
        let (now, beat) = (self.clock.unix_seconds(), self.seat.current().tick_seconds());
        let outcomes = outcomes.into_iter().chain(std::iter::repeat(Err(Undelivered::Broken)));
        for ((address, letters), outcome) in carried.into_iter().zip(outcomes) {
            match outcome {
                Ok(()) => {
                    self.attempts.remove(&address);
                    self.store.dispatched(letters.into_iter().map(|id| (id, Fate::Gone)).collect());
                }
                Err(why) => {
                    tracing::warn!(?way, "not delivered, to be tried again: {why}");
                    if let Some(attempt) = self.attempts.get_mut(&address) {
                        attempt.fail(now, beat, getrandom::u32().unwrap_or_default());
                    }
                }
            }
        }
    }
}

/// Delivers one parcel after another.
async fn carry(ways: Arc<Outgoing>, clock: Arc<dyn Clock>, parcels: Vec<Parcel>) -> Outcomes {
    let mut outcomes = Vec::new();
    for parcel in parcels {
        outcomes.push(ways.deliver(&parcel, clock.unix_seconds()).await);
    }
    outcomes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use samenloop_core::fixture;
    use samenloop_store::memory::MemoryStore;

    use super::*;

    struct Noon;

    impl Clock for Noon {
        fn unix_seconds(&self) -> u64 {
            1_795_345_200
        }

        fn today(&self) -> Day {
            fixture::today()
        }
    }

    #[tokio::test]
    async fn a_round_that_breaks_off_frees_its_own_way_alone_and_is_tried_later() {
        let (store, seat) = (Arc::new(MemoryStore::new("zhz")), Seat::new(Arc::new(fixture::manifest())));
        let names = Arc::new(ReceiptKey::from_seed(&[7; 32]).unwrap());
        let mut hub = Dispatcher::new(store, Arc::new(seat), Arc::new(Noon), names, Outgoing::default());
        let (mut rounds, alert): (JoinSet<Outcomes>, _) = (JoinSet::new(), AlertId::new([1; 16]));
        for to in ["zorgcoordinator-west", "zorgcoordinator-noord"] {
            let address = Address::Event(fixture::connection(to), alert);
            hub.attempts.insert(address.clone(), Attempt::first(0));
            let round = Round { way: address.way(), carried: vec![(address, Vec::new())] };
            let breaks = to.ends_with("west");
            let carried = rounds.spawn(async move {
                assert!(!breaks, "planted");
                std::future::pending().await
            });
            hub.under_way.insert(carried.id(), round);
        }
        let ended = rounds.join_next_with_id().await.unwrap();
        assert!(ended.is_err());
        hub.note(ended);
        let busy: Vec<_> = hub.under_way.values().map(|it| &it.way).collect();
        assert_eq!(busy, [&Way::Webhook(fixture::connection("zorgcoordinator-noord"))]);
        let failed: Vec<_> = hub.attempts.values().map(Attempt::has_failed).collect();
        assert_eq!(failed, [false, true], "north is under way, west failed");
    }
}
