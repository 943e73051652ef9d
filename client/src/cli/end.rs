//! `samenloop key destroy`: this machine's own key of an epoch that is over.

use std::io::{self, Write};

use samenloop_core::clock::Clock as _;
use samenloop_core::value::Epoch;

use super::arguments::Common;
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::follow::{Ended, FollowFault, destroy, fetch, keys_to_end, may_end};
use crate::language::{Language, Say};
use crate::membership::Membership;

pub(super) async fn run(
    common: &Common,
    config: Config,
    clock: &SystemClock,
    epoch: Epoch,
    is_dry: bool,
) -> Result<Ending, Said> {
    let language = common.language;
    let membership = Membership::load(config.clone(), clock.today()).or_say(language)?;
    let membership = match fetch(membership, clock).await {
        // Who left the exchange is turned away, and destroys its keys all the same: by the manifest that is here.
        Err(FollowFault::Hub(_)) => Membership::load(config, clock.today()).or_say(language)?,
        fetched => fetched.or_say(language)?,
    };
    may_end(&membership, epoch).or_say(language)?;
    let keys = keys_to_end(membership.config(), epoch);
    if is_dry && keys.is_empty() {
        return Err(Said(FollowFault::NoKey(epoch).say(language)));
    }
    let is_new = if is_dry {
        false
    } else {
        match destroy(&membership, epoch, clock).await {
            Ok(ended) => ended == Ended::Now,
            // What cannot be undone is done; that nobody heard it is told as well.
            Err(FollowFault::Hub(fault)) => {
                let gone = language.pick(
                    "De sleutel is vernietigd, maar de hub weet het nog niet. Geef dit commando later opnieuw.",
                    "The key is destroyed, but the hub did not hear it. Give this command again later.",
                );
                return Err(Said(format!("{gone} {}", fault.say(language))));
            }
            Err(fault) => return Err(Said(fault.say(language))),
        }
    };
    let told = if common.json {
        serde_json::json!({"epoch": epoch.number(), "keys": keys, "destroyed": is_new}).to_string()
    } else {
        let list: String = keys.iter().map(|it| format!("\n  {}", it.display())).collect();
        in_words(epoch, is_dry, is_new, language) + &list
    };
    writeln!(io::stdout(), "{told}").map_err(|fault| Said::io(&fault, language))?;
    Ok(Ending::Done)
}

fn in_words(epoch: Epoch, is_dry: bool, is_new: bool, language: Language) -> String {
    match (is_dry, is_new, language) {
        (true, _, Language::Nl) => {
            format!("Dit zou worden vernietigd van sleutelperiode {epoch}. Er is nog niets veranderd.")
        }
        (true, _, Language::En) => {
            format!("This would be destroyed of epoch {epoch}. Nothing was changed.")
        }
        (false, true, Language::Nl) => format!(
            "De sleutel van sleutelperiode {epoch} is vernietigd. Uw ondertekende verklaring is bij de hub. Overschreven en verwijderd:"
        ),
        (false, true, Language::En) => format!(
            "The key of epoch {epoch} is destroyed. Your signed statement is with the hub. Overwritten and removed:"
        ),
        (false, false, Language::Nl) => format!(
            "De sleutel van sleutelperiode {epoch} was al vernietigd. Uw ondertekende verklaring is opnieuw naar de hub gestuurd."
        ),
        (false, false, Language::En) => format!(
            "The key of epoch {epoch} was destroyed before. Your signed statement was sent to the hub again."
        ),
    }
}
