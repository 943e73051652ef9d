//! `samenloop-hub`: the hub as a process.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    samenloop_server::run(samenloop_server::Command::parse())
}
