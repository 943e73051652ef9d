//! Ten questions of the field to think about before a signal. The answers stay on the page: the fields are in no form, so no
//! browser sends them.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Frame, Page, Trouble, code, shown, signal};
use crate::desk::Desk;
use crate::desk::draft::{Draft, Filling};
use crate::desk::form::Form;
use crate::desk::gate::Visitor;

/// A question and why it is asked, each in Dutch and in English.
struct Question {
    asks: (&'static str, &'static str),
    why: (&'static str, &'static str),
}

/// What the field asks when it says: what more do you need to know?
const QUESTIONS: [Question; 10] = [
    Question {
        asks: ("Was het kind alleen?", "Was the child alone?"),
        why: (
            "Een kind dat uitgebuit wordt, is vaak niet zonder toezicht. Iemand kijkt mee, soms van een afstand of via de telefoon.",
            "An exploited child is often not without supervision. Somebody watches, sometimes from a distance or by phone.",
        ),
    },
    Question {
        asks: ("Zo niet: met wie was het kind?", "If not: with whom was the child?"),
        why: (
            "Leeftijdgenoten, ouderen, steeds andere mensen? Wie het kind brengt en haalt, zegt vaak veel.",
            "Peers, older people, different people each time? Who brings and fetches the child often says much.",
        ),
    },
    Question {
        asks: ("Hoe gaan zij met elkaar om?", "How do they relate to each other?"),
        why: (
            "Let op wie praat en wie zwijgt, wie beslist, en of het kind eerst naar een ander kijkt.",
            "Notice who talks and who is silent, who decides, and whether the child looks at another first.",
        ),
    },
    Question {
        asks: ("Wie wordt er beter van?", "Who benefits?"),
        why: (
            "Heeft het kind zelf iets aan het geld of de spullen? Of gaat het naar een ander?",
            "Does the child gain from the money or goods? Or do they go to somebody else?",
        ),
    },
    Question {
        asks: ("Hoe wist het kind dat het daar moest zijn?", "How did the child know to be there?"),
        why: (
            "Een plek of tijd die een kind niet zelf kiest, kan betekenen dat het gestuurd is.",
            "A place or time that a child would not choose may mean that it was sent.",
        ),
    },
    Question {
        asks: ("Hoort het kind bij een groep of netwerk?", "Does the child belong to a group or network?"),
        why: (
            "Denk aan vaste contacten, een telefoon die steeds gaat, of opdrachten van anderen.",
            "Think of regular contacts, a phone that keeps ringing, or tasks given by others.",
        ),
    },
    Question {
        asks: ("Hoe oud is het kind?", "How old is the child?"),
        why: (
            "Past wat u zag bij die leeftijd? Jonger betekent vaak: makkelijker te dwingen.",
            "Does what you saw fit that age? Younger often means: easier to force.",
        ),
    },
    Question {
        asks: ("Wat maakt dit kind kwetsbaar?", "What makes this child vulnerable?"),
        why: (
            "Bijvoorbeeld: geen volwassene die op het kind let, schulden, weglopen, of eerder geweld.",
            "For example: no adult who looks after the child, debts, running away, or earlier violence.",
        ),
    },
    Question {
        asks: ("Hoe ziet het leven van het kind eruit?", "What is the child's life like?"),
        why: (
            "School, slapen, vrienden, telefoon. Wat veranderde er, en sinds wanneer?",
            "School, sleep, friends, phone. What changed, and since when?",
        ),
    },
    Question {
        asks: ("Past wat er gebeurde bij dit kind?", "Does what happened fit this child?"),
        why: (
            "Doet het kind iets wat u niet van dit kind kent? Dan wil misschien een ander dat het gebeurt. Er kan ook een gewone verklaring zijn.",
            "Does the child do what you do not know of this child? Then perhaps somebody else wants it done. There may be an ordinary explanation, too.",
        ),
    },
];

#[derive(Template)]
#[template(path = "desk/questions.html")]
struct Questions {
    frame: Frame,
    questions: &'static [Question],
    draft: String,
}

/// The page of the questions, for a signal that was begun.
pub(super) fn page(desk: &Desk, visitor: &Visitor, filling: Filling) -> Page {
    let draft = desk.keep(Draft::Signal(filling)).map_err(|it| it.page(visitor.language))?;
    let page = Questions { frame: Frame::new(visitor, ""), questions: &QUESTIONS, draft };
    Ok(shown(StatusCode::OK, &page))
}

/// `POST /nieuw/vragen`: on to the code, or past it for who may send none.
pub(super) async fn done(
    State(desk): State<Arc<Desk>>,
    Extension(visitor): Extension<Visitor>,
    Extension(form): Extension<Arc<Form>>,
) -> Page {
    let language = visitor.language;
    let Some(Draft::Signal(filling)) = desk.gate().take(form.text("draft")) else {
        return Err(Trouble::StaleForm.page(language));
    };
    let membership = desk.membership().map_err(|it| it.page(language))?;
    if !code::are_offered(&membership) {
        signal::page(&desk, &visitor, &membership, filling, "", vec![])
    } else {
        code::page(&desk, &visitor, &membership, filling, "", vec![])
    }
}
