//! The register of processing activities (AVG art. 30(1), a to g).

use super::activity::activities;
use super::taking_part::{
    administrators, codes, is_contact_point, is_privacy_officer, operator, out_of_term, parties, reached_all,
    recipients, special,
};
use super::term::terms;
use super::{Block, Document, Ground, Part, blank, part, points, text};
use crate::language::Language::Nl;

/// The register, from the manifest and the constants of the code.
#[must_use]
pub fn register(ground: &Ground<'_>) -> Document {
    let parts = vec![
        controllers(ground),
        purposes(),
        subjects(ground),
        part("Ontvangers (artikel 30, lid 1, onder d)", {
            let mut blocks = recipients(ground);
            blocks.push(points([
                "Een organisatie die een signaal gaf, hoort daarvan twee dingen: dat een zorgcoördinator er contact over vraagt, en dat het op verzoek van kind of ouder is gewist.",
                "Het contactpunt krijgt het antwoord op een verzoek van kind of ouder, nadat een andere organisatie daarmee instemde.",
                "De functionaris gegevensbescherming leest de auditlogboeken; daarin staat niets over een kind. Het logboek dataverwerkingen is er alleen voor die van de beheerder van de hub.",
                "Politie en andere aanleverende organisaties lezen geen samenlopen.",
            ]));
            blocks
        }),
        transfers(ground),
        part("Bewaartermijnen (artikel 30, lid 1, onder f)", vec![terms(ground)]),
        part("Beveiligingsmaatregelen (artikel 30, lid 1, onder g)", vec![measures(ground)]),
    ];
    Document::new("Register van verwerkingsactiviteiten (artikel 30 AVG)", ground, parts)
}

fn controllers(ground: &Ground<'_>) -> Part {
    let mut blocks = vec![parties(ground)];
    blocks.extend(out_of_term(ground));
    blocks.extend([
        text("Contactpunt voor kind en ouder:"),
        reached_all(ground, is_contact_point, "Het manifest noemt geen contactpunt dat nu meedoet."),
        text("Functionaris gegevensbescherming:"),
        reached_all(ground, is_privacy_officer, "Het manifest noemt geen functionaris gegevensbescherming die nu meedoet."),
        text(format!("Sleutelbeheerders, die het manifest tekenen: {}.", administrators(ground))),
        text(format!("Beheerder van de hub: {}.", operator(ground))),
        blank("iedere verantwoordelijke", "naam en contactgegevens van wie voor de organisatie tekent; naam van de beheerder van de hub, en of die verwerker is (artikel 28) of mede verantwoordelijk"),
    ]);
    part("Verantwoordelijken en contact (artikel 30, lid 1, onder a)", blocks)
}

fn purposes() -> Part {
    part(
        "Verwerkingen en hun doelen (artikel 30, lid 1, onder b)",
        vec![
            text(
                "Er is één doel: hulp aan en bescherming van kinderen die mogelijk worden uitgebuit. De gegevens zijn niet voor opsporing, handhaving of het nagaan van fraude.",
            ),
            activities(),
            text(
                "Daarnaast legt de hub vast wie wat deed, in twee auditlogboeken: aansluiting, soort handeling, uur of dag, aantal. Zo is achteraf te tonen of de hub iets liet vallen of veranderde. Daarin staat geen kind, geen pseudoniem en geen naam van een persoon. De functionaris gegevensbescherming leest beide; een organisatie krijgt het bewijs van haar eigen zendingen.",
            ),
            text(
                "Vóór iedere verwerking van de lijst hierboven schrijft de hub een regel in het logboek dataverwerkingen: welke verwerking, welke aansluiting, wanneer, en een willekeurig nummer van het signaal of de samenloop. Lukt dat niet, dan gebeurt de verwerking niet. Zo is achteraf na te gaan wie welke gegevens verwerkte (artikel 5, lid 2). Wie het kind is, staat er niet in; regels over hetzelfde signaal hebben wel hetzelfde nummer. Zijn er weinig signalen tegelijk, dan zeggen de regels samen meer (docs/threats.md).",
            ),
            text(
                "Voor de cijfers van een kwartaal telt de hub per domein en regio, zonder kind, en houdt kleine getallen achter.",
            ),
        ],
    )
}

fn subjects(ground: &Ground<'_>) -> Part {
    let special = special(ground);
    let special = if special.is_empty() {
        "Bijzondere persoonsgegevens (artikel 9) en strafrechtelijke gegevens (artikel 10): geen enkele organisatie mag nu een code met zulke gegevens sturen.".to_owned()
    } else {
        format!("Bijzondere en strafrechtelijke gegevens die nu zijn aangezet: {}.", Nl.list(&special))
    };
    part(
        "Betrokkenen en gegevens (artikel 30, lid 1, onder c)",
        vec![
            text(
                "Betrokkenen: kinderen over wie een professional een signaal geeft. Van ouders, gezinsleden en anderen wordt niets bijgehouden. Van medewerkers staat er alleen voor welke aansluiting iets is gedaan.",
            ),
            points([
                "Een pseudoniem: bij de organisatie zelf gemaakt uit een nummer. Het nummer, de naam, het adres en de geboortedatum komen de hub niet binnen. Een pseudoniem is een persoonsgegeven (artikel 4, onder 5).",
                "Per signaal: zacht of hard, de maand, de regio, en of de organisatie het zelf zag. Verder een code, als die voor haar is aangezet.",
                "Verzegelde details: een herhaling van het signaal en het eigen zaaknummer van de organisatie. Alleen de zorgcoördinator van de regio kan ze openen.",
                "Vrije tekst kan niet worden meegestuurd.",
            ]),
            text(special),
            codes(ground),
        ],
    )
}

fn transfers(ground: &Ground<'_>) -> Part {
    part(
        "Doorgifte naar derde landen en internationale organisaties (artikel 30, lid 1, onder e)",
        vec![
            text(
                "De hub geeft gegevens alleen aan de aansluitingen hierboven. In mail en webhooks staat niets over een kind. De software zelf stuurt niets naar een ander land.",
            ),
            text(format!(
                "Waar computers staan, weet het systeem niet. De hub heet {}.",
                ground.manifest.hub().server_name
            )),
            blank(
                "de beheerder van de hub",
                "in welk land de hub, zijn reservekopieën, de mailserver en een collector van het logboek dataverwerkingen staan, en wie die beheert; is dat buiten de Europese Economische Ruimte of een internationale organisatie: welke, en met welke waarborgen",
            ),
        ],
    )
}

/// Security measures (AVG art. 32(1)), each of which the code keeps.
pub(super) fn measures(ground: &Ground<'_>) -> Block {
    let signing = ground.signing;
    points([
        format!("Pseudoniemen met een sleutel die de hub niet heeft. Die sleutel ontstaat uit de bijdragen van {} sleutelbeheerders, en wisselt per sleutelperiode.", signing.contributions),
        "Een signaal ligt verzegeld onder een sleutel uit zijn pseudoniem, en het pseudoniem wordt niet bewaard. Wie alleen de database heeft, leest geen signaal.".to_owned(),
        "Details zijn verzegeld van de organisatie naar de zorgcoördinator; de hub kan ze niet openen.".to_owned(),
        "Iedere verbinding heeft aan beide kanten een certificaat (TLS, versie 1.3). De hub laat alleen sleutels toe die in het manifest staan.".to_owned(),
        format!("Wie meedoet, staat in een manifest dat {} van de {} sleutelbeheerders tekenen. Ieder programma rekent dat na voordat het iets gebruikt. Een toevoeging werkt na {} uur.", signing.needed, signing.administrators, signing.delay_hours),
        "Wie een signaal stuurt, krijgt altijd hetzelfde antwoord, of een kind nu bekend is of niet. Er is geen vraag aan de hub die zegt of een kind bekend is.".to_owned(),
        "Iedere organisatie heeft een grens aan wat zij per dag stuurt.".to_owned(),
        "Wat aansluitingen deden en wat de hub zelf deed, staat in een van de twee auditlogboeken. De hub tekent hun stand; die ligt ook buiten de database en bij de organisaties. Wat een beheerder doet terwijl de hub stilstaat, staat er maar voor een deel in.".to_owned(),
        "Vóór iedere verwerking schrijft de hub een regel in het logboek dataverwerkingen; zonder die regel gebeurt zij niet.".to_owned(),
        "Een verzoek om inzage, beperking of wissing vraagt twee mensen van twee organisaties.".to_owned(),
        "Sleutels liggen verzegeld in bestanden die alleen hun eigenaar kan lezen. Een reservekopie is versleuteld en bevat geen sleutels van de hub.".to_owned(),
        "De hub controleert bij elke start of er niets ontbreekt of veranderd is, en geeft anders geen dienst.".to_owned(),
    ])
}
