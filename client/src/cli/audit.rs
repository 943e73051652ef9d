//! `samenloop audit verify`, `proof`, `export` and `watch`: whether the hub kept what it signed for.

use std::time::Duration;

use samenloop_audit::Log;

use super::alert::print;
use super::arguments::{Audit, Common};
use super::{Ending, OrSay, Said};
use crate::audit::{json_of, proof, read, text_of, verify};
use crate::hub::Hub;
use crate::language::Language;
use crate::membership::{Membership, MembershipFault};

pub(super) async fn run(common: &Common, membership: &Membership, command: &Audit) -> Result<Ending, Said> {
    let language = common.language;
    if membership.is_privacy_officer() {
        return officer(common, membership, command).await;
    }
    if !membership.is_agency() {
        return Err(MembershipFault::NoAgency(membership.config().connection().clone())).or_say(language);
    }
    let hub = Hub::new(membership).or_say(language)?;
    match command {
        Audit::Verify => once(common, membership, &hub).await,
        Audit::Proof { sequence } => {
            let Some(proof) = proof(membership, &hub, *sequence).await.or_say(language)? else {
                return Err(Said(not_there(language).to_owned()));
            };
            if common.json {
                print(&serde_json::json!({ "proof": proof }).to_string(), language)
            } else {
                print(proof.trim_end(), language)
            }
        }
        Audit::Export { .. } => Err(Said(officers_only(language).to_owned())),
        Audit::Watch { every } => loop {
            once(common, membership, &hub).await?;
            tokio::time::sleep(Duration::from_secs(60 * u64::from(*every))).await;
        },
    }
}

/// A privacy officer reads both logs from end to end; proofs of one batch are an agency's.
async fn officer(common: &Common, membership: &Membership, command: &Audit) -> Result<Ending, Said> {
    let language = common.language;
    let hub = Hub::new(membership).or_say(language)?;
    loop {
        let mut told = Vec::new();
        for log in Log::ALL {
            let (whole, tiled) = read(membership, &hub, log).await.or_say(language)?;
            if let (Audit::Export { directory }, Some(tiled)) = (command, tiled) {
                tiled.write(&directory.join(log.name())).or_say(language)?;
            }
            told.push(if common.json { whole.json(log) } else { whole.text(log, language) });
        }
        let told = if common.json { format!("[{}]", told.join(",")) } else { told.join("\n") };
        print(&told, language)?;
        match command {
            Audit::Watch { every } => tokio::time::sleep(Duration::from_secs(60 * u64::from(*every))).await,
            Audit::Verify | Audit::Proof { .. } | Audit::Export { .. } => return Ok(Ending::Done),
        }
    }
}

async fn once(common: &Common, membership: &Membership, hub: &Hub) -> Result<Ending, Said> {
    let language = common.language;
    let verdict = verify(membership, hub).await.or_say(language)?;
    if common.json {
        print(&json_of(verdict.as_ref()), language)?;
    }
    let Some(verdict) = verdict else {
        return if common.json { Ok(Ending::Done) } else { print(none_yet(language), language) };
    };
    let text = text_of(&verdict, membership.config().journal(), language);
    match (verdict.is_clean(), common.json) {
        (false, _) => Err(Said(text)),
        (true, true) => Ok(Ending::Done),
        (true, false) => print(&text, language),
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
