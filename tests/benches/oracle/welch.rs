//! Welch's t: whether two samples of unequal spread could come of one mean.

/// Times of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    pub(crate) fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / float(self.0.len())
    }

    /// The middle one.
    pub(crate) fn middle(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }

    /// How much longer than the middle one all others took together, where they took longer: one long wait, and many
    /// short ones.
    pub(crate) fn held(&self) -> f64 {
        let middle = self.middle();
        self.0.iter().map(|it| (it - middle).max(0.0)).sum()
    }

    /// The square of the standard error of the mean.
    fn error(&self) -> f64 {
        let (mean, count) = (self.mean(), float(self.0.len()));
        self.0.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (count - 1.0) / count
    }

    fn below(&self, cut: f64) -> Self {
        Self(self.0.iter().copied().filter(|it| *it <= cut).collect())
    }
}

/// The distance of the means in standard errors. Above 4.5 chance does not explain it (protocol.md P-64).
pub(crate) fn t(one: &Sample, other: &Sample) -> f64 {
    assert!(one.count() > 1 && other.count() > 1, "two values of each at least");
    (one.mean() - other.mean()) / (one.error() + other.error()).sqrt()
}

/// The distance between the places that values have among all values of both.
pub(crate) fn by_rank(one: &Sample, other: &Sample) -> f64 {
    let mut all: Vec<(f64, bool)> = one.0.iter().map(|it| (*it, true)).collect();
    all.extend(other.0.iter().map(|it| (*it, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let places = |of: bool| {
        let own = all.iter().enumerate().filter(|(_, it)| it.1 == of);
        Sample(own.map(|(place, _)| float(place)).collect())
    };
    t(&places(true), &places(false))
}

/// Percent of the values that are looked at: all, and without the slowest.
const PERCENT: [usize; 5] = [100, 99, 90, 75, 50];

/// The distance that is furthest from nothing, over all values and over what is left when the slowest of both are cut off.
///
/// A few acks that waited for the disk are longer than all the others together, and hide a difference that is in each.
pub(crate) fn furthest(one: &Sample, other: &Sample) -> f64 {
    let mut all: Vec<f64> = one.0.iter().chain(&other.0).copied().collect();
    all.sort_by(f64::total_cmp);
    let cut = |percent: usize| all[(all.len() * percent).div_ceil(100) - 1];
    let distances = PERCENT.map(|percent| t(&one.below(cut(percent)), &other.below(cut(percent))));
    distances.into_iter().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap()
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// The sums by which the gate measures are right, or it stops here.
pub(crate) fn agrees_with_sums_done_by_hand() {
    // Means 2 and 6, variances 1 and 56/3, of 3 and 4 values.
    let (one, other) = (Sample(vec![1.0, 2.0, 3.0]), Sample(vec![2.0, 4.0, 6.0, 12.0]));
    assert!((t(&one, &other) - -4.0 / (1.0 / 3.0 + 56.0 / 3.0 / 4.0_f64).sqrt()).abs() < 1e-12);
    // Places 0, 1, 5 and 2, 3, 4: means 2 and 3, variances 7 and 1.
    let (one, other) = (Sample(vec![1.0, 2.0, 1000.0]), Sample(vec![3.0, 4.0, 5.0]));
    assert!((by_rank(&one, &other) - -1.0 / (8.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    // One value that waited long hides that all others differ.
    let times = |base: f64, slow: f64| {
        let quick = (0..999).map(|it| base + f64::from(it % 10));
        Sample(quick.chain([slow]).collect())
    };
    let (one, other) = (times(100.0, 1e6), times(102.0, 1e6 + 1e5));
    assert!(t(&one, &other).abs() < 4.5 && furthest(&one, &other).abs() > 4.5);
}
