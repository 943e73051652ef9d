//! Quotas: how many lines a connection may still send (P-63).
//!
//! Counts lines and looks at nothing else: whether a line is new, known or part of a convergence changes no
//! number here.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota as Cell, RateLimiter};
use samenloop_core::batch::MAX_LINES;
use samenloop_core::clock::Clock;
use samenloop_core::manifest::{Connection, Manifest};
use samenloop_core::room::admission::Allowance;
use samenloop_core::value::{ConnectionId, Day};
use samenloop_store::Counter;

use crate::clock::seconds_to_midnight;

/// Every connection's own count, and nobody else's.
pub(crate) struct Quotas {
    clock: Arc<dyn Clock>,
    usages: Mutex<BTreeMap<ConnectionId, Arc<Mutex<Usage>>>>,
}

/// Seconds as governor reads them, from the hub's one clock.
struct BurstClock(Arc<dyn Clock>);

impl governor::clock::Clock for BurstClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_secs(self.0.unix_seconds())
    }
}

type Burst = RateLimiter<NotKeyed, InMemoryState, BurstClock, NoOpMiddleware<Duration>>;

struct Usage {
    /// The day that `lines` counts, and the lines admitted on it.
    day: Option<Day>,
    lines: u64,
    /// Submitted lines, refused ones included; made again when the manifest changes the quota.
    burst: Option<(u64, Burst)>,
}

impl Quotas {
    /// Goes on from what the store counted before the hub started.
    pub(crate) fn new(clock: Arc<dyn Clock>, counters: BTreeMap<ConnectionId, Counter>) -> Self {
        let usage = |counter: Counter| Usage { day: counter.day, lines: counter.lines, burst: None };
        let usages = counters.into_iter().map(|(id, counter)| (id, Arc::new(Mutex::new(usage(counter)))));
        Self { clock, usages: Mutex::new(usages.collect()) }
    }

    /// Lets `judge` spend from the connection's allowance, and counts the lines that it says it admitted.
    ///
    /// Batches of one connection pass one at a time, so that two streams cannot spend the same line; those
    /// of others do not wait for it.
    pub(crate) fn spend<T>(
        &self,
        manifest: &Manifest,
        connection: &Connection,
        today: Day,
        submitted: usize,
        judge: impl FnOnce(Allowance) -> (T, usize),
    ) -> T {
        let usage = self.usage(&connection.id);
        let mut usage = usage.lock().unwrap_or_else(PoisonError::into_inner);
        if usage.day != Some(today) {
            (usage.day, usage.lines) = (Some(today), 0);
        }
        let agreed = lines_a_day(manifest, connection, today);
        let allowance = match self.burst_wait(&mut usage, agreed, submitted) {
            Some(retry_after_seconds) => Allowance { lines: 0, retry_after_seconds },
            None => Allowance {
                lines: agreed.saturating_sub(usage.lines),
                retry_after_seconds: seconds_to_midnight(self.clock.unix_seconds()),
            },
        };
        let (judged, admitted) = judge(allowance);
        usage.lines = usage.lines.saturating_add(u64::try_from(admitted).unwrap_or(u64::MAX));
        judged
    }

    fn usage(&self, id: &ConnectionId) -> Arc<Mutex<Usage>> {
        let mut usages = self.usages.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(Mutex::new(Usage { day: None, lines: 0, burst: None }));
        Arc::clone(usages.entry(id.clone()).or_insert_with(fresh))
    }

    /// Seconds to wait when so many lines are too many at once; `None` when they are not.
    fn burst_wait(&self, usage: &mut Usage, agreed: u64, submitted: usize) -> Option<u32> {
        let submitted = u32::try_from(submitted).ok().and_then(NonZeroU32::new)?;
        if usage.burst.as_ref().is_none_or(|(of, _)| *of != agreed) {
            let clock = BurstClock(Arc::clone(&self.clock));
            usage.burst = Some((agreed, RateLimiter::direct_with_clock(burst_of(agreed), clock)));
        }
        let (_, burst) = usage.burst.as_ref()?;
        match burst.check_n(submitted) {
            Ok(Ok(())) => None,
            Ok(Err(until)) => {
                let wait = until.wait_time_from(Duration::from_secs(self.clock.unix_seconds()));
                Some(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
            }
            // Never: a batch is no larger than any burst.
            Err(_) => Some(seconds_to_midnight(self.clock.unix_seconds())),
        }
    }
}

/// Lines a day: as agreed, and as many again in an overlap, in which everything is carried over (P-42).
fn lines_a_day(manifest: &Manifest, connection: &Connection, today: Day) -> u64 {
    let overlap = manifest.live_epochs(today).count() > 1;
    if overlap { connection.quota_lines.saturating_mul(2) } else { connection.quota_lines }
}

/// A burst of submitted lines: a day's lines at once, given back over an hour. Whoever keeps within the day
/// never meets it; whoever sends what is refused, over and over, does.
fn burst_of(agreed: u64) -> Cell {
    let most = u64::try_from(MAX_LINES).unwrap_or(u64::MAX);
    let lines = u32::try_from(agreed.max(most)).unwrap_or(u32::MAX);
    Cell::per_hour(NonZeroU32::new(lines).unwrap_or(NonZeroU32::MIN))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use samenloop_core::manifest::{CodesAllowed, Role};
    use samenloop_core::value::{Domain, OrganisationId};

    use super::*;

    struct Standing(AtomicU64);

    impl Clock for Standing {
        fn unix_seconds(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }

        fn today(&self) -> Day {
            Day::parse("2026-11-22").unwrap()
        }
    }

    fn connection(quota_lines: u64) -> Connection {
        Connection {
            id: ConnectionId::parse("school-west").unwrap(),
            organisation: OrganisationId::parse("scholen").unwrap(),
            oin: String::new(),
            role: Role::Agency(Domain::Onderwijs),
            regions: vec![],
            certificate_keys: vec![],
            details_key: None,
            details_key_id: None,
            kinds: vec![],
            codes: CodesAllowed::default(),
            legal_basis: String::new(),
            agreement: String::new(),
            valid_until: Day::parse("2099-12-31").unwrap(),
            quota_lines,
            mailbox: None,
        }
    }

    fn quotas(counters: BTreeMap<ConnectionId, Counter>) -> (Quotas, Arc<Standing>) {
        let clock = Arc::new(Standing(AtomicU64::new(1_795_345_200)));
        (Quotas::new(Arc::clone(&clock) as Arc<dyn Clock>, counters), clock)
    }

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// Submits so many lines, of which so many are admitted, and says how many were allowed.
    fn spend(quotas: &Quotas, epochs: usize, today: &str, submitted: usize, admitted: usize) -> Allowance {
        let manifest = manifest(epochs);
        quotas.spend(&manifest, &connection(1000), day(today), submitted, |allowance| (allowance, admitted))
    }

    fn manifest(epochs: usize) -> Manifest {
        use samenloop_core::manifest::{EpochEntry, EpochState, HubEntry, ManifestEntries, Rule};
        use samenloop_core::value::Epoch;
        let states = [EpochState::Active, EpochState::Overlap { until: day("2026-12-20") }];
        Manifest::new(ManifestEntries {
            exchange: "test".to_owned(),
            sequence: 1,
            hash: [0; 32],
            root: [0; 32],
            predecessor: None,
            issued: day("2026-11-20"),
            acts_from: day("2026-11-20"),
            expires: day("2026-12-20"),
            tick_seconds: 1,
            mail_hours: Vec::new(),
            rights_days: vec![3],
            hub: HubEntry {
                server_name: "hub".to_owned(),
                receipt_key: [0; 32],
                log_key: [0; 32],
                operator: String::new(),
            },
            rule: Rule {
                name: "samenloop-regel/1".to_owned(),
                domains: 2,
                organisations: 2,
                pairs_with_hard: 2,
                pairs: 3,
            },
            organisations: vec![],
            regions: vec![],
            national_fallback: None,
            epochs: (1..)
                .zip(states)
                .take(epochs)
                .map(|(number, state)| EpochEntry { epoch: Epoch::new(number), state })
                .collect(),
            making: vec![],
            connections: vec![],
        })
        .unwrap()
    }

    #[test]
    fn a_day_goes_on_where_the_store_left_it_and_a_new_day_begins_anew() {
        let id = ConnectionId::parse("school-west").unwrap();
        let counter = Counter { next_sequence: 701, day: Some(day("2026-11-22")), lines: 700 };
        let (quotas, _) = quotas(BTreeMap::from([(id, counter)]));
        assert_eq!(spend(&quotas, 1, "2026-11-22", 10, 10).lines, 300);
        assert_eq!(spend(&quotas, 1, "2026-11-22", 10, 0).lines, 290);
        assert_eq!(spend(&quotas, 1, "2026-11-23", 10, 10).lines, 1000);
    }

    #[test]
    fn an_overlap_allows_for_carrying_over() {
        let (quotas, _) = quotas(BTreeMap::new());
        assert_eq!(spend(&quotas, 2, "2026-11-22", 1, 1).lines, 2000);
    }

    #[test]
    fn lines_that_are_refused_over_and_over_meet_the_burst() {
        let (quotas, clock) = quotas(BTreeMap::new());
        assert_eq!(spend(&quotas, 1, "2026-11-22", 500, 0).lines, 1000);
        assert_eq!(spend(&quotas, 1, "2026-11-22", 500, 0).lines, 1000);
        let over = spend(&quotas, 1, "2026-11-22", 500, 0);
        assert_eq!(over.lines, 0);
        assert!((1700..=1900).contains(&over.retry_after_seconds), "{}", over.retry_after_seconds);
        clock.0.fetch_add(u64::from(over.retry_after_seconds), Ordering::Relaxed);
        assert_eq!(spend(&quotas, 1, "2026-11-22", 500, 0).lines, 1000);
    }
}
