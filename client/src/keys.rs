//! Key files: one line of 64 hexadecimal digits, for its owner's eyes only.

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::{Zeroize, Zeroizing};

use crate::language::{Language, Say, cause};

/// Why a key file gives no key. Never says anything of its content.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// Not there, or not readable.
    #[error("{path} cannot be read: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Others on this machine can read it.
    #[error("{} may be read by others: its mode is not 0600", .0.display())]
    Open(PathBuf),
    /// Not 64 hexadecimal digits and a newline.
    #[error("{} is not a key: it holds no 64 hexadecimal digits", .0.display())]
    Malformed(PathBuf),
}

impl Say for KeyFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::En) => format!("{self}."),
            (Self::Unreadable { path, source }, Language::Nl) => format!(
                "Het sleutelbestand {} is niet te lezen: {}. Kijk in de configuratie of het pad klopt.",
                path.display(),
                cause(source, language)
            ),
            (Self::Open(path), Language::Nl) => format!(
                "Anderen op deze computer kunnen het sleutelbestand {0} lezen. Sluit het af met: chmod 600 {0}",
                path.display()
            ),
            (Self::Malformed(path), Language::Nl) => format!(
                "Het bestand {} is geen sleutel. Er horen 64 hexadecimale cijfers in te staan.",
                path.display()
            ),
        }
    }
}

/// Reads the 32 bytes of a key file.
///
/// # Errors
/// [`KeyFault`] when the file is missing, open to others, or no key.
pub fn read(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyFault> {
    let unreadable = |source| KeyFault::Unreadable { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if is_open_to_others(&metadata) {
        return Err(KeyFault::Open(path.to_owned()));
    }
    // A key file is 65 bytes; anything far larger is some other file.
    if metadata.len() > 128 {
        return Err(KeyFault::Malformed(path.to_owned()));
    }
    let text = Zeroizing::new(fs::read(path).map_err(unreadable)?);
    parse(text.trim_ascii()).ok_or_else(|| KeyFault::Malformed(path.to_owned()))
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
const fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

fn parse(text: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0; 32]);
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |c: &u8| char::from(*c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match pair {
            [high, low] => *byte = digit(high)? << 4 | digit(low)?,
            _ => return None,
        }
    }
    Some(key)
}

/// An X25519 private key, wiped on drop. No `Debug`, no `Clone`.
pub struct DetailsKey(Zeroizing<[u8; 32]>);

impl DetailsKey {
    /// The key of these 32 raw bytes.
    #[must_use]
    pub fn new(mut bytes: [u8; 32]) -> Self {
        let key = Self(Zeroizing::new(bytes));
        bytes.zeroize();
        key
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn written(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("some.key");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    #[cfg(unix)]
    #[test]
    fn a_key_is_64_digits_that_only_its_owner_reads() {
        let text = format!("{}\n", "0A".repeat(32));
        let (_dir, path) = written(&text, 0o600);
        assert_eq!(*read(&path).unwrap(), [10; 32]);
        let (_dir, path) = written(&text, 0o640);
        assert!(matches!(read(&path), Err(KeyFault::Open(_))));
        for text in [String::new(), "0a".repeat(31), "0a".repeat(33), "zz".repeat(32), "é".repeat(32)] {
            let (_dir, path) = written(&text, 0o600);
            let fault = read(&path).unwrap_err();
            assert!(matches!(fault, KeyFault::Malformed(_)));
            assert!(text.is_empty() || !fault.say(Language::Nl).contains(&text));
        }
    }
}
