//! Following the manifest: fetch what is newer, install what is announced, destroy what is gone, and let go of signals that
//! were erased on request.
//!
//! Runs by itself before an agency pushes, and as `samenloop key install`. The hub only carries manifests: each is
//! verified by the book, in order, so a hub can withhold one and nothing else (P-22).

mod end;

use samenloop_core::clock::Clock;
use samenloop_core::manifest::{EpochEntry, EpochState};
use samenloop_core::value::Epoch;
use samenloop_manifest::declaration::Said;
use samenloop_manifest::{Added, Book, BookFault};
use samenloop_proto::v1;

use crate::config::Config;
use crate::hub::{Hub, HubFault};
use crate::journal::{JournalFault, note_erased};
use crate::key::{InstallFault, Installation, KeyFault, declare, install};
use crate::language::{Language, Say};
use crate::membership::{Membership, MembershipFault};

pub use end::{Ended, keys_to_end, may_end};

use end::end;

/// Why this machine does not follow. What it holds stands.
#[derive(Debug, thiserror::Error)]
pub enum FollowFault {
    /// The hub.
    #[error(transparent)]
    Hub(#[from] HubFault),
    /// A manifest that the hub gave is not taken.
    #[error("the hub gives a manifest that is not taken: {0}")]
    Book(#[from] BookFault),
    /// This machine cannot act for its connection.
    #[error(transparent)]
    Membership(#[from] MembershipFault),
    /// The key of an epoch.
    #[error(transparent)]
    Install(#[from] InstallFault),
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalFault),
    /// An epoch whose key is still needed.
    #[error("epoch {0} is not retired in the newest manifest: its key is still needed, and stays")]
    InUse(Epoch),
    /// Nothing to destroy.
    #[error("there is no key of epoch {0} on this machine")]
    NoKey(Epoch),
}

impl FollowFault {
    /// Whether the hub is only out of reach.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Hub(fault) if fault.may_pass())
    }
}

impl Say for FollowFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Hub(fault), _) => fault.say(language),
            (Self::Membership(fault), _) => fault.say(language),
            (Self::Install(fault), _) => fault.say(language),
            (Self::Key(fault), _) => fault.say(language),
            (Self::Journal(fault), _) => fault.say(language),
            (Self::InUse(_) | Self::NoKey(_), Language::En) => format!("{self}."),
            (Self::InUse(epoch), Language::Nl) => format!(
                "Sleutelperiode {epoch} is in het nieuwste manifest nog niet buiten gebruik. De sleutel is nog nodig, en blijft."
            ),
            (Self::NoKey(epoch), Language::Nl) => {
                format!("Er is op deze computer geen sleutel van sleutelperiode {epoch}.")
            }
            (Self::Book(_), Language::En) => format!("{self}. It was not taken. Warn the administrators."),
            (Self::Book(fault), Language::Nl) => format!(
                "De hub geeft een manifest dat niet klopt, en het is niet overgenomen. Waarschuw de sleutelbeheerders. {}",
                fault.say(language)
            ),
        }
    }
}

/// Fetches every manifest that follows, and takes each into the book; gives the membership of the newest.
///
/// # Errors
/// [`FollowFault`]; what was taken until then stays.
pub async fn fetch(membership: Membership, clock: &dyn Clock) -> Result<Membership, FollowFault> {
    let hub = Hub::new(&membership)?;
    let config = membership.config().clone();
    let mut named = membership.manifest_reference();
    let mut book = Book::open(&config.root, &config.manifests)?;
    let mut membership = Some(membership);
    while let Some(publication) = hub.fetch_after(named.clone()).await? {
        if book.add(&publication)? == Added::Known {
            break;
        }
        let Some(newest) = book.newest() else { break };
        named = v1::ManifestReference { sequence: newest.sequence(), sha256: newest.hash().to_vec() };
        membership = None;
    }
    match membership {
        Some(unchanged) => Ok(unchanged),
        None => Ok(Membership::load(config, clock.today())?),
    }
}

/// What following changed on this machine.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Epochs whose key was installed now.
    pub installed: Vec<Epoch>,
    /// Epochs whose key waits for administrators, with the wraps that are there and that are needed.
    pub waiting: Vec<(Epoch, usize, usize)>,
    /// Epochs whose key was destroyed now.
    pub destroyed: Vec<Epoch>,
    /// Own references of signals that the hub erased on request, and that were still carried here.
    pub erased: Vec<String>,
}

/// Installs the key of every epoch that is announced or live as far as it goes, destroys those of epochs that are
/// gone, and declares each at the hub. Of an agency; for others there is nothing to do.
///
/// # Errors
/// [`FollowFault`], the first one. What is wrong with one epoch keeps no other from being settled; the next call goes
/// on where this one could not.
pub async fn settle(membership: &Membership, clock: &dyn Clock) -> Result<Followed, FollowFault> {
    let mut followed = Followed::default();
    if membership.config().agency().is_none() {
        return Ok(followed);
    }
    let hub = Hub::new(membership)?;
    let mut first = None;
    for entry in membership.newest().epochs() {
        match settle_epoch(membership, &hub, entry, clock, &mut followed).await {
            Ok(()) => {}
            Err(fault) if fault.may_pass() => return Err(first.unwrap_or(fault)),
            Err(fault) => first = first.or(Some(fault)),
        }
    }
    match heed(membership, &hub, clock).await {
        Ok(erased) => followed.erased = erased,
        Err(fault) if fault.may_pass() => return Err(first.unwrap_or(fault)),
        Err(fault) => first = first.or(Some(fault)),
    }
    first.map_or(Ok(followed), Err)
}

/// Takes into the journal what was erased on request, before anything is sent again (art. 19).
async fn heed(membership: &Membership, hub: &Hub, clock: &dyn Clock) -> Result<Vec<String>, FollowFault> {
    let erased = hub.erased().await?;
    Ok(note_erased(membership.config().journal(), &erased, membership.day_of_terms(clock.today()))?)
}

async fn settle_epoch(
    membership: &Membership,
    hub: &Hub,
    entry: &EpochEntry,
    clock: &dyn Clock,
    followed: &mut Followed,
) -> Result<(), FollowFault> {
    let (config, manifest, epoch) = (membership.config(), membership.newest(), entry.epoch);
    let Some(files) = config.agency() else { return Ok(()) };
    let (said, refused) = match entry.state {
        EpochState::Announced | EpochState::Active | EpochState::Overlap { .. } => {
            let Some(making) = manifest.making_of(epoch) else { return Ok(()) };
            // Who joined while an epoch ends needs no key of it, and nobody wraps one.
            let is_ending = matches!(entry.state, EpochState::Overlap { .. });
            if is_ending && making.wraps.iter().all(|it| it.connection != *config.connection()) {
                return Ok(());
            }
            match install(manifest, making, config.connection(), files, config.secret()) {
                // Until it is in use administrators look for it, and a hub may have missed it.
                Ok(Installation::Present) if entry.state == EpochState::Announced => (Said::Installed, None),
                Ok(Installation::Present) => return Ok(()),
                Ok(Installation::Installed) => {
                    followed.installed.push(epoch);
                    (Said::Installed, None)
                }
                Ok(Installation::Waiting { wrap_key, wraps, needed }) => {
                    followed.waiting.push((epoch, wraps, needed));
                    (Said::WrapKey(wrap_key), None)
                }
                // Administrators cannot wrap again before they know to which key.
                Err(fault @ InstallFault::OtherWrapKey { wrap_key, .. }) => {
                    (Said::WrapKey(wrap_key), Some(fault))
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        EpochState::Retired => return Ok(()),
        EpochState::Destroyed | EpochState::Burned => match end(membership, epoch, clock)? {
            Ended::NothingHere => return Ok(()),
            ended @ (Ended::Now | Ended::Before) => {
                if ended == Ended::Now {
                    followed.destroyed.push(epoch);
                }
                // Said again while the manifest lists the epoch: a hub may have missed it.
                (Said::Destroyed, None)
            }
        },
    };
    state(membership, hub, epoch, said, clock).await?;
    refused.map_or(Ok(()), |fault| Err(fault.into()))
}

/// Destroys this connection's own key of an epoch that is out of use, with a signed statement, and declares that at
/// the hub. May be given again: a hub that was out of reach hears it then.
///
/// # Errors
/// [`FollowFault::InUse`], [`FollowFault::NoKey`] with nothing changed; [`FollowFault::Hub`] when the key is destroyed and
/// the statement is here, and the hub did not hear it.
pub async fn destroy(membership: &Membership, epoch: Epoch, clock: &dyn Clock) -> Result<Ended, FollowFault> {
    may_end(membership, epoch)?;
    let ended = end(membership, epoch, clock)?;
    if ended == Ended::NothingHere {
        return Err(FollowFault::NoKey(epoch));
    }
    state(membership, &Hub::new(membership)?, epoch, Said::Destroyed, clock).await?;
    Ok(ended)
}

/// Declares something of this connection's own key at the hub.
async fn state(
    membership: &Membership,
    hub: &Hub,
    epoch: Epoch,
    said: Said,
    clock: &dyn Clock,
) -> Result<(), FollowFault> {
    let config: &Config = membership.config();
    let origin = membership.book().root().origin();
    let declaration = declare(config, origin, epoch, said, clock.today())?;
    Ok(hub.declare(&declaration).await?)
}
