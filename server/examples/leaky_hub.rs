//! A hub whose intake opens the ledger: a defect made on purpose, for the gate of P-64 to catch (`tests/benches/oracle`).

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    samenloop_server::run(samenloop_server::Command::parse())
}
