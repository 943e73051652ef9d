//! Files of mode 0600 that hold a secret of the hub's own.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Why a key file cannot be used. Never holds anything of the key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileFault {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's own error.
        source: std::io::Error,
    },
    /// Others than the owner may read the file.
    #[error("{0}: others may read this key; make it mode 0600")]
    Open(PathBuf),
    /// Not one line of 64 hexadecimal digits.
    #[error("{0}: a key file holds one line of 64 hexadecimal digits")]
    Form(PathBuf),
    /// Not one line with a name, and one with a password.
    #[error("{0}: a file of credentials holds a name on one line and a password on the next")]
    Credentials(PathBuf),
}

/// A key of 32 bytes: one line of 64 hexadecimal digits.
pub(crate) fn key(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyFileFault> {
    key_of(&text(path)?).ok_or_else(|| KeyFileFault::Form(path.to_owned()))
}

/// A name and a password: a line each.
pub(crate) fn credentials(path: &Path) -> Result<(String, Zeroizing<String>), KeyFileFault> {
    let text = text(path)?;
    let mut lines = text.lines();
    match (lines.next(), lines.next(), lines.next()) {
        (Some(name), Some(password), None) if !name.is_empty() && !password.is_empty() => {
            Ok((name.to_owned(), Zeroizing::new(password.to_owned())))
        }
        _ => Err(KeyFileFault::Credentials(path.to_owned())),
    }
}

fn text(path: &Path) -> Result<Zeroizing<String>, KeyFileFault> {
    let unreadable = |source| KeyFileFault::Unreadable { path: path.to_owned(), source };
    let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileFault::Open(path.to_owned()));
    }
    std::fs::read_to_string(path).map(Zeroizing::new).map_err(unreadable)
}

fn key_of(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let digits = text.strip_suffix('\n').unwrap_or(text).as_bytes();
    let mut key = Zeroizing::new([0; 32]);
    if digits.len() != 2 * key.len() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let mut value = 0;
        for digit in pair {
            value = value * 16 + u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
        }
        *byte = value;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_key_file_is_one_line_that_only_its_owner_reads() {
        let line = "0f".repeat(32) + "\n";
        let (_folder, path) = written(&line, 0o600);
        assert_eq!(*key(&path).unwrap(), [0x0f; 32]);
        let (_folder, path) = written(&line, 0o640);
        assert!(matches!(key(&path), Err(KeyFileFault::Open(_))));
        for text in ["", "0f\n", &"0g".repeat(32), &("0f".repeat(32) + "\n\n"), &"0f".repeat(33)] {
            let (_folder, path) = written(text, 0o600);
            assert!(matches!(key(&path), Err(KeyFileFault::Form(_))), "{text:?}");
        }
    }

    #[test]
    fn credentials_are_a_name_and_a_password() {
        let (_folder, path) = written("hub\ngeheim woord\n", 0o600);
        let (name, password) = credentials(&path).unwrap();
        assert_eq!((name.as_str(), password.as_str()), ("hub", "geheim woord"));
        let (_folder, path) = written("hub\ngeheim\n", 0o644);
        assert!(matches!(credentials(&path), Err(KeyFileFault::Open(_))));
        for text in ["", "hub", "hub\n", "hub\n\n", "\ngeheim\n", "hub\ngeheim\nmeer\n"] {
            let (_folder, path) = written(text, 0o600);
            assert!(matches!(credentials(&path), Err(KeyFileFault::Credentials(_))), "{text:?}");
        }
    }
}
