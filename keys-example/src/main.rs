//! `samenloop-keys-example DIR`: writes a throw-away kit.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use samenloop_keys_example::write_kit;

/// Schrijft een oefenset: uitgever, certificaten, beheerders, manifest, sleutelperiode en voorbeeldbestanden.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Map die nog niet bestaat, of leeg is.
    #[arg(value_name = "MAP")]
    directory: PathBuf,
    /// Poort van de hub op deze machine; 0 kiest een vrije.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match write_kit(&arguments.directory, arguments.port) {
        Ok(kit) => {
            println!("{kit}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}
