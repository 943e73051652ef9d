//! `samenloop audit verify`, `proof`, `export`, `accept` and `watch`: whether the hub kept what it signed for.

use std::path::Path;
use std::time::Duration;

use samenloop_audit::Log;
use samenloop_core::clock::Clock as _;
use samenloop_core::value::Day;

use super::alert::print;
use super::arguments::{Audit, Common};
use super::follow::followed;
use super::stop::stopped;
use super::{Ending, OrSay, Said};
use crate::audit::{AuditFault, accept, accepted_text, json_of, proof, read, text_of, verify};
use crate::clock::SystemClock;
use crate::hub::Hub;
use crate::language::{Language, Say as _};
use crate::membership::{Membership, MembershipFault};

/// Waits of a watch after what may pass: the hub away, a manifest that is newer, a file in use.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Why a check did not end well.
enum Flaw {
    /// The log is not in order, or nobody reads what is said of it.
    Final(Said),
    /// Nothing can be said of the log now.
    Passing(Said),
}

impl Flaw {
    fn of(fault: &AuditFault, language: Language) -> Self {
        let said = Said(fault.say(language));
        if fault.is_evidence() { Self::Final(said) } else { Self::Passing(said) }
    }

    fn said(self) -> Said {
        match self {
            Self::Final(said) | Self::Passing(said) => said,
        }
    }
}

pub(super) async fn run(
    common: &Common,
    membership: Membership,
    clock: &SystemClock,
    command: &Audit,
) -> Result<Ending, Said> {
    // A privacy officer reads both logs from end to end; proofs of one batch are an agency's.
    let is_reader = membership.is_privacy_officer() && !matches!(command, Audit::Proof { .. });
    if !(membership.is_agency() || is_reader) {
        return Err(MembershipFault::NoAgency(membership.config().connection().clone()))
            .or_say(common.language);
    }
    match command {
        Audit::Verify => check(common, &membership, clock, None).await.map_err(Flaw::said),
        Audit::Accept => accepted(common, &membership, clock).await,
        Audit::Proof { sequence } => print_proof(common, &membership, *sequence).await,
        Audit::Watch { every } => {
            let every = Duration::from_secs(60 * u64::from(*every));
            tokio::select! {
                ended = watch(common, membership, clock, every) => ended,
                () = stopped() => Ok(Ending::Done),
            }
        }
        Audit::Export { directory } if is_reader => {
            check(common, &membership, clock, Some(directory)).await.map_err(Flaw::said)
        }
        Audit::Export { .. } => Err(Said(officers_only(common.language).to_owned())),
    }
}

async fn print_proof(common: &Common, membership: &Membership, sequence: u64) -> Result<Ending, Said> {
    let language = common.language;
    let hub = Hub::new(membership).or_say(language)?;
    let Some(proof) = proof(membership, &hub, sequence).await.or_say(language)? else {
        return Err(Said(not_there(language).to_owned()));
    };
    if common.json {
        print(&serde_json::json!({ "proof": proof }).to_string(), language)
    } else {
        print(proof.trim_end(), language)
    }
}

/// Goes on with a hub that was set back, and says so in its log.
async fn accepted(common: &Common, membership: &Membership, clock: &SystemClock) -> Result<Ending, Said> {
    let language = common.language;
    let accepted =
        accept(membership, &Hub::new(membership).or_say(language)?, clock.today()).await.or_say(language)?;
    if let Some(unclean) = accepted.verdict.as_ref().filter(|it| !it.is_clean() || it.is_ahead) {
        return Err(Said(text_of(unclean, membership.config().journal(), language)));
    }
    if common.json {
        print(&serde_json::json!({ "ok": true, "aside": accepted.aside }).to_string(), language)
    } else {
        print(&accepted_text(&accepted, membership.is_agency(), language), language)
    }
}

/// Checks until the log is not in order, each time under the newest manifest. What may pass is said, and tried again
/// sooner.
async fn watch(
    common: &Common,
    membership: Membership,
    clock: &SystemClock,
    every: Duration,
) -> Result<Ending, Said> {
    let config = membership.config().clone();
    let (mut newest, mut pause, mut last) = (Ok(membership), FIRST_PAUSE, String::new());
    loop {
        let checked = match &newest {
            Ok(membership) => check(common, membership, clock, None).await.map(drop),
            Err(Said(why)) => Err(Flaw::Passing(Said(why.clone()))),
        };
        let rest = match checked {
            Ok(()) => {
                (pause, last) = (FIRST_PAUSE, String::new());
                every
            }
            Err(Flaw::Final(said)) => return Err(said),
            Err(Flaw::Passing(Said(why))) => {
                if why != last {
                    eprintln!("{why}");
                    last = why;
                }
                let rest = pause.min(every);
                pause = (pause * 2).min(LONGEST_PAUSE);
                rest
            }
        };
        tokio::time::sleep(rest).await;
        newest = followed(common, config.clone(), clock).await;
    }
}

/// Checks once; a privacy officer may have both logs written to a directory.
async fn check(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    export: Option<&Path>,
) -> Result<Ending, Flaw> {
    let hub = Hub::new(membership).map_err(|fault| Flaw::of(&fault.into(), common.language))?;
    if membership.is_privacy_officer() {
        both(common, membership, &hub, export).await
    } else {
        own(common, membership, &hub, clock.today()).await
    }
}

/// Both logs, from end to end.
async fn both(
    common: &Common,
    membership: &Membership,
    hub: &Hub,
    export: Option<&Path>,
) -> Result<Ending, Flaw> {
    let language = common.language;
    let mut told = Vec::new();
    for log in Log::ALL {
        let (whole, tiled) = read(membership, hub, log).await.map_err(|fault| Flaw::of(&fault, language))?;
        if let (Some(directory), Some(tiled)) = (export, tiled) {
            tiled.write(&directory.join(log.name())).or_say(language).map_err(Flaw::Final)?;
        }
        told.push(if common.json { whole.json(log) } else { whole.text(log, language) });
    }
    let told = if common.json { format!("[{}]", told.join(",")) } else { told.join("\n") };
    print(&told, language).map_err(Flaw::Final)
}

/// The batches of an agency.
async fn own(common: &Common, membership: &Membership, hub: &Hub, today: Day) -> Result<Ending, Flaw> {
    let language = common.language;
    let print = |told: &str| print(told, language).map_err(Flaw::Final);
    let verdict = verify(membership, hub, today).await.map_err(|fault| Flaw::of(&fault, language))?;
    if common.json {
        print(&json_of(verdict.as_ref()))?;
    }
    let Some(verdict) = verdict else {
        return if common.json { Ok(Ending::Done) } else { print(none_yet(language)) };
    };
    let text = text_of(&verdict, membership.config().journal(), language);
    if !verdict.is_clean() {
        return Err(Flaw::Final(Said(text)));
    }
    // By a checkpoint of a day to come no batch can be missed: somebody has to look at a clock.
    match (verdict.is_ahead, common.json) {
        (true, _) => Err(Flaw::Passing(Said(text))),
        (false, true) => Ok(Ending::Done),
        (false, false) => print(&text),
    }
}

const fn officers_only(language: Language) -> &'static str {
    language.pick(
        "Alleen een functionaris gegevensbescherming krijgt de logboeken als bestanden. Uw eigen zendingen controleert u met: samenloop audit verify",
        "Only a privacy officer gets the logs as files. Check your own batches with: samenloop audit verify",
    )
}

const fn not_there(language: Language) -> &'static str {
    language.pick(
        "In het controlepunt van de hub staat geen zending van u die met dit nummer begint. Is zij van vandaag, kijk dan morgen opnieuw; controleer anders met: samenloop audit verify",
        "The hub's checkpoint holds no batch of yours that begins with this number. If it is of today, look again tomorrow; otherwise check with: samenloop audit verify",
    )
}

const fn none_yet(language: Language) -> &'static str {
    language.pick(
        "De hub heeft nog geen controlepunt gemaakt. Kijk morgen opnieuw.",
        "The hub has made no checkpoint yet. Look again tomorrow.",
    )
}
