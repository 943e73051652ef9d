//! What a check found, in words and for programs.

use std::path::Path;

use samenloop_core::value::Day;
use serde_json::json;

use super::head::path_of;
use super::{Accepted, AuditFault, Verdict};
use crate::journal::{Receipt, hex, receipts_of};
use crate::language::{Language, Say, cause};

impl Say for AuditFault {
    fn say(&self, language: Language) -> String {
        match self {
            Self::Hub(fault) => return fault.say(language),
            Self::Journal(fault) => return fault.say(language),
            Self::Unwritten { path, source } if language == Language::Nl => {
                return format!("{} is niet te schrijven: {}.", path.display(), cause(source, language));
            }
            Self::Unwritten { .. } => return format!("{self}."),
            Self::SetBack { on } => return set_back(*on, language),
            Self::NotSigned | Self::RolledBack { .. } | Self::Forked { .. } | Self::Proof => {}
        }
        let told = match (self, language) {
            (_, Language::En) => format!("{self}."),
            (Self::NotSigned, _) => "Het controlepunt van de hub is niet getekend met de sleutel van het logboek die in het manifest staat.".to_owned(),
            (Self::RolledBack { known, shown }, _) => format!(
                "De hub laat een ouder logboek zien dan hij eerder heeft getekend: toen {known} regels, nu {shown}."
            ),
            (Self::Forked { known }, _) => format!(
                "De hub laat een ander logboek zien dan het logboek van {known} regels dat hij eerder heeft getekend."
            ),
            (_, _) => {
                "Wat volgens de hub in zijn logboek staat, staat er niet in.".to_owned()
            }
        };
        format!("{told} {}", whom_to_tell(language))
    }
}

fn set_back(on: Day, language: Language) -> String {
    let on = language.day(on);
    match language {
        Language::Nl => format!(
            "De beheerder van de hub heeft op {on} een oudere stand van de hub teruggezet. Het logboek meldt dat zelf. Bel de functionaris gegevensbescherming of een sleutelbeheerder: vraag waarom, en van welke dag die stand is. Is de uitleg goed, ga dan verder met: samenloop audit accept"
        ),
        Language::En => format!(
            "An operator of the hub put back an older state of it on {on}. The log itself says so. Call the privacy officer or an administrator: ask why, and of which day that state is. When the explanation is good, go on with: samenloop audit accept"
        ),
    }
}

/// What was accepted, in words. An agency is told to send again what the hub has lost.
#[must_use]
pub fn accepted_text(accepted: &Accepted, is_agency: bool, language: Language) -> String {
    if accepted.aside.is_empty() {
        let none = language.pick(
            "Er is niets te aanvaarden: de hub is niet teruggezet sinds de vorige controle. Het logboek klopt.",
            "There is nothing to accept: the hub was not set back since the last check. The log is in order.",
        );
        return none.to_owned();
    }
    let aside: Vec<_> = accepted.aside.iter().map(|it| it.display().to_string()).collect();
    let mut text = language.pick("Bewaard als bewijs: ", "Kept as evidence: ").to_owned() + &aside.join(", ");
    text += language.pick(".\nHet logboek klopt vanaf nu.", ".\nThe log is in order from now on.");
    if is_agency {
        text += language.pick(
            "\nStuur alles opnieuw wat u stuurde sinds de dag van die stand, ook wat u introk. Wat de hub al had, telt niet dubbel.",
            "\nSend again all that you sent since the day of that state, also what you withdrew. What the hub had already does not count twice.",
        );
    }
    text
}

fn whom_to_tell(language: Language) -> &'static str {
    language.pick(
        "Dit mag niet gebeuren. Bewaar de bestanden naast uw journaal zoals ze zijn, en bel de functionaris gegevensbescherming en een sleutelbeheerder.",
        "This must not happen. Keep the files beside your journal as they are, and call the privacy officer and an administrator.",
    )
}

/// A verdict in words.
#[must_use]
pub fn text_of(verdict: &Verdict, journal: &Path, language: Language) -> String {
    let Verdict { checkpoint, is_ahead, proved, closed, pending, missing, altered } = verdict;
    let of = checkpoint.day.map_or_else(String::new, |day| language.day(day));
    let mut lines = vec![match language {
        Language::Nl => format!("Controlepunt van {of}: {} regels, getekend door de hub.", checkpoint.size),
        Language::En => format!("Checkpoint of {of}: {} entries, signed by the hub.", checkpoint.size),
    }];
    if *is_ahead {
        lines.push(language.pick(
            "Die dag is nog niet begonnen: de klok van deze computer of van de hub loopt niet goed. Kijk deze klok na. Loopt hij goed, bel dan de beheerder van de hub. Of er een zending ontbreekt, is nu niet te zeggen.",
            "That day has not begun yet: the clock of this machine or of the hub is wrong. Check this clock. When it is right, call the hub's operator. Whether a batch is missing cannot be told now.",
        ).to_owned());
    }
    if verdict.is_clean() {
        let order =
            if *is_ahead { "" } else { language.pick("Het logboek klopt. ", "The log is in order. ") };
        lines.push(match language {
            Language::Nl => format!("{order}Van uw zendingen staan er {proved} in."),
            Language::En => format!("{order}It holds {proved} of your batches."),
        });
    }
    if *closed > 0 {
        lines.push(match language {
            Language::Nl => format!(
                "Van {closed} daarvan is alleen nog te zien hoeveel regels het waren. Wat erin stond, bewaart de hub 12 tot 15 maanden."
            ),
            Language::En => format!(
                "Of {closed} of them only the number of lines can still be seen. The hub keeps for 12 to 15 months what they were."
            ),
        });
    }
    if *pending > 0 {
        lines.push(match language {
            Language::Nl => format!(
                "Zendingen die er nog niet in hoeven te staan: {pending}. Kijk over twee dagen opnieuw."
            ),
            Language::En => {
                format!("Batches that need not be in it yet: {pending}. Look again in two days.")
            }
        });
    }
    if !missing.is_empty() {
        lines.push(language.pick(
            "De hub heeft voor deze zendingen een ontvangstbewijs getekend, maar ze staan niet in haar logboek. Dat bewijst dat de hub ze heeft laten vallen:",
            "The hub signed a receipt for these batches, but they are not in its log. That proves that the hub dropped them:",
        ).to_owned());
        lines.extend(missing.iter().map(|it| line(it, language)));
    }
    if !altered.is_empty() {
        lines.push(language.pick(
            "De hub tekende een ontvangstbewijs voor deze zendingen, maar op hun plaats staat iets anders in het logboek, of de hub laat niet zien wat er staat:",
            "The hub signed a receipt for these batches, but something else stands in their place in the log, or the hub does not show what does:",
        ).to_owned());
        lines.extend(altered.iter().map(|it| line(it, language)));
    }
    if !verdict.is_clean() {
        lines.push(what_to_do(journal, language));
    }
    lines.join("\n")
}

fn line(receipt: &Receipt, language: Language) -> String {
    let Receipt { day, first_sequence, count, batch, .. } = receipt;
    let day = language.day(*day);
    match language {
        Language::Nl => {
            format!("  {day}: {count} regels vanaf nummer {first_sequence}, zending {}", hex(batch))
        }
        Language::En => format!("  {day}: {count} lines from number {first_sequence}, batch {}", hex(batch)),
    }
}

fn what_to_do(journal: &Path, language: Language) -> String {
    let (receipts, head) = (receipts_of(journal), path_of(journal));
    let (receipts, head) = (receipts.display(), head.display());
    match language {
        Language::Nl => format!(
            "Doe dit nu:\n\
             1. Bewaar {receipts} en, als het er is, {head}. Verander er niets aan: dit is uw bewijs.\n\
             2. Bel de functionaris gegevensbescherming en een sleutelbeheerder. Zij vragen de beheerder van de hub om uitleg.\n\
             3. Stuur de signalen van die dag opnieuw. Wat de hub al had, telt niet dubbel."
        ),
        Language::En => format!(
            "Do this now:\n\
             1. Keep {receipts} and, if it is there, {head}. Change nothing in them: they are your proof.\n\
             2. Call the privacy officer and an administrator. They ask the hub's operator for an explanation.\n\
             3. Send the signals of that day again. What the hub had already does not count twice."
        ),
    }
}

/// A verdict for programs; `null` in the place of a checkpoint while there is none.
#[must_use]
pub fn json_of(verdict: Option<&Verdict>) -> String {
    let receipt = |it: &Receipt| {
        json!({
            "day": it.day.to_string(),
            "batch": hex(&it.batch),
            "first_sequence": it.first_sequence,
            "count": it.count,
        })
    };
    let all = |of: &[Receipt]| of.iter().map(receipt).collect::<Vec<_>>();
    let Some(verdict) = verdict else { return json!({ "ok": true, "checkpoint": null }).to_string() };
    json!({
        "ok": verdict.is_clean() && !verdict.is_ahead,
        "checkpoint": {
            "size": verdict.checkpoint.size,
            "root": hex(&verdict.checkpoint.root),
            "day": verdict.checkpoint.day.map(|it| it.to_string()),
        },
        "clock_differs": verdict.is_ahead,
        "proved": verdict.proved,
        "closed": verdict.closed,
        "pending": verdict.pending,
        "missing": all(&verdict.missing),
        "altered": all(&verdict.altered),
    })
    .to_string()
}
