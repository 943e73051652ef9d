//! Filling in one signal: a new one, or one of our own that is judged anew.

use std::collections::HashSet;
use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use samenloop_core::value::{Code, Domain, Kind};
use samenloop_pseudonym::{BSN, ONDERWIJSNUMMER};

use super::field::{Choice, Problem, Radios, Select, Summary, Text, Tick, problem_of};
use super::own::{Own, own};
use super::{Frame, Page, Trouble, code, month_in_words, own_entry, own_regions, preview, shown};
use crate::desk::Desk;
use crate::desk::draft::{Draft, Filling};
use crate::desk::form::Form;
use crate::desk::gate::Visitor;
use crate::desk::send::{Unprepared, prepare};
use crate::desk::signal::{column_of, months};
use crate::journal::entries_of;
use crate::language::Language;
use crate::membership::Membership;

#[derive(Template)]
#[template(path = "desk/signal.html")]
struct SignalPage {
    frame: Frame,
    draft: String,
    summary: Option<Summary>,
    /// The signal that this extends, and the box that says that it was judged anew.
    extends: Option<(Own, Tick)>,
    /// `None` for a connection that may use one kind only.
    kind: Option<Radios>,
    number: Text,
    /// The code that was chosen, in words; then soft or hard follows from it.
    code: Option<(Code, String)>,
    severity: Radios,
    /// `None` for an extension, which is of this month.
    month: Option<Select>,
    region: Select,
    observation: Radios,
    heard_from: Select,
    case_reference: Text,
    may_choose_code: bool,
}

/// The form. `number` is what was typed of the child's number a moment ago, and nothing keeps it.
pub(super) fn page(
    desk: &Desk,
    visitor: &Visitor,
    membership: &Membership,
    mut filling: Filling,
    number: &str,
    problems: Vec<Problem>,
) -> Page {
    let language = visitor.language;
    let own = own_entry(membership).map_err(|it| it.page(language))?;
    let regions = own_regions(membership);
    if let ([only], true) = (&*regions, filling.region.is_empty()) {
        filling.region = only.id.to_string();
    }
    if let (Some(first), true) = (own.kinds.first(), filling.kind.is_empty()) {
        filling.kind = column_of(*first).dutch().to_owned();
    }
    let draft = desk.keep(Draft::Signal(filling.clone())).map_err(|it| it.page(language))?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let extends = extended(desk, &filling, language).map_err(|it| it.page(language))?;
    let fields = Fields { language, filling: &filling, problems: &problems };
    let every_region = membership.manifest().regions().iter();
    let page = SignalPage {
        frame: Frame::new(visitor, ""),
        draft,
        kind: (own.kinds.len() > 1).then(|| fields.kind(&own.kinds)),
        number: fields.number(number),
        code: filling.code.map(|it| (it, code::in_words(it, language))),
        severity: fields.severity(),
        month: extends.is_none().then(|| fields.month(desk)),
        extends: extends.map(|own| (own, fields.judged())),
        region: fields.region(every_region.map(|it| Choice::new(it.id.to_string(), &it.name, "")).collect()),
        observation: fields.observation(),
        heard_from: fields.heard_from(own.domain()),
        case_reference: fields.case_reference(),
        may_choose_code: code::are_offered(membership),
        summary: Summary::of(language, problems.clone()),
    };
    Ok(shown(status, &page))
}

/// The signal that is being extended, if one is.
fn extended(desk: &Desk, filling: &Filling, language: Language) -> Result<Option<Own>, Trouble> {
    let Some(reference) = filling.extends else { return Ok(None) };
    let known = entries_of(desk.config.journal(), &HashSet::from([reference]));
    let entry = known.map_err(|fault| Trouble::of(&fault))?.remove(&reference);
    Ok(entry.map(|it| own(&it, desk.today(), language)))
}

/// `POST /nieuw/signaal`: what leaves, or what is wrong; or back to the codes.
pub(super) async fn fill_in(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let language = visitor.language;
    let Some(Draft::Signal(before)) = desk.gate().take(form.text("draft")) else {
        return Err(Trouble::StaleForm.page(language));
    };
    let text = |name| form.text(name).to_owned();
    let filling = Filling {
        extends: before.extends,
        is_judged: form.has("oordeel"),
        is_acute: before.is_acute,
        code: before.code,
        kind: if form.has("soort-nummer") { text("soort-nummer") } else { before.kind },
        severity: text("soort"),
        month: text("maand"),
        region: text("regio"),
        observation: text("waarneming"),
        heard_from: text("bron"),
        case_reference: text("zaaknummer"),
    };
    let membership = desk.membership().map_err(|it| it.page(language))?;
    if form.has("andere-code") {
        return code::page(&desk, &visitor, &membership, filling, "", vec![]);
    }
    let number = form.text("nummer");
    match prepare(&desk, &membership, language, filling, number) {
        Ok(ready) => preview::page(&desk, &visitor, &membership, ready, None),
        Err(Unprepared::Problems(filling, problems)) => {
            page(&desk, &visitor, &membership, *filling, number, problems)
        }
        Err(Unprepared::Trouble(trouble)) => Err(trouble.page(language)),
    }
}

/// Makes the fields of the form.
struct Fields<'f> {
    language: Language,
    filling: &'f Filling,
    problems: &'f [Problem],
}

impl Fields<'_> {
    const fn say(&self, nl: &'static str, en: &'static str) -> &'static str {
        self.language.pick(nl, en)
    }

    fn problem(&self, field: &str) -> Option<String> {
        problem_of(self.problems, field)
    }

    fn kind(&self, kinds: &[Kind]) -> Radios {
        let name = |kind| match kind {
            BSN => ("BSN", self.say("9 cijfers", "9 digits")),
            ONDERWIJSNUMMER => (
                "Onderwijsnummer",
                self.say("9 cijfers, voor wie geen BSN heeft", "9 digits, for who has no BSN"),
            ),
            _ => ("V-nummer", self.say("10 cijfers", "10 digits")),
        };
        let choice = |kind: &Kind| {
            let (label, hint) = name(*kind);
            Choice::new(column_of(*kind).dutch(), label, hint)
        };
        Radios {
            id: "soort-nummer",
            legend: self.say("Welk nummer van het kind hebt u?", "Which number of the child do you have?"),
            hint: "",
            choices: kinds.iter().map(choice).collect(),
            chosen: self.filling.kind.clone(),
            problem: self.problem("soort-nummer"),
        }
    }

    fn number(&self, value: &str) -> Text {
        Text {
            id: "nummer",
            label: self.say("Nummer van het kind", "Number of the child"),
            hint: self.say(
                "Dit nummer gaat de deur niet uit. Deze computer maakt er een pseudoniem van en vergeet het daarna.",
                "This number does not leave. This computer makes a pseudonym of it, and then forgets it.",
            ),
            value: value.to_owned(),
            is_number: true,
            problem: self.problem("nummer"),
        }
    }

    fn judged(&self) -> Tick {
        Tick {
            id: "oordeel",
            label: self.say(
                "Er is opnieuw naar gekeken, door mij of door een collega die het kind kent: de zorg is er nog",
                "It was looked at anew, by me or by a colleague who knows the child: the concern still holds",
            ),
            is_ticked: self.filling.is_judged,
            problem: self.problem("oordeel"),
        }
    }

    fn severity(&self) -> Radios {
        Radios {
            id: "soort",
            legend: self.say("Zacht of hard signaal?", "Soft or hard signal?"),
            hint: self.say(
                "U hoeft niets te bewijzen. Twijfelt u? Kies zacht.",
                "You need to prove nothing. In doubt? Choose soft.",
            ),
            choices: vec![
                Choice::new(
                    "zacht",
                    self.say("Zacht", "Soft"),
                    self.say(
                        "Het valt op, maar zegt alleen weinig. Telt 6 maanden.",
                        "It stands out, but says little alone. Counts for 6 months.",
                    ),
                ),
                Choice::new(
                    "hard",
                    self.say("Hard", "Hard"),
                    self.say(
                        "Het wijst ook alleen al op uitbuiting. Telt 12 maanden.",
                        "It points at exploitation even alone. Counts for 12 months.",
                    ),
                ),
            ],
            chosen: self.filling.severity.clone(),
            problem: self.problem("soort"),
        }
    }

    fn month(&self, desk: &Desk) -> Select {
        let months = months(self.filling, desk.today());
        Select {
            id: "maand",
            label: self.say("In welke maand was het?", "In which month was it?"),
            hint: "",
            none: self.say("Kies een maand", "Choose a month"),
            choices: months
                .into_iter()
                .map(|it| Choice::new(it.to_string(), month_in_words(it, self.language), ""))
                .collect(),
            chosen: self.filling.month.clone(),
            problem: self.problem("maand"),
        }
    }

    fn region(&self, choices: Vec<Choice>) -> Select {
        Select {
            id: "regio",
            label: self.say("In welke regio?", "In which region?"),
            hint: self.say(
                "De regio waar het gebeurde. Weet u dat niet, kies dan uw eigen regio.",
                "The region where it happened. If you do not know, choose your own.",
            ),
            none: self.say("Kies een regio", "Choose a region"),
            choices,
            chosen: self.filling.region.clone(),
            problem: self.problem("regio"),
        }
    }

    fn observation(&self) -> Radios {
        Radios {
            id: "waarneming",
            legend: self.say("Hoe weet u het?", "How do you know?"),
            hint: "",
            choices: vec![
                Choice::new(
                    "eigen",
                    self.say("Zelf gezien of gehoord", "Seen or heard ourselves"),
                    self.say(
                        "Door u of een collega van uw organisatie. Ook als het kind het zelf vertelde.",
                        "By you or a colleague of your organisation. Also when the child told it.",
                    ),
                ),
                Choice::new(
                    "gehoord",
                    self.say("Van een andere organisatie gehoord", "Heard from another organisation"),
                    self.say(
                        "De zorgcoördinator ziet het, maar het telt niet mee.",
                        "The coordinator sees it, but it does not count.",
                    ),
                ),
            ],
            chosen: self.filling.observation.clone(),
            problem: self.problem("waarneming"),
        }
    }

    fn heard_from(&self, own: Option<Domain>) -> Select {
        let others = Domain::ALL.into_iter().filter(|it| Some(*it) != own);
        Select {
            id: "bron",
            label: self.say("Van wie hoorde u het?", "From whom did you hear it?"),
            hint: self.say(
                "Alleen invullen als u het van een andere organisatie hoorde.",
                "Only when you heard it from another organisation.",
            ),
            none: self.say("Niet van een ander", "From nobody else"),
            choices: others
                .map(|it| Choice::new(it.code(), domain_in_words(it, self.language), ""))
                .collect(),
            chosen: self.filling.heard_from.clone(),
            problem: self.problem("bron"),
        }
    }

    fn case_reference(&self) -> Text {
        Text {
            id: "zaaknummer",
            label: self.say("Uw eigen zaaknummer (mag leeg blijven)", "Your own case reference (may stay empty)"),
            hint: self.say(
                "Alleen de zorgcoördinator van de regio kan dit lezen, en noemt het als zij belt. Zet hier geen naam of persoonsnummer.",
                "Only the coordinator of the region can read this, and names it when she calls. No name or personal number here.",
            ),
            value: self.filling.case_reference.clone(),
            is_number: false,
            problem: self.problem("zaaknummer"),
        }
    }
}

/// A domain in words.
pub(super) const fn domain_in_words(domain: Domain, language: Language) -> &'static str {
    match domain {
        Domain::Onderwijs => language.pick("Onderwijs", "Education"),
        Domain::Zorg => language.pick("Zorg", "Health care"),
        Domain::SociaalDomein => language.pick("Sociaal domein", "Social domain"),
        Domain::Jeugdbescherming => {
            language.pick("Jeugdbescherming en Veilig Thuis", "Child protection and Veilig Thuis")
        }
        Domain::PolitieJustitie => language.pick("Politie en justitie", "Police and justice"),
        Domain::Asielketen => language.pick("Asielketen", "Asylum chain"),
        Domain::GrensReis => language.pick("Grens, reis en vervoer", "Border and transport"),
        Domain::Wonen => language.pick("Wonen en verblijf", "Housing and stay"),
        Domain::Financieel => language.pick("Financiën en toeslagen", "Finance and benefits"),
        Domain::HandelArbeid => language.pick("Handel en arbeid", "Retail and labour"),
        Domain::OpvangExpertise => {
            language.pick("Gespecialiseerde opvang en expertise", "Specialised care and expertise")
        }
        Domain::BestuurVeiligheid => {
            language.pick("Bestuur en veiligheid", "Administration and public safety")
        }
    }
}
