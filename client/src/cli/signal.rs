//! `samenloop signal`.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use samenloop_core::clock::Clock;

use super::arguments::{Common, Signal};
use super::follow::followed;
use super::{Ending, OrSay, Said, extend, own};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::hub::Hub;
use crate::input::{AcuteRoute, InputFault, LocalRules, Reader, Source};
use crate::journal::Journal;
use crate::language::{Language, Say};
use crate::membership::Membership;
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
        Signal::Withdraw(wanted) => own::withdraw(common, &membership, clock, wanted).await,
        Signal::Extend(wanted) => extend::run(common, &membership, clock, wanted).await,
        Signal::List(wanted) => own::list(common, membership.config(), clock, wanted),
    }
}

pub(super) fn source(file: &Path) -> Result<(Reader, Option<u64>), InputFault> {
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
        Ok((reader, agency, hub, Journal::open(membership.config().journal(), clock.today())?))
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
