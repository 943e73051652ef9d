//! A document in a file: whole or not there, for its owner alone, and over another only when that is asked.

use std::fs::{OpenOptions, hard_link, remove_file, rename};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a text under another name, and puts it in its place once it is on disk.
///
/// # Errors
/// What the system says; [`io::ErrorKind::AlreadyExists`] when something stands there and is not to be replaced.
/// Nothing is left of it then.
pub fn save(path: &Path, text: &str, replaces: bool) -> io::Result<()> {
    save_with(path, text, replaces, |part| hard_link(part, path))
}

/// The same, with how a file gets its own name as well where nothing stands yet.
fn save_with(
    path: &Path,
    text: &str,
    replaces: bool,
    link: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    // What an earlier command left when it was cut off.
    if part.symlink_metadata().is_ok() {
        remove_file(&part)?;
    }
    write_new(&part, text)?;
    let placed = if replaces {
        rename(&part, path)
    } else {
        match link(&part) {
            // A medium without links (FAT, a share): whole as well, unless the machine stops halfway.
            Err(fault) if fault.kind() != io::ErrorKind::AlreadyExists => write_new(path, text),
            linked => linked,
        }
    };
    // Where it was put, it stands under its own name by now.
    let _ = remove_file(&part);
    placed
}

/// Writes a file that is not there yet; on disk when this returns, and not there when it fails.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = remove_file(path);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_file_is_whole_private_and_never_replaced_without_being_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("register.txt");
        save(&path, "een", false).unwrap();
        assert_eq!(save(&path, "twee", false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(read(&path), "een");
        std::fs::write(directory.path().join("register.txt.part"), "resten").unwrap();
        save(&path, "drie", true).unwrap();
        assert_eq!(read(&path), "drie");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o777,
            0o600
        );
    }

    #[test]
    fn a_medium_without_links_gets_the_file_all_the_same_and_over_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("register.txt");
        let without_links = |_: &Path| Err(io::ErrorKind::PermissionDenied.into());
        save_with(&path, "een", false, without_links).unwrap();
        assert_eq!(read(&path), "een");
        let again = save_with(&path, "twee", false, without_links).unwrap_err();
        assert_eq!((again.kind(), read(&path)), (io::ErrorKind::AlreadyExists, "een".to_owned()));
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
