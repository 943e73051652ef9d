//! An epoch changed in a draft: written, and told.

use std::io::{self, Write};

use samenloop_core::clock::Clock as _;

use super::{Ending, OrSay, Said};
use crate::cli::arguments::Common;
use crate::clock::SystemClock;
use crate::language::Language;
use crate::manifest::{Bench, Draft, Edited, Review};

/// What an edit changes, as it is told.
pub(super) struct Told<'t> {
    pub(super) common: &'t Common,
    pub(super) draft: &'t Draft,
    pub(super) edited: &'t Edited,
    pub(super) is_dry: bool,
    /// A drill of what comes after a leak.
    pub(super) is_drill: bool,
    /// Signals that go with the epoch, and of how many organisations.
    pub(super) lapsing: Option<(u64, usize)>,
    /// Agencies that did not say yet that the key of the epoch that comes into use is installed.
    pub(super) not_installed: Vec<String>,
}

impl<'t> Told<'t> {
    /// An edit that ends and begins nothing by itself.
    pub(super) const fn of(common: &'t Common, draft: &'t Draft, edited: &'t Edited, is_dry: bool) -> Self {
        Self { common, draft, edited, is_dry, is_drill: false, lapsing: None, not_installed: Vec::new() }
    }

    /// Writes the draft, unless nothing is to change, and tells what the edit means.
    pub(super) fn finish(&self, bench: &Bench<'_>, clock: &SystemClock) -> Result<Ending, Said> {
        let language = self.common.language;
        if !self.is_dry && !self.is_same() {
            self.edited.draft.replace().or_say(language)?;
        }
        // What the draft said before may not have been sound: then the newest manifest is what it is held against.
        let before = self.draft.check(bench.book, None, clock.today()).ok();
        let before = before.as_ref().or(bench.book.newest().map(|it| &**it));
        let review = before.map(|it| Review::new(it, &self.edited.manifest, language));
        let text = if self.common.json { self.json(review.as_ref()) } else { self.text(review.as_ref()) };
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
        written.map(|()| Ending::Done).map_err(|fault| Said::io(&fault, language))
    }

    /// Whether the draft said all this already.
    fn is_same(&self) -> bool {
        self.draft.body() == self.edited.draft.body()
    }
    fn without_wraps(&self) -> Vec<String> {
        self.edited.without_wraps.iter().map(ToString::to_string).collect()
    }

    fn json(&self, review: Option<&Review>) -> String {
        let lapsing = self.lapsing.map(|(signals, organisations)| {
            serde_json::json!({"signals": signals, "organisations": organisations})
        });
        serde_json::json!({
            "draft": self.edited.draft.path(),
            "epoch": self.edited.epoch.number(),
            "written": !self.is_dry && !self.is_same(),
            "changes": review.map(Review::json),
            "lapsing": lapsing,
            "wrapped": self.edited.wrapped.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "without_wraps": self.without_wraps(),
            "not_installed": self.not_installed,
        })
        .to_string()
    }

    fn text(&self, review: Option<&Review>) -> String {
        let language = self.common.language;
        let path = self.edited.draft.path().display();
        let mut text = String::new();
        if self.is_drill {
            text += language.pick(
                "Oefening: er verandert niets. Na een echt lek gebeurt dit:\n\n",
                "A drill: nothing changes. After a real leak this would happen:\n\n",
            );
        }
        text += &review.map(|it| it.text(language)).unwrap_or_default();
        if let Some((signals, organisations)) = self.lapsing {
            text += &format!("\n{}\n", lapse(signals, organisations, language));
        }
        for (ids, dutch, english) in [
            (
                self.without_wraps(),
                "Nog niet helemaal ingepakt voor, en dus zonder sleutel",
                "Not wrapped in full for, so without the key",
            ),
            (
                self.not_installed.clone(),
                "Zeiden nog niet dat de sleutel is geïnstalleerd",
                "Did not say yet that the key is installed",
            ),
        ] {
            if !ids.is_empty() {
                text += &format!("{} ({}): {}.\n", language.pick(dutch, english), ids.len(), ids.join(", "));
            }
        }
        if self.is_same() {
            let same = language.pick("staat dit al", "says this already");
            text += &format!("\n{path}: {same}.\n");
            return text;
        }
        text += &match (self.is_dry, language) {
            (true, Language::Nl) => format!("\n{path} is niet veranderd.\n"),
            (true, Language::En) => format!("\n{path} was not changed.\n"),
            (false, Language::Nl) => format!("\nDit staat nu in {path}. {}\n", self.next()),
            (false, Language::En) => format!("\nThis stands in {path} now. {}\n", self.next()),
        };
        text
    }

    /// What comes after the edit.
    fn next(&self) -> String {
        let (path, note) = (self.edited.draft.path().display(), self.edited.draft.note_path());
        let is_signed = note.exists();
        let note = note.display();
        match (self.common.language, is_signed) {
            (Language::Nl, false) => format!("Teken met: samenloop manifest sign {path}"),
            (Language::En, false) => format!("Sign with: samenloop manifest sign {path}"),
            (Language::Nl, true) => {
                format!("{note} hoort nog bij de oude tekst. Haal het weg en laat iedereen opnieuw tekenen.")
            }
            (Language::En, true) => {
                format!("{note} still signs the old text. Remove it and let everybody sign again.")
            }
        }
    }
}

/// `214 signals of 3 organisations lapse`, unless they are pushed again.
fn lapse(signals: u64, organisations: usize, language: Language) -> String {
    match language {
        Language::Nl => {
            let of = if organisations == 1 { "organisatie" } else { "organisaties" };
            let (signal, lapse) =
                if signals == 1 { ("signaal", "vervalt") } else { ("signalen", "vervallen") };
            format!(
                "{signals} {signal} van {organisations} {of} {lapse}, behalve wat opnieuw gestuurd wordt."
            )
        }
        Language::En => {
            let of = if organisations == 1 { "organisation" } else { "organisations" };
            let signal = if signals == 1 { "signal" } else { "signals" };
            format!("{signals} {signal} of {organisations} {of} would lapse, but for what is pushed again.")
        }
    }
}
