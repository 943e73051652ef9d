//! Counts of a quarter and region on disk.

use samenloop_core::case::ClosedList as _;
use samenloop_core::census::{Census, Count, Table, Where};
use samenloop_core::value::{Domain, RegionId};

use super::{Reader, Writer};

pub(crate) fn encode_census(quarter: u16, place: &Where, census: &Census) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.u16(quarter).text(place.as_ref().map_or("", RegionId::as_str));
    writer.length(census.counts().len());
    for (count, number) in census.counts() {
        writer.u8(count.table().number()).text(count.domain().map_or("", Domain::code));
        writer.u8(count.column()).u32(number);
    }
    writer.padded()
}

pub(crate) fn decode_census(bytes: &[u8]) -> Option<(u16, Where, Census)> {
    let reader = &mut Reader::new(bytes);
    let quarter = reader.u16()?;
    let place = match reader.text()? {
        "" => None,
        text => Some(RegionId::parse(text).ok()?),
    };
    let counts = reader.list(|reader| {
        let table = Table::from_number(reader.u8()?.into())?;
        let domain = match reader.text()? {
            "" => None,
            text => Some(Domain::parse(text).ok()?),
        };
        let column = reader.u8()?;
        Some((Count::kept(table, domain, column)?, reader.u32()?))
    })?;
    reader.ends()?;
    Some((quarter, place, Census::new(counts)))
}

#[cfg(test)]
mod tests {
    use samenloop_core::fixture::region;

    use super::*;

    #[test]
    fn counts_are_read_as_they_were_written() {
        let mut census = Census::default();
        for domain in Domain::ALL {
            census.add(Count::filed(domain, None));
            census.add(Count::listed(domain, true));
            census.add(Count::sent(domain));
        }
        census.add(Count::claimed(9));
        for place in [None, Some(region("west"))] {
            let bytes = encode_census(107, &place, &census);
            assert!(decode_census(&bytes).unwrap() == (107, place, census.clone()));
            assert!(decode_census(&bytes[..bytes.len() - 512]).is_none());
        }
        let all = (1..10).filter_map(Table::from_number).flat_map(|table| {
            let domains = if table.is_by_domain() { Domain::ALL.map(Some).to_vec() } else { vec![None] };
            let columns = 0..u8::try_from(table.columns()).unwrap();
            domains.into_iter().flat_map(move |domain| {
                columns.clone().map(move |column| (Count::kept(table, domain, column).unwrap(), u32::MAX))
            })
        });
        let most = encode_census(u16::MAX, &Some(region("west")), &Census::new(all));
        assert!(most.len() < 8 * 1024, "{}: a value has 16 KiB at most", most.len());
    }
}
