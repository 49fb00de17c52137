//! Platt's sigmoid.

use serde::{Deserialize, Serialize};

use super::Sample;

/// Steps of Newton's method at most: the loss is convex and its optimum finite, so that some twenty will do.
const MAX_ITER: usize = 100;
/// A step this small changes no probability that is told.
const STEP_MIN: f64 = 1e-12;

/// `1 / (1 + exp(a s + b))` for a score `s`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Sigmoid {
    a: f64,
    b: f64,
}

impl Sigmoid {
    /// The one of the least log loss on `samples`, whose truths are drawn in a little, as if each class had been seen once more.
    pub(super) fn fit(samples: &[Sample]) -> Self {
        // Great scores would have `a` and `b` in units far apart.
        let scale = samples.iter().fold(0.0_f64, |most, sample| most.max(sample.score.abs())).max(f64::MIN_POSITIVE);
        let sum = |positive: bool| {
            let of_class = samples.iter().filter(|sample| sample.is_positive == positive);
            of_class.map(|sample| sample.weight).sum::<f64>()
        };
        let (negatives, positives) = (sum(false), sum(true));
        let truth =
            |positive: bool| if positive { (positives + 1.0) / (positives + 2.0) } else { 1.0 / (negatives + 2.0) };
        let points: Vec<(f64, f64, f64)> =
            samples.iter().map(|sample| (sample.score / scale, truth(sample.is_positive), sample.weight)).collect();
        let loss = |a: f64, b: f64| -> f64 {
            let of_point = |&(score, truth, weight): &(f64, f64, f64)| {
                let output = -(a * score + b);
                // ln(1 + exp(output)), however great that is.
                weight * (output.max(0.0) + (-output.abs()).exp().ln_1p() - truth * output)
            };
            points.iter().map(of_point).sum()
        };
        let (mut a, mut b) = (0.0, ((negatives + 1.0) / (positives + 1.0)).ln());
        let mut least = loss(a, b);
        for _ in 0..MAX_ITER {
            let (mut slope, mut curvature) = ([0.0; 2], [0.0; 3]);
            for &(score, truth, weight) in &points {
                let told = 1.0 / (1.0 + (a * score + b).exp());
                let (first, second) = (weight * (truth - told), weight * told * (1.0 - told));
                slope = [slope[0] + first * score, slope[1] + first];
                curvature =
                    [curvature[0] + second * score * score, curvature[1] + second * score, curvature[2] + second];
            }
            // Where all scores are the same, `a` is as good as any, and stays what it is.
            let [of_a, both, of_b] = curvature;
            let added = 1e-12 * (of_a + of_b) + f64::MIN_POSITIVE;
            let (of_a, of_b) = (of_a + added, of_b + added);
            let determinant = of_a * of_b - both * both;
            let step =
                [(both * slope[1] - of_b * slope[0]) / determinant, (both * slope[0] - of_a * slope[1]) / determinant];
            let falls = slope[0] * step[0] + slope[1] * step[1];
            let mut part = 1.0;
            while part > 1e-10 {
                let next = loss(a + part * step[0], b + part * step[1]);
                if next <= least + 1e-4 * part * falls {
                    least = next;
                    break;
                }
                part /= 2.0;
            }
            if part <= 1e-10 {
                break;
            }
            (a, b) = (a + part * step[0], b + part * step[1]);
            if step[0].abs().max(step[1].abs()) <= STEP_MIN * (1.0 + a.abs().max(b.abs())) {
                break;
            }
        }
        Self { a: a / scale, b }
    }

    pub(super) fn told(&self, score: f64) -> f64 {
        1.0 / (1.0 + (self.a * score + self.b).exp())
    }
}
