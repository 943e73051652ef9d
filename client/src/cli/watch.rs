//! `samenloop signal push --watch`: sends what a back office drops in a folder, until asked to stop.

use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::arguments::Common;
use super::follow::followed;
use super::stop::stopped;
use super::{Ending, Said, push};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::inbox::{Inbox, Outcome};
use crate::input::InputFault;
use crate::language::{Language, Say, cause};
use crate::push::{PushFault, Totals};
use crate::report::{Form, ReportFile, Sheet, Told};

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Waits after something that is not the file's fault: the hub, the manifest, the journal, the disk.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What became of one file.
enum Fate {
    /// It moved.
    Settled,
    /// It is gone, or changed while it was sent: the next look decides.
    LeftAlone,
    /// It stays and is tried again; why.
    Later(String),
}

pub(super) async fn run(
    common: &Common,
    config: &Config,
    clock: &SystemClock,
    folder: &Path,
    form: Option<Form>,
    wait: Duration,
) -> Result<Ending, Said> {
    let language = common.language;
    let mut inbox = Inbox::open(folder).map_err(|fault| Said(unusable(folder, &fault, language)))?;
    let sending = Sending { common, config, clock, form: form.unwrap_or(Form::Text), wait };
    let mut stop = std::pin::pin!(stopped());
    eprintln!("{}", watching(folder, language));
    let (mut pause, mut said) = (FIRST_PAUSE, String::new());
    loop {
        let mut later = None;
        let complete = inbox.complete(Instant::now());
        for path in complete.as_ref().map_or(&[][..], Vec::as_slice) {
            let fate = tokio::select! {
                // What was not acknowledged yet is sent again at the next start.
                () = &mut stop => return Ok(Ending::Done),
                fate = sending.file(&mut inbox, path) => fate?,
            };
            if let Fate::Later(why) = fate {
                later = Some(why);
                break;
            }
        }
        // A folder on another machine may come back as well.
        let why = later.or_else(|| complete.err().map(|fault| unusable(folder, &fault, language)));
        let rest = match why {
            Some(why) => {
                if why != said {
                    eprintln!("{why}");
                    said = why;
                }
                let rest = pause;
                pause = (pause * 2).min(LONGEST_PAUSE);
                rest
            }
            None => {
                (pause, said) = (FIRST_PAUSE, String::new());
                LOOK_EVERY
            }
        };
        tokio::select! {
            () = &mut stop => return Ok(Ending::Done),
            () = tokio::time::sleep(rest) => {}
        }
    }
}

/// What sending a file takes, besides the file.
struct Sending<'c> {
    common: &'c Common,
    config: &'c Config,
    clock: &'c SystemClock,
    form: Form,
    wait: Duration,
}

impl Sending<'_> {
    /// Sends one file and puts it where it belongs.
    ///
    /// # Errors
    /// When standard output cannot be written: nobody reads what happens any more.
    async fn file(&self, inbox: &mut Inbox, path: &Path) -> Result<Fate, Said> {
        let (common, language) = (self.common, self.common.language);
        let opened = push::open(path);
        if matches!(&opened, Err(InputFault::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound)
        {
            return Ok(Fate::LeftAlone);
        }
        let membership = match followed(common, self.config.clone(), self.clock).await {
            Ok(membership) => membership,
            Err(Said(why)) => return Ok(Fate::Later(why)),
        };
        let written = Inbox::report_of(path, self.form.extension());
        let sheet = match ReportFile::create(written.clone(), self.form) {
            Ok(file) => Sheet::file(file, self.form, language),
            Err(fault) => return Ok(Fate::Later(fault.say(language))),
        };
        let mut report = push::begin(vec![sheet], &opened, language);
        let pushed = push::send(common, membership, self.clock, opened, &mut report, self.wait).await;
        let (totals, fault) = match pushed {
            Ok(totals) => (totals, None),
            Err((totals, fault)) => (totals, Some(fault)),
        };
        let outcome = match &fault {
            None if totals.refused == 0 => Outcome::Done,
            None | Some(PushFault::Input(_)) => Outcome::Wrong,
            // Dropped unfinished, the report goes.
            Some(fault) => return Ok(Fate::Later(fault.say(language))),
        };
        if let Err(fault) = report.finish(Told::Push(&totals, fault.as_ref())) {
            return Ok(Fate::Later(fault.say(language)));
        }
        let settled =
            if inbox.is_unchanged(path) { inbox.settle(path, &written, outcome).map(Some) } else { Ok(None) };
        match settled {
            Ok(Some(place)) => {
                let told = tell(common, path, &place, &totals, outcome);
                told.map(|()| Fate::Settled).map_err(|fault| Said::io(&fault, language))
            }
            // It changed while it was sent: what is in it now is sent as well.
            Ok(None) => Ok(Fate::LeftAlone),
            Err(fault) => Ok(Fate::Later(unusable(path, &fault, language))),
        }
    }
}

fn tell(common: &Common, from: &Path, to: &Path, totals: &Totals, outcome: Outcome) -> io::Result<()> {
    let name = from.file_name().unwrap_or_default().to_string_lossy();
    let Totals { sent, accepted, refused, .. } = totals;
    let mut out = io::stdout().lock();
    if common.json {
        let told = serde_json::json!({
            "file": name, "moved_to": to.display().to_string(), "outcome": outcome.folder(),
            "sent": sent, "accepted": accepted, "refused": refused,
        });
        return writeln!(out, "{told}");
    }
    match common.language {
        Language::Nl => writeln!(
            out,
            "{name}: {sent} verstuurd, {accepted} aangenomen, {refused} geweigerd. Staat nu in {}.",
            to.display()
        ),
        Language::En => writeln!(
            out,
            "{name}: {sent} sent, {accepted} accepted, {refused} refused. Now in {}.",
            to.display()
        ),
    }
}

fn watching(folder: &Path, language: Language) -> String {
    match language {
        Language::Nl => format!("Let op de map {}. Stop met Ctrl-C.", folder.display()),
        Language::En => format!("Watching the folder {}. Stop with Ctrl-C.", folder.display()),
    }
}

fn unusable(path: &Path, fault: &io::Error, language: Language) -> String {
    let why = cause(fault, language);
    match language {
        Language::Nl => {
            format!("{} is niet te gebruiken: {why}. Controleer de map en de rechten.", path.display())
        }
        Language::En => {
            format!("{} cannot be used: {why}. Check the folder and its permissions.", path.display())
        }
    }
}
