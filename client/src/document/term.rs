//! How long everything is kept (AVG art. 30(1)(f)): the constants that the hub and the rooms keep, in a table.

use std::collections::BTreeSet;

use samenloop_core::room::admission::term_months;
use samenloop_core::room::alerting::{
    CLOSED_KEPT_DAYS, DECIDE_WITHIN_DAYS, NEGLECTED_AFTER_DAYS, SIGNALS_KEPT_DAYS, UNFOUNDED_KEPT_DAYS,
};
use samenloop_core::room::rights::{KEPT_DAYS, MONTH_DAYS, RESTRICTED_DAYS};
use samenloop_core::terms::{BACKUP_KEPT_DAYS, LETTER_DEAD_DAYS, LETTER_TRIED_DAYS};
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

/// Every term, with what starts it.
pub(super) fn terms(ground: &Ground<'_>) -> Block {
    let coded = numbers(catalogue().iter().map(|it| it.entry().term_months()));
    let shorter = numbers(ShorterTerm::MONTHS);
    let (soft, hard) = (term_months(Severity::Soft, None), term_months(Severity::Hard, None));
    let rows = [
        ("Signaal met een code", format!("{coded} maanden na de maand van waarneming, naar de code")),
        ("Signaal zonder code", format!("zacht {soft} maanden, hard {hard} maanden")),
        ("Signaal, op verzoek van wie het stuurt", format!("korter: {shorter} maanden")),
        ("Verlengen, na een nieuw oordeel", format!("ten hoogste tot {CAP_MONTHS} maanden na de eerste maand")),
        ("Ingetrokken of gewist signaal", "de inhoud meteen weg; de kale verwijzing tot het einde van haar termijn, zodat het signaal niet terugkomt".into()),
        ("Zending die nog niet is verwerkt", format!("tot de volgende ronde; er is er een {}", beat(ground))),
        ("Samenloop die niemand oppakt", format!("sluit na {NEGLECTED_AFTER_DAYS} dagen; eerst gaat hij naar de achtervang")),
        ("Opgepakte samenloop waarvan signalen wegvallen", format!("de zorgcoördinator beslist binnen {DECIDE_WITHIN_DAYS} dagen")),
        ("Vervallen of niet gegronde samenloop", format!("{UNFOUNDED_KEPT_DAYS} dagen")),
        ("Samenloop met een andere uitkomst", format!("{CLOSED_KEPT_DAYS} dagen; na {SIGNALS_KEPT_DAYS} dagen zonder signalen en contactverzoeken")),
        ("Verzoek van kind of ouder", format!("{KEPT_DAYS} dagen; de pseudoniemen erin verzegeld, tot het antwoord en ten hoogste {MONTH_DAYS} dagen")),
        ("Beperking", format!("{RESTRICTED_DAYS} dagen, en langer als twee mensen haar vernieuwen")),
        ("Bericht dat er iets wacht (mail of webhook, zonder inhoud)", format!("wordt {LETTER_TRIED_DAYS} dagen geprobeerd; onbezorgd nog {LETTER_DEAD_DAYS} dagen te zien")),
        ("Reservekopie", format!("ten hoogste {BACKUP_KEPT_DAYS} dagen; een oudere wordt niet teruggezet. Het weghalen doet wie de opslag beheert")),
        ("Sleutelperiode", format!("ten hoogste {MAX_ACTIVE_DAYS} dagen actief en {MAX_OVERLAP_DAYS} dagen overlap; daarna is wat eronder lag onleesbaar zodra de sleutels vernietigd zijn")),
        ("Auditlogboeken", "de regels worden niet gewist; zij zeggen niets over een kind".into()),
        ("Wat gewist is, op de schijf van de hub", "weg bij de volgende dagelijkse verversing van de database".into()),
    ];
    table(["Wat", "Hoe lang"], rows.map(|(what, how)| [what.to_owned(), how]))
}
