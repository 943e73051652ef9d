//! A curious officer, with everything that the hub ever says of a quarter.

use proptest::prelude::*;

use super::*;
use crate::fixture::region;

const REGIONS: [&str; 3] = ["noord", "oost", "west"];

/// More than any count of these tests.
const MANY: i64 = 1_000_000;

/// A number of a table: what it is of, and its column; the last is the total.
type Cell = (Table, Of, usize);

/// What a number can be.
type Bounds = (i64, i64);

/// Every number of a table as it is, and every sum over them.
struct Truth {
    numbers: BTreeMap<Cell, i64>,
    sums: Vec<(Cell, Vec<Cell>)>,
}

impl Truth {
    fn of(quarter: &BTreeMap<Where, Census>) -> Self {
        let mut truth = Self { numbers: BTreeMap::new(), sums: Vec::new() };
        for table in Table::ALL.iter().copied().filter(|it| *it != Table::Sent) {
            for (place, census) in quarter {
                let of = place.clone().map_or(Of::Several, Of::Region);
                if let (true, Some(region)) = (table.is_by_domain(), place) {
                    let below = Domain::ALL.map(|it| Of::Domain(region.clone(), it));
                    for (domain, of) in Domain::ALL.into_iter().zip(&below) {
                        truth.row(table, of.clone(), line(table, census, Some(domain)));
                    }
                    truth.sum(table, of, &below);
                } else if !table.is_by_domain() {
                    truth.row(table, of, line(table, census, None));
                }
            }
        }
        truth
    }

    fn row(&mut self, table: Table, of: Of, counts: Vec<u32>) {
        for (at, count) in counts.into_iter().enumerate() {
            self.numbers.insert((table, of.clone(), at), count.into());
        }
        self.total(table, of);
    }

    fn sum(&mut self, table: Table, of: Of, parts: &[Of]) {
        for at in 0..table.columns() {
            let parts: Vec<Cell> = parts.iter().map(|it| (table, it.clone(), at)).collect();
            let sum = parts.iter().map(|it| self.numbers[it]).sum();
            self.numbers.insert((table, of.clone(), at), sum);
            self.sums.push(((table, of.clone(), at), parts));
        }
        self.total(table, of.clone());
        let totals: Vec<Cell> = parts.iter().map(|it| (table, it.clone(), table.columns())).collect();
        self.sums.push(((table, of, table.columns()), totals));
    }

    fn total(&mut self, table: Table, of: Of) {
        let parts: Vec<Cell> = (0..table.columns()).map(|at| (table, of.clone(), at)).collect();
        let sum = parts.iter().map(|it| self.numbers[it]).sum();
        self.numbers.insert((table, of.clone(), table.columns()), sum);
        self.sums.push(((table, of, table.columns()), parts));
    }

    /// What every number can be, by who knows what is published, every sum and every zero.
    fn bounds(&self, published: &Publication) -> BTreeMap<Cell, Bounds> {
        let zero = |count: i64| if count == 0 { (0, 0) } else { (0, MANY) };
        let mut bounds: BTreeMap<_, _> =
            self.numbers.iter().map(|(cell, count)| (cell.clone(), zero(*count))).collect();
        for row in published.rows() {
            for (at, count) in row.counts.iter().enumerate() {
                if let Some(count) = count {
                    bounds.insert((row.table, row.of.clone(), at), ((*count).into(), (*count).into()));
                }
            }
        }
        loop {
            let before = bounds.clone();
            for (whole, parts) in &self.sums {
                narrow(&mut bounds, whole, parts);
            }
            if bounds == before {
                return bounds;
            }
        }
    }
}

/// A sum narrows its parts, and the parts their sum.
fn narrow(bounds: &mut BTreeMap<Cell, Bounds>, whole: &Cell, parts: &[Cell]) {
    let (mut low, mut high) = (0, 0);
    for part in parts {
        let it = bounds[part];
        (low, high) = (low + it.0, high + it.1);
    }
    let now = bounds[whole];
    let sum = (now.0.max(low), now.1.min(high));
    bounds.insert(whole.clone(), sum);
    for part in parts {
        let it = bounds[part];
        let others = (low - it.0, high - it.1);
        bounds.insert(part.clone(), (it.0.max(sum.0 - others.1), it.1.min(sum.1 - others.0)));
    }
}

fn count() -> impl Strategy<Value = Count> {
    let domain = (0..5_usize).prop_map(|at| Domain::ALL[at]);
    let table = (1..9_u32).prop_map(|it| Table::from_number(it).unwrap());
    (table, domain, 0..8_u8).prop_filter_map("a column of the table", |(table, domain, column)| {
        Count::kept(table, table.is_by_domain().then_some(domain), column)
    })
}

fn quarter() -> impl Strategy<Value = BTreeMap<Where, Census>> {
    let number = prop_oneof![1_u32..10, 10_u32..50];
    let counted = (0..4_usize, count(), number);
    proptest::collection::vec(counted, 0..60).prop_map(|counted| {
        let mut quarter: BTreeMap<Where, Census> = BTreeMap::new();
        for (place, count, number) in counted {
            // Alerts alone can be of several regions.
            let place = REGIONS.get(place).map(|it| region(it));
            if place.is_some() || !count.table().is_by_domain() {
                quarter.entry(place).or_default().extend(&Census::new([(count, number)]));
            }
        }
        quarter
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// V-45: over regions, domains, phases and what came of it.
    #[test]
    fn no_number_from_one_to_nine_can_be_had_from_all_that_is_published(quarter in quarter()) {
        let (truth, published) = (Truth::of(&quarter), Publication::of(&quarter));
        let bounds = truth.bounds(&published);
        for (cell, count) in &truth.numbers {
            let (low, high) = bounds[cell];
            let is_free = high - low >= 10;
            prop_assert!(low <= *count && *count <= high, "{cell:?} is {count}, not {low} to {high}");
            prop_assert!(*count == 0 || *count >= 10 || is_free, "{cell:?} is {count}: {low} to {high}");
        }
    }

    /// V-45: a table says nothing of a row where that which comes before it is silent: it would be a bound for it.
    #[test]
    fn what_comes_later_bounds_nothing_that_is_kept_back(quarter in quarter()) {
        let published = Publication::of(&quarter);
        let total = |table: Table, of: &Of| {
            let row = published.rows().iter().find(|it| it.table == table && it.of == *of);
            row.and_then(|it| *it.counts.last().unwrap())
        };
        for row in published.rows() {
            // Signals are counted in their own region, also those of alerts of several.
            let before = row.table.after().iter().filter(|it| row.of != Of::Several || !it.is_by_domain());
            for before in before {
                prop_assert!(total(*before, &row.of).is_some(), "{row:?} shows something of {before:?}");
            }
        }
    }

    /// V-45: a coordinator gets a part of the same figures.
    #[test]
    fn regions_get_a_part_of_what_is_published(quarter in quarter()) {
        let published = Publication::of(&quarter);
        let own = published.of_regions(&[region("west")]);
        prop_assert!(own.rows().iter().all(|it| published.rows().contains(it)));
        prop_assert!(own.rows().iter().all(|it| it.of.region() == Some(&region("west"))));
        prop_assert!(own.sent().iter().all(|it| it.0 == region("west")));
    }
}

/// The attack finds what is kept back alone.
#[test]
fn a_publication_without_a_second_gap_is_found_out() {
    let filed = |domain, number| {
        let count = Count::kept(Table::Filed, Some(domain), 6).unwrap();
        Census::new([(count, number)])
    };
    let mut west = filed(Domain::Onderwijs, 12);
    west.extend(&filed(Domain::Zorg, 4));
    let quarter =
        BTreeMap::from([(Some(region("west")), west), (Some(region("noord")), filed(Domain::Zorg, 30))]);
    let truth = Truth::of(&quarter);
    let small = (Table::Filed, Of::Domain(region("west"), Domain::Zorg), 6);
    let safe = Publication::of(&quarter);
    assert!(truth.bounds(&safe)[&small].1 - truth.bounds(&safe)[&small].0 >= 10);
    let of = Of::Domain(region("west"), Domain::Onderwijs);
    let whole = Row {
        table: Table::Filed,
        of: Of::Region(region("west")),
        counts: vec![None, None, None, None, None, None, None, Some(16)],
    };
    let careless = Publication {
        rows: vec![
            whole,
            Row {
                table: Table::Filed,
                of,
                counts: vec![None, None, None, None, None, None, Some(12), Some(12)],
            },
        ],
        sent: BTreeSet::new(),
    };
    assert_eq!(truth.bounds(&careless)[&small], (4, 4));
}

#[test]
fn a_letter_of_a_code_is_a_phase() {
    let code = |text| crate::value::Code::parse(text).ok();
    let column = |text| Count::filed(Domain::Zorg, code(text)).column();
    assert_eq!(["E01", "V11", "A01", "-"].map(column), [0, 1, 5, 6]);
}
