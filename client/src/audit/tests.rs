//! A hub that drops, alters, reorders, forks or rolls back is caught.

use std::collections::BTreeMap;

use samenloop_audit::{
    Entry, EntryKind, Hash, Tiles, append, commit, consistency, hours_of_day, inclusion, root, salted_batch,
    verify_consistency,
};
use samenloop_manifest::LogKey;

use super::*;

const ORIGIN: &str = "samenloop.example/test";
const OURS: u64 = 7;
const SALT: [u8; 32] = [5; 32];
/// The digest of a batch that nobody sent.
const OTHER: Hash = [0xee; 32];

#[derive(Default)]
struct Tree {
    entries: Vec<Entry>,
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl Tiles for Tree {
    type Fault = ();

    fn tile(&self, level: u8, index: u64) -> Result<Vec<Hash>, ()> {
        Ok(self.tiles.get(&(level, index)).cloned().unwrap_or_default())
    }

    fn missing(&self) {}
}

impl Tree {
    fn of(entries: &[Entry]) -> Self {
        let leaves: Vec<_> = entries.iter().map(Entry::leaf).collect();
        let tiles = append(&Self::default(), 0, &leaves).unwrap();
        Self { entries: entries.to_vec(), tiles }
    }

    fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    fn checkpoint(&self, on: &str) -> Checkpoint {
        let (size, root) = (self.size(), root(self, self.size()).unwrap());
        Checkpoint { origin: ORIGIN.into(), log: Log::Intake, size, root, day: Some(day(on)) }
    }

    /// What an honest hub answers.
    fn prove(&self, first: u64) -> Vec<v1::ProvedEntry> {
        let mut next = first;
        let own = (0..).zip(&self.entries).filter(|(_, it)| {
            let is_next = it.actor == OURS && it.first_sequence == next;
            next += if is_next { u64::from(it.count) } else { 0 };
            is_next
        });
        own.map(|(leaf, entry)| {
            let path = inclusion(self, leaf, self.size()).unwrap();
            let path = path.into_iter().map(|it| it.to_vec()).collect();
            let records = [digest(entry.first_sequence), OTHER].map(|it| record(&it, entry.count));
            let record = records.into_iter().find(|it| commit(&SALT, entry.kind, it) == entry.commit);
            let salt = record.iter().flat_map(|_| SALT).collect();
            let record = record.unwrap_or_default();
            v1::ProvedEntry { leaf, entry: entry.bytes().to_vec(), path, salt, record }
        })
        .collect()
    }
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// The digest of the batch that was sent from a sequence on.
fn digest(first_sequence: u64) -> Hash {
    [u8::try_from(first_sequence % 251).unwrap(); 32]
}

/// The record of a batch of so many lines.
fn record(digest: &Hash, lines: u32) -> Vec<u8> {
    let lines = vec![[4; 32]; usize::try_from(lines).unwrap()];
    [&salted_batch(&SALT, digest), lines.as_flattened()].concat()
}

fn entry(actor: u64, first_sequence: u64, count: u32) -> Entry {
    let (kind, hours) = (EntryKind::Batch, hours_of_day(day("2026-11-20")));
    let commit = commit(&SALT, kind, &record(&digest(first_sequence), count));
    Entry { kind, hours, actor, first_sequence, commit, count }
}

fn receipt(on: &str, first_sequence: u64, count: u32) -> Receipt {
    let batch = first_sequence.to_be_bytes().to_vec();
    Receipt {
        day: day(on),
        batch,
        digest: digest(first_sequence),
        first_sequence,
        count,
        signature: vec![3; 64],
    }
}

/// Three batches of ours among those of another agency, and the receipts of ours.
fn honest() -> (Vec<Entry>, Vec<Receipt>) {
    let entries = [(OURS, 1, 500), (9, 1, 40), (OURS, 501, 20), (9, 41, 1), (OURS, 521, 3), (9, 42, 2)];
    let entries = entries.map(|(actor, first, count)| entry(actor, first, count)).to_vec();
    let receipts = [(1, 500), (501, 20), (521, 3)].map(|(first, count)| receipt("2026-11-20", first, count));
    (entries, receipts.to_vec())
}

async fn held(
    tree: &Tree,
    receipts: Vec<Receipt>,
    kept: Option<&Head>,
) -> Result<(Verdict, Own), AuditFault> {
    let checkpoint = tree.checkpoint("2026-11-22");
    hold((&checkpoint, day("2026-11-22")), receipts, kept, async |first| Ok(tree.prove(first))).await
}

#[tokio::test]
async fn an_honest_hub_proves_every_batch() {
    let (entries, receipts) = honest();
    let (verdict, own) = held(&Tree::of(&entries), receipts, None).await.unwrap();
    assert_eq!((verdict.proved, verdict.pending, verdict.is_clean()), (3, 0, true));
    assert_eq!((own.alias(), own.proved_through()), (Some(OURS), 524));
}

#[tokio::test]
async fn a_dropped_batch_is_proof_against_the_hub() {
    for dropped in [0, 2, 4] {
        let (mut entries, receipts) = honest();
        let first = entries.remove(dropped).first_sequence;
        let (verdict, _) = held(&Tree::of(&entries), receipts, None).await.unwrap();
        let missing: Vec<_> = verdict.missing.iter().map(|it| it.first_sequence).collect();
        assert!(!verdict.is_clean() && missing == [first], "{dropped}: {missing:?}");
    }
}

#[tokio::test]
async fn what_is_not_yet_due_waits_and_a_gap_does_not() {
    for on in ["2026-11-21", "2026-11-22"] {
        let (entries, mut receipts) = honest();
        receipts.iter_mut().for_each(|it| it.day = day(on));
        let (verdict, _) = held(&Tree::of(&entries[..3]), receipts.clone(), None).await.unwrap();
        assert_eq!((verdict.proved, verdict.pending, verdict.is_clean()), (2, 1, true));
        let gap = [&entries[..2], &entries[3..]].concat();
        let (verdict, _) = held(&Tree::of(&gap), receipts, None).await.unwrap();
        assert_eq!(verdict.missing.len(), 1);
    }
}

/// P-75: an honest hub whose clock is ahead, or an agency whose clock is behind or ahead, accuses nobody; and both are told.
#[tokio::test]
async fn a_clock_that_is_a_day_off_proves_nothing_and_is_told() {
    let (entries, receipts) = honest();
    let tree = Tree::of(&entries[..3]);
    let on = async |checkpoint: &str, acked: &str, today: &str| {
        let checkpoint = tree.checkpoint(checkpoint);
        let receipts = receipts.iter().map(|it| Receipt { day: day(acked), ..it.clone() }).collect();
        let held = hold((&checkpoint, day(today)), receipts, None, async |first| Ok(tree.prove(first)));
        held.await.unwrap().0
    };
    // A hub that is ahead; an agency that is behind by a day, and ahead by one; and two clocks that are right.
    for (checkpoint, acked, today, is_ahead, missing) in [
        ("2026-12-05", "2026-11-20", "2026-11-22", true, 0),
        ("2026-11-21", "2026-11-19", "2026-11-20", true, 0),
        ("2026-11-21", "2026-11-20", "2026-11-21", false, 0),
        ("2026-11-21", "2026-11-21", "2026-11-22", false, 0),
        ("2026-11-22", "2026-11-20", "2026-11-22", false, 1),
    ] {
        let verdict = on(checkpoint, acked, today).await;
        assert_eq!((verdict.is_ahead, verdict.missing.len()), (is_ahead, missing), "{checkpoint} {today}");
        let text = text_of(&verdict, std::path::Path::new("school.journal"), crate::language::Language::Nl);
        assert_eq!((text.contains("klok"), text.contains("laten vallen")), (is_ahead, missing > 0), "{text}");
        let json: serde_json::Value = serde_json::from_str(&json_of(Some(&verdict))).unwrap();
        assert_eq!(json["ok"], !is_ahead && missing == 0);
    }
}

#[tokio::test]
async fn of_a_day_of_batches_that_are_not_due_few_are_asked_for() {
    let (entries, mut receipts) = honest();
    receipts.extend((0..1000).map(|it| receipt("2026-11-22", 524 + it, 1)));
    let (tree, mut asked) = (Tree::of(&entries), 0);
    let checkpoint = tree.checkpoint("2026-11-22");
    let held = hold((&checkpoint, day("2026-11-22")), receipts, None, async |first| {
        asked += 1;
        Ok(tree.prove(first))
    });
    let (verdict, _) = held.await.unwrap();
    assert_eq!((verdict.proved, verdict.pending, verdict.is_clean()), (3, 1000, true));
    assert_eq!(asked, 3, "what is there, the first after it, and the last");
}

#[tokio::test]
async fn an_altered_or_doubled_batch_is_caught() {
    let (mut entries, receipts) = honest();
    entries[2].count = 19;
    entries[4].first_sequence = 520;
    let (verdict, _) = held(&Tree::of(&entries), receipts.clone(), None).await.unwrap();
    assert!(verdict.altered.contains(&receipts[1]) && verdict.missing == [receipts[2].clone()]);
    // Two batches on one place, both signed for.
    let (entries, mut receipts) = honest();
    receipts.push(Receipt { batch: vec![9; 16], digest: [9; 32], ..receipts[1].clone() });
    let (verdict, _) = held(&Tree::of(&entries), receipts, None).await.unwrap();
    assert_eq!(verdict.altered.len(), 1);
}

/// V-41: what the hub signed for, and logged with other content in as many lines.
#[tokio::test]
async fn a_batch_that_was_logged_with_other_content_is_caught() {
    let (mut entries, receipts) = honest();
    entries[2].commit = commit(&SALT, EntryKind::Batch, &record(&OTHER, 20));
    let tree = Tree::of(&entries);
    let (verdict, _) = held(&tree, receipts.clone(), None).await.unwrap();
    assert_eq!((verdict.proved, &verdict.altered[..]), (2, &receipts[1..2]));
    let text = text_of(&verdict, std::path::Path::new("school.journal"), crate::language::Language::Nl);
    assert!(text.contains("iets anders") && !text.contains("klopt."), "{text}");
    // It shows nothing of it, or what it signed for instead of what it logged.
    let shows: [fn(&mut v1::ProvedEntry); 4] = [
        |it| (it.salt, it.record) = (Vec::new(), Vec::new()),
        |it| it.record = record(&digest(501), 20),
        |it| it.salt[0] ^= 1,
        |it| it.record.clear(),
    ];
    for (number, show) in shows.into_iter().enumerate() {
        let checkpoint = tree.checkpoint("2026-11-22");
        let held = hold((&checkpoint, day("2026-11-22")), receipts.clone(), None, async |first| {
            let mut proved = tree.prove(first);
            proved.iter_mut().filter(|it| it.leaf == 2).for_each(show);
            Ok(proved)
        });
        match held.await {
            Ok((verdict, _)) => assert!(number == 0 && verdict.altered == receipts[1..2], "{number}"),
            Err(fault) => assert!(number > 0 && matches!(fault, AuditFault::Proof), "{number}: {fault}"),
        }
    }
    // The record is that of fewer lines than the entry counts.
    let (mut entries, receipts) = honest();
    let short = record(&digest(501), 19);
    entries[2].commit = commit(&SALT, EntryKind::Batch, &short);
    let tree = Tree::of(&entries);
    let checkpoint = tree.checkpoint("2026-11-22");
    let held = hold((&checkpoint, day("2026-11-22")), receipts, None, async |first| {
        let mut proved = tree.prove(first);
        for it in proved.iter_mut().filter(|it| it.leaf == 2) {
            (it.salt, it.record) = (SALT.to_vec(), short.clone());
        }
        Ok(proved)
    });
    assert!(matches!(held.await, Err(AuditFault::Proof)));
}

/// P-73: a record ends 12 to 15 months after its entry. Before that the hub has it to show.
#[tokio::test]
async fn what_a_batch_was_need_not_be_shown_when_its_term_is_over() {
    // The day of the receipt counts, which is of this side: not that of the entry, which the hub writes.
    for (acked, logged, is_over) in [
        ("2025-11-20", "2025-11-20", true),
        ("2026-01-02", "2026-01-02", false),
        ("2026-11-19", "2025-11-20", false),
    ] {
        let (mut entries, mut receipts) = honest();
        entries.iter_mut().for_each(|it| it.hours = hours_of_day(day(logged)));
        receipts.iter_mut().for_each(|it| it.day = day(acked));
        let tree = Tree::of(&entries);
        let checkpoint = tree.checkpoint("2026-11-22");
        let held = hold((&checkpoint, day("2026-11-22")), receipts.clone(), None, async |first| {
            let mut proved = tree.prove(first);
            proved.iter_mut().for_each(|it| (it.salt, it.record) = (Vec::new(), Vec::new()));
            Ok(proved)
        });
        let (verdict, _) = held.await.unwrap();
        assert_eq!(
            (verdict.is_clean(), verdict.closed),
            (is_over, if is_over { 3 } else { 0 }),
            "{acked} {logged}"
        );
        let text = text_of(&verdict, std::path::Path::new("school.journal"), crate::language::Language::Nl);
        assert_eq!(text.contains("12 tot 15 maanden"), is_over, "{text}");
    }
}

#[tokio::test]
async fn a_proof_that_does_not_hold_is_refused() {
    let (entries, receipts) = honest();
    let tree = Tree::of(&entries);
    let alterations: [fn(&mut Vec<v1::ProvedEntry>); 6] = [
        |it| it[0].entry[63] ^= 1,
        |it| it[1].leaf = 3,
        |it| it[1].path[0][0] ^= 1,
        |it| it[2].entry.truncate(63),
        |it| it.swap(0, 1),
        |it| drop(it.remove(1)),
    ];
    for (number, alter) in alterations.into_iter().enumerate() {
        let checkpoint = tree.checkpoint("2026-11-22");
        let held = hold((&checkpoint, day("2026-11-22")), receipts.clone(), None, async |first| {
            let mut proved = tree.prove(first);
            alter(&mut proved);
            Ok(proved)
        });
        assert!(matches!(held.await, Err(AuditFault::Proof)), "alteration {number}");
    }
    // Entries under another alias than before are another's, however well they are proved.
    let (_, own) = held(&tree, receipts.clone(), None).await.unwrap();
    let kept = Head { alias: Some(8), ..Head::of(&tree.checkpoint("2026-11-21"), &own, String::new()) };
    let kept = Head { proved_through: 0, ..kept };
    assert!(matches!(held(&tree, receipts, Some(&kept)).await, Err(AuditFault::Proof)));
}

#[tokio::test]
async fn a_log_that_was_rolled_back_forked_or_reordered_is_refused() {
    let (entries, receipts) = honest();
    let before = Tree::of(&entries[..4]);
    let (_, own) = held(&before, receipts[..2].to_vec(), None).await.unwrap();
    let kept = Head::of(&before.checkpoint("2026-11-21"), &own, String::new());
    let follow = |tree: &Tree, on: &str| {
        let path = consistency(tree, 4, tree.size()).unwrap_or_default();
        let path: Vec<_> = path.into_iter().map(|it| it.to_vec()).collect();
        follows(&tree.checkpoint(on), &path, Some(&kept))
    };
    assert!(follow(&Tree::of(&entries), "2026-11-22").is_ok());
    assert!(follow(&before, "2026-11-22").is_ok());
    let rolled_back = |it| matches!(it, Err(AuditFault::RolledBack { .. }));
    assert!(rolled_back(follow(&Tree::of(&entries[..3]), "2026-11-22")));
    assert!(rolled_back(follow(&Tree::of(&entries), "2026-11-20")));
    let mut reordered = entries.clone();
    reordered.swap(0, 1);
    let mut altered = entries.clone();
    altered[1].commit[0] ^= 1;
    let forks = [reordered.clone(), altered, reordered[..4].to_vec(), entries[1..].to_vec()];
    for (number, fork) in forks.iter().enumerate() {
        let followed = follow(&Tree::of(fork), "2026-11-22");
        assert!(matches!(followed, Err(AuditFault::Forked { .. })), "fork {number}");
    }
}

#[test]
fn a_kept_head_is_read_as_it_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let journal = directory.path().join("school.journal");
    assert_eq!(Head::read(&journal).unwrap(), None);
    let key = LogKey::from_seed(ORIGIN, &[3; 32]).unwrap();
    let checkpoint = Tree::of(&honest().0).checkpoint("2026-11-22");
    for alias in [None, Some(OURS)] {
        let own = Own::after(&checkpoint, None);
        let head = Head { alias, ..Head::of(&checkpoint, &own, checkpoint.signed(&key)) };
        head.write(&journal).unwrap();
        assert_eq!(Head::read(&journal).unwrap(), Some(head));
    }
    std::fs::write(head::path_of(&journal), "something else\n").unwrap();
    assert!(matches!(Head::read(&journal), Err(JournalFault::Head(_))));
    assert!(verify_consistency((6, &checkpoint.root), (6, &checkpoint.root), &[]));
}

/// What is found when the batch of a receipt of a day is not in the log.
fn missing(checkpoint: &Checkpoint, day: &str) -> Verdict {
    Verdict {
        checkpoint: checkpoint.clone(),
        is_ahead: false,
        proved: 2,
        closed: 0,
        pending: 0,
        missing: vec![receipt(day, 501, 20)],
        altered: Vec::new(),
    }
}

#[test]
fn a_person_is_told_what_a_missing_batch_means_and_what_to_do() {
    use crate::language::{Language, Say as _};
    let checkpoint = Tree::of(&honest().0).checkpoint("2026-11-22");
    let verdict = missing(&checkpoint, "2026-11-21");
    let journal = std::path::Path::new("school.journal");
    let dutch = text_of(&verdict, journal, Language::Nl);
    for said in ["laten vallen", "school.journal.receipts", "21 november 2026", "opnieuw", "sleutelbeheerder"]
    {
        assert!(dutch.contains(said), "{said}: {dutch}");
    }
    assert!(text_of(&verdict, journal, Language::En).contains("dropped them"));
    let json: serde_json::Value = serde_json::from_str(&json_of(Some(&verdict))).unwrap();
    assert_eq!((&json["ok"], &json["missing"][0]["count"]), (&false.into(), &20.into()));
    let fork = AuditFault::Forked { known: 5 };
    assert!(fork.is_evidence() && fork.say(Language::Nl).contains("ander logboek"));
}

#[test]
fn a_whole_log_is_read_only_as_the_hub_signed_it() {
    let (entries, _) = honest();
    let tree = Tree::of(&entries);
    let (checkpoint, kept) =
        (tree.checkpoint("2026-11-22"), Tree::of(&entries[..4]).checkpoint("2026-11-21"));
    let bytes = |entries: &[Entry]| entries.iter().map(|it| it.bytes().to_vec()).collect::<Vec<_>>();
    let kept = Head::of(&kept, &Own::after(&kept, None), String::new());
    let held = |entries: &[Entry], kept: &Head| whole::hold(&bytes(entries), &checkpoint, Some(kept));
    assert_eq!(held(&entries, &kept).unwrap().0, [(EntryKind::Batch, 6)].into());
    let mut altered = entries.clone();
    altered[3].commit[9] ^= 1;
    let mut reordered = entries.clone();
    reordered.swap(1, 2);
    for bent in [&altered, &reordered, &entries[1..].to_vec(), &entries[..5].to_vec()] {
        assert!(matches!(held(bent, &kept), Err(AuditFault::Proof)));
    }
    let forked = Head { root: [9; 32], ..kept.clone() };
    assert!(matches!(held(&entries, &forked), Err(AuditFault::Forked { .. })));
    let longer = Head { size: 7, ..kept };
    assert!(matches!(held(&entries, &longer), Err(AuditFault::RolledBack { .. })));
}

/// V-41: what an operator told explains an older log once, and only to whom it is news; nor does it explain that a later
/// batch is gone.
#[tokio::test]
async fn a_log_that_says_it_was_set_back_is_a_roll_back_in_silence_only_the_second_time() {
    let (entries, _) = honest();
    let told = Entry { kind: EntryKind::SetBack, actor: 3, first_sequence: 1, count: 1, ..entries[0] };
    let tree = Tree::of(&[&entries[..2], &[told]].concat());
    let checkpoint = tree.checkpoint("2026-11-22");
    let path = inclusion(&tree, 2, 3).unwrap().into_iter().map(|it| it.to_vec()).collect();
    let shown = v1::ProvedEntry { leaf: 2, entry: told.bytes().to_vec(), path, ..v1::ProvedEntry::default() };
    let set_back = SetBack::shown(&checkpoint, Some(&shown)).unwrap().unwrap();
    assert_eq!(SetBack::shown(&checkpoint, None).unwrap(), None);
    let elsewhere = v1::ProvedEntry { leaf: 1, ..shown.clone() };
    let path = inclusion(&tree, 0, 3).unwrap().into_iter().map(|it| it.to_vec()).collect();
    let batch =
        v1::ProvedEntry { leaf: 0, entry: entries[0].bytes().to_vec(), path, ..v1::ProvedEntry::default() };
    for forged in [elsewhere, batch] {
        assert!(matches!(SetBack::shown(&checkpoint, Some(&forged)), Err(AuditFault::Proof)));
    }
    let kept = Tree::of(&entries).checkpoint("2026-11-21");
    let unaware = Head::of(&kept, &Own::after(&kept, None), String::new());
    let aware = unaware.clone().knowing(Some(set_back));
    let said = |kept| SetBack::told(Some(set_back), Some(kept), AuditFault::Forked { known: 6 });
    assert!(matches!(said(&unaware), AuditFault::SetBack { .. }));
    assert!(matches!(said(&aware), AuditFault::Forked { .. }));
    let not_signed = SetBack::told(Some(set_back), Some(&unaware), AuditFault::NotSigned);
    assert!(matches!(not_signed, AuditFault::NotSigned));
    let gone = |day: Day| missing(&checkpoint, &day.to_string());
    assert!(set_back.explains(Some(&unaware), &gone(set_back.day())));
    assert!(!set_back.explains(Some(&aware), &gone(set_back.day())));
    assert!(!set_back.explains(Some(&unaware), &gone(set_back.day().plus_days(1))));
}
