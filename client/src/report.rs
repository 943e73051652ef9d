//! How a push or check is told: one JSON object for programs, sentences for people.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::language::{Language, Say};
use crate::push::{Observer, PushFault, Totals};
use crate::refusal::Refusal;

/// Warnings that one JSON object holds at most; the rest is counted.
const MAX_WARNINGS: usize = 10_000;

/// A refused line, as programs see it.
#[derive(Serialize)]
struct RefusedLine<'r> {
    line: u64,
    reason: &'r str,
    message: String,
}

/// Tells how a push or check goes, while it goes: refusals are written as they come, so that ten million
/// of them take no memory.
pub struct Report<W> {
    out: W,
    language: Language,
    is_json: bool,
    has_refused: bool,
    warnings: Vec<u64>,
    warnings_left_out: u64,
    bar: ProgressBar,
    written: io::Result<()>,
}

impl<W: Write> Report<W> {
    /// A report to `out`, on a file of so many lines where that is known.
    pub fn new(out: W, language: Language, is_json: bool, lines: Option<u64>) -> Self {
        let bar = lines.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let style = "{elapsed_precise} {bar:30} {human_pos}/{human_len} {msg}";
        bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(500));
        let mut report = Self {
            out,
            language,
            is_json,
            has_refused: false,
            warnings: Vec::new(),
            warnings_left_out: 0,
            bar,
            written: Ok(()),
        };
        if is_json {
            report.write("{\"refused\":[");
        }
        report
    }

    fn write(&mut self, text: &str) {
        if self.written.is_ok() {
            let (out, bar) = (&mut self.out, &self.bar);
            self.written = bar.suspend(|| out.write_all(text.as_bytes()));
        }
    }

    fn array(&mut self, name: &str, lines: &[RefusedLine<'_>]) {
        let array = serde_json::to_string(lines).unwrap_or_else(|_| "[]".into());
        self.write(&format!(",\"{name}\":{array}"));
    }

    /// Ends the report: the counts, and the fault that stopped it if one did.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn finish(mut self, totals: &Totals, fault: Option<&PushFault>) -> io::Result<()> {
        self.bar.finish_and_clear();
        if self.is_json {
            self.write(&format!("],\"sent\":{},\"accepted\":{}", totals.sent, totals.accepted));
            self.json_warnings();
            if let Some(fault) = fault {
                self.json_fault(fault);
            }
            self.write("}\n");
        } else if fault.is_none() || *totals != Totals::default() {
            // What never began, for want of a configuration or headings, has no counts.
            let sentences = match self.language {
                Language::Nl => dutch_counts(totals),
                Language::En => english_counts(totals),
            };
            self.write(&sentences);
        }
        self.written?;
        self.out.flush()
    }

    /// Ends the report of a check, in which nothing leaves.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn finish_check(mut self, good: u64, refused: u64, leaving: &[(u64, Vec<String>)]) -> io::Result<()> {
        self.bar.finish_and_clear();
        if self.is_json {
            self.write(&format!("],\"lines\":{},\"good\":{good}}}\n", good + refused));
        } else {
            let language = self.language;
            self.write(&match language {
                Language::Nl => {
                    format!("Regels goed: {good}. Regels fout: {refused}. Er is niets verstuurd.\n")
                }
                Language::En => format!("Lines good: {good}. Lines refused: {refused}. Nothing was sent.\n"),
            });
            if !leaving.is_empty() {
                self.write(language.pick(
                    "Dit gaat de deur uit, naast het pseudoniem en de verzegelde details (eerste regels):\n  regel | soort | code | maand | regio | waarneming | telt tot en met\n",
                    "This leaves your organisation, besides pseudonym and sealed details (first lines):\n  line | severity | code | month | region | observation | counts until\n",
                ));
            }
            for (line, fields) in leaving {
                self.write(&format!("  {line} | {}\n", fields.join(" | ")));
            }
        }
        self.written?;
        self.out.flush()
    }

    /// Ends the report of a check that a fault stopped.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn finish_stopped(mut self, fault: &PushFault) -> io::Result<()> {
        self.bar.finish_and_clear();
        if self.is_json {
            self.write("],\"lines\":0,\"good\":0");
            self.json_fault(fault);
            self.write("}\n");
        }
        self.written?;
        self.out.flush()
    }

    fn json_warnings(&mut self) {
        if self.warnings.is_empty() {
            return;
        }
        let message = withdrawn_earlier(self.language);
        let reason = "WITHDRAWN_EARLIER";
        let line = |line: &u64| RefusedLine { line: *line, reason, message: message.to_owned() };
        let lines: Vec<_> = self.warnings.iter().map(line).collect();
        self.array("warnings", &lines);
        if self.warnings_left_out > 0 {
            self.write(&format!(",\"warnings_left_out\":{}", self.warnings_left_out));
        }
    }

    fn json_fault(&mut self, fault: &PushFault) {
        let line = match fault {
            PushFault::Input(fault) => fault.line(),
            PushFault::Rules(_)
            | PushFault::Membership(_)
            | PushFault::Prepare(_)
            | PushFault::Hub(_)
            | PushFault::Journal(_)
            | PushFault::Interrupted => None,
        };
        let fault = serde_json::json!({
            "line": line, "reason": fault.name(), "message": fault.say(self.language)
        });
        self.write(&format!(",\"error\":{fault}"));
    }
}

impl<W: Write> Observer for Report<W> {
    fn refused(&mut self, line: u64, refusal: &Refusal) {
        let message = refusal.say(self.language);
        if self.is_json {
            let refused = RefusedLine { line, reason: refusal.name(), message };
            let text = serde_json::to_string(&refused).unwrap_or_else(|_| "{}".into());
            let separator = if std::mem::replace(&mut self.has_refused, true) { "," } else { "" };
            self.write(&format!("{separator}{text}"));
        } else {
            let word = self.language.pick("Regel", "Line");
            // The numbers were told when the line was read, before anything else.
            let message = if matches!(refusal, Refusal::AcuteRouteNotFollowed(_)) {
                acute_refused(self.language).to_owned()
            } else {
                message
            };
            self.write(&format!("{word} {line}: {message}\n"));
        }
    }

    fn withdrawn_earlier(&mut self, line: u64) {
        if !self.is_json {
            let (word, message) = (self.language.pick("Regel", "Line"), withdrawn_earlier(self.language));
            self.bar.suspend(|| eprintln!("{word} {line}: {message}"));
        } else if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(line);
        } else {
            self.warnings_left_out += 1;
        }
    }

    fn progress(&mut self, totals: &Totals) {
        self.bar.set_position(totals.accepted + totals.refused);
    }

    fn waiting(&mut self) {
        self.bar.set_message(self.language.pick("wacht op de hub", "waiting for the hub"));
    }
}

const fn acute_refused(language: Language) -> &'static str {
    language.pick(
        "Niet verstuurd: acuut gevaar. Bel eerst, zet daarna acute_route_gevolgd op ja en stuur de regel opnieuw.",
        "Not sent: acute danger. Call first, then set acute_route_followed to yes and send the line again.",
    )
}

const fn withdrawn_earlier(language: Language) -> &'static str {
    language.pick(
        "Dit signaal is eerder ingetrokken en blijft ingetrokken. Is er een nieuw oordeel, gebruik dan een nieuwe referentie.",
        "This signal was withdrawn earlier and stays withdrawn. For a new judgement, use a new reference.",
    )
}

fn dutch_counts(totals: &Totals) -> String {
    let Totals { sent, accepted, refused, .. } = totals;
    let lines = if *sent == 1 { "regel" } else { "regels" };
    format!(
        "{sent} {lines} verstuurd, {accepted} aangenomen, {refused} geweigerd.\n\
         Een signaal vervangt geen stap van de meldcode en geen melding bij Veilig Thuis of politie. \
         Bij acuut gevaar: bel 112.\n"
    )
}

fn english_counts(totals: &Totals) -> String {
    let Totals { sent, accepted, refused, .. } = totals;
    let lines = if *sent == 1 { "line" } else { "lines" };
    format!(
        "{sent} {lines} sent, {accepted} accepted, {refused} refused.\n\
         A signal replaces no step of the meldcode and no report to Veilig Thuis or the police. \
         In acute danger: call 112.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::InputFault;

    fn told(totals: &Totals, fault: Option<&PushFault>) -> String {
        let mut out = Vec::new();
        Report::new(&mut out, Language::Nl, false, None).finish(totals, fault).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_never_began_has_no_counts() {
        let fault = PushFault::Input(InputFault::HeaderMissing);
        assert_eq!(told(&Totals::default(), Some(&fault)), "");
        assert!(told(&Totals::default(), None).starts_with("0 regels verstuurd"));
        let begun = Totals { sent: 1, ..Totals::default() };
        assert!(told(&begun, Some(&fault)).starts_with("1 regel verstuurd"));
    }
}
