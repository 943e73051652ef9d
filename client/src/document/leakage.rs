//! What each party learns, in the rows of docs/leakage.md, and which row is true when something is lost.

use super::{Block, table};

/// A row: its id, who has what, and what they learn then.
pub(super) struct Row {
    pub(super) id: &'static str,
    who: &'static str,
    pub(super) learns: &'static str,
}

const fn row(id: &'static str, who: &'static str, learns: &'static str) -> Row {
    Row { id, who, learns }
}

/// Every row, in order.
pub(super) const ROWS: [Row; 14] = [
    row(
        "L-01",
        "wie het netwerk afluistert",
        "welke organisatie stuurt en wanneer, met een afgeronde omvang; wanneer zorgcoördinatoren mail krijgen",
    ),
    row(
        "L-02",
        "één organisatie",
        "haar eigen signalen; dat zij om contact is gevraagd, en dus dat het kind ook elders bekend is",
    ),
    row(
        "L-03",
        "een kopie van de database",
        "hoeveel rijen er zijn per onbekende code en maand van afloop, de volgorde van verwerken, hoeveel een schuilnaam in het logboek deed",
    ),
    row(
        "L-04",
        "de beheerder van een draaiende database",
        "als L-03, en welke onbekende codes een ronde raakt",
    ),
    row(
        "L-05",
        "een kopie van de database en de geheimen van de hub",
        "ook samenlopen, verwijzingen en zendingen die nog niet zijn verwerkt; de rijen zelf blijven dicht",
    ),
    row("L-06", "als L-05, met de sleutel van een sleutelperiode", "alles behalve de verzegelde details"),
    row(
        "L-07",
        "een kopie van de database en de sleutel van een sleutelperiode",
        "niet meer dan de kopie alleen: zonder geheimen van de hub is geen rij bij een kind te zoeken",
    ),
    row(
        "L-08",
        "de beheerder van een draaiende hub",
        "van welke onbekende kinderen er signalen zijn, van welke organisaties, met soort, code en maand; dat pseudoniemen uit twee sleutelperiodes bij elkaar horen. Geen identiteit, geen details",
    ),
    row(
        "L-09",
        "de beheerder van een draaiende hub met de sleutel van een sleutelperiode",
        "alles behalve de verzegelde details, ook wie de kinderen zijn",
    ),
    row(
        "L-10",
        "een organisatie en een zorgcoördinator samen",
        "over elk kind dat de organisatie noemt of er een samenloop ontstaat, binnen haar dagelijkse grens",
    ),
    row("L-11", "een zorgcoördinator", "de eigen samenlopen, met details van de eigen regio"),
    row("L-12", "zoveel sleutelbeheerders als er bijdragen", "de sleutel van een sleutelperiode"),
    row(
        "L-13",
        "zoveel sleutelbeheerders als er tekenen",
        "geen gegevens; zij kunnen een aansluiting toevoegen, voor iedereen te zien, na de wachttijd",
    ),
    row(
        "L-14",
        "iedereen, na vernietiging van een sleutelperiode",
        "niets van haar rijen, als het medium van de sleutels vergeet; samenlopen tot het einde van hun termijn",
    ),
];

/// The row of an id.
pub(super) fn row_of(id: &str) -> Option<&'static Row> {
    ROWS.iter().find(|it| it.id == id)
}

/// Rows as a table.
pub(super) fn rows<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Block {
    let cells = |it: &Row| [it.id, it.who, it.learns].map(str::to_owned);
    table(["Rij", "Wie, of wie wat in handen heeft", "Komt te weten"], rows.into_iter().map(cells))
}
