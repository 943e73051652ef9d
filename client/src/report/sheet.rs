//! One place where a report is written, in one form.

use std::io::{self, Write};

use serde::Serialize;

use super::{Checked, ReportFault, ReportFile, Told};
use crate::language::{Language, Say};
use crate::leaving::Leaving;
use crate::push::{PushFault, Totals};

/// Warnings that one JSON object holds at most; the rest is counted.
const MAX_WARNINGS: usize = 10_000;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Sentences.
    Text,
    /// One object.
    Json,
    /// A table for a spreadsheet: semicolons, UTF-8 with a byte order mark.
    Csv,
}

impl Form {
    /// The end of a report's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    /// How a report of this form begins, by which one is known.
    #[must_use]
    pub const fn mark(self, language: Language) -> &'static str {
        match self {
            Self::Text => language.pick("Verslag van samenloop\n", "Report of samenloop\n"),
            Self::Json => "{\"report\":\"samenloop/1\",",
            Self::Csv => language.pick(
                "\u{feff}regel;oordeel;reden;uitleg\r\n",
                "\u{feff}line;verdict;reason;explanation\r\n",
            ),
        }
    }
}

/// A line with what is said of it, as programs see it.
#[derive(Serialize)]
struct Line<'r> {
    line: u64,
    reason: &'r str,
    message: &'r str,
}

enum Out {
    Stream(Box<dyn Write + Send>),
    File(ReportFile),
}

/// One place where a report is written.
pub struct Sheet {
    out: Out,
    form: Form,
    language: Language,
    /// Counts only, without a sentence for each line.
    is_brief: bool,
    has_refused: bool,
    remarked: u64,
    notes: Vec<String>,
    warnings: Vec<serde_json::Value>,
    written: io::Result<()>,
}

impl Sheet {
    /// A sheet to a stream; a brief one only counts.
    pub fn stream(out: impl Write + Send + 'static, form: Form, language: Language, is_brief: bool) -> Self {
        Self::new(Out::Stream(Box::new(out)), form, language, is_brief)
    }

    /// A sheet in a file.
    #[must_use]
    pub fn file(file: ReportFile, form: Form, language: Language) -> Self {
        Self::new(Out::File(file), form, language, false)
    }

    fn new(out: Out, form: Form, language: Language, is_brief: bool) -> Self {
        Self {
            out,
            form,
            language,
            is_brief,
            has_refused: false,
            remarked: 0,
            notes: Vec::new(),
            warnings: Vec::new(),
            written: Ok(()),
        }
    }

    fn write(&mut self, text: &str) {
        if self.written.is_ok() {
            self.written = match &mut self.out {
                Out::Stream(out) => out.write_all(text.as_bytes()),
                Out::File(out) => out.write_all(text.as_bytes()),
            };
        }
    }

    const fn is_file(&self) -> bool {
        matches!(self.out, Out::File(_))
    }

    pub(super) fn begin(&mut self) {
        match (self.form, self.is_file()) {
            (Form::Json, _) => {
                self.write(Form::Json.mark(self.language));
                self.write("\"refused\":[");
            }
            (Form::Text, false) => {}
            (Form::Text | Form::Csv, _) => self.write(self.form.mark(self.language)),
        }
    }

    pub(super) fn note(&mut self, sentence: &str) {
        match self.form {
            Form::Text => self.write(&format!("{sentence}\n")),
            Form::Csv => self.row("", self.language.pick("bestand", "file"), "", sentence),
            Form::Json => self.notes.push(sentence.to_owned()),
        }
    }

    pub(super) fn refused(&mut self, line: u64, reason: &str, message: &str) {
        if self.is_brief {
            return;
        }
        match self.form {
            Form::Text => {
                let word = self.language.pick("Regel", "Line");
                self.write(&format!("{word} {line}: {message}\n"));
            }
            Form::Csv => {
                self.row(&line.to_string(), self.language.pick("geweigerd", "refused"), reason, message);
            }
            Form::Json => {
                let text =
                    serde_json::to_string(&Line { line, reason, message }).unwrap_or_else(|_| "{}".into());
                let separator = if std::mem::replace(&mut self.has_refused, true) { "," } else { "" };
                self.write(&format!("{separator}{text}"));
            }
        }
    }

    pub(super) fn remarked(&mut self, line: u64, reason: &str, message: &str) {
        self.remarked += 1;
        if self.is_brief {
            return;
        }
        match self.form {
            Form::Text => {
                let (word, look) =
                    (self.language.pick("Regel", "Line"), self.language.pick("let op", "look here"));
                self.write(&format!("{word} {line}, {look}: {message}\n"));
            }
            Form::Csv => {
                self.row(&line.to_string(), self.language.pick("let op", "look here"), reason, message);
            }
            Form::Json if self.warnings.len() < MAX_WARNINGS => {
                let line = serde_json::json!(Line { line, reason, message });
                self.warnings.push(line);
            }
            Form::Json => {}
        }
    }

    /// One row of the table, every field quoted: a line break or formula of nobody's gets in.
    fn row(&mut self, line: &str, verdict: &str, reason: &str, text: &str) {
        let quoted = [verdict, reason, text].map(|it| it.replace('"', "\"\""));
        let [verdict, reason, text] = &quoted;
        self.write(&format!("{line};\"{verdict}\";\"{reason}\";\"{text}\"\r\n"));
    }

    pub(super) fn end(&mut self, told: Told<'_>) {
        match self.form {
            Form::Json => self.end_json(told),
            Form::Text => self.end_text(told),
            Form::Csv => self.end_csv(told),
        }
    }

    fn end_json(&mut self, told: Told<'_>) {
        let mut rest = match told {
            Told::Push(totals, _) => serde_json::json!({"sent": totals.sent, "accepted": totals.accepted}),
            Told::Check(checked, _) => {
                let shown =
                    |it: &Leaving| serde_json::json!({"line": it.line(), "fields": it.fields(self.language)});
                let leaving: Vec<_> = checked.leaving.iter().map(shown).collect();
                serde_json::json!({
                    "lines": checked.good + checked.refused, "good": checked.good, "leaving": leaving
                })
            }
        };
        if let Some(rest) = rest.as_object_mut() {
            if !self.warnings.is_empty() {
                let left_out = self.remarked - u64::try_from(self.warnings.len()).unwrap_or(u64::MAX);
                rest.insert("warnings".into(), std::mem::take(&mut self.warnings).into());
                if left_out > 0 {
                    rest.insert("warnings_left_out".into(), left_out.into());
                }
            }
            if !self.notes.is_empty() {
                rest.insert("notes".into(), std::mem::take(&mut self.notes).into());
            }
            if let Some(fault) = fault_of(told) {
                let line = if let PushFault::Input(fault) = fault { fault.line() } else { None };
                let fault = serde_json::json!({
                    "line": line, "reason": fault.name(), "message": fault.say(self.language)
                });
                rest.insert("error".into(), fault);
            }
        }
        // The array of refusals is open still; what follows it is an object without its brace.
        let rest = rest.to_string();
        self.write(&format!("],{}\n", rest.strip_prefix('{').unwrap_or("}")));
    }

    fn end_text(&mut self, told: Told<'_>) {
        let language = self.language;
        match told {
            // What never began, for want of a configuration or headings, has no counts.
            Told::Push(totals, fault) if fault.is_none() || *totals != Totals::default() => {
                self.write(&counts(totals, self.remarked, language));
            }
            Told::Check(checked, None) => {
                self.write(&checked_counts(checked, self.remarked, language));
                self.leaving(checked);
            }
            Told::Push(..) | Told::Check(..) => {}
        }
        // A terminal gets it on standard error.
        if let (Some(fault), true) = (fault_of(told), self.is_file()) {
            self.write(&format!("{}\n", fault.say(language)));
        }
    }

    fn leaving(&mut self, checked: &Checked) {
        let Checked { good, leaving, .. } = checked;
        if leaving.is_empty() {
            return;
        }
        let (first, word) = (leaving.len(), self.language.pick("Regel", "Line"));
        self.write(&match self.language {
            Language::Nl => format!("Dit gaat de deur uit: {good} signalen. De eerste {first}:\n"),
            Language::En => format!("This leaves your organisation: {good} signals. The first {first}:\n"),
        });
        for signal in leaving {
            self.write(&format!("  {word} {}\n", signal.line()));
            for field in signal.fields(self.language) {
                self.write(&format!("    {}: {}\n", field.label, field.value));
            }
        }
    }

    fn end_csv(&mut self, told: Told<'_>) {
        let language = self.language;
        let summary = language.pick("samenvatting", "summary");
        match told {
            Told::Push(totals, _) => {
                let counts = counts(totals, self.remarked, language);
                self.row("", summary, "", counts.trim_end());
            }
            Told::Check(checked, fault) => {
                for signal in &checked.leaving {
                    for field in signal.fields(language) {
                        let verdict = language.pick("gaat de deur uit", "leaves");
                        self.row(&signal.line().to_string(), verdict, field.label, &field.value);
                    }
                }
                if fault.is_none() {
                    let counts = checked_counts(checked, self.remarked, language);
                    self.row("", summary, "", counts.trim_end());
                }
            }
        }
        if let Some(fault) = fault_of(told) {
            self.row("", language.pick("bestand", "file"), fault.name(), &fault.say(language));
        }
    }

    pub(super) fn close(self) -> Result<(), ReportFault> {
        match self.out {
            Out::Stream(mut out) => Ok(self.written.and_then(|()| out.flush())?),
            Out::File(file) => file.commit(self.written),
        }
    }
}

const fn fault_of(told: Told<'_>) -> Option<&PushFault> {
    match told {
        Told::Push(_, fault) | Told::Check(_, fault) => fault,
    }
}

fn checked_counts(checked: &Checked, remarked: u64, language: Language) -> String {
    let Checked { good, refused, .. } = checked;
    match language {
        Language::Nl => {
            format!(
                "Regels goed: {good}. Regels fout: {refused}. Let op: {remarked}. Er is niets verstuurd.\n"
            )
        }
        Language::En => {
            format!(
                "Lines good: {good}. Lines refused: {refused}. Look here: {remarked}. Nothing was sent.\n"
            )
        }
    }
}

fn counts(totals: &Totals, remarked: u64, language: Language) -> String {
    let Totals { sent, accepted, refused, .. } = totals;
    let look = match (remarked, language) {
        (0, _) => String::new(),
        (_, Language::Nl) => format!(" Let op: {remarked}."),
        (_, Language::En) => format!(" Look here: {remarked}."),
    };
    match language {
        Language::Nl => {
            let lines = if *sent == 1 { "regel" } else { "regels" };
            format!(
                "{sent} {lines} verstuurd, {accepted} aangenomen, {refused} geweigerd.{look}\n\
                 Een signaal vervangt geen stap van de meldcode en geen melding bij Veilig Thuis of politie. \
                 Bij acuut gevaar: bel 112.\n"
            )
        }
        Language::En => {
            let lines = if *sent == 1 { "line" } else { "lines" };
            format!(
                "{sent} {lines} sent, {accepted} accepted, {refused} refused.{look}\n\
                 A signal replaces no step of the meldcode and no report to Veilig Thuis or the police. \
                 In acute danger: call 112.\n"
            )
        }
    }
}
