//! The processing activities (AVG art. 30): those of the processing log, and beside each with what is done and who gets it.

use samenloop_core::processing::Activity;

use super::{Block, table};

/// Every activity, by the name and the address that the processing log has for it (V-44).
pub(super) fn activities() -> Block {
    table(
        ["Verwerking", "Doel", "Gegevens", "Wie ze krijgt"],
        Activity::ALL.map(|it| {
            let told = it.dutch();
            let (about, recipients) = about_and_recipients(it);
            [format!("{} ({})", told.name, it.uri()), told.purpose.into(), about.into(), recipients.into()]
        }),
    )
}

/// Which data it touches, and who receives them.
const fn about_and_recipients(activity: Activity) -> (&'static str, &'static str) {
    match activity {
        Activity::Receive => (
            "pseudoniem, soort (zacht of hard), maand, regio, eigen waarneming of van horen zeggen, code als die is aangezet, verzegelde details",
            "niemand: een signaal op zich is voor niemand te lezen",
        ),
        Activity::Withdraw => ("de eigen verwijzing van de organisatie", "niemand"),
        Activity::Judge => (
            "de signalen van één pseudoniem; de uitkomst van de regel, met de getallen die haar geven",
            "niemand, tot er een samenloop is",
        ),
        Activity::Follow => (
            "de samenloop met de signalen erin",
            "de zorgcoördinatoren van de regio's van de signalen, en hun achtervang: zij krijgen bericht",
        ),
        Activity::Show => (
            "de samenloop, de signalen erin, en de details van de eigen regio",
            "de zorgcoördinatoren van de regio's van de signalen, en hun achtervang",
        ),
        Activity::Act => (
            "stappen met hun reden, de uitkomst, het eigen zaaknummer van de zorgcoördinator",
            "de zorgcoördinatoren van de samenloop",
        ),
        Activity::Contact => (
            "het contactverzoek en de eigen verwijzing van de organisatie",
            "de organisatie die om contact wordt gevraagd: zij ziet alleen dat, en bij welk eigen signaal",
        ),
        Activity::Rights => (
            "pseudoniemen uit het verzoek, soort verzoek, besluit met reden, het antwoord",
            "het contactpunt dat vroeg; na wissing hoort wie een signaal stuurde welk eigen signaal het was; wie beslist ziet geen kind en geen antwoord",
        ),
        Activity::Expire => ("alles hierboven, zodra zijn termijn voorbij is", "niemand"),
    }
}
