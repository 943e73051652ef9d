//! Where an engine says what it is about to do, before it becomes real (V-44).

use std::sync::{Arc, OnceLock};

use samenloop_core::processing::{Activity, Processing, ProcessingLog, SubjectId};

use crate::{Fault, seal};

/// A record goes. Who it was of is not opened once more to say so.
pub(crate) const ENDS: Processing = Processing { activity: Activity::Expire, subject: None };

/// The processing log of an engine; none until one is given, and then always the same.
#[derive(Clone, Default)]
pub(crate) struct Announcer(Arc<OnceLock<Arc<dyn ProcessingLog>>>);

impl Announcer {
    /// Announces to a log from now on.
    pub(crate) fn tell(&self, log: Arc<dyn ProcessingLog>) {
        let _ = self.0.set(log);
    }

    /// Whether there is a log.
    pub(crate) fn has_log(&self) -> bool {
        self.0.get().is_some()
    }

    /// Returns once the lines are durable; without a log at once.
    pub(crate) fn announce(&self, processings: &[Processing]) -> Result<(), Fault> {
        match self.0.get() {
            Some(log) if !processings.is_empty() => Ok(log.announce(processings)?),
            _ => Ok(()),
        }
    }
}

/// A new name of a data subject in the processing log.
pub(crate) fn draw() -> Result<SubjectId, Fault> {
    let mut bytes = [0; 16];
    seal::random(&mut bytes)?;
    Ok(SubjectId::new(bytes))
}
