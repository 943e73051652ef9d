//! Welch's t: whether two samples of unequal spread could come of one mean.

/// Count, mean and sum of squared distances of a sample, one value at a time (Welford).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Sample {
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        let distance = value - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (value - self.mean);
    }

    pub(crate) const fn mean(&self) -> f64 {
        self.mean
    }

    pub(crate) const fn count(&self) -> f64 {
        self.count
    }

    fn error(&self) -> f64 {
        self.squares / (self.count - 1.0) / self.count
    }
}

/// The distance of the means in standard errors. Above 4.5 chance does not explain it (protocol.md P-64).
pub(crate) fn t(one: &Sample, other: &Sample) -> f64 {
    assert!(one.count > 1.0 && other.count > 1.0, "two values of each at least");
    (one.mean - other.mean) / (one.error() + other.error()).sqrt()
}

/// The sum by which the gate measures is right, or it stops here.
pub(crate) fn agrees_with_a_sum_done_by_hand() {
    let sample = |values: &[f64]| {
        let mut sample = Sample::default();
        values.iter().for_each(|value| sample.add(*value));
        sample
    };
    // Means 2 and 6, variances 1 and 16, of 3 and 4 values: -4 / sqrt(1/3 + 4).
    let t = t(&sample(&[1.0, 2.0, 3.0]), &sample(&[2.0, 4.0, 6.0, 12.0]));
    let variance: f64 = [4.0_f64, 2.0, 0.0, 6.0].iter().map(|it| it * it).sum::<f64>() / 3.0;
    assert!((t - -4.0 / (1.0 / 3.0 + variance / 4.0).sqrt()).abs() < 1e-12);
}
