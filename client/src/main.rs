//! The command `samenloop`.

use std::process::ExitCode;

fn main() -> ExitCode {
    samenloop_client::cli::run()
}
