//! Somebody who wants to know what is kept back, and all that is shown.

use proptest::prelude::*;

use super::*;

/// What a number can be.
type Bounds = (i64, i64);

/// More than any count of these tests.
const MANY: i64 = 1_000_000;

/// Cells with their totals.
fn whole(cells: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let columns = cells.iter().map(Vec::len).max().unwrap_or_default();
    let sums = (0..columns).map(|at| cells.iter().map(|row| row[at]).sum()).collect();
    let mut lines: Vec<Vec<u32>> = cells.iter().cloned().chain([sums]).collect();
    lines.iter_mut().for_each(|line| line.push(line.iter().sum()));
    lines
}

/// The bounds of every number by all sums in which it stands and every zero: each is the total less the others, over and
/// over.
fn bounds(cells: &[Vec<u32>], shown: &[Vec<Option<u32>>]) -> Vec<Vec<Bounds>> {
    let known = |(count, it): (&u32, &Option<u32>)| match (count, it) {
        (0, _) => (0, 0),
        (_, None) => (0, MANY),
        (_, Some(it)) => (i64::from(*it), i64::from(*it)),
    };
    let line = |(counts, line): (&Vec<u32>, &Vec<Option<u32>>)| counts.iter().zip(line).map(known).collect();
    let mut bounds: Vec<Vec<Bounds>> = whole(cells).iter().zip(shown).map(line).collect();
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

/// The first number that is kept back, is not zero, and has too small a range.
fn given_back(cells: &[Vec<u32>], shown: &[Vec<Option<u32>>]) -> Option<Bounds> {
    let bounds = bounds(cells, shown).into_iter().flatten();
    let numbers = whole(cells).into_iter().flatten().zip(shown.iter().flatten()).zip(bounds);
    let mut kept = numbers.filter(|((count, shown), _)| *count > 0 && shown.is_none());
    kept.find(|(_, (low, high))| high - low < i64::from(LEAST)).map(|(_, bounds)| bounds)
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
        prop_assert_eq!(given_back(&cells, &shown), None, "{:?}", shown);
    }
}

/// Whoever looks for it finds what is kept back alone.
#[test]
fn a_small_number_that_is_kept_back_alone_is_given_back_by_its_total() {
    let cells = [vec![12, 30], vec![25, 4], vec![40, 50]];
    let alone = Circulation::of(&cells).shown(3, 2);
    assert_eq!(given_back(&cells, &alone), Some((4, 4)));
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
    assert_eq!(given_back(&cells, &shown), None);
}

#[test]
fn nothing_at_all_says_nothing() {
    assert_eq!(shown(&[]), [[None]]);
    assert_eq!(shown(&[vec![0, 0]]), [[None; 3]; 2]);
    assert_eq!(shown(&[vec![9]]), [[None; 2]; 2]);
    assert_eq!(shown(&[vec![10]]), [[Some(10); 2]; 2]);
}
