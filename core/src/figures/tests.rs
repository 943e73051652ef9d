//! Somebody who wants to know what is kept back, and all that is shown.

use proptest::prelude::*;

use super::*;

/// What a number can be.
type Bounds = (i64, i64);

/// More than any count of these tests.
const MANY: i64 = 1_000_000;

/// The bounds of every number by all sums in which it stands: each is the total less the others, over and over.
fn bounds(shown: &[Vec<Option<u32>>]) -> Vec<Vec<Bounds>> {
    let known = |it: &Option<u32>| it.map_or((0, MANY), |count| (i64::from(count), i64::from(count)));
    let mut bounds: Vec<Vec<Bounds>> = shown.iter().map(|row| row.iter().map(known).collect()).collect();
    let (rows, columns) = (bounds.len(), bounds[0].len());
    for _ in 0..60 {
        for row in 0..rows {
            let line: Vec<_> = (0..columns).map(|column| (row, column)).collect();
            narrow(&mut bounds, &line);
        }
        for column in 0..columns {
            let line: Vec<_> = (0..rows).map(|row| (row, column)).collect();
            narrow(&mut bounds, &line);
        }
    }
    bounds
}

/// Narrows the numbers of a line, the last of which is the sum of the others.
fn narrow(bounds: &mut [Vec<Bounds>], line: &[(usize, usize)]) {
    let (total, parts) = line.split_last().unwrap();
    let sum = |bounds: &[Vec<Bounds>], without: Option<&(usize, usize)>| {
        let others =
            parts.iter().filter(|it| Some(*it) != without).map(|(row, column)| bounds[*row][*column]);
        others.fold((0, 0), |(low, high), it| (low + it.0, high + it.1))
    };
    let (low, high) = sum(bounds, None);
    let whole = &mut bounds[total.0][total.1];
    *whole = (whole.0.max(low), whole.1.min(high));
    let whole = *whole;
    for part in parts {
        let (low, high) = sum(bounds, Some(part));
        let it = &mut bounds[part.0][part.1];
        *it = (it.0.max(whole.0 - high), it.1.min(whole.1 - low));
    }
}

/// The first number that is kept back and has too small a range.
fn given_back(shown: &[Vec<Option<u32>>]) -> Option<Bounds> {
    let numbers = shown.iter().flatten().zip(bounds(shown).into_iter().flatten().collect::<Vec<_>>());
    let mut kept = numbers.filter(|(shown, _)| shown.is_none()).map(|(_, bounds)| bounds);
    kept.find(|(low, high)| high - low < i64::from(LEAST))
}

/// The largest and the least that a count of groups can be, by all that is shown and every zero: over and over each sum
/// narrows its parts, and the parts their sum.
fn bounds_of_groups(cells: &[Vec<Vec<u32>>], shown: &Groups) -> Vec<(u32, Bounds)> {
    let columns = shown.totals.len() - 1;
    // Of each group a table with its totals, and one of the groups themselves.
    let known = |count: u32, it: &Option<u32>| match (count, it) {
        (0, _) => (0, 0),
        (_, None) => (0, MANY),
        (_, Some(it)) => (i64::from(*it), i64::from(*it)),
    };
    let sums = |rows: &[Vec<u32>]| -> Vec<u32> {
        let mut sums: Vec<u32> = (0..columns).map(|at| rows.iter().map(|row| row[at]).sum()).collect();
        sums.push(sums.iter().sum());
        sums
    };
    let whole = |row: &Vec<u32>| -> Vec<u32> { row.iter().copied().chain([row.iter().sum()]).collect() };
    let mut truth: Vec<Vec<Vec<u32>>> = Vec::new();
    let mut bounds: Vec<Vec<Vec<Bounds>>> = Vec::new();
    for (rows, group) in cells.iter().zip(&shown.groups) {
        let lines: Vec<_> = rows.iter().map(whole).chain([sums(rows)]).collect();
        let said = group.rows.iter().chain([&group.totals]);
        let line = |(line, said): (&Vec<u32>, &Vec<Option<u32>>)| -> Vec<Bounds> {
            line.iter().zip(said).map(|(count, it)| known(*count, it)).collect()
        };
        bounds.push(lines.iter().zip(said).map(line).collect());
        truth.push(lines);
    }
    let all = sums(&cells.concat());
    let mut country: Vec<Bounds> =
        all.iter().zip(&shown.totals).map(|(count, it)| known(*count, it)).collect();
    for _ in 0..60 {
        let mut above: Vec<Vec<Bounds>> = Vec::new();
        for group in &mut bounds {
            let (rows, columns) = (group.len(), group[0].len());
            for row in 0..rows {
                narrow(group, &(0..columns).map(|column| (row, column)).collect::<Vec<_>>());
            }
            for column in 0..columns {
                narrow(group, &(0..rows).map(|row| (row, column)).collect::<Vec<_>>());
            }
            above.push(group.last().unwrap().clone());
        }
        above.push(country.clone());
        let lines = above.len();
        for column in 0..=columns {
            narrow(&mut above, &(0..lines).map(|row| (row, column)).collect::<Vec<_>>());
        }
        let last = above.len() - 1;
        narrow(&mut above, &(0..=columns).map(|column| (last, column)).collect::<Vec<_>>());
        country = above.pop().unwrap();
        for (group, line) in bounds.iter_mut().zip(above) {
            *group.last_mut().unwrap() = line;
        }
    }
    let inside = truth.into_iter().flatten().flatten().zip(bounds.into_iter().flatten().flatten());
    inside.chain(all.into_iter().zip(country)).collect()
}

fn groups() -> impl Strategy<Value = Vec<Vec<Vec<u32>>>> {
    let count = prop_oneof![3 => Just(0_u32), 2 => 1_u32..10, 2 => 10_u32..60];
    (1_usize..4, 1_usize..5, 1_usize..5).prop_flat_map(move |(groups, rows, columns)| {
        let row = proptest::collection::vec(count.clone(), columns);
        proptest::collection::vec(proptest::collection::vec(row, rows), groups)
    })
}

/// All figures of groups.
fn figures_of(shown: &Groups) -> Vec<Option<u32>> {
    let lines = shown.groups.iter().flat_map(|it| it.rows.iter().chain([&it.totals]));
    lines.chain([&shown.totals]).flatten().copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    /// V-45: subtracting over regions, domains, columns and their totals, also by who knows every zero.
    #[test]
    fn no_number_from_one_to_nine_of_groups_can_be_had_by_subtraction(cells in groups()) {
        let shown = shown_in_groups(&cells);
        prop_assert!(figures_of(&shown).into_iter().flatten().all(|it| it >= LEAST));
        for ((count, (low, high)), figure) in bounds_of_groups(&cells, &shown).into_iter().zip(figures_of(&shown)) {
            prop_assert!(figure.is_none_or(|it| it == count));
            let is_guarded = figure.is_some() || count == 0 || high - low >= i64::from(LEAST);
            prop_assert!(is_guarded, "{count} lies in {low} to {high} by {shown:?}");
        }
    }
}

/// Whoever looks for it finds what is kept back alone; and where nothing is small nothing is kept back.
#[test]
fn groups_keep_back_what_a_subtraction_would_give_and_no_more() {
    let cells = [vec![vec![12, 30], vec![25, 4]], vec![vec![40, 50]]];
    let alone = Circulation::of_groups(&cells).shown_groups(&cells);
    let found = bounds_of_groups(&cells, &alone);
    assert!(found.contains(&(4, (4, 4))), "{found:?}");
    let shown = shown_in_groups(&cells);
    assert_eq!(shown.groups[0].rows, [[None, None, Some(42)], [None, None, Some(29)]]);
    assert_eq!(shown.groups[0].totals, [Some(37), Some(34), Some(71)]);
    assert_eq!(shown.totals, [Some(77), Some(84), Some(161)]);
    let large = [vec![vec![12, 30], vec![25, 14]], vec![vec![0, 50]]];
    let shown = shown_in_groups(&large);
    assert_eq!(shown.groups[1].rows, [[None, Some(50), Some(50)]]);
    assert_eq!(figures_of(&shown).iter().filter(|it| it.is_none()).count(), 2, "zeros alone");
}

fn cells() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let count = prop_oneof![Just(0_u32), 1_u32..10, 10_u32..60];
    (1_usize..6, 1_usize..5).prop_flat_map(move |(rows, columns)| {
        proptest::collection::vec(proptest::collection::vec(count.clone(), columns), rows)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// V-45
    #[test]
    fn nothing_under_ten_is_shown_or_can_be_had_by_subtraction(cells in cells()) {
        let shown = shown(&cells);
        prop_assert_eq!(shown.len(), cells.len() + 1);
        for (row, counts) in cells.iter().enumerate() {
            for (column, count) in counts.iter().enumerate() {
                prop_assert!(shown[row][column].is_none_or(|it| it == *count && it >= LEAST));
            }
        }
        prop_assert!(shown.iter().flatten().flatten().all(|it| *it >= LEAST));
        prop_assert_eq!(given_back(&shown), None, "{:?}", shown);
    }
}

/// Whoever looks for it finds what is kept back alone.
#[test]
fn a_small_number_that_is_kept_back_alone_is_given_back_by_its_total() {
    let cells = [vec![12, 30], vec![25, 4], vec![40, 50]];
    let alone = Circulation::of(&cells).shown(3, 2);
    assert_eq!(given_back(&alone), Some((4, 4)));
    let shown = shown(&cells);
    assert_eq!(shown[1], [None, None, Some(29)]);
    assert_eq!((shown[0][2], shown[3][2]), (Some(42), Some(161)), "totals stay");
    assert_eq!(shown.iter().flatten().filter(|it| it.is_none()).count(), 4, "and no more than it takes");
}

#[test]
fn many_small_numbers_leave_their_total() {
    let cells = [vec![3, 0, 5], vec![8, 2, 0], vec![0, 1, 6]];
    let shown = shown(&cells);
    // The total of the second column is 3: it goes, and one beside it.
    assert_eq!(shown[3], [None, None, Some(11), Some(25)]);
    assert_eq!(given_back(&shown), None);
}

#[test]
fn nothing_at_all_says_nothing() {
    assert_eq!(shown(&[]), [[None]]);
    assert_eq!(shown(&[vec![0, 0]]), [[None; 3]; 2]);
    assert_eq!(shown(&[vec![9]]), [[None; 2]; 2]);
    assert_eq!(shown(&[vec![10]]), [[Some(10); 2]; 2]);
}
