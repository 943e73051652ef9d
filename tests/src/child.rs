//! Synthetic children: numbers that pass the eleven-test, all beginning with 9.

/// The BSN of a synthetic child, another for each number below five million.
///
/// # Panics
/// Above that.
#[must_use]
pub fn bsn(child: u32) -> String {
    assert!(child < 5_000_000, "too many synthetic children");
    // Of eleven sums one has no check digit. Two heads that differ by one differ by two in their sum, so one
    // of each pair has one.
    let numbers = [child * 2, child * 2 + 1].into_iter().filter_map(|number| {
        let head = format!("9{number:07}");
        let digits = head.bytes().map(|it| u32::from(it - b'0'));
        let sum: u32 = digits.zip((2..=9).rev()).map(|(digit, weight)| digit * weight).sum();
        (sum % 11 < 10).then(|| format!("{head}{}", sum % 11))
    });
    numbers.min().expect("one of two heads has a check digit")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_child_has_its_own_number() {
        let numbers: BTreeSet<_> = (0..20_000).map(bsn).collect();
        assert_eq!(numbers.len(), 20_000);
        for number in numbers {
            let digits: Vec<i64> = number.bytes().map(|it| i64::from(it - b'0')).collect();
            let sum: i64 =
                digits.iter().zip([9, 8, 7, 6, 5, 4, 3, 2, -1]).map(|(digit, weight)| digit * weight).sum();
            assert!(number.starts_with('9') && number.len() == 9 && sum % 11 == 0, "{number}");
        }
    }
}
