//! Stopping: when training has stopped getting better.

/// Tells when a value to be made small has stopped falling.
///
/// A value is better when it lies more than `tol` below the best so far. The patience is over after `n_iter_no_change`
/// values in a row that are not.
///
/// # Examples
///
/// ```
/// use workbench::train::Plateau;
///
/// let mut plateau = Plateau::new(0.1, 2);
/// assert!(!plateau.is_over(1.0));
/// assert!(!plateau.is_over(0.5));
/// assert!(!plateau.is_over(0.45)); // only 0.05 better
/// assert!(plateau.is_over(0.44));
/// ```
#[derive(Clone, Debug)]
pub struct Plateau {
    tol: f64,
    n_iter_no_change: usize,
    best: f64,
    n_without_change: usize,
}

impl Plateau {
    /// A plateau that no value has been seen for.
    pub fn new(tol: f64, n_iter_no_change: usize) -> Self {
        Self { tol, n_iter_no_change, best: f64::INFINITY, n_without_change: 0 }
    }

    /// Takes the next value, and says whether the patience is over.
    pub fn is_over(&mut self, value: f64) -> bool {
        if value > self.best - self.tol {
            self.n_without_change += 1;
        } else {
            self.n_without_change = 0;
        }
        self.best = self.best.min(value);
        self.n_without_change >= self.n_iter_no_change
    }

    /// Starts a new patience with the best value kept, as after a cut of the learning rate.
    pub fn start_again(&mut self) {
        self.n_without_change = 0;
    }
}
