//! The arrangement between joint controllers (AVG art. 26), and its essence for data subjects (art. 26(2)).

use samenloop_core::room::rights::{
    DECIDED_WITHIN_DAYS, MONTH_DAYS, QUOTA, REMINDED_AFTER_DAYS, RESTRICTED_DAYS,
};
use samenloop_core::terms::BREACH_NOTICE_HOURS;

use super::taking_part::{
    administrators, is_agency, is_contact_point, is_coordinator, is_privacy_officer, of_role, operator,
    out_of_term, parties, reached_all,
};
use super::term::terms;
use super::{Block, Document, Ground, Part, blank, part, points, steps, table, text};
use crate::contact::organisation_of;
use crate::language::Language::Nl;
use crate::manifest::review::weekdays;

/// The arrangement, with its essence on a page of its own.
#[must_use]
pub fn arrangement(ground: &Ground<'_>) -> Document {
    let parts = vec![
        part("Partijen", {
            let mut blocks = vec![parties(ground)];
            blocks.extend(out_of_term(ground));
            blocks.push(text(format!("Beheerder van de hub: {}.", operator(ground))));
            blocks.push(blank(
                "de partijen",
                "wie van deze partijen gezamenlijk verantwoordelijk zijn, en wie verwerker is (artikel 28)",
            ));
            blocks
        }),
        part(
            "Waarvoor",
            vec![text(
                "Partijen bepalen samen doel en middelen van één verwerking: signalen over kinderen naast elkaar leggen, zodat een kind dat mogelijk wordt uitgebuit hulp en bescherming krijgt. Voor een ander doel gebruiken zij de gegevens niet.",
            )],
        ),
        duties(ground),
        requests(ground),
        part("Hoe lang", vec![terms(ground)]),
        joining(ground),
        part(
            "Ondertekening",
            vec![
                blank("iedere partij", "plaats en dag; naam, functie en handtekening"),
                blank("de partijen", "afspraken over kosten, aansprakelijkheid en geschillen (artikel 82)"),
            ],
        ),
        Part {
            is_apart: true,
            ..part("De kern van de regeling, voor kinderen en ouders (artikel 26, lid 2)", essence(ground))
        },
    ];
    Document::new(
        "Regeling tussen gezamenlijke verwerkingsverantwoordelijken (artikel 26 AVG)",
        ground,
        parts,
    )
}

fn duties(ground: &Ground<'_>) -> Part {
    let (agency, point, officer, coordinator, operator_of_hub) = (
        "de aanleverende organisatie",
        "het contactpunt",
        "de functionaris gegevensbescherming",
        "de zorgcoördinator",
        "de beheerder van de hub",
    );
    let rows = [
        ("Grondslag en juistheid van een signaal (artikelen 5 en 6)", agency, "stuurt alleen wat een professional zelf beoordeelde, trekt in wat niet klopt, en verlengt alleen na een nieuw oordeel".to_owned()),
        ("Uitleg aan kind en ouder (artikelen 13 en 14)", agency, "vertelt bij het eigen contact met het gezin over het signaal, tenzij dat het kind in gevaar brengt, en geeft de kern van deze regeling".into()),
        ("Verzoeken ontvangen (artikelen 15 tot en met 21)", "iedere organisatie", "een kind of ouder mag bij ieder van de partijen terecht; die verzegelt het verzoek aan het contactpunt".into()),
        ("Verzoeken uitvoeren", point, format!("vraagt de hub, ontvangt het antwoord en geeft de brief; ten hoogste {QUOTA} verzoeken in {MONTH_DAYS} dagen")),
        ("Instemmen met een verzoek", "een contactpunt of functionaris van een andere organisatie", "beslist: vrijgeven, beperkt vrijgeven of weigeren, met een reden van een vaste lijst".into()),
        ("Wie gegevens kreeg inlichten na wissing of beperking (artikelen 17, 18 en 19)", operator_of_hub, "de hub stuurt wie de samenloop zag en wie om contact was gevraagd een bericht zonder inhoud; na wissing ook wie het signaal stuurde, en die leest welk eigen signaal het was".into()),
        ("Wie gegevens kreeg inlichten na verbetering (artikelen 16 en 19)", operator_of_hub, "de hub past een open samenloop aan bij het verwerken, en wie hem oppakte krijgt bericht als de signalen niet meer aan de regel voldoen; een apart bericht gaat er niet uit".into()),
        ("Opvolgen van een samenloop (artikel 22)", coordinator, "beslist zelf, met een reden; draagt over of sluit met een uitkomst".into()),
        ("Beveiliging (artikel 32)", "iedere partij voor de eigen sleutels en computers", "bewaart sleutels verzegeld, vernietigt ze als een sleutelperiode voorbij is".into()),
        ("Beveiliging van de hub", operator_of_hub, "houdt geheimen en database gescheiden, maakt reservekopieën zonder sleutels, zet geen oudere stand terug zonder dat het in het logboek komt".into()),
        ("Datalek melden (artikelen 33 en 34)", "de verantwoordelijke bij wie het lek is; is het bij de hub, dan allen samen", format!("binnen {BREACH_NOTICE_HOURS} uur; samenloop report incident geeft de feiten")),
        ("Toezicht", officer, "leest de auditlogboeken en houdt ze tegen de getekende standen".into()),
        ("Register en effectbeoordeling (artikelen 30 en 35)", "iedere verantwoordelijke, met advies van de functionaris gegevensbescherming", "maakt ze opnieuw bij elk nieuw manifest: samenloop report register en samenloop report dpia".into()),
        ("Toelaten en uitsluiten", "de sleutelbeheerders", format!("{} van de {} tekenen", ground.signing.needed, ground.signing.administrators)),
    ];
    part(
        "Wie doet wat",
        vec![
            table(
                ["Plicht", "Wie", "Hoe"],
                rows.map(|(what, who, how)| [what.to_owned(), who.to_owned(), how]),
            ),
            blank(
                "de partijen",
                "hoe zij ontvangers inlichten over wat zij verbeterden of beperkten, als de hub daar geen bericht van stuurt (artikel 19)",
            ),
            blank("de partijen", "wie optreedt als er bij een van hen niemand bereikbaar is"),
        ],
    )
}

fn requests(ground: &Ground<'_>) -> Part {
    let days = match ground.manifest.rights_days() {
        days if (1..=7).all(|it| days.contains(&it)) => "elke dag".to_owned(),
        days => format!("op {}", weekdays(days, Nl)),
    };
    part(
        "Hoe een verzoek van een kind of ouder verloopt",
        vec![
            steps([
                "Een organisatie die het kind kent, gaat na wie het vraagt, maakt de pseudoniemen en verzegelt ze aan het contactpunt.".to_owned(),
                "Het contactpunt vraagt de hub. Niemand ziet dan nog iets over het kind.".to_owned(),
                "Iemand van een andere organisatie beslist. Vrijgeven kan beperkt worden, bijvoorbeeld als een ouder betrokken kan zijn (artikel 15, lid 4, van de AVG en artikel 41 van de Uitvoeringswet AVG).".to_owned(),
                format!("De hub antwoordt {days}. Tot dan is ieder verzoek in behandeling, ook als er niets is."),
                "Het contactpunt haalt het antwoord op en geeft een brief in gewone taal.".to_owned(),
            ]),
            points([
                "Wie iets vraagt, heeft recht op antwoord binnen een maand nadat het bij een van de partijen binnenkwam (artikel 12, lid 3). Iedere partij geeft een verzoek daarom meteen door.".to_owned(),
                format!("De hub telt vanaf de dag dat het contactpunt het vraagt. Binnen {DECIDED_WITHIN_DAYS} dagen wordt er beslist; na {REMINDED_AFTER_DAYS} dagen krijgt wie mag beslissen een herinnering. Het antwoord is er op de eerste antwoorddag daarna, binnen {MONTH_DAYS} dagen, zolang er een geldig manifest is. Beslist niemand, dan vervalt het verzoek en zegt het contactpunt dat in een brief (artikel 12, lid 4)."),
                format!("Een beperking duurt {RESTRICTED_DAYS} dagen en is met een nieuw verzoek te verlengen."),
                "Een kind of ouder mag zijn rechten tegenover iedere partij gebruiken (artikel 26, lid 3).".to_owned(),
            ]),
            text("Contactpunt:"),
            reached_all(ground, is_contact_point, "Het manifest noemt geen contactpunt dat nu meedoet."),
            text("Functionaris gegevensbescherming:"),
            reached_all(ground, is_privacy_officer, "Het manifest noemt geen functionaris gegevensbescherming die nu meedoet."),
        ],
    )
}

fn joining(ground: &Ground<'_>) -> Part {
    let signing = ground.signing;
    part(
        "Meedoen, veranderen en vertrekken",
        vec![points([
            "Wie meedoet, met welke grondslag, welke codes en tot wanneer, staat in het manifest. Wat daar niet staat, weigert de hub.".to_owned(),
            format!("Een manifest geldt als {} van de {} sleutelbeheerders het tekenen. Een toevoeging werkt na {} uur, een uitsluiting meteen.", signing.needed, signing.administrators, signing.delay_hours),
            format!("Dit manifest geldt tot en met {}.", Nl.day(ground.manifest.expires())),
            format!("Sleutelbeheerders: {}.", administrators(ground)),
            "Signalen van wie uit het manifest gaat, tellen niet meer mee. Bij een vertrek hoort een nieuwe sleutelperiode.".to_owned(),
        ])],
    )
}

/// In plain language: a page that stands by itself.
fn essence(ground: &Ground<'_>) -> Vec<Block> {
    let manifest = ground.manifest;
    let names = |is_it| {
        let mut names: Vec<_> =
            of_role(ground, is_it).map(|it| organisation_of(manifest, &it.id).to_owned()).collect();
        names.sort();
        names.dedup();
        names
    };
    vec![
        text(
            "Samenloop is een systeem voor organisaties die met kinderen werken. Maakt zo'n organisatie zich zorgen over een kind, dan kan zij dat achterlaten. De naam en het adres van het kind gaan niet mee. Pas als verschillende organisaties zich zorgen maken over hetzelfde kind, krijgt een zorgcoördinator bericht. Die kijkt dan welke hulp nodig is. Een computer beslist niets over uw kind.",
        ),
        text("Deze organisaties kunnen een zorg achterlaten:"),
        points(names(is_agency)),
        text("Deze organisaties hebben zorgcoördinatoren:"),
        points(names(is_coordinator)),
        text(
            "Al deze organisaties zijn er samen voor verantwoordelijk dat het goed gaat. U mag met een vraag naar ieder van hen. Zij regelen dan dat u antwoord krijgt. U kunt ook naar het contactpunt:",
        ),
        reached_all(ground, is_contact_point, "Er is nu geen contactpunt."),
        text("U kunt dit vragen. Het kost niets."),
        points([
            "Wat staat er over mij of mijn kind? U krijgt een brief.".to_owned(),
            "Er klopt iets niet. De organisatie die het achterliet, verbetert het.".to_owned(),
            format!("Gebruik het voorlopig niet. Dan telt het {RESTRICTED_DAYS} dagen niet mee."),
            "Wis het.".to_owned(),
            "Ik ben het er niet mee eens. Dan maakt u bezwaar bij het contactpunt.".to_owned(),
        ]),
        text(
            "Twee mensen van twee organisaties kijken naar uw vraag. Dat is om kinderen te beschermen. U hebt recht op antwoord binnen een maand. Soms kan niet wat u vraagt, of krijgt u niet alles te zien, bijvoorbeeld om een kind te beschermen. Dan staat de reden in de brief.",
        ),
        text(
            "Een zorg blijft niet altijd staan. Zij telt een aantal maanden en verdwijnt dan vanzelf. Hoe lang, staat in uw brief.",
        ),
        text("Bent u niet tevreden? Praat met de functionaris gegevensbescherming:"),
        reached_all(ground, is_privacy_officer, "Er is nu geen functionaris gegevensbescherming."),
        text(
            "U kunt ook een klacht indienen bij de Autoriteit Persoonsgegevens: autoriteitpersoonsgegevens.nl.",
        ),
    ]
}
