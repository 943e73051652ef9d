//! `samenloop signal check` and `samenloop signal push`.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use samenloop_core::clock::Clock as _;

use super::arguments::Common;
use super::follow::followed;
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::hub::Hub;
use crate::input::{AcuteRoute, Encoding, InputFault, LocalRules, Reader, Source};
use crate::language::{Language, Say};
use crate::leaving::Leaving;
use crate::membership::Membership;
use crate::push::{Observer, Push, PushFault, Totals, read_chunks};
use crate::refusal::Refusal;
use crate::remark::Remark;
use crate::report::{Checked, Form, Report, ReportFile, Sheet, Told};

/// Signals that `check` shows of what leaves.
const SHOWN: usize = 5;

/// A file that was looked through.
pub(super) struct Opened {
    pub(super) reader: Reader,
    lines: Option<u64>,
    encoding: Encoding,
}

pub(super) fn open(file: &Path) -> Result<Opened, InputFault> {
    let source = if file == Path::new("-") {
        Source::stream(io::stdin())?
    } else {
        Source::file(file).map_err(|fault| fault.of(file))?
    };
    let (lines, encoding) = (source.lines(), source.encoding());
    Ok(Opened { reader: Reader::new(source)?, lines, encoding })
}

/// The report of an input: on standard output, and beside it where asked for.
fn report(
    common: &Common,
    file: &Path,
    opened: &Result<Opened, InputFault>,
    form: Option<Form>,
) -> Result<Report, Said> {
    let language = common.language;
    let is_stream = file == Path::new("-");
    if is_stream && form.is_some() {
        let sentence =
            "Bij standaardinvoer is er geen bestand om een verslag naast te zetten. Laat --report weg.";
        let english = "With standard input there is no file to put a report beside. Leave out --report.";
        return Err(Said(language.pick(sentence, english).to_owned()));
    }
    let beside = form;
    let shown = if common.json { Form::Json } else { Form::Text };
    let mut sheets = vec![Sheet::stream(io::stdout(), shown, language, beside.is_some() && !common.json)];
    if let Some(form) = beside {
        let file = ReportFile::beside(file, form).or_say(language)?;
        let (sentence, path) = (language.pick("Het verslag komt in", "The report goes to"), file.path());
        eprintln!("{sentence} {}.", path.display());
        sheets.push(Sheet::file(file, form, language));
    }
    Ok(begin(sheets, opened, language))
}

/// Begins a report, with what is to be said of the whole file.
pub(super) fn begin(sheets: Vec<Sheet>, opened: &Result<Opened, InputFault>, language: Language) -> Report {
    let opened = opened.as_ref().ok();
    let mut report = Report::new(language, sheets, opened.and_then(|it| it.lines));
    if let Some(encoding) = opened.map(|it| it.encoding).filter(|it| *it != Encoding::Utf8) {
        report.note(&encoding.say(language));
    }
    report
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

pub(super) fn check(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    file: &Path,
    form: Option<Form>,
) -> Result<Ending, Said> {
    let language = common.language;
    let opened = open(file);
    let mut report = report(common, file, &opened, form)?;
    let manifest = membership.manifest();
    // Without keys everything but the pseudonyms can be checked and shown.
    let agency = membership.agency(clock.today());
    let is_entered = manifest.connection(membership.config().connection()).is_some();
    let mut found = Checked::default();
    let checked = opened.map_err(PushFault::from).and_then(|mut opened| {
        let (connection, taxonomy) = (membership.config().connection(), samenloop_manifest::taxonomy());
        let rules = if is_entered {
            LocalRules::new(manifest, taxonomy, connection, clock.today()).map_err(PushFault::Rules)?
        } else {
            LocalRules::before_entry(manifest, taxonomy, clock.today())
        };
        let deliver = |chunk: crate::push::Chunk| {
            for (line, refusal) in chunk.refused() {
                found.refused += 1;
                report.refused(*line, refusal);
            }
            for row in chunk.rows() {
                found.good += 1;
                for remark in row.remarks() {
                    report.remarked(row.line(), *remark);
                }
                if found.leaving.len() < SHOWN {
                    found.leaving.push(Leaving::of(row, manifest, agency.as_ref().ok()));
                }
            }
            report.progress(&Totals { accepted: found.good, refused: found.refused, ..Totals::default() });
            true
        };
        Ok(read_chunks(&mut opened.reader, &rules, say_acute(language), deliver)?)
    });
    report.finish(Told::Check(&found, checked.as_ref().err())).or_say(language)?;
    checked.or_say(language)?;
    if let Err(fault) = agency {
        let sentence = language.pick("Versturen kan nog niet.", "Sending is not possible yet.");
        eprintln!("{sentence} {}", fault.say(language));
    }
    if !is_entered {
        let unchecked = language.pick(
            "Daarom is niet nagekeken: welke nummers en codes u mag gebruiken, en of de maand nog telt. De rest wel.",
            "So this was not checked: which numbers and codes you may use, and whether the month still counts. The rest was.",
        );
        eprintln!("{unchecked}");
    }
    Ok(if found.refused > 0 { Ending::Partly } else { Ending::Done })
}

pub(super) async fn push(
    common: &Common,
    membership: Membership,
    clock: &SystemClock,
    file: &Path,
    form: Option<Form>,
    wait: Duration,
) -> Result<Ending, Said> {
    let opened = open(file);
    let mut report = report(common, file, &opened, form)?;
    let pushed = send(common, membership, clock, opened, &mut report, wait).await;
    ended(report, pushed, common.language)
}

/// A push as it is told, which goes on under the manifests that are published meanwhile.
struct Pushing<'c> {
    report: &'c mut Report,
    common: &'c Common,
    config: Config,
    clock: &'c SystemClock,
}

impl Observer for Pushing<'_> {
    fn refused(&mut self, line: u64, refusal: &Refusal) {
        self.report.refused(line, refusal);
    }

    fn remarked(&mut self, line: u64, remark: Remark) {
        self.report.remarked(line, remark);
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

/// Sends a file, and tells a report how it goes.
pub(super) async fn send(
    common: &Common,
    membership: Membership,
    clock: &SystemClock,
    opened: Result<Opened, InputFault>,
    report: &mut Report,
    wait: Duration,
) -> Result<Totals, (Totals, PushFault)> {
    let ready = opened.map_err(PushFault::from).and_then(|opened| {
        let agency = Arc::new(membership.agency(clock.today())?);
        let hub = Hub::new(&membership)?;
        Ok((opened.reader, agency, hub, membership.journal(clock.today())?))
    });
    let (reader, agency, hub, mut journal) = ready.map_err(|fault| (Totals::default(), fault))?;
    let mut pushing = Pushing { report, common, config: membership.config().clone(), clock };
    let push = Push { hub: &hub, journal: &mut journal, clock, observer: &mut pushing, wait };
    push.file(agency, reader, say_acute(common.language)).await
}

/// Finishes a report and says what stopped the push, if anything did.
fn ended(
    report: Report,
    pushed: Result<Totals, (Totals, PushFault)>,
    language: Language,
) -> Result<Ending, Said> {
    let (totals, fault) = match pushed {
        Ok(totals) => (totals, None),
        Err((totals, fault)) => (totals, Some(fault)),
    };
    report.finish(Told::Push(&totals, fault.as_ref())).or_say(language)?;
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
