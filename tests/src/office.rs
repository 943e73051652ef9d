//! The administrators of a kit at work, with the real commands.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::{Answer, Exchange};

/// How long anything may take to come: a few ticks of a busy machine, for a thousand streams at once.
const PATIENCE: Duration = Duration::from_secs(120);

impl Exchange {
    /// Runs what must go well.
    ///
    /// # Panics
    /// When it does not.
    pub fn done(&self, connection: &str, arguments: &[&str]) -> Answer {
        let answer = self.run(connection, arguments);
        assert_eq!(answer.status, 0, "{connection} {arguments:?}: {answer:?}");
        answer
    }

    /// Publishes the next manifest: a new draft, edited, signed by two administrators and handed to the hub. Gives
    /// its number.
    ///
    /// # Panics
    /// When an administrator or the hub does not take it.
    pub fn publish(&self, edit: impl FnOnce(&Path)) -> u64 {
        let draft = self.scratch().join("draft.toml");
        let path = draft.to_str().expect("a path");
        let new = self.done("beheer-a", &["manifest", "new", path, "--json"]).json();
        edit(&draft);
        for administrator in ["beheer-a", "beheer-b"] {
            self.done(administrator, &["manifest", "sign", path]);
        }
        self.done("beheer-a", &["manifest", "publish", path]);
        let sequence = new["sequence"].as_u64().expect("a number");
        let publication = self.scratch().join(format!("publication-{sequence}.json"));
        self.done("beheer-b", &["manifest", "import", publication.to_str().expect("a path")]);
        for name in ["draft.toml", "draft.toml.note"] {
            std::fs::remove_file(self.scratch().join(name)).expect("a file of the draft");
        }
        sequence
    }

    /// Announces epoch 2: two contributions, promised in a manifest.
    ///
    /// # Panics
    /// As [`Self::publish`], as the next two.
    pub fn announce(&self) {
        for administrator in ["beheer-a", "beheer-b"] {
            self.done(administrator, &["key", "contribute", "--epoch", "2"]);
        }
        let kit = self.kit_directory();
        let promised = ["a", "b"].map(|it| kit.join(format!("beheer-{it}/contribution-2-beheer-{it}.toml")));
        let [a, b] = promised.each_ref().map(|it| it.to_str().expect("a path"));
        self.publish(|draft| {
            self.done("beheer-a", &["key", "rotate", draft.to_str().expect("a path"), a, b]);
        });
    }

    /// Both administrators wrap their contributions to epoch 2 for every agency that declared a key for it.
    pub fn wrap(&self, draft: &Path) {
        for administrator in ["beheer-a", "beheer-b"] {
            self.done(administrator, &["key", "wrap", draft.to_str().expect("a path"), "--epoch", "2"]);
        }
    }

    /// Wraps the announced epoch, and takes it into use also where somebody cannot follow.
    pub fn take_into_use(&self) {
        self.publish(|draft| {
            self.wrap(draft);
            let draft = draft.to_str().expect("a path");
            self.done("beheer-a", &["key", "rotate", draft, "--leave-behind"]);
        });
    }

    /// Signals of an agency that the hub counts under an epoch.
    ///
    /// # Panics
    /// When administrators cannot see it.
    #[must_use]
    pub fn filed(&self, agency: &str, epoch: u64) -> u64 {
        let told = self.done("beheer-a", &["key", "status", "--json"]).json();
        let epochs = told.as_array().expect("epochs");
        let found = epochs.iter().find(|it| it["epoch"] == epoch).expect("the epoch");
        let agencies = found["agencies"].as_array().expect("agencies");
        let own = agencies.iter().find(|it| it["connection"] == agency).expect("the agency");
        own["filed"].as_u64().expect("a count")
    }

    /// Waits until the hub counts as many.
    ///
    /// # Panics
    /// When it does not in time.
    pub fn until_filed(&self, agency: &str, epoch: u64, signals: u64) {
        let what = format!("{signals} signals of {agency}");
        self.until(&what, |it| it.filed(agency, epoch) == signals);
    }

    /// Waits until something is so.
    ///
    /// # Panics
    /// When it is not in time.
    pub fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        until(what, || is_so(self));
    }
}

/// Waits until something is so.
///
/// # Panics
/// When it is not in time.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Edits a text file.
///
/// # Panics
/// When it cannot be read or written, or nothing changes.
pub fn rewrite(path: &Path, edit: impl FnOnce(&str) -> String) {
    let before = std::fs::read_to_string(path).expect("a text");
    let after = edit(&before);
    assert_ne!(before, after, "{} was to change", path.display());
    std::fs::write(path, after).expect("a file");
}

/// The text of a manifest without one connection.
///
/// # Panics
/// When it has none of that name.
#[must_use]
pub fn without_connection(text: &str, connection: &str) -> String {
    let from = text.find(&format!("[[connections]]\nid = \"{connection}\"\n")).expect("the connection");
    let (before, own) = text.split_at(from);
    let after = own.find("\n[[").map_or("", |end| &own[end + 1..]);
    format!("{before}{after}")
}
