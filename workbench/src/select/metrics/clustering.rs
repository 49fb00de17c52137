//! Metrics of two labellings whose labels need not have the same names, such as clusters beside true classes.
//!
//! They count rows and pairs of rows, so they know no weights.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, Axis};

use super::confusion::classes;
use super::truth::check;
use crate::data::Target;
use crate::error::Result;

/// The part of the pairs of rows on which both labellings agree, as to whether they belong together: from 0 to 1.
///
/// # Errors
/// [`Error::LengthMismatch`](crate::Error::LengthMismatch), [`Error::NoRows`](crate::Error::NoRows);
/// [`Error::NotClasses`](crate::Error::NotClasses) for numbers.
pub fn rand_index(truth: &Target, predicted: &Target) -> Result<f64> {
    let pairs = Pairs::of(&Contingency::new(truth, predicted)?);
    let all = pairs.all();
    Ok(if pairs.one_side() == 0.0 { 1.0 } else { (pairs.together + pairs.apart) / all })
}

/// The [`rand_index`] corrected for chance: 1 for the same clusters, about 0 for independent ones, below 0 for worse.
///
/// # Errors
/// Those of [`rand_index`].
///
/// # Examples
///
/// ```
/// use workbench::data::Target;
/// use workbench::select::adjusted_rand;
///
/// let truth = Target::from_labels(&["a", "a", "b", "b"]);
/// assert_eq!(adjusted_rand(&truth, &Target::from_labels(&["1", "1", "0", "0"]))?, 1.0);
/// assert!(adjusted_rand(&truth, &Target::from_labels(&["1"])).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. L. Hubert, P. Arabie, *Comparing partitions*, 1985, doi:10.1007/BF01908075
pub fn adjusted_rand(truth: &Target, predicted: &Target) -> Result<f64> {
    let Pairs { together, apart, only_truth, only_predicted } = Pairs::of(&Contingency::new(truth, predicted)?);
    if only_truth == 0.0 && only_predicted == 0.0 {
        return Ok(1.0);
    }
    let expected =
        (together + only_truth) * (only_truth + apart) + (together + only_predicted) * (only_predicted + apart);
    Ok(2.0 * (together * apart - only_truth * only_predicted) / expected)
}

/// The geometric mean of the precision and the recall of pairs: `TP / √((TP + FP)(TP + FN))`.
///
/// # Errors
/// Those of [`rand_index`].
pub fn fowlkes_mallows(truth: &Target, predicted: &Target) -> Result<f64> {
    let Pairs { together, only_truth, only_predicted, .. } = Pairs::of(&Contingency::new(truth, predicted)?);
    let product = (together + only_truth) * (together + only_predicted);
    Ok(if together == 0.0 { 0.0 } else { together / product.sqrt() })
}

/// What one labelling says of the other, in nats: `Σ p(u, v) ln(p(u, v) / (p(u) p(v)))`.
///
/// # Errors
/// Those of [`rand_index`].
pub fn mutual_info(truth: &Target, predicted: &Target) -> Result<f64> {
    Ok(Contingency::new(truth, predicted)?.mutual_info())
}

/// The [`mutual_info`] as a part of the mean of both entropies: from 0 to 1. Many clusters are favoured; see [`adjusted_mutual_info`].
///
/// # Errors
/// Those of [`rand_index`].
pub fn normalized_mutual_info(truth: &Target, predicted: &Target) -> Result<f64> {
    let table = Contingency::new(truth, predicted)?;
    if table.n_classes() == 1 && table.n_clusters() == 1 {
        return Ok(1.0);
    }
    let information = table.mutual_info();
    let entropy = (entropy(&table.of_class) + entropy(&table.of_cluster)) / 2.0;
    Ok(if information <= f64::EPSILON { 0.0 } else { information / entropy })
}

/// The [`mutual_info`] corrected for chance: 1 for the same clusters, about 0 for independent ones.
///
/// `(MI - E[MI]) / (mean(H(U), H(V)) - E[MI])`, where the expectation is over labellings with the same numbers of rows.
///
/// # Errors
/// Those of [`rand_index`].
///
/// # References
/// 1. N. X. Vinh, J. Epps, J. Bailey, *Information theoretic measures for clusterings comparison*, JMLR 11, 2010
pub fn adjusted_mutual_info(truth: &Target, predicted: &Target) -> Result<f64> {
    let table = Contingency::new(truth, predicted)?;
    match (table.n_classes(), table.n_clusters()) {
        (1, 1) => return Ok(1.0),
        (1, _) | (_, 1) => return Ok(0.0),
        _ => {}
    }
    let expected = table.expected_mutual_info();
    let entropy = (entropy(&table.of_class) + entropy(&table.of_cluster)) / 2.0;
    // Neither may be 0, or the same clusters would give 0 / 0.
    let away_from_zero = |value: f64| if value < 0.0 { value.min(-f64::EPSILON) } else { value.max(f64::EPSILON) };
    Ok(away_from_zero(table.mutual_info() - expected) / away_from_zero(entropy - expected))
}

/// How far each cluster has rows of one class only: `1 - H(class | cluster) / H(class)`, from 0 to 1.
///
/// # Errors
/// Those of [`rand_index`].
pub fn homogeneity(truth: &Target, predicted: &Target) -> Result<f64> {
    let table = Contingency::new(truth, predicted)?;
    Ok(part(table.mutual_info(), entropy(&table.of_class)))
}

/// How far all rows of a class are in one cluster: `1 - H(cluster | class) / H(cluster)`, from 0 to 1.
///
/// # Errors
/// Those of [`rand_index`].
pub fn completeness(truth: &Target, predicted: &Target) -> Result<f64> {
    let table = Contingency::new(truth, predicted)?;
    Ok(part(table.mutual_info(), entropy(&table.of_cluster)))
}

/// The weighted harmonic mean of [`homogeneity`] and [`completeness`]: `(1 + β) h c / (β h + c)`, for `β` of 1 the
/// [`normalized_mutual_info`].
///
/// # Errors
/// Those of [`rand_index`]; [`Error::InvalidValue`](crate::Error::InvalidValue) for a `beta` that is not finite and at least 0.
pub fn v_measure(truth: &Target, predicted: &Target, beta: f64) -> Result<f64> {
    if !(beta >= 0.0 && beta.is_finite()) {
        return Err(crate::Error::InvalidValue {
            what: "beta".to_string(),
            value: format!("{beta:?}"),
            allowed: "a finite number of at least 0".to_string(),
        });
    }
    let (homogeneity, completeness) = (homogeneity(truth, predicted)?, completeness(truth, predicted)?);
    let sum = beta * homogeneity + completeness;
    Ok(if sum > 0.0 { (1.0 + beta) * homogeneity * completeness / sum } else { 0.0 })
}

fn part(information: f64, entropy: f64) -> f64 {
    if entropy > 0.0 { information / entropy } else { 1.0 }
}

/// How many rows have each class and each cluster, and both; none of the first two is 0.
struct Contingency {
    n: f64,
    of_class: Array1<f64>,
    of_cluster: Array1<f64>,
    /// Only pairs that occur: many clusters of many classes leave most of them empty.
    of_both: Vec<(usize, usize, f64)>,
}

impl Contingency {
    fn new(truth: &Target, predicted: &Target) -> Result<Self> {
        let (true_codes, true_labels) = classes(truth, "the truth")?;
        let (codes, labels) = classes(predicted, "the prediction")?;
        check(truth, predicted.len())?;
        let (true_codes, n_classes) = occurring(true_codes, true_labels.len());
        let (codes, n_clusters) = occurring(codes, labels.len());
        let (mut of_class, mut of_cluster) = (Array1::zeros(n_classes), Array1::zeros(n_clusters));
        let mut of_both: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for (&class, &cluster) in true_codes.iter().zip(&codes) {
            *of_both.entry((class, cluster)).or_default() += 1.0;
            if let (Some(in_class), Some(in_cluster)) = (of_class.get_mut(class), of_cluster.get_mut(cluster)) {
                *in_class += 1.0;
                *in_cluster += 1.0;
            }
        }
        let of_both = of_both.into_iter().map(|((class, cluster), count)| (class, cluster, count)).collect();
        Ok(Self { n: codes.len() as f64, of_class, of_cluster, of_both })
    }

    fn n_classes(&self) -> usize {
        self.of_class.len()
    }

    fn n_clusters(&self) -> usize {
        self.of_cluster.len()
    }

    fn mutual_info(&self) -> f64 {
        if self.n_classes() == 1 || self.n_clusters() == 1 {
            return 0.0;
        }
        let count = |of: &Array1<f64>, position: usize| of.get(position).copied().unwrap_or(1.0);
        let terms = self.of_both.iter().map(|&(class, cluster, both)| {
            let (in_class, in_cluster) = (count(&self.of_class, class), count(&self.of_cluster, cluster));
            both / self.n * (both * self.n / (in_class * in_cluster)).ln()
        });
        terms.sum::<f64>().max(0.0)
    }

    /// The mean of the mutual information over all labellings with these numbers of rows.
    fn expected_mutual_info(&self) -> f64 {
        let n = self.n as usize;
        // ln(k!) for each k.
        let mut log_factorials = vec![0.0; n + 1];
        let mut sum = 0.0;
        for (k, place) in log_factorials.iter_mut().enumerate().skip(1) {
            sum += (k as f64).ln();
            *place = sum;
        }
        let log_factorial = |k: usize| log_factorials.get(k).copied().unwrap_or_default();
        // Labels with as many rows give the same terms.
        let (classes, clusters) = (sizes(&self.of_class), sizes(&self.of_cluster));
        let mut expected = 0.0;
        for (&a, &n_a) in &classes {
            for (&b, &n_b) in &clusters {
                let fixed = log_factorial(a) + log_factorial(b) + log_factorial(n - a) + log_factorial(n - b)
                    - log_factorial(n);
                let mut sum = 0.0;
                for both in (a + b).saturating_sub(n).max(1)..=a.min(b) {
                    let probability = (fixed
                        - log_factorial(both)
                        - log_factorial(a - both)
                        - log_factorial(b - both)
                        - log_factorial(n + both - a - b))
                    .exp();
                    let both = both as f64;
                    sum += both / self.n * (self.n * both / (a as f64 * b as f64)).ln() * probability;
                }
                expected += sum * (n_a * n_b) as f64;
            }
        }
        expected
    }
}

/// How many labels have so many rows.
fn sizes(counts: &Array1<f64>) -> BTreeMap<usize, usize> {
    let mut sizes = BTreeMap::new();
    for &count in counts {
        *sizes.entry(count as usize).or_default() += 1;
    }
    sizes
}

/// `codes` renumbered so that each occurs, and their number.
fn occurring(codes: &[u32], n_labels: usize) -> (Vec<usize>, usize) {
    let mut position_of = vec![usize::MAX; n_labels];
    for &code in codes {
        if let Some(position) = position_of.get_mut(code as usize) {
            *position = 0;
        }
    }
    let mut n = 0;
    for position in position_of.iter_mut().filter(|position| **position == 0) {
        *position = n;
        n += 1;
    }
    (codes.iter().filter_map(|&code| position_of.get(code as usize).copied()).collect(), n)
}

fn entropy(counts: &Array1<f64>) -> f64 {
    let total = counts.sum();
    if counts.len() == 1 {
        return 0.0;
    }
    -counts.iter().map(|count| count / total * (count.ln() - total.ln())).sum::<f64>()
}

/// The numbers of ordered pairs of rows by whether they belong together.
struct Pairs {
    /// In both labellings.
    together: f64,
    /// In neither.
    apart: f64,
    /// In the truth alone.
    only_truth: f64,
    /// In the prediction alone.
    only_predicted: f64,
}

impl Pairs {
    fn of(table: &Contingency) -> Self {
        let both: f64 = table.of_both.iter().map(|(_, _, count)| count * count).sum();
        let squares = |counts: &Array1<f64>| counts.dot(counts);
        let (of_class, of_cluster) = (squares(&table.of_class), squares(&table.of_cluster));
        Self {
            together: both - table.n,
            apart: table.n * table.n - of_class - of_cluster + both,
            only_truth: of_class - both,
            only_predicted: of_cluster - both,
        }
    }

    fn all(&self) -> f64 {
        self.together + self.apart + self.one_side()
    }

    fn one_side(&self) -> f64 {
        self.only_truth + self.only_predicted
    }
}

/// The mean of the rows of each cluster of `codes`, and how many there are.
pub(super) fn centers(records: &Array2<f64>, codes: &[usize], n_clusters: usize) -> (Array2<f64>, Array1<f64>) {
    let mut centers = Array2::zeros((n_clusters, records.ncols()));
    let mut counts = Array1::zeros(n_clusters);
    for (row, &cluster) in records.rows().into_iter().zip(codes) {
        let mut center = centers.row_mut(cluster);
        center += &row;
        if let Some(count) = counts.get_mut(cluster) {
            *count += 1.0;
        }
    }
    let counted: Array2<f64> = counts.clone().insert_axis(Axis(1));
    (centers / &counted, counts)
}

/// Which cluster each row is in, and how many there are.
pub(super) fn clusters(labels: &Target) -> Result<(Vec<usize>, usize)> {
    let (codes, names) = classes(labels, "the labels")?;
    Ok(occurring(codes, names.len()))
}
