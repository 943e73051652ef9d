//! Alerts as people read them.

use std::collections::BTreeSet;

use samenloop_core::manifest::Manifest;
use samenloop_core::value::{Code, ConnectionId, Observation, RegionId, Severity};

use super::follow_up::{lines, state_name};
use super::picture::{Numbered, numbered};
use super::{AlertView, SignalView, State, why};
use crate::contact::organisation_of;
use crate::details::Opened;
use crate::language::Language;
use crate::number::joined;

/// One line of a list: number, state, day, regions, domains and related alerts; a second one where something is wrong.
#[must_use]
pub fn line_of(alert: &AlertView, language: Language) -> String {
    let regions: Vec<_> = alert.regions.iter().map(|it| it.as_str()).collect();
    let domains: Vec<_> = alert.domains.iter().map(|it| it.code()).collect();
    let suspect = if alert.signals.iter().any(SignalView::is_suspect) {
        language.pick(
            "\n  LET OP: een signaal klopt misschien niet. Lees eerst: samenloop alert show",
            "\n  NOTE: a signal may not be right. First read: samenloop alert show",
        )
    } else {
        ""
    };
    let related = joined(&alert.follow_up.related);
    let related = match (related.is_empty(), language) {
        (true, _) => related,
        (false, Language::Nl) => format!("  waarschijnlijk hetzelfde kind als {related}"),
        (false, Language::En) => format!("  probably the same child as {related}"),
    };
    format!(
        "{}  {}  {}  {}  {}{related}{suspect}",
        alert.id,
        alert.opened,
        state_name(alert.state, language),
        regions.join(", "),
        domains.join(", ")
    )
}

/// A whole alert: what converged, why, what to weigh, and whom to call.
#[must_use]
pub fn text_of(alert: &AlertView, manifest: &Manifest, language: Language) -> String {
    let regions: Vec<_> = alert.regions.iter().map(|it| it.as_str()).collect();
    let mut text = format!(
        "{} {} ({})\n{} {} - {} {}\n{}\n{}\n{}\n\n",
        language.pick("Samenloop", "Convergence"),
        alert.id,
        state_name(alert.state, language),
        language.pick("Ontstaan op", "Opened on"),
        alert.opened,
        if regions.len() == 1 {
            language.pick("regio", "region")
        } else {
            language.pick("regio's", "regions")
        },
        regions.join(", "),
        lines(&alert.follow_up, language),
        language.pick("Waarom", "Why"),
        why(alert, manifest.rule(), language)
    );
    text.push_str(language.pick("Signalen\n", "Signals\n"));
    for it in numbered(alert) {
        text.push_str(&signal_line(it, alert.state, language));
    }
    if alert.state == State::Lapsed {
        text.push_str(language.pick(
            "\nVervallen\nDeze samenloop voldoet niet meer aan de regel. Hiervoor hoeft u niemand te bellen.\n",
            "\nLapsed\nThis convergence no longer meets the rule. Nobody needs to be called for it.\n",
        ));
    }
    if alert.state.is_ended() {
        return text;
    }
    text.push_str(language.pick("\nEerst wegen\n", "\nWeigh first\n"));
    text.push_str(&format!("{}\n", weigh(language)));
    for it in unfit(alert, language) {
        text.push_str(&format!("- {it}\n"));
    }
    text.push_str(language.pick(
        "\nBellen\nBel wie een signaal gaf en noem het kenmerk:\n",
        "\nCall\nCall who gave a signal and name the reference:\n",
    ));
    text.push_str(&contact_lines(&alert.signals, manifest, language));
    for it in sealed_to_others(alert, manifest, language) {
        text.push_str(&format!("{it}\n"));
    }
    text
}

/// What to weigh before anything is done (V-13).
pub(crate) const fn weigh(language: Language) -> &'static str {
    language.pick(
        "Bedenk ten minste één onschuldige verklaring voor wat hier staat, en weeg die mee. \
         Dat iets niet is gezien, betekent niets: niet iedereen is aangesloten en niet alles wordt gesignaleerd.",
        "Think of at least one innocent explanation for what stands here, and weigh it. \
         That something was not seen means nothing: not everyone is connected and not everything is signalled.",
    )
}

/// What each code on the alert is not for, as the shipped list says it: innocent explanations to begin with (V-13).
pub(crate) fn unfit(alert: &AlertView, language: Language) -> Vec<String> {
    let codes: BTreeSet<_> = alert.signals.iter().filter_map(|it| it.shown.code).collect();
    let texts = codes.into_iter().filter_map(|it| Some((it, samenloop_manifest::code_text(it)?)));
    texts
        .map(|(code, text)| format!("{}: {}", code_text(code, language), language.words(text.not_when())))
        .collect()
}

/// Whom to call about details that this coordinator cannot open: a sentence for each region.
pub(crate) fn sealed_to_others(alert: &AlertView, manifest: &Manifest, language: Language) -> Vec<String> {
    let closed = alert.signals.iter().filter(|it| it.opened == Opened::Absent);
    let regions: BTreeSet<_> = closed.map(|it| &it.shown.region).collect();
    let line = |region: &RegionId| {
        let coordinators: Vec<_> = manifest.coordinators_of(region).map(|it| it.id.to_string()).collect();
        let coordinators = language.list(&coordinators);
        match language {
            Language::Nl => format!(
                "De verzegelde details van regio {region} kunt u niet openen: daarom staat er geen zaaknummer bij. Bel {coordinators}, of de organisatie zelf met het kenmerk."
            ),
            Language::En => format!(
                "You cannot open the sealed details of region {region}: that is why no case reference is given. Call {coordinators}, or the organisation itself with the reference."
            ),
        }
    };
    regions.into_iter().map(line).collect()
}

/// At a hand-over: what the other cannot open, as it was sealed to the coordinators of its region only, and so is to be
/// told by phone. Nothing where the other can open all that this one can.
#[must_use]
pub fn kept_behind(alert: &AlertView, to: &ConnectionId, manifest: &Manifest, language: Language) -> String {
    let coordinates = |region| manifest.coordinators_of(region).any(|it| it.id == *to);
    let behind: Vec<_> = alert.signals.iter().filter(|it| !coordinates(&it.shown.region)).cloned().collect();
    if behind.is_empty() {
        return String::new();
    }
    let sentence = match language {
        Language::Nl => format!(
            "De verzegelde details gaan niet mee: {to} kan die hieronder niet openen, want ze zijn verzegeld aan de zorgcoördinatoren van hun eigen regio. Bel {to}, en geef zelf door wie er te bellen is en wat te noemen:"
        ),
        Language::En => format!(
            "Sealed details do not go along: {to} cannot open those below, as they are sealed to the coordinators of their own region. Call {to}, and pass on yourself whom to call and what to name:"
        ),
    };
    format!("{sentence}\n{}", contact_lines(&behind, manifest, language))
}

/// A code with its words.
pub(crate) fn code_text(code: Code, language: Language) -> String {
    match samenloop_manifest::code_text(code) {
        Some(text) => format!("{code} ({})", language.words(text.label())),
        None => code.to_string(),
    }
}

fn signal_line(of: Numbered<'_>, state: State, language: Language) -> String {
    let Numbered { number, signal } = of;
    let shown = &signal.shown;
    let severity = match shown.severity {
        Severity::Soft => language.pick("zacht", "soft"),
        Severity::Hard => "hard",
    };
    let observation = match shown.observation {
        Observation::Own => language.pick("eigen waarneming", "own observation").to_owned(),
        Observation::Hearsay(domain) => {
            format!("{} {domain}", language.pick("van horen zeggen uit", "hearsay of"))
        }
    };
    let code = shown
        .code
        .map_or_else(|| language.pick("geen code", "no code").to_owned(), |it| code_text(it, language));
    let counts = match (state.is_ended(), signal.counts) {
        (true, _) => "",
        (false, true) => language.pick("telt mee; ", "counts; "),
        (false, false) => language.pick("telt niet mee; ", "does not count; "),
    };
    let mut line = format!(
        "{number}. {}: {} ({}), {severity}, {code}, {observation}, {} {}; {counts}{} {}\n",
        shown.month,
        shown.connection,
        signal.domain,
        language.pick("regio", "region"),
        shown.region,
        language.pick("geldig tot en met", "valid until"),
        signal.expires,
    );
    for warning in warnings(signal, state, language) {
        line.push_str(&format!("  {}: {warning}\n", language.pick("LET OP", "NOTE")));
    }
    line
}

/// What is wrong with a signal as the hub shows it. Never hidden (P-50).
pub(crate) fn warnings(signal: &SignalView, state: State, language: Language) -> Vec<String> {
    let mut warnings = Vec::new();
    // What ended shows what was last listed, and who took part then may have left.
    if signal.is_misplaced && !state.is_ended() {
        warnings.push(language.pick(
            "volgens het manifest hoort deze organisatie niet bij dit domein. Bel de organisatie en de beheerder van de hub.",
            "by the manifest this organisation is not of this domain. Call the organisation and the hub's operator.",
        ).to_owned());
    }
    match &signal.opened {
        Opened::Mismatch(details) => {
            let sealed_code = details.code.map_or_else(|| "-".to_owned(), |it| code_text(it, language));
            let severity = match details.severity {
                Severity::Soft => language.pick("zacht", "soft"),
                Severity::Hard => "hard",
            };
            warnings.push(format!(
                "{} {severity}, {sealed_code}, {}, {}. {}",
                language.pick(
                    "de organisatie heeft iets anders verzegeld dan de hub laat zien:",
                    "the organisation sealed something else than the hub shows:",
                ),
                details.month,
                details.region,
                language.pick(
                    "Bel de organisatie en de beheerder van de hub.",
                    "Call the organisation and the hub's operator.",
                ),
            ));
        }
        Opened::Unreadable => warnings.push(language.pick(
            "de verzegelde details zijn niet te lezen. Vraag de organisatie of dit signaal van haar is.",
            "the sealed details cannot be read. Ask the organisation whether this signal is its own.",
        ).to_owned()),
        Opened::Missing => warnings.push(language.pick(
            "bij dit signaal is niets voor u verzegeld, terwijl het van uw regio is. Dat is gewoon als u pas na dit signaal de zorgcoördinator van deze regio werd, of een nieuwe sleutel kreeg. Is dat niet zo, dan kan het verzonnen zijn. Vraag eerst de organisatie of dit signaal van haar is.",
            "nothing was sealed to you for this signal, though it is of your region. That is normal if you became the coordinator of this region, or got a new key, after this signal. If not, it may be made up. First ask the organisation whether this signal is its own.",
        ).to_owned()),
        Opened::Same(_) | Opened::Absent => {}
    }
    warnings
}

/// Each connection in the order of its first signal, with everything to name on the phone.
pub(crate) fn to_name(signals: &[SignalView], language: Language) -> Vec<(&ConnectionId, Vec<String>)> {
    let mut contacts: Vec<(&ConnectionId, Vec<String>)> = Vec::new();
    for signal in signals {
        let connection = &signal.shown.connection;
        let name = match signal.case_reference() {
            Some(case) => format!("{} {case}", language.pick("zaaknummer", "case reference")),
            None => format!("{} {}", language.pick("signaal", "signal"), signal.shown.reference.hex()),
        };
        match contacts.iter_mut().find(|(known, _)| *known == connection) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => contacts.push((connection, vec![name])),
        }
    }
    contacts
}

fn contact_lines(signals: &[SignalView], manifest: &Manifest, language: Language) -> String {
    let line = |(connection, names): &(&ConnectionId, Vec<String>)| {
        format!("- {connection} ({}): {}\n", organisation_of(manifest, connection), names.join(", "))
    };
    to_name(signals, language).iter().map(line).collect()
}
