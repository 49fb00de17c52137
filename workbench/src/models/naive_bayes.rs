//! Naive Bayes: classes told by how probable each feature is in them, as if features had nothing to do with each other.
//!
//! `gaussian` is for measures, `categorical` for categories, and `discrete` for counts and flags, whose models are all linear in them.

mod bernoulli;
mod categorical;
mod complement;
mod discrete;
mod gaussian;
mod multinomial;

use ndarray::{Array2, ArrayViewMut1};

pub use bernoulli::BernoulliNb;
pub use categorical::{CategoricalNb, CategoricalNbModel};
pub use complement::ComplementNb;
pub use discrete::DiscreteNbModel;
pub use gaussian::{GaussianNb, GaussianNbModel};
pub use multinomial::MultinomialNb;

use super::classes::Classes;
use super::linear::position_of_max;
use crate::data::Target;

/// The sum of the weights of each class's rows.
fn class_counts(classes: &Classes) -> Vec<f64> {
    let mut counts = vec![0.0; classes.labels.len()];
    for (row, &code) in classes.codes.iter().enumerate() {
        if let Some(count) = counts.get_mut(code) {
            *count += classes.weights.as_ref().and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
        }
    }
    counts
}

/// The logarithms of the classes' frequencies, or of equal ones.
fn log_priors(counts: &[f64], fit_prior: bool) -> Vec<f64> {
    let total: f64 = counts.iter().sum();
    let equal = -(counts.len() as f64).ln();
    counts.iter().map(|count| if fit_prior { (count / total).ln() } else { equal }).collect()
}

/// The class with the greatest likelihood in each row.
fn classify(likelihoods: &Array2<f64>, classes: &[String]) -> Target {
    let codes = likelihoods.rows().into_iter().map(|row| position_of_max(row.iter().copied()) as u32).collect();
    Target::Classes { codes, labels: classes.to_vec() }
}

/// Probabilities out of logarithms of likelihoods.
fn normalise(mut likelihoods: Array2<f64>) -> Array2<f64> {
    likelihoods.rows_mut().into_iter().for_each(normalise_row);
    likelihoods
}

fn normalise_row(mut row: ArrayViewMut1<'_, f64>) {
    let position = position_of_max(row.iter().copied());
    let max = row.get(position).copied().unwrap_or_default();
    if !max.is_finite() {
        // So far from all classes that nothing is left to compare; it is told as `classify` does.
        row.iter_mut().enumerate().for_each(|(class, cell)| *cell = f64::from(u8::from(class == position)));
        return;
    }
    row.mapv_inplace(|value| (value - max).exp());
    let sum = row.sum();
    row.mapv_inplace(|value| value / sum);
}
