//! The commands of `samenloop-hub`. Exit status: 0 done, 1 refused or failed, 2 wrong usage.

mod backup;
mod keeping;
mod serve;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde_json::json;

use crate::clock::AmsterdamClock;
use crate::config::HubConfig;
use crate::papers;

/// The samenloop hub.
#[derive(Debug, Parser)]
#[command(name = "samenloop-hub", version, about)]
pub struct Command {
    #[command(subcommand)]
    act: Act,
    /// The hub's configuration (hub.toml); paths in it are relative to it.
    #[arg(long, global = true, env = "SAMENLOOP_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Take signals and tell coordinators, until SIGTERM or SIGINT.
    Serve(Serving),
    /// Look at the configuration, the certificates and the manifest; write nothing.
    Check(Keys),
    /// Read every record of the database and say whether it is whole, and its logs those that the hub signed; the hub must
    /// not be running.
    Verify(Verifying),
    /// List what could not be delivered: letters by way, recipient and day, and nothing of an alert; the hub must not be
    /// running.
    Outbox,
    /// Copy what is alive into a fresh database and drop the old one, and with it what was erased; the hub must
    /// not be running.
    Rebuild(Pepper),
    /// Write one sealed file of all that is kept, without any key; the hub must not be running.
    Backup(backup::Sealed),
    /// Put a backup of at most 35 days ago into an empty data directory, under the secrets that are there.
    Restore(backup::Sealed),
}

#[derive(Debug, Args)]
struct Pepper {
    /// Also give this epoch a new pepper, after its pepper leaked. No agency notices.
    #[arg(long, value_name = "EPOCH")]
    new_pepper: Option<u32>,
}

#[derive(Debug, Args)]
struct Serving {
    #[command(flatten)]
    keys: Keys,
    /// Serve logs that are older than their last signed head: a restored backup. Says so in the log itself, and every
    /// agency will see it.
    #[arg(long)]
    accept_older_log: bool,
}

#[derive(Debug, Args)]
struct Verifying {
    /// Look at a database whose logs are older than their last signed head: a restored backup. Says so, and goes on.
    #[arg(long)]
    accept_older_log: bool,
}

#[derive(Debug, Args)]
struct Keys {
    /// Take a CA whose keys anyone may hold. Never with signals of real children.
    #[arg(long)]
    danger_example_keys: bool,
}

/// What went wrong, in a sentence for the operator.
type Failure = Vec<String>;

/// Runs a command and says its exit status.
#[must_use]
pub fn run(command: Command) -> ExitCode {
    start_log();
    let Some(path) = &command.config else {
        eprintln!("name the configuration: --config FILE, or SAMENLOOP_CONFIG");
        return ExitCode::from(2);
    };
    match act(&command.act, path, command.json) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            if command.json {
                println!("{}", json!({ "ok": false, "problems": problems }));
            } else {
                for problem in &problems {
                    eprintln!("{problem}");
                }
            }
            ExitCode::FAILURE
        }
    }
}

fn act(act: &Act, path: &Path, json: bool) -> Result<(), Failure> {
    let config = HubConfig::load(path).map_err(failure)?;
    let clock = AmsterdamClock::new().map_err(failure)?;
    match act {
        Act::Serve(serving) => serve::serve(&config, clock, serving, json),
        Act::Check(keys) => check(&config, &clock, keys.danger_example_keys, json),
        Act::Verify(verifying) => keeping::verify(&config, &clock, verifying.accept_older_log, json),
        Act::Outbox => keeping::outbox(&config, &clock, json),
        Act::Rebuild(pepper) => keeping::rebuild(&config, &clock, pepper.new_pepper, json),
        Act::Backup(sealed) => backup::back_up(&config, &clock, sealed, json),
        Act::Restore(sealed) => backup::restore(&config, &clock, sealed, json),
    }
}

fn check(config: &HubConfig, clock: &AmsterdamClock, example_keys: bool, json: bool) -> Result<(), Failure> {
    use samenloop_core::clock::Clock as _;
    let papers = papers::read(config, clock, example_keys)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let idle = papers.idle_webhooks();
    if !idle.is_empty() {
        return Err(idle.iter().map(ToString::to_string).collect());
    }
    let manifest = &papers.manifest;
    let current = manifest.is_current(clock.today());
    if json {
        let told = json!({
            "ok": true,
            "exchange": manifest.exchange(),
            "manifest": manifest.sequence(),
            "expires": manifest.expires().to_string(),
            "current": current,
            "connections": manifest.connections().len(),
            "listen": config.listen().to_string(),
        });
        println!("{told}");
    } else {
        println!(
            "in order: exchange {}, manifest {} until {}, {} connections, would listen on {}",
            manifest.exchange(),
            manifest.sequence(),
            manifest.expires(),
            manifest.connections().len(),
            config.listen(),
        );
        if !current {
            println!(
                "the manifest has expired: no signal is taken and no alert opens until a newer one is there"
            );
        }
    }
    Ok(())
}

fn failure(fault: impl std::fmt::Display) -> Failure {
    vec![fault.to_string()]
}

/// Logs to stderr. `SAMENLOOP_LOG` sets the level of samenloop's own crates; of all others only warnings are
/// kept, whatever it says: a library's trace may print what it carries (V-06).
fn start_log() {
    let level = match std::env::var("SAMENLOOP_LOG").as_deref() {
        Ok("error") => "error",
        Ok("warn") => "warn",
        Ok("debug") => "debug",
        Ok("trace") => "trace",
        _ => "info",
    };
    let own = ["samenloop_server", "samenloop_store", "samenloop_manifest"];
    let filter: String = own.iter().map(|name| format!(",{name}={level}")).collect();
    let filter = tracing_subscriber::EnvFilter::new(format!("warn{filter}"));
    // A second start within one process (a test) keeps the first log.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
}
