//! Following the manifest before a command, and `samenloop key install`.

use std::io::{self, Write};

use samenloop_core::clock::Clock as _;
use samenloop_core::manifest::Role;

use super::arguments::Common;
use super::{Ending, OrSay, Said, warn_of_expiry};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::follow::{FollowFault, Followed, fetch, settle};
use crate::language::{Language, Say};
use crate::membership::{Membership, MembershipFault};

/// The membership under the newest manifest that the hub gives, with the keys of an agency settled. A hub that is out
/// of reach, or that turns the connection away, is for the command itself to meet. Says when the manifest ends soon.
pub(super) async fn followed(
    common: &Common,
    config: Config,
    clock: &SystemClock,
) -> Result<Membership, Said> {
    let membership = follow(common.language, config, clock).await?;
    warn_of_expiry(membership.newest(), membership.config(), clock, common.language);
    Ok(membership)
}

async fn follow(language: Language, config: Config, clock: &SystemClock) -> Result<Membership, Said> {
    let membership = Membership::load(config.clone(), clock.today()).or_say(language)?;
    let met_again = |fault: &FollowFault| {
        fault.may_pass()
            || matches!(
                fault,
                FollowFault::Hub(_) | FollowFault::Membership(MembershipFault::NotInManifest(_))
            )
    };
    let membership = match fetch(membership, clock).await {
        Ok(membership) => membership,
        Err(fault) if met_again(&fault) => return Membership::load(config, clock.today()).or_say(language),
        Err(fault) => return Err(Said(fault.say(language))),
    };
    match settle(&membership, clock).await {
        Ok(followed) => tell(&followed, language, &mut io::stderr()),
        // What is installed already still serves; the rest is said.
        Err(fault) if fault.may_pass() => {}
        Err(fault) => eprintln!("{}", fault.say(language)),
    }
    Ok(membership)
}

/// `samenloop key install`.
pub(super) async fn install(common: &Common, config: Config, clock: &SystemClock) -> Result<Ending, Said> {
    let language = common.language;
    let membership = Membership::load(config, clock.today()).or_say(language)?;
    let membership = fetch(membership, clock).await.or_say(language)?;
    warn_of_expiry(membership.newest(), membership.config(), clock, language);
    let own = membership.newest().connection(membership.config().connection());
    if !own.is_some_and(|it| matches!(it.role, Role::Agency(_))) {
        let id = membership.config().connection().clone();
        return Err(Said(MembershipFault::NoAgency(id).say(language)));
    }
    let followed = settle(&membership, clock).await.or_say(language)?;
    let manifest = membership.newest();
    let mut out = io::stdout().lock();
    let io = |fault: io::Error| Said::io(&fault, language);
    if common.json {
        let numbers =
            |epochs: &[samenloop_core::value::Epoch]| epochs.iter().map(|it| it.number()).collect::<Vec<_>>();
        let waiting: Vec<_> = followed
            .waiting
            .iter()
            .map(|(epoch, wraps, needed)| {
                serde_json::json!({"epoch": epoch.number(), "wraps": wraps, "needed": needed})
            })
            .collect();
        let told = serde_json::json!({
            "manifest": manifest.sequence(),
            "installed": numbers(&followed.installed),
            "waiting": waiting,
            "destroyed": numbers(&followed.destroyed),
            "erased": followed.erased,
        });
        writeln!(out, "{told}").map_err(io)?;
    } else {
        writeln!(out, "Manifest {}.", manifest.sequence()).map_err(io)?;
        tell(&followed, language, &mut out);
        if followed == Followed::default() {
            let nothing =
                language.pick("De sleutels zijn bij. Er is niets te doen.", "The keys are up to date.");
            writeln!(out, "{nothing}").map_err(io)?;
        }
    }
    Ok(if followed.waiting.is_empty() { Ending::Done } else { Ending::Partly })
}

/// Says what following changed on this machine.
fn tell(followed: &Followed, language: Language, out: &mut impl Write) {
    let mut say = |sentence: String| {
        // Nobody to tell is no reason to stop.
        let _ = writeln!(out, "{sentence}");
    };
    for epoch in &followed.installed {
        say(match language {
            Language::Nl => format!("De sleutel van sleutelperiode {epoch} is geïnstalleerd."),
            Language::En => format!("The key of epoch {epoch} is installed."),
        });
    }
    for (epoch, wraps, needed) in &followed.waiting {
        say(match language {
            Language::Nl => format!(
                "De sleutel van sleutelperiode {epoch} is er nog niet: {wraps} van {needed} bijdragen zijn voor u ingepakt. Uw inpaksleutel is aangemeld; de sleutelbeheerders doen de rest. Geef daarna: samenloop key install"
            ),
            Language::En => format!(
                "The key of epoch {epoch} is not there yet: {wraps} of {needed} contributions are wrapped for you. Your wrap key is declared; the administrators do the rest. Then give: samenloop key install"
            ),
        });
    }
    for epoch in &followed.destroyed {
        say(match language {
            Language::Nl => {
                format!(
                    "De sleutel van sleutelperiode {epoch} is vernietigd, met een ondertekende verklaring."
                )
            }
            Language::En => format!("The key of epoch {epoch} is destroyed, with a signed statement."),
        });
    }
    if !followed.erased.is_empty() {
        let own = followed.erased.join(", ");
        say(match language {
            Language::Nl => format!(
                "Op verzoek van het kind of wie het gezag heeft is gewist: {own}. Samenloop stuurt dit niet opnieuw. Wis het ook in uw lijst voor Samenloop."
            ),
            Language::En => format!(
                "Erased on request of the child or its guardian: {own}. Samenloop does not send it again. Erase it from your list for Samenloop too."
            ),
        });
    }
}
