//! Intake: every refusal, the terms (V-20), the acute route (V-15), the overlap (P-41) and the quota (P-63).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use samenloop_core::batch::{Line, MAX_LINES, SubmittedLine, SubmittedPut};
use samenloop_core::fixture::{connection, day, entries, month, place, reference, region, today};
use samenloop_core::manifest::{CodesAllowed, Connection, EpochEntry, EpochState, Manifest, ManifestEntries};
use samenloop_core::permit::{Identity, Permit, Submit};
use samenloop_core::processing::SubjectId;
use samenloop_core::room::admission::{Admission, Allowance, BatchRefusal, LineRefusal, admit};
use samenloop_core::taxonomy::{CodeEntry, Taxonomy};
use samenloop_core::value::{
    Code, DETAILS_LEN, Day, Domain, Epoch, KeyId, Kind, Month, Observation, Place, SealedDetails, Severity,
    ShorterTerm,
};

const PLENTY: Allowance = Allowance { lines: 1_000, retry_after_seconds: 60 };
/// The key of the coordinator of region west in the fixture.
const WEST: KeyId = [10; 8];
const NOORD: KeyId = [11; 8];

fn code(text: &str) -> Code {
    Code::parse(text).unwrap()
}

/// A soft code of 9 months, a hard one of 18, a soft marked one of 6.
fn taxonomy() -> Taxonomy {
    Taxonomy::new([
        (code("V11"), CodeEntry::new(Severity::Soft, 9, false)),
        (code("U01"), CodeEntry::new(Severity::Hard, 18, false)),
        (code("Z09"), CodeEntry::new(Severity::Soft, 6, true)),
    ])
}

fn sealed(keys: &[KeyId]) -> Vec<SealedDetails> {
    keys.iter().map(|key| SealedDetails::new(*key, [1; 32], [2; 12], Box::new([3; DETAILS_LEN]))).collect()
}

/// A soft signal of this month in region west that every agency may send.
fn put() -> SubmittedPut {
    SubmittedPut {
        subject: SubjectId::new([5; 16]),
        reference: reference(1),
        revision: 1,
        places: vec![place(1, 1, 7)],
        severity: Severity::Soft,
        code: None,
        month: month("2026-11"),
        region: region("west"),
        observation: Observation::Own,
        acute: false,
        acute_route_followed: false,
        shorter_term: None,
        details: sealed(&[WEST]),
    }
}

fn with(change: impl FnOnce(&mut SubmittedPut)) -> SubmittedPut {
    let mut put = put();
    change(&mut put);
    put
}

fn line(put: SubmittedPut) -> SubmittedLine {
    SubmittedLine::Put(Box::new(put))
}

fn identity(of: &Connection) -> Identity {
    Identity { connection: of.id.clone(), oin: of.oin.clone(), certificate_key: of.certificate_keys[0] }
}

/// A batch of `school-west` on a day.
fn batch_on(
    entries: ManifestEntries,
    lines: Vec<SubmittedLine>,
    today: Day,
    allowance: Allowance,
) -> Result<Admission, BatchRefusal> {
    let manifest = Manifest::new(entries).unwrap();
    let caller = identity(manifest.connection(&connection("school-west")).unwrap());
    let permit = Permit::<Submit>::of(&manifest, &caller, today).unwrap();
    admit(&permit, &taxonomy(), lines, today, allowance)
}

fn batch(lines: Vec<SubmittedLine>) -> Result<Admission, BatchRefusal> {
    batch_on(entries(), lines, today(), PLENTY)
}

/// What becomes of one put of `school-west` under changed entries on a day.
fn outcome_on(entries: ManifestEntries, put: SubmittedPut, today: Day) -> Result<Line, LineRefusal> {
    let Admission { arrival, refused } = batch_on(entries, vec![line(put)], today, PLENTY).unwrap();
    match (arrival.lines(), refused.as_slice()) {
        ([admitted], []) => Ok(admitted.clone()),
        ([], [(0, refusal)]) => Err(*refusal),
        _ => panic!("a line is either taken or refused"),
    }
}

fn outcome(put: SubmittedPut) -> Result<Line, LineRefusal> {
    outcome_on(entries(), put, today())
}

fn refusal(change: impl FnOnce(&mut SubmittedPut)) -> LineRefusal {
    outcome(with(change)).unwrap_err()
}

fn expiry_of(put: SubmittedPut) -> Month {
    match outcome(put).unwrap() {
        Line::Put(put) => put.signal().content().expiry(),
        Line::Withdraw(_) => panic!("a put stays one"),
    }
}

/// The fixture with `school-west` changed.
fn school(change: impl FnOnce(&mut Connection)) -> ManifestEntries {
    let mut entries = entries();
    change(entries.connections.iter_mut().find(|it| it.id == connection("school-west")).unwrap());
    entries
}

/// The fixture while epoch 1 ends and epoch 2 has begun.
fn in_overlap() -> ManifestEntries {
    let epoch = |number, state| EpochEntry { epoch: Epoch::new(number), state };
    ManifestEntries {
        epochs: vec![
            epoch(1, EpochState::Overlap { until: day("2026-12-20") }),
            epoch(2, EpochState::Active),
            epoch(3, EpochState::Announced),
            epoch(4, EpochState::Retired),
            epoch(5, EpochState::Burned),
        ],
        ..entries()
    }
}

fn filed_in(places: Vec<Place>) -> Result<Line, LineRefusal> {
    outcome_on(in_overlap(), with(|it| it.places = places), today())
}

#[test]
fn a_signal_that_meets_every_condition_is_taken_as_it_came() {
    let Ok(Line::Put(taken)) = outcome(put()) else { panic!("refused") };
    assert_eq!(taken.places(), put().places);
    let (signal, content) = (taken.signal(), taken.signal().content());
    assert_eq!((signal.reference(), signal.revision()), (reference(1), 1));
    assert_eq!((content.severity(), content.code()), (Severity::Soft, None));
    assert_eq!((content.month(), content.region()), (month("2026-11"), &region("west")));
    assert_eq!((content.observation(), signal.details()), (Observation::Own, &sealed(&[WEST])[..]));
}

#[test]
fn a_batch_holds_one_to_five_hundred_lines() {
    let lines = |many: u64| -> Vec<_> {
        (0..many).map(|it| line(with(|put| put.reference = reference(it)))).collect()
    };
    assert_eq!(batch(Vec::new()), Err(BatchRefusal::Size));
    assert_eq!(batch(lines(MAX_LINES as u64)).unwrap().arrival.lines().len(), MAX_LINES);
    assert_eq!(batch(lines(MAX_LINES as u64 + 1)), Err(BatchRefusal::Size));
}

#[test]
fn a_batch_that_names_a_reference_twice_is_refused_whole() {
    let twice = vec![
        line(put()),
        line(with(|it| it.reference = reference(2))),
        SubmittedLine::Withdraw(reference(1)),
    ];
    assert_eq!(batch(twice), Err(BatchRefusal::ReferenceTwice { line: 2 }));
}

#[test]
fn a_refused_line_stops_no_other() {
    let lines = vec![
        line(with(|it| it.region = region("zuid"))),
        line(with(|it| it.reference = reference(2))),
        line(with(|it| (it.reference, it.month) = (reference(3), month("2026-12")))),
        SubmittedLine::Withdraw(reference(4)),
    ];
    let Admission { arrival, refused } = batch(lines).unwrap();
    assert_eq!(refused, [(0, LineRefusal::UnknownRegion), (2, LineRefusal::MonthInFuture)]);
    assert_eq!(arrival.lines().len(), 2);
    assert_eq!((arrival.connection(), arrival.received()), (&connection("school-west"), today()));
}

#[test]
fn places_are_one_to_sixteen_and_one_of_a_kind() {
    assert_eq!(refusal(|it| it.places.clear()), LineRefusal::Places);
    assert_eq!(
        refusal(|it| it.places = (1..=17).map(|kind| place(1, kind, 7)).collect()),
        LineRefusal::Places
    );
    assert_eq!(refusal(|it| it.places.push(place(1, 1, 7))), LineRefusal::Places, "one place twice");
    assert_eq!(refusal(|it| it.places.push(place(1, 1, 8))), LineRefusal::Places, "two children");
    assert!(outcome(with(|it| it.places.push(place(1, 2, 7)))).is_ok(), "one of each kind");
    assert!(filed_in((1..=3).flat_map(|kind| [place(1, kind, 7), place(2, kind, 7)]).collect()).is_ok());
}

#[test]
fn an_epoch_that_is_not_live_is_refused() {
    for epoch in 3..=6 {
        let places = vec![place(2, 1, 7), place(epoch, 1, 7)];
        assert_eq!(filed_in(places), Err(LineRefusal::EpochNotLive), "epoch {epoch}");
    }
}

#[test]
fn a_pseudonym_of_the_ending_epoch_alone_is_refused() {
    // P-41, for each kind by itself.
    assert_eq!(filed_in(vec![place(1, 1, 7)]), Err(LineRefusal::EpochBehind));
    assert_eq!(filed_in(vec![place(1, 1, 7), place(2, 1, 7), place(1, 3, 7)]), Err(LineRefusal::EpochBehind));
    assert!(filed_in(vec![place(1, 1, 7), place(2, 1, 7)]).is_ok());
    assert!(filed_in(vec![place(2, 1, 7)]).is_ok());
}

#[test]
fn a_kind_is_allowed_by_the_manifest() {
    assert_eq!(refusal(|it| it.places = vec![place(1, 4, 7)]), LineRefusal::KindNotAllowed);
    let no_kind_one = school(|it| it.kinds.retain(|kind| *kind != Kind::new(1).unwrap()));
    assert_eq!(outcome_on(no_kind_one, put(), today()), Err(LineRefusal::KindNotAllowed));
}

#[test]
fn a_region_is_one_of_the_manifest_and_need_not_be_ones_own() {
    assert_eq!(refusal(|it| it.region = region("zuid")), LineRefusal::UnknownRegion);
    assert!(outcome(with(|it| (it.region, it.details) = (region("noord"), sealed(&[NOORD])))).is_ok());
}

#[test]
fn details_are_sealed_to_exactly_the_coordinators_of_the_region() {
    for keys in [&[][..], &[NOORD], &[WEST, NOORD], &[WEST, WEST], &[WEST, WEST, WEST]] {
        assert_eq!(
            refusal(|it| it.details = sealed(keys)),
            LineRefusal::DetailsNotForRegion,
            "{}",
            keys.len()
        );
    }
    let two = || {
        let mut entries = entries();
        entries.regions[0].coordinators.push(connection("zorgcoordinator-noord"));
        entries
    };
    assert!(outcome_on(two(), with(|it| it.details = sealed(&[NOORD, WEST])), today()).is_ok());
    assert_eq!(outcome_on(two(), put(), today()), Err(LineRefusal::DetailsNotForRegion));
}

/// V-02: a code only where it is enabled, and none is always enough.
#[test]
fn a_code_exists_is_enabled_and_agrees_with_the_severity() {
    assert!(outcome(with(|it| it.code = Some(code("V11")))).is_ok());
    assert_eq!(refusal(|it| it.code = Some(code("X99"))), LineRefusal::UnknownCode);
    assert_eq!(refusal(|it| it.code = Some(code("U01"))), LineRefusal::SeverityContradictsCode);
    assert_eq!(
        refusal(|it| (it.code, it.severity) = (Some(code("V11")), Severity::Hard)),
        LineRefusal::SeverityContradictsCode
    );
    let without = school(|it| it.codes = CodesAllowed::default());
    assert_eq!(
        outcome_on(without.clone(), with(|it| it.code = Some(code("V11"))), today()),
        Err(LineRefusal::CodeNotEnabled)
    );
    assert!(outcome_on(without, put(), today()).is_ok(), "no code is always enough");
}

#[test]
fn a_marked_code_needs_its_own_entry() {
    let marked = || with(|it| it.code = Some(code("Z09")));
    assert_eq!(outcome(marked()), Err(LineRefusal::CodeNotEnabled));
    let other = school(|it| it.codes.marked = vec![code("Z08")]);
    assert_eq!(outcome_on(other, marked(), today()), Err(LineRefusal::CodeNotEnabled));
    let only = CodesAllowed { unmarked: false, marked: vec![code("Z09")] };
    assert!(outcome_on(school(|it| it.codes = only.clone()), marked(), today()).is_ok());
    assert_eq!(
        outcome_on(school(|it| it.codes = only), with(|it| it.code = Some(code("V11"))), today()),
        Err(LineRefusal::CodeNotEnabled),
        "a marked code enables no other"
    );
}

/// V-21: nothing outlives its term by a month that is still to come.
#[test]
fn a_month_lies_neither_in_the_future_nor_beyond_its_term() {
    assert_eq!(refusal(|it| it.month = month("2026-12")), LineRefusal::MonthInFuture);
    assert!(outcome(with(|it| it.month = month("2026-05"))).is_ok(), "soft: through the last of November");
    assert_eq!(refusal(|it| it.month = month("2026-04")), LineRefusal::MonthTooOld);
    let hard = |text: &str| with(|it| (it.severity, it.month) = (Severity::Hard, month(text)));
    assert!(outcome(hard("2025-11")).is_ok());
    assert_eq!(outcome(hard("2025-10")), Err(LineRefusal::MonthTooOld));
    let last = with(|it| it.month = month("2026-05"));
    let on = |text: &str| outcome_on(entries(), last.clone(), day(text));
    assert!(on("2026-11-30").is_ok());
    assert_eq!(on("2026-12-01"), Err(LineRefusal::MonthTooOld));
}

/// V-20: without a code soft 6 months, hard 12.
#[test]
fn a_term_is_that_of_the_code_or_else_of_the_severity() {
    assert_eq!(expiry_of(put()), month("2027-05"), "soft: 6 months");
    assert_eq!(expiry_of(with(|it| it.severity = Severity::Hard)), month("2027-11"), "hard: 12 months");
    assert_eq!(expiry_of(with(|it| it.code = Some(code("V11")))), month("2027-08"), "its code's 9 months");
    let hard = |it: &mut SubmittedPut| (it.code, it.severity) = (Some(code("U01")), Severity::Hard);
    assert_eq!(expiry_of(with(hard)), month("2028-05"), "its code's 18 months");
    assert_eq!(expiry_of(with(|it| it.month = month("2026-08"))), month("2027-02"), "from its own month");
}

/// V-20: rounded down, so that the month shows no birthday.
#[test]
fn an_agency_may_ask_for_a_shorter_term_and_never_for_a_longer() {
    let asked =
        |months, severity| with(|it| (it.shorter_term, it.severity) = (ShorterTerm::new(months), severity));
    for (months, ends) in [(1, "2026-12"), (2, "2027-01"), (3, "2027-02"), (6, "2027-05")] {
        assert_eq!(expiry_of(asked(months, Severity::Soft)), month(ends));
    }
    assert_eq!(outcome(asked(9, Severity::Soft)), Err(LineRefusal::TermNotShorter));
    assert_eq!(expiry_of(asked(9, Severity::Hard)), month("2027-08"));
    let old = with(|it| (it.shorter_term, it.month) = (ShorterTerm::new(1), month("2026-09")));
    assert_eq!(outcome(old), Err(LineRefusal::MonthTooOld), "a shorter term may already have passed");
}

/// V-20, V-21: over years and leap years.
#[test]
fn a_term_crosses_years_and_ends_on_the_last_day_of_february() {
    let put = with(|it| (it.month, it.code) = (month("2027-08"), None));
    let manifest = ManifestEntries { expires: day("2027-09-30"), ..entries() };
    let Ok(Line::Put(taken)) = outcome_on(manifest, put, day("2027-08-31")) else { panic!("refused") };
    assert_eq!(taken.signal().content().expiry().last_day(), day("2028-02-29"));
}

#[test]
fn hearsay_is_of_another_domain_than_ones_own() {
    let heard = |domain| with(|it| it.observation = Observation::Hearsay(domain));
    assert_eq!(outcome(heard(Domain::Onderwijs)), Err(LineRefusal::HearsayOfOwnDomain));
    for domain in Domain::ALL.into_iter().filter(|it| *it != Domain::Onderwijs) {
        assert!(outcome(heard(domain)).is_ok(), "{domain}");
    }
}

/// V-15: before anything else, whatever else is wrong with the line.
#[test]
fn acute_danger_is_no_signal_until_somebody_was_called() {
    assert_eq!(refusal(|it| it.acute = true), LineRefusal::AcuteRouteNotFollowed);
    let also_wrong = with(|it| (it.acute, it.region) = (true, region("zuid")));
    assert_eq!(outcome(also_wrong), Err(LineRefusal::AcuteRouteNotFollowed));
    assert!(outcome(with(|it| (it.acute, it.acute_route_followed) = (true, true))).is_ok());
    assert!(outcome(with(|it| it.acute_route_followed = true)).is_ok());
}

#[test]
fn an_expired_manifest_takes_withdrawals_and_nothing_else() {
    let expired = || ManifestEntries { expires: day("2026-11-21"), ..entries() };
    let lines = vec![line(put()), SubmittedLine::Withdraw(reference(2))];
    let Admission { arrival, refused } = batch_on(expired(), lines, today(), PLENTY).unwrap();
    assert_eq!(refused, [(0, LineRefusal::ManifestExpired)]);
    assert_eq!(arrival.lines(), [Line::Withdraw(reference(2))]);
    assert!(outcome_on(expired(), put(), day("2026-11-21")).is_ok(), "its last day is a day of it");
}

#[test]
fn lines_above_the_quota_are_refused_with_the_time_to_retry() {
    let few = Allowance { lines: 2, retry_after_seconds: 77 };
    let over = LineRefusal::Quota { retry_after_seconds: 77 };
    let lines = vec![
        line(put()),
        line(with(|it| (it.reference, it.region) = (reference(2), region("zuid")))),
        SubmittedLine::Withdraw(reference(3)),
        SubmittedLine::Withdraw(reference(4)),
        line(with(|it| it.reference = reference(5))),
    ];
    let Admission { arrival, refused } = batch_on(entries(), lines, today(), few).unwrap();
    assert_eq!(arrival.lines().len(), 2, "a refused line takes nothing of the quota");
    assert_eq!(refused, [(1, LineRefusal::UnknownRegion), (3, over), (4, over)]);
    let none = Allowance { lines: 0, ..few };
    let Admission { arrival, refused } = batch_on(entries(), vec![line(put())], today(), none).unwrap();
    assert_eq!((arrival.lines().len(), refused), (0, vec![(0, over)]));
}

#[test]
fn what_intake_makes_of_a_batch_depends_on_nothing_but_its_arguments() {
    let lines = || {
        vec![
            line(put()),
            SubmittedLine::Withdraw(reference(2)),
            line(with(|it| (it.reference, it.month) = (reference(3), month("2027-01")))),
        ]
    };
    let first = batch(lines()).unwrap();
    // Others send in between, the same child included; the same batch again gives the same answer.
    for other in ["politie-west", "coa-noord"] {
        let manifest = Manifest::new(entries()).unwrap();
        let caller = identity(manifest.connection(&connection(other)).unwrap());
        let permit = Permit::<Submit>::of(&manifest, &caller, today()).unwrap();
        admit(&permit, &taxonomy(), lines(), today(), PLENTY).unwrap();
    }
    assert_eq!(batch(lines()).unwrap(), first);
    // The child does not enter into it either: another pseudonym, the same answer.
    let elsewhere = outcome(with(|it| it.places = vec![place(1, 1, 8)])).unwrap();
    let (Line::Put(here), Line::Put(there)) = (&first.arrival.lines()[0], &elsewhere) else { panic!() };
    assert_eq!(here.signal(), there.signal());
}
