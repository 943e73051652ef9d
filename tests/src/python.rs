//! A second language, and what a suite wants that a machine may lack.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Says that a suite is skipped for want of something. With `CI` set it has to be there.
///
/// # Panics
/// With `CI` set.
pub fn skipped(missing: &str) {
    assert!(std::env::var_os("CI").is_none(), "required with CI set, and missing: {missing}");
    // Past the test harness, which would keep it for itself.
    let _ = writeln!(std::io::stderr(), "SKIPPED; missing: {missing}");
}

/// The Python that `SAMENLOOP_PYTHON` names, else the system's.
#[must_use]
pub fn python() -> Command {
    let mut command = Command::new(std::env::var_os("SAMENLOOP_PYTHON").unwrap_or_else(|| "python3".into()));
    command.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::null());
    command
}

/// Whether something that Python needs is there; where it is not, the suite is [`skipped`].
///
/// # Panics
/// As [`skipped`].
#[must_use]
pub fn is_there(what: &str, statement: &str) -> bool {
    let is_there = python().args(["-c", statement]).output().is_ok_and(|it| it.status.success());
    if !is_there {
        skipped(&format!(
            "{what}. Install it: python3 -m venv target/interop && target/interop/bin/pip install -r \
             tests/interop/requirements.txt, and set SAMENLOOP_PYTHON to target/interop/bin/python"
        ));
    }
    is_there
}

/// Where the programs in the second language are.
#[must_use]
pub fn interop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop")
}

/// How many checks of `check_log.py` failed: of a log in a directory, or of what it is given on standard input. `None`
/// without a Python.
///
/// # Panics
/// When it does not say how many, or says nothing was checked: a verifier that fell found nothing.
#[must_use]
pub fn failures_of_log(arguments: &[&OsStr], input: &[u8]) -> Option<u64> {
    if !is_there("Python 3", "import hashlib") {
        return None;
    }
    let mut command = python();
    command.arg(interop().join("check_log.py")).args(arguments).stdin(Stdio::piped());
    let mut verifier =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the verifier runs");
    verifier.stdin.take().expect("a pipe").write_all(input).expect("it reads what it is given");
    let output = verifier.wait_with_output().expect("the verifier ends");
    let told = String::from_utf8_lossy(&output.stdout);
    let counts = told.trim_end().strip_suffix(" failed").and_then(|it| it.split_once(" passed, "));
    let counts = counts.and_then(|(passed, failed)| Some((passed.parse().ok()?, failed.parse().ok()?)));
    let (passed, failed): (u64, u64) = counts.unwrap_or_else(|| panic!("{output:?}"));
    assert!(passed + failed > 0 && output.status.code() == Some(i32::from(failed > 0)), "{output:?}");
    Some(failed)
}
