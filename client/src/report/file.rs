//! A report beside the input: whole or not there, and never over somebody's other file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::Form;
use crate::language::{Language, Say, cause};

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReportFault {
    /// Standard output.
    #[error("the output cannot be written: {0}")]
    Output(io::Error),
    /// The file; what was written of it is removed.
    #[error("the report {} cannot be written: {source}", path.display())]
    File {
        /// The report.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// In its place stands something that is no report.
    #[error("{} is there already and is no report of samenloop", .0.display())]
    Foreign(PathBuf),
}

impl Say for ReportFault {
    fn say(&self, language: Language) -> String {
        match (self, language) {
            (Self::Output(fault), Language::Nl) => {
                format!("De uitvoer is niet te schrijven: {}.", cause(fault, language))
            }
            (Self::File { path, source }, Language::Nl) => format!(
                "Het verslag {} is niet te schrijven: {}. Wat er al van geschreven was, is weggehaald. Maak ruimte, of kies een andere map.",
                path.display(),
                cause(source, language)
            ),
            (Self::Foreign(path), Language::Nl) => format!(
                "Op de plaats van het verslag staat al een ander bestand: {}. Het is niet overschreven. Verplaats het, of geef het bestand met signalen een andere naam.",
                path.display()
            ),
            (_, Language::En) => format!("{self}."),
        }
    }
}

/// A report while it is written: under another name until it is whole. Removed when dropped before that.
pub struct ReportFile {
    path: PathBuf,
    part: PathBuf,
    writer: Option<BufWriter<File>>,
}

impl ReportFile {
    /// Begins the report of an input: `signalen.csv` gives `signalen.csv.verslag.txt`.
    ///
    /// # Errors
    /// [`ReportFault`] when it cannot be written there, or something else stands there.
    pub fn beside(input: &Path, form: Form) -> Result<Self, ReportFault> {
        let mut name = input.file_name().unwrap_or_default().to_owned();
        name.push(format!(".verslag.{}", form.extension()));
        Self::create(input.with_file_name(name), form)
    }

    /// Begins a report at this path.
    ///
    /// # Errors
    /// As [`Self::beside`].
    pub fn create(path: PathBuf, form: Form) -> Result<Self, ReportFault> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = path.with_file_name(name);
        let fault = |source| ReportFault::File { path: path.clone(), source };
        if !may_replace(&path, form).map_err(fault)? {
            return Err(ReportFault::Foreign(path));
        }
        // What an earlier command left when it was cut off.
        if part.symlink_metadata().is_ok() {
            std::fs::remove_file(&part).map_err(fault)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            // References are the agency's own.
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(&part).map_err(fault)?;
        Ok(Self { path, part, writer: Some(BufWriter::new(file)) })
    }

    /// Where it comes to stand.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the whole report in its place.
    ///
    /// # Errors
    /// [`ReportFault`]; what was written is removed.
    pub fn commit(mut self, written: io::Result<()>) -> Result<(), ReportFault> {
        let flushed = written.and_then(|()| self.writer.take().map_or(Ok(()), |mut writer| writer.flush()));
        let moved = flushed.and_then(|()| std::fs::rename(&self.part, &self.path));
        moved.map_err(|source| ReportFault::File { path: self.path.clone(), source })
    }
}

impl Write for ReportFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.as_mut().map_or(Ok(0), |writer| writer.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        // After `commit` it is gone already.
        let _ = std::fs::remove_file(&self.part);
    }
}

/// Whether nothing stands there, or an earlier report of this form.
fn may_replace(path: &Path, form: Form) -> io::Result<bool> {
    match path.symlink_metadata() {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(fault) => Err(fault),
        Ok(metadata) if !metadata.is_file() => Ok(false),
        Ok(_) => {
            let mut begin = Vec::new();
            File::open(path)?.take(64).read_to_end(&mut begin)?;
            Ok([Language::Nl, Language::En].iter().any(|it| begin.starts_with(form.mark(*it).as_bytes())))
        }
    }
}
