//! What was lost in a breach: what it means, which rows of the table it makes true, and what to do first.

use super::Ground;

/// What was lost, or is known to somebody who should not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Lost {
    /// De map met sleutels van een organisatie
    AgencyKey,
    /// De database van de hub, of een reservekopie
    Database,
    /// De geheimen van de hub
    HubSecrets,
    /// De sleutel van een sleutelperiode
    EpochKey,
    /// De sleutel van een sleutelbeheerder
    Administrator,
}

/// The rows of the table that are true of what was lost, taken together.
pub(super) fn rows_for(lost: &[Lost]) -> Vec<&'static str> {
    let has = |it| lost.contains(&it);
    let key = has(Lost::EpochKey) || has(Lost::AgencyKey);
    let mut ids = Vec::new();
    if has(Lost::AgencyKey) {
        ids.push("L-02");
    }
    ids.extend(match (has(Lost::Database), has(Lost::HubSecrets), key) {
        (true, true, true) => Some("L-06"),
        (true, true, false) => Some("L-05"),
        (true, false, true) => Some("L-07"),
        (true, false, false) => Some("L-03"),
        (false, _, _) => None,
    });
    // Among the secrets is the key by which a hub is known: whoever has it can stand in its place.
    ids.extend(match (has(Lost::HubSecrets), key) {
        (true, false) => Some("L-08"),
        (true, true) => Some("L-09"),
        (false, true) if !has(Lost::Database) => Some("L-09"),
        (false, _) => None,
    });
    if has(Lost::Administrator) {
        ids.extend(["L-12", "L-13"]);
    }
    ids
}

/// What somebody else can do with it, as people say it.
pub(super) fn meaning(lost: Lost, ground: &Ground<'_>) -> String {
    let signing = ground.signing;
    match lost {
        Lost::AgencyKey => "Sleutels van een organisatie: een ander kan als deze organisatie signalen sturen tot de aansluiting uit het manifest is, en pseudoniemen maken. Lezen wat anderen stuurden kan hij er niet mee. Waren de sleutels verzegeld en is het machinegeheim niet mee, dan heeft hij niets. Wat deze organisatie zelf over kinderen bewaart, staat niet in dit stuk.".to_owned(),
        Lost::Database => "De database: zonder de geheimen van de hub is geen rij te lezen.".to_owned(),
        Lost::HubSecrets => "De geheimen van de hub: wie ook een kopie van de database heeft of krijgt, leest samenlopen en verwijzingen (rij L-05). Is de TLS-sleutel van de hub mee, dan kan een ander zich op het netwerk voor de hub uitgeven en ziet hij wat binnenkomt (rij L-08).".to_owned(),
        Lost::EpochKey => "De sleutel van een sleutelperiode: wie ook een draaiende hub beheert, weet wie de kinderen zijn (rij L-09). Wie geen pseudoniemen heeft, heeft aan de sleutel niets.".to_owned(),
        Lost::Administrator => format!("De sleutel van een sleutelbeheerder: voor een manifest zijn {} handtekeningen nodig, en voor de sleutel van een sleutelperiode {} bijdragen. De rijen hierboven gelden pas als een ander er zoveel heeft.", signing.needed, signing.contributions),
    }
}

/// What to do first, and the playbook with the rest.
pub(super) fn first_steps(lost: Lost) -> &'static str {
    match lost {
        Lost::AgencyKey => {
            "Sleutels van een organisatie: haal de aansluiting binnen het uur uit het manifest; daarna een nieuwe sleutelperiode. Draaiboek: docs/playbooks/leaked-agency-key.md."
        }
        Lost::Database => {
            "Database: sluit een lopende overlap af en vernietig die sleutelperiode. Draaiboek: docs/playbooks/stolen-database.md, Alleen data is weg."
        }
        Lost::HubSecrets => {
            "Geheimen van de hub: stop de hub, vernieuw de peper, hersleutel. Draaiboek: docs/playbooks/stolen-database.md, Ook secrets is weg."
        }
        Lost::EpochKey => {
            "Sleutel van een sleutelperiode: trek haar in (samenloop key burn) en hersleutel. Draaiboek: docs/playbooks/leaked-agency-key.md, en docs/operating/rotate.md."
        }
        Lost::Administrator => {
            "Sleutel van een sleutelbeheerder: vervang hem in de root, en hersleutel. Draaiboek: docs/playbooks/administrator-leaves.md; is hij alleen kwijt, dan docs/playbooks/lost-administrator.md."
        }
    }
}
