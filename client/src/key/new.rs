//! The keys of one connection, made on its own machine: what is missing, and never over what is there.

use std::path::{Path, PathBuf};

use samenloop_core::value::{ConnectionId, Epoch};
use samenloop_manifest::Root;
use samenloop_manifest::note::SigningKey;
use zeroize::Zeroizing;

use super::disk::make_directory;
use super::enrolment::{Enrolment, Role};
use super::{KeyFault, Purpose, Secret, WrapKey, open, seal, tls};
use crate::config::Config;
use crate::details::{DetailsKey, public_key};
use crate::language::{Language, Say, cause};

/// Why no keys are made, or not all.
#[derive(Debug, thiserror::Error)]
pub enum NewFault {
    /// A key file or the secret.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The pinned root says for which exchange keys are.
    #[error(
        "the root {path} cannot be used: {what}; get it from the administrators, or, when you found an exchange, name --exchange and --origin",
        path = path.display()
    )]
    Root {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The exchange was named, and the root names it already.
    #[error("the root {} names the exchange; leave out --exchange and --origin", .0.display())]
    Founded(PathBuf),
    /// A new key needs a certificate, and a certificate an OIN.
    #[error("name the OIN of your organisation, 20 digits: --oin 00000001234567890000")]
    Oin,
    /// Only agencies install the keys of epochs.
    #[error("connection {0} is no agency: its configuration has no [agency], so it has no keys of epochs")]
    NoAgency(ConnectionId),
    /// A wrap key serves until the key of its epoch is installed.
    #[error("the key of epoch {0} is installed; no wrap key is needed any more")]
    Installed(Epoch),
    /// The certificate's key cannot sign a request.
    #[error("with the key {} no certificate can be requested", .0.display())]
    Request(PathBuf),
    /// The file for the administrators cannot be written. The keys were made.
    #[error("the keys were made, but {path} cannot be written: {cause}", path = path.display())]
    Enrolment {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::ErrorKind,
    },
}

impl Say for NewFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Key(fault), _) => fault.say(language),
            (_, Language::En) => format!("{self}."),
            (Self::Root { path, what }, Language::Nl) => format!(
                "De root {} is niet te gebruiken ({what}). Vraag hem aan de sleutelbeheerders. Begint u een nieuwe uitwisseling? Noem dan --exchange en --origin.",
                path.display()
            ),
            (Self::Founded(path), Language::Nl) => format!(
                "De root {} noemt de uitwisseling al. Laat --exchange en --origin weg.",
                path.display()
            ),
            (Self::Oin, Language::Nl) => {
                "Noem het OIN van uw organisatie, 20 cijfers: --oin 00000001234567890000".into()
            }
            (Self::NoAgency(id), Language::Nl) => format!(
                "De aansluiting {id} stuurt geen signalen en krijgt dus geen sleutel van een sleutelperiode. Laat --epoch weg, of maak een deel [agency] in de configuratie."
            ),
            (Self::Installed(epoch), Language::Nl) => format!(
                "De sleutel van sleutelperiode {epoch} staat er al. Een inpaksleutel is niet meer nodig."
            ),
            (Self::Request(path), Language::Nl) => format!(
                "Met de sleutel {} is geen certificaat aan te vragen. Neem een sleutel ECDSA P-256, of laat er een maken door het bestand weg te halen.",
                path.display()
            ),
            (Self::Enrolment { path, cause: kind }, Language::Nl) => format!(
                "De sleutels zijn gemaakt, maar {} is niet te schrijven: {}. Geef het commando daarna opnieuw; de sleutels blijven zoals ze zijn.",
                path.display(),
                cause(&(*kind).into(), language)
            ),
        }
    }
}

/// What the configuration of a connection does not say.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The epoch to make a wrap key for; agencies only.
    pub epoch: Option<Epoch>,
    /// The OIN of the organisation, for a certificate request; needed when the certificate's key is new.
    pub oin: Option<String>,
    /// Exchange and origin, while there is no root yet.
    pub founding: Option<(String, String)>,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Files that were not there.
    pub made: Vec<PathBuf>,
    /// Keys that were there, and were left.
    pub kept: Vec<PathBuf>,
    /// The file for the administrators.
    pub enrolment: PathBuf,
}

/// A key that is to be there: what it holds, once it was opened or made.
struct Slot {
    path: PathBuf,
    purpose: Purpose,
    content: Option<Zeroizing<Vec<u8>>>,
}

/// Makes every key of a connection that is missing, and writes what administrators need of all of them.
///
/// Whatever is there is opened first: a fault in it, or in what is asked, leaves everything as it was. What a
/// fault of the disk stops halfway is made by the next call.
///
/// # Errors
/// [`NewFault`] says what is wrong and what to do.
pub fn make(config: &Config, wanted: &Wanted) -> Result<Made, NewFault> {
    let (exchange, origin) = exchange(config.root(), wanted)?;
    let role = Role::of(config);
    let mut slots = slots(config, wanted.epoch)?;
    let secret = open_all(config.secret(), &mut slots)?;
    let is_request_needed = !config.key().exists();
    let is_oin = |oin: &&str| oin.len() == 20 && oin.bytes().all(|byte| byte.is_ascii_digit());
    let oin = wanted.oin.as_deref();
    if oin.map_or(is_request_needed, |oin| !is_oin(&oin)) {
        return Err(NewFault::Oin);
    }
    let (made, kept) = make_missing(config, secret, &mut slots)?;

    let mut enrolment = Enrolment::new(&exchange, config.connection(), role);
    let unusable = || NewFault::Request(config.key().to_owned());
    let key = tls::read(config.key(), config.secret())?;
    enrolment.certificate_key = Some(tls::public_key_hash(&key).ok_or_else(unusable)?);
    if let Some(oin) = oin {
        enrolment.request =
            Some(tls::request(&key, &exchange, config.connection(), oin).ok_or_else(unusable)?);
        enrolment.oin = Some(oin.to_owned());
    }
    for slot in &slots {
        enter(&mut enrolment, slot, &origin);
    }
    let path = config.enrolment(wanted.epoch);
    let written = std::fs::write(&path, enrolment.to_string());
    written.map_err(|fault| NewFault::Enrolment { path: path.clone(), cause: fault.kind() })?;
    Ok(Made { made, kept, enrolment: path })
}

/// Exchange and origin, of the root where there is one.
fn exchange(root: &Path, wanted: &Wanted) -> Result<(String, String), NewFault> {
    let unusable = |what: String| NewFault::Root { path: root.to_owned(), what };
    match (std::fs::read_to_string(root), &wanted.founding) {
        (Ok(_), Some(_)) => Err(NewFault::Founded(root.to_owned())),
        (Ok(text), None) => {
            let root = Root::parse(&text).map_err(|fault| unusable(fault.to_string()))?;
            Ok((root.exchange().to_owned(), root.origin().to_owned()))
        }
        (Err(fault), Some(founding)) if fault.kind() == std::io::ErrorKind::NotFound => Ok(founding.clone()),
        (Err(fault), _) => Err(unusable(fault.kind().to_string())),
    }
}

/// The keys that the configuration names.
fn slots(config: &Config, epoch: Option<Epoch>) -> Result<Vec<Slot>, NewFault> {
    let slot = |path: &Path, purpose| Slot { path: path.to_owned(), purpose, content: None };
    let mut slots = vec![slot(config.key(), Purpose::Tls)];
    if let Some(files) = config.agency() {
        slots.push(slot(&files.reference_key, Purpose::Reference));
        slots.push(slot(&files.details_key, Purpose::Details));
    }
    let coordinator = config.coordinator.as_ref().map(|it| &it.details_key);
    let contact_point = config.contact_point.as_ref().map(|it| &it.details_key);
    if let Some(path) = coordinator.or(contact_point) {
        slots.push(slot(path, Purpose::Details));
    }
    if let Some(files) = config.administrator() {
        slots.push(slot(files.sign_key(), Purpose::Sign));
    }
    if let Some(epoch) = epoch {
        let files = config.agency().ok_or_else(|| NewFault::NoAgency(config.connection().clone()))?;
        if files.epoch_key(epoch).exists() {
            return Err(NewFault::Installed(epoch));
        }
        slots.push(slot(&files.wrap_key(epoch), Purpose::Wrap(epoch)));
    }
    Ok(slots)
}

/// Opens every key that is there. The secret, unless there is none and no key needs one.
fn open_all(path: &Path, slots: &mut [Slot]) -> Result<Option<Secret>, KeyFault> {
    let is_anything_there = path.exists() || slots.iter().any(|it| it.path.exists() && !it.is_pem());
    // A new secret would not open what an old one sealed.
    let Some(secret) = is_anything_there.then(|| Secret::read(path)).transpose()? else { return Ok(None) };
    for slot in slots.iter_mut().filter(|it| it.path.exists() && !it.is_pem()) {
        slot.content = Some(open(&slot.path, slot.purpose, &secret)?);
    }
    Ok(Some(secret))
}

impl Slot {
    /// Whether something else than `samenloop` keeps this key.
    fn is_pem(&self) -> bool {
        let is_sealed = || std::fs::read(&self.path).is_ok_and(|it| super::file::is_sealed(&it));
        self.purpose == Purpose::Tls && self.path.exists() && !is_sealed()
    }
}

/// Makes secret and keys that are not there: the paths of what was made, and of what was kept.
fn make_missing(
    config: &Config,
    secret: Option<Secret>,
    slots: &mut [Slot],
) -> Result<(Vec<PathBuf>, Vec<PathBuf>), KeyFault> {
    let (mut made, mut kept) = (Vec::new(), Vec::new());
    let secret = match secret {
        Some(secret) => secret,
        None => {
            make_directory(config.secret())?;
            made.push(config.secret().to_owned());
            Secret::make(config.secret())?
        }
    };
    for slot in slots {
        if slot.content.is_some() || slot.is_pem() {
            kept.push(slot.path.clone());
            continue;
        }
        let content = if slot.purpose == Purpose::Tls { tls::generate()? } else { random()? };
        make_directory(&slot.path)?;
        seal(&slot.path, slot.purpose, &content, &secret)?;
        slot.content = Some(content);
        made.push(slot.path.clone());
    }
    Ok((made, kept))
}

/// 32 random bytes, which are a key of every other purpose.
pub(super) fn random() -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let mut bytes = Zeroizing::new(vec![0; 32]);
    getrandom::fill(&mut bytes).map_err(|_| KeyFault::System)?;
    Ok(bytes)
}

/// What others may know of a key.
fn enter(enrolment: &mut Enrolment, slot: &Slot, origin: &str) {
    let key = slot.content.as_ref().and_then(|it| <&[u8; 32]>::try_from(it.as_slice()).ok());
    match (slot.purpose, key) {
        (Purpose::Details, Some(key)) => enrolment.details_key = public_key(&DetailsKey::new(*key)),
        (Purpose::Wrap(epoch), Some(key)) => enrolment.wrap_key = Some((epoch, WrapKey::new(key).public())),
        (Purpose::Sign, Some(key)) => {
            let name = format!("{origin}/{}", enrolment.connection);
            let signing = SigningKey::from_seed(&name, key).ok();
            enrolment.verifier_key = signing.map(|it| it.verifier().to_string());
        }
        // The reference key has no public half, and the certificate's goes by its hash.
        (Purpose::Reference | Purpose::Tls | Purpose::Epoch(_) | Purpose::Contribution(_), _) | (_, None) => {
        }
    }
}

#[cfg(test)]
mod tests;
