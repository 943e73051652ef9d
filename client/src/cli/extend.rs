//! `samenloop signal extend`: a professional judged anew that the concern still holds.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use samenloop_core::clock::Clock;
use samenloop_core::value::Day;

use super::arguments::{Common, Extend};
use super::own::{ended, refused_json, with_fault};
use super::push::open;
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::hub::Hub;
use crate::input::LocalRules;
use crate::journal;
use crate::language::{Language, Say};
use crate::membership::Membership;
use crate::own::{self, Extension, NotExtended, Outcome};
use crate::push::PushFault;

/// Extends signals of which a professional judged anew that the concern still holds.
pub(super) async fn run(
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
    let mut reader = open(&wanted.file)?.reader;
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
    until: Day,
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
