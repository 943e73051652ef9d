//! What there is, by age: a group for each thing to do, and within it the oldest first. No other order.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use samenloop_core::value::Day;

use super::telling::Telling;
use super::{ALERT, ENDED, Sight, Wanted, frame};
use crate::alert::AlertView;
use crate::contact::organisation_of;
use crate::desk::Desk;
use crate::desk::gate::Visitor;
use crate::desk::page::preview::Fact;
use crate::desk::page::start::{Call, acute_numbers};
use crate::desk::page::{Frame, Page, Trouble, own_regions, shown};
use crate::language::{Language, Say as _};
use crate::membership::Membership;

/// Days before an alert goes to the fallback in which it is said first.
const SOON_DAYS: u32 = 7;

/// Ended alerts on one page.
const SHOWN: usize = 100;

/// An alert in a list.
pub(super) struct Card {
    path: String,
    name: String,
    facts: Vec<Fact>,
    notes: Vec<String>,
}

impl Card {
    fn new(alert: &AlertView, telling: &Telling<'_>) -> Self {
        let fact = |nl: &'static str, en: &'static str, value| Fact { name: telling.say(nl, en), value };
        let mut facts = vec![fact("Ontstaan", "Opened", telling.since(alert))];
        // Of one that ended it may no longer be kept.
        if !alert.domains.is_empty() {
            facts.push(fact("Telt uit", "Counts from", telling.domains(alert)));
            facts.push(fact("Gezien in", "Seen in", telling.months(alert)));
        }
        facts.push(fact("Regio", "Region", telling.regions(alert)));
        if alert.follow_up.lead.is_some() || alert.state.is_ended() {
            facts.push(fact("Stand", "State", telling.state(alert)));
        }
        let path = format!("{ALERT}{}", alert.id);
        Self { path, name: telling.name(alert), facts, notes: telling.notes(alert) }
    }
}

/// Alerts with the same thing to do.
struct Group {
    id: &'static str,
    title: &'static str,
    cards: Vec<Card>,
}

/// The groups, in the order of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Passed,
    Passing,
    New,
    Left,
    Own,
    Waiting,
    Elsewhere,
}

impl Place {
    const ALL: [Self; 7] =
        [Self::Passed, Self::Passing, Self::New, Self::Left, Self::Own, Self::Waiting, Self::Elsewhere];

    fn of(alert: &AlertView, telling: &Telling<'_>) -> Self {
        let soon = telling.today.plus_days(SOON_DAYS);
        match &alert.follow_up.lead {
            None => match telling.passes_on(alert) {
                Some(day) if day <= telling.today => Self::Passed,
                Some(day) if day <= soon => Self::Passing,
                Some(_) | None => Self::New,
            },
            Some(_) if telling.is_own(alert) && Telling::is_waiting(alert) => Self::Waiting,
            Some(_) if telling.is_own(alert) => Self::Own,
            Some(_) if telling.may_claim(alert) => Self::Left,
            Some(_) => Self::Elsewhere,
        }
    }

    const fn title(self, telling: &Telling<'_>) -> (&'static str, &'static str) {
        match self {
            Self::Passed => {
                ("ook-achtervang", telling.say("Ook de achtervang is aan zet", "The fallback's turn as well"))
            }
            Self::Left => ("overnemen", telling.say("U mag haar overnemen", "You may take it over")),
            Self::Passing => {
                ("achtervang", telling.say("Gaat binnenkort naar de achtervang", "Goes to the fallback soon"))
            }
            Self::New => ("nieuw", telling.say("Nieuw", "New")),
            Self::Own => ("van-u", telling.say("U hebt de regie", "You lead")),
            Self::Waiting => ("wacht", telling.say("U wacht op een antwoord", "You await an answer")),
            Self::Elsewhere => ("elders", telling.say("Iemand anders heeft de regie", "Somebody else leads")),
        }
    }
}

#[derive(Template)]
#[template(path = "desk/coordinator/overview.html")]
struct Overview {
    frame: Frame,
    calls: Vec<Call>,
    /// Empty where this machine cannot say.
    organisation: String,
    /// Why the hub could not be asked.
    problem: Option<String>,
    groups: Vec<Group>,
}

/// `GET /`
pub(super) async fn open(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let language = visitor.language;
    let sight = Sight::read(&desk, Wanted::Open).await;
    let here = desk.membership().ok();
    let membership = sight.as_ref().map_or(here.as_ref(), |it| Some(&it.membership));
    let (status, problem) = match &sight {
        Ok(_) => (StatusCode::OK, None),
        Err(fault) => (StatusCode::SERVICE_UNAVAILABLE, Some(fault.say(language))),
    };
    let organisation = |it: &Membership| organisation_of(it.manifest(), it.config().connection()).to_owned();
    let page = Overview {
        frame: frame(&visitor, "/".to_owned()),
        // Not only when the hub answers: these are needed most when nothing else works.
        calls: acute_numbers(&membership.map(own_regions).unwrap_or_default(), language),
        organisation: membership.map(organisation).unwrap_or_default(),
        problem,
        groups: sight.as_ref().map(|it| groups(it, desk.today(), language)).unwrap_or_default(),
    };
    Ok(shown(status, &page))
}

/// The groups that are not empty.
fn groups(sight: &Sight, today: Day, language: Language) -> Vec<Group> {
    let telling = sight.telling(today, language);
    let group = |place: Place| {
        let alerts = sight.alerts.iter().filter(|it| Place::of(it, &telling) == place);
        let (id, title) = place.title(&telling);
        Group { id, title, cards: alerts.map(|it| Card::new(it, &telling)).collect() }
    };
    Place::ALL.map(group).into_iter().filter(|it| !it.cards.is_empty()).collect()
}

#[derive(Template)]
#[template(path = "desk/coordinator/ended.html")]
struct Ended {
    frame: Frame,
    cards: Vec<Card>,
    left_out: usize,
}

/// `GET /eerder`: what was closed or lapsed, the newest first.
pub(super) async fn ended(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let language = visitor.language;
    let sight = Sight::read(&desk, Wanted::All).await;
    let sight = sight.map_err(|fault| Trouble::of(&fault).page(language))?;
    let telling = sight.telling(desk.today(), language);
    let ended: Vec<_> = sight.alerts.iter().rev().filter(|it| it.state.is_ended()).collect();
    let page = Ended {
        frame: frame(&visitor, ENDED.to_owned()),
        cards: ended.iter().take(SHOWN).map(|it| Card::new(it, &telling)).collect(),
        left_out: ended.len().saturating_sub(SHOWN),
    };
    Ok(shown(StatusCode::OK, &page))
}

#[cfg(test)]
mod tests {
    use samenloop_proto::v1;

    use super::*;
    use crate::alert::example::{alert, manifest, today, view};
    use crate::fixture::id;

    const WEST: &str = "zorgcoordinator-west";
    const NOORD: &str = "zorgcoordinator-noord";

    fn place(shown: &v1::Alert) -> Place {
        let manifest = manifest();
        let (own, today, language) = (&id(WEST), today(), Language::Nl);
        Place::of(&view(shown, &manifest), &Telling { manifest: &manifest, own, today, language })
    }

    fn led(lead: &str, owners: &[&str]) -> v1::Alert {
        v1::Alert {
            state: v1::AlertState::Claimed.into(),
            lead: lead.into(),
            owners: owners.iter().map(|it| (*it).to_owned()).collect(),
            ..alert()
        }
    }

    /// The region's term is 7 days, and on the eighth it is the fallback's turn.
    #[test]
    fn what_nobody_claimed_stands_by_the_day_on_which_it_passes_on() {
        for (opened, expected) in [
            ("2026-11-22", Place::New),
            ("2026-11-21", Place::Passing),
            ("2026-11-15", Place::Passing),
            ("2026-11-14", Place::Passed),
            ("2026-09-01", Place::Passed),
        ] {
            let shown = v1::Alert { opened: opened.into(), ..alert() };
            assert!(place(&shown) == expected, "{opened}");
        }
    }

    #[test]
    fn what_somebody_leads_stands_by_whose_turn_it_is() {
        assert!(place(&led(WEST, &[WEST])) == Place::Own);
        let mut asked = led(WEST, &[WEST]);
        asked.contacts.push(v1::AlertContact {
            connection: "school-west".into(),
            asked: "2026-11-22".into(),
            reason: 1,
            ..v1::AlertContact::default()
        });
        assert!(place(&asked) == Place::Waiting);
        assert!(place(&led(NOORD, &[NOORD])) == Place::Elsewhere);
        assert!(place(&led(NOORD, &[NOORD, WEST])) == Place::Left, "its lead is absent");
        assert!(place(&led(NOORD, &[WEST])) == Place::Left, "its lead takes part no more");
    }
}
