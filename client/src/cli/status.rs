//! `samenloop key status`: how far the keys are.

use std::io::{self, Write};

use samenloop_core::clock::Clock as _;
use samenloop_core::manifest::{EpochState, Role};
use samenloop_core::room::rights::MONTH_DAYS;
use samenloop_core::value::Day;

use super::arguments::Common;
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::follow::fetch;
use crate::hub::Hub;
use crate::key::{AgencyKey, EpochStanding, standings, unbelieved};
use crate::language::Language;
use crate::membership::Membership;

/// Days before the end of an overlap from which administrators are reminded, and from which more is asked of them.
const REMIND_DAYS: u32 = 14;
const CALL_DAYS: u32 = 7;
const LAST_DAYS: u32 = 2;

pub(super) async fn run(common: &Common, config: Config, clock: &SystemClock) -> Result<Ending, Said> {
    let language = common.language;
    let membership = super::membership(config, clock, language)?;
    let own = membership.manifest().connection(membership.config().connection());
    let text = if own.is_some_and(|it| it.role == Role::Administrator) {
        let membership = fetch(membership, clock).await.or_say(language)?;
        let answer = Hub::new(&membership).or_say(language)?.key_standings().await.or_say(language)?;
        let origin = membership.book().root().origin();
        if let Some(warning) = warning(unbelieved(membership.newest(), origin, &answer), language) {
            eprintln!("{warning}");
        }
        let standings = standings(membership.newest(), origin, &answer);
        if common.json {
            serde_json::Value::from(standings.iter().map(as_json).collect::<Vec<_>>()).to_string()
        } else {
            standings.iter().map(|it| in_words(it, clock.today(), language)).collect::<Vec<_>>().join("\n")
        }
    } else {
        own_keys(&membership, common)
    };
    writeln!(io::stdout(), "{}", text.trim_end()).map_err(|fault| Said::io(&fault, language))?;
    Ok(Ending::Done)
}

/// That the hub gave what nobody signed.
fn warning(unbelieved: usize, language: Language) -> Option<String> {
    Some(match (unbelieved, language) {
        (0, _) => return None,
        (1, Language::Nl) => "De hub gaf 1 verklaring die niet is ondertekend zoals het manifest zegt. Die telt niet mee. Is er geen certificaat vervangen? Waarschuw dan de andere sleutelbeheerders.".to_owned(),
        (more, Language::Nl) => format!("De hub gaf {more} verklaringen die niet zijn ondertekend zoals het manifest zegt. Die tellen niet mee. Is er geen certificaat vervangen? Waarschuw dan de andere sleutelbeheerders."),
        (some, Language::En) => format!("The hub gave declarations ({some}) that are not signed as the manifest says. They do not count. Was no certificate replaced? Then warn the other administrators."),
    })
}

/// The keys on this machine, without asking the hub.
fn own_keys(membership: &Membership, common: &Common) -> String {
    let files = membership.config().agency();
    let there = |epoch| files.is_some_and(|it| it.epoch_key(epoch).exists());
    let epochs = membership.newest().epochs();
    if common.json {
        let epochs = epochs.iter().map(|it| {
            serde_json::json!({"epoch": it.epoch.number(), "state": state_code(it.state), "installed": there(it.epoch)})
        });
        return serde_json::Value::from(epochs.collect::<Vec<_>>()).to_string();
    }
    let lines = epochs.iter().map(|it| {
        let installed = match (there(it.epoch), common.language) {
            (true, Language::Nl) => "sleutel geïnstalleerd",
            (false, Language::Nl) => "geen sleutel op deze computer",
            (true, Language::En) => "key installed",
            (false, Language::En) => "no key on this machine",
        };
        let name = common.language.pick("Sleutelperiode", "Epoch");
        format!("{name} {} ({}): {installed}\n", it.epoch, state(it.state, common.language))
    });
    lines.collect()
}

const fn state_code(state: EpochState) -> &'static str {
    match state {
        EpochState::Announced => "announced",
        EpochState::Active => "active",
        EpochState::Overlap { .. } => "overlap",
        EpochState::Retired => "retired",
        EpochState::Destroyed => "destroyed",
        EpochState::Burned => "burned",
    }
}

fn state(state: EpochState, language: Language) -> String {
    let (dutch, english) = match state {
        EpochState::Announced => ("aangekondigd", "announced"),
        EpochState::Active => ("loopt", "active"),
        EpochState::Overlap { until } => {
            return match language {
                Language::Nl => format!("overlap tot en met {until}"),
                Language::En => format!("overlap through {until}"),
            };
        }
        EpochState::Retired => ("geëindigd", "retired"),
        EpochState::Destroyed => ("vernietigd", "destroyed"),
        EpochState::Burned => ("gelekt en beëindigd", "burned"),
    };
    language.pick(dutch, english).to_owned()
}

fn as_json(standing: &EpochStanding) -> serde_json::Value {
    let (signals, organisations) = standing.lapsing();
    let day = |day: Option<Day>| day.map(|it| it.to_string());
    let agencies: Vec<_> = standing
        .agencies
        .iter()
        .map(|it| {
            serde_json::json!({
                "connection": it.connection.as_str(),
                "last_push": day(it.last_push),
                "wrap_key_declared": it.wrap_key.is_some(),
                "wraps": it.wraps,
                "installed": day(it.installed),
                "destroyed": day(it.destroyed),
                "filed": it.filed,
                "carried": it.carried,
            })
        })
        .collect();
    serde_json::json!({
        "epoch": standing.epoch.number(),
        "state": state_code(standing.state),
        "contributions": standing.contributions,
        "agencies": agencies,
        "contributions_destroyed":
            standing.contributions_destroyed.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "hub_destroyed": day(standing.hub_destroyed),
        "resting_behind": standing.resting,
        "would_lapse": { "signals": signals, "organisations": organisations },
    })
}

fn in_words(standing: &EpochStanding, today: Day, language: Language) -> String {
    let name = language.pick("Sleutelperiode", "Epoch");
    let mut text = format!("{name} {} ({})\n", standing.epoch, state(standing.state, language));
    let width = standing.agencies.iter().map(|it| it.connection.as_str().len()).max().unwrap_or(0);
    for agency in &standing.agencies {
        text += &format!("  {:<width$}  {}\n", agency.connection.as_str(), line(agency, standing, language));
    }
    let (signals, organisations) = standing.lapsing();
    if let EpochState::Overlap { until } = standing.state {
        text += &match language {
            Language::Nl => format!(
                "  Zou deze sleutelperiode nu eindigen, dan vervallen {signals} signalen van {organisations} organisaties.\n"
            ),
            Language::En => format!(
                "  If this epoch ended now, {signals} signals of {organisations} organisations would lapse.\n"
            ),
        };
        let reminder = today.days_until(until).and_then(|left| reminder(left, signals, language));
        text += &reminder.map(|it| format!("  {it}\n")).unwrap_or_default();
        text += &behind(standing.resting, until, language).map(|it| format!("  {it}\n")).unwrap_or_default();
    }
    if !standing.contributions_destroyed.is_empty() {
        let ids: Vec<_> = standing.contributions_destroyed.iter().map(ToString::to_string).collect();
        let (dutch, english) =
            ("Bijdragen vernietigd, ondertekend door", "Contributions destroyed, signed by");
        text += &format!("  {} {}.\n", language.pick(dutch, english), language.list(&ids));
    }
    if let Some(day) = standing.hub_destroyed {
        text += &match language {
            Language::Nl => format!("  De hub heeft zijn eigen sleutels vernietigd: ondertekend op {day}.\n"),
            Language::En => format!("  The hub destroyed its own keys: signed on {day}.\n"),
        };
    }
    text
}

/// What to ask of those who are not carried over, so many days before the end of the overlap; `None` while there is
/// time, or when nothing would lapse.
fn reminder(left: u32, signals: u64, language: Language) -> Option<String> {
    if signals == 0 || left > REMIND_DAYS {
        return None;
    }
    let (dutch, english) = if left <= LAST_DAYS {
        (
            "Spoed: bel vandaag wie niet is overgezet, of verleng de overlap in een nieuw manifest.",
            "Urgent: call those who are not carried over today, or make the overlap longer in a new manifest.",
        )
    } else if left <= CALL_DAYS {
        (
            "Bel wie niet is overgezet, en vraag om opnieuw te pushen.",
            "Call those who are not carried over, and ask them to push again.",
        )
    } else {
        (
            "Vraag wie niet is overgezet om opnieuw te pushen.",
            "Ask those who are not carried over to push again.",
        )
    };
    let when = match (left, language) {
        (0, _) => language.pick("vandaag is de laatste dag", "today is the last day").to_owned(),
        (1, _) => language.pick("nog 1 dag", "1 day left").to_owned(),
        (days, Language::Nl) => format!("nog {days} dagen"),
        (days, Language::En) => format!("{days} days left"),
    };
    Some(format!("{}: {when}. {}", language.pick("Herinnering", "Reminder"), language.pick(dutch, english)))
}

/// What rests under an overlapping epoch alone, and until when that holds: a signal that is sent under the next one
/// alone is of no place that rests (V-32).
fn behind(resting: u64, until: Day, language: Language) -> Option<String> {
    Some(match (resting, language) {
        (0, _) => return None,
        (some, Language::Nl) => format!(
            "LET OP: beperkingen of open verzoeken over rechten die nog niet onder de nieuwe sleutelperiode staan: {some}. Na {until} telt een nieuw signaal over zo'n kind gewoon mee. Vraag de contactpunten vandaag om ze opnieuw te vragen: een antwoord duurt tot {MONTH_DAYS} dagen. Is de tijd te kort, verleng dan de overlap in een nieuw manifest."
        ),
        (some, Language::En) => format!(
            "NOTE: restrictions or open rights requests that do not stand under the new epoch yet: {some}. After {until} a new signal of such a child counts. Have the contact points ask for them anew today: an answer takes up to {MONTH_DAYS} days. If time is short, make the overlap longer in a new manifest."
        ),
    })
}

fn line(agency: &AgencyKey, standing: &EpochStanding, language: Language) -> String {
    let AgencyKey { wraps, filed, carried, .. } = agency;
    let needed = standing.contributions;
    let mut parts = Vec::new();
    if let Some(day) = agency.destroyed {
        parts.push(match language {
            Language::Nl => format!("sleutel vernietigd op {day}"),
            Language::En => format!("key destroyed on {day}"),
        });
    } else if let Some(day) = agency.installed {
        parts.push(match language {
            Language::Nl => format!("geïnstalleerd op {day}"),
            Language::En => format!("installed on {day}"),
        });
    } else if agency.wrap_key.is_some() {
        parts.push(match language {
            Language::Nl => format!("inpaksleutel aangemeld, {wraps} van {needed} bijdragen ingepakt"),
            Language::En => format!("wrap key declared, {wraps} of {needed} contributions wrapped"),
        });
    } else if standing.state == EpochState::Announced {
        parts.push(language.pick("nog niets gehoord", "nothing heard yet").to_owned());
    }
    if matches!(standing.state, EpochState::Overlap { .. }) {
        parts.push(match language {
            Language::Nl => format!("{carried} van {filed} overgezet"),
            Language::En => format!("{carried} of {filed} carried over"),
        });
    } else if *filed > 0 {
        parts.push(match language {
            Language::Nl => format!("{filed} signalen"),
            Language::En => format!("{filed} signals"),
        });
    }
    match (agency.last_push, language) {
        (Some(day), Language::Nl) => parts.push(format!("laatste push {day}")),
        (Some(day), Language::En) => parts.push(format!("last push {day}")),
        (None, Language::Nl) => parts.push("nog nooit gepusht".to_owned()),
        (None, Language::En) => parts.push("never pushed".to_owned()),
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_are_reminded_from_14_days_and_more_urgently_at_7_and_2() {
        let told = |left| reminder(left, 3, Language::Nl);
        for left in [15, 16, 60] {
            assert_eq!(told(left), None, "{left}");
        }
        for (left, when, todo) in [
            (14, "nog 14 dagen", "Vraag wie"),
            (8, "nog 8 dagen", "Vraag wie"),
            (7, "nog 7 dagen", "Bel wie"),
            (3, "nog 3 dagen", "Bel wie"),
            (2, "nog 2 dagen", "Spoed: bel vandaag"),
            (1, "nog 1 dag.", "Spoed: bel vandaag"),
            (0, "vandaag is de laatste dag", "Spoed: bel vandaag"),
        ] {
            let told = told(left).unwrap();
            assert!(
                told.starts_with("Herinnering: ") && told.contains(when) && told.contains(todo),
                "{told}"
            );
        }
        assert!(reminder(2, 3, Language::En).unwrap().contains("2 days left. Urgent"));
        assert_eq!(reminder(0, 0, Language::Nl), None, "nothing would lapse");
    }

    /// V-32: while something can still be done, administrators read how many children would rest no longer.
    #[test]
    fn administrators_are_told_in_the_overlap_what_rests_under_it_alone() {
        let until = Day::parse("2026-12-20").unwrap();
        let told = |resting, state| {
            let standing = EpochStanding {
                epoch: samenloop_core::value::Epoch::new(6),
                state,
                contributions: 2,
                agencies: Vec::new(),
                contributions_destroyed: Vec::new(),
                hub_destroyed: None,
                resting,
            };
            in_words(&standing, Day::parse("2026-11-22").unwrap(), Language::Nl)
        };
        let said = told(3, EpochState::Overlap { until });
        assert!(said.contains("staan: 3. Na 2026-12-20") && said.contains("28 dagen"), "{said}");
        assert!(!told(0, EpochState::Overlap { until }).contains("LET OP"), "of none it says nothing");
        assert!(!told(3, EpochState::Active).contains("LET OP"));
    }
}
