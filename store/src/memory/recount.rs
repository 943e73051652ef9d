//! What is counted as signals are filed equals what a naive recount of the records finds, whatever happens.

use std::sync::Arc;

use proptest::prelude::*;
use samenloop_core::batch::Line;
use samenloop_core::fixture::{self, Draft, connection, month, place, reference};
use samenloop_core::manifest::{EpochEntry, EpochState, Manifest, ManifestEntries};
use samenloop_core::value::Month;

use super::*;

const SENDERS: [&str; 2] = ["school-west", "politie-west"];
const REFERENCES: u64 = 4;

#[derive(Debug, Clone)]
enum Step {
    Put {
        sender: usize,
        reference: u64,
        revision: u64,
        child: u64,
        kind: u8,
        months: u8,
        all_live: bool,
    },
    Withdraw {
        sender: usize,
        reference: u64,
    },
    Tick,
    NextMonth,
    /// The next epoch becomes active, or the overlap ends.
    Rotate,
    /// The newest epoch that is not live any more, if there is one.
    Destroy,
}

fn step() -> impl Strategy<Value = Step> {
    let put = (0..2_usize, 0..REFERENCES, 1..4_u64, 0..3_u64, 1..3_u8, 0..4_u8, any::<bool>());
    let put = put.prop_map(|(sender, reference, revision, child, kind, months, all_live)| Step::Put {
        sender,
        reference,
        revision,
        child,
        kind,
        months,
        all_live,
    });
    let withdraw = (0..2_usize, 0..REFERENCES);
    let withdraw = withdraw.prop_map(|(sender, reference)| Step::Withdraw { sender, reference });
    prop_oneof![
        8 => put,
        1 => withdraw,
        4 => Just(Step::Tick),
        1 => Just(Step::NextMonth),
        1 => Just(Step::Rotate),
        1 => Just(Step::Destroy),
    ]
}

struct World {
    store: MemoryStore,
    month: Month,
    active: u32,
    overlaps: bool,
}

impl World {
    fn today(&self) -> Day {
        Day::new(self.month, 10).unwrap()
    }

    fn live(&self) -> impl Iterator<Item = Epoch> + use<> {
        (self.active - u32::from(self.overlaps)..=self.active).map(Epoch::new)
    }

    fn manifest(&self) -> Arc<Manifest> {
        let entry = |epoch: Epoch| EpochEntry {
            epoch,
            state: if epoch.number() == self.active {
                EpochState::Active
            } else {
                EpochState::Overlap { until: fixture::day("2199-12-31") }
            },
        };
        let epochs = self.live().map(entry).collect();
        let hash = [u8::try_from(self.active * 2 + u32::from(self.overlaps)).unwrap(); 32];
        Arc::new(Manifest::new(ManifestEntries { epochs, hash, ..fixture::entries() }).unwrap())
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Put { sender, reference, revision, child, kind, months, all_live } => {
                let (month, expiry) = (self.month, self.month.plus(months));
                let draft = Draft { revision, month, expiry, ..Draft::soft(reference) };
                let live = self.live().filter(|it| all_live || it.number() == self.active);
                let line = draft.put(live.map(|it| place(it.number(), kind, child)).collect());
                self.admit(sender, line).await;
            }
            Step::Withdraw { sender, reference: number } => {
                self.admit(sender, Line::Withdraw(reference(number))).await;
            }
            Step::Tick => {
                let (manifest, today) = (self.manifest(), self.today());
                self.store.file(move || Tick { manifest, today }).await.unwrap();
                self.recount();
            }
            Step::NextMonth => self.month = self.month.plus(1),
            Step::Rotate if self.overlaps => self.overlaps = false,
            Step::Rotate => (self.active, self.overlaps) = (self.active + 1, true),
            Step::Destroy => {
                if let Some(ended) = self.live().next().and_then(|it| it.number().checked_sub(1)) {
                    self.store.destroy_epoch(Epoch::new(ended)).await.unwrap();
                    let standings = self.store.standings(self.today()).unwrap();
                    assert!(!standings.keys().any(|(_, epoch)| epoch.number() == ended));
                }
            }
        }
    }

    async fn admit(&self, sender: usize, line: Line) {
        let arrival = Arrival::new(connection(SENDERS[sender]), self.today(), vec![line]);
        self.store.admit(arrival).await.unwrap();
    }

    fn recount(&self) {
        let today = self.today();
        let epochs = self.store.epochs();
        let mut found: BTreeMap<(ConnectionId, Epoch), Standing> = BTreeMap::new();
        for (sender, number) in SENDERS.iter().flat_map(|it| (0..REFERENCES).map(move |at| (it, at))) {
            let is_filed = |epoch: Epoch| {
                let keys = EpochKeys::new("zhz", epoch, &epochs.secrets[&epoch]).unwrap();
                let hash = keys.reference(&connection(sender), reference(number));
                let contents = self.store.contents();
                let record = contents.references.get(&(epoch, hash));
                record.is_some_and(|it| it.is_alive(today) && !it.filed.is_empty())
            };
            for epoch in self.live().filter(|it| is_filed(*it)) {
                let standing = found.entry((connection(sender), epoch)).or_default();
                standing.filed += 1;
                standing.carried += u64::from(is_filed(Epoch::new(self.active)));
            }
        }
        let mut counted = self.store.standings(today).unwrap();
        counted.retain(|(_, epoch), _| self.live().any(|it| it == *epoch));
        assert_eq!(counted, found);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn what_is_counted_is_what_a_recount_of_the_records_finds(
        steps in proptest::collection::vec(step(), 1..80)
    ) {
        let store = MemoryStore::new("zhz");
        let mut world = World { store, month: month("2026-11"), active: 1, overlaps: false };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for step in steps {
                world.take(step).await;
            }
            world.take(Step::Tick).await;
        });
    }
}
