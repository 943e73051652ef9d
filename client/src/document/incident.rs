//! The facts for a notice of a personal data breach (AVG art. 33(3)), and how long there is left to give it.

use std::collections::{BTreeMap, BTreeSet};

use samenloop_audit::{EntryKind, Log};
use samenloop_core::manifest::{HUB, OPERATOR};
use samenloop_core::terms::BREACH_NOTICE_HOURS;
use samenloop_core::value::{ConnectionId, Day, Epoch};

use super::leakage::{limits, row_of, rows};
use super::logged::{LogFacts, Logged};
use super::lost::{Lost, first_steps, meaning, rows_for};
use super::taking_part::{is_agency, is_contact_point, is_privacy_officer, of_role, reached_all, role};
use super::{Block, Document, Ground, Part, blank, part, points, table, text};
use crate::contact::organisation_of;
use crate::hex::hex;
use crate::language::Language::Nl;
use crate::manifest::review::{kind_name, state_name};

/// What is known of the breach itself.
#[derive(Debug, Clone)]
pub struct Incident {
    /// When somebody of the parties knew of it: day, hour and minute in the Netherlands.
    pub discovered: (Day, u8, u8),
    /// When the 72 hours are over.
    pub deadline: (Day, u8, u8),
    /// Whole hours left; negative when they are over.
    pub hours_left: i64,
    /// From which day the logs are told.
    pub since: Day,
    /// Only what this connection did.
    pub connection: Option<ConnectionId>,
    /// The epoch whose key it is about.
    pub epoch: Option<Epoch>,
    /// What was lost.
    pub lost: Vec<Lost>,
}

/// The facts, with the part of the logs, or with why it is missing.
#[must_use]
pub fn incident(ground: &Ground<'_>, incident: &Incident, logs: Result<&LogFacts, &str>) -> Document {
    let mut parts = vec![clock(incident), nature(ground, incident)];
    match logs {
        Ok(facts) => parts.extend([pushed(facts, incident), done(facts, incident), heads(facts)]),
        Err(why) => parts.push(part(
            "Wat het logboek weet: ONTBREEKT",
            vec![text(format!("Dit deel is niet gemaakt: wat ieder stuurde en deed, wat de beheerder deed, en de stand van de logboeken. {why}"))],
        )),
    }
    parts.extend([consequences(ground, incident), measures(incident), contact(ground)]);
    Document::new("Feiten voor de melding van een datalek (artikel 33 AVG)", ground, parts)
}

/// A moment in words: `20 november 2026, 14.30 uur`.
fn moment((day, hour, minute): (Day, u8, u8)) -> String {
    format!("{}, {hour}.{minute:02} uur", Nl.day(day))
}

fn clock(incident: &Incident) -> Part {
    let left = match incident.hours_left {
        hours @ 1.. => format!("Er zijn nog {hours} hele uren."),
        0 => "Er is minder dan een uur.".to_owned(),
        hours => format!(
            "De termijn is voorbij, al {} uur. Meld het toch, en zeg waarom het later is (artikel 33, lid 1).",
            hours.unsigned_abs()
        ),
    };
    part(
        "De termijn",
        vec![
            text(format!(
                "Ontdekt op {}. De melding bij de Autoriteit Persoonsgegevens moet binnen {BREACH_NOTICE_HOURS} uur: vóór {}. {left} Tijden zijn die van Nederland.",
                moment(incident.discovered),
                moment(incident.deadline)
            )),
            text("Weet u nog niet alles? Meld wat u weet, en vul het later aan (artikel 33, lid 4)."),
            blank("wie het lek meldt", "wie het ontdekte, hoe, en wanneer het gebeurde of begon"),
        ],
    )
}

fn nature(ground: &Ground<'_>, incident: &Incident) -> Part {
    let manifest = ground.manifest;
    let mut blocks = vec![text(
        "Het gaat om gepseudonimiseerde gegevens van kinderen over wie een professional een signaal gaf. De hub weet niet wie zij zijn en hoeveel kinderen het zijn: één kind kan meer signalen hebben. Namen, adressen en nummers staan niet in de hub.",
    )];
    if let Some(id) = &incident.connection {
        blocks.push(match manifest.connection(id) {
            None => text(format!("Aansluiting {id} staat niet in het manifest dat nu geldt.")),
            Some(it) => {
                let regions: Vec<_> = it
                    .regions
                    .iter()
                    .filter_map(|it| manifest.region(it))
                    .map(|it| it.name.clone())
                    .collect();
                let kinds: Vec<_> = it.kinds.iter().map(|it| kind_name(*it, Nl)).collect();
                let marked: Vec<_> = it.codes.marked.iter().map(ToString::to_string).collect();
                let or_none =
                    |list: Vec<String>| if list.is_empty() { "geen".to_owned() } else { Nl.list(&list) };
                points([
                    format!("Aansluiting {id} van {}: {}.", organisation_of(manifest, id), role(it.role)),
                    format!(
                        "Regio's: {}. Nummers waaruit zij pseudoniemen maakt: {}.",
                        or_none(regions),
                        or_none(kinds)
                    ),
                    format!(
                        "Codes: gewone {}; met bijzondere of strafrechtelijke gegevens: {}.",
                        if it.codes.unmarked { "aan" } else { "uit" },
                        or_none(marked)
                    ),
                ])
            }
        });
    }
    if let Some(epoch) = incident.epoch {
        let entry = manifest.epochs().iter().find(|it| it.epoch == epoch);
        let state =
            entry.map_or_else(|| "staat niet in dit manifest".to_owned(), |it| state_name(it.state, Nl));
        blocks.push(text(format!("Sleutelperiode {epoch}: {state}.")));
        let holders: BTreeSet<_> = manifest
            .making_of(epoch)
            .into_iter()
            .flat_map(|it| &it.wraps)
            .map(|it| it.connection.to_string())
            .collect();
        let holders: Vec<_> = holders.into_iter().collect();
        blocks.push(if holders.is_empty() {
            let agencies: Vec<_> = of_role(ground, is_agency).map(|it| it.id.to_string()).collect();
            text(format!("Het manifest zegt niet voor wie haar sleutel is ingepakt. Aanleverende organisaties die hem kunnen hebben: {}.", Nl.list(&agencies)))
        } else {
            text(format!("Haar sleutel is ingepakt voor: {}.", Nl.list(&holders)))
        });
    }
    blocks.push(blank("wie het lek meldt", "wat er gebeurde; hoeveel kinderen en hoeveel gegevens het naar schatting betreft (artikel 33, lid 3, onder a)"));
    part("De aard van het lek (artikel 33, lid 3, onder a)", blocks)
}

/// Who did it, or that nobody here knows.
fn who(logged: &Logged) -> String {
    logged.actor.clone().unwrap_or_else(|| "een aansluiting die niet meer in het manifest staat".to_owned())
}

fn is_about(logged: &Logged, incident: &Incident) -> bool {
    incident.connection.as_ref().is_none_or(|it| logged.actor.as_deref() == Some(it.as_str()))
}

fn pushed(facts: &LogFacts, incident: &Incident) -> Part {
    let mut cells: BTreeMap<(Day, String), (u64, u64, u64)> = BTreeMap::new();
    for it in facts.entries.iter().filter(|it| is_about(it, incident)) {
        if matches!(it.kind, EntryKind::Batch | EntryKind::Withdrawal) {
            let (batches, lines, withdrawals) = cells.entry((it.day, who(it))).or_default();
            *batches += 1;
            *lines += u64::from(it.count);
            *withdrawals += u64::from(it.kind == EntryKind::Withdrawal);
        }
    }
    let lines: u64 = cells.values().map(|it| it.1).sum();
    let rows: Vec<_> = cells
        .into_iter()
        .map(|((day, who), (batches, lines, withdrawals))| {
            [day.to_string(), who, batches.to_string(), lines.to_string(), withdrawals.to_string()]
        })
        .collect();
    let since = Nl.day(incident.since);
    let only = incident.connection.as_ref().map_or_else(String::new, |it| format!(" door {it}"));
    let said = format!(
        "Sinds {since} zijn{only} {lines} regels verwerkt. Een regel is een nieuw, herhaald of ingetrokken signaal."
    );
    let mut blocks = vec![text(said)];
    if !rows.is_empty() {
        blocks.push(table(
            ["Dag", "Aansluiting", "Zendingen", "Regels", "Waarvan zendingen met alleen intrekkingen"],
            rows,
        ));
    }
    part("Wat binnenkwam, volgens het logboek", blocks)
}

fn done(facts: &LogFacts, incident: &Incident) -> Part {
    let others =
        |it: &&Logged| !matches!(it.kind, EntryKind::Batch | EntryKind::Withdrawal | EntryKind::Tick);
    let (of_machine, of_people): (Vec<_>, Vec<_>) = facts
        .entries
        .iter()
        .filter(others)
        .partition(|it| matches!(it.actor.as_deref(), Some(HUB | OPERATOR)));
    let mut people: BTreeMap<(Day, String, &str), u64> = BTreeMap::new();
    for it in of_people.into_iter().filter(|it| is_about(it, incident)) {
        *people.entry((it.day, who(it), words(it.kind))).or_default() += u64::from(it.count);
    }
    let mut hub: BTreeMap<&str, u64> = BTreeMap::new();
    let mut operator = Vec::new();
    let mut governed = Vec::new();
    for it in of_machine {
        let what = words(it.kind);
        if matches!(it.kind, EntryKind::Manifest | EntryKind::Root | EntryKind::Epoch) {
            governed.push([it.day.to_string(), what.to_owned()]);
        } else if it.actor.as_deref() == Some(HUB) {
            *hub.entry(what).or_default() += u64::from(it.count);
        } else {
            operator.push([it.day.to_string(), format!("{} uur UTC", it.hour), what.to_owned()]);
        }
    }
    let mut blocks = vec![text("Wat aansluitingen lazen en deden (dagen van lezen zijn die van UTC):")];
    let rows: Vec<_> = people
        .into_iter()
        .map(|((day, who, what), count)| [day.to_string(), who, what.to_owned(), count.to_string()])
        .collect();
    push_table(&mut blocks, ["Dag", "Wie", "Wat", "Aantal"], rows);
    blocks.push(text("Wat de beheerder van de hub met een commando deed. Wat hij doet terwijl de hub stilstaat, staat hier maar voor een deel:"));
    push_table(&mut blocks, ["Dag", "Uur", "Wat"], operator);
    blocks.push(text("Veranderingen van manifest, root en sleutelperiodes:"));
    push_table(&mut blocks, ["Dag", "Wat"], governed);
    blocks.push(text("Wat de hub zelf deed, opgeteld:"));
    push_table(
        &mut blocks,
        ["Wat", "Aantal"],
        hub.into_iter().map(|(what, count)| [what.to_owned(), count.to_string()]).collect(),
    );
    part("Wie wat deed, volgens het logboek", blocks)
}

/// A table, or that there is nothing to put in it.
fn push_table<const N: usize>(blocks: &mut Vec<Block>, head: [&str; N], rows: Vec<[String; N]>) {
    blocks.push(if rows.is_empty() { text("Niets.") } else { table(head, rows) });
}

fn heads(facts: &LogFacts) -> Part {
    let name = |log: &Log| match log {
        Log::Intake => "wat binnenkwam",
        Log::Case => "samenlopen en handelingen",
    };
    let told = facts.heads.iter().map(|(log, size, root)| {
        format!(
            "Logboek van {}: {size} regels, heel en zonder gat, met getekende stand {}.",
            name(log),
            hex(root)
        )
    });
    let mut blocks = vec![text(
        "De logboeken zijn bij het maken van dit stuk van begin tot eind gelezen en kloppen met wat de hub tekende en met de vorige keer dat hier gelezen is.",
    )];
    blocks.push(if facts.heads.is_empty() { text("De hub heeft nog niets getekend.") } else { points(told) });
    blocks.push(text("Leg deze standen naast die bij de organisaties: samenloop audit verify."));
    part("De stand van de logboeken", blocks)
}

/// A kind of entry in words.
pub(super) const fn words(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Manifest => "een ander manifest ging gelden",
        EntryKind::Root => "een andere root ging gelden",
        EntryKind::Epoch => "een sleutelperiode veranderde",
        EntryKind::LogRead => "auditlogboek gelezen",
        EntryKind::Configuration => "de hub startte",
        EntryKind::AlertOpened => "samenlopen geopend",
        EntryKind::AlertChanged => "samenlopen veranderd",
        EntryKind::AlertEnded => "samenlopen vervallen, gewist of opgegaan in een andere",
        EntryKind::AlertEmptied => "van geëindigde samenlopen alleen de afloop nog bewaard",
        EntryKind::AlertRemoved => "samenlopen na hun termijn verwijderd",
        EntryKind::Act => "stap met een samenloop",
        EntryKind::Answer => "antwoord op een contactverzoek",
        EntryKind::Read => "samenlopen bekeken",
        EntryKind::Swept => "signalen na hun termijn verwijderd",
        EntryKind::RightsAsked => "verzoek van kind of ouder gesteld",
        EntryKind::RightsDecided => "over een verzoek beslist",
        EntryKind::RightsRestricted => "beperking begonnen of verlengd",
        EntryKind::RightsLifted => "beperking opgeheven",
        EntryKind::RightsErased => "gegevens gewist op verzoek",
        EntryKind::RightsAnswered => "antwoord op een verzoek gegeven",
        EntryKind::OlderLogAccepted => "een oudere database is toch in dienst genomen",
        EntryKind::Rebuilt => "de database is vernieuwd",
        EntryKind::Verified => "de database is nagelopen",
        EntryKind::OutboxListed => "de lijst van wachtende berichten is bekeken",
        EntryKind::BackedUp => "een reservekopie is gemaakt",
        EntryKind::Restored => "een reservekopie is teruggezet",
        EntryKind::Batch => "zending verwerkt",
        EntryKind::Withdrawal => "intrekkingen verwerkt",
        EntryKind::Tick => "ronde verwerkt",
        EntryKind::SetBack => "een oudere database is teruggezet",
        EntryKind::RightsRefused => "stap met een verzoek geweigerd",
        EntryKind::RightsLapsed => "maand van een verzoek voorbij zonder besluit",
    }
}

fn consequences(ground: &Ground<'_>, incident: &Incident) -> Part {
    let lost = &incident.lost;
    let mut blocks = Vec::new();
    if lost.is_empty() {
        blocks.push(text("Er is niet gezegd wat er kwijt is. Geef --lost, dan staat hier wat een ander daarmee te weten komt."));
    } else {
        blocks.push(text("De rijen die hierbij horen, met alles wat kwijt is samen genomen: met L van docs/leakage.md, met N van docs/threats.md. Een rij geldt als een ander alles heeft wat er in de tweede kolom staat. Noemt de ene rij iets als niet te weten en een andere als wel te weten, dan is het te weten:"));
        let told: Vec<_> = rows_for(lost).into_iter().filter_map(row_of).collect();
        blocks.push(rows(told.iter().copied()));
        blocks.push(limits(told));
        blocks.push(points(lost.iter().map(|it| meaning(*it, ground))));
    }
    blocks.push(text("De hub weet niet wie de kinderen zijn. Alleen de organisaties kunnen een kind of ouder inlichten (artikel 34)."));
    blocks.push(blank("de organisaties", "de waarschijnlijke gevolgen voor deze kinderen, en of zij of hun ouders worden ingelicht (artikelen 33, lid 3, onder c, en 34)"));
    part("De gevolgen voor kinderen (artikel 33, lid 3, onder c)", blocks)
}

fn measures(incident: &Incident) -> Part {
    let mut blocks = Vec::new();
    if !incident.lost.is_empty() {
        blocks.push(points(incident.lost.iter().map(|it| first_steps(*it))));
    }
    blocks.push(blank(
        "wie het lek meldt",
        "wat al gedaan is, wanneer en door wie; wat nog gebeurt (artikel 33, lid 3, onder d)",
    ));
    blocks.push(text(
        "Leg dit stuk met de aanvullingen vast, ook als u besluit niet te melden (artikel 33, lid 5).",
    ));
    part("Maatregelen (artikel 33, lid 3, onder d)", blocks)
}

fn contact(ground: &Ground<'_>) -> Part {
    part(
        "Bij wie meer te vragen is (artikel 33, lid 3, onder b)",
        vec![
            text("Functionaris gegevensbescherming:"),
            reached_all(
                ground,
                is_privacy_officer,
                "Het manifest noemt geen functionaris gegevensbescherming die nu meedoet.",
            ),
            text("Contactpunt:"),
            reached_all(ground, is_contact_point, "Het manifest noemt geen contactpunt dat nu meedoet."),
            blank(
                "wie het lek meldt",
                "naam en telefoonnummer van wie de vragen van de Autoriteit Persoonsgegevens beantwoordt",
            ),
        ],
    )
}
