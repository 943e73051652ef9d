//! The annex to a data protection impact assessment (AVG art. 35(7)): what the running system can say of itself.

use std::collections::BTreeMap;

use samenloop_core::room::rights::{MONTH_DAYS, QUOTA};
use samenloop_core::value::Domain;
use samenloop_manifest::{TAXONOMY_VERSION, catalogue, domain_words};

use super::leakage::{LEAKAGE_READ, ROWS, limits, rows};
use super::register::measures;
use super::taking_part::{codes, is_agency, of_role, parties, recipients, special};
use super::term::{beat, terms};
use super::untried::{THREATS_READ, UNTRIED};
use super::{Block, Document, Ground, Part, blank, part, points, table, text};
use crate::contact::organisation_of;
use crate::language::Language::Nl;
use crate::manifest::review::{hours, state_name};

/// The annex, from the manifest and the constants of the code.
#[must_use]
pub fn dpia(ground: &Ground<'_>) -> Document {
    let parts = vec![
        description(ground),
        figures(ground),
        necessity(ground),
        consequences(),
        part("Wat het systeem niet kan beloven", vec![promises_not_made()]),
        part(
            "Maatregelen (artikel 35, lid 7, onder d)",
            vec![measures(ground), text("Termijnen:"), terms(ground)],
        ),
        part(
            "Door mensen in te vullen",
            vec![
                blank(
                    "de verantwoordelijken",
                    "de afweging: zijn de gevolgen voor kinderen, na deze maatregelen, aanvaardbaar, en waarom",
                ),
                blank("de functionaris gegevensbescherming", "het advies (artikel 35, lid 2)"),
                blank(
                    "de verantwoordelijken",
                    "de mening van kinderen, ouders en wie voor hen opkomt (artikel 35, lid 9)",
                ),
                blank(
                    "de verantwoordelijken",
                    "of de Autoriteit Persoonsgegevens vooraf is geraadpleegd (artikel 36), en haar antwoord",
                ),
                blank(
                    "de verantwoordelijken",
                    "wanneer deze beoordeling opnieuw wordt gedaan (artikel 35, lid 11)",
                ),
            ],
        ),
    ];
    Document::new("Bijlage bij de gegevensbeschermingseffectbeoordeling (artikel 35 AVG)", ground, parts)
}

/// Who learns what: with an attack that shows it, and without.
fn consequences() -> Part {
    part(
        "Gevolgen voor kinderen: wat iedere partij te weten komt (artikel 35, lid 7, onder c)",
        vec![
            text(format!(
                "De rijen zijn die van docs/leakage.md (stand {LEAKAGE_READ}). Daar staan de tests van iedere rij: wat iemand te weten komt, vindt een aanval; wat hij niet te weten komt, is met een aanval geprobeerd.",
            )),
            rows(&ROWS),
            text("Hoe ver iedere rij reikt:"),
            limits(&ROWS),
            text(format!(
                "Niet met een aanval beproefd: de andere partijen van docs/threats.md (stand {THREATS_READ}), alleen en samen. Deze rijen volgen uit wat het systeem bewaart en antwoordt. Weeg ze even zwaar.",
            )),
            rows(&UNTRIED),
            text("Hoe ver iedere rij reikt:"),
            limits(&UNTRIED),
        ],
    )
}

fn description(ground: &Ground<'_>) -> Part {
    let manifest = ground.manifest;
    let rule = manifest.rule();
    part(
        "Wat het systeem doet (artikel 35, lid 7, onder a)",
        vec![
            text("Organisaties die met kinderen werken, laten een signaal achter onder een pseudoniem. Eén signaal doet niets. Komen signalen van verschillende organisaties uit verschillende domeinen samen op één pseudoniem, dan krijgt de zorgcoördinator van de regio een samenloop te zien. Die weet dan wie te bellen. Alles wat er daarna gebeurt, doen mensen."),
            text(format!(
                "De regel heet {}. Een samenloop ontstaat bij getelde signalen uit ten minste {} onafhankelijke domeinen en {} organisaties, met ten minste {} verschillende signalen als er een hard signaal bij is, en anders {}. Verschillend betekent: een andere organisatie of een andere code. Alleen eigen waarneming telt; wat iemand van horen zeggen heeft, staat erbij en telt niet.",
                rule.name, rule.domains, rule.organisations, rule.pairs_with_hard, rule.pairs
            )),
            points([
                "De regel geeft geen cijfer, rangorde, kleur of kans. De zorgcoördinator ziet welke getallen de regel gaven, en wat zonder elk signaal zou ontbreken.".to_owned(),
                "Er is geen besluit zonder mens (artikel 22): iedere stap met een samenloop heeft een zorgcoördinator en een reden. Zijn alle signalen zacht, dan hoort er te staan of een ander meelas.".to_owned(),
                "Geen samenloop zegt niets: het betekent niet dat er niets aan de hand is.".to_owned(),
                format!("De hub verwerkt wat binnenkwam {}. Mail gaat uit {}; er staat alleen in dat er iets wacht.", beat(ground), hours(manifest.mail_hours(), Nl)),
                format!("De lijst van codes is versie {TAXONOMY_VERSION} en heeft {} codes. Zij zeggen wat is gezien aan dit kind; afkomst, nationaliteit, geloof en taal staan er niet in.", catalogue().len()),
            ]),
        ],
    )
}

/// What the manifest lets one count: connections by domain and region, limits, epochs.
fn figures(ground: &Ground<'_>) -> Part {
    let manifest = ground.manifest;
    let mut cells: BTreeMap<(Domain, &str), u32> = BTreeMap::new();
    for agency in of_role(ground, is_agency) {
        for region in agency.regions.iter().filter_map(|it| manifest.region(it)) {
            if let Some(domain) = agency.domain() {
                *cells.entry((domain, region.name.as_str())).or_default() += 1;
            }
        }
    }
    let connected = cells.iter().map(|((domain, region), count)| {
        let counts = if domain.is_independent() { "ja" } else { "nee" };
        [domain_name(*domain).to_owned(), (*region).to_owned(), count.to_string(), counts.to_owned()]
    });
    let missing: Vec<_> = Domain::ALL
        .into_iter()
        .filter(|domain| !cells.keys().any(|(it, _)| it == domain))
        .map(|it| domain_name(it).to_owned())
        .collect();
    let missing = if missing.is_empty() {
        "Uit elk domein doet in ten minste één regio iemand mee.".to_owned()
    } else {
        format!("Uit deze domeinen doet niemand mee: {}.", Nl.list(&missing))
    };
    let quotas = of_role(ground, is_agency).map(|it| {
        [organisation_of(manifest, &it.id).to_owned(), it.id.to_string(), it.quota_lines.to_string()]
    });
    let epochs = manifest.epochs().iter().map(|it| [it.epoch.to_string(), state_name(it.state, Nl)]);
    part(
        "Hoe groot de uitwisseling nu is",
        vec![
            table(["Domein", "Regio", "Aansluitingen", "Telt mee in de regel"], connected),
            text(missing),
            table(["Organisatie", "Aansluiting", "Regels per dag, ten hoogste"], quotas),
            text(format!("Een contactpunt stelt ten hoogste {QUOTA} verzoeken in {MONTH_DAYS} dagen.")),
            table(["Sleutelperiode", "Stand"], epochs),
        ],
    )
}

fn domain_name(domain: Domain) -> &'static str {
    domain_words(domain).map_or("", |it| it.dutch())
}

fn necessity(ground: &Ground<'_>) -> Part {
    let special = special(ground);
    let special = if special.is_empty() { "geen".to_owned() } else { Nl.list(&special) };
    let mut blocks = vec![
        points([
            "Doel: hulp en bescherming. Politie mag signalen geven en leest nooit mee.".to_owned(),
            "Dat, niet wat: een signaal heeft geen code nodig. Codes staan uit tot ze voor een organisatie worden aangezet; codes met bijzondere of strafrechtelijke gegevens ieder apart.".to_owned(),
            format!("Bijzondere en strafrechtelijke gegevens die nu zijn aangezet: {special}."),
            "Geen namen, adressen, geboortedata, geslacht of vrije tekst; geen verband tussen gezinsleden; geen lijst van wie bekend is.".to_owned(),
            "Wie geen grondslag, overeenkomst of geldige datum in het manifest heeft, wordt geweigerd. De software kan een grondslag afdwingen, niet maken.".to_owned(),
        ]),
        text("Grondslag en overeenkomst van ieder die meedoet:"),
        parties(ground),
        text("Welke codes ieder mag sturen:"),
        codes(ground),
        text("Wie een samenloop krijgt:"),
    ];
    blocks.extend(recipients(ground));
    blocks.push(blank("de verantwoordelijken", "waarom het doel niet met minder gegevens te bereiken is, en of de genoemde grondslagen deze verwerking dragen"));
    part("Noodzaak en evenredigheid (artikel 35, lid 7, onder b)", blocks)
}

fn promises_not_made() -> Block {
    points([
        "Wie een draaiende hub beheert én de sleutel van een sleutelperiode heeft, komt alles te weten behalve de verzegelde details (rij L-09). Alleen een ander ontwerp zou dat voorkomen.",
        "Een organisatie en een zorgcoördinator die samenspannen, kunnen kinderen nazoeken (rij L-10). Dat ligt vast onder twee namen.",
        "Een organisatie kan dat ook met een contactpunt en een functionaris gegevensbescherming (rij N-07), met wie het logboek dataverwerkingen leest (rij N-08), en voor een enkel kind op een stille dag met een functionaris van dezelfde rechtspersoon (rij N-09).",
        "Een pseudoniem met de sleutel erbij is binnen minuten terug te rekenen naar een nummer: er zijn niet zo veel nummers.",
        "Schijven kunnen onthouden wat overschreven is. Vernietigen werkt zover het medium vergeet.",
        "De hub tekent zijn eigen logboek. Wie de sleutel van het logboek en elke kopie van de standen heeft, kan het herschrijven; de standen bij de organisaties laten dat zien.",
        "Dat een tweede persoon instemde met een verzoek van kind of ouder, blijkt uit het woord van de hub: dat besluit is niet apart getekend.",
        "Iemand met een certificaat kan de hub vertragen, binnen grenzen. Zonder certificaat kost het de hub een handdruk.",
        "De regel kan het mis hebben, naar beide kanten.",
    ])
}
