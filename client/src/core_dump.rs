//! No core dumps of a process that reads keys.

use std::io;

/// Switches core dumps of this process off, and with them, on Linux, the reading of its memory by other
/// processes of the same user.
///
/// A size of zero is not enough on Linux: a dump that is piped to a program has no size (core(5)).
///
/// # Errors
/// What the system says; on a system without core dumps there is nothing to switch off.
#[cfg(unix)]
pub(crate) fn forbid() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn forbid() -> io::Result<()> {
    Ok(())
}
