//! Letters of the outbox on disk.

use samenloop_core::alert::{AlertId, Notice};
use samenloop_core::value::ConnectionId;

use super::{Reader, Writer, day, read_day};
use crate::{Letter, LetterId};

pub(crate) fn encode_letter(letter: &Letter) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bytes(letter.id.bytes());
    match &letter.notice {
        Notice::Mail { .. } => writer.u8(1),
        Notice::Event { .. } => writer.u8(2),
    };
    writer.text(letter.notice.to().as_str()).bytes(letter.notice.alert().bytes());
    day(&mut writer, letter.posted);
    writer.u8(u8::from(letter.dead.is_some()));
    if let Some(since) = letter.dead {
        day(&mut writer, since);
    }
    writer.padded()
}

pub(crate) fn decode_letter(bytes: &[u8]) -> Option<Letter> {
    let reader = &mut Reader::new(bytes);
    let id = LetterId::new(reader.array()?);
    let way = reader.u8()?;
    let to = ConnectionId::parse(reader.text()?).ok()?;
    let alert = AlertId::new(reader.array()?);
    let notice = match way {
        1 => Notice::Mail { to, alert },
        2 => Notice::Event { to, alert },
        _ => return None,
    };
    let posted = read_day(reader)?;
    let dead = if reader.u8()? == 1 { Some(read_day(reader)?) } else { None };
    reader.ends()?;
    Some(Letter { id, notice, posted, dead })
}
