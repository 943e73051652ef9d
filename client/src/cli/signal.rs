//! `samenloop signal`.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use samenloop_core::clock::Clock;
use samenloop_core::value::SignalReference;

use super::arguments::{Common, Signal};
use super::follow::followed;
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::hub::Hub;
use crate::input::{AcuteRoute, Column, InputFault, LocalRules, Reader, Source, is_reference};
use crate::journal::{self, Entry, Journal};
use crate::language::{Language, Say};
use crate::membership::Membership;
use crate::prepare::SentLine;
use crate::push::{Observer, Push, PushFault, Totals, read_chunks};
use crate::refusal::Refusal;
use crate::report::Report;

/// Lines that `check` shows of what leaves.
const SHOWN: usize = 5;

pub(super) async fn run(
    common: &Common,
    membership: Membership,
    clock: &SystemClock,
    command: &Signal,
) -> Result<Ending, Said> {
    match command {
        Signal::Check { file } => check(common, &membership, clock, file),
        Signal::Push { file, wait } => {
            push(common, membership, clock, file, Duration::from_secs(wait.seconds)).await
        }
        Signal::Withdraw { references, wait } => {
            withdraw(common, &membership, clock, references, Duration::from_secs(wait.seconds)).await
        }
        Signal::List { references } => list(common, membership.config(), clock, references),
    }
}

fn source(file: &Path) -> Result<(Reader, Option<u64>), InputFault> {
    let source = if file == Path::new("-") {
        Source::stream(io::stdin())?
    } else {
        Source::file(file).map_err(|fault| fault.of(file))?
    };
    let lines = source.lines();
    Ok((Reader::new(source)?, lines))
}

fn say_acute(language: Language) -> impl FnMut(u64, &AcuteRoute) + Send + 'static {
    move |line, route| {
        let AcuteRoute { numbers, is_followed } = route;
        let _ = match (language, is_followed) {
            (Language::Nl, false) => writeln!(io::stderr(), "Regel {line}: acuut gevaar? Bel nu: {numbers}."),
            (Language::En, false) => {
                writeln!(io::stderr(), "Line {line}: acute danger? Call now: {numbers}.")
            }
            (Language::Nl, true) => {
                writeln!(io::stderr(), "Regel {line}: acuut, en de route is gevolgd. De nummers: {numbers}.")
            }
            (Language::En, true) => {
                writeln!(
                    io::stderr(),
                    "Line {line}: acute, and the route was followed. The numbers: {numbers}."
                )
            }
        };
    }
}

fn check(common: &Common, membership: &Membership, clock: &SystemClock, file: &Path) -> Result<Ending, Said> {
    let language = common.language;
    let opened = source(file);
    let lines = opened.as_ref().ok().and_then(|(_, lines)| *lines);
    let mut report = Report::new(io::stdout().lock(), language, common.json, lines);
    let manifest = membership.manifest();
    let (mut good, mut refused, mut leaving) = (0, 0, Vec::new());
    let checked = opened.map_err(PushFault::from).and_then(|(mut reader, _)| {
        let connection = membership.config().connection();
        let rules = LocalRules::new(manifest, samenloop_manifest::taxonomy(), connection, clock.today())
            .map_err(PushFault::Rules)?;
        let deliver = |chunk: crate::push::Chunk| {
            for (line, refusal) in chunk.refused() {
                refused += 1;
                report.refused(*line, refusal);
            }
            for row in chunk.rows() {
                good += 1;
                if leaving.len() < SHOWN {
                    leaving.push((row.line(), row.leaving()));
                }
            }
            report.progress(&Totals { accepted: good, refused, ..Totals::default() });
            true
        };
        Ok(read_chunks(&mut reader, &rules, say_acute(language), deliver)?)
    });
    let written = match &checked {
        Ok(()) => report.finish_check(good, refused, &leaving),
        Err(fault) => report.finish_stopped(fault),
    };
    written.map_err(|fault| Said::io(&fault, language))?;
    checked.or_say(language)?;
    Ok(if refused > 0 { Ending::Partly } else { Ending::Done })
}

/// A push as it is told, which goes on under the manifests that are published meanwhile.
struct Pushing<'c, W> {
    report: Report<W>,
    common: &'c Common,
    config: Config,
    clock: &'c SystemClock,
}

impl<W: Write + Send> Observer for Pushing<'_, W> {
    fn refused(&mut self, line: u64, refusal: &Refusal) {
        self.report.refused(line, refusal);
    }

    fn withdrawn_earlier(&mut self, line: u64) {
        self.report.withdrawn_earlier(line);
    }

    fn progress(&mut self, totals: &Totals) {
        self.report.progress(totals);
    }

    fn waiting(&mut self) {
        self.report.waiting();
    }

    async fn renew(&mut self) -> Option<Membership> {
        let renewed = followed(self.common, self.config.clone(), self.clock).await;
        renewed.map_err(|Said(sentence)| eprintln!("{sentence}")).ok()
    }
}

async fn push(
    common: &Common,
    membership: Membership,
    clock: &SystemClock,
    file: &Path,
    wait: Duration,
) -> Result<Ending, Said> {
    let language = common.language;
    let opened = source(file);
    let lines = opened.as_ref().ok().and_then(|(_, lines)| *lines);
    let report = Report::new(io::stdout(), language, common.json, lines);
    let mut pushing = Pushing { report, common, config: membership.config().clone(), clock };
    let ready = opened.map_err(PushFault::from).and_then(|(reader, _)| {
        let agency = Arc::new(membership.agency(clock.today())?);
        let hub = Hub::new(&membership)?;
        Ok((reader, agency, hub, Journal::open(membership.config().journal())?))
    });
    let pushed = match ready {
        Ok((reader, agency, hub, mut journal)) => {
            let push = Push { hub: &hub, journal: &mut journal, clock, observer: &mut pushing, wait };
            push.file(agency, reader, say_acute(language)).await
        }
        Err(fault) => Err((Totals::default(), fault)),
    };
    ended(pushing.report, pushed, language)
}

/// Finishes a report and says what stopped the push, if anything did.
fn ended(
    report: Report<impl Write>,
    pushed: Result<Totals, (Totals, PushFault)>,
    language: Language,
) -> Result<Ending, Said> {
    let (totals, fault) = match pushed {
        Ok(totals) => (totals, None),
        Err((totals, fault)) => (totals, Some(fault)),
    };
    report.finish(&totals, fault.as_ref()).map_err(|fault| Said::io(&fault, language))?;
    if let Some(fault) = fault {
        let sentence = fault.say(language);
        let resume = if matches!(&fault, PushFault::Hub(hub) if hub.may_pass()) {
            language.pick(
                " Geef hetzelfde commando opnieuw: het gaat verder, niets gaat dubbel en niets gaat verloren.",
                " Give the same command again: it resumes, nothing twice and nothing lost.",
            )
        } else {
            ""
        };
        return Err(Said(format!("{sentence}{resume}")));
    }
    Ok(if totals.refused > 0 { Ending::Partly } else { Ending::Done })
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
    fn withdrawn_earlier(&mut self, _: u64) {}
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
