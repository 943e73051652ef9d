//! `samenloop codes`.

use std::io::{self, Write};

use samenloop_core::manifest::{Connection, Role};
use samenloop_core::value::Severity;
use samenloop_manifest::{CodeText, TAXONOMY_VERSION, Term, Words, domain_words};

use super::arguments::{Codes, Common};
use super::{Ending, Said};
use crate::codes::{Found, find};
use crate::language::Language;
use crate::membership::Membership;

/// Shows the codes that fit. Reads the manifest and no hub.
pub(super) fn run(common: &Common, membership: &Membership, wanted: &Codes) -> Result<Ending, Said> {
    let language = common.language;
    let own = membership.manifest().connection(membership.config().connection());
    let mut found: Vec<_> = own.iter().flat_map(|own| find(&wanted.search, wanted.domain, own)).collect();
    // Who sends no signals chooses no code, and may look each of them up.
    let is_offered = own.is_some_and(sends) && !wanted.all;
    let before = found.len();
    found.retain(|it| it.is_enabled() || !is_offered);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if common.json {
        write_json(&mut out, &found)
    } else {
        write_text(&mut out, &found, before - found.len(), own.is_some_and(sends), language)
    };
    written.and_then(|()| out.flush()).map_err(|fault| Said::io(&fault, language))?;
    Ok(Ending::Done)
}

const fn sends(connection: &Connection) -> bool {
    matches!(connection.role, Role::Agency(_))
}

fn write_json(out: &mut impl Write, found: &[Found]) -> io::Result<()> {
    let codes: Vec<_> = found.iter().map(json).collect();
    let hash: String = samenloop_manifest::taxonomy_hash().iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(out, "{}", serde_json::json!({ "version": TAXONOMY_VERSION, "hash": hash, "codes": codes }))
}

fn json(found: &Found) -> serde_json::Value {
    let text = found.text();
    let words = |words: &Words| serde_json::json!({ "nl": words.dutch(), "en": words.english() });
    let term = |term: &Term| serde_json::json!({ "name": term.name(), "nl": term.words().dutch(), "en": term.words().english() });
    let terms = |terms: &[Term]| terms.iter().map(term).collect::<Vec<_>>();
    serde_json::json!({
        "code": text.code().as_str(),
        "label": words(text.label()),
        "severity": match text.entry().severity() { Severity::Soft => "soft", Severity::Hard => "hard" },
        "term_months": text.entry().term_months(),
        "phase": term(text.phase()),
        "life_area": term(text.life_area()),
        "indicator": term(text.indicator()),
        "forms": terms(text.forms()),
        "domains": text.domains().iter().map(|it| it.code()).collect::<Vec<_>>(),
        "special": terms(text.special()),
        "not_when": words(text.not_when()),
        "enabled": found.is_enabled(),
    })
}

fn write_text(
    out: &mut impl Write,
    found: &[Found],
    left_out: usize,
    sends: bool,
    language: Language,
) -> io::Result<()> {
    for it in found {
        let mark = if sends && !it.is_enabled() {
            language.pick("  [niet voor u aangezet]", "  [not enabled for you]")
        } else {
            ""
        };
        writeln!(out, "{}{mark}", paragraph(it.text(), language))?;
    }
    match (found.len(), left_out) {
        (0, 0) => writeln!(
            out,
            "{}",
            language.pick("Geen code gevonden. Probeer een ander woord.", "No code found. Try another word.")
        )?,
        (_, 0) => {}
        (shown, _) => {
            let (before, after) = match language {
                Language::Nl => {
                    ("Niet getoond, want niet aangezet voor uw organisatie", "--all toont ze ook")
                }
                Language::En => ("Not shown, as not enabled for your organisation", "--all shows them too"),
            };
            writeln!(out, "{before}: {left_out}. {after}.")?;
            if shown == 0 {
                let without = language.pick(
                    "Een signaal kan altijd zonder code: vul bij soort zacht of hard in.",
                    "A signal never needs a code: fill in the severity, soft or hard.",
                );
                writeln!(out, "{without}")?;
            }
        }
    }
    let version = language.pick("Lijst van codes, versie", "List of codes, version");
    writeln!(out, "{version} {TAXONOMY_VERSION}.")
}

/// A code in a few lines; the last is when not to use it.
fn paragraph(text: &CodeText, language: Language) -> String {
    let list =
        |terms: &[Term]| terms.iter().map(|term| language.words(term.words())).collect::<Vec<_>>().join(", ");
    let severity = match text.entry().severity() {
        Severity::Soft => language.pick("zacht", "soft"),
        Severity::Hard => "hard",
    };
    let mut lines = format!(
        "{}  {}\n     {severity}, {} {} {}\n     {} | {}: {} | {}\n     {}",
        text.code(),
        language.words(text.label()),
        language.pick("telt", "counts"),
        text.entry().term_months(),
        language.pick("maanden", "months"),
        language.words(text.phase().words()),
        language.words(text.life_area().words()),
        language.words(text.indicator().words()),
        list(text.forms()),
        text.domains()
            .iter()
            .filter_map(|it| domain_words(*it))
            .map(|it| language.words(it))
            .collect::<Vec<_>>()
            .join("; "),
    );
    if !text.special().is_empty() {
        let mark = language.pick("Bijzonder gegeven", "Special data");
        lines += &format!("\n     {mark}: {}", list(text.special()));
    }
    lines + &format!("\n     {}", language.words(text.not_when()))
}
