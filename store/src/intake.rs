//! The intake log: arrivals on disk before their ack, sealed, until a tick has filed them.
//!
//! One thread appends; whatever waits is written and synced together. One segment and one queue key a tick
//! (P-32): once a tick has filed a segment its key is overwritten, and the segment removed.
//!
//! Segments grow in steps, so that a segment that was cut shows: its length is no multiple of a step.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use samenloop_core::batch::Arrival;
use tokio::sync::oneshot;

use crate::seal::Key;
use crate::segment::{self, Frame, STEP};
use crate::slots::sync_directory_of;
use crate::tally::Tally;
use crate::{Fault, Purpose, Secrets, codec};

/// Bytes gathered into one write and one sync at most.
const GROUP_BYTES: usize = 4 << 20;
/// Arrivals that may wait; senders beyond it wait their turn.
const WAITING: usize = 4096;

enum Order {
    Admit(Arrival, oneshot::Sender<Result<u64, Fault>>),
    Close(SyncSender<Result<u64, Fault>>),
}

/// The log, as its callers hold it.
pub(crate) struct Intake {
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
    directory: PathBuf,
}

impl Intake {
    /// Goes on after the arrivals that are on disk; `next_frame` is the number after the last of them.
    pub(crate) fn start(
        directory: &Path,
        secrets: Arc<dyn Secrets>,
        tally: Arc<Mutex<Tally>>,
        next_segment: u64,
        next_frame: u64,
    ) -> Result<Self, Fault> {
        let (orders, waiting) = sync_channel(WAITING);
        let writer =
            Writer { directory: directory.to_owned(), secrets, tally, next_segment, next_frame, open: None };
        let io = |source| Fault::Io { what: "starting the intake thread", source };
        let thread = std::thread::Builder::new()
            .name("intake".into())
            .spawn(move || writer.run(&waiting))
            .map_err(io)?;
        Ok(Self { orders: Some(orders), thread: Some(thread), directory: directory.to_owned() })
    }

    /// Keeps an arrival; on disk when this returns, with the sequence of its first line.
    pub(crate) async fn admit(&self, arrival: Arrival) -> Result<u64, Fault> {
        let (reply, answer) = oneshot::channel();
        let mut order = Order::Admit(arrival, reply);
        let orders = self.orders.as_ref().ok_or(Fault::Closed)?;
        loop {
            match orders.try_send(order) {
                Ok(()) => break,
                Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return Err(Fault::Closed),
                Err(std::sync::mpsc::TrySendError::Full(back)) => {
                    order = back;
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
            }
        }
        answer.await.map_err(|_| Fault::Closed)?
    }

    /// Ends the segment that is being written: what comes now goes into the segment of the number returned, or
    /// a later one.
    pub(crate) fn close_segment(&self) -> Result<u64, Fault> {
        let (reply, answer) = sync_channel(1);
        let orders = self.orders.as_ref().ok_or(Fault::Closed)?;
        orders.send(Order::Close(reply)).map_err(|_| Fault::Closed)?;
        answer.recv().map_err(|_| Fault::Closed)?
    }

    /// The directory of its segments.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct OpenSegment {
    number: u64,
    file: File,
    key: Key,
    length: u64,
    allocated: u64,
}

struct Writer {
    directory: PathBuf,
    secrets: Arc<dyn Secrets>,
    tally: Arc<Mutex<Tally>>,
    next_segment: u64,
    next_frame: u64,
    open: Option<OpenSegment>,
}

type Waiting = (Arrival, oneshot::Sender<Result<u64, Fault>>);

impl Writer {
    fn run(mut self, orders: &Receiver<Order>) {
        let mut failed = false;
        while let Ok(order) = orders.recv() {
            let mut next = Some(order);
            let mut group: Vec<Waiting> = Vec::new();
            let mut bytes = 0;
            // Take what waits already; the sync of the last group gave it time to gather.
            while let Some(order) = next.take() {
                match order {
                    Order::Admit(arrival, reply) => {
                        bytes += arrival.lines().len() * codec::ROW_LEN;
                        group.push((arrival, reply));
                        next = if bytes < GROUP_BYTES { orders.try_recv().ok() } else { None };
                    }
                    Order::Close(reply) => {
                        failed = failed || self.commit(std::mem::take(&mut group)).is_err();
                        bytes = 0;
                        self.open = None;
                        let _ = reply.send(if failed { Err(Fault::Closed) } else { Ok(self.next_segment) });
                    }
                }
            }
            if failed {
                // After a failed write nobody can say what is on disk: promise nothing more.
                group.into_iter().for_each(|(_, reply)| drop(reply.send(Err(Fault::Closed))));
            } else {
                failed = self.commit(group).is_err();
            }
        }
    }

    /// Writes and syncs a group, and only then answers it.
    fn commit(&mut self, group: Vec<Waiting>) -> Result<(), ()> {
        if group.is_empty() {
            return Ok(());
        }
        match self.write(&group) {
            Ok(()) => {
                let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
                for (arrival, reply) in group {
                    let _ = reply.send(Ok(tally.count(&arrival)));
                }
                Ok(())
            }
            Err(fault) => {
                tracing::error!(%fault, "intake cannot keep arrivals; the hub takes no more until it is restarted");
                group.into_iter().for_each(|(_, reply)| drop(reply.send(Err(Fault::Closed))));
                Err(())
            }
        }
    }

    fn write(&mut self, group: &[Waiting]) -> Result<(), Fault> {
        let io = |source| Fault::Io { what: "writing the intake log", source };
        let mut segment = match self.open.take() {
            Some(segment) => segment,
            None => self.open_segment()?,
        };
        let mut bytes = Vec::new();
        for (arrival, _) in group {
            segment::append(
                &mut bytes,
                &segment.key,
                segment.number,
                self.next_frame,
                &codec::encode_arrival(arrival),
            )?;
            self.next_frame += 1;
        }
        let end = segment.length + bytes.len() as u64;
        // Always a zero header after the last frame, and a whole number of steps.
        let wanted = (end + Frame::HEADER as u64).next_multiple_of(STEP);
        if wanted > segment.allocated {
            segment.file.set_len(wanted).map_err(io)?;
            segment.allocated = wanted;
        }
        segment.file.write_all_at(&bytes, segment.length).map_err(io)?;
        segment.file.sync_data().map_err(io)?;
        segment.length = end;
        self.open = Some(segment);
        Ok(())
    }

    fn open_segment(&mut self) -> Result<OpenSegment, Fault> {
        let io = |source| Fault::Io { what: "opening an intake segment", source };
        let number = self.next_segment;
        let path = segment::path(&self.directory, number);
        let file =
            OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path).map_err(io)?;
        file.set_len(STEP).map_err(io)?;
        file.sync_all().map_err(io)?;
        sync_directory_of(&path)?;
        // The key comes after the file: a key without a file then always means that a segment was lost.
        let secret = self.secrets.make(Purpose::Queue(number))?;
        let key = secret.keys().first().cloned().ok_or(Fault::Closed)?;
        self.next_segment += 1;
        Ok(OpenSegment { number, file, key, length: 0, allocated: STEP })
    }
}

/// Forgets a filed segment: first its key, then the file.
pub(crate) fn destroy_segment(directory: &Path, secrets: &dyn Secrets, number: u64) -> Result<(), Fault> {
    secrets.destroy(Purpose::Queue(number))?;
    let io = |source| Fault::Io { what: "removing an intake segment", source };
    match std::fs::remove_file(segment::path(directory, number)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io(error)),
        _ => Ok(()),
    }
}

/// The segments that have a key, oldest first.
pub(crate) fn keyed_segments(secrets: &dyn Secrets) -> Result<Vec<(u64, Key)>, Fault> {
    let mut found = Vec::new();
    for purpose in secrets.purposes()? {
        if let Purpose::Queue(number) = purpose {
            let secret = secrets.find(purpose)?;
            found.push((number, secret.and_then(|it| it.keys().first().cloned()).ok_or(Fault::Closed)?));
        }
    }
    found.sort_unstable_by_key(|(number, _)| *number);
    Ok(found)
}

/// Looks over the directory at start. A segment without a key was filed and forgotten, as far as the numbers
/// of its frames say so: it is removed. A segment that waits without its key, and a key without its segment,
/// mean that arrivals were lost: refused.
pub(crate) fn survey(
    directory: &Path,
    secrets: &dyn Secrets,
    filed_through: u64,
) -> Result<Vec<(u64, Key)>, Fault> {
    let io = |source| Fault::Io { what: "reading the intake directory", source };
    let keyed = keyed_segments(secrets)?;
    for entry in std::fs::read_dir(directory).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let number = segment::number(&path);
        if number.is_some_and(|number| keyed.iter().any(|(it, _)| *it == number)) {
            continue;
        }
        if let Some(number) = number
            && segment::first_frame(&path, number)?.is_some_and(|frame| frame > filed_through)
        {
            return Err(Fault::Secrets(format!(
                "the key of intake segment {number}, not yet filed, is missing"
            )));
        }
        std::fs::remove_file(&path).map_err(io)?;
    }
    match keyed.iter().find(|(number, _)| !segment::path(directory, *number).exists()) {
        Some((number, _)) => {
            Err(Fault::Damaged(format!("intake segment {number} is gone, and was not yet filed")))
        }
        None => Ok(keyed),
    }
}
