//! Chunks, and the batches made of them.

use prost::Message;
use samenloop_core::batch::MAX_LINES;
use samenloop_proto::PADDED_TO;

use super::*;
use crate::fixture;
use crate::input::Source;

fn chunks(file: &str) -> (Vec<Chunk>, Vec<u64>) {
    let bytes = std::io::Cursor::new(file.as_bytes().to_vec());
    let mut reader = Reader::new(Source::stream(bytes).unwrap()).unwrap();
    let manifest = fixture::manifest();
    let school = fixture::id("school-west");
    let taxonomy = samenloop_manifest::taxonomy();
    let rules = LocalRules::new(&manifest, taxonomy, &school, fixture::today()).ok().unwrap();
    let (mut chunks, mut acute) = (Vec::new(), Vec::new());
    let deliver = |chunk| {
        chunks.push(chunk);
        true
    };
    read_chunks(&mut reader, &rules, |line, _| acute.push(line), deliver).unwrap();
    (chunks, acute)
}

fn file(lines: impl IntoIterator<Item = String>) -> String {
    let heading = "reference,bsn,severity,month,region,acute,acute_route_followed\n".to_owned();
    std::iter::once(heading).chain(lines).collect()
}

fn line(reference: &str) -> String {
    format!("{reference},900000041,soft,2026-10,west,,\n")
}

#[test]
fn no_batch_is_too_long_or_names_a_reference_twice() {
    let doubled = (0..1200).flat_map(|number| [line(&format!("r{number}")), line(&format!("r{number}"))]);
    let same = (0..1300).map(|_| line("same"));
    for (lines, total) in [(doubled.collect::<Vec<_>>(), 2400), (same.collect(), 1300)] {
        let (chunks, _) = chunks(&file(lines));
        for chunk in &chunks {
            let references: std::collections::BTreeSet<_> =
                chunk.rows().iter().map(|row| row.local_reference.as_str()).collect();
            assert_eq!(references.len(), chunk.rows().len());
            assert!(chunk.rows().len() <= MAX_LINES && chunk.refused().is_empty());
        }
        assert_eq!(chunks.iter().map(|it| it.rows().len()).sum::<usize>(), total);
    }
}

#[test]
fn a_reference_with_other_content_is_refused_and_names_the_line() {
    let other = "a,900000041,hard,2026-10,west,,\n".to_owned();
    let bad = "b,1,soft,2026-10,west,,\n".to_owned();
    let (chunks, _) = chunks(&file([line("a"), line("a"), other, bad, line("b")]));
    let refused: Vec<_> = chunks.iter().flat_map(|it| it.refused()).collect();
    assert_eq!(refused[0], &(4, Refusal::ReferenceDiffers { earlier: 2 }));
    // A line that was refused does not stand in the way of its own correction.
    assert_eq!(refused.len(), 2);
    assert_eq!(chunks.iter().map(|it| it.rows().len()).sum::<usize>(), 3);
}

#[test]
fn acute_lines_are_told_even_when_they_are_refused() {
    let acute = |route: &str| format!("x{route},1,soft,2026-10,west,ja,{route}\n");
    assert_eq!(chunks(&file([line("a"), acute("ja"), acute("nee"), line("b")])).1, [3, 4]);
}

#[test]
fn a_file_of_refusals_only_is_reported_in_pieces() {
    let (chunks, _) = chunks(&file((0..1200).map(|_| "x\n".to_owned())));
    assert_eq!(chunks.iter().map(|it| it.refused().len()).collect::<Vec<_>>(), [500, 500, 200]);
}

#[test]
fn a_batch_holds_no_identity_is_padded_and_carries_both_epochs() {
    let (mut chunks, _) = chunks(&file((0..700).map(|number| line(&format!("r{number}")))));
    let agency = fixture::agency();
    let preparer = Preparer::new(Arc::clone(&agency), 1_795_000_000);
    for chunk in std::mem::take(&mut chunks) {
        let count = chunk.rows.len();
        let (batch, lines, rows) = preparer.prepare(chunk.rows).unwrap().into_parts();
        let encoded = batch.encode_to_vec();
        assert_eq!(encoded.len() % PADDED_TO, 0);
        assert!(!encoded.windows(9).any(|window| window == b"900000041"));
        assert!(!encoded.windows(3).any(|window| window == b"r12"));
        assert_eq!((batch.lines.len(), lines.len(), rows.len()), (count, count, count));
        for line in &batch.lines {
            let Some(samenloop_proto::v1::signal_line::Line::Put(put)) = &line.line else { panic!("a put") };
            let epochs: Vec<_> = put.pseudonyms.iter().map(|it| (it.epoch, it.kind)).collect();
            assert_eq!(epochs, [(6, 1), (7, 1)]);
            assert_ne!(put.pseudonyms[0].value, put.pseudonyms[1].value);
            assert_eq!((put.details.len(), put.details[0].ciphertext.len()), (1, 272));
            assert_eq!(put.revision, 1_795_000_000);
        }
    }
}
