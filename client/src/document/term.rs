//! How long everything is kept (AVG art. 30(1)(f)): the constants that the hub and the rooms keep, in a table.

use std::collections::BTreeSet;

use samenloop_core::census::KEPT_QUARTERS;
use samenloop_core::room::admission::term_months;
use samenloop_core::room::alerting::{
    CLOSED_KEPT_DAYS, DECIDE_WITHIN_DAYS, NEGLECTED_AFTER_DAYS, SIGNALS_KEPT_DAYS, UNFOUNDED_KEPT_DAYS,
};
use samenloop_core::room::rights::{
    ANSWER_KEPT_DAYS, DECIDED_WITHIN_DAYS, KEPT_DAYS, MONTH_DAYS, RESTRICTED_DAYS,
};
use samenloop_core::terms::{
    BACKUP_KEPT_DAYS, LETTER_DEAD_DAYS, LETTER_TRIED_DAYS, PROCESSING_KEPT_DAYS, USED_QUARTERS,
};
use samenloop_core::value::{CAP_MONTHS, Severity, ShorterTerm};
use samenloop_manifest::{MAX_ACTIVE_DAYS, MAX_OVERLAP_DAYS, catalogue};

use super::{Block, Ground, table};

/// Numbers in words, lowest first: `6, 9 of 12`.
fn numbers(numbers: impl IntoIterator<Item = u8>) -> String {
    let sorted: BTreeSet<_> = numbers.into_iter().collect();
    let listed: Vec<_> = sorted.iter().map(ToString::to_string).collect();
    match listed.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} of {last}", first.join(", ")),
        _ => listed.concat(),
    }
}

/// How often the hub looks at what came in.
pub(super) fn beat(ground: &Ground<'_>) -> String {
    match ground.manifest.tick_seconds() {
        1 => "elke seconde".to_owned(),
        seconds => format!("elke {seconds} seconden"),
    }
}

/// Every term, with what starts it: of a child, of what is written down of it, and at the parties themselves.
pub(super) fn terms(ground: &Ground<'_>) -> Block {
    let rows = [&of_children(ground)[..], &of_records(), &at_agencies()].concat();
    table(["Wat", "Hoe lang"], rows.into_iter().map(|(what, how)| [what.to_owned(), how]))
}

type Term = (&'static str, String);

/// Signals, alerts, requests, and the news of them.
fn of_children(ground: &Ground<'_>) -> Vec<Term> {
    let coded = numbers(catalogue().iter().map(|it| it.entry().term_months()));
    let shorter = numbers(ShorterTerm::MONTHS);
    let (soft, hard) = (term_months(Severity::Soft, None), term_months(Severity::Hard, None));
    vec![
        ("Signaal met een code", format!("{coded} maanden na de maand van waarneming, naar de code")),
        ("Signaal zonder code", format!("zacht {soft} maanden, hard {hard} maanden")),
        ("Signaal, op verzoek van wie het stuurt", format!("korter: {shorter} maanden")),
        ("Verlengen, na een nieuw oordeel", format!("ten hoogste tot {CAP_MONTHS} maanden na de eerste maand")),
        ("Ingetrokken of gewist signaal", "de inhoud meteen weg; de kale verwijzing tot het einde van haar termijn, zodat het signaal niet terugkomt".into()),
        ("Zending die nog niet is verwerkt", format!("tot de volgende ronde; er is er een {}", beat(ground))),
        ("Samenloop die niemand oppakt", format!("sluit na {NEGLECTED_AFTER_DAYS} dagen; eerst gaat hij naar de achtervang")),
        ("Opgepakte samenloop waarvan signalen wegvallen", format!("de zorgcoördinator beslist binnen {DECIDE_WITHIN_DAYS} dagen")),
        ("Vervallen of niet gegronde samenloop", format!("{UNFOUNDED_KEPT_DAYS} dagen")),
        ("Samenloop met een andere uitkomst", format!("{CLOSED_KEPT_DAYS} dagen; na {SIGNALS_KEPT_DAYS} dagen zonder signalen en contactverzoeken; leidt er geen signaal meer naar, dan alleen nog hoe hij afliep")),
        ("Verzoek van kind of ouder", format!("{KEPT_DAYS} dagen, en een antwoord ten minste {ANSWER_KEPT_DAYS} dagen; de pseudoniemen erin verzegeld, tot het antwoord en ten hoogste {MONTH_DAYS} dagen, of {DECIDED_WITHIN_DAYS} als niemand beslist; zonder geldig manifest wacht het antwoord, en wachten zij mee")),
        ("Beperking", format!("{RESTRICTED_DAYS} dagen, en langer als twee mensen haar vernieuwen")),
        ("Welke signalen van een organisatie op verzoek zijn gewist, zodat zij het hoort (artikel 19)", "zo lang als het signaal zelf had gestaan".into()),
        ("Bericht dat er iets wacht (mail of webhook, zonder inhoud)", format!("wordt {LETTER_TRIED_DAYS} dagen geprobeerd; onbezorgd nog {LETTER_DEAD_DAYS} dagen te zien")),
        ("Reservekopie", format!("ten hoogste {BACKUP_KEPT_DAYS} dagen; een oudere wordt niet teruggezet. Het weghalen doet wie de opslag beheert")),
        ("Lijst van wat gewist is of rust en van beantwoorde verzoeken daarom, verzegeld buiten de database, zodat een reservekopie het niet terugbrengt", format!("{BACKUP_KEPT_DAYS} dagen, en daarna tot er weer iets gewist wordt of rust")),
        ("Sleutelperiode", format!("ten hoogste {MAX_ACTIVE_DAYS} dagen actief en {MAX_OVERLAP_DAYS} dagen overlap; daarna is wat eronder lag onleesbaar zodra de sleutels vernietigd zijn")),
        ("Wat gewist is, op de schijf van de hub", "weg bij de volgende dagelijkse verversing van de database".into()),
    ]
}

/// Logs, counts and keys.
fn of_records() -> Vec<Term> {
    vec![
        ("Logboek dataverwerkingen: aansluiting, verwerking, en een willekeurig nummer van het signaal of de samenloop", format!("{PROCESSING_KEPT_DAYS} dagen na de dag zelf; wat een collector kreeg, zo lang als wie die beheert het bewaart")),
        ("Auditlogboeken", "de regels en hun getekende standen worden niet gewist; zij zeggen niets over een kind".into()),
        ("Waarmee na te rekenen is waarover een regel van een auditlogboek gaat", format!("tot het eind van het {}e kwartaal na het eigen", USED_QUARTERS - 1)),
        ("Tellingen per kwartaal, domein en regio, van geen enkel kind", format!("{KEPT_QUARTERS} kwartalen, en het kwartaal dat loopt")),
        ("Tellers per aansluiting", "de regels van een dag tot de volgende dag; de signalen per maand tot die maand voorbij is; het volgnummer van haar zendingen zolang de hub bestaat".into()),
        ("Sleutels van de hub", format!("die van een kwartaal tot en met het {USED_QUARTERS}e kwartaal erna; die van de database zolang de hub bestaat")),
        ("Dat een sleutelperiode is vernietigd, en wie dat verklaarde", "blijft: een nummer en een datum, van geen enkel kind".into()),
    ]
}

/// What agencies keep of what they sent.
fn at_agencies() -> Vec<Term> {
    vec![
        ("Bij een organisatie: het journaal van haar signalen", "als haar signalen".into()),
        ("Bij een organisatie: ontvangstbewijzen van haar zendingen", "blijven; zij noemen geen kind".into()),
        (
            "Bij een organisatie: het verslag van een zending, met de nummers uit haar bestand",
            "als dat bestand; dat bepaalt zij zelf".into(),
        ),
    ]
}
