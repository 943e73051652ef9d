//! Watching: what each tick changed, from where the last watch stopped.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use samenloop_proto::v1;

use crate::hub::{Hub, HubFault};
use crate::language::{Language, Say, cause};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How far a coordinator watched, in a small file beside its journal. One watch at a time holds it.
#[derive(Debug)]
pub struct Cursor {
    path: PathBuf,
    /// Locked while this lives. A file of its own: the cursor's is replaced at each write.
    _lock: File,
    value: u64,
    written: u64,
}

/// The cursor cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum CursorFault {
    /// Reading or writing failed, or it is some other file.
    #[error("{path} cannot be used: {source}", path = path.display())]
    Io {
        /// The cursor's file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another watch runs: two would skip each other's news.
    #[error("someone is already watching with this configuration ({})", .0.display())]
    InUse(PathBuf),
}

impl Say for CursorFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (_, Language::En) => format!("{self}."),
            (Self::Io { path, source }, Language::Nl) => format!(
                "Het bestand {} is niet te gebruiken: {}. Controleer de map en de rechten.",
                path.display(),
                cause(source, language)
            ),
            (Self::InUse(_), Language::Nl) => {
                "Er kijkt al iemand mee met deze configuratie: samenloop alert watch loopt al. Gebruik dat venster, of sluit het eerst.".into()
            }
        }
    }
}

impl Cursor {
    /// Reads the cursor, 0 when there is none, and keeps it from a second watch.
    ///
    /// # Errors
    /// [`CursorFault`] when another watch holds it, or the file is there and is no cursor.
    pub fn open(path: &Path) -> Result<Self, CursorFault> {
        let fault = |source| CursorFault::Io { path: path.to_owned(), source };
        let lock = File::create(path.with_extension("cursor.lock")).map_err(fault)?;
        lock.try_lock().map_err(|locked| match locked {
            TryLockError::WouldBlock => CursorFault::InUse(path.to_owned()),
            TryLockError::Error(source) => fault(source),
        })?;
        let value = match fs::read_to_string(path) {
            Ok(text) => text.trim().parse().map_err(|_| fault(io::ErrorKind::InvalidData.into()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(fault(error)),
        };
        Ok(Self { path: path.to_owned(), _lock: lock, value, written: value })
    }

    /// The cursor.
    #[must_use]
    pub const fn value(&self) -> u64 {
        self.value
    }

    /// Writes it down, whole or not at all.
    ///
    /// # Errors
    /// [`CursorFault`] when the disk does not take it.
    pub fn keep(&mut self) -> Result<(), CursorFault> {
        if self.value == self.written {
            return Ok(());
        }
        let fresh = self.path.with_extension(format!("cursor.{}", std::process::id()));
        let write = || {
            let mut file = File::create(&fresh)?;
            writeln!(file, "{}", self.value)?;
            file.sync_all()?;
            fs::rename(&fresh, &self.path)
        };
        write().map_err(|source| CursorFault::Io { path: self.path.clone(), source })?;
        self.written = self.value;
        Ok(())
    }
}

/// Who is told while watching.
pub trait Watcher {
    /// An alert opened, was joined by a domain, or lapsed. May be told twice after a break.
    ///
    /// # Errors
    /// [`WatchFault`] when the alert is none, or nobody can be told; watching ends then.
    fn changed(&mut self, alert: &v1::Alert) -> Result<(), WatchFault>;
    /// The connection is gone; it is tried again.
    fn waiting(&mut self);
}

/// Watches until the hub refuses or `watcher` does, through any break of the connection.
///
/// # Errors
/// Never returns otherwise: the fault that ended it, or that of the cursor.
pub async fn watch(
    hub: &Hub,
    cursor: &mut Cursor,
    watcher: &mut impl Watcher,
) -> Result<std::convert::Infallible, WatchFault> {
    let mut pause = FIRST_PAUSE;
    loop {
        let before = cursor.value;
        match follow(hub, cursor, watcher).await {
            Err(WatchFault::Hub(fault)) if fault.may_pass() => {
                if cursor.value != before {
                    pause = FIRST_PAUSE;
                }
                cursor.keep()?;
                watcher.waiting();
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            ended => {
                cursor.keep()?;
                return ended;
            }
        }
    }
}

async fn follow(
    hub: &Hub,
    cursor: &mut Cursor,
    watcher: &mut impl Watcher,
) -> Result<std::convert::Infallible, WatchFault> {
    let mut news = hub.watch(cursor.value).await?;
    loop {
        let message = news.next().await?;
        for alert in &message.alerts {
            watcher.changed(alert)?;
        }
        let is_first = cursor.written == 0;
        cursor.value = message.cursor;
        // Told first, kept after: a crash in between tells again and skips nothing.
        if is_first || !message.alerts.is_empty() {
            cursor.keep()?;
        }
    }
}

/// Why watching ended.
#[derive(Debug, thiserror::Error)]
pub enum WatchFault {
    /// The hub.
    #[error(transparent)]
    Hub(#[from] HubFault),
    /// The cursor.
    #[error(transparent)]
    Cursor(#[from] CursorFault),
    /// Whoever read our output is gone.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl Say for WatchFault {
    fn say(&self, language: Language) -> String {
        match self {
            Self::Hub(fault) => fault.say(language),
            Self::Cursor(fault) => fault.say(language),
            Self::Output(fault) => {
                let sentence =
                    language.pick("De uitvoer is niet te schrijven", "The output cannot be written");
                format!("{sentence}: {}.", cause(fault, language))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_kept_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.cursor");
        let mut cursor = Cursor::open(&path).unwrap();
        assert_eq!(cursor.value(), 0);
        cursor.value = 41;
        cursor.keep().unwrap();
        drop(cursor);
        assert_eq!(Cursor::open(&path).unwrap().value(), 41);
        fs::write(&path, "not a number").unwrap();
        assert!(matches!(Cursor::open(&path), Err(CursorFault::Io { .. })));
    }

    #[test]
    fn a_second_watch_is_told_that_one_runs() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.cursor");
        let first = Cursor::open(&path).unwrap();
        let fault = Cursor::open(&path).unwrap_err();
        assert!(fault.say(Language::Nl).contains("Er kijkt al iemand mee"));
        drop(first);
        assert!(Cursor::open(&path).is_ok());
    }
}
