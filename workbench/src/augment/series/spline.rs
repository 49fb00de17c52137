//! Smooth curves.

use rand_chacha::ChaCha8Rng;

use crate::augment::draw;

/// `n` values of a curve about 1: the spline through `n_knots` + 2 normal numbers.
pub fn random_curve(n_knots: usize, std: f64, n: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let knots: Vec<f64> = (0..n_knots + 2).map(|_| 1.0 + std * draw::normal(random)).collect();
    natural(&knots, n)
}

/// The natural cubic spline through evenly spaced knots, at `n` evenly spaced places from the first knot to the last.
///
/// With knots a unit apart its second derivatives m solve m₍ᵢ₋₁₎ + 4 mᵢ + m₍ᵢ₊₁₎ = 6 (y₍ᵢ₋₁₎ − 2 yᵢ + y₍ᵢ₊₁₎), and are 0 at both ends.
pub(super) fn natural(knots: &[f64], n: usize) -> Vec<f64> {
    let curvatures = curvatures(knots);
    let n_pieces = knots.len().saturating_sub(1);
    let at = |values: &[f64], idx: usize| values.get(idx).copied().unwrap_or_default();
    (0..n)
        .map(|idx| {
            let place = if n > 1 { idx as f64 * n_pieces as f64 / (n - 1) as f64 } else { 0.0 };
            let piece = (place as usize).min(n_pieces.saturating_sub(1));
            let right = place - piece as f64;
            let left = 1.0 - right;
            left * at(knots, piece)
                + right * at(knots, piece + 1)
                + ((left.powi(3) - left) * at(&curvatures, piece)
                    + (right.powi(3) - right) * at(&curvatures, piece + 1))
                    / 6.0
        })
        .collect()
}

/// The second derivatives at the knots: a system of three diagonals, solved forwards and back.
fn curvatures(knots: &[f64]) -> Vec<f64> {
    let mut curvatures = vec![0.0; knots.len()];
    let mut eliminated: Vec<(f64, f64)> = Vec::with_capacity(knots.len());
    let (mut factor, mut offset) = (0.0, 0.0);
    for window in knots.windows(3) {
        if let [before, here, after] = window {
            let pivot = 4.0 - factor;
            offset = (6.0 * (before - 2.0 * here + after) - offset) / pivot;
            factor = 1.0 / pivot;
            eliminated.push((factor, offset));
        }
    }
    let mut next = 0.0;
    for (curvature, (factor, offset)) in
        curvatures.iter_mut().skip(1).take(eliminated.len()).rev().zip(eliminated.iter().rev())
    {
        next = offset - factor * next;
        *curvature = next;
    }
    curvatures
}
