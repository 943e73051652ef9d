//! Private files: made for one owner, read whole, gone after an overwrite.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::KeyFault;

/// Reads a file that only its owner can read, and that has 1 to `max` bytes.
pub(super) fn read_private(path: &Path, max: usize) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let unreadable = |fault: io::Error| KeyFault::Unreadable { path: path.to_owned(), cause: fault.kind() };
    let file = File::open(path).map_err(unreadable)?;
    if is_open_to_others(&file.metadata().map_err(unreadable)?) {
        return Err(KeyFault::Open(path.to_owned()));
    }
    // Room for all of it at once: a vector that grows leaves what it held behind.
    let mut content = Zeroizing::new(Vec::with_capacity(max + 2));
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut content).map_err(unreadable)?;
    match content.len() {
        0 => Err(KeyFault::Empty(path.to_owned())),
        length if length > max => Err(KeyFault::Malformed(path.to_owned())),
        _ => Ok(content),
    }
}

/// Makes a file that is not there yet, mode 0600. On disk, entry of the directory included, when this returns;
/// nothing is left of it when it fails.
pub(super) fn write_private(path: &Path, content: &[u8]) -> Result<(), KeyFault> {
    let unwritable = |fault: io::Error| KeyFault::Unwritable { path: path.to_owned(), cause: fault.kind() };
    let mut file = private_options().create_new(true).open(path).map_err(|fault| {
        // Whatever is there stays as it is.
        let is_there = fault.kind() == io::ErrorKind::AlreadyExists;
        if is_there { KeyFault::Present(path.to_owned()) } else { unwritable(fault) }
    })?;
    let written = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| sync_directory(path));
    written.map_err(|fault| {
        let _ = fs::remove_file(path);
        unwritable(fault)
    })
}

/// Makes the directory of a file, mode 0700, where it is not there.
pub(super) fn make_directory(path: &Path) -> Result<(), KeyFault> {
    let directory = directory(path);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&directory).map_err(|fault| KeyFault::Unwritable { path: directory, cause: fault.kind() })
}

/// Holds the directory of a file until what it gives is dropped: two commands of one machine make no key at once, and
/// none reads what another is still writing. The directory itself is locked, so nothing is left of it.
pub(super) fn hold_directory(path: &Path) -> Result<File, KeyFault> {
    make_directory(path)?;
    let directory = directory(path);
    let held = File::open(&directory).and_then(|it| it.lock().map(|()| it));
    held.map_err(|fault| KeyFault::Unwritable { path: directory, cause: fault.kind() })
}

/// Overwrites a file in place, syncs it, unlinks it, and syncs its directory.
///
/// A medium that copies on write (btrfs, ZFS, most SSDs behind their own mapping) and a snapshot or backup may
/// keep the old blocks: then only the secret under which the file was sealed stands between them and a reader.
pub(super) fn overwrite_and_remove(path: &Path) -> Result<(), KeyFault> {
    let unwritable = |fault: io::Error| KeyFault::Unwritable { path: path.to_owned(), cause: fault.kind() };
    let destroy = || {
        let mut file = OpenOptions::new().write(true).open(path)?;
        let length = usize::try_from(file.metadata()?.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        file.write_all(&vec![0; length])?;
        file.sync_all()?;
        fs::remove_file(path)?;
        sync_directory(path)
    };
    destroy().map_err(unwritable)
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

fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// The directory of a file; that of a bare name is where we are.
fn directory(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory(path))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
