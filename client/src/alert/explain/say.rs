//! An explanation for people, and whom to call when the rule and the hub do not agree.

use samenloop_core::manifest::{Manifest, Role};

use super::{AlertView, Doubt, Explanation, Numbered, Verdict, Wrong};
use crate::alert::why::{asked, lacks};
use crate::language::Language;

/// What the rule made of the alert, and whether that is what the hub says.
#[must_use]
pub fn explanation_text(
    alert: &AlertView,
    explanation: &Explanation<'_>,
    manifest: &Manifest,
    language: Language,
) -> String {
    let day = language.day(explanation.day);
    let rule = manifest.rule();
    let mut text = match language {
        Language::Nl => format!(
            "Samenloop {}\nNagerekend op deze computer, op {day}, met regel {} van manifest {}.\nDe regel vraagt {}.\n",
            alert.id,
            rule.name,
            manifest.sequence(),
            asked(rule, language)
        ),
        Language::En => format!(
            "Convergence {}\nRecomputed on this computer, on {day}, by rule {} of manifest {}.\nThe rule asks for {}.\n",
            alert.id,
            rule.name,
            manifest.sequence(),
            asked(rule, language)
        ),
    };
    text.push_str(&counted(explanation, language));
    text.push_str(match explanation.verdict() {
        Verdict::Agrees => language.pick(
            "Dat klopt met wat de hub laat zien.\n",
            "That agrees with what the hub shows.\n",
        ),
        Verdict::Differs => language.pick(
            "Dat klopt NIET met wat de hub laat zien:\n",
            "That does NOT agree with what the hub shows:\n",
        ),
        Verdict::Ended => language.pick(
            "Deze samenloop is gesloten of vervallen. Signalen kunnen daarna zijn weggevallen: of hij toen aan de regel \
             voldeed is niet meer na te rekenen. Aan wat er nog staat is niets mis.\n",
            "This convergence is closed or lapsed. Signals may have ended since: whether it met the rule then can no \
             longer be recomputed. Nothing is wrong with what still stands.\n",
        ),
    });
    for doubt in &explanation.doubts {
        text.push_str(&format!("- {}\n", doubt_line(doubt, manifest, language)));
    }
    text.push_str(&unsealed(explanation, language));
    text
}

fn counted(explanation: &Explanation<'_>, language: Language) -> String {
    let numbers = &explanation.numbers;
    let (domains, organisations) = (numbers.domains.len(), numbers.organisations.len());
    let pairs = numbers.pairs;
    match (language, numbers.hard) {
        (Language::Nl, hard) => format!(
            "De signalen die de hub laat zien, tellen op die dag: domeinen {domains}, organisaties {organisations}, combinaties {pairs}, {} hard signaal.\n",
            if hard { "met een" } else { "zonder" }
        ),
        (Language::En, hard) => format!(
            "The signals that the hub shows count, on that day: domains {domains}, organisations {organisations}, pairs {pairs}, {} hard signal.\n",
            if hard { "with a" } else { "without a" }
        ),
    }
}

fn doubt_line(doubt: &Doubt<'_>, manifest: &Manifest, language: Language) -> String {
    match doubt {
        Doubt::Rule => format!(
            "{} {}.",
            language.pick(
                "De hub noemt een andere regel dan het manifest van die dag:",
                "The hub names another rule than the manifest of that day:"
            ),
            manifest.rule().name
        ),
        Doubt::Unmet(lacking) => format!(
            "{}: {}.",
            language.pick(
                "De signalen voldoen niet aan de regel. Te weinig",
                "The signals do not meet the rule. Too few"
            ),
            lacks(*lacking, language)
        ),
        Doubt::Met => language
            .pick(
                "De signalen voldoen aan de regel, en de hub zegt van niet.",
                "The signals meet the rule, and the hub says that they do not.",
            )
            .to_owned(),
        Doubt::Numbers => language
            .pick(
                "De hub noemt andere domeinen, organisaties of aantallen dan zijn eigen signalen geven.",
                "The hub gives other domains, organisations or numbers than its own signals have.",
            )
            .to_owned(),
        Doubt::Regions => language
            .pick(
                "De hub noemt andere regio's dan zijn eigen signalen hebben.",
                "The hub gives other regions than its own signals have.",
            )
            .to_owned(),
        Doubt::Signal(signal, wrong) => format!(
            "{} {} ({}): {}",
            language.pick("Signaal", "Signal"),
            signal.number,
            signal.signal.shown.connection,
            wrong_words(*wrong, language)
        ),
    }
}

const fn wrong_words(wrong: Wrong, language: Language) -> &'static str {
    match wrong {
        Wrong::Twice => language.pick("staat er twee keer.", "is listed twice."),
        Wrong::Impossible => language.pick(
            "zo'n signaal wordt nooit aangenomen; de code, de soort, de maand of de termijn kan niet.",
            "no such signal is ever taken; its code, its severity, its month or its term cannot be.",
        ),
        Wrong::Misplaced => language.pick(
            "volgens het manifest hoort deze organisatie niet bij dit domein.",
            "by the manifest this organisation is not of this domain.",
        ),
        Wrong::Outside => language.pick(
            "volgens het manifest doet deze organisatie op die dag niet mee.",
            "by the manifest this organisation takes no part on that day.",
        ),
        Wrong::Ended => language.pick("was op die dag al verlopen.", "had ended by that day."),
        Wrong::Counts => language.pick(
            "de hub zegt iets anders dan de regel over of het meetelt.",
            "the hub says otherwise than the rule whether it counts.",
        ),
        Wrong::Mismatch => language.pick(
            "de organisatie heeft iets anders verzegeld dan de hub laat zien.",
            "the organisation sealed something else than the hub shows.",
        ),
        Wrong::Unreadable => {
            language.pick("de verzegelde details zijn niet te lezen.", "the sealed details cannot be read.")
        }
    }
}

fn unsealed(explanation: &Explanation<'_>, language: Language) -> String {
    let number = |it: &Numbered<'_>| format!("{} ({})", it.number, it.signal.shown.connection);
    let numbers: Vec<_> = explanation.unsealed.iter().map(number).collect();
    if numbers.is_empty() {
        return String::new();
    }
    format!(
        "{}: {}. {}\n",
        language.pick(
            "Niet voor u verzegeld, en dus alleen op gezag van de hub, zijn de signalen",
            "Not sealed to you, and so on the hub's word alone, are the signals"
        ),
        numbers.join(", "),
        language.pick(
            "Alleen de organisatie zelf kan zeggen dat zij dit signaal gaf.",
            "Only the organisation itself can say that it gave this signal."
        )
    )
}

/// What to do when the rule and the hub do not agree.
#[must_use]
pub fn whom_to_call(manifest: &Manifest, language: Language) -> String {
    let operator = &manifest.hub().operator;
    let operator = manifest.organisations().iter().find(|it| it.oin == *operator).map(|it| it.name.as_str());
    let officers: Vec<_> = manifest
        .connections()
        .iter()
        .filter(|it| it.role == Role::PrivacyOfficer)
        .map(|it| it.id.to_string())
        .collect();
    let named = |names: Option<String>| names.map_or_else(String::new, |it| format!(" ({it})"));
    let operator = named(operator.map(str::to_owned));
    let officers = named((!officers.is_empty()).then(|| officers.join(", ")));
    let seconds = manifest.tick_seconds();
    match language {
        Language::Nl => format!(
            "De regel en de hub zijn het niet eens. Is het net na middernacht, of is er net een nieuw manifest? Probeer het dan na {seconds} seconden nog eens. Blijft het zo: bel de beheerder van de hub{operator} en de functionaris gegevensbescherming{officers}, en ga niet alleen op de hub af: vraag de organisaties zelf wat zij signaleerden."
        ),
        Language::En => format!(
            "The rule and the hub do not agree. Is it just past midnight, or was a manifest just published? Then try again after {seconds} seconds. If it stays so: call the hub's operator{operator} and the privacy officer{officers}, and do not go by the hub alone: ask the organisations themselves what they signalled."
        ),
    }
}
