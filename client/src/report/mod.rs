//! How a push or check is told: on standard output, and in a file beside the input.
//!
//! Refusals are written as they come, so that ten million of them take no memory. A file that is no terminal shows no
//! progress bar.

mod file;
mod sheet;
#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

pub use file::{ReportFault, ReportFile};
pub use sheet::{Form, Sheet};

use crate::language::{Language, Say};
use crate::leaving::Leaving;
use crate::push::{Observer, PushFault, Totals};
use crate::refusal::Refusal;
use crate::remark::Remark;

/// How it ended.
#[derive(Clone, Copy)]
pub enum Told<'t> {
    /// A push, and the fault that stopped it if one did.
    Push(&'t Totals, Option<&'t PushFault>),
    /// A check, in which nothing left.
    Check(&'t Checked, Option<&'t PushFault>),
}

/// What a check found.
#[derive(Default)]
pub struct Checked {
    /// Lines that would be sent.
    pub good: u64,
    /// Lines that are refused.
    pub refused: u64,
    /// What would leave, of the first lines.
    pub leaving: Vec<Leaving>,
}

/// Tells how a push or check goes, while it goes.
pub struct Report {
    language: Language,
    sheets: Vec<Sheet>,
    bar: ProgressBar,
}

impl Report {
    /// A report to these sheets, on a file of so many lines where that is known.
    #[must_use]
    pub fn new(language: Language, sheets: Vec<Sheet>, lines: Option<u64>) -> Self {
        let bar = lines.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let template = match (language, lines.is_some()) {
            (Language::Nl, true) => {
                "{elapsed_precise} {bar:30} {human_pos} van {human_len} regels, {per_sec}, nog {eta} {msg}"
            }
            (Language::En, true) => {
                "{elapsed_precise} {bar:30} {human_pos} of {human_len} lines, {per_sec}, {eta} left {msg}"
            }
            (Language::Nl, false) => "{elapsed_precise} {spinner} {human_pos} regels, {per_sec} {msg}",
            (Language::En, false) => "{elapsed_precise} {spinner} {human_pos} lines, {per_sec} {msg}",
        };
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        bar.enable_steady_tick(Duration::from_millis(500));
        let mut report = Self { language, sheets, bar };
        report.each(Sheet::begin);
        report
    }

    fn each(&mut self, mut tell: impl FnMut(&mut Sheet)) {
        let sheets = &mut self.sheets;
        self.bar.suspend(|| sheets.iter_mut().for_each(&mut tell));
    }

    /// Says something of the whole file.
    pub fn note(&mut self, sentence: &str) {
        self.each(|sheet| sheet.note(sentence));
    }

    /// Ends the report.
    ///
    /// # Errors
    /// When a sheet cannot be written; what of a file was written is removed then.
    pub fn finish(mut self, told: Told<'_>) -> Result<(), ReportFault> {
        self.each(|sheet| sheet.end(told));
        std::mem::take(&mut self.sheets).into_iter().try_for_each(Sheet::close)
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Report {
    fn refused(&mut self, line: u64, refusal: &Refusal) {
        let message = refusal.say(self.language);
        self.each(|sheet| sheet.refused(line, refusal.name(), &message));
    }

    fn remarked(&mut self, line: u64, remark: Remark) {
        let message = remark.say(self.language);
        self.each(|sheet| sheet.remarked(line, remark.name(), &message));
    }

    fn progress(&mut self, totals: &Totals) {
        self.bar.set_position(totals.accepted + totals.refused);
        self.bar.set_message("");
    }

    fn waiting(&mut self) {
        self.bar.set_message(self.language.pick("wacht op de hub", "waiting for the hub"));
    }
}

impl From<io::Error> for ReportFault {
    fn from(source: io::Error) -> Self {
        Self::Output(source)
    }
}
