//! `samenloop key rotate | retire | destroy | burn`: key epochs in a draft of the manifest.

use std::path::Path;

use samenloop_core::clock::Clock as _;
use samenloop_core::value::Epoch;
use samenloop_manifest::Book;

use super::arguments::{Common, KeyDraft};
use super::edited::Told;
use super::{Ending, OrSay, Said};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::hub::Hub;
use crate::key::{EpochStanding, standings};
use crate::language::Language;
use crate::manifest::{Bench, Draft, Edited, EpochFault};
use crate::membership::Membership;

pub(super) async fn run(
    common: &Common,
    config: Config,
    clock: &SystemClock,
    command: &KeyDraft,
) -> Result<Ending, Said> {
    let language = common.language;
    let book = Book::open(config.root(), &config.manifests).or_say(language)?;
    let bench = Bench { book: &book, today: clock.today() };
    let draft = Draft::read(command.draft()).or_say(language)?;
    let alone = edited(&bench, &draft, command, None);
    // The hub is asked for what it counts only once everything else is in order.
    let asks = command.ends_or_begins() && matches!(&alone, Ok(_) | Err(EpochFault::Unwrapped { .. }));
    let standings = if asks { counted(config, clock, language).await } else { None };
    let edited =
        if standings.is_some() { edited(&bench, &draft, command, standings.as_deref()) } else { alone };
    let edited = edited.or_say(language)?;
    let standings = standings.as_deref();
    if matches!(command, KeyDraft::Retire { .. }) {
        if standings.is_none() {
            let unknown = "LET OP: ook is niet bekend of onder deze sleutelperiode een kind rust of op antwoord wacht. Publiceer dit pas als samenloop key retire --dry-run met de hub is gegeven.";
            let english = "NOTE: nor is it known whether a child rests or waits for an answer under this epoch. Publish this only once samenloop key retire --dry-run was given with the hub in reach.";
            eprintln!("{}", language.pick(unknown, english));
        }
        let ending = standings.into_iter().flatten().find(|it| it.epoch == edited.epoch);
        at_rest(ending.map_or(0, |it| it.resting), language)?;
    }
    Told {
        common,
        draft: &draft,
        is_dry: command.is_dry(),
        is_drill: command.is_drill(),
        lapsing: standings
            .filter(|_| command.ends())
            .and_then(|it| it.iter().find(|it| it.epoch == edited.epoch))
            .map(EpochStanding::lapsing),
        not_installed: standings.map(|it| not_installed(it, command, &edited)).unwrap_or_default(),
        edited: &edited,
    }
    .finish(&bench, clock)
}

/// Refuses to end an epoch under which somebody rests, or waits for an answer, and would no longer (V-30, V-32).
fn at_rest(resting: u64, language: Language) -> Result<(), Said> {
    if resting == 0 {
        return Ok(());
    }
    Err(Said(match language {
        Language::Nl => format!(
            "Onder deze sleutelperiode staan {resting} beperkingen of open verzoeken over rechten die nog niet onder de nieuwe staan: een kind zou zijn recht verliezen. Vraag het contactpunt ze opnieuw te laten vragen, en geef dit commando daarna."
        ),
        Language::En => format!(
            "Under this epoch {resting} restrictions or open rights requests stand that do not stand under the new one yet: a child would lose its right. Have the contact point ask for them anew, and give this command then."
        ),
    }))
}

/// `samenloop key destroy ONTWERP`.
pub(super) fn destroy(
    common: &Common,
    config: &Config,
    clock: &SystemClock,
    draft: &Path,
    epoch: Epoch,
    is_dry: bool,
) -> Result<Ending, Said> {
    let language = common.language;
    let book = Book::open(config.root(), &config.manifests).or_say(language)?;
    let bench = Bench { book: &book, today: clock.today() };
    let draft = Draft::read(draft).or_say(language)?;
    let edited = bench.destroy(&draft, epoch).or_say(language)?;
    Told::of(common, &draft, &edited, is_dry).finish(&bench, clock)
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
        KeyDraft::Burn { epoch, overlap_hours, .. } => {
            bench.burn(draft, Epoch::new(*epoch), *overlap_hours, standings)
        }
    }
}

/// Agencies that did not say yet that the key of the epoch that comes into use is installed.
fn not_installed(standings: &[EpochStanding], command: &KeyDraft, edited: &Edited) -> Vec<String> {
    let uses = matches!(command, KeyDraft::Rotate { .. } | KeyDraft::Burn { .. });
    let active = edited.manifest.active_epoch();
    let standing = standings.iter().filter(|_| uses).find(|it| it.epoch == active);
    standing.into_iter().flat_map(EpochStanding::behind).map(|it| it.connection.to_string()).collect()
}

/// What the hub counts; `None`, and said, when it cannot be asked. A draft can be made without it.
async fn counted(config: Config, clock: &SystemClock, language: Language) -> Option<Vec<EpochStanding>> {
    match asked(config, clock, language).await {
        Ok(standings) => Some(standings),
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

/// What the hub counts, and what connections declared there of their keys, each verified.
pub(super) async fn asked(
    config: Config,
    clock: &SystemClock,
    language: Language,
) -> Result<Vec<EpochStanding>, Said> {
    let membership = Membership::load(config, clock.today()).or_say(language)?;
    let answer = Hub::new(&membership).or_say(language)?.key_standings().await.or_say(language)?;
    Ok(standings(membership.newest(), membership.book().root().origin(), &answer))
}

impl KeyDraft {
    fn draft(&self) -> &Path {
        match self {
            Self::Rotate { draft, .. } | Self::Retire { draft, .. } | Self::Burn { draft, .. } => draft,
        }
    }

    /// Whether it takes an epoch out of use, or into use: then it matters what is filed and who is ready.
    fn ends_or_begins(&self) -> bool {
        match self {
            Self::Rotate { commitments, .. } => commitments.is_empty(),
            Self::Retire { .. } | Self::Burn { .. } => true,
        }
    }

    /// Whether nothing is to be written.
    fn is_dry(&self) -> bool {
        match self {
            Self::Rotate { dry, .. } | Self::Retire { dry, .. } => dry.is_dry,
            Self::Burn { dry, drill, .. } => dry.is_dry || *drill,
        }
    }

    /// Whether signals go with what it changes.
    const fn ends(&self) -> bool {
        matches!(self, Self::Retire { .. } | Self::Burn { .. })
    }

    fn is_drill(&self) -> bool {
        matches!(self, Self::Burn { drill: true, .. })
    }
}
