//! Told in time: a manifest that ends stops signals and alerts (protocol.md P-22).

use samenloop_core::manifest::{Manifest, Role};
use samenloop_core::value::{ConnectionId, Day};

use crate::language::Language;

/// Days before its last one from which a manifest is spoken of: day 28 of one of 35 days.
const DAYS_BEFORE: u32 = 7;

/// What to say to a connection about the last day of the newest manifest; `None` while that is far off.
#[must_use]
pub fn expiry_warning(
    newest: &Manifest,
    connection: &ConnectionId,
    today: Day,
    language: Language,
) -> Option<String> {
    let is_administrator = newest.connection(connection).is_some_and(|it| it.role == Role::Administrator);
    let todo = if is_administrator {
        language.pick("Publiceer een nieuw manifest.", "Publish a new manifest.")
    } else {
        language.pick(
            "Vraag de sleutelbeheerders om een nieuw manifest.",
            "Ask the administrators for a new manifest.",
        )
    };
    let day = language.day(newest.expires());
    let Some(days) = today.days_until(newest.expires()) else {
        return Some(match language {
            Language::Nl => format!(
                "Het manifest is sinds {day} verlopen: er worden geen signalen aangenomen en geen nieuwe samenlopen gemeld. {todo}"
            ),
            Language::En => {
                format!("The manifest ended on {day}: no signals are taken and no new alerts opened. {todo}")
            }
        });
    };
    let when = match (days, language) {
        (0, _) => language.pick("vandaag", "today").to_owned(),
        (1, _) => language.pick("morgen", "tomorrow").to_owned(),
        (days, Language::Nl) => format!("over {days} dagen"),
        (days, Language::En) => format!("in {days} days"),
    };
    (days <= DAYS_BEFORE).then(|| match language {
        Language::Nl => format!("Het manifest verloopt {when}, na {day}. {todo}"),
        Language::En => format!("The manifest ends {when}, after {day}. {todo}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{day, id, manifest};

    #[test]
    fn a_manifest_is_spoken_of_from_day_28() {
        let newest = manifest();
        let told = |today: &str| expiry_warning(&newest, &id("school-west"), day(today), Language::Nl);
        assert_eq!(told("2026-12-12"), None);
        for (today, words) in [
            ("2026-12-13", "over 7 dagen"),
            ("2026-12-19", "morgen"),
            ("2026-12-20", "vandaag"),
            ("2026-12-21", "sinds 20 december 2026 verlopen"),
        ] {
            let told = told(today).unwrap();
            assert!(told.contains(words) && told.contains("Vraag de sleutelbeheerders"), "{told}");
        }
    }
}
