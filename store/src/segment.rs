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
use crate::codec::{self, Reader, Writer};
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

/// The number of the first frame of a segment, for which no key is needed; `None` when there is none.
pub(crate) fn first_frame(path: &Path, segment: u64) -> Result<Option<u64>, Fault> {
    let io = |source| Fault::Io { what: "reading an intake segment", source };
    let mut header = [0; Frame::HEADER];
    match File::open(path).and_then(|mut file| file.read_exact(&mut header)) {
        Ok(()) => Ok(Frame::parse(segment, &header).map(|frame| frame.number)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(io(error)),
    }
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
                let plain = seal::open(&self.key, &place(self.segment, frame.number), &sealed);
                if let Some(arrival) = plain.and_then(|it| codec::decode_arrival(&it)) {
                    return Ok(Some((frame.number, arrival)));
                }
                frame.length
            }
            _ => 0,
        };
        let start = self.offset - body as u64 - Frame::HEADER as u64;
        // The sectors of a group reach the disk in any order: of a header across two, the first may be missing.
        let in_first = usize::try_from(start.next_multiple_of(SECTOR as u64) - start).unwrap_or_default();
        let first_missing = in_first > 0 && header.iter().take(in_first).all(|byte| *byte == 0);
        if first_missing {
            self.ended = true;
            return Ok(None);
        }
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use samenloop_core::batch::Line;
    use samenloop_core::fixture;
    use zeroize::Zeroizing;

    use super::*;
    use crate::codec;

    /// A segment of so many arrivals of one line, with the offset at which each begins.
    fn segment(directory: &Path, arrivals: u64) -> (File, Vec<u64>) {
        let key = Zeroizing::new([9; 32]);
        let (mut bytes, mut starts) = (Vec::new(), Vec::new());
        for number in 1..=arrivals {
            starts.push(bytes.len() as u64);
            let line = fixture::Draft::soft(number).put(vec![fixture::place(1, fixture::KIND, number)]);
            let lines: Vec<Line> = vec![line.clone(), line];
            let arrival = Arrival::new(fixture::connection("school-west"), fixture::today(), lines);
            append(&mut bytes, &key, 7, number, &codec::encode_arrival(&arrival)).unwrap();
        }
        let file = File::options().read(true).write(true).create_new(true).open(path(directory, 7)).unwrap();
        file.set_len(STEP).unwrap();
        file.write_all_at(&bytes, 0).unwrap();
        (file, starts)
    }

    fn read(directory: &Path) -> Result<u64, Fault> {
        let mut arrivals = Arrivals::open(directory, 7, Zeroizing::new([9; 32]))?;
        let mut whole = 0;
        while arrivals.next_frame()?.is_some() {
            whole += 1;
        }
        Ok(whole)
    }

    #[test]
    fn what_the_power_took_half_away_was_never_acked() {
        let directory = tempfile::tempdir().unwrap();
        let (file, starts) = segment(directory.path(), 40);
        assert_eq!(read(directory.path()).unwrap(), 40);
        // Any one sector of the last group missing: what came before it stands, and nothing is called damage.
        let end = starts[39].next_multiple_of(512);
        for sector in (0..end).step_by(512) {
            let mut kept = [0; 512];
            file.read_exact_at(&mut kept, sector).unwrap();
            file.write_all_at(&[0; 512], sector).unwrap();
            let before = starts.iter().filter(|start| **start + 1000 <= sector).count() as u64;
            let whole = read(directory.path()).unwrap();
            assert!(
                whole >= before.saturating_sub(1) && whole < 40,
                "sector at {sector}: {whole} of {before}"
            );
            file.write_all_at(&kept, sector).unwrap();
        }
        assert_eq!(read(directory.path()).unwrap(), 40);
    }

    #[test]
    fn what_was_changed_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let (file, starts) = segment(directory.path(), 3);
        for offset in (0..starts[2]).step_by(97) {
            let mut byte = [0];
            file.read_exact_at(&mut byte, offset).unwrap();
            file.write_all_at(&[byte[0] ^ 0x10], offset).unwrap();
            assert!(matches!(read(directory.path()), Err(Fault::Damaged(_))), "byte {offset}");
            file.write_all_at(&byte, offset).unwrap();
        }
        file.set_len(STEP - 1).unwrap();
        assert!(matches!(read(directory.path()), Err(Fault::Damaged(_))));
    }
}
