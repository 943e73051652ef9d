//! The command `samenloop`: arguments in, exit status out.

mod act;
mod alert;
mod arguments;
mod audit;
mod codes;
mod contact;
mod desk;
mod edited;
mod end;
mod epoch;
mod extend;
mod follow;
mod key;
mod manifest;
mod own;
mod push;
mod report;
mod rights;
mod signal;
mod stats;
mod status;
mod stop;
mod watch;
mod wrap;

use std::fmt;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Parser;

use samenloop_core::clock::Clock as _;
use samenloop_core::manifest::Manifest;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::language::{Language, Say, cause};
use crate::manifest::{clock_warning, expiry_warning};
use crate::membership::Membership;
use arguments::{Arguments, Command, Common};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Everything asked for.
    Done,
    /// Some lines refused.
    Partly,
}

/// A sentence for standard error, in the user's language.
struct Said(String);

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Turns a fault into its sentence.
trait OrSay<T> {
    fn or_say(self, language: Language) -> Result<T, Said>;
}

impl<T, F: Say> OrSay<T> for Result<T, F> {
    fn or_say(self, language: Language) -> Result<T, Said> {
        self.map_err(|fault| Said(fault.say(language)))
    }
}

impl Said {
    fn io(fault: &std::io::Error, language: Language) -> Self {
        let sentence = language.pick("De uitvoer is niet te schrijven", "The output cannot be written");
        Self(format!("{sentence}: {}.", cause(fault, language)))
    }
}

/// Runs the command of this process: 0 done, 1 refused or failed, 2 wrong usage, 3 partly done.
#[must_use]
pub fn run() -> ExitCode {
    // Before anything secret is read; without it a crash could leave keys on disk.
    if let Err(fault) = crate::core_dump::forbid() {
        eprintln!("core dumps cannot be switched off: {fault}");
        return ExitCode::FAILURE;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let language = arguments.common.language;
    let Some(path) = &arguments.common.config else {
        eprintln!(
            "{}",
            language.pick(
                "Zeg welke configuratie: --config BESTAND, of zet SAMENLOOP_CONFIG.",
                "Say which configuration: --config FILE, or set SAMENLOOP_CONFIG."
            )
        );
        return ExitCode::from(2);
    };
    if let Err(malformed) = crate::trace::given() {
        eprintln!("{}", malformed.say(language));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(fault) => {
            eprintln!("{fault}");
            return ExitCode::FAILURE;
        }
    };
    let ending = Config::read(path)
        .or_say(language)
        .and_then(|config| runtime.block_on(dispatch(&arguments.common, config, &arguments.command)));
    // A reader thread may still wait for input that nobody wants any more.
    runtime.shutdown_background();
    match ending {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Partly) => ExitCode::from(3),
        Err(Said(sentence)) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(common: &Common, config: Config, command: &Command) -> Result<Ending, Said> {
    let language = common.language;
    let clock = SystemClock::new().map_err(|fault| Said(fault.to_string()))?;
    // Whatever is asked, and also offline.
    if config.agency.is_some()
        && let Ok(membership) = Membership::before_entry(config.clone(), clock.today())
    {
        membership.forget_what_ended(clock.today());
    }
    match command {
        // The journal is the agency's own: no manifest and no hub.
        Command::Signal { command: arguments::Signal::List(wanted) } => {
            own::list(common, &config, &clock, wanted)
        }
        // Keys are made before there is a manifest that enters them.
        Command::Key { command } => key::run(common, config, &clock, command).await,
        Command::Manifest { command } => manifest::run(common, config, &clock, command).await,
        Command::Report { command } => report::run(common, config, &clock, command).await,
        Command::Codes(wanted) => codes::run(common, &membership(config, &clock, language)?, wanted),
        Command::Signal { command: command @ arguments::Signal::Check { .. } } => {
            // A file can be looked through before the administrators enter who sends it.
            let membership = Membership::before_entry(config, clock.today()).or_say(language)?;
            warn_of_expiry(membership.newest(), membership.config(), &clock, language);
            signal::run(common, membership, &clock, command).await
        }
        // Each file that is dropped is sent under the newest manifest of that moment.
        Command::Signal { command: arguments::Signal::Push { watch: Some(folder), report, wait, .. } } => {
            watch::run(common, &config, &clock, folder, report.form, Duration::from_secs(wait.seconds)).await
        }
        Command::Signal { command } => {
            let membership = follow::followed(common, config, &clock).await?;
            signal::run(common, membership, &clock, command).await
        }
        Command::Desk(opening) => {
            let membership = follow::followed(common, config, &clock).await?;
            desk::run(common, &membership, clock, opening).await
        }
        Command::Alert { command } => {
            let membership = follow::followed(common, config, &clock).await?;
            alert::run(common, membership, &clock, command).await
        }
        Command::Audit { command } => {
            let membership = follow::followed(common, config, &clock).await?;
            audit::run(common, membership, &clock, command).await
        }
        Command::Stats => {
            let membership = follow::followed(common, config, &clock).await?;
            stats::run(common, &membership, &clock).await
        }
        Command::Contact { command } => {
            let membership = follow::followed(common, config, &clock).await?;
            contact::run(common, &membership, command).await
        }
        Command::Rights { command } => {
            let membership = follow::followed(common, config, &clock).await?;
            rights::run(common, &membership, &clock, command).await
        }
    }
}

/// Loads the manifest, and says on standard error when it is about to end.
fn membership(config: Config, clock: &SystemClock, language: Language) -> Result<Membership, Said> {
    let membership = Membership::load(config, clock.today()).or_say(language)?;
    warn_of_expiry(membership.newest(), membership.config(), clock, language);
    Ok(membership)
}

/// The manifest of which it was said last; 0 for none. A process is one run of a command.
static WARNED_OF: AtomicU64 = AtomicU64::new(0);

/// Says once a run of each manifest that is the newest what is to be said of its days.
fn warn_of_expiry(newest: &Manifest, config: &Config, clock: &SystemClock, language: Language) {
    if WARNED_OF.swap(newest.sequence(), Ordering::Relaxed) == newest.sequence() {
        return;
    }
    let today = clock.today();
    let warnings = [
        clock_warning(newest, today, language),
        expiry_warning(newest, config.connection(), today, language),
    ];
    for warning in warnings.into_iter().flatten() {
        eprintln!("{warning}");
    }
}
