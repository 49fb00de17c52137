//! Coordinate descent for the lasso and the elastic net, one penalty after the other.

use super::Fit;
use super::products::Products;
use crate::error::Result;
use crate::train::interrupt;

/// Features that the set under work may grow by at a time, at least.
const GROWTH: usize = 32;

/// One penalty of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NetPenalty {
    /// As in the objective, which is a mean over the rows.
    pub(crate) alpha: f64,
    pub(crate) l1_ratio: f64,
    pub(crate) positive: bool,
    pub(crate) tol: f64,
    pub(crate) max_iter: usize,
}

/// A path of penalties, each begun where the last ended.
///
/// Work goes on in a set of features: those with a coefficient, and those that the strong rule of reference 1 lets in. Once it is solved, all others
/// are looked at, and those that ought not to be 0 come in.
///
/// # References
/// 1. R. Tibshirani et al., *Strong rules for discarding predictors in lasso-type problems*, 2012, doi:10.1111/j.1467-9868.2011.01004.x
/// 2. J. Friedman, T. Hastie, R. Tibshirani, *Regularization Paths for Generalized Linear Models via Coordinate Descent*, 2010,
///    doi:10.18637/jss.v033.i01
pub(super) struct Path<P> {
    products: P,
    square: f64,
    weight: f64,
    /// Of the loaded features, in their order.
    coefficients: Vec<f64>,
    /// The position of each feature among the loaded ones.
    positions: Vec<Option<usize>>,
    /// The residual's product with each feature.
    slopes: Vec<f64>,
    /// The L1 penalty, times the rows' weight, that `slopes` are of.
    last_l1: f64,
}

/// The penalties as they stand beside sums over the rows.
struct Scaled {
    l1: f64,
    l2: f64,
    positive: bool,
}

impl Scaled {
    /// How far the slope of a coefficient of 0 goes towards leaving it.
    fn pull(&self, slope: f64) -> f64 {
        if self.positive { slope } else { slope.abs() }
    }

    /// The best coefficient where the others stand still.
    fn best(&self, slope: f64, square: f64) -> f64 {
        let beyond = self.pull(slope) - self.l1;
        if beyond > 0.0 { beyond.copysign(slope) / (square + self.l2) } else { 0.0 }
    }
}

impl<P: Products> Path<P> {
    pub(super) fn new(products: P) -> Self {
        let slopes = products.slopes().to_vec();
        let last_l1 = slopes.iter().fold(0.0_f64, |most, slope| most.max(slope.abs()));
        Self {
            square: products.square(),
            weight: products.weight(),
            coefficients: Vec::new(),
            positions: vec![None; slopes.len()],
            slopes,
            last_l1,
            products,
        }
    }

    /// The fit with `penalty`, which is best no greater than those before.
    pub(super) fn next(&mut self, penalty: &NetPenalty) -> Result<Fit> {
        let NetPenalty { alpha, l1_ratio, positive, tol, max_iter } = *penalty;
        let scaled =
            Scaled { l1: alpha * l1_ratio * self.weight, l2: alpha * (1.0 - l1_ratio) * self.weight, positive };
        if positive && self.coefficients.iter().any(|coefficient| *coefficient < 0.0) {
            self.coefficients.iter_mut().for_each(|coefficient| *coefficient = coefficient.max(0.0));
            self.slopes = self.products.residual_slopes(&self.coefficients)?;
        }
        let most = tol * self.square;
        let mut work: Vec<usize> =
            (0..self.coefficients.len()).filter(|&position| self.coefficients[position] != 0.0).collect();
        let mut is_in_work = vec![false; self.slopes.len()];
        for &position in &work {
            is_in_work[self.products.loaded()[position]] = true;
        }
        let mut threshold = (2.0 * scaled.l1 - self.last_l1).max(0.5 * scaled.l1);
        let (mut n_iter, mut allowed) = (0, most);
        let (gap, converged) = loop {
            let n_new = self.widen(&scaled, threshold, &mut work, &mut is_in_work)?;
            threshold = scaled.l1;
            if n_new == 0 && n_iter > 0 {
                // Nothing is left out, and yet it is not exact enough.
                allowed *= 0.1;
            }
            n_iter += self.descend(&scaled, &work, tol, allowed, max_iter - n_iter)?;
            self.slopes = self.products.residual_slopes(&self.coefficients)?;
            let gap = self.gap(&scaled, &self.slopes);
            if gap <= most || n_iter >= max_iter {
                break (gap, gap <= most);
            }
        };
        self.last_l1 = scaled.l1;
        let mut coefficients = vec![0.0; self.slopes.len()];
        for (&feature, &coefficient) in self.products.loaded().iter().zip(&self.coefficients) {
            coefficients[feature] = coefficient;
        }
        let intercept = self.products.intercept(&coefficients);
        let dual_gap = if self.weight > 0.0 { gap / self.weight } else { 0.0 };
        Ok(Fit { coefficients, intercept, dual_gap, n_iter, converged })
    }

    /// Takes into the work those features outside it whose pull is above `threshold`, the greatest first; says how many.
    fn widen(
        &mut self,
        scaled: &Scaled,
        threshold: f64,
        work: &mut Vec<usize>,
        is_in_work: &mut [bool],
    ) -> Result<usize> {
        let mut pulled: Vec<(f64, usize)> = self
            .slopes
            .iter()
            .enumerate()
            .map(|(feature, slope)| (scaled.pull(*slope), feature))
            .filter(|(pull, feature)| *pull > threshold && !is_in_work[*feature])
            .collect();
        pulled.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        pulled.truncate(GROWTH.max(work.len()));
        let new: Vec<usize> =
            pulled.iter().map(|(_, feature)| *feature).filter(|&feature| self.positions[feature].is_none()).collect();
        let n_before = self.coefficients.len();
        self.products.load(&new)?;
        for (position, &feature) in new.iter().enumerate() {
            self.positions[feature] = Some(n_before + position);
        }
        self.coefficients.resize(n_before + new.len(), 0.0);
        for (_, feature) in &pulled {
            is_in_work[*feature] = true;
            work.extend(self.positions[*feature]);
        }
        // In the order of the features, as who reads scikit-learn expects.
        let loaded = self.products.loaded();
        work.sort_by_key(|&position| loaded[position]);
        Ok(pulled.len())
    }

    /// Goes through the features under work again and again, until the gap among them is no more than `allowed`; says how often.
    fn descend(&mut self, scaled: &Scaled, work: &[usize], tol: f64, allowed: f64, n_iter_max: usize) -> Result<usize> {
        let mut slopes: Vec<f64> = self.products.loaded().iter().map(|&feature| self.slopes[feature]).collect();
        let mut n_iter = 0;
        while n_iter < n_iter_max {
            interrupt::check()?;
            n_iter += 1;
            let is_still = self.pass(scaled, work, &mut slopes) <= tol;
            if is_still {
                let mut inside = work.iter().map(|&position| (slopes[position], self.coefficients[position]));
                if self.gap_among(scaled, &slopes, &mut inside) <= allowed {
                    break;
                }
                continue;
            }
            // Most that are 0 stay so: the others are brought to rest first.
            let others: Vec<usize> =
                work.iter().copied().filter(|&position| self.coefficients[position] != 0.0).collect();
            if others.len() < work.len() {
                while n_iter < n_iter_max {
                    interrupt::check()?;
                    n_iter += 1;
                    if self.pass(scaled, &others, &mut slopes) <= tol {
                        break;
                    }
                }
            }
        }
        Ok(n_iter)
    }

    /// Sets each coefficient once; says how far the one that moved most moved, beside the greatest.
    fn pass(&mut self, scaled: &Scaled, work: &[usize], slopes: &mut [f64]) -> f64 {
        let matrix = self.products.matrix();
        let (mut moved, mut greatest) = (0.0_f64, 0.0_f64);
        for &position in work {
            let row = matrix.row(position);
            let (square, old) = (row[position], self.coefficients[position]);
            if square <= 0.0 {
                continue;
            }
            let new = scaled.best(slopes[position] + square * old, square);
            let step = new - old;
            if step != 0.0 {
                slopes.iter_mut().zip(row).for_each(|(slope, product)| *slope -= step * product);
                self.coefficients[position] = new;
            }
            moved = moved.max(step.abs());
            greatest = greatest.max(new.abs());
        }
        if greatest > 0.0 { moved / greatest } else { moved.min(1.0) }
    }

    /// The duality gap; `slopes` are those of all features.
    fn gap(&self, scaled: &Scaled, slopes: &[f64]) -> f64 {
        let of_loaded: Vec<f64> = self.products.loaded().iter().map(|&feature| slopes[feature]).collect();
        let coefficient = |position: &Option<usize>| position.map_or(0.0, |position| self.coefficients[position]);
        let all = slopes.iter().zip(&self.positions).map(|(slope, position)| (*slope, coefficient(position)));
        self.gap_among(scaled, &of_loaded, &mut { all })
    }

    /// The duality gap, were there but the features of which `features` tells slope and coefficient; `of_loaded` are the slopes of the loaded ones.
    ///
    /// Two points of the dual are tried: the residual scaled until it is allowed, and, where there is an L2 penalty, the residual itself, since that
    /// penalty allows all.
    fn gap_among(&self, scaled: &Scaled, of_loaded: &[f64], features: &mut dyn Iterator<Item = (f64, f64)>) -> f64 {
        let given = self.products.slopes();
        let (mut explained, mut with_slopes, mut length, mut squares) = (0.0, 0.0, 0.0, 0.0);
        for ((&coefficient, &feature), slope) in self.coefficients.iter().zip(self.products.loaded()).zip(of_loaded) {
            explained += coefficient * given[feature];
            with_slopes += coefficient * slope;
            length += coefficient.abs();
            squares += coefficient * coefficient;
        }
        let with_target = self.square - explained;
        let residual = (with_target - with_slopes).max(0.0);
        let primal = 0.5 * residual + scaled.l1 * length + 0.5 * scaled.l2 * squares;
        let (mut pull, mut beyond) = (0.0_f64, 0.0);
        for (slope, coefficient) in features {
            // The L2 penalty is as rows below the others, whose residual is `−√l2 · w`.
            pull = pull.max(scaled.pull(slope - scaled.l2 * coefficient));
            let over = (scaled.pull(slope) - scaled.l1).max(0.0);
            beyond += over * over;
        }
        let factor = if pull > scaled.l1 { scaled.l1 / pull } else { 1.0 };
        let dual = factor * with_target - 0.5 * factor * factor * (residual + scaled.l2 * squares);
        let mut gap = primal - dual;
        if scaled.l2 > 0.0 {
            let dual = with_target - 0.5 * residual - 0.5 * beyond / scaled.l2;
            gap = gap.min(primal - dual);
        }
        gap.max(0.0)
    }
}
