//! `samenloop-hub verify` and `rebuild`: the keeping of the database while the hub is down. Need no CA.

use samenloop_audit::EntryKind;
use samenloop_core::alert::Notice;
use samenloop_core::clock::Clock as _;
use samenloop_core::value::Epoch;
use samenloop_manifest::Book;
use samenloop_store::Fault;
use samenloop_store::sled::{SledOptions, SledStore, TermOf};
use serde_json::json;

use super::serve::options;
use super::{Failure, failure};
use crate::audit::{self, Held};
use crate::clock::AmsterdamClock;
use crate::config::HubConfig;

pub(super) fn verify(
    config: &HubConfig,
    clock: &AmsterdamClock,
    accept_older_log: bool,
    json: bool,
) -> Result<(), Failure> {
    let options = noted(config, clock, EntryKind::Verified)?;
    let book = Book::open(&config.root, &config.manifests).map_err(failure)?;
    let log_key =
        book.newest().ok_or_else(|| failure("there is no manifest that enters the log key"))?.hub().log_key;
    let held = SledStore::verify_and_read(&options, clock.today(), |logs| {
        audit::hold(&config.heads, book.root().origin(), log_key, logs)
    });
    let (report, held) = held.map_err(|fault| told(&fault))?;
    let (mut text, mut logs) = (report.to_string(), serde_json::Map::new());
    let Held { signed, torn } = match held {
        Err(fault) if accept_older_log && fault.is_of_another_log() => {
            text += &format!("\n{fault}");
            Held::default()
        }
        held => held.map_err(failure)?,
    };
    for (log, entries) in &report.entries {
        let (log, signed) = (log.name(), signed.get(log).copied().unwrap_or(0));
        text += &format!(
            "\n{log} log: {entries} entries, each in its place; {signed} of them signed for, and the same"
        );
        logs.insert(log.to_owned(), json!({ "entries": entries, "signed": signed }));
    }
    for file in &torn {
        text +=
            &format!("\n{file} ends in a head that was not written whole: the hub drops it when it starts");
    }
    let destroyed = report.destroyed_epochs.iter().map(|it| {
        json!({
            "epoch": it.epoch.number(),
            "has_secret": it.has_secret,
            "rows": it.rows,
            "references": it.references,
        })
    });
    let expired = report
        .expired
        .each()
        .map(|(what, since, many)| json!({ "what": what.name(), "since": since.to_string(), "many": many }));
    let counts = json!({
        "ok": true,
        "records": report.records,
        "rows": report.rows,
        "expired_rows": report.expired.of(TermOf::Rows),
        "expired": expired.collect::<Vec<_>>(),
        "filed_references": report.filed_references,
        "withdrawn_references": report.withdrawn_references,
        "open_alerts": report.open_alerts,
        "ended_alerts": report.ended_alerts,
        "waiting_letters": report.waiting_letters,
        "dead_letters": report.dead_letters,
        "waiting_arrivals": report.waiting_arrivals,
        "destroyed_epochs": destroyed.collect::<Vec<_>>(),
        "logs": logs,
        "torn_heads": torn,
    });
    tell(&text, &counts, json);
    Ok(())
}

pub(super) fn outbox(config: &HubConfig, clock: &AmsterdamClock, json: bool) -> Result<(), Failure> {
    let options = noted(config, clock, EntryKind::OutboxListed)?;
    let letters = SledStore::letters(&options).map_err(|fault| told(&fault))?;
    let waiting = letters.iter().filter(|it| it.dead.is_none()).count();
    let (mut lines, mut dead) = (vec![format!("{waiting} letters to deliver")], Vec::new());
    for letter in &letters {
        let Some(since) = letter.dead else { continue };
        let way = match &letter.notice {
            Notice::Mail { .. } | Notice::Rights { .. } => "mail",
            Notice::Event { .. } => "webhook",
        };
        let (to, posted, since) = (letter.notice.to(), letter.posted, since.to_string());
        lines.push(format!("dead since {since}: {way} to {to}, of {posted}"));
        let posted = posted.to_string();
        dead.push(json!({ "way": way, "to": to.as_str(), "posted": posted, "dead_since": since }));
    }
    tell(&lines.join("\n"), &json!({ "ok": true, "waiting": waiting, "dead": dead }), json);
    Ok(())
}

pub(super) fn rebuild(
    config: &HubConfig,
    clock: &AmsterdamClock,
    new_pepper: Option<u32>,
    json: bool,
) -> Result<(), Failure> {
    let options = noted(config, clock, EntryKind::Rebuilt)?;
    let report = match new_pepper {
        Some(epoch) => SledStore::replace_pepper(&options, Epoch::new(epoch)),
        None => SledStore::rebuild(&options),
    };
    let report = report.map_err(|fault| told(&fault))?;
    let counts = json!({
        "ok": true,
        "records": report.records,
        "bytes_before": report.bytes_before,
        "bytes_after": report.bytes_after,
    });
    tell(&report, &counts, json);
    Ok(())
}

/// Writes into the case log what an operator is about to do, or just did (V-41), and says where the store is.
pub(super) fn noted(
    config: &HubConfig,
    clock: &AmsterdamClock,
    kind: EntryKind,
) -> Result<SledOptions, Failure> {
    let options = options(config, &exchange(config)?);
    let noted = audit::of_operator(kind, clock);
    SledStore::note_closed(&options, noted, clock.today()).map_err(|fault| told(&fault))?;
    Ok(options)
}

/// The exchange whose rows these are, from the pinned root.
fn exchange(config: &HubConfig) -> Result<String, Failure> {
    let book = Book::open(&config.root, &config.manifests).map_err(failure)?;
    Ok(book.root().exchange().to_owned())
}

/// What keeps the store from being looked at, and what to do about it.
pub(super) fn told(fault: &Fault) -> Failure {
    match fault {
        // Nothing is damaged where nothing was ever kept.
        Fault::Damaged(what) if what.starts_with("there is no database") => {
            failure("there is no database yet: start the hub once")
        }
        Fault::Secrets(what) if what.ends_with("in use by another process") => {
            failure(format!("{fault}: stop the hub first"))
        }
        Fault::Io { .. }
        | Fault::Damaged(_)
        | Fault::Secrets(_)
        | Fault::TooOld { .. }
        | Fault::Unannounced(_)
        | Fault::Closed => failure(fault),
    }
}

pub(super) fn tell(report: &impl std::fmt::Display, counts: &serde_json::Value, json: bool) {
    if json {
        println!("{counts}");
    } else {
        println!("{report}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_told_what_to_do() {
        for what in
            ["there is no database in the data directory", "there is no database yet: start the hub once"]
        {
            let told = told(&Fault::Damaged(what.to_owned()));
            assert_eq!(told, ["there is no database yet: start the hub once"]);
        }
        for what in ["it is in use by another process", "it is in use by another process: stop the hub first"]
        {
            let told = told(&Fault::Secrets(what.to_owned()));
            assert_eq!(told, ["secrets: it is in use by another process: stop the hub first"]);
        }
        let damaged = Fault::Damaged("3 rows are missing".to_owned());
        assert_eq!(told(&damaged), ["damaged: 3 rows are missing"]);
    }
}
