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
                "Het manifest is sinds {day} verlopen: er worden geen signalen aangenomen en geen nieuwe samenlopen gemeld. {todo} Kijk ook of de klok van deze computer goed staat."
            ),
            Language::En => {
                format!(
                    "The manifest ended on {day}: no signals are taken and no new alerts opened. {todo} See also whether the clock of this machine is right."
                )
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

/// What to say when the clock of this machine cannot be right: the newest manifest was issued on a day that is still to
/// come. One day ahead is what a clock that is an hour slow makes of midnight, and changes nothing.
#[must_use]
pub fn clock_warning(newest: &Manifest, today: Day, language: Language) -> Option<String> {
    today.days_until(newest.issued()).filter(|days| *days > 1)?;
    let (today, issued) = (language.day(today), language.day(newest.issued()));
    Some(match language {
        Language::Nl => format!(
            "De klok van deze computer staat op {today}, maar het manifest is van {issued}. Zet de klok goed."
        ),
        Language::En => {
            format!("The clock of this machine says {today}, but the manifest is of {issued}. Set the clock.")
        }
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

    #[test]
    fn a_clock_that_is_days_behind_is_told_and_one_that_is_an_hour_off_is_not() {
        let newest = manifest();
        let told = |today: &str| clock_warning(&newest, day(today), Language::Nl);
        // Issued on 2026-11-20: an hour before midnight a slow clock still says the 19th.
        for today in ["2026-11-19", "2026-11-20", "2026-11-21", "2027-03-01"] {
            assert_eq!(told(today), None, "{today}");
        }
        let said = told("2026-11-18").unwrap();
        assert!(said.contains("18 november 2026") && said.contains("20 november 2026"), "{said}");
        assert!(said.contains("Zet de klok goed"), "{said}");
        let english = clock_warning(&newest, day("2026-11-18"), Language::En).unwrap();
        assert!(english.contains("Set the clock"), "{english}");
    }
}
