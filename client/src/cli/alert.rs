//! `samenloop alert`.

use std::io::{self, Write};

use samenloop_core::clock::Clock as _;
use samenloop_core::manifest::Manifest;
use samenloop_core::value::Day;
use samenloop_proto::v1;

use super::arguments::{Alert, Common};
use super::follow::followed;
use super::stop::stopped;
use super::{Ending, OrSay, Said, act};
use crate::alert::explain::{Explanation, Verdict, explanation_json, explanation_text, whom_to_call};
use crate::alert::picture::picture_text;
use crate::alert::{
    AlertView, Coordinator, Cursor, WatchFault, Watcher, json_of, json_of_all, line_of, text_of, watch,
    whole_json_of,
};
use crate::clock::SystemClock;
use crate::details::Opener;
use crate::language::Language;
use crate::membership::Membership;

pub(super) async fn run(
    common: &Common,
    membership: Membership,
    clock: &SystemClock,
    command: &Alert,
) -> Result<Ending, Said> {
    match command {
        Alert::List { all } => {
            let list = |alerts: &[AlertView], manifest: &Manifest| {
                print(&list(common, alerts, manifest, clock.today()), common.language)
            };
            read(common, &membership, *all, list).await
        }
        Alert::Show { id } => {
            let show = |alerts: &[AlertView], manifest: &Manifest| {
                let alert = find(alerts, id, common.language)?;
                print(&show(common, alert, manifest, clock.today()), common.language)
            };
            read(common, &membership, true, show).await
        }
        Alert::Explain { id } => {
            let explain = |alerts: &[AlertView], manifest: &Manifest| {
                explain(common, find(alerts, id, common.language)?, manifest, clock.today())
            };
            read(common, &membership, true, explain).await
        }
        Alert::Act(command) => act::run(common, &membership, clock.today(), command).await,
        Alert::Watch => watch_on(common, membership, clock).await,
    }
}

/// Reads the alerts, and lets `told` print what it makes of them.
async fn read(
    common: &Common,
    membership: &Membership,
    all: bool,
    told: impl FnOnce(&[AlertView], &Manifest) -> Result<Ending, Said>,
) -> Result<Ending, Said> {
    let language = common.language;
    let alerts = Coordinator::new(membership).or_say(language)?.alerts(all).await.or_say(language)?;
    told(&alerts, membership.manifest())
}

/// Watches until somebody stops it, under each manifest that is published meanwhile.
async fn watch_on(common: &Common, membership: Membership, clock: &SystemClock) -> Result<Ending, Said> {
    let (language, mut membership) = (common.language, membership);
    let mut cursor = Cursor::open(&membership.config().cursor()).or_say(language)?;
    loop {
        let Some(fault) = watch_under(common, &membership, clock, &mut cursor).await? else {
            return Ok(Ending::Done);
        };
        if !matches!(&fault, WatchFault::Hub(hub) if hub.is_outdated()) {
            return Err(fault).or_say(language);
        }
        let before = membership.newest().sequence();
        membership = followed(common, membership.config().clone(), clock).await?;
        if membership.newest().sequence() == before {
            return Err(fault).or_say(language);
        }
    }
}

/// Watches under one manifest. Gives why it ended, unless somebody stopped it.
async fn watch_under(
    common: &Common,
    membership: &Membership,
    clock: &SystemClock,
    cursor: &mut Cursor,
) -> Result<Option<WatchFault>, Said> {
    let language = common.language;
    let coordinator = Coordinator::new(membership).or_say(language)?;
    let manifest = membership.manifest();
    let mut printer = Printer { common, clock, manifest, opener: coordinator.opener() };
    let ended = tokio::select! {
        ended = watch(coordinator.hub(), cursor, &mut printer) => Some(ended),
        () = stopped() => None,
    };
    cursor.keep().or_say(language)?;
    match ended {
        Some(Err(fault)) => Ok(Some(fault)),
        Some(Ok(never)) => match never {},
        None => Ok(None),
    }
}

pub(super) fn print(text: &str, language: Language) -> Result<Ending, Said> {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    written.map(|()| Ending::Done).map_err(|fault| Said::io(&fault, language))
}

fn list(common: &Common, alerts: &[AlertView], manifest: &Manifest, today: Day) -> String {
    let language = common.language;
    if common.json {
        return json_of_all(alerts, manifest, today, language);
    }
    if alerts.is_empty() {
        return language
            .pick(
                "Geen samenlopen in uw regio's. Dat zegt niets over wat niet is gesignaleerd.",
                "No convergences in your regions. That says nothing about what was not signalled.",
            )
            .to_owned();
    }
    let texts: Vec<_> = alerts.iter().map(|alert| text_of(alert, manifest, language)).collect();
    texts.join("\n----------------------------------------\n\n")
}

fn show(common: &Common, alert: &AlertView, manifest: &Manifest, today: Day) -> String {
    let language = common.language;
    if common.json {
        return whole_json_of(alert, manifest, today, language);
    }
    text_of(alert, manifest, language) + &picture_text(alert, manifest, today, language)
}

/// Prints what the rule makes of an alert; refused when that is not what the hub says (V-42).
fn explain(common: &Common, alert: &AlertView, manifest: &Manifest, today: Day) -> Result<Ending, Said> {
    let language = common.language;
    let explanation = Explanation::new(alert, manifest, today);
    let text = if common.json {
        explanation_json(alert, &explanation, manifest)
    } else {
        explanation_text(alert, &explanation, manifest, language)
    };
    print(&text, language)?;
    match explanation.verdict() {
        Verdict::Agrees => Ok(Ending::Done),
        Verdict::Ended => Ok(Ending::Partly),
        Verdict::Differs => Err(Said(whom_to_call(manifest, language))),
    }
}

/// The one alert whose number begins so.
pub(super) fn find<'a>(alerts: &'a [AlertView], id: &str, language: Language) -> Result<&'a AlertView, Said> {
    let mut found = alerts.iter().filter(|alert| alert.id.begins_with(id));
    let sentence = match (found.next(), found.next()) {
        (Some(alert), None) => return Ok(alert),
        (Some(_), Some(_)) => language.pick(
            "Er zijn meer samenlopen die zo beginnen. Geef meer van het nummer.",
            "More than one convergence begins like this. Give more of the number.",
        ),
        (None, _) => language.pick(
            "Deze samenloop is er niet, of is niet van uw regio's. Kijk met: samenloop alert list --all",
            "This convergence is not there, or not of your regions. Look with: samenloop alert list --all",
        ),
    };
    Err(Said(sentence.to_owned()))
}

/// Prints one line for each change.
struct Printer<'p> {
    common: &'p Common,
    clock: &'p SystemClock,
    manifest: &'p Manifest,
    opener: Opener<'p>,
}

impl Watcher for Printer<'_> {
    fn changed(&mut self, alert: &v1::Alert) -> Result<(), WatchFault> {
        let alert = AlertView::parse(alert, &self.opener)?;
        let language = self.common.language;
        let line = if self.common.json {
            json_of(&alert, self.manifest, self.clock.today(), language)
        } else {
            line_of(&alert, language)
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{line}")?;
        Ok(out.flush()?)
    }

    fn waiting(&mut self) {
        let language = self.common.language;
        let _ = writeln!(
            io::stderr(),
            "{}",
            language.pick(
                "De hub is even weg; er wordt opnieuw verbinding gemaakt.",
                "The hub is away; connecting again."
            )
        );
    }
}
