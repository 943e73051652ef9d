//! `samenloop alert`.

use std::io::{self, Write};

use samenloop_core::manifest::Manifest;
use samenloop_proto::v1;

use super::arguments::{Alert, Common};
use super::{Ending, OrSay, Said, act};
use crate::alert::{AlertView, Cursor, WatchFault, Watcher, json_of, json_of_all, line_of, text_of, watch};
use crate::details::Opener;
use crate::hub::{Hub, HubFault};
use crate::language::Language;
use crate::membership::Membership;

pub(super) async fn run(common: &Common, membership: &Membership, command: &Alert) -> Result<Ending, Said> {
    let language = common.language;
    let (own, key) = membership.coordinator().or_say(language)?;
    let manifest = membership.manifest();
    let opener = Opener::new(manifest, own, &key);
    let hub = Hub::new(membership).or_say(language)?;
    match command {
        Alert::List { all } => {
            let alerts = read(&hub, *all, &opener).await.or_say(language)?;
            print(&list(common, &alerts, manifest), language)
        }
        Alert::Show { id } => {
            let alerts = read(&hub, true, &opener).await.or_say(language)?;
            show(common, &alerts, manifest, id)
        }
        Alert::Act(act) => {
            let alerts = read(&hub, true, &opener).await.or_say(language)?;
            act::run(common, &hub, &alerts, &opener, act).await
        }
        Alert::Watch => {
            let mut cursor = Cursor::open(&membership.config().cursor()).or_say(language)?;
            let mut printer = Printer { common, manifest, opener };
            let ended = tokio::select! {
                ended = watch(&hub, &mut cursor, &mut printer) => Some(ended),
                _ = tokio::signal::ctrl_c() => None,
            };
            cursor.keep().or_say(language)?;
            match ended {
                Some(Err(fault)) => Err(fault).or_say(language),
                Some(Ok(never)) => match never {},
                None => Ok(Ending::Done),
            }
        }
    }
}

async fn read(hub: &Hub, all: bool, opener: &Opener<'_>) -> Result<Vec<AlertView>, HubFault> {
    hub.alerts(all).await?.iter().map(|alert| AlertView::parse(alert, opener)).collect()
}

pub(super) fn print(text: &str, language: Language) -> Result<Ending, Said> {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    written.map(|()| Ending::Done).map_err(|fault| Said::io(&fault, language))
}

fn list(common: &Common, alerts: &[AlertView], manifest: &Manifest) -> String {
    let language = common.language;
    if common.json {
        return json_of_all(alerts, manifest.rule(), language);
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

fn show(common: &Common, alerts: &[AlertView], manifest: &Manifest, id: &str) -> Result<Ending, Said> {
    let language = common.language;
    let alert = find(alerts, id, language)?;
    if common.json {
        print(&json_of(alert, manifest.rule(), language), language)
    } else {
        print(&text_of(alert, manifest, language), language)
    }
}

/// The one alert whose number begins so.
pub(super) fn find<'a>(alerts: &'a [AlertView], id: &str, language: Language) -> Result<&'a AlertView, Said> {
    let id = id.trim().to_ascii_lowercase();
    let mut found = alerts.iter().filter(|alert| !id.is_empty() && alert.id.starts_with(&id));
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
    manifest: &'p Manifest,
    opener: Opener<'p>,
}

impl Watcher for Printer<'_> {
    fn changed(&mut self, alert: &v1::Alert) -> Result<(), WatchFault> {
        let alert = AlertView::parse(alert, &self.opener)?;
        let language = self.common.language;
        let line = if self.common.json {
            json_of(&alert, self.manifest.rule(), language)
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
