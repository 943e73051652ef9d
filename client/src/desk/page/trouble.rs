//! The pages that say that something is not possible, and what to do.

use axum::Extension;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use askama::Template;

use super::{CONTACTS, Frame, OWN, Way, shown};
use crate::desk::door::ALLOWED;
use crate::desk::gate::Visitor;
use crate::desk::token::NoRandom;
use crate::language::{Language, Say};

/// Why there is no page.
pub(in crate::desk) enum Trouble {
    /// Asked by another name or address than ours.
    OtherHost {
        /// Address and port that are ours.
        address: String,
    },
    /// The login link was used, or never given.
    StaleLink,
    /// No cookie, or one of a session that ended.
    NoSession,
    /// A form that no page of this session sent.
    Forged,
    /// A form longer than any of ours.
    TooLarge,
    /// The form of a signal that was sent before, or whose draft is gone.
    StaleForm,
    /// The same of the answer to a contact request.
    StaleAnswer,
    /// What it was about has ended meanwhile; in both languages.
    Gone {
        /// In Dutch.
        nl: String,
        /// In English.
        en: String,
    },
    /// No such page.
    NotFound,
    /// No such way to ask for a page.
    Method,
    /// This machine or the hub cannot do it; in both languages.
    Fault {
        /// In Dutch.
        nl: String,
        /// In English.
        en: String,
    },
}

impl From<NoRandom> for Trouble {
    fn from(_: NoRandom) -> Self {
        Self::Fault {
            nl: "Deze computer geeft geen willekeurige getallen. Start hem opnieuw op.".into(),
            en: "This computer gives no random numbers. Restart it.".into(),
        }
    }
}

impl Trouble {
    /// What a fault of the client's library says.
    pub(in crate::desk) fn of(fault: &impl Say) -> Self {
        Self::Fault { nl: fault.say(Language::Nl), en: fault.say(Language::En) }
    }

    /// What has ended, as the client's library says it.
    pub(in crate::desk) fn gone(why: &impl Say) -> Self {
        Self::Gone { nl: why.say(Language::Nl), en: why.say(Language::En) }
    }

    /// The page that says it.
    pub(in crate::desk) const fn page(self, language: Language) -> TroublePage {
        TroublePage { trouble: self, language }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::OtherHost { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::StaleLink | Self::Forged => StatusCode::FORBIDDEN,
            Self::NoSession => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::StaleForm | Self::StaleAnswer | Self::Gone { .. } => StatusCode::CONFLICT,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Fault { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn title(&self, language: Language) -> &'static str {
        match self {
            Self::OtherHost { .. } => language.pick("Verkeerd adres", "Wrong address"),
            Self::StaleLink => language.pick("Deze link werkt niet meer", "This link no longer works"),
            Self::NoSession => language.pick("U bent niet aangemeld", "You are not logged in"),
            Self::Forged => language.pick("Dit formulier is niet van hier", "This form is not from here"),
            Self::TooLarge => language.pick("Dit formulier is te lang", "This form is too long"),
            Self::StaleForm | Self::StaleAnswer => {
                language.pick("Dit formulier is al gebruikt", "This form was used already")
            }
            Self::Gone { .. } => language.pick("Dit kan niet meer", "This is no longer possible"),
            Self::NotFound | Self::Method => language.pick("Deze pagina bestaat niet", "No such page"),
            Self::Fault { .. } => language.pick("Dit lukt nu niet", "This is not possible now"),
        }
    }

    /// Where to look, besides the start page.
    const fn also(&self) -> Option<Way> {
        if matches!(self, Self::StaleForm) {
            Some(OWN)
        } else if matches!(self, Self::StaleAnswer) {
            Some(CONTACTS)
        } else {
            None
        }
    }

    /// What happened, and what to do.
    fn sentences(&self, language: Language) -> Vec<String> {
        let sentences: &[&str] = match self {
            Self::OtherHost { address } => {
                return vec![match language {
                    Language::Nl => format!("Dit bureau is alleen te openen op deze computer, op http://{address}. Gebruik de link die samenloop desk bij het starten toont."),
                    Language::En => format!("This desk opens on this computer only, at http://{address}. Use the link that samenloop desk shows at its start."),
                }];
            }
            Self::StaleLink => &[
                language.pick("Een inloglink werkt één keer.", "A login link works once."),
                language.pick(
                    "Bent u al binnen? Ga dan naar het begin. Anders: stop samenloop desk en start het opnieuw. Dan krijgt u een nieuwe link.",
                    "Are you in already? Then go to the start page. Otherwise stop samenloop desk and start it again for a new link.",
                ),
            ],
            Self::NoSession => &[
                language.pick(
                    "Er is niets verstuurd. Misschien was u te lang weg, of is het programma opnieuw gestart.",
                    "Nothing was sent. You may have been away for too long, or the program was restarted.",
                ),
                language.pick(
                    "Kijk in het venster waar samenloop desk draait. Daar staat een nieuwe inloglink.",
                    "Look in the window where samenloop desk runs. It shows a new login link.",
                ),
            ],
            Self::Forged => &[
                language.pick(
                    "Er is niets verstuurd. Het formulier kwam niet van een pagina van dit bureau, of van een vorige keer.",
                    "Nothing was sent. The form came from no page of this desk, or from an earlier session.",
                ),
                language.pick("Ga naar het begin en vul het opnieuw in.", "Go to the start page and fill it in again."),
            ],
            Self::TooLarge => &[language.pick(
                "Er is niets verstuurd. Maak de tekst korter en probeer het opnieuw.",
                "Nothing was sent. Make the text shorter and try again.",
            )],
            Self::StaleForm => &[
                language.pick(
                    "Er is nu niets verstuurd, en niets gaat dubbel. Een formulier werkt één keer: misschien drukte u twee keer, ging u terug, of had u het in een ander tabblad al verstuurd.",
                    "Nothing was sent now, and nothing is sent twice. A form works once: you may have pressed twice, gone back, or sent it in another tab.",
                ),
                language.pick(
                    "Kijk bij Mijn signalen of uw signaal er staat. Staat het er niet? Begin dan opnieuw.",
                    "Look under My signals whether your signal is there. If it is not, start again.",
                ),
            ],
            Self::StaleAnswer => &[
                language.pick(
                    "Er is nu niets verstuurd. Een formulier werkt één keer: misschien drukte u twee keer, ging u terug, of antwoordde u al in een ander tabblad.",
                    "Nothing was sent now. A form works once: you may have pressed twice, gone back, or answered in another tab.",
                ),
                language.pick(
                    "Kijk bij Contactverzoeken of uw antwoord er staat. Staat het er niet? Antwoord dan opnieuw.",
                    "Look under Contact requests whether your answer is there. If it is not, answer again.",
                ),
            ],
            Self::NotFound | Self::Method => &[language.pick(
                "Ga naar het begin en kies daar wat u wilt doen.",
                "Go to the start page and choose there what to do.",
            )],
            Self::Gone { nl, en } | Self::Fault { nl, en } => return vec![language.pick(nl, en).to_owned()],
        };
        sentences.iter().map(|it| (*it).to_owned()).collect()
    }
}

/// A trouble, in a language.
pub(in crate::desk) struct TroublePage {
    trouble: Trouble,
    language: Language,
}

#[derive(Template)]
#[template(path = "desk/trouble.html")]
struct Sheet {
    frame: Frame,
    title: &'static str,
    sentences: Vec<String>,
    is_inside: bool,
    /// Where to look, besides the start page.
    also: Option<Way>,
}

impl IntoResponse for TroublePage {
    fn into_response(self) -> Response {
        let Self { trouble, language } = self;
        let sheet = Sheet {
            frame: Frame::outside(language),
            title: trouble.title(language),
            sentences: trouble.sentences(language),
            is_inside: !matches!(trouble, Trouble::OtherHost { .. } | Trouble::NoSession),
            also: trouble.also(),
        };
        let mut response = shown(trouble.status(), &sheet);
        if matches!(trouble, Trouble::Method) {
            let (name, value) = ALLOWED;
            response.headers_mut().insert(name, axum::http::HeaderValue::from_static(value));
        }
        response
    }
}

/// The page of a path or method that does not exist.
pub(super) fn missing(visitor: &Extension<Visitor>, trouble: Trouble) -> TroublePage {
    trouble.page(visitor.language)
}
