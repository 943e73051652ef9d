//! `samenloop report`: documents from the manifest on this machine and, for a privacy officer, from the audit logs.

use std::io;

use samenloop_core::clock::Clock as _;
use samenloop_core::terms::BREACH_NOTICE_HOURS;
use samenloop_core::value::{Day, Epoch};

use super::alert::print;
use super::arguments::{Breach, Common, Printed, Report};
use super::follow::followed;
use super::{Ending, OrSay, Said, warn_of_expiry};
use crate::audit::AuditFault;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::document::{
    self, Document, Ground, Incident, LogFacts, Signing, arrangement, dpia, incident, register, save,
};
use crate::hub::Hub;
use crate::language::{Language, Say, cause};
use crate::membership::Membership;
use crate::quarter::{Quarter, QuarterFigures, told_of};

pub(super) async fn run(
    common: &Common,
    config: Config,
    clock: &SystemClock,
    command: &Report,
) -> Result<Ending, Said> {
    // Whoever has a manifest may make a document of it: no key and no hub is asked for.
    let membership = Membership::before_entry(config.clone(), clock.today()).or_say(common.language)?;
    warn_of_expiry(membership.newest(), membership.config(), clock, common.language);
    let (document, printed) = match command {
        Report::Register(printed) => (register(&ground(&membership, clock)), printed),
        Report::Dpia(printed) => (dpia(&ground(&membership, clock)), printed),
        Report::Arrangement(printed) => (arrangement(&ground(&membership, clock)), printed),
        Report::Quarter { quarter, printed } => {
            return of_quarter(common, config, clock, *quarter, printed).await;
        }
        Report::Incident(breach) => return of_incident(common, config, membership, clock, breach).await,
    };
    write(common, &document, printed)
}

fn ground<'m>(membership: &'m Membership, clock: &SystemClock) -> Ground<'m> {
    let signing = Signing::from(membership.book().root());
    Ground { manifest: membership.manifest(), signing, today: clock.today() }
}

/// Of what the hub tells now, so under the newest manifest.
async fn of_quarter(
    common: &Common,
    config: Config,
    clock: &SystemClock,
    quarter: Option<Quarter>,
    printed: &Printed,
) -> Result<Ending, Said> {
    let (language, today) = (common.language, clock.today());
    let membership = followed(common, config, clock).await?;
    let own = membership.own().or_say(language)?;
    let hub = Hub::new(&membership).or_say(language)?;
    let quarter = quarter.unwrap_or_else(|| Quarter::before(today));
    let told = told_of(&hub, quarter).await.or_say(language)?;
    let figures = QuarterFigures::new((quarter, told), membership.manifest(), own, today);
    write(common, &document::quarter(&ground(&membership, clock), &figures), printed)
}

/// Without the logs there is a document all the same, which says what is missing; the command is done in part.
async fn of_incident(
    common: &Common,
    config: Config,
    membership: Membership,
    clock: &SystemClock,
    breach: &Breach,
) -> Result<Ending, Said> {
    let language = common.language;
    let facts = facts_of(breach, clock, language)?;
    let (membership, logs) = if membership.is_privacy_officer() {
        match followed(common, config, clock).await {
            Ok(followed) => {
                let logs = read(&followed, &facts).await.map_err(|fault| Missing::of(&fault, language));
                (followed, logs)
            }
            Err(Said(said)) => {
                let dutch = "Het manifest op deze computer kon niet worden bijgewerkt.".to_owned();
                (membership, Err(Missing { dutch, said }))
            }
        }
    } else {
        (membership, Err(Missing::of(&NoPrivacyOfficer, language)))
    };
    let ground = ground(&membership, clock);
    let document = incident(&ground, &facts, logs.as_ref().map_err(|it| it.dutch.as_str()));
    let written = write(common, &document, &breach.printed)?;
    match logs {
        Ok(_) => Ok(written),
        Err(missing) => {
            eprintln!("{}", missing.said);
            Ok(Ending::Partly)
        }
    }
}

/// Why a part of the document is missing: in the document, which is in Dutch, and to whoever gave the command.
struct Missing {
    dutch: String,
    said: String,
}

impl Missing {
    fn of(fault: &impl Say, language: Language) -> Self {
        Self { dutch: fault.say(Language::Nl), said: fault.say(language) }
    }
}

struct NoPrivacyOfficer;

impl Say for NoPrivacyOfficer {
    fn say(&self, language: Language) -> String {
        let sentence = language.pick(
            "Alleen de functionaris gegevensbescherming leest de logboeken. Laat die dit commando geven.",
            "Only the privacy officer reads the logs. Have them give this command.",
        );
        sentence.to_owned()
    }
}

async fn read(membership: &Membership, facts: &Incident) -> Result<LogFacts, AuditFault> {
    let hub = Hub::new(membership)?;
    LogFacts::read(membership, &hub, facts.since, facts.connection.as_ref()).await
}

fn facts_of(breach: &Breach, clock: &SystemClock, language: Language) -> Result<Incident, Said> {
    let now = clock.unix_seconds();
    let found = clock.moment(&breach.discovered).filter(|it| *it <= now);
    let deadline = found.map(|it| it + u64::from(BREACH_NOTICE_HOURS) * 3600);
    let told = found.and_then(|it| clock.local(it)).zip(deadline.and_then(|it| clock.local(it)));
    let (Some((discovered, until)), Some(deadline)) = (told, deadline) else {
        let wrong = language.pick(
            "Geef een moment dat geweest is, in Nederlandse tijd, zoals: --discovered 2026-11-20T14:30",
            "Give a moment that has been, in Dutch time, such as: --discovered 2026-11-20T14:30",
        );
        return Err(Said(wrong.to_owned()));
    };
    let hours_left = if deadline > now {
        i64::try_from((deadline - now) / 3600).unwrap_or(0)
    } else {
        -i64::try_from((now - deadline).div_ceil(3600).max(1)).unwrap_or(i64::MAX)
    };
    Ok(Incident {
        discovered,
        deadline: until,
        hours_left,
        since: breach.since.unwrap_or_else(|| a_month_before(discovered.0)),
        connection: breach.connection.clone(),
        epoch: breach.epoch.map(Epoch::new),
        lost: breach.lost.clone(),
    })
}

/// The same day of the month before, or the last day of a shorter one.
fn a_month_before(day: Day) -> Day {
    let index = day.month().index().saturating_sub(1);
    let month = samenloop_core::value::Month::from_index(index).unwrap_or(day.month());
    Day::new(month, day.day()).unwrap_or_else(|_| month.last_day())
}

fn write(common: &Common, document: &Document, printed: &Printed) -> Result<Ending, Said> {
    let language = common.language;
    let text = if common.json {
        document.json()
    } else if printed.html {
        document.html()
    } else {
        document.text()
    };
    let Some(path) = &printed.out else { return print(text.trim_end(), language) };
    save(path, &format!("{}\n", text.trim_end()), printed.replace).map_err(|fault| {
        let path = path.display();
        if fault.kind() == io::ErrorKind::AlreadyExists {
            return Said(match language {
                Language::Nl => format!(
                    "{path} is er al en is niet overschreven. Kies een andere naam, of geef --replace."
                ),
                Language::En => format!(
                    "{path} is there already and was not replaced. Choose another name, or give --replace."
                ),
            });
        }
        let sentence = language.pick("Dit bestand is niet te schrijven:", "This file cannot be written:");
        Said(format!("{sentence} {path}: {}.", cause(&fault, language)))
    })?;
    eprintln!("{} {}.", language.pick("Het stuk staat in", "The document is in"), path.display());
    Ok(Ending::Done)
}
