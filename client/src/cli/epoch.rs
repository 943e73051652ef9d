//! `samenloop key rotate | retire | destroy | burn`: key epochs in a draft of the manifest.

use std::io::{self, Write};
use std::path::Path;

use samenloop_core::clock::Clock as _;
use samenloop_core::manifest::Role;
use samenloop_core::value::Epoch;
use samenloop_manifest::Book;

use super::arguments::{Common, KeyDraft};
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::hub::Hub;
use crate::key::{EpochStanding, standings};
use crate::language::Language;
use crate::manifest::{Bench, Draft, Edited, EpochFault, Review, lapsing};
use crate::membership::Membership;

pub(super) async fn run(
    common: &Common,
    config: Config,
    clock: &SystemClock,
    command: &KeyDraft,
) -> Result<Ending, Said> {
    let language = common.language;
    let today = clock.today();
    let book = Book::open(config.root(), &config.manifests).or_say(language)?;
    let bench = Bench { book: &book, today };
    let draft = Draft::read(command.draft()).or_say(language)?;
    let alone = edited(&bench, &draft, command, None);
    // The hub is asked for what it counts only once everything else is in order.
    let asks = command.ends_or_begins() && matches!(&alone, Ok(_) | Err(EpochFault::Unwrapped { .. }));
    let standings = if asks { standings_of(config, clock, language).await } else { None };
    let edited =
        if standings.is_some() { edited(&bench, &draft, command, standings.as_deref()) } else { alone };
    let edited = edited.or_say(language)?;
    if !command.is_dry() {
        edited.draft.replace().or_say(language)?;
    }
    // What the draft said before may not have been sound: then the newest manifest is what it is held against.
    let before = draft.check(&book, None, today).ok();
    let before = before.as_ref().or(book.newest().map(|it| &**it));
    let review = before.map(|it| Review::new(it, &edited.manifest, language));
    let told = Told { command, edited: &edited, standings: standings.as_deref(), language };
    let text = if common.json { told.json(review.as_ref()) } else { told.text(review.as_ref()) };
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
    written.map(|()| Ending::Done).map_err(|fault| Said::io(&fault, language))
}

fn edited(
    bench: &Bench<'_>,
    draft: &Draft,
    command: &KeyDraft,
    standings: Option<&[EpochStanding]>,
) -> Result<Edited, EpochFault> {
    match command {
        KeyDraft::Rotate { commitments, overlap_days, leave_behind, .. } => {
            if commitments.is_empty() {
                bench.rotate(draft, *overlap_days, *leave_behind, standings)
            } else {
                bench.announce(draft, commitments)
            }
        }
        KeyDraft::Retire { .. } => bench.retire(draft),
        KeyDraft::Destroy { epoch, .. } => bench.destroy(draft, Epoch::new(*epoch)),
        KeyDraft::Burn { epoch, overlap_hours, .. } => {
            bench.burn(draft, Epoch::new(*epoch), *overlap_hours, standings)
        }
    }
}

/// What the hub counts; `None`, and said, when it cannot be asked. A draft can be made without it.
async fn standings_of(config: Config, clock: &SystemClock, language: Language) -> Option<Vec<EpochStanding>> {
    let asked = async {
        let membership = Membership::load(config, clock.today()).or_say(language)?;
        let own = membership.manifest().connection(membership.config().connection());
        if own.is_none_or(|it| it.role != Role::Administrator) {
            return Ok(None);
        }
        let answer = Hub::new(&membership).or_say(language)?.key_standings().await.or_say(language)?;
        let origin = membership.book().root().origin().to_owned();
        Ok::<_, Said>(Some(standings(membership.newest(), &origin, &answer)))
    };
    match asked.await {
        Ok(standings) => standings,
        Err(Said(sentence)) => {
            let unknown = language.pick(
                "Hoeveel signalen er onder de sleutelperiodes staan is nu niet bekend.",
                "How many signals are under the epochs is not known now.",
            );
            eprintln!("{sentence} {unknown}");
            None
        }
    }
}

/// What an edit changes, as it is told.
struct Told<'t> {
    command: &'t KeyDraft,
    edited: &'t Edited,
    standings: Option<&'t [EpochStanding]>,
    language: Language,
}

impl Told<'_> {
    /// Signals that go with the epoch, and of how many organisations.
    fn lapsing(&self) -> Option<(u64, usize)> {
        let ends = matches!(self.command, KeyDraft::Retire { .. } | KeyDraft::Burn { .. });
        self.standings.filter(|_| ends).and_then(|it| lapsing(it, self.edited.epoch))
    }

    /// Agencies that did not say yet that the key of the epoch that comes into use is installed.
    fn not_installed(&self) -> Vec<String> {
        let uses = matches!(self.command, KeyDraft::Rotate { .. } | KeyDraft::Burn { .. });
        let active = self.edited.manifest.active_epoch();
        let standing = self.standings.filter(|_| uses).into_iter().flatten().find(|it| it.epoch == active);
        let behind = standing.into_iter().flat_map(EpochStanding::behind);
        behind.map(|it| it.connection.to_string()).collect()
    }

    fn without_wraps(&self) -> Vec<String> {
        self.edited.without_wraps.iter().map(ToString::to_string).collect()
    }

    fn json(&self, review: Option<&Review>) -> String {
        let lapsing = self.lapsing().map(|(signals, organisations)| {
            serde_json::json!({"signals": signals, "organisations": organisations})
        });
        serde_json::json!({
            "draft": self.edited.draft.path(),
            "epoch": self.edited.epoch.number(),
            "written": !self.command.is_dry(),
            "changes": review.map(Review::json),
            "lapsing": lapsing,
            "without_wraps": self.without_wraps(),
            "not_installed": self.not_installed(),
        })
        .to_string()
    }

    fn text(&self, review: Option<&Review>) -> String {
        let language = self.language;
        let path = self.edited.draft.path().display();
        let mut text = String::new();
        if self.command.is_drill() {
            text += language.pick(
                "Oefening: er verandert niets. Na een echt lek gebeurt dit:\n\n",
                "A drill: nothing changes. After a real leak this would happen:\n\n",
            );
        }
        text += &review.map(|it| it.text(language)).unwrap_or_default();
        if let Some((signals, organisations)) = self.lapsing() {
            text += &format!("\n{}\n", lapse(signals, organisations, language));
        }
        for (ids, dutch, english) in [
            (
                self.without_wraps(),
                "Nog niet helemaal ingepakt voor, en dus zonder sleutel",
                "Not wrapped in full for, so without the key",
            ),
            (
                self.not_installed(),
                "Zeiden nog niet dat de sleutel is geïnstalleerd",
                "Did not say yet that the key is installed",
            ),
        ] {
            if !ids.is_empty() {
                text += &format!("{} ({}): {}.\n", language.pick(dutch, english), ids.len(), ids.join(", "));
            }
        }
        text += &match (self.command.is_dry(), language) {
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
        match (self.language, is_signed) {
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

impl KeyDraft {
    fn draft(&self) -> &Path {
        match self {
            Self::Rotate { draft, .. }
            | Self::Retire { draft, .. }
            | Self::Destroy { draft, .. }
            | Self::Burn { draft, .. } => draft,
        }
    }

    /// Whether it takes an epoch out of use, or into use: then it matters what is filed and who is ready.
    fn ends_or_begins(&self) -> bool {
        match self {
            Self::Rotate { commitments, .. } => commitments.is_empty(),
            Self::Retire { .. } | Self::Burn { .. } => true,
            Self::Destroy { .. } => false,
        }
    }

    /// Whether nothing is to be written.
    fn is_dry(&self) -> bool {
        match self {
            Self::Rotate { dry, .. } | Self::Retire { dry, .. } | Self::Destroy { dry, .. } => dry.is_dry,
            Self::Burn { dry, drill, .. } => dry.is_dry || *drill,
        }
    }

    fn is_drill(&self) -> bool {
        matches!(self, Self::Burn { drill: true, .. })
    }
}
