//! L-02, L-10 and L-11: who takes part, alone and together.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_proto::v1;
use samenloop_tests::{files, hex};
use serde_json::Value;

use crate::answers::Answers;
use crate::coalition::{Coalition, named, seen};
use crate::disk::Loot;
use crate::reading::Seen;
use crate::run::{ASKED_ABOUT, ERASED, NOORD, Run, THIEF, WEST, run};
use crate::sent::Sent;
use crate::traces::named_in;

/// What the school sent.
fn own(run: &Run) -> impl Iterator<Item = &Sent> {
    run.waves.iter().flatten().filter(|it| it.sender == THIEF)
}

/// Its own children, by the reference that it made for each.
fn own_references(run: &Run) -> BTreeMap<String, u32> {
    own(run).map(|it| (hex(&run.reference(it)), it.child)).collect()
}

/// The references that it made for a child.
fn references_of(run: &Run, child: u32) -> Vec<Vec<u8>> {
    own(run).filter(|it| it.child == child).map(|it| run.reference(it).to_vec()).collect()
}

/// The children of whom an answer of the hub says something else than of most.
fn told_apart(entries: &[Value], name: &str, own: impl Fn(&Value) -> Option<u32>) -> BTreeSet<u32> {
    let mut alike: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for entry in entries {
        let Some(child) = own(entry) else { continue };
        let mut rest = entry.clone();
        for field in [name, "signal_reference", "case_reference", "revision", "sent", "case"] {
            rest.as_object_mut().unwrap().remove(field);
        }
        alike.entry(rest.to_string()).or_default().insert(child);
    }
    let most = alike.values().map(BTreeSet::len).max().unwrap_or_default();
    alike.into_values().filter(|it| it.len() < most).flatten().collect()
}

/// L-02, V-05: what comes over the wire, whole: no field of an ack tells one child from another, and what else is answered
/// is held to the run field by field.
#[test]
fn no_field_of_an_answer_to_an_agency_tells_one_child_from_another() {
    let Answers { acks, contacts, erased, checkpoint } = &run().told;
    // What is of the batch alone was checked when it came.
    let shape = |it: &v1::BatchAck| v1::BatchAck {
        batch_id: Vec::new(),
        first_sequence: 0,
        receipt: Vec::new(),
        ..it.clone()
    };
    let shapes: Vec<_> = acks.iter().map(shape).collect();
    assert_eq!(shapes, vec![v1::BatchAck { count: 1, ..v1::BatchAck::default() }; acks.len()]);
    assert!(acks.windows(2).all(|it| it[1].first_sequence == it[0].first_sequence + 1), "{acks:?}");
    let asked = v1::ContactRequest {
        id: contacts[0].id.clone(),
        references: references_of(run(), ASKED_ABOUT),
        coordinator: WEST.to_owned(),
        case_reference: "ZHZ-26-117".to_owned(),
        reason: v1::ContactReason::Explain.into(),
        asked: run().day.clone(),
        answer: v1::ContactAnswer::Unspecified.into(),
        available_from: String::new(),
    };
    assert_eq!(contacts, &[asked]);
    // Of the child of whom everything was erased another agency's signal was erased as well.
    let own = references_of(run(), ERASED);
    let own = own.into_iter().map(|reference| v1::ErasedSignal { reference, erased: run().day.clone() });
    let padding = vec![0; erased.padding.len()];
    assert_eq!(erased, &v1::ListErasedResponse { erased: own.collect(), padding });
    let v1::FetchCheckpointResponse { checkpoint, consistency, set_back } = checkpoint;
    let signed = std::str::from_utf8(checkpoint).unwrap().split_once("\n\n").unwrap().0;
    assert_eq!(
        (signed.lines().count(), consistency.len(), set_back),
        (4, 0, &None),
        "origin, size, root, day: {signed}"
    );
}

/// L-02: of what the hub ever answered to it, only the request for contact says anything of what others know.
#[test]
fn an_agency_learns_of_others_only_that_it_was_asked_for_contact() {
    let run = run();
    let [pushes @ .., log, list, contacts] = &run.answers[..] else { panic!("{:?}", run.answers) };
    // Its own signals are in its journal, each as it was sent, those that it withdrew too.
    let list = list.as_array().unwrap();
    let own: BTreeMap<_, _> =
        run.waves[0].iter().filter(|it| it.sender == THIEF).map(|it| (it.reference(), it)).collect();
    let child = |it: &Value| Some(own[it["reference"].as_str()?].child);
    let listed: BTreeSet<_> = list.iter().filter_map(child).collect();
    assert_eq!(listed, own.values().map(|it| it.child).collect());
    // Nothing in it parts the twenty who converged, or the fifty whom others know, from the rest.
    let withdrawn = own.values().filter(|it| it.is_withdrawn).map(|it| it.child).collect::<BTreeSet<_>>();
    let apart = told_apart(list, "reference", child);
    assert_eq!(apart, withdrawn);
    for push in pushes {
        assert_eq!(push["accepted"], push["sent"], "{push}");
        assert!(!push.to_string().contains(THIEF), "an answer to a push names no line: {push}");
    }
    // The length of the log says how many batches all agencies sent together.
    let entries = Loot::of(&run.hub("after").join("data")).record_sizes(1).len();
    assert_eq!(log["checkpoint"]["size"], entries, "{log}");
    assert!(entries > pushes.len());
    let asked = |contacts: &Value| -> BTreeSet<u32> {
        let signals = contacts.as_array().unwrap().iter().flat_map(|it| it["signals"].as_array().unwrap());
        let case =
            |it: &Value| it["case_reference"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap();
        signals.map(case).collect()
    };
    assert_eq!(asked(contacts), BTreeSet::from([ASKED_ABOUT]));
    // With a coordinator's answers beside them, the same references part them.
    let references = own_references(run);
    assert_eq!(named(&[], &references), BTreeMap::new());
    assert_eq!(
        named(&run.alerts[WEST], &references).into_keys().collect::<Vec<_>>(),
        (100..120).collect::<Vec<_>>()
    );
    // No file of its own holds a number or a pseudonym, its own children's included.
    let directory = files(&run.kit().join(THIEF));
    assert_eq!(named_in(directory.values().map(Vec::as_slice), run.candidates()), BTreeSet::new());
}

/// L-10, V-05: of a list of every number as many children as the quota lets through, and each of them whole.
#[test]
fn an_agency_and_a_coordinator_learn_of_the_children_they_name_within_quota() {
    let run = run();
    let Coalition { taken, learned, learned_alone } = &run.coalition;
    assert_eq!(*taken, 75, "twice the quota of 40 in an overlap, less what it sent before");
    let mut truth: BTreeMap<u32, BTreeSet<Seen>> = BTreeMap::new();
    for sent in run.sent().filter(|it| it.child < *taken) {
        truth.entry(sent.child).or_default().insert(sent.seen());
    }
    assert_eq!(learned, &truth);
    assert_eq!(learned_alone, &BTreeMap::new(), "without whoever named them, an alert is of nobody");
}

/// Of each alert the signals, with the case where it can be read.
fn shown(alerts: &[Value]) -> BTreeSet<BTreeSet<(Seen, Option<String>)>> {
    let case = |it: &Value| it["case_reference"].as_str().map(str::to_owned);
    let signals =
        |it: &Value| it["signals"].as_array().unwrap().iter().map(|it| (seen(it), case(it))).collect();
    alerts.iter().map(signals).collect()
}

/// L-11: every alert of her regions and no other, with the details of her own region and no other.
#[test]
fn a_coordinator_sees_its_alerts_with_details_of_its_own_region() {
    let run = run();
    for (coordinator, region) in [(WEST, "west"), (NOORD, "noord")] {
        let mut truth: BTreeMap<u32, BTreeSet<(Seen, Option<String>)>> = BTreeMap::new();
        for sent in run.sent().filter(|it| run.converging().contains_key(&it.child)) {
            let case = (sent.region == region).then(|| Sent::case(sent));
            truth.entry(sent.child).or_default().insert((sent.seen(), case));
        }
        truth.retain(|_, signals| signals.iter().any(|(seen, _)| seen.region == region));
        assert_eq!(truth.len(), if region == "west" { 20 } else { 5 });
        assert_eq!(shown(&run.alerts[coordinator]), truth.into_values().collect());
        // Every number there is, and every pseudonym, looked for in all that she has and was answered.
        let directory = files(&run.kit().join(coordinator));
        let answers = serde_json::to_vec(&run.alerts[coordinator]).unwrap();
        let texts = directory.values().chain([&answers]).map(Vec::as_slice);
        assert_eq!(named_in(texts, run.candidates()), BTreeSet::new());
    }
    // The search finds what is there: whoever heard what the agencies sent has their pseudonyms.
    let heard: Vec<_> = run.heard.iter().flat_map(|it| it.pseudonyms.iter().map(|own| &own.2[..])).collect();
    assert_eq!(named_in(heard, run.candidates()), run.children());
}
