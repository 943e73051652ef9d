//! What is on a disk: every file below a directory, byte for byte.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Every file below a directory with its content; a file is its own directory.
///
/// # Panics
/// When one cannot be read.
#[must_use]
pub fn files(place: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut next) = (BTreeMap::new(), vec![place.to_owned()]);
    while let Some(path) = next.pop() {
        if path.is_dir() {
            next.extend(std::fs::read_dir(path).expect("a directory").map(|it| it.expect("an entry").path()));
        } else {
            let content = std::fs::read(&path).expect("a file");
            found.insert(path, content);
        }
    }
    found
}

/// Copies every file below a directory to another, which is made.
///
/// # Panics
/// When one cannot be copied.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory").map(|it| it.expect("an entry")) {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            std::fs::copy(path, copied).expect("a file");
        }
    }
}
