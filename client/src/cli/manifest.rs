//! `samenloop manifest`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use samenloop_core::clock::Clock as _;
use samenloop_core::manifest::Manifest;
use samenloop_manifest::{Added, Book, Publication, Root, Statement, Subject};

use super::arguments::{Common, DraftFile, Manifest as Command};
use super::{Ending, OrSay, Said, membership, warn_of_expiry};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::hex::hex;
use crate::hub::Hub;
use crate::language::{Language, Say};
use crate::manifest::{
    Draft, DraftFault, PublishFault, Review, Signatures, assemble, fingerprint, new_draft, own_key,
    publication_path, root_changes, shown, shown_as_json, sign, taken,
};

pub(super) async fn run(
    common: &Common,
    config: Config,
    clock: &SystemClock,
    command: &Command,
) -> Result<Ending, Said> {
    let language = common.language;
    let book = Book::open(config.root(), &config.manifests).or_say(language)?;
    // Who makes the next manifest, or takes one over, is doing what the warning asks for.
    if let (Command::Show { .. } | Command::Check(_) | Command::Diff(_), Some(newest)) =
        (command, book.newest())
    {
        warn_of_expiry(newest, &config, clock, language);
    }
    let desk = Desk { common, language, config, clock, book };
    match command {
        Command::New { draft, root } => desk.new_draft(draft.as_deref(), root.as_deref()),
        Command::Check(file) => desk.check(file),
        Command::Diff(file) => desk.diff(file),
        Command::Sign { file, dry } => desk.sign(file, dry.is_dry),
        Command::Publish { file, offline } => desk.publish(file, *offline).await,
        Command::Show { toml } => desk.show(*toml),
        Command::Import { file } => desk.import(file),
    }
}

/// What every command of the manifest works with.
struct Desk<'c> {
    common: &'c Common,
    language: Language,
    config: Config,
    clock: &'c SystemClock,
    book: Book,
}

/// A draft and the new root that it is the first under, read and found sound.
struct Checked {
    draft: Draft,
    new_root: Option<(Draft, Root)>,
    manifest: Manifest,
}

impl Desk<'_> {
    fn print(&self, text: &str) -> Result<Ending, Said> {
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
        written.map(|()| Ending::Done).map_err(|fault| Said::io(&fault, self.language))
    }

    /// Prints JSON for programs, or what `text` makes for people.
    fn tell(&self, json: &serde_json::Value, text: impl FnOnce() -> String) -> Result<Ending, Said> {
        if self.common.json { self.print(&json.to_string()) } else { self.print(&text()) }
    }

    fn new_root(&self, path: Option<&Path>) -> Result<Option<(Draft, Root)>, Said> {
        let read = |path| {
            let draft = Draft::read(path)?;
            let root = draft.root()?;
            Ok((draft, root))
        };
        path.map(read).transpose().map_err(|fault: DraftFault| Said(fault.say(self.language)))
    }

    fn checked(&self, file: &DraftFile) -> Result<Checked, Said> {
        let new_root = self.new_root(file.root.as_deref())?;
        let draft = Draft::read(&file.draft).or_say(self.language)?;
        let root = new_root.as_ref().map(|(_, root)| root);
        let manifest = draft.check(&self.book, root, self.clock.today()).or_say(self.language)?;
        Ok(Checked { draft, new_root, manifest })
    }

    fn new_draft(&self, draft: Option<&Path>, root: Option<&Path>) -> Result<Ending, Said> {
        let new_root = self.new_root(root)?;
        let root = new_root.as_ref().map(|(_, root)| root);
        let body = new_draft(&self.book, root, self.clock.today()).or_say(self.language)?;
        let sequence = self.book.newest().map_or(1, |it| it.sequence() + 1);
        let named = || PathBuf::from(format!("manifest-{sequence}.toml"));
        let draft = Draft::new(draft.map_or_else(named, Path::to_owned), body);
        draft.create().or_say(self.language)?;
        let path = draft.path().display();
        self.tell(&serde_json::json!({"draft": draft.path(), "sequence": sequence}), || match self.language {
            Language::Nl => format!(
                "Ontwerp van manifest {sequence}: {path}\nPas het aan en bekijk het met: samenloop manifest diff {path}"
            ),
            Language::En => format!(
                "Draft of manifest {sequence}: {path}\nEdit it, and review it with: samenloop manifest diff {path}"
            ),
        })
    }

    fn check(&self, file: &DraftFile) -> Result<Ending, Said> {
        let Checked { draft, manifest, .. } = self.checked(file)?;
        let (sequence, sum) = (manifest.sequence(), fingerprint(manifest.hash()));
        let json = serde_json::json!({
            "draft": draft.path(), "sequence": sequence, "sha256": hex(manifest.hash()),
            "acts_from": manifest.acts_from().to_string(), "expires": manifest.expires().to_string(),
        });
        self.tell(&json, || match self.language {
            Language::Nl => format!(
                "Manifest {sequence} klopt. Vingerafdruk {sum}. Bekijk wat het verandert met: samenloop manifest diff {}",
                draft.path().display()
            ),
            Language::En => format!(
                "Manifest {sequence} is sound. Fingerprint {sum}. Review what it changes with: samenloop manifest diff {}",
                draft.path().display()
            ),
        })
    }

    fn review(&self, manifest: &Manifest) -> Option<Review> {
        self.book.newest().map(|newest| Review::new(newest, manifest, self.language))
    }

    fn diff(&self, file: &DraftFile) -> Result<Ending, Said> {
        let checked = self.checked(file)?;
        let review = self.review(&checked.manifest);
        let json = review.as_ref().map_or_else(|| serde_json::json!([]), Review::json);
        self.tell(&json, || self.reviewed(&checked, review.as_ref()))
    }

    /// The sentences of a manifest, and of the root that comes with it.
    fn reviewed(&self, checked: &Checked, review: Option<&Review>) -> String {
        let language = self.language;
        let (manifest, sum) = (&checked.manifest, fingerprint(checked.manifest.hash()));
        let mut text = match (language, self.book.newest()) {
            (Language::Nl, Some(newest)) => {
                format!("Manifest {} na manifest {}.\n\n", manifest.sequence(), newest.sequence())
            }
            (Language::En, Some(newest)) => {
                format!("Manifest {} after manifest {}.\n\n", manifest.sequence(), newest.sequence())
            }
            (_, None) => language
                .pick(
                    "Dit is hier het eerste manifest: alles is nieuw. Lees het ontwerp helemaal.\n",
                    "This is the first manifest here: everything is new. Read the whole draft.\n",
                )
                .to_owned(),
        };
        if let Some((_, new_root)) = &checked.new_root {
            text += language.pick("Onder een nieuwe root:\n", "Under a new root:\n");
            for it in root_changes(self.book.root(), new_root, language) {
                text += &format!("  {it}\n");
            }
        }
        text += &review.map(|it| it.text(language)).unwrap_or_default();
        text + &format!("\n{} {sum}\n", language.pick("Vingerafdruk:", "Fingerprint:"))
    }

    fn sign(&self, file: &DraftFile, is_dry: bool) -> Result<Ending, Said> {
        let draft = Draft::read(&file.draft).or_say(self.language)?;
        if draft.is_root() {
            return self.sign_root(&draft, is_dry);
        }
        let checked = self.checked(file)?;
        let root = checked.new_root.as_ref().map_or(self.book.root(), |(_, root)| root);
        let own = own_key(&self.config, &[root]).or_say(self.language)?;
        let sequence = checked.manifest.sequence();
        let statement =
            Statement::of(root.origin(), Subject::Manifest, sequence, checked.draft.body().as_bytes());
        let review = self.review(&checked.manifest);
        let signatures = sign(&checked.draft, &statement, &[root], &own, is_dry).or_say(self.language)?;
        let mut json = self.signed_as_json(&draft, &statement, &signatures, is_dry);
        let changes = review.as_ref().map_or_else(|| serde_json::json!([]), Review::json);
        json.insert("changes".into(), changes);
        self.tell(&json.into(), || {
            let text = self.reviewed(&checked, review.as_ref());
            format!("{text}\n{}", self.signed(&draft, &signatures, is_dry))
        })
    }

    /// A new root: k administrators of the old one and k of the new one sign it (P-21).
    fn sign_root(&self, draft: &Draft, is_dry: bool) -> Result<Ending, Said> {
        let new = draft.root().or_say(self.language)?;
        let old = self.book.root();
        // A new administrator may have the new root pinned already.
        let is_pinned = new.hash() == old.hash();
        if !is_pinned {
            let refused = |fault: samenloop_manifest::SuccessionFault| draft.refused(fault.into());
            old.may_be_succeeded_by(&new).map_err(refused).or_say(self.language)?;
        }
        let roots = if is_pinned { vec![&new] } else { vec![old, &new] };
        let own = own_key(&self.config, &roots).or_say(self.language)?;
        let statement = Statement::of(new.origin(), Subject::Root, new.sequence(), draft.body().as_bytes());
        let signatures = sign(draft, &statement, &roots, &own, is_dry).or_say(self.language)?;
        let changes = root_changes(old, &new, self.language);
        let mut json = self.signed_as_json(draft, &statement, &signatures, is_dry);
        json.insert("changes".into(), changes.clone().into());
        self.tell(&json.into(), || {
            let sum = fingerprint(new.hash());
            let (number, signed) = (new.sequence(), self.signed(draft, &signatures, is_dry));
            let changes: String = changes.iter().map(|it| format!("  {it}\n")).collect();
            match self.language {
                Language::Nl => format!("Root {number}:\n{changes}\nVingerafdruk: {sum}\n\n{signed}"),
                Language::En => format!("Root {number}:\n{changes}\nFingerprint: {sum}\n\n{signed}"),
            }
        })
    }

    fn signed_as_json(
        &self,
        draft: &Draft,
        statement: &Statement,
        signatures: &Signatures,
        is_dry: bool,
    ) -> serde_json::Map<String, serde_json::Value> {
        let by: Vec<_> = signatures.by.iter().map(ToString::to_string).collect();
        let counts: Vec<_> = signatures
            .counts
            .iter()
            .map(|(signed, needed)| serde_json::json!({"signed": signed, "needed": needed}))
            .collect();
        let fields = [
            ("note", serde_json::json!(draft.note_path())),
            ("sequence", statement.sequence().into()),
            ("sha256", hex(statement.body_hash()).into()),
            ("signed_by", by.into()),
            ("counts", counts.into()),
            ("enough", signatures.are_enough().into()),
            ("dry_run", is_dry.into()),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// How many of k there are, by whom, and what is next.
    fn signed(&self, draft: &Draft, signatures: &Signatures, is_dry: bool) -> String {
        let language = self.language;
        let by: Vec<_> = signatures.by.iter().map(ToString::to_string).collect();
        let mut text = match (is_dry, language) {
            (true, Language::Nl) => "Er is niet getekend (--dry-run). ".to_owned(),
            (true, Language::En) => "Nothing was signed (--dry-run). ".to_owned(),
            (false, Language::Nl) => format!("Getekend in {}. ", draft.note_path().display()),
            (false, Language::En) => format!("Signed in {}. ", draft.note_path().display()),
        };
        let counts: Vec<_> = signatures
            .counts
            .iter()
            .zip([language.pick("oude root", "old root"), language.pick("nieuwe root", "new root")])
            .map(|((signed, needed), name)| {
                let of = format!("{signed} {} {needed}", language.pick("van", "of"));
                if signatures.counts.len() > 1 { format!("{of} ({name})") } else { of }
            })
            .collect();
        let heading = language.pick("Handtekeningen", "Signatures");
        text += &format!("{heading}: {}", language.list(&counts));
        text += &if by.is_empty() { ".".to_owned() } else { format!(": {}.", language.list(&by)) };
        if signatures.are_enough() && !draft.is_root() {
            text += &match language {
                Language::Nl => {
                    format!("\nGenoeg. Publiceer met: samenloop manifest publish {}", draft.path().display())
                }
                Language::En => {
                    format!("\nEnough. Publish with: samenloop manifest publish {}", draft.path().display())
                }
            };
        }
        text
    }

    async fn publish(mut self, file: &DraftFile, is_offline: bool) -> Result<Ending, Said> {
        let language = self.language;
        let draft = Draft::read(&file.draft).or_say(language)?;
        let new_root = self.new_root(file.root.as_deref())?;
        let publication =
            assemble(&draft, new_root.as_ref().map(|(draft, _)| draft), &self.book).or_say(language)?;
        let known = self
            .book
            .newest()
            .is_some_and(|it| *it.hash() == samenloop_manifest::sha256(draft.body().as_bytes()));
        let sequence = if known {
            self.book.newest().map_or(0, |it| it.sequence())
        } else {
            let root = new_root.as_ref().map(|(_, root)| root);
            draft.check(&self.book, root, self.clock.today()).or_say(language)?.sequence()
        };
        let path = publication_path(draft.path(), sequence);
        publication.write(&path).map_err(PublishFault::File).or_say(language)?;
        let newest =
            if is_offline { None } else { Some(self.hand_over(&publication, sequence, &path).await?) };
        self.book.add(&publication).map_err(PublishFault::Book).or_say(language)?;
        let json = serde_json::json!({
            "sequence": sequence, "publication": path, "hub": !is_offline, "newest_at_hub": newest,
        });
        let path = path.display();
        self.tell(&json, || match (language, newest) {
            (Language::Nl, Some(newest)) if newest > sequence => format!(
                "Manifest {sequence} had de hub al, en een nieuwer: {newest}. Neem dat over met samenloop manifest import voordat u het volgende maakt."
            ),
            (Language::En, Some(newest)) if newest > sequence => format!(
                "The hub had manifest {sequence} already, and a newer one: {newest}. Import that before you make the next."
            ),
            (Language::Nl, Some(_)) => format!(
                "Manifest {sequence} is gepubliceerd: de hub heeft het.\nVoor wie de hub niet bereikt: {path}"
            ),
            (Language::Nl, None) => format!(
                "Manifest {sequence} is hier bewaard. De hub heeft het nog niet: publiceer zonder --offline, of geef {path} door."
            ),
            (Language::En, Some(_)) => format!(
                "Manifest {sequence} is published: the hub has it.\nFor who does not reach the hub: {path}"
            ),
            (Language::En, None) => format!(
                "Manifest {sequence} is kept here. The hub does not have it yet: publish without --offline, or pass on {path}."
            ),
        })
    }

    /// Hands a publication to the hub; gives the sequence that the hub names as its newest then.
    async fn hand_over(&self, publication: &Publication, sent: u64, path: &Path) -> Result<u64, Said> {
        let language = self.language;
        let membership = membership(self.config.clone(), self.clock, language)?;
        let hub = Hub::new(&membership).or_say(language)?;
        let newest = hub.publish(publication).await;
        let newest = newest
            .map_err(|fault| PublishFault::Hub { fault, publication: path.to_owned() })
            .or_say(language)?;
        taken(sent, newest, path).or_say(language)
    }

    fn show(&self, is_toml: bool) -> Result<Ending, Said> {
        let none = || Said(DraftFault::NoneYet.say(self.language));
        let newest = self.book.newest().ok_or_else(none)?;
        if is_toml {
            let publication =
                self.book.publication(newest.sequence()).or_say(self.language)?.ok_or_else(none)?;
            let mut out = io::stdout().lock();
            let written = out.write_all(publication.manifest().body().as_bytes()).and_then(|()| out.flush());
            return written.map(|()| Ending::Done).map_err(|fault| Said::io(&fault, self.language));
        }
        let today = self.clock.today();
        let json = shown_as_json(&self.book, today).ok_or_else(none)?;
        self.tell(&json, || shown(&self.book, today, self.language).unwrap_or_default())
    }

    fn import(mut self, file: &Path) -> Result<Ending, Said> {
        let language = self.language;
        let publication = Publication::read(file).or_say(language)?;
        let told = |fault: samenloop_manifest::BookFault| {
            Said(format!("{}: {}", file.display(), fault.say(language)))
        };
        let added = self.book.add(&publication).map_err(told)?;
        let sequence = self.book.newest().map_or(0, |it| it.sequence());
        let is_new = added == Added::New;
        self.tell(&serde_json::json!({"sequence": sequence, "new": is_new}), || match (language, is_new) {
            (Language::Nl, true) => format!("Manifest {sequence} is overgenomen."),
            (Language::Nl, false) => format!("Manifest {sequence} was hier al bekend."),
            (Language::En, true) => format!("Manifest {sequence} was taken over."),
            (Language::En, false) => format!("Manifest {sequence} was known here already."),
        })
    }
}
