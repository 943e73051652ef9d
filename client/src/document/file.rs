//! A document in a file: whole or not there, for its owner alone, and over another only when that is asked.

use std::fs::{OpenOptions, hard_link, remove_file, rename};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes a text under another name, and puts it in its place once it is on disk.
///
/// # Errors
/// What the system says; [`io::ErrorKind::AlreadyExists`] when something stands there and is not to be replaced.
/// Nothing is left of it then.
pub fn save(path: &Path, text: &str, replaces: bool) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let placed =
        write(&part, text).and_then(|()| if replaces { rename(&part, path) } else { hard_link(&part, path) });
    // Where it was put, it stands under its own name by now.
    let _ = remove_file(&part);
    placed
}

fn write(part: &PathBuf, text: &str) -> io::Result<()> {
    // What an earlier command left when it was cut off.
    if part.symlink_metadata().is_ok() {
        remove_file(part)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_private_and_never_replaced_without_being_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("register.txt");
        save(&path, "een", false).unwrap();
        assert_eq!(save(&path, "twee", false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "een");
        std::fs::write(directory.path().join("register.txt.part"), "resten").unwrap();
        save(&path, "drie", true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "drie");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777,
            0o600
        );
    }
}
