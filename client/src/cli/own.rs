//! `samenloop signal list` and `withdraw`: an agency's own signals after they were sent.

use std::io::{self, Write};
use std::time::Duration;

use samenloop_core::clock::Clock;

use super::arguments::{Common, List, Wait, Withdraw};
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::hub::Hub;
use crate::journal::{self, Entry, Standing, WithdrawalReason};
use crate::language::{Language, Say};
use crate::membership::Membership;
use crate::own::{self, Outcome};
use crate::push::PushFault;

/// Lists the journal: what was sent, until when it counts. Nothing of what others sent is known here.
pub(super) fn list(
    common: &Common,
    config: &Config,
    clock: &SystemClock,
    wanted: &List,
) -> Result<Ending, Said> {
    let (language, today) = (common.language, clock.today());
    let mut entries = journal::entries(config.journal()).or_say(language)?;
    if !wanted.references.is_empty() {
        entries.retain(|entry| wanted.references.iter().any(|it| is_meant(entry, it.trim())));
    }
    if let Some(days) = wanted.expires_within {
        entries.retain(|entry| entry.ends_within(days, today));
        entries.sort_by_key(Entry::last_day);
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if common.json {
        write_json(&mut out, &entries, clock)
    } else {
        write_table(&mut out, &entries, clock, language)
    };
    written.and_then(|()| out.flush()).map_err(|fault| Said::io(&fault, language))?;
    Ok(Ending::Done)
}

/// Whether a person means this signal: by its own reference, or by the beginning of the hub's.
fn is_meant(entry: &Entry, text: &str) -> bool {
    let is_hex = text.len() >= 4 && entry.reference().hex().starts_with(&text.to_ascii_lowercase());
    entry.local_reference() == text || is_hex
}

fn write_json(out: &mut impl Write, entries: &[Entry], clock: &SystemClock) -> io::Result<()> {
    let mut separator = "[";
    for entry in entries {
        let (state, reason) = match entry.standing(clock.today()) {
            Standing::Active => ("active", None),
            Standing::Ended => ("ended", None),
            Standing::Withdrawn(reason) => ("withdrawn", Some(reason.name())),
        };
        let json = serde_json::json!({
            "reference": entry.local_reference(),
            "signal_reference": entry.reference().hex(),
            "month": entry.month().to_string(),
            "expires": entry.last_day().to_string(),
            "extendable_until": entry.last_possible_day().to_string(),
            "revision": entry.revision(),
            "acknowledged": entry.acknowledged().to_string(),
            "state": state,
            "withdrawn": reason.is_some(),
            "reason": reason,
            "case_reference": entry.case_reference(),
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
    if entries.is_empty() {
        return writeln!(
            out,
            "{}",
            language.pick("Geen signalen gevonden in het journaal.", "No signals found in the journal.")
        );
    }
    let heading = language.pick(
        "referentie | kenmerk | maand | telt tot en met | verstuurd | stand | zaaknummer",
        "reference | hub's reference | month | counts until | sent | state | case reference",
    );
    writeln!(out, "{heading}")?;
    for entry in entries {
        let state = match entry.standing(clock.today()) {
            Standing::Active => language.pick("loopt", "active").to_owned(),
            Standing::Ended => language.pick("verlopen", "ended").to_owned(),
            Standing::Withdrawn(reason) => reason.state(language),
        };
        writeln!(
            out,
            "{} | {} | {} | {} | {} | {state} | {}",
            entry.local_reference(),
            entry.reference().hex(),
            entry.month(),
            entry.last_day(),
            entry.acknowledged(),
            entry.case_reference().unwrap_or("-"),
        )?;
    }
    Ok(())
}

impl Wait {
    pub(super) const fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// Ends with the signals of this agency that it names, in every live epoch.
pub(super) async fn withdraw(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    wanted: &Withdraw,
) -> Result<Ending, Said> {
    let language = common.language;
    let hub = Hub::new(membership).or_say(language)?;
    let Withdraw { references, reason, wait } = wanted;
    let reason = reason.unwrap_or_else(|| {
        let hint = language.pick(
            "Geen reden gegeven. Geef die voortaan mee met --reason: zij blijft in uw journaal.",
            "No reason given. Add one with --reason from now on: it stays in your journal.",
        );
        eprintln!("{hint}");
        WithdrawalReason::Unstated
    });
    let outcome = own::withdraw(membership, &hub, clock, references, reason, wait.duration()).await;
    let outcome = outcome.or_say(language)?;
    let told = tell_withdrawn(common, &outcome);
    ended(told, outcome, 0, language)
}

/// The exit status of what was told.
pub(super) fn ended(
    told: io::Result<()>,
    outcome: Outcome,
    refused_here: usize,
    language: Language,
) -> Result<Ending, Said> {
    told.map_err(|fault| Said::io(&fault, language))?;
    let refused = outcome.refused().len() + refused_here;
    match outcome.into_fault() {
        Some(fault) => Err(Said(fault.say(language))),
        None if refused > 0 => Ok(Ending::Partly),
        None => Ok(Ending::Done),
    }
}

pub(super) fn refused_json(
    place: (&str, serde_json::Value),
    reason: &str,
    message: String,
) -> serde_json::Value {
    let (name, value) = place;
    serde_json::json!({ name: value, "reason": reason, "message": message })
}

pub(super) fn with_fault(
    mut told: serde_json::Value,
    fault: Option<&PushFault>,
    language: Language,
) -> serde_json::Value {
    if let (Some(fault), Some(told)) = (fault, told.as_object_mut()) {
        let fault = serde_json::json!({"reason": fault.name(), "message": fault.say(language)});
        told.insert("error".into(), fault);
    }
    told
}

fn tell_withdrawn(common: &Common, outcome: &Outcome) -> io::Result<()> {
    let (language, totals) = (common.language, outcome.totals());
    let mut out = io::stdout().lock();
    if common.json {
        let refused = outcome.refused().iter();
        let refused =
            refused.map(|(at, why)| refused_json(("line", (*at).into()), why.name(), why.say(language)));
        let told = serde_json::json!({
            "sent": totals.sent, "accepted": totals.accepted, "refused": refused.collect::<Vec<_>>(),
            "not_in_journal": outcome.unknown()
        });
        return writeln!(out, "{}", with_fault(told, outcome.fault(), language));
    }
    match language {
        Language::Nl => {
            writeln!(out, "Intrekkingen verstuurd: {}. Aangenomen: {}.", totals.sent, totals.accepted)?
        }
        Language::En => writeln!(out, "Withdrawals sent: {}. Accepted: {}.", totals.sent, totals.accepted)?,
    }
    for (at, refusal) in outcome.refused() {
        writeln!(out, "{} {at}: {}", language.pick("Referentie", "Reference"), refusal.say(language))?;
    }
    if !outcome.unknown().is_empty() {
        let sentence = language.pick(
            "Niet in het journaal, dus niet vanaf deze computer verstuurd. Kent de hub de referentie ook niet, dan verandert er niets: wie haar later stuurt, stuurt een gewoon signaal. Controleer de referentie:",
            "Not in the journal, so not sent from this machine. If the hub does not know it either, nothing changes: sent later, it is a signal like any other. Check the reference:",
        );
        writeln!(out, "{sentence} {}", outcome.unknown().join(", "))?;
    }
    Ok(())
}
