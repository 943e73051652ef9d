//! Rights: who may ask, who may decide, when it is done, and what a limited answer leaves out (V-30).
//!
//! Nothing is released on one person's word: whoever decides is of another organisation than whoever asked. Knows
//! nothing of the child.

use crate::manifest::{Connection, Manifest};
use crate::rights::{
    Decision, Found, FoundSignal, RequestId, RightsKind, RightsReason, RightsRequest, Verdict,
};
use crate::value::{Day, Domain, Observation, Place};

/// Days in which a request is answered, whichever they are: the shortest month of art. 12(3).
pub const MONTH_DAYS: u32 = 28;

/// Days in which a request is decided, or it lapses. It is answered on the manifest's next day of answers, a week later at
/// most, which is within [`MONTH_DAYS`]; whoever asked hears within them too that nobody decided (art. 12(4)).
pub const DECIDED_WITHIN_DAYS: u32 = 21;

/// Days after which deciders are reminded of a request that nobody decided on.
pub const REMINDED_AFTER_DAYS: u32 = 14;

/// Days for which a request is kept from the day it was asked, with its answer; then it is gone.
pub const KEPT_DAYS: u32 = 61;

/// Days for which an answer is kept at least, from the day it was given: it may come late, when no manifest was current.
pub const ANSWER_KEPT_DAYS: u32 = 31;

/// Days that a restriction lasts, unless two people renew it with another request (V-32).
pub const RESTRICTED_DAYS: u32 = 90;

/// Requests of one contact point in [`MONTH_DAYS`] days.
pub const QUOTA: usize = 100;

/// Pseudonyms that one request names at most: four kinds in two epochs.
pub const MAX_PLACES: usize = 8;

/// Why a step with a request is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RightsRefusal {
    /// There is no such request, or it is not the caller's to fetch.
    #[error("there is no such request, or it is not yours")]
    Unknown,
    /// Whoever decides is of the organisation that asked.
    #[error("a request is decided on by another organisation than the one that asked")]
    SameOrganisation,
    /// The days for a decision are over; a new request is needed.
    #[error("the days in which this request could be decided are over")]
    Late,
    /// It was decided already, or answered.
    #[error("this request was decided on already")]
    Decided,
    /// The verdict and the reason do not go together, or with what is asked.
    #[error("this reason does not go with this decision")]
    Reason,
    /// A pseudonym of an epoch that is not live.
    #[error("a pseudonym of an epoch that is not live")]
    EpochNotLive,
    /// No pseudonym, too many, or one twice.
    #[error("a request names 1 to {MAX_PLACES} pseudonyms, none twice")]
    Places,
    /// More requests than [`MONTH_DAYS`] have.
    #[error("more requests than agreed for {MONTH_DAYS} days")]
    Quota,
    /// The clock was set back: terms that are counted from now would end before they began.
    #[error("the clock stands before a day on which something was done already")]
    Clock,
}

/// Takes a request of a contact point, given its earlier ones. Looks at nothing that is filed.
///
/// # Errors
/// [`RightsRefusal`]; none depends on whether a child is known.
pub fn ask(
    id: RequestId,
    kind: RightsKind,
    by: &Connection,
    places: &[Place],
    earlier: &[RightsRequest],
    manifest: &Manifest,
    today: Day,
) -> Result<RightsRequest, RightsRefusal> {
    let repeated = (1..places.len())
        .any(|at| places.get(at).is_some_and(|it| places.iter().take(at).any(|other| other == it)));
    if places.is_empty() || places.len() > MAX_PLACES || repeated {
        return Err(RightsRefusal::Places);
    }
    if places.iter().any(|it| !manifest.live_epochs(today).any(|epoch| epoch == it.epoch())) {
        return Err(RightsRefusal::EpochNotLive);
    }
    if is_clock_back(earlier, today) {
        return Err(RightsRefusal::Clock);
    }
    let recent = |it: &&RightsRequest| it.by == by.id && today <= it.asked.plus_days(MONTH_DAYS);
    if earlier.iter().filter(recent).count() >= QUOTA {
        return Err(RightsRefusal::Quota);
    }
    Ok(RightsRequest {
        id,
        kind,
        by: by.id.clone(),
        oin: by.oin.clone(),
        asked: today,
        reminded: false,
        decision: None,
        answer: None,
    })
}

/// Lets the second person decide. The same decision may be repeated, and then changes nothing.
///
/// # Errors
/// [`RightsRefusal`]; then nothing changes.
pub fn decide(
    request: &RightsRequest,
    by: &Connection,
    verdict: Verdict,
    reason: Option<RightsReason>,
    manifest: &Manifest,
    today: Day,
) -> Result<RightsRequest, RightsRefusal> {
    let now = manifest.connection(&request.by).map(|it| it.oin.as_str());
    if by.id == request.by || by.oin == request.oin || Some(by.oin.as_str()) == now {
        return Err(RightsRefusal::SameOrganisation);
    }
    let fits = reason.map_or(Verdict::Release, RightsReason::verdict) == verdict;
    if !fits || reason.is_some_and(|it| !it.goes_with(request.kind)) {
        return Err(RightsRefusal::Reason);
    }
    match &request.decision {
        Some(it) if it.by == by.id && (it.verdict, it.reason) == (verdict, reason) => Ok(request.clone()),
        Some(_) => Err(RightsRefusal::Decided),
        None if today < request.asked => Err(RightsRefusal::Clock),
        None if is_over(request, today) => Err(RightsRefusal::Late),
        None => {
            let decision = Decision { by: by.id.clone(), on: today, verdict, reason };
            Ok(RightsRequest { decision: Some(decision), ..request.clone() })
        }
    }
}

/// Whether the clock was set back: something was done with a request on a later day than this one. Nothing is answered
/// then, and nothing let go of, as no term can be told.
#[must_use]
pub fn is_clock_back(requests: &[RightsRequest], today: Day) -> bool {
    requests.iter().any(|it| {
        let decided = it.decision.as_ref().is_some_and(|decision| today < decision.on);
        let answered = it.answer.as_ref().is_some_and(|(on, _)| today < *on);
        today < it.asked || decided || answered
    })
}

/// A request as it counts once a manifest is current: one that was asked or decided on past the last day of every manifest
/// that is known was so on a clock that was ahead, or while none was current. It counts from today, and holds nothing up.
#[must_use]
pub fn set_right(request: &RightsRequest, last: Day, today: Day) -> RightsRequest {
    let right = |day: Day| if day <= last { day } else { today };
    let decision = request.decision.as_ref();
    RightsRequest {
        asked: right(request.asked),
        decision: decision.map(|it| Decision { on: right(it.on), ..it.clone() }),
        ..request.clone()
    }
}

/// Whether the days for a decision ended and nobody had decided on it: whoever asked is told so (art. 12(4)), and may ask anew.
#[must_use]
pub fn has_lapsed(request: &RightsRequest, today: Day) -> bool {
    request.decision.is_none() && is_over(request, today)
}

/// Whether the days in which a request is decided are over.
#[must_use]
pub fn is_over(request: &RightsRequest, today: Day) -> bool {
    request.asked.plus_days(DECIDED_WITHIN_DAYS) < today
}

/// The last day on which a request is kept; `None` while it was decided on and is not answered.
#[must_use]
pub fn kept_until(request: &RightsRequest) -> Option<Day> {
    let last = request.asked.plus_days(KEPT_DAYS);
    match (&request.decision, &request.answer) {
        (Some(_), None) => None,
        (_, Some((on, _))) => Some(last.max(on.plus_days(ANSWER_KEPT_DAYS))),
        (None, None) => Some(last),
    }
}

/// Whether a request is kept no longer.
#[must_use]
pub fn is_spent(request: &RightsRequest, today: Day) -> bool {
    kept_until(request).is_some_and(|last| last < today)
}

/// Whether a decided request is answered on a day: on a fixed day of the week, and after one on which the hub stood
/// still on the next on which it does not. A decision of late on such a day waits for the next.
#[must_use]
pub fn is_due(request: &RightsRequest, manifest: &Manifest, today: Day) -> bool {
    let Some(decision) = &request.decision else { return false };
    let days = decision.on.days_until(today).unwrap_or_default();
    // Seven days in a row are every day of the week.
    let was_missed = (1..days.min(8)).any(|it| manifest.answers_rights(decision.on.plus_days(it)));
    request.answer.is_none() && (was_missed || manifest.answers_rights(today))
}

/// Whether deciders are to be reminded of it on a day.
#[must_use]
pub fn wants_reminder(request: &RightsRequest, today: Day) -> bool {
    request.decision.is_none()
        && !request.reminded
        && !is_over(request, today)
        && request.asked.plus_days(REMINDED_AFTER_DAYS) <= today
}

/// What is told of what was found: all of it, what the reason leaves, or nothing.
#[must_use]
pub fn told(found: Found, decision: &Decision) -> Found {
    match (decision.verdict, decision.reason) {
        (Verdict::Release, _) => found,
        (Verdict::Limit, Some(reason)) => limited(found, reason),
        (Verdict::Limit | Verdict::Refuse, _) => Found::default(),
    }
}

fn limited(mut found: Found, reason: RightsReason) -> Found {
    // Of a sender that takes part no more nobody knows the domain.
    let may_be_police = |it: &FoundSignal| {
        it.by.as_ref().is_none_or(|(_, domain)| *domain == Domain::PolitieJustitie)
            || it.observation == Observation::Hearsay(Domain::PolitieJustitie)
    };
    if reason == RightsReason::Investigation {
        found.signals.retain(|it| !may_be_police(it));
    } else {
        // From whom something was heard would tell who said it.
        found.signals.iter_mut().for_each(|it| (it.by, it.observation) = (None, Observation::Own));
    }
    if reason.leaves_out_who_looked() {
        // That there was an alert says that somebody looked.
        found.alerts.clear();
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::case::ClosedList as _;
    use crate::fixture::{connection, day, entries, month};
    use crate::value::{OrganisationId, Severity};

    use super::*;

    fn found(by: Option<Domain>, observation: Observation) -> FoundSignal {
        let organisation = OrganisationId::parse("somebody").unwrap();
        FoundSignal {
            by: by.map(|domain| (organisation, domain)),
            severity: Severity::Soft,
            month: month("2026-11"),
            expiry: month("2027-05"),
            observation,
        }
    }

    fn limited_to(reason: RightsReason) -> Vec<FoundSignal> {
        let signals = vec![
            found(Some(Domain::PolitieJustitie), Observation::Own),
            found(Some(Domain::Jeugdbescherming), Observation::Hearsay(Domain::PolitieJustitie)),
            found(Some(Domain::Jeugdbescherming), Observation::Hearsay(Domain::Zorg)),
            found(None, Observation::Own),
        ];
        let (by, on) = (connection("fg"), day("2026-11-25"));
        let decision = Decision { by, on, verdict: Verdict::Limit, reason: Some(reason) };
        told(Found { signals, ..Found::default() }, &decision).signals
    }

    /// V-30: what the police said, to whomever, and what somebody sent who may have been of the police.
    #[test]
    fn an_investigation_leaves_out_what_was_heard_from_the_police() {
        let left = limited_to(RightsReason::Investigation);
        assert_eq!(left, [found(Some(Domain::Jeugdbescherming), Observation::Hearsay(Domain::Zorg))]);
    }

    fn asked(kind: RightsKind, on: Day) -> RightsRequest {
        let (id, by) = (RequestId::new([1; 16]), connection("contactpunt"));
        let oin = "00000000000000000099".to_owned();
        RightsRequest { id, kind, by, oin, asked: on, reminded: false, decision: None, answer: None }
    }

    /// V-30, art. 12(3): decided on the last day, after the answers of that day, and answered on one day a week. From the
    /// 31st of January the month ends on the 28th of February.
    #[test]
    fn what_is_decided_at_the_last_is_answered_within_the_month() {
        for weekday in 1..=7 {
            let mut entries = entries();
            entries.rights_days = vec![weekday];
            let manifest = Manifest::new(entries).unwrap();
            for asked in (0..800).map(|it| day("2027-01-01").plus_days(it)) {
                let request = self::asked(RightsKind::Access, asked);
                let last = (0..).map(|it| asked.plus_days(it)).find(|it| is_over(&request, *it)).unwrap();
                let answers = (0..7).map(|it| last.plus_days(it)).find(|it| manifest.answers_rights(*it));
                let waited = asked.days_until(answers.unwrap()).unwrap();
                assert!(waited <= MONTH_DAYS, "{asked}: {waited} days");
            }
        }
    }

    /// V-30, art. 12(3): a hub that stood still on the day of answers answers on the next day, not on the next of that
    /// name.
    #[test]
    fn a_day_of_answers_that_was_missed_is_made_up_for() {
        let manifest = Manifest::new(entries()).unwrap();
        let due = |decided: &str, today: &str| {
            let (by, on) = (connection("fg"), day(decided));
            let decision = Some(Decision { by, on, verdict: Verdict::Release, reason: None });
            let request = RightsRequest { decision, ..asked(RightsKind::Access, day("2026-11-20")) };
            is_due(&request, &manifest, day(today))
        };
        for (decided, first) in [
            ("2026-11-23", "2026-11-25"),
            // On the day of answers itself: the same day, or a week later.
            ("2026-11-25", "2026-12-02"),
            ("2026-11-26", "2026-12-02"),
        ] {
            for days in 1..40 {
                let today = day(decided).plus_days(days);
                let is_due = due(decided, &today.to_string());
                assert_eq!(is_due, day(first) <= today, "of {decided} on {today}");
            }
        }
        assert!(due("2026-11-25", "2026-11-25") && !due("2026-11-26", "2026-11-26"));
    }

    /// V-30: a letter that refuses names a ground of what was asked; art. 17(3) and 21 are of erasure alone.
    #[test]
    fn a_reason_goes_with_what_it_is_a_ground_of() {
        let manifest = Manifest::new(entries()).unwrap();
        // Who may call it the door knows.
        let officer = manifest.connection(&connection("zorgcoordinator-west")).unwrap();
        for kind in RightsKind::ALL.iter().copied() {
            for reason in RightsReason::ALL.iter().copied() {
                let (request, verdict) = (asked(kind, day("2026-11-23")), reason.verdict());
                let decided = decide(&request, officer, verdict, Some(reason), &manifest, request.asked);
                let fits = match (verdict, reason) {
                    (Verdict::Limit, _) => kind == RightsKind::Access,
                    (_, RightsReason::StillNeeded) => kind == RightsKind::Erase,
                    _ => true,
                };
                assert_eq!(decided.is_ok(), fits, "{kind:?}, {reason:?}");
            }
        }
    }

    /// V-30: from whom something was heard says as much as who reported it.
    #[test]
    fn who_reported_is_left_out_with_whom_they_heard_it_from() {
        for reason in [RightsReason::InvolvedPerson, RightsReason::OthersRights] {
            assert_eq!(limited_to(reason), vec![found(None, Observation::Own); 4]);
        }
    }
}
