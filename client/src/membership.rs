//! A connection as its own machine knows it: configuration, verified manifest, keys.

use std::sync::Arc;

use samenloop_core::manifest::{Connection, Manifest, Role};
use samenloop_core::value::{ConnectionId, Day, Epoch};
use samenloop_manifest::{Book, BookFault};
use samenloop_proto::v1;
use samenloop_pseudonym::{EpochKey, ReferenceKey};

use crate::config::Config;
use crate::details::{DetailsKey, public_key};
use crate::journal::{Journal, JournalFault, has_ended};
use crate::key::{KeyFault, Purpose, Secret, open_32};
use crate::language::{Language, Say};

/// Why this machine cannot act for its connection.
#[derive(Debug, thiserror::Error)]
pub enum MembershipFault {
    /// The manifest is missing, not signed as it should be, or not whole.
    #[error("{0}")]
    Manifest(#[from] BookFault),
    /// A key.
    #[error("{0}")]
    Key(#[from] KeyFault),
    /// The manifest does not enter this connection.
    #[error("connection {0} is not in the manifest")]
    NotInManifest(ConnectionId),
    /// An agency's command by another connection.
    #[error("connection {0} is no agency, or its configuration has no [agency]")]
    NoAgency(ConnectionId),
    /// A coordinator's command by another connection.
    #[error("connection {0} is no coordinator, or its configuration has no [coordinator]")]
    NoCoordinator(ConnectionId),
    /// A contact point's command by another connection.
    #[error("connection {0} is no contact point, or its configuration has no [contact_point]")]
    NoContactPoint(ConnectionId),
    /// The key of a live epoch is not installed.
    #[error(
        "the key of epoch {0} is missing: give samenloop key install, and ask the administrators when it is not wrapped for you"
    )]
    EpochKeyMissing(Epoch),
    /// The private details key is not the one whose public half is in the manifest.
    #[error(
        "the details key is not the one in the manifest; when it was replaced, name the new one at details_key; a coordinator names the old one at earlier_details_keys"
    )]
    DetailsKeyDiffers,
}

impl Say for MembershipFault {
    fn say(&self, language: Language) -> String {
        if let Self::Key(fault) = self {
            return fault.say(language);
        }
        match (self, language) {
            (_, Language::En) => format!("{self}."),
            (Self::Manifest(fault), Language::Nl) => {
                format!("Het manifest is niet te gebruiken. {}", fault.say(language))
            }
            (Self::NotInManifest(id), Language::Nl) => {
                format!("De aansluiting {id} staat niet in het manifest. Vraag de sleutelbeheerder.")
            }
            (Self::NoAgency(id), Language::Nl) => format!(
                "De aansluiting {id} stuurt geen signalen. Dit kan alleen een aanleverende organisatie, met een deel [agency] in de configuratie."
            ),
            (Self::NoCoordinator(id), Language::Nl) => format!(
                "De aansluiting {id} leest geen samenlopen. Dit kan alleen een zorgcoördinator, met een deel [coordinator] in de configuratie."
            ),
            (Self::NoContactPoint(id), Language::Nl) => format!(
                "De aansluiting {id} is geen contactpunt. Dit kan alleen een contactpunt, met een deel [contact_point] in de configuratie."
            ),
            (Self::EpochKeyMissing(epoch), Language::Nl) => format!(
                "De sleutel van sleutelperiode {epoch} ontbreekt. Er is niets verstuurd en niets verloren. Geef: samenloop key install. Helpt dat niet, vraag dan de sleutelbeheerder om voor u in te pakken."
            ),
            (Self::DetailsKeyDiffers | Self::Key(_), Language::Nl) => {
                "De sleutel voor de verzegelde details hoort niet bij het manifest. Is hij vervangen? Noem dan de nieuwe bij details_key; een zorgcoördinator noemt de oude bij earlier_details_keys. Vraag anders de sleutelbeheerder.".into()
            }
        }
    }
}

/// What this machine needs to act for its connection; secret keys are read only where they are needed.
pub struct Membership {
    config: Config,
    book: Book,
    /// The manifest that acts today.
    manifest: Arc<Manifest>,
    /// The newest manifest, by which calls name what this machine knows (P-22).
    newest: Arc<Manifest>,
}

/// The keys with which an agency makes batches.
pub struct Agency {
    pub(crate) connection: ConnectionId,
    pub(crate) manifest: Arc<Manifest>,
    /// How its batches name the newest manifest.
    pub(crate) named: v1::ManifestReference,
    pub(crate) reference_key: ReferenceKey,
    pub(crate) details_key: DetailsKey,
    /// One for each live epoch.
    pub(crate) epoch_keys: Vec<EpochKey>,
}

impl Membership {
    /// Verifies and reads the manifests that the configuration names; what acts on `today` counts.
    ///
    /// # Errors
    /// [`MembershipFault`] when they are not to be trusted, or do not enter this connection.
    pub fn load(config: Config, today: Day) -> Result<Self, MembershipFault> {
        let membership = Self::before_entry(config, today)?;
        membership.own()?;
        Ok(membership)
    }

    /// As [`Self::load`], for a connection that the manifests need not enter yet.
    ///
    /// # Errors
    /// [`MembershipFault`] when the manifests are not to be trusted.
    pub fn before_entry(config: Config, today: Day) -> Result<Self, MembershipFault> {
        let book = Book::open(&config.root, &config.manifests)?;
        let (Some(acting), Some(newest)) = (book.acting(today), book.newest()) else {
            return Err(BookFault::Empty(config.manifests).into());
        };
        let (manifest, newest) = (Arc::clone(acting), Arc::clone(newest));
        Ok(Self { config, book, manifest, newest })
    }

    /// The book of manifests.
    #[must_use]
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// The newest manifest, whether or not it acts already.
    #[must_use]
    pub const fn newest(&self) -> &Arc<Manifest> {
        &self.newest
    }

    /// The newest manifest as calls name it (P-22).
    #[must_use]
    pub fn manifest_reference(&self) -> v1::ManifestReference {
        v1::ManifestReference { sequence: self.newest.sequence(), sha256: self.newest.hash().to_vec() }
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The manifest that acts today.
    #[must_use]
    pub const fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// What the manifest that acts says of this connection.
    ///
    /// # Errors
    /// [`MembershipFault::NotInManifest`].
    pub fn own(&self) -> Result<&Connection, MembershipFault> {
        let id = &self.config.connection;
        self.manifest.connection(id).ok_or_else(|| MembershipFault::NotInManifest(id.clone()))
    }

    /// Opens the agency's own journal.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub fn journal(&self, today: Day) -> Result<Journal, JournalFault> {
        Journal::open(self.config.journal(), self.day_of_terms(today))
    }

    /// The day by which what is kept here ends: the manifest's last one from then on, as the clock may be ahead, and what went
    /// is gone.
    #[must_use]
    pub fn day_of_terms(&self, today: Day) -> Day {
        today.min(self.manifest.expires())
    }

    /// Takes from an agency's journal what is past its term (V-21), as far as it can: another program may be sending.
    pub fn forget_what_ended(&self, today: Day) {
        let has_ended = || has_ended(self.config.journal(), self.day_of_terms(today)).unwrap_or(false);
        if self.config.agency.is_some() && has_ended() {
            drop(self.journal(today));
        }
    }

    fn secret(&self) -> Result<Secret, KeyFault> {
        Secret::read(self.config.secret())
    }

    /// Whether the manifest enters this connection as an agency, and the configuration has what one needs.
    #[must_use]
    pub fn is_agency(&self) -> bool {
        self.config.agency.is_some() && self.own().is_ok_and(|it| matches!(it.role, Role::Agency(_)))
    }

    /// Whether the manifest enters this connection as a coordinator.
    #[must_use]
    pub fn is_coordinator(&self) -> bool {
        self.own().is_ok_and(|it| it.role == Role::Coordinator)
    }

    /// Whether the manifest enters this connection as a privacy officer.
    #[must_use]
    pub fn is_privacy_officer(&self) -> bool {
        self.own().is_ok_and(|it| it.role == Role::PrivacyOfficer)
    }

    /// The key under which an agency's references are made (P-6).
    ///
    /// # Errors
    /// [`MembershipFault`] when this is no agency, or the key is not there.
    pub fn reference_key(&self) -> Result<ReferenceKey, MembershipFault> {
        let files = self.config.agency.as_ref();
        let is_agency = matches!(self.own()?.role, Role::Agency(_));
        let files = files
            .filter(|_| is_agency)
            .ok_or_else(|| MembershipFault::NoAgency(self.config.connection.clone()))?;
        Ok(ReferenceKey::new(*open_32(&files.reference_key, Purpose::Reference, &self.secret()?)?))
    }

    /// All keys of an agency, those of every epoch that is live on a day included.
    ///
    /// # Errors
    /// [`MembershipFault`] when this is no agency, or a key is missing or another than the manifest's.
    pub fn agency(&self, today: Day) -> Result<Agency, MembershipFault> {
        let reference_key = self.reference_key()?;
        let Some(files) = &self.config.agency else {
            return Err(MembershipFault::NoAgency(self.config.connection.clone()));
        };
        let details_key = self.details_key(&files.details_key)?;
        let secret = self.secret()?;
        let mut epoch_keys = Vec::new();
        for epoch in self.manifest.live_epochs(today) {
            let path = files.epoch_key(epoch);
            if !path.exists() {
                // Who joined since an epoch ended never got its key, and needs none.
                if epoch != self.manifest.active_epoch() {
                    continue;
                }
                return Err(MembershipFault::EpochKeyMissing(epoch));
            }
            let key = open_32(&path, Purpose::Epoch(epoch), &secret)?;
            epoch_keys.push(EpochKey::new(self.manifest.exchange(), epoch, *key));
        }
        Ok(Agency {
            connection: self.config.connection.clone(),
            manifest: Arc::clone(&self.manifest),
            named: self.manifest_reference(),
            reference_key,
            details_key,
            epoch_keys,
        })
    }

    /// A coordinator's own entry, and the keys that open details: the manifest's, and those of earlier manifests. A new
    /// one may be among them before its manifest acts.
    ///
    /// # Errors
    /// [`MembershipFault`] when this is no coordinator, or a key is missing or none is the manifest's.
    pub fn coordinator(&self) -> Result<(&Connection, Vec<DetailsKey>), MembershipFault> {
        let own = self.own()?;
        let files = self.config.coordinator.as_ref().filter(|_| own.role == Role::Coordinator);
        let files = files.ok_or_else(|| MembershipFault::NoCoordinator(self.config.connection.clone()))?;
        let secret = self.secret()?;
        let paths = std::iter::once(&files.details_key).chain(&files.earlier_details_keys);
        let keys = paths.map(|it| Ok(DetailsKey::new(*open_32(it, Purpose::Details, &secret)?)));
        let keys = keys.collect::<Result<Vec<_>, KeyFault>>()?;
        if !keys.iter().any(|it| self.is_own(it)) {
            return Err(MembershipFault::DetailsKeyDiffers);
        }
        Ok((own, keys))
    }

    /// The key that opens rights requests sealed to this contact point.
    ///
    /// # Errors
    /// [`MembershipFault`] when this is no contact point, or the key is missing or another than the manifest's.
    pub fn contact_point_key(&self) -> Result<DetailsKey, MembershipFault> {
        let files = self
            .config
            .contact_point
            .as_ref()
            .filter(|_| self.own().is_ok_and(|it| it.role == Role::ContactPoint));
        let files = files.ok_or_else(|| MembershipFault::NoContactPoint(self.config.connection.clone()))?;
        self.details_key(&files.details_key)
    }

    fn details_key(&self, path: &std::path::Path) -> Result<DetailsKey, MembershipFault> {
        let key = DetailsKey::new(*open_32(path, Purpose::Details, &self.secret()?)?);
        if self.is_own(&key) { Ok(key) } else { Err(MembershipFault::DetailsKeyDiffers) }
    }

    /// Whether the manifest enters this connection with the public half of a key.
    fn is_own(&self, key: &DetailsKey) -> bool {
        let entered = self.own().ok().and_then(|own| own.details_key);
        public_key(key).is_some_and(|it| Some(it) == entered)
    }
}
