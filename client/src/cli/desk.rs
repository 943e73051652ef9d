//! `samenloop desk`.

use std::io::{self, Write as _};
use std::time::Duration;

use super::arguments::{Common, Desk};
use super::stop::stopped;
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::desk::{Opening, Post, open};
use crate::language::Language;
use crate::membership::Membership;

/// Opens the desk of an agency or a coordinator, until somebody stops it.
pub(super) async fn run(
    common: &Common,
    membership: &Membership,
    clock: SystemClock,
    desk: &Desk,
) -> Result<Ending, Said> {
    let language = common.language;
    // Who is neither, or has no keys yet, reads that here and not after filling in a form.
    let post = if membership.is_coordinator() {
        membership.coordinator().or_say(language)?;
        Post::Coordinator
    } else {
        membership.reference_key().or_say(language)?;
        Post::Agency
    };
    let is_json = common.json;
    let tell_link = move |link: &str| {
        let mut out = io::stdout().lock();
        // Nobody reading is no reason to stop.
        let _ = if is_json {
            writeln!(out, "{}", serde_json::json!({ "login": link }))
        } else {
            write!(out, "{}", invitation(link, language))
        };
        let _ = out.flush();
    };
    let idle = Duration::from_secs(u64::from(desk.idle) * 60);
    let opening = Opening { post, port: desk.port, language, idle };
    open(membership.config().clone(), clock, opening, tell_link, stopped()).await.or_say(language)?;
    Ok(Ending::Done)
}

fn invitation(link: &str, language: Language) -> String {
    match language {
        Language::Nl => format!(
            "Open deze link in de browser van deze computer. Hij werkt één keer:\n  {link}\nStoppen: Ctrl+C in dit venster.\n"
        ),
        Language::En => format!(
            "Open this link in the browser of this computer. It works once:\n  {link}\nTo stop: Ctrl+C in this window.\n"
        ),
    }
}
