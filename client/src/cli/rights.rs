//! `samenloop rights`: rights of the child and its guardian, from the agency to the letter.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use samenloop_core::case::ClosedList as _;
use samenloop_core::clock::Clock as _;
use samenloop_core::manifest::{Connection, Role};
use samenloop_core::rights::{RightsKind, RightsReason, Verdict};
use samenloop_core::room::rights::MAX_PLACES;
use samenloop_core::value::{Day, Place};
use samenloop_proto::v1;
use zeroize::Zeroizing;

use super::alert::print;
use super::arguments::{AskRights, Common, Rights};
use super::{Ending, OrSay, Said};
use crate::alert::InWords as _;
use crate::clock::SystemClock;
use crate::hex::hex;
use crate::hub::Hub;
use crate::language::{Language, cause};
use crate::membership::Membership;
use crate::number::Number;
use crate::rights::{
    Letter, OpenFault, SealedRequest, days_left, kind_of, open, read_identifiers, seal, state_of,
};

/// Bytes of the largest file that is read here.
const MAX_FILE_LEN: u64 = 64 * 1024;

pub(super) async fn run(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    command: &Rights,
) -> Result<Ending, Said> {
    match command {
        Rights::Access(asking) => ask(common, membership, clock, RightsKind::Access, asking).await,
        Rights::Restrict(asking) => ask(common, membership, clock, RightsKind::Restrict, asking).await,
        Rights::Erase(asking) => ask(common, membership, clock, RightsKind::Erase, asking).await,
        Rights::Lift(asking) => ask(common, membership, clock, RightsKind::Lift, asking).await,
        Rights::List => {
            let requests = hub(common, membership)?.rights_requests().await.or_say(common.language)?;
            print(&lines_of(common, clock.today(), &requests), common.language)
        }
        Rights::Release { id, verdict, reason } => {
            fitting(*verdict, *reason, common.language)?;
            let hub = hub(common, membership)?;
            let id = found(&hub, id, common.language).await?;
            let decided = hub.decide_rights(id, *verdict, *reason).await.or_say(common.language)?;
            print(&lines_of(common, clock.today(), std::slice::from_ref(&decided)), common.language)
        }
        Rights::Letter { id, html, out } => {
            let hub = hub(common, membership)?;
            let id = found(&hub, id, common.language).await?;
            let answer = hub.fetch_rights(id).await.or_say(common.language)?;
            letter(common, membership, clock, &answer, *html, out.as_deref())
        }
    }
}

fn hub(common: &Common, membership: &Membership) -> Result<Hub, Said> {
    Hub::new(membership).or_say(common.language)
}

/// An agency seals a request; a contact point passes it on to the hub.
async fn ask(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    kind: RightsKind,
    asking: &AskRights,
) -> Result<Ending, Said> {
    match (&asking.request, &asking.identifier_from) {
        (Some(request), None) => pass_on(common, membership, clock, kind, request).await,
        (None, Some(identifiers)) => request(common, membership, clock, kind, identifiers, asking),
        _ => Err(Said(
            common
                .language
                .pick(
                    "Een organisatie geeft --identifier-from BESTAND; een contactpunt geeft het verzoek van een organisatie.",
                    "An agency gives --identifier-from FILE; a contact point gives the request of an agency.",
                )
                .to_owned(),
        )),
    }
}

fn request(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    kind: RightsKind,
    identifiers: &Path,
    asking: &AskRights,
) -> Result<Ending, Said> {
    let language = common.language;
    let agency = membership.agency(clock.today()).or_say(language)?;
    let manifest = membership.manifest();
    let identifiers = read_identifiers(&read(identifiers, language)?).or_say(language)?;
    let own = manifest.connection(&agency.connection);
    let allowed = |kind| own.is_some_and(|it| it.kinds.contains(&kind));
    let mut places: Vec<Place> = Vec::new();
    for identifier in &identifiers {
        if !allowed(identifier.kind()) {
            let sentence = language.pick(
                "Dit soort nummer mag uw organisatie niet gebruiken.",
                "Your organisation may not use this kind of number.",
            );
            return Err(Said(sentence.to_owned()));
        }
        places.extend(agency.epoch_keys.iter().map(|key| key.place(identifier)));
    }
    places.truncate(MAX_PLACES);
    let contact_point = contact_point(membership, asking, language)?;
    let sealed = seal(manifest, &agency.connection, &agency.details_key, contact_point, kind, &places);
    let sealed = serde_json::to_string(&sealed.or_say(language)?).unwrap_or_default();
    let out = asking.out.clone().unwrap_or_else(|| PathBuf::from("verzoek.json"));
    write(&out, &sealed, language)?;
    let text = match language {
        Language::Nl => format!(
            "Het verzoek om {} staat in {}. Stuur dat bestand naar {}: alleen daar gaat het open. Er is nog niets gevraagd.",
            kind.words(language),
            out.display(),
            contact_point.id
        ),
        Language::En => format!(
            "The request for {} is in {}. Send that file to {}: it opens there alone. Nothing is asked yet.",
            kind.words(language),
            out.display(),
            contact_point.id
        ),
    };
    let json = serde_json::json!({ "request": out, "contact_point": contact_point.id.as_str() }).to_string();
    print(if common.json { &json } else { &text }, language)
}

/// The contact point that is named, or the only one there is.
fn contact_point<'m>(
    membership: &'m Membership,
    asking: &AskRights,
    language: Language,
) -> Result<&'m Connection, Said> {
    let points = membership.manifest().connections().iter().filter(|it| it.role == Role::ContactPoint);
    let points: Vec<_> = points.collect();
    let named = |it: &&&Connection| asking.contact_point.as_ref().is_none_or(|id| *id == it.id);
    let meant: Vec<_> = points.iter().filter(named).collect();
    if let [point] = meant.as_slice() {
        return Ok(point);
    }
    let names: Vec<_> = points.iter().map(|it| it.id.as_str()).collect();
    if names.is_empty() {
        let none = language.pick(
            "Er is in deze uitwisseling geen contactpunt, en dus niemand die een verzoek kan doen. Vraag de sleutelbeheerder.",
            "This exchange has no contact point, and so nobody who can ask. Ask the key administrator.",
        );
        return Err(Said(none.to_owned()));
    }
    let which =
        language.pick("Zeg welk contactpunt: --contact-point", "Say which contact point: --contact-point");
    Err(Said(format!("{which} {}.", names.join(", "))))
}

async fn pass_on(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    kind: RightsKind,
    file: &Path,
) -> Result<Ending, Said> {
    let language = common.language;
    let key = membership.contact_point_key().or_say(language)?;
    let request: Result<SealedRequest, _> =
        serde_json::from_str(read(file, language)?.trim_start_matches('\u{feff}'));
    let request = request.map_err(|_| OpenFault::Form).or_say(language)?;
    let opened = open(membership.manifest(), membership.config().connection(), &key, &request);
    let opened = opened.or_say(language)?;
    if opened.kind != kind {
        let (words, verb, file) = (opened.kind.words(language), opened.kind.code(), file.display());
        return Err(Said(match language {
            Language::Nl => format!(
                "Dit is een verzoek om {words}. Er is niets gevraagd. Geef: samenloop rights {verb} {file}"
            ),
            Language::En => format!(
                "This is a request for {words}. Nothing was asked. Give: samenloop rights {verb} {file}"
            ),
        }));
    }
    let asked = hub(common, membership)?.ask_rights(kind, &opened.places).await.or_say(language)?;
    print(&lines_of(common, clock.today(), std::slice::from_ref(&asked)), language)
}

/// A verdict with the reasons that go with it, before the hub is asked.
fn fitting(verdict: Verdict, reason: Option<RightsReason>, language: Language) -> Result<(), Said> {
    if reason.map_or(Verdict::Release, RightsReason::verdict) == verdict {
        return Ok(());
    }
    let reasons = RightsReason::ALL.iter().filter(|it| it.verdict() == verdict);
    let reasons: Vec<_> = reasons.map(|it| format!("\n  {:20}{}", it.code(), it.words(language))).collect();
    let sentence = if reasons.is_empty() {
        language.pick(
            "Bij vrijgeven hoort geen reden. Laat --reason weg, of geef --verdict limit of --verdict refuse.",
            "A release has no reason. Leave --reason out, or give --verdict limit or --verdict refuse.",
        )
    } else {
        language.pick(
            "Er is niets besloten. Bij dit besluit hoort --reason met een van deze redenen:",
            "Nothing is decided. This decision goes with --reason and one of these:",
        )
    };
    Err(Said(format!("{sentence}{}", reasons.concat())))
}

/// The number of the one request that begins so.
async fn found(hub: &Hub, id: &str, language: Language) -> Result<Vec<u8>, Said> {
    let requests = hub.rights_requests().await.or_say(language)?;
    let begins_so = |it: &v1::RightsRequest| Number::of(&it.id).is_some_and(|it| it.begins_with(id));
    let mut found = requests.into_iter().filter(begins_so);
    match (found.next(), found.next()) {
        (Some(request), None) => Ok(request.id),
        _ => Err(Said(
            language
                .pick(
                    "Er is geen, of meer dan één, verzoek dat zo begint. Kijk met: samenloop rights list",
                    "No request begins like this, or more than one. Look with: samenloop rights list",
                )
                .to_owned(),
        )),
    }
}

fn letter(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    answer: &v1::FetchRightsResponse,
    html: bool,
    out: Option<&Path>,
) -> Result<Ending, Said> {
    let language = common.language;
    let Some(letter) = Letter::of(answer, membership.manifest(), clock.today(), language).or_say(language)?
    else {
        let request = answer.request.clone().unwrap_or_default();
        let none = language.pick("Er is nog geen brief", "There is no letter yet");
        return Err(Said(format!("{none}: {}.", state_of(&request, clock.today(), language))));
    };
    let text = if html { letter.html() } else { letter.text() };
    match out {
        Some(path) => {
            write(path, &text, language)?;
            let said = language.pick("De brief staat in", "The letter is in");
            print(&format!("{said} {}.", path.display()), language)
        }
        None => print(&text, language),
    }
}

fn lines_of(common: &Common, today: Day, requests: &[v1::RightsRequest]) -> String {
    let language = common.language;
    if common.json {
        let json = |it: &v1::RightsRequest| {
            serde_json::json!({
                "id": hex(&it.id),
                "kind": name(it.kind().as_str_name(), "RIGHTS_KIND_"),
                "asked_by": it.asked_by,
                "asked": it.asked,
                "until": it.until,
                "verdict": name(it.verdict().as_str_name(), "VERDICT_"),
                "reason": name(it.reason().as_str_name(), "RIGHTS_REASON_"),
                "decided_by": it.decided_by,
                "answered": it.answered,
                "lapsed": it.lapsed,
                "days_left": days_left(it, today),
            })
        };
        return serde_json::Value::from_iter(requests.iter().map(json)).to_string();
    }
    if requests.is_empty() {
        return language.pick("Er zijn geen verzoeken.", "There are no requests.").to_owned();
    }
    let line = |it: &v1::RightsRequest| {
        let (id, state) = (hex(&it.id), state_of(it, today, language));
        format!("{id}  {}  {}  {}  {state}", it.asked, it.asked_by, kind_of(it, language))
    };
    requests.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The name of a number for programs; empty for one that is not said.
fn name(text: &str, prefix: &str) -> String {
    let name = text.strip_prefix(prefix).unwrap_or_default().to_ascii_lowercase().replace('_', "-");
    if name == "unspecified" { String::new() } else { name }
}

/// A file, or standard input for `-`; wiped when it is done with.
fn read(path: &Path, language: Language) -> Result<Zeroizing<String>, Said> {
    let mut text = Zeroizing::new(String::new());
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MAX_FILE_LEN).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_FILE_LEN).read_to_string(&mut text))
    };
    let read = read.map_err(|fault| file_fault(path, &fault, language))?;
    if read as u64 == MAX_FILE_LEN {
        let large = language.pick("Dit bestand is te groot:", "This file is too large:");
        return Err(Said(format!("{large} {}.", path.display())));
    }
    Ok(text)
}

/// Writes a file that is not there yet, for its owner alone.
fn write(path: &Path, text: &str, language: Language) -> Result<(), Said> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|fault| file_fault(path, &fault, language))
}

fn file_fault(path: &Path, fault: &std::io::Error, language: Language) -> Said {
    let sentence = language.pick("Dit bestand is niet te gebruiken:", "This file cannot be used:");
    Said(format!("{sentence} {}: {}.", path.display(), cause(fault, language)))
}
