//! `samenloop signal list`, `withdraw` and `extend`: an agency's own signals after they were sent.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use samenloop_core::clock::Clock;

use super::arguments::{Common, Extend, List, Wait, Withdraw};
use super::signal::source;
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::hub::Hub;
use crate::input::LocalRules;
use crate::journal::{self, Entry, Standing};
use crate::language::{Language, Say};
use crate::membership::Membership;
use crate::own::{self, Extension, NotExtended, Outcome};
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
            Standing::Withdrawn(reason) => {
                format!("{}: {}", language.pick("ingetrokken", "withdrawn"), reason.words(language))
            }
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
    const fn duration(&self) -> Duration {
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
    let outcome = own::withdraw(membership, &hub, clock, references, *reason, wait.duration()).await;
    let outcome = outcome.or_say(language)?;
    let told = tell_withdrawn(common, &outcome);
    ended(told, outcome, 0, language)
}

/// The exit status of what was told.
fn ended(
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

fn refused_json(place: (&str, serde_json::Value), reason: &str, message: String) -> serde_json::Value {
    let (name, value) = place;
    serde_json::json!({ name: value, "reason": reason, "message": message })
}

fn with_fault(
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

/// Extends signals of which a professional judged anew that the concern still holds.
pub(super) async fn extend(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    wanted: &Extend,
) -> Result<Ending, Said> {
    let language = common.language;
    let (extensions, refused) = judged(membership, clock, wanted).or_say(language)?;
    let is_agreed = extensions.is_empty() || agreed(&extensions, wanted, language)?;
    let extensions = if is_agreed { extensions } else { Vec::new() };
    let told: Vec<Told> = extensions.iter().map(Told::of).collect();
    let outcome = if extensions.is_empty() {
        Outcome::default()
    } else {
        let agency = Arc::new(membership.agency(clock.today()).or_say(language)?);
        let hub = Hub::new(membership).or_say(language)?;
        own::extend(membership, agency, &hub, clock, extensions, wanted.wait.duration())
            .await
            .or_say(language)?
    };
    let written = tell_extended(common, &outcome, &told, &refused);
    // To let go of a signal is an answer too; nothing was refused then.
    ended(written, outcome, refused.len(), language)
}

fn judged(
    membership: &Membership,
    clock: &SystemClock,
    wanted: &Extend,
) -> Result<own::Extensions, PushFault> {
    let mut references: Vec<String> = Vec::new();
    for reference in wanted.references.iter().map(|it| it.trim()) {
        if !references.iter().any(|it| it == reference) {
            references.push(reference.to_owned());
        }
    }
    let (config, today) = (membership.config(), clock.today());
    let entries = journal::entries(config.journal())?;
    let taxonomy = samenloop_manifest::taxonomy();
    let rules = LocalRules::new(membership.manifest(), taxonomy, config.connection(), today)
        .map_err(PushFault::Rules)?;
    let (mut reader, _) = source(&wanted.file)?;
    Ok(own::extensions(&mut reader, &references, &entries, &rules, today)?)
}

/// Whether a person says that each of these was judged anew. A script says it with `--yes`.
fn agreed(extensions: &[Extension], wanted: &Extend, language: Language) -> Result<bool, Said> {
    if wanted.yes {
        return Ok(true);
    }
    if wanted.file == Path::new("-") || !io::stdin().is_terminal() {
        return Err(Said(language.pick(
            "Verlengen vraagt om een nieuw oordeel van een professional over elk signaal. Is dat er, geef dan --yes. Er is niets verstuurd.",
            "Extending needs a new judgement of a professional on each signal. If there is one, give --yes. Nothing was sent.",
        ).into()));
    }
    let mut text = String::new();
    for it in extensions {
        let (before, until) = (language.day(it.before()), language.day(it.until()));
        text += &match language {
            Language::Nl => format!("{}: telt tot en met {before}, wordt {until}\n", it.local_reference()),
            Language::En => format!("{}: counts until {before}, becomes {until}\n", it.local_reference()),
        };
    }
    text += language.pick(
        "Heeft een professional opnieuw geoordeeld dat bij elk van deze signalen de zorg nog bestaat? Typ ja: ",
        "Has a professional judged anew that the concern behind each of these signals still holds? Type yes: ",
    );
    eprint!("{text}");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|fault| Said::io(&fault, language))?;
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    ["ja", "yes"].iter().any(|yes| answer.trim().eq_ignore_ascii_case(yes))
}

/// What is told of an extension once its identifiers are gone.
struct Told {
    line: u64,
    reference: String,
    until: samenloop_core::value::Day,
}

impl Told {
    fn of(extension: &Extension) -> Self {
        Self {
            line: extension.line(),
            reference: extension.local_reference().to_owned(),
            until: extension.until(),
        }
    }
}

fn tell_extended(
    common: &Common,
    outcome: &Outcome,
    told: &[Told],
    refused: &[(String, NotExtended)],
) -> io::Result<()> {
    let (language, totals) = (common.language, outcome.totals());
    let refused_by_hub = |it: &&Told| outcome.refused().iter().find(|(line, _)| *line == it.line);
    // What has no ack is not told as extended.
    let is_whole = outcome.fault().is_none();
    let extended: Vec<_> = told.iter().filter(|it| is_whole && refused_by_hub(it).is_none()).collect();
    let mut all_refused: Vec<(&str, &str, String)> =
        refused.iter().map(|(reference, why)| (reference.as_str(), why.name(), why.say(language))).collect();
    for it in told {
        if let Some((_, why)) = refused_by_hub(&it) {
            all_refused.push((&it.reference, why.name(), why.say(language)));
        }
    }
    let mut out = io::stdout().lock();
    if common.json {
        let extended = extended
            .iter()
            .map(|it| serde_json::json!({"reference": it.reference, "expires": it.until.to_string()}));
        let refused = all_refused
            .into_iter()
            .map(|(reference, name, message)| refused_json(("reference", reference.into()), name, message));
        let json = serde_json::json!({
            "sent": totals.sent, "accepted": totals.accepted,
            "extended": extended.collect::<Vec<_>>(), "refused": refused.collect::<Vec<_>>()
        });
        return writeln!(out, "{}", with_fault(json, outcome.fault(), language));
    }
    for it in &extended {
        let until = language.day(it.until);
        match language {
            Language::Nl => writeln!(out, "{}: verlengd, telt tot en met {until}.", it.reference)?,
            Language::En => writeln!(out, "{}: extended, counts until {until}.", it.reference)?,
        }
    }
    for (reference, _, message) in &all_refused {
        writeln!(out, "{reference}: {message}")?;
    }
    if extended.is_empty() {
        writeln!(out, "{}", language.pick("Er is niets verlengd.", "Nothing was extended."))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_yes_is_an_agreement() {
        assert!(is_yes("ja\n") && is_yes(" JA ") && is_yes("yes\r\n"));
        assert!(!is_yes("") && !is_yes("j\n") && !is_yes("nee\n") && !is_yes("ja hoor"));
    }
}
