//! From a file to chunks of rows, each enough for one batch.

use std::collections::{HashSet, VecDeque};

use samenloop_core::batch::MAX_LINES;

use crate::input::{AcuteRoute, InputFault, LocalRules, Reader, Repeat, Repeats, Row};
use crate::refusal::Refusal;

/// Up to 500 rows with different references, and the lines refused on the way to them.
#[derive(Default)]
pub struct Chunk {
    pub(crate) rows: Vec<Row>,
    pub(crate) refused: Vec<(u64, Refusal)>,
}

impl Chunk {
    /// The rows, in the order of the file but for repeats.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Lines refused here, with why.
    #[must_use]
    pub fn refused(&self) -> &[(u64, Refusal)] {
        &self.refused
    }
}

/// Reads a file to its end. `acute` gets each line that says acute, with the numbers to call, before anything else is
/// done with it; `deliver` gets each chunk and says whether more are wanted.
///
/// # Errors
/// [`InputFault`] when the file cannot be read on. What was delivered stands.
pub fn read_chunks(
    reader: &mut Reader,
    rules: &LocalRules<'_>,
    mut acute: impl FnMut(u64, &AcuteRoute),
    mut deliver: impl FnMut(Chunk) -> bool,
) -> Result<(), InputFault> {
    let mut chunker = Chunker::default();
    let mut repeats = Repeats::default();
    loop {
        let next = reader.next(|line, fields| {
            if let Some(route) = rules.acute_route(fields) {
                acute(line, &route);
            }
            rules.row(line, fields)
        });
        let (line, judged) = match next? {
            Some(next) => next,
            None => break,
        };
        let judged = judged.and_then(|row| match repeats.judge(&row) {
            Repeat::New => Ok((row, false)),
            Repeat::Same => Ok((row, true)),
            Repeat::Differs(earlier) => Err(Refusal::ReferenceDiffers { earlier }),
        });
        match judged {
            Ok((row, is_repeat)) => chunker.add(row, is_repeat),
            Err(refusal) => chunker.chunk.refused.push((line, refusal)),
        }
        while chunker.is_full() {
            if !deliver(chunker.cut()) {
                return Ok(());
            }
        }
    }
    while !chunker.is_empty() {
        if !deliver(chunker.cut()) {
            return Ok(());
        }
    }
    Ok(())
}

/// Gathers rows until a batch is full. A batch names no reference twice, so a repeat waits for a later one.
#[derive(Default)]
struct Chunker {
    chunk: Chunk,
    references: HashSet<String>,
    waiting: VecDeque<Row>,
}

impl Chunker {
    fn add(&mut self, row: Row, is_repeat: bool) {
        if is_repeat && self.references.contains(&row.local_reference) {
            self.waiting.push_back(row);
        } else {
            self.references.insert(row.local_reference.clone());
            self.chunk.rows.push(row);
        }
    }

    /// Whether as many lines wait as one batch, or one report of refusals, takes.
    fn is_full(&self) -> bool {
        [self.chunk.rows.len(), self.chunk.refused.len(), self.waiting.len()]
            .into_iter()
            .any(|it| it >= MAX_LINES)
    }

    fn is_empty(&self) -> bool {
        self.chunk.rows.is_empty() && self.chunk.refused.is_empty() && self.waiting.is_empty()
    }

    fn cut(&mut self) -> Chunk {
        let chunk = std::mem::take(&mut self.chunk);
        self.references.clear();
        for row in std::mem::take(&mut self.waiting) {
            self.add(row, true);
        }
        chunk
    }
}
