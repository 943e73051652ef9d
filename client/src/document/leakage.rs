//! What each party learns: the Dutch of docs/leakage.md, and which row is true when something is lost.
//!
//! The page is written from the tests that prove it. Whoever changes it reads these sentences again: `tests/house` holds
//! [`LEAKAGE_READ`] to the page.

use super::untried::UNTRIED;
use super::{Block, points, table};

/// The first 16 hex digits of SHA-256 over the rows of docs/leakage.md and their limits, as they were when these sentences
/// were last read beside them.
pub const LEAKAGE_READ: &str = "ccf44352ff104c52";

/// A row: its id, who or what is in whose hands, what they learn then, what they do not, and how far that goes.
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) party: &'static str,
    pub(super) learns: &'static str,
    pub(super) not: &'static str,
    pub(super) limits: &'static str,
}

/// Every row, in order.
pub(super) const ROWS: [Row; 15] = [
    Row {
        id: "L-01",
        party: "wie het netwerk afluistert",
        learns: "welke organisatie stuurt en wanneer, met een afgeronde omvang; dat een zorgcoördinator meekijkt",
        not: "hoeveel regels een zending heeft, van wie, of zij samenkomen, en of een ronde nieuws gaf",
        limits: "Een netwerkadres geldt hier als een organisatie. Dat de hub op de uren van de mail mail stuurt, is te zien.",
    },
    Row {
        id: "L-02",
        party: "één organisatie, met haar sleutels open",
        learns: "haar eigen signalen; dat zij om contact is gevraagd, en dus dat dit kind ook elders bekend is; welke van haar eigen signalen op verzoek zijn gewist, en op welke dag; hoeveel zendingen alle organisaties samen deden, per dag",
        not: "of een ander kind van haar elders bekend is, of een samenloop heeft",
        limits: "De nummers van haar eigen kinderen kent zij al. Het gaat erom wie hen nog meer kent.",
    },
    Row {
        id: "L-03",
        party: "een kopie van de database",
        learns: "hoeveel rijen er zijn per onbekend kind en maand van afloop, en van welke sleutelperiode; de volgorde van verwerken, tot de database is ververst; van iedere schuilnaam in de auditlogboeken haar zendingen met hun regels, haar handelingen, en hoeveel samenlopen zij tegelijk bekeek; hoeveel samenlopen, berichten, verzoeken, beperkingen en gewiste signalen er zijn, van welk kwartaal, en in welke ronde iedere samenloop is gemeld",
        not: "een nummer, een pseudoniem, een aansluiting, een regio, een code; van welk kind een rij is, of iets van het andere",
        limits: "Een schuilnaam is van één aansluiting zolang de hub bestaat: wie van elders weet wanneer een organisatie hoeveel stuurde, kent haar schuilnaam. Een reservekopie is hetzelfde, onder nog een sleutel.",
    },
    Row {
        id: "L-04",
        party: "de beheerder van een draaiende database",
        learns: "als L-03, en van welke onbekende kinderen een ronde rijen verandert",
        not: "welke kinderen dat zijn",
        limits: "Over veel rondes valt een kind op waarvan vaak iets verandert; welk kind dat is, blijkt niet.",
    },
    Row {
        id: "L-05",
        party: "een kopie van de database en de geheimen van de hub",
        learns: "ook samenlopen, op de details na; verwijzingen; van welke onbekende kinderen gegevens rusten; welke verwijzingen van welke organisatie op verzoek zijn gewist, en op welke dag; zendingen die nog niet zijn verwerkt en verzoeken die nog niet zijn beantwoord, met hun pseudoniemen, en zo de rijen van die kinderen; wie achter iedere schuilnaam zit",
        not: "wat er in een andere rij staat, een nummer, details",
        limits: "Een zending wacht tot de volgende ronde. Een verzoek wacht op zijn antwoord, ten hoogste vier weken zolang er een geldig manifest is: zo lang ligt wat er van dat kind is, open voor wie allebei heeft.",
    },
    Row {
        id: "L-06",
        party: "als L-05, met de sleutel van een sleutelperiode",
        learns: "alles behalve de details: van ieder kind het nummer, en ieder signaal helemaal",
        not: "details",
        limits: "Wie dit heeft, kent binnen minuten ieder kind van de sleutelperiode.",
    },
    Row {
        id: "L-07",
        party: "een kopie van de database en de sleutel van een sleutelperiode",
        learns: "niet meer dan de kopie alleen",
        not: "een kind, ook niet een kind waarover de organisatie zelf een signaal gaf",
        limits: "Haar eigen signalen staan in haar eigen journaal; niet in de kopie.",
    },
    Row {
        id: "L-08",
        party: "de beheerder van een draaiende hub",
        learns: "van welke onbekende kinderen er signalen zijn en van welke organisaties, met soort, code, maand en regio; welke pseudoniemen uit twee sleutelperiodes of van twee soorten nummers één kind zijn",
        not: "een nummer, details",
        limits: "Zolang hij meeluistert. Wat eerder binnenkwam, ligt in rijen die hij niet kan openen.",
    },
    Row {
        id: "L-09",
        party: "de beheerder van een draaiende hub met de sleutel van een sleutelperiode",
        learns: "alles behalve de details",
        not: "details",
        limits: "Niets in dit ontwerp voorkomt dit. Houd die twee bij verschillende organisaties.",
    },
    Row {
        id: "L-10",
        party: "een organisatie en een zorgcoördinator samen",
        learns: "van ieder kind dat de organisatie noemt, met wiens signalen het een samenloop geeft; binnen haar dagelijkse grens",
        not: "iets van een kind dat zij niet noemde, of boven die grens",
        limits: "Zij geeft onder haar eigen naam een signaal over ieder kind dat zij nazoekt, en dat ligt allemaal vast.",
    },
    Row {
        id: "L-11",
        party: "een zorgcoördinator, met zijn sleutels open",
        learns: "de eigen samenlopen, met de details van de eigen regio",
        not: "een pseudoniem, een nummer, een signaal dat in geen samenloop van zijn regio staat, details van een andere regio",
        limits: "De organisaties die hij belt, vertellen hem wie het kind is. Daar is een samenloop voor.",
    },
    Row {
        id: "L-12",
        party: "zoveel sleutelbeheerders als er bijdragen aan een sleutel",
        learns: "de sleutel van die sleutelperiode",
        not: "met één bijdrage minder: niets ervan",
        limits: "Aan de sleutel is niet te zien wie hem maakte.",
    },
    Row {
        id: "L-13",
        party: "zoveel sleutelbeheerders als er tekenen",
        learns: "uit zichzelf niets; zij kunnen een aansluiting toevoegen, die ieder ziet, en die na de wachttijd werkt",
        not: "met één handtekening minder: niemand neemt het manifest aan",
        limits: "Een aansluiting die niemand opmerkt, doet mee als iedere andere.",
    },
    Row {
        id: "L-14",
        party: "iedereen, na vernietiging van een sleutelperiode, ook met een kopie van ervoor",
        learns: "samenlopen, tot het einde van hun termijn; van wie nog een verzoek wacht; uit de oude kopie, dat er rijen waren",
        not: "wat een rij van die sleutelperiode was, of van wie",
        limits: "Als het medium van de sleutels vergeet: een schijf die bij het schrijven kopieert, kan het oude blok houden.",
    },
    Row {
        id: "L-15",
        party: "wie het systeemlog en het logboek dataverwerkingen van de hub leest",
        learns: "wanneer de hub verwerkte en hoeveel regels; hoe lang de auditlogboeken zijn; uit het logboek dataverwerkingen welke aansluiting hoeveel signalen stuurde, en wie iets las of deed, en wanneer",
        not: "een nummer, een pseudoniem, een verwijzing, een sleutel, een regio, een code; van welk kind een regel is",
        limits: "In het systeemlog alleen staat ook geen organisatie. Wie het logboek dataverwerkingen leest en samenspant met een organisatie, ziet of een kind een samenloop heeft dat zij noemt: het is er alleen voor de functionaris. Wie de lengte van het logboek van samenlopen kent, ziet ze komen en gaan. Organisaties krijgen alleen die van het logboek van zendingen.",
    },
];

/// The row of an id, of either table.
pub(super) fn row_of(id: &str) -> Option<&'static Row> {
    ROWS.iter().chain(&UNTRIED).find(|it| it.id == id)
}

/// Rows as a table.
pub(super) fn rows<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Block {
    let cells = |it: &Row| [it.id, it.party, it.learns, it.not].map(str::to_owned);
    table(
        ["Rij", "Wie, of wie wat in handen heeft", "Komt te weten", "Komt niet te weten"],
        rows.into_iter().map(cells),
    )
}

/// How far each row goes.
pub(super) fn limits<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Block {
    points(rows.into_iter().map(|it| format!("{}: {}", it.id, it.limits)))
}
