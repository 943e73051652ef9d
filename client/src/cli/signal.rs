//! `samenloop signal`.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use samenloop_core::clock::Clock;
use samenloop_core::value::SignalReference;

use super::arguments::{Common, Signal};
use super::{Ending, OrSay, Said, push};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::hub::Hub;
use crate::input::{Column, is_reference};
use crate::journal::{self, Entry, Journal};
use crate::language::{Language, Say};
use crate::membership::Membership;
use crate::prepare::SentLine;
use crate::push::{Observer, Push, PushFault, Totals};
use crate::refusal::Refusal;
use crate::remark::Remark;

pub(super) async fn run(
    common: &Common,
    membership: Membership,
    clock: &SystemClock,
    command: &Signal,
) -> Result<Ending, Said> {
    match command {
        Signal::Check { file, report } => push::check(common, &membership, clock, file, report.form),
        Signal::Push { file, report, wait, .. } => {
            // Without a file it is a folder, which has its own way in.
            let file = file.as_deref().unwrap_or(Path::new("-"));
            push::push(common, membership, clock, file, report.form, Duration::from_secs(wait.seconds)).await
        }
        Signal::Withdraw { references, wait } => {
            withdraw(common, &membership, clock, references, Duration::from_secs(wait.seconds)).await
        }
        Signal::List { references } => list(common, membership.config(), clock, references),
    }
}

/// Counts what became of withdrawals; their lines are the arguments.
#[derive(Default)]
struct Withdrawn {
    refused: Vec<(u64, Refusal)>,
}

impl Observer for Withdrawn {
    fn refused(&mut self, line: u64, refusal: &Refusal) {
        self.refused.push((line, refusal.clone()));
    }
    fn remarked(&mut self, _: u64, _: Remark) {}
    fn progress(&mut self, _: &Totals) {}
    fn waiting(&mut self) {}
}

async fn withdraw(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    references: &[String],
    wait: Duration,
) -> Result<Ending, Said> {
    let language = common.language;
    let key = membership.reference_key().or_say(language)?;
    let mut journal = Journal::open(membership.config().journal()).or_say(language)?;
    let hub = Hub::new(membership).or_say(language)?;
    let mut observer = Withdrawn::default();
    let mut asked: Vec<(u64, SignalReference, &str)> = Vec::new();
    for (at, local) in (1..).zip(references.iter().map(|it| it.trim())) {
        if !is_reference(local) {
            observer.refused.push((at, Refusal::ReferenceInvalid(Column::Reference)));
            continue;
        }
        let reference = key.reference(local);
        if !asked.iter().any(|(_, other, _)| *other == reference) {
            asked.push((at, reference, local));
        }
    }
    let wanted: HashSet<_> = asked.iter().map(|(_, reference, _)| *reference).collect();
    let known = journal::entries_of(membership.config().journal(), &wanted).or_say(language)?;
    let unknown: Vec<&str> =
        asked.iter().filter(|(_, it, _)| !known.contains_key(it)).map(|(_, _, local)| *local).collect();
    let line = |(at, reference, local): &(u64, SignalReference, &str)| {
        let entry = known.get(reference);
        SentLine {
            line: *at,
            reference: *reference,
            local_reference: (*local).to_owned(),
            months: entry.and_then(|it| it.months),
            revision: entry.map_or(0, |it| it.revision),
            withdrawn: true,
            case_reference: entry.and_then(|it| it.case_reference.clone()),
        }
    };
    let lines = asked.iter().map(line).collect();
    let push = Push { hub: &hub, journal: &mut journal, clock, observer: &mut observer, wait };
    let pushed = push.withdraw(lines).await;
    tell_withdrawn(common, &pushed, &observer, &unknown).map_err(|fault| Said::io(&fault, language))?;
    pushed.map_err(|(_, fault)| fault).or_say(language)?;
    Ok(if observer.refused.is_empty() { Ending::Done } else { Ending::Partly })
}

fn tell_withdrawn(
    common: &Common,
    pushed: &Result<Totals, (Totals, PushFault)>,
    observer: &Withdrawn,
    unknown: &[&str],
) -> io::Result<()> {
    let language = common.language;
    let (Ok(totals) | Err((totals, _))) = pushed;
    let refused = |(line, refusal): &(u64, Refusal)| serde_json::json!({"line": line, "reason": refusal.name(), "message": refusal.say(language)});
    let refused: Vec<_> = observer.refused.iter().map(refused).collect();
    let mut out = io::stdout().lock();
    if common.json {
        let mut told = serde_json::json!({
            "sent": totals.sent, "accepted": totals.accepted, "refused": refused, "not_in_journal": unknown
        });
        if let (Err((_, fault)), Some(told)) = (pushed, told.as_object_mut()) {
            let fault = serde_json::json!({"reason": fault.name(), "message": fault.say(language)});
            told.insert("error".into(), fault);
        }
        return writeln!(out, "{told}");
    }
    match language {
        Language::Nl => {
            writeln!(out, "Intrekkingen verstuurd: {}. Aangenomen: {}.", totals.sent, totals.accepted)?
        }
        Language::En => writeln!(out, "Withdrawals sent: {}. Accepted: {}.", totals.sent, totals.accepted)?,
    }
    for (at, refusal) in &observer.refused {
        writeln!(out, "{} {at}: {}", language.pick("Referentie", "Reference"), refusal.say(language))?;
    }
    if !unknown.is_empty() {
        let sentence = language.pick(
            "Niet in het journaal, dus niet vanaf deze computer verstuurd. Kent de hub de referentie ook niet, dan verandert er niets: wie haar later stuurt, stuurt een gewoon signaal. Controleer de referentie:",
            "Not in the journal, so not sent from this machine. If the hub does not know it either, nothing changes: sent later, it is a signal like any other. Check the reference:",
        );
        writeln!(out, "{sentence} {}", unknown.join(", "))?;
    }
    Ok(())
}

/// Lists the journal: what was sent, until when it counts. Nothing of what others sent is known here.
pub(super) fn list(
    common: &Common,
    config: &Config,
    clock: &SystemClock,
    wanted: &[String],
) -> Result<Ending, Said> {
    let language = common.language;
    let mut entries = journal::entries(config.journal()).or_say(language)?;
    if !wanted.is_empty() {
        entries.retain(|entry| wanted.iter().any(|it| is_meant(entry, it.trim())));
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if common.json {
        write_json(&mut out, &entries)
    } else {
        write_table(&mut out, &entries, clock, language)
    };
    written.and_then(|()| out.flush()).map_err(|fault| Said::io(&fault, language))?;
    Ok(Ending::Done)
}

/// Whether a person means this signal: by its own reference, or by the beginning of the hub's.
fn is_meant(entry: &Entry, text: &str) -> bool {
    let is_hex = text.len() >= 4 && entry.reference.hex().starts_with(&text.to_ascii_lowercase());
    entry.local_reference == text || is_hex
}

fn write_json(out: &mut impl Write, entries: &[Entry]) -> io::Result<()> {
    let mut separator = "[";
    for entry in entries {
        let json = serde_json::json!({
            "reference": entry.local_reference,
            "signal_reference": entry.reference.hex(),
            "month": entry.months.map(|(month, _)| month.to_string()),
            "expires": entry.months.map(|(_, expiry)| expiry.last_day().to_string()),
            "revision": entry.revision,
            "acknowledged": entry.acknowledged.to_string(),
            "withdrawn": entry.withdrawn,
            "case_reference": entry.case_reference,
        });
        writeln!(out, "{separator}{json}")?;
        separator = ",";
    }
    writeln!(out, "{}", if entries.is_empty() { "[]" } else { "]" })
}

fn write_table(
    out: &mut impl Write,
    entries: &[Entry],
    clock: &SystemClock,
    language: Language,
) -> io::Result<()> {
    let today = clock.today();
    if entries.is_empty() {
        return writeln!(out, "{}", language.pick("Niets in het journaal.", "Nothing in the journal."));
    }
    let heading = language.pick(
        "referentie | kenmerk | maand | telt tot en met | verstuurd | stand | zaaknummer",
        "reference | hub's reference | month | counts until | sent | state | case reference",
    );
    writeln!(out, "{heading}")?;
    for entry in entries {
        let expires = entry.months.map(|(_, expiry)| expiry.last_day());
        let state = if entry.withdrawn {
            language.pick("ingetrokken", "withdrawn")
        } else if expires.is_some_and(|day| day < today) {
            language.pick("verlopen", "expired")
        } else {
            language.pick("loopt", "active")
        };
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        writeln!(
            out,
            "{} | {} | {} | {} | {} | {state} | {}",
            entry.local_reference,
            entry.reference.hex(),
            or_dash(entry.months.map(|(month, _)| month.to_string())),
            or_dash(expires.map(|day| day.to_string())),
            entry.acknowledged,
            entry.case_reference.as_deref().unwrap_or("-"),
        )?;
    }
    Ok(())
}
