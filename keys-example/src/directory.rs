//! The one place that writes: directories 0700, files 0600, all below the directory of the kit.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use samenloop_client::key::{Purpose, Secret, seal};
use samenloop_manifest::Publication;

use crate::KitFault;

/// The directory of a kit while it is written.
pub(crate) struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Makes the directory, or takes it when it is there and empty.
    pub(crate) fn create(root: &Path) -> Result<Self, KitFault> {
        let fault = |fault| KitFault::File { path: root.to_owned(), fault };
        match std::fs::read_dir(root).map(|mut entries| entries.next().is_none()) {
            Ok(true) => std::fs::set_permissions(root, Permissions::from_mode(0o700)).map_err(fault)?,
            Ok(false) => return Err(KitFault::NotEmpty(root.to_owned())),
            Err(absent) if absent.kind() == ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(root).map_err(fault)?;
            }
            Err(other) => return Err(fault(other)),
        }
        Ok(Self { root: root.to_owned() })
    }

    /// Makes a directory in it.
    pub(crate) fn make(&self, path: &str) -> Result<(), KitFault> {
        let path = self.root.join(path);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|fault| KitFault::File { path, fault })
    }

    /// Writes a file that is not there yet.
    pub(crate) fn write(&self, path: &str, content: &[u8]) -> Result<(), KitFault> {
        let path = self.root.join(path);
        let write = |path: &Path| {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(content)
        };
        write(&path).map_err(|fault| KitFault::File { path, fault })
    }

    /// Writes a publication.
    pub(crate) fn publish(&self, path: &str, publication: &Publication) -> Result<(), KitFault> {
        let written = publication.write(&self.root.join(path));
        written.map_err(|fault| KitFault::Itself(fault.to_string()))
    }

    /// Writes 32 bytes as 64 hexadecimal digits and a newline: what the hub reads.
    pub(crate) fn write_key(&self, path: &str, key: &[u8; 32]) -> Result<(), KitFault> {
        self.write(path, format!("{}\n", hex(key)).as_bytes())
    }

    /// Makes the machine secret of a party.
    pub(crate) fn make_secret(&self, party: &str) -> Result<Secret, KitFault> {
        Ok(Secret::make(&self.root.join(secret_of(party)))?)
    }

    /// The machine secret of a party.
    pub(crate) fn secret(&self, party: &str) -> Result<Secret, KitFault> {
        Ok(Secret::read(&self.root.join(secret_of(party)))?)
    }

    /// Seals a key of a party.
    pub(crate) fn seal(
        &self,
        path: &str,
        purpose: Purpose,
        content: &[u8],
        secret: &Secret,
    ) -> Result<(), KitFault> {
        Ok(seal(&self.root.join(path), purpose, content, secret)?)
    }
}

/// Where a party has its machine secret.
pub(crate) fn secret_of(party: &str) -> String {
    format!("{party}/machine.secret")
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
