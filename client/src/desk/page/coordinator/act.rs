//! Asking for an act, and doing it.
//!
//! The number of a form works once. A form that was used, or is too old, does nothing: what was filled in comes back, with
//! the alert as it is now. When the hub is away, or its answer was lost, the same may be sent again.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use samenloop_core::alert::{Act, Deed};
use samenloop_proto::v1::Reason;

use super::deed::{Fields, Reading};
use super::one::{self, Notice};
use super::step::Step;
use super::telling::Telling;
use super::{ALERT, Sight, WAIT, Wanted, alert_of, follow, frame, is_outdated};
use crate::alert::{AlertView, Coordinator, CoordinatorFault, kept_behind};
use crate::desk::Desk;
use crate::desk::draft::{Draft, Sent};
use crate::desk::form::Form;
use crate::desk::gate::Visitor;
use crate::desk::page::field::Summary;
use crate::desk::page::{Frame, Page, Problem, Trouble, shown};
use crate::hub::HubFault;
use crate::language::{Language, Say as _};
use crate::membership::Membership;

#[derive(Template)]
#[template(path = "desk/coordinator/act.html")]
struct ActPage {
    frame: Frame,
    summary: Option<Summary>,
    draft: String,
    name: String,
    title: &'static str,
    meaning: &'static str,
    fields: Vec<String>,
    /// Where the form goes, and where the alert is.
    path: String,
    alert: String,
}

/// What is filled in once more, without showing it, when the hub could not be asked.
#[derive(Template)]
#[template(path = "desk/coordinator/again.html")]
struct Again<'a> {
    frame: Frame,
    title: &'static str,
    sentence: String,
    /// Fields and values.
    pairs: Vec<(&'a str, &'a str)>,
    /// Where the form goes, and where the alert is.
    path: String,
    alert: String,
}

#[derive(Template)]
#[template(path = "desk/coordinator/gone.html")]
struct Gone {
    frame: Frame,
    title: &'static str,
    /// What goes by phone, as it does not go along.
    behind: String,
}

/// A request on one alert, with what is there of it now.
struct Asked<'a> {
    desk: &'a Arc<Desk>,
    visitor: &'a Visitor,
    membership: &'a Membership,
    alert: &'a AlertView,
    step: Step,
}

/// `GET /samenloop/{id}/{step}`: the form, if the alert is in a state for it.
pub(super) async fn ask(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Path((id, step)): Path<(String, String)>,
) -> Page {
    let step = Step::parse(&step).ok_or_else(|| Trouble::NotFound.page(visitor.language))?;
    let (membership, alert) = alert_of(&desk, &visitor, id).await?;
    let asked = Asked { desk: &desk, visitor: &visitor, membership: &membership, alert: &alert, step };
    if asked.is_possible() {
        asked.form(&Form::parse(b""), StatusCode::OK, vec![])
    } else {
        Ok(asked.refused(impossible(visitor.language)))
    }
}

/// `POST /samenloop/{id}/{step}`: does it, and shows the alert as it is then.
pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
    Path((id, path)): Path<(String, String)>,
) -> Page {
    let language = visitor.language;
    let step = Step::parse(&path).ok_or_else(|| Trouble::NotFound.page(language))?;
    let of = format!("{id}/{path}");
    // Before the number of the form is taken: when the hub is away, the form still stands.
    let sight = match Sight::read(&desk, Wanted::One(id)).await {
        Ok(sight) => sight,
        Err(fault) => return Ok(again(&visitor, step, &of, form.pairs().collect(), fault.say(language))),
    };
    let (is_fresh, before) = match desk.gate().take(form.text("draft")) {
        Some(Draft::Act(at)) => (at == of, None),
        Some(Draft::Sent(sent)) if sent.of == of => (true, Some(*sent)),
        _ => (false, None),
    };
    let Some((membership, alert)) = sight.one() else { return Ok(not_yours(&visitor, before)) };
    let asked = Asked { desk: &desk, visitor: &visitor, membership: &membership, alert: &alert, step };
    let is_retry = before.is_some();
    let sent = match before {
        // The hub knows whether it was done.
        Some(sent) => sent,
        None if !asked.is_possible() => return Ok(asked.refused(impossible(language))),
        None if !is_fresh => {
            let problem = Problem::new("doen", stale(language));
            return asked.form(&form, StatusCode::CONFLICT, vec![problem]);
        }
        None => match Reading::act(step, asked.telling(), &alert, &form) {
            Ok(act) => Sent { of, behind: asked.behind(&act), act },
            Err(problems) => return asked.form(&form, StatusCode::UNPROCESSABLE_ENTITY, problems),
        },
    };
    match carry_out(&desk, &alert, sent.act.clone()).await {
        Ok(Some(after)) => {
            let sentence = step.done(language).to_owned();
            let notice = Notice { is_refusal: false, sentence, behind: sent.behind };
            Ok(one::page(&desk, &visitor, &membership, &after, StatusCode::OK, Some(notice)))
        }
        Ok(None) => Ok(gone(&visitor, StatusCode::OK, step.done(language), sent.behind)),
        Err(fault) => asked.failed(&form, sent, is_retry, &fault).await,
    }
}

/// The page of an alert that its coordinator sees no more.
fn gone(visitor: &Visitor, status: StatusCode, title: &'static str, behind: String) -> Response {
    shown(status, &Gone { frame: frame(visitor, String::new()), title, behind })
}

/// As [`gone`], before anything was asked of the hub now; `sent` is what left before.
fn not_yours(visitor: &Visitor, sent: Option<Sent>) -> Response {
    let pick = |nl, en| visitor.language.pick(nl, en);
    match sent {
        None => gone(
            visitor,
            StatusCode::CONFLICT,
            pick("Er is nu niets gedaan", "Nothing was done now"),
            String::new(),
        ),
        Some(sent) => {
            let title = pick("Waarschijnlijk is het al gedaan", "It was probably done already");
            gone(visitor, StatusCode::OK, title, sent.behind)
        }
    }
}

/// What was filled in, to be sent again.
fn again(visitor: &Visitor, step: Step, of: &str, pairs: Vec<(&str, &str)>, sentence: String) -> Response {
    let (alert, _) = of.split_once('/').unwrap_or_default();
    let page = Again {
        frame: frame(visitor, String::new()),
        title: step.title(visitor.language),
        sentence,
        pairs,
        path: format!("{ALERT}{of}"),
        alert: format!("{ALERT}{alert}"),
    };
    shown(StatusCode::SERVICE_UNAVAILABLE, &page)
}

impl Asked<'_> {
    fn telling(&self) -> Telling<'_> {
        Telling {
            manifest: self.membership.manifest(),
            own: self.membership.config().connection(),
            today: self.desk.today(),
            language: self.visitor.language,
        }
    }

    fn is_possible(&self) -> bool {
        Step::of(self.alert, &self.telling()).contains(&self.step)
    }

    /// What goes by phone at a hand-over, in lines; else empty.
    fn behind(&self, act: &Act) -> String {
        if let Deed::HandOver { to, .. } = &act.deed {
            kept_behind(self.alert, to, self.membership.manifest(), self.visitor.language)
        } else {
            String::new()
        }
    }

    /// The form, with what was filled in.
    fn form(&self, form: &Form, status: StatusCode, problems: Vec<Problem>) -> Page {
        let language = self.visitor.language;
        let of = format!("{}/{}", self.alert.id, self.step.path());
        let draft = self.desk.keep(Draft::Act(of.clone())).map_err(|it| it.page(language))?;
        let telling = self.telling();
        let fields = Fields { telling, alert: self.alert, form, problems: &problems }.of(self.step);
        let page = ActPage {
            frame: frame(self.visitor, String::new()),
            draft,
            name: telling.name(self.alert),
            title: self.step.title(language),
            meaning: self.step.meaning(language),
            fields,
            path: format!("{ALERT}{of}"),
            alert: format!("{ALERT}{}", self.alert.id),
            summary: Summary::of(language, problems),
        };
        Ok(shown(status, &page))
    }

    /// The alert as it is, and why nothing was done.
    fn refused(&self, sentence: String) -> Response {
        let notice = Notice { is_refusal: true, sentence, behind: String::new() };
        one::page(self.desk, self.visitor, self.membership, self.alert, StatusCode::CONFLICT, Some(notice))
    }

    /// The alert as it is, of an act that left before: it may have been done, and then somebody else acted.
    fn unsure(&self, sent: Sent) -> Response {
        let sentence = doubtful(&sent.act.deed, self.visitor.language).to_owned();
        let notice = Notice { is_refusal: true, sentence, behind: sent.behind };
        one::page(self.desk, self.visitor, self.membership, self.alert, StatusCode::OK, Some(notice))
    }

    /// The form again where another answer would do; else the alert as somebody else left it.
    async fn failed(&self, form: &Form, sent: Sent, is_retry: bool, fault: &CoordinatorFault) -> Page {
        let language = self.visitor.language;
        if let CoordinatorFault::Hub(HubFault::Refused { reason, .. }) = fault {
            if let Some(problem) = problem(*reason, language) {
                return self.form(form, StatusCode::UNPROCESSABLE_ENTITY, vec![problem]);
            }
            if let Some(sentence) = overtaken(*reason, language) {
                let (membership, alert) =
                    alert_of(self.desk, self.visitor, self.alert.id.to_string()).await?;
                let asked = Asked { membership: &membership, alert: &alert, ..*self };
                return Ok(if is_retry { asked.unsure(sent) } else { asked.refused(sentence.to_owned()) });
            }
        }
        let uncertain = language.pick(
            "Het is niet zeker of het gedaan is. Probeer het opnieuw: niets gaat dubbel.",
            "It is not certain whether it was done. Try again: nothing is done twice.",
        );
        let of = sent.of.clone();
        let draft = self.desk.keep(Draft::Sent(Box::new(sent))).map_err(|it| it.page(language))?;
        let others = form.pairs().filter(|(name, _)| *name != "draft");
        let pairs = others.chain([("draft", &*draft)]).collect();
        Ok(again(self.visitor, self.step, &of, pairs, format!("{} {uncertain}", fault.say(language))))
    }
}

/// Does an act, also when the visitor does not wait for it. What a person decided does not hang on a manifest that
/// changed meanwhile.
async fn carry_out(
    desk: &Arc<Desk>,
    alert: &AlertView,
    act: Act,
) -> Result<Option<AlertView>, CoordinatorFault> {
    let (desk, alert) = (Arc::clone(desk), alert.clone());
    let done = tokio::spawn(async move {
        let _turn = desk.sending.lock().await;
        match act_now(&desk, &alert, &act).await {
            Err(fault) if is_outdated(&fault) => {
                follow(&desk).await;
                act_now(&desk, &alert, &act).await
            }
            done => done,
        }
    });
    done.await.unwrap_or(Err(CoordinatorFault::Hub(HubFault::Unreachable)))
}

async fn act_now(desk: &Desk, alert: &AlertView, act: &Act) -> Result<Option<AlertView>, CoordinatorFault> {
    let membership = Membership::load(desk.config.clone(), desk.today())?;
    let coordinator = Coordinator::new(&membership)?;
    let done = tokio::time::timeout(WAIT, coordinator.act(alert, act)).await;
    Ok(done.unwrap_or(Err(HubFault::Unreachable))?)
}

fn impossible(language: Language) -> String {
    language
        .pick(
            "Dit kan niet, of niet meer. Er is nu niets gedaan. Hieronder staat hoe de samenloop er nu voor staat.",
            "This is not possible, or no longer. Nothing was done now. Below is how the convergence stands now.",
        )
        .to_owned()
}

/// What is said of an act that left before and is refused now. Who leads can only change by a hand-over of who led.
const fn doubtful(deed: &Deed, language: Language) -> &'static str {
    if matches!(deed, Deed::HandOver { .. }) {
        return language.pick(
            "Waarschijnlijk is het al gedaan, en ging daarna een ander verder. Hieronder staat hoe de samenloop er nu voor staat.",
            "It was probably done already, and then somebody else went on. Below is how the convergence stands now.",
        );
    }
    language.pick(
        "Het is niet zeker of het gedaan is: intussen deed ook een ander iets. Hieronder staat hoe de samenloop er nu voor staat; bel bij twijfel wie de regie heeft.",
        "It is not certain whether it was done: meanwhile somebody else acted too. Below is how the convergence stands now; when in doubt, phone who leads.",
    )
}

const fn stale(language: Language) -> &'static str {
    language.pick(
        "Dit formulier was al gebruikt of is te oud. Er is nu niets gedaan. Wat u invulde, staat er nog. Kijk het na en druk nog eens.",
        "This form was used already or is too old. Nothing was done now. What you filled in is still there. Look it over and press again.",
    )
}

/// Where a refusal of the hub belongs, of those that another answer mends.
#[allow(clippy::wildcard_enum_match_arm, reason = "all other reasons are of no field")]
fn problem(reason: Reason, language: Language) -> Option<Problem> {
    let say = |field, nl, en| Some(Problem::new(field, language.pick(nl, en)));
    match reason {
        Reason::Date => say(
            "dag",
            "De dag ligt niet tussen morgen en 92 dagen vooruit. Kies een andere dag.",
            "The day is not between tomorrow and 92 days ahead. Choose another.",
        ),
        Reason::SecondReading => say(
            "meegelezen",
            "Alle signalen zijn zacht. Laat iemand meelezen en zeg of dat gebeurd is.",
            "All signals are soft. Have somebody read along and say whether that was done.",
        ),
        Reason::Outcome => say(
            "uitkomst",
            "De uitkomst past niet bij uw oordeel. Kies een andere.",
            "The outcome does not fit your judgement. Choose another.",
        ),
        Reason::Recipient => say(
            "aan",
            "Aan deze zorgcoördinator kunt u niet overdragen. Kies een andere.",
            "It cannot be handed to this coordinator. Choose another.",
        ),
        Reason::Reporter => say(
            "wie",
            "Een van hen gaf geen signaal bij deze samenloop, of u vraagt er te veel tegelijk.",
            "One of them gave no signal on this convergence, or you ask too many at once.",
        ),
        Reason::AskedBefore => say(
            "wie",
            "Een van hen is al gevraagd en heeft nog niet geantwoord. Bel zelf als het niet kan wachten.",
            "One of them was asked already and has not answered yet. Phone yourself if it cannot wait.",
        ),
        _ => None,
    }
}

/// What is said when somebody else was first.
#[allow(clippy::wildcard_enum_match_arm, reason = "all other reasons are no matter of another's act")]
const fn overtaken(reason: Reason, language: Language) -> Option<&'static str> {
    Some(match reason {
        Reason::LedByAnother => language.pick(
            "Een andere zorgcoördinator was u voor. Hieronder staat wie de regie heeft; bel om af te stemmen. Er is niets van u gedaan.",
            "Another coordinator was first. Below is who leads; phone to agree on what to do. Nothing of yours was done.",
        ),
        Reason::NotLed => language.pick(
            "U hebt niet de regie. Pak de samenloop eerst op.",
            "You do not lead. Claim the convergence first.",
        ),
        Reason::AlertEnded => language.pick(
            "Deze samenloop is gesloten of vervallen. Er kan niets meer mee.",
            "This convergence was closed or has lapsed. Nothing more can be done with it.",
        ),
        Reason::AlertState => language.pick(
            "Dit past niet meer bij hoe de samenloop ervoor staat. Misschien deed u het al in een ander venster.",
            "This no longer fits how the convergence stands. You may have done it already in another window.",
        ),
        _ => return None,
    })
}
