//! Who takes part in the kit. All of them are made up.

use samenloop_core::value::Domain;

/// Part of every OIN here that no real one has.
const OIN_PREFIX: &str = "00000099";

/// The exchange whose pseudonyms these are; no other hub has this name, so no key of it works here.
pub(crate) const EXCHANGE: &str = "voorbeeld";

/// Whose manifests the administrators sign.
pub(crate) const ORIGIN: &str = "samenloop.example/voorbeeld";

/// The hub's name in its certificate.
pub(crate) const SERVER_NAME: &str = "hub.samenloop.example";

/// The two regions and their names.
pub(crate) const REGIONS: [(&str, &str); 2] = [("west", "West"), ("noord", "Noord")];

/// What a connection of the kit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Agency { domain: Domain, sends_codes: bool },
    Coordinator,
    ContactPoint,
    PrivacyOfficer,
    Administrator,
}

impl Role {
    /// The role as the manifest writes it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Agency { .. } => "agency",
            Self::Coordinator => "coordinator",
            Self::ContactPoint => "contact-point",
            Self::PrivacyOfficer => "privacy-officer",
            Self::Administrator => "administrator",
        }
    }

    /// Whether it seals or opens details.
    pub(crate) const fn has_details_key(self) -> bool {
        matches!(self, Self::Agency { .. } | Self::Coordinator | Self::ContactPoint)
    }
}

/// A connection of the kit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Party {
    pub(crate) id: &'static str,
    pub(crate) organisation: &'static str,
    pub(crate) role: Role,
    pub(crate) regions: &'static [&'static str],
}

impl Party {
    /// Whether it signals.
    pub(crate) const fn is_agency(&self) -> bool {
        matches!(self.role, Role::Agency { .. })
    }
}

const fn agency(id: &'static str, domain: Domain, region: &'static [&'static str]) -> Party {
    Party { id, organisation: id, role: Role::Agency { domain, sends_codes: true }, regions: region }
}

const fn silent_on_codes(id: &'static str, domain: Domain, region: &'static [&'static str]) -> Party {
    Party { id, organisation: id, role: Role::Agency { domain, sends_codes: false }, regions: region }
}

const fn other(id: &'static str, role: Role, regions: &'static [&'static str]) -> Party {
    Party { id, organisation: id, role, regions }
}

const WEST: &[&str] = &["west"];
const NOORD: &[&str] = &["noord"];

/// Who gets what no coordinator of a region and no fallback picks up.
pub(crate) const NATIONAL_FALLBACK: &str = "achtervang-landelijk";

/// Every connection.
pub(crate) const PARTIES: [Party; 17] = [
    agency("school-west", Domain::Onderwijs, WEST),
    agency("gemeente-west", Domain::SociaalDomein, WEST),
    agency("veilig-thuis-west", Domain::Jeugdbescherming, WEST),
    agency("politie-west", Domain::PolitieJustitie, WEST),
    agency("coa-noord", Domain::Asielketen, NOORD),
    silent_on_codes("zorg-noord", Domain::Zorg, NOORD),
    silent_on_codes("school-noord", Domain::Onderwijs, NOORD),
    // Two connections, two domains, one legal entity.
    Party { organisation: "gemeente-west", ..agency("leerplicht-west", Domain::Onderwijs, WEST) },
    agency("riec-west", Domain::BestuurVeiligheid, WEST),
    other("zorgcoordinator-west", Role::Coordinator, WEST),
    other("zorgcoordinator-noord", Role::Coordinator, NOORD),
    other("contactpunt", Role::ContactPoint, &["west", "noord"]),
    other("fg", Role::PrivacyOfficer, &[]),
    other("beheer-a", Role::Administrator, &[]),
    other("beheer-b", Role::Administrator, &[]),
    other("beheer-c", Role::Administrator, &[]),
    other(NATIONAL_FALLBACK, Role::Coordinator, &["west", "noord"]),
];

/// The legal entities: id and name. The OIN follows from the place in the list.
pub(crate) const ORGANISATIONS: [(&str, &str); 16] = [
    ("school-west", "Stichting Voorbeeldscholen West"),
    ("gemeente-west", "Gemeente West (voorbeeld)"),
    ("veilig-thuis-west", "Veilig Thuis West (voorbeeld)"),
    ("politie-west", "Politie, eenheid West (voorbeeld)"),
    ("coa-noord", "COA, locatie Noord (voorbeeld)"),
    ("zorg-noord", "Stichting Zorg Noord (voorbeeld)"),
    ("school-noord", "Stichting Voorbeeldscholen Noord"),
    ("riec-west", "RIEC West (voorbeeld)"),
    ("zorgcoordinator-west", "Stichting Zorgcoördinatie West (voorbeeld)"),
    ("zorgcoordinator-noord", "Stichting Zorgcoördinatie Noord (voorbeeld)"),
    ("contactpunt", "Stichting Contactpunt Samenloop (voorbeeld)"),
    ("fg", "Bureau Functionaris Gegevensbescherming (voorbeeld)"),
    ("beheer-a", "Sleutelbeheer A (voorbeeld)"),
    ("beheer-b", "Sleutelbeheer B (voorbeeld)"),
    ("beheer-c", "Sleutelbeheer C (voorbeeld)"),
    (NATIONAL_FALLBACK, "Stichting Landelijke Achtervang (voorbeeld)"),
];

/// The OIN of an organisation; 0 stands for the operator of the hub, who is none of them.
pub(crate) fn oin(organisation: &str) -> String {
    let place = ORGANISATIONS.iter().position(|(id, _)| *id == organisation).map_or(0, |at| at + 1);
    format!("{OIN_PREFIX}{place:012}")
}

/// The agencies, in the order of [`PARTIES`].
pub(crate) fn agencies() -> impl Iterator<Item = &'static Party> {
    PARTIES.iter().filter(|party| party.is_agency())
}
