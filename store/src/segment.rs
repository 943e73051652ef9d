//! The bytes of an intake segment: frames one after another, then zeros to the end of a step.
//!
//! ```text
//! frame   u32 length ‖ u64 number ‖ 4 bytes check ‖ nonce ‖ ciphertext ‖ tag
//! ```
//!
//! A group of frames is written only after the group before it was synced. So a frame that the power took
//! half away was never acked, and nothing after it was. Such a frame has whole sectors of zeros; one that has
//! none and does not open was changed, and the hub refuses to serve.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use samenloop_core::batch::Arrival;
use sha2::{Digest, Sha256};

use crate::Fault;
use crate::codec::{Reader, Writer};
use crate::intake::open_frame;
use crate::seal::{self, Key, lp};

/// Segments grow by this many bytes.
pub(crate) const STEP: u64 = 1 << 20;
const SECTOR: usize = 512;

/// The file of a segment.
pub(crate) fn path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:020}.seg"))
}

/// The number of a segment's file; `None` for a file that is none.
pub(crate) fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_suffix(".seg")?.parse().ok()
}

/// What a frame is sealed to.
pub(crate) fn place(segment: u64, frame: u64) -> Vec<u8> {
    [&lp(b"samenloop/v1/hub/arrival")[..], &segment.to_be_bytes(), &frame.to_be_bytes()].concat()
}

/// Appends a frame to `bytes`.
pub(crate) fn append(
    bytes: &mut Vec<u8>,
    key: &Key,
    segment: u64,
    frame: u64,
    plain: &[u8],
) -> Result<(), Fault> {
    let sealed = seal::seal(key, &place(segment, frame), plain)?;
    let length = u32::try_from(sealed.len()).map_err(|_| Fault::Damaged("an arrival too long".to_owned()))?;
    bytes.extend_from_slice(&Frame::header(segment, length, frame));
    bytes.extend_from_slice(&sealed);
    Ok(())
}

/// The header of a frame.
pub(crate) struct Frame {
    length: usize,
    number: u64,
}

impl Frame {
    pub(crate) const HEADER: usize = 16;

    fn header(segment: u64, length: u32, number: u64) -> [u8; Self::HEADER] {
        let mut writer = Writer::default();
        let body = writer.u32(length).u64(number).done();
        let check = check(segment, &body);
        let mut header = [0; Self::HEADER];
        for (to, from) in header.iter_mut().zip(body.into_iter().chain(check)) {
            *to = from;
        }
        header
    }

    fn parse(segment: u64, header: &[u8; Self::HEADER]) -> Option<Self> {
        let (body, told) = header.split_at_checked(12)?;
        if check(segment, body) != told {
            return None;
        }
        let reader = &mut Reader::new(body);
        let (length, number) = (usize::try_from(reader.u32()?).ok()?, reader.u64()?);
        Some(Self { length, number })
    }
}

fn check(segment: u64, body: &[u8]) -> [u8; 4] {
    let digest: [u8; 32] =
        Sha256::new().chain_update(segment.to_be_bytes()).chain_update(body).finalize().into();
    digest.first_chunk::<4>().copied().unwrap_or_default()
}

/// Reads the arrivals of one segment, in order.
pub(crate) struct Arrivals {
    segment: u64,
    key: Key,
    file: BufReader<File>,
    offset: u64,
    length: u64,
    ended: bool,
}

impl Arrivals {
    /// Opens a segment.
    ///
    /// # Errors
    /// [`Fault::Damaged`] when it was cut.
    pub(crate) fn open(directory: &Path, segment: u64, key: Key) -> Result<Self, Fault> {
        let io = |source| Fault::Io { what: "opening an intake segment", source };
        let file = File::open(path(directory, segment)).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        if length == 0 || !length.is_multiple_of(STEP) {
            return Err(Fault::Damaged(format!("intake segment {segment} was cut at byte {length}")));
        }
        Ok(Self {
            segment,
            key,
            file: BufReader::with_capacity(1 << 18, file),
            offset: 0,
            length,
            ended: false,
        })
    }

    /// The next arrival with its number; `None` after the last that was whole.
    ///
    /// # Errors
    /// [`Fault::Damaged`] for a frame that was changed after it was written.
    pub(crate) fn next_frame(&mut self) -> Result<Option<(u64, Arrival)>, Fault> {
        if self.ended || self.offset + Frame::HEADER as u64 > self.length {
            return Ok(None);
        }
        let mut header = [0; Frame::HEADER];
        self.read(&mut header)?;
        if header == [0; Frame::HEADER] {
            self.ended = true;
            return Ok(None);
        }
        let body = match Frame::parse(self.segment, &header) {
            Some(frame) if self.offset + frame.length as u64 <= self.length => {
                let mut sealed = vec![0; frame.length];
                self.read(&mut sealed)?;
                if let Some(arrival) = open_frame(&self.key, self.segment, frame.number, &sealed) {
                    return Ok(Some((frame.number, arrival)));
                }
                frame.length
            }
            _ => 0,
        };
        let start = self.offset - body as u64 - Frame::HEADER as u64;
        if self.has_empty_sector(start)? {
            self.ended = true;
            return Ok(None);
        }
        Err(Fault::Damaged(format!("intake segment {} was changed near byte {start}", self.segment)))
    }

    /// Whether the frame at `start` holds a sector of zeros: it was being written when the power went. A
    /// header that tells no length is judged with the sector that follows it.
    fn has_empty_sector(&mut self, start: u64) -> Result<bool, Fault> {
        let io = |source| Fault::Io { what: "reading an intake segment", source };
        let sector = SECTOR as u64;
        let end = self.offset.next_multiple_of(sector).min(self.length);
        let mut at = start.next_multiple_of(sector);
        self.file.seek(SeekFrom::Start(at)).map_err(io)?;
        while at + sector <= end {
            let mut bytes = [0; SECTOR];
            self.file.read_exact(&mut bytes).map_err(io)?;
            if bytes == [0; SECTOR] {
                return Ok(true);
            }
            at += sector;
        }
        Ok(false)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<(), Fault> {
        let io = |source| Fault::Io { what: "reading an intake segment", source };
        self.file.read_exact(into).map_err(io)?;
        self.offset += into.len() as u64;
        Ok(())
    }
}
