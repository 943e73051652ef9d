//! What was lost in a breach: what it means, which rows of the tables it makes true, and what to do first.

use super::Ground;

/// What was lost, or is known to somebody who should not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Lost {
    /// De map met sleutels van een organisatie
    AgencyKey,
    /// De map met sleutels van een zorgcoördinator
    Coordinator,
    /// De map met sleutels van een contactpunt
    ContactPoint,
    /// De database van de hub, of een reservekopie
    Database,
    /// De geheimen van de hub
    HubSecrets,
    /// Het logboek dataverwerkingen van de hub
    ProcessingLog,
    /// De sleutel van een sleutelperiode
    EpochKey,
    /// De sleutel van een sleutelbeheerder
    Administrator,
}

/// The row that adds nothing to L-03: true as long as the secrets of the hub are not lost as well.
pub(super) const ADDS_NOTHING: &str = "L-07";

/// Each row with what has to be lost for it. Of an operator of a live hub, and of administrators, it is a warning: what the
/// others in its second column have was not lost.
const ROWS_OF: [(&str, &[Lost]); 14] = [
    ("L-02", &[Lost::AgencyKey]),
    ("L-03", &[Lost::Database]),
    ("L-05", &[Lost::Database, Lost::HubSecrets]),
    ("L-06", &[Lost::Database, Lost::HubSecrets, Lost::EpochKey]),
    (ADDS_NOTHING, &[Lost::Database, Lost::EpochKey]),
    // Among the secrets is the key by which a hub is known: whoever has it can stand in its place.
    ("L-08", &[Lost::HubSecrets]),
    ("L-09", &[Lost::EpochKey]),
    ("L-10", &[Lost::AgencyKey, Lost::Coordinator]),
    ("L-11", &[Lost::Coordinator]),
    ("L-12", &[Lost::Administrator]),
    ("L-13", &[Lost::Administrator]),
    ("N-03", &[Lost::ProcessingLog]),
    ("N-04", &[Lost::ContactPoint]),
    ("N-08", &[Lost::AgencyKey, Lost::ProcessingLog]),
];

/// The rows of the tables that are true of what was lost, taken together. What more is lost takes none of them away but
/// [`ADDS_NOTHING`].
pub(super) fn rows_for(lost: &[Lost]) -> Vec<&'static str> {
    // The directory of an agency holds the keys of its epochs.
    let has = |it| lost.contains(&it) || (it == Lost::EpochKey && lost.contains(&Lost::AgencyKey));
    let is_true = |(id, needs): &&(&str, &[Lost])| {
        needs.iter().all(|it| has(*it)) && (*id != ADDS_NOTHING || !has(Lost::HubSecrets))
    };
    ROWS_OF.iter().filter(is_true).map(|(id, _)| *id).collect()
}

const SEALED: &str = "Waren de sleutels verzegeld en is het machinegeheim niet mee, dan heeft hij niets.";

/// What somebody else can do with it, as people say it. It names no row that needs more than this.
pub(super) fn meaning(lost: Lost, ground: &Ground<'_>) -> String {
    let signing = ground.signing;
    match lost {
        Lost::AgencyKey => format!("Sleutels van een organisatie: een ander kan als deze organisatie signalen sturen tot de aansluiting uit het manifest is, en pseudoniemen maken. Hij kan lezen over welke van haar signalen een zorgcoördinator contact vroeg, en welke op verzoek gewist zijn. Lezen wat anderen stuurden kan hij er niet mee. {SEALED} Wat deze organisatie zelf over kinderen bewaart, staat niet in dit stuk."),
        Lost::Coordinator => format!("Sleutels van een zorgcoördinator: een ander kan tot de aansluiting is afgesloten haar samenlopen lezen en er stappen in zetten (rij L-11): welke organisaties, wat voor signalen, welke maanden, en van de eigen regio's de zaaknummers. Wie het kind is, staat er niet in. De organisaties weten het wel, en met een zaaknummer kan iemand het daar proberen te vragen: waarschuw hen. {SEALED}"),
        Lost::ContactPoint => format!("Sleutels van een contactpunt: een ander kan tot de aansluiting is afgesloten als dit contactpunt verzoeken doen en antwoorden ophalen, en verzoeken openen die eraan verzegeld zijn (rij N-04). Een antwoord komt er pas als een andere organisatie instemt. {SEALED} Brieven en verzoeken die het contactpunt zelf bewaart, staan niet in dit stuk: daarin kan wel staan wie het kind is."),
        Lost::Database => "De database: zonder de geheimen van de hub is geen rij te lezen.".to_owned(),
        Lost::HubSecrets => "De geheimen van de hub: wie ook een kopie van de database heeft of krijgt, leest samenlopen en verwijzingen. Is de TLS-sleutel van de hub mee, dan kan een ander zich op het netwerk voor de hub uitgeven en ziet hij wat binnenkomt (rij L-08).".to_owned(),
        Lost::ProcessingLog => "Het logboek dataverwerkingen: daarin staat wat iedere aansluiting wanneer stuurde, las en deed, en geen kind (rij N-03). Wie er bij kan blijven en ook als organisatie kan sturen, kan er kinderen mee nazoeken.".to_owned(),
        Lost::EpochKey => "De sleutel van een sleutelperiode: wie ook een draaiende hub beheert, weet wie de kinderen zijn (rij L-09). Wie geen pseudoniemen heeft, heeft aan de sleutel niets.".to_owned(),
        Lost::Administrator => format!("De sleutel van een sleutelbeheerder: voor een manifest zijn {} handtekeningen nodig, en voor de sleutel van een sleutelperiode {} bijdragen. De rijen hierboven gelden pas als een ander er zoveel heeft.", signing.needed, signing.contributions),
    }
}

/// What to do first, and the playbook with the rest.
pub(super) const fn first_steps(lost: Lost) -> &'static str {
    match lost {
        Lost::AgencyKey => {
            "Sleutels van een organisatie: haal de aansluiting binnen het uur uit het manifest; daarna een nieuwe sleutelperiode. Draaiboek: docs/playbooks/leaked-agency-key.md."
        }
        Lost::Coordinator => {
            "Sleutels van een zorgcoördinator: sluit de aansluiting binnen het uur af in het manifest; daarna nieuwe sleutels. Draaiboek: docs/playbooks/leaked-coordinator-key.md."
        }
        Lost::ContactPoint => {
            "Sleutels van een contactpunt: sluit de aansluiting binnen het uur af in het manifest; daarna nieuwe sleutels. Draaiboek: docs/playbooks/leaked-coordinator-key.md, Een contactpunt."
        }
        Lost::Database => {
            "Database: sluit een lopende overlap af en vernietig die sleutelperiode. Draaiboek: docs/playbooks/stolen-database.md, Alleen data is weg."
        }
        Lost::HubSecrets => {
            "Geheimen van de hub: stop de hub, vernieuw de peper, hersleutel. Draaiboek: docs/playbooks/stolen-database.md, Ook secrets is weg."
        }
        Lost::ProcessingLog => {
            "Logboek dataverwerkingen: zoek uit wie erbij kon en sluit dat af, ook bij een collector. Wie het mag lezen: docs/operating/processing.md."
        }
        Lost::EpochKey => {
            "Sleutel van een sleutelperiode: trek haar in (samenloop key burn) en hersleutel. Draaiboek: docs/playbooks/leaked-agency-key.md, en docs/operating/rotate.md."
        }
        Lost::Administrator => {
            "Sleutel van een sleutelbeheerder: vervang hem in de root, en hersleutel. Draaiboek: docs/playbooks/administrator-leaves.md; is hij alleen kwijt, dan docs/playbooks/lost-administrator.md."
        }
    }
}
