//! What there is, by age: a group for each thing to do, and within it the oldest first. No other order.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use super::telling::Telling;
use super::{ALERT, ENDED, Sight, frame};
use crate::alert::AlertView;
use crate::contact::organisation_of;
use crate::desk::Desk;
use crate::desk::gate::Visitor;
use crate::desk::page::preview::Fact;
use crate::desk::page::start::{Call, acute_numbers};
use crate::desk::page::{Frame, Page, Trouble, own_regions, shown};
use crate::language::Say as _;

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
        let mut facts = vec![
            fact("Ontstaan", "Opened", telling.since(alert)),
            fact("Telt uit", "Counts from", telling.domains(alert)),
            fact("Gezien in", "Seen in", telling.months(alert)),
            fact("Regio", "Region", telling.regions(alert)),
        ];
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
    Passing,
    New,
    Own,
    Waiting,
    Elsewhere,
}

impl Place {
    const ALL: [Self; 5] = [Self::Passing, Self::New, Self::Own, Self::Waiting, Self::Elsewhere];

    fn of(alert: &AlertView, telling: &Telling<'_>) -> Self {
        let soon = telling.today.plus_days(SOON_DAYS);
        match &alert.follow_up.lead {
            None if telling.passes_on(alert).is_some_and(|day| day <= soon) => Self::Passing,
            None => Self::New,
            Some(_) if !telling.is_own(alert) => Self::Elsewhere,
            Some(_) if Telling::is_waiting(alert) => Self::Waiting,
            Some(_) => Self::Own,
        }
    }

    const fn title(self, telling: &Telling<'_>) -> (&'static str, &'static str) {
        match self {
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
    organisation: String,
    /// Why the hub could not be asked.
    problem: Option<String>,
    groups: Vec<Group>,
}

/// `GET /`
pub(super) async fn open(State(desk): State<Arc<Desk>>, Extension(visitor): Extension<Visitor>) -> Page {
    let language = visitor.language;
    let membership = desk.membership().map_err(|it| it.page(language))?;
    let sight = Sight::read(&desk, false).await;
    let (status, problem) = match &sight {
        Ok(_) => (StatusCode::OK, None),
        Err(fault) => (StatusCode::SERVICE_UNAVAILABLE, Some(fault.say(language))),
    };
    let alerts = sight.map(|it| it.alerts).unwrap_or_default();
    let own = membership.config().connection();
    let telling = Telling { manifest: membership.manifest(), own, today: desk.today(), language };
    let group = |place: Place| {
        let alerts = alerts.iter().filter(|it| Place::of(it, &telling) == place);
        let (id, title) = place.title(&telling);
        Group { id, title, cards: alerts.map(|it| Card::new(it, &telling)).collect() }
    };
    let page = Overview {
        frame: frame(&visitor, "/".to_owned()),
        // Not only when the hub answers: these are needed most when nothing else works.
        calls: acute_numbers(&own_regions(&membership), language),
        organisation: organisation_of(membership.manifest(), own).to_owned(),
        problem,
        groups: Place::ALL.map(group).into_iter().filter(|it| !it.cards.is_empty()).collect(),
    };
    Ok(shown(status, &page))
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
    let sight = Sight::read(&desk, true).await.map_err(|fault| Trouble::of(&fault).page(language))?;
    let own = sight.membership.config().connection();
    let telling = Telling { manifest: sight.membership.manifest(), own, today: desk.today(), language };
    let ended: Vec<_> = sight.alerts.iter().rev().filter(|it| it.state.is_ended()).collect();
    let page = Ended {
        frame: frame(&visitor, ENDED.to_owned()),
        cards: ended.iter().take(SHOWN).map(|it| Card::new(it, &telling)).collect(),
        left_out: ended.len().saturating_sub(SHOWN),
    };
    Ok(shown(StatusCode::OK, &page))
}
