//! A draft and its signatures as one publication.

use std::path::{Path, PathBuf};

use samenloop_manifest::{Book, BookFault, Publication, PublicationFault, Signed};

use super::draft::{Draft, DraftFault};
use crate::hub::HubFault;
use crate::language::{Language, Say};

/// Why a draft is not published. The own book stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum PublishFault {
    /// The draft, or what the book says of it.
    #[error(transparent)]
    Draft(#[from] DraftFault),
    /// Nobody signed it.
    #[error("{} is not there: nobody has signed yet; sign with samenloop manifest sign", .0.display())]
    NotSigned(PathBuf),
    /// The publication's file.
    #[error(transparent)]
    File(#[from] PublicationFault),
    /// The hub does not take it.
    #[error("{fault}. The own book was not changed; {publication} can be imported by hand", publication = publication.display())]
    Hub {
        /// Why.
        fault: HubFault,
        /// Where the publication lies.
        publication: PathBuf,
    },
    /// The hub says that it took it, and names an older manifest as its newest.
    #[error("the hub took manifest {sent} and still names {newest} as its newest; call the hub's operator. The own book was not changed; {publication} can be imported by hand", publication = publication.display())]
    NotNewest {
        /// What it was handed.
        sent: u64,
        /// What it names.
        newest: u64,
        /// Where the publication lies.
        publication: PathBuf,
    },
    /// The hub took it, and the own book does not.
    #[error("the hub has it, but the own book does not: {0}")]
    Book(#[from] BookFault),
}

impl Say for PublishFault {
    fn say(&self, language: Language) -> String {
        match self {
            Self::Draft(fault) => fault.say(language),
            Self::File(fault) => fault.say(language),
            _ if language == Language::En => format!("{}.", self.to_string().trim_end_matches('.')),
            Self::NotSigned(path) => format!(
                "{} is er niet: nog niemand heeft getekend. Teken met: samenloop manifest sign",
                path.display()
            ),
            Self::Hub { fault, publication } => format!(
                "{} Uw eigen manifesten zijn niet veranderd. Geef het commando later opnieuw. Het manifest ligt klaar in {}.",
                fault.say(language),
                publication.display()
            ),
            Self::NotNewest { sent, newest, publication } => format!(
                "De hub nam manifest {sent} aan, maar noemt {newest} nog als zijn nieuwste. Bel de beheerder van de hub. Uw eigen manifesten zijn niet veranderd. Het manifest ligt klaar in {}.",
                publication.display()
            ),
            Self::Book(fault) => {
                format!("De hub heeft het manifest, maar hier is het niet bewaard. {}", fault.say(language))
            }
        }
    }
}

/// The publication of a draft and the signatures beside it, if the book takes it. With `root`, the new root that it
/// is the first under.
///
/// # Errors
/// [`PublishFault`] with the file and line where there is one.
pub fn assemble(draft: &Draft, root: Option<&Draft>, book: &Book) -> Result<Publication, PublishFault> {
    let root_signed = root.map(signed).transpose()?;
    let publication = Publication::new(signed(draft)?, root_signed);
    match (book.preview(&publication), root) {
        (Ok(_), _) => Ok(publication),
        (Err(fault @ BookFault::NewRoot(_)), Some(root)) => Err(root.refused(fault).into()),
        (Err(fault), _) => Err(draft.refused(fault).into()),
    }
}

fn signed(draft: &Draft) -> Result<Signed, PublishFault> {
    let path = draft.note_path();
    match std::fs::read_to_string(&path) {
        Ok(note) => Ok(Signed::new(draft.body().to_owned(), note)),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Err(PublishFault::NotSigned(path)),
        Err(source) => Err(DraftFault::Io { path, source }.into()),
    }
}

/// The file beside a draft in which its publication can be carried to who does not reach the hub.
#[must_use]
pub fn publication_path(draft: &Path, sequence: u64) -> PathBuf {
    draft.with_file_name(format!("publication-{sequence}.json"))
}

/// Holds what the hub names as its newest against what it was handed: at least that, or it did not take it.
///
/// # Errors
/// [`PublishFault::NotNewest`].
pub fn taken(sent: u64, newest: u64, publication: &Path) -> Result<u64, PublishFault> {
    if newest < sent {
        return Err(PublishFault::NotNewest { sent, newest, publication: publication.to_owned() });
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_that_names_an_older_manifest_than_it_was_handed_is_told() {
        let path = Path::new("publication-5.json");
        assert!(matches!((taken(5, 5, path), taken(5, 6, path)), (Ok(5), Ok(6))));
        let fault = taken(5, 4, path).unwrap_err();
        let said = fault.say(Language::Nl);
        assert!(said.contains("noemt 4") && said.contains("publication-5.json"), "{said}");
        assert!(fault.say(Language::En).contains("names 4"));
    }
}
