//! The head at the end of a file that a power cut kept from being written whole. It may be dropped when it is the beginning of
//! what the hub would sign of the log as it is: the next one is then signed anew, and says no less.
//!
//! Somebody who cuts the file gains nothing by it: whole heads can be cut off as well, and agencies and privacy officers
//! keep those that they saw (P-75).

use std::ops::ControlFlow::{self, Break, Continue};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use samenloop_audit::Log;
use samenloop_manifest::Checkpoint;
use samenloop_store::AuditLog;

use super::HeadsFault;
use super::heads::{SIGNATURE_MARK, altered};

/// Digits of a size, letters of a day and of a signature, at most.
const SIZE: usize = 20;
const DAY: usize = 10;
const SIGNATURE: usize = 100;

/// The bytes after the last whole head of a file, and whose they should be.
pub(super) struct Torn<'a> {
    pub(super) path: &'a Path,
    pub(super) origin: &'a str,
    pub(super) log: Log,
    pub(super) is_daily: bool,
    pub(super) rest: &'a [u8],
}

impl Torn<'_> {
    /// Whether they are the beginning of a head of this log as it is here, after the `last` whole one.
    ///
    /// # Errors
    /// [`HeadsFault::Older`] and [`HeadsFault::Forked`] when they begin a head of another log, and
    /// [`HeadsFault::Altered`] when they begin none.
    pub(super) fn check(&self, last: Option<&Checkpoint>, logs: &AuditLog<'_>) -> Result<(), HeadsFault> {
        let (log, name) = (self.log.name(), format!("{}/{}", self.origin, self.log.name()));
        let agreed = last.map_or(0, |it| it.size);
        let (size, rest) = match size(self.rest, &format!("{name}\n")) {
            Continue(read) => read,
            Break(is_beginning) => return self.told(is_beginning),
        };
        let Some(signed) = size.parse().ok().filter(|it| *it >= agreed.max(1)) else {
            return self.told(false);
        };
        let found = logs.size(self.log).map_err(HeadsFault::Store)?;
        if found < signed {
            return Err(HeadsFault::Older { log, signed, found });
        }
        let root = logs.root(self.log, signed).map_err(HeadsFault::Store)?;
        let rest = match fixed(rest, &format!("{}\n", STANDARD.encode(root))) {
            Continue(rest) => rest,
            Break(true) => return Ok(()),
            Break(false) => return Err(HeadsFault::Forked { log, agreed, signed }),
        };
        match signature(rest, self.is_daily, &name) {
            Break(is_beginning) => self.told(is_beginning),
            // A signature to its end, of nothing that is a head.
            Continue(()) => self.told(false),
        }
    }

    fn told(&self, is_beginning: bool) -> Result<(), HeadsFault> {
        let what = "it ends with what is neither a head nor the beginning of one";
        if is_beginning { Ok(()) } else { Err(altered(self.path, what.to_owned())) }
    }
}

fn size<'a>(rest: &'a [u8], heading: &str) -> ControlFlow<bool, (&'a str, &'a [u8])> {
    field(fixed(rest, heading)?, SIZE, digit)
}

fn signature(rest: &[u8], is_daily: bool, name: &str) -> ControlFlow<bool> {
    let rest =
        if is_daily { field(fixed(rest, "day ")?, DAY, |it| digit(it) || it == b'-')?.1 } else { rest };
    let rest = fixed(rest, &format!("\n{SIGNATURE_MARK}{name} "))?;
    field(rest, SIGNATURE, |it| it.is_ascii_alphanumeric() || b"+/=".contains(&it)).map_continue(|_| ())
}

/// What follows a text; or whether the bytes end within it.
fn fixed<'a>(rest: &'a [u8], text: &str) -> ControlFlow<bool, &'a [u8]> {
    match rest.strip_prefix(text.as_bytes()) {
        Some(rest) => Continue(rest),
        None => Break(text.as_bytes().starts_with(rest)),
    }
}

/// A line of so many letters at most, and what follows it; or whether the bytes end within it.
fn field(rest: &[u8], most: usize, letter: impl Fn(u8) -> bool) -> ControlFlow<bool, (&str, &[u8])> {
    let length = rest.iter().take_while(|it| letter(**it)).count();
    let (line, rest) = rest.split_at(length);
    match (std::str::from_utf8(line), rest) {
        _ if length > most => Break(false),
        (Ok(_), []) => Break(true),
        (Ok(line), [b'\n', rest @ ..]) => Continue((line, rest)),
        _ => Break(false),
    }
}

const fn digit(letter: u8) -> bool {
    letter.is_ascii_digit()
}
