//! What every letter ends with: what one can do, with whom, and where help is.

use samenloop_core::manifest::{Connection, Manifest, Role};
use samenloop_core::value::Day;

use super::letter::Part;
use crate::contact::reached;
use crate::language::Language;

/// The last parts of a letter on a request that was made by this contact point.
pub(super) fn closing(
    asked_by: &str,
    manifest: &Manifest,
    today: Day,
    language: Language,
) -> impl Iterator<Item = Part> {
    [Some(rights(language)), with_whom(asked_by, manifest, today, language), Some(help(language))]
        .into_iter()
        .flatten()
}

/// The contact point that asked, or else any that takes part, and the privacy officers. `None` where there is nobody.
fn with_whom(asked_by: &str, manifest: &Manifest, today: Day, language: Language) -> Option<Part> {
    let valid =
        |role: Role| manifest.connections().iter().filter(move |it| it.role == role && it.is_valid(today));
    let asked: Vec<_> = valid(Role::ContactPoint).filter(|it| it.id.as_str() == asked_by).collect();
    let points = if asked.is_empty() { valid(Role::ContactPoint).collect() } else { asked };
    let line = |who: &str, it: &Connection| format!("{who}: {}", reached(manifest, it));
    let point = language.pick("Het contactpunt", "The contact point");
    let officer = language.pick(
        "De functionaris gegevensbescherming, die let op de privacyregels",
        "The data protection officer, who watches over the rules on privacy",
    );
    let mut lines: Vec<_> = points.into_iter().map(|it| line(point, it)).collect();
    lines.extend(valid(Role::PrivacyOfficer).map(|it| line(officer, it)));
    let title = language.pick("Met wie u kunt praten", "Whom you can talk to").to_owned();
    (!lines.is_empty()).then_some(Part { title, lines })
}

fn part(language: Language, title: (&str, &str), lines: &[(&str, &str)]) -> Part {
    Part {
        title: language.pick(title.0, title.1).to_owned(),
        lines: lines.iter().map(|(dutch, english)| language.pick(dutch, english).to_owned()).collect(),
    }
}

/// What one can do, whatever was decided.
fn rights(language: Language) -> Part {
    part(
        language,
        ("Wat u kunt doen", "What you can do"),
        &[
            (
                "Klopt er iets niet? Vraag de organisatie die het achterliet, of het contactpunt, om het te verbeteren.",
                "Is something wrong? Ask the organisation that left it, or the contact point, to correct it.",
            ),
            (
                "U kunt het contactpunt vragen om uw gegevens te laten zien, te wissen, of een tijd niet te gebruiken.",
                "You can ask the contact point to show it, to have it erased, or not used for a while.",
            ),
            (
                "Bent u het niet eens met dit antwoord, of met wat er staat? Dan kunt u bezwaar maken bij het contactpunt.",
                "Do you not agree with this answer, or with what is kept? You can object at the contact point.",
            ),
            (
                "U kunt een klacht indienen bij de Autoriteit Persoonsgegevens: autoriteitpersoonsgegevens.nl. U kunt ook naar de rechter.",
                "You can complain to the Dutch data protection authority: autoriteitpersoonsgegevens.nl. You can also go to court.",
            ),
            (
                "U hebt recht op antwoord binnen een maand nadat u iets vraagt of bezwaar maakt. Het kost niets.",
                "You are entitled to an answer within a month of a request or objection. It costs nothing.",
            ),
        ],
    )
}

fn help(language: Language) -> Part {
    part(
        language,
        ("Hulp", "Help"),
        &[
            ("Is er direct gevaar? Bel 112.", "Is there danger now? Call 112."),
            (
                "Wilt u praten? Veilig Thuis is dag en nacht bereikbaar: 0800-2000, gratis. Kinderen kunnen ook bellen met de Kindertelefoon: 0800-0432, gratis.",
                "Do you want to talk? Veilig Thuis can be reached day and night: 0800-2000, free. Children can also call the Kindertelefoon: 0800-0432, free.",
            ),
            (
                "Snapt u deze brief niet? Vraag het contactpunt om hem met u te lezen.",
                "Do you not understand this letter? Ask the contact point to read it with you.",
            ),
        ],
    )
}
