//! Values over time.

use polars::prelude::{DataFrame, NamedFrom, Series};

use super::check;
use super::draw::Draw;
use crate::error::Result;

/// A time series: yₜ = level + slope · t + Σ amplitude · sin(2π t / period) + Σ jumps at breaks before t + noiseₜ, where
/// noiseₜ = autocorrelation · noiseₜ₋₁ + noise · normal.
///
/// | setting | default | range | meaning |
/// |---|---|---|---|
/// | `level` | 0 | finite | where it starts |
/// | `trend` | 0 | finite | by how much it grows from one step to the next |
/// | `season` | none | period greater than 0 | may be given several times |
/// | `step_at` | none | a step before the end | a jump that stays; may be given several times |
/// | `noise` | 0 | at least 0 | the standard deviation of what is new in each step |
/// | `autocorrelation` | 0 | more than −1, less than 1 | how much of the noise stays from one step to the next |
///
/// The frame has the columns `t` (0, 1, …), `y`, and its parts `trend`, `season`, `breaks` and `noise`, which add up to `y`.
///
/// # Errors
/// [`make`](Self::make): [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range.
///
/// # Examples
///
/// ```
/// use workbench::data::TimeSeries;
///
/// let series = TimeSeries::new().trend(0.02).season(7.0, 1.0).season(365.25, 3.0).step_at(500, -2.0).noise(0.3);
/// assert_eq!(series.make(1000, 42)?.shape(), (1000, 6));
/// assert!(series.make(400, 42).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeSeries {
    level: f64,
    slope: f64,
    seasons: Vec<(f64, f64)>,
    breaks: Vec<(usize, f64)>,
    noise: f64,
    autocorrelation: f64,
}

impl TimeSeries {
    /// Zero everywhere.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where it starts.
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// By how much it grows from one step to the next.
    pub fn trend(mut self, slope: f64) -> Self {
        self.slope = slope;
        self
    }

    /// Adds a wave that comes again after `period` steps.
    pub fn season(mut self, period: f64, amplitude: f64) -> Self {
        self.seasons.push((period, amplitude));
        self
    }

    /// Adds a jump by `height` at the step `t`.
    pub fn step_at(mut self, t: usize, height: f64) -> Self {
        self.breaks.push((t, height));
        self
    }

    /// The standard deviation of what is new in each step.
    pub fn noise(mut self, noise: f64) -> Self {
        self.noise = noise;
        self
    }

    /// How much of the noise stays from one step to the next.
    pub fn autocorrelation(mut self, autocorrelation: f64) -> Self {
        self.autocorrelation = autocorrelation;
        self
    }

    /// Makes `n_samples` steps; the same seed gives the same noise.
    ///
    /// # Errors
    /// See [`TimeSeries`].
    pub fn make(&self, n_samples: usize, seed: u64) -> Result<DataFrame> {
        check(n_samples > 0, "time series: n_samples", n_samples, "at least 1")?;
        check(
            self.level.is_finite() && self.slope.is_finite(),
            "time series: trend",
            (self.level, self.slope),
            "finite",
        )?;
        check(self.noise >= 0.0 && self.noise.is_finite(), "time series: noise", self.noise, "finite and at least 0")?;
        let is_stationary = self.autocorrelation.abs() < 1.0;
        check(is_stationary, "time series: autocorrelation", self.autocorrelation, "more than -1 and less than 1")?;
        for (period, amplitude) in &self.seasons {
            let fits = *period > 0.0 && period.is_finite() && amplitude.is_finite();
            check(fits, "time series: season", (period, amplitude), "a period greater than 0 and a finite amplitude")?;
        }
        for (t, height) in &self.breaks {
            let fits = *t < n_samples && height.is_finite();
            check(fits, "time series: step_at", (t, height), "a step before the end and a finite height")?;
        }
        let mut draw = Draw::new(seed, 0);
        // The first value is drawn as all later ones are spread.
        let mut before = self.noise * draw.normal() / (1.0 - self.autocorrelation.powi(2)).sqrt();
        let noise = (0..n_samples).map(|t| {
            if t > 0 {
                before = self.autocorrelation * before + self.noise * draw.normal();
            }
            before
        });
        let noise: Vec<f64> = noise.collect();
        let steps = || (0..n_samples).map(|t| t as f64);
        let trend: Vec<f64> = steps().map(|t| self.level + self.slope * t).collect();
        let wave = |t: f64, (period, height): &(f64, f64)| height * (std::f64::consts::TAU * t / period).sin();
        let season: Vec<f64> = steps().map(|t| self.seasons.iter().map(|season| wave(t, season)).sum()).collect();
        let jumps = |t: usize| self.breaks.iter().filter(|(at, _)| *at <= t).map(|(_, height)| height).sum::<f64>();
        let breaks: Vec<f64> = (0..n_samples).map(jumps).collect();
        let parts = trend.iter().zip(&season).zip(&breaks).zip(&noise);
        let y: Vec<f64> = parts.map(|(((trend, season), breaks), noise)| trend + season + breaks + noise).collect();
        let columns = vec![
            Series::new("t".into(), (0..n_samples as i64).collect::<Vec<_>>()).into(),
            Series::new("y".into(), y).into(),
            Series::new("trend".into(), trend).into(),
            Series::new("season".into(), season).into(),
            Series::new("breaks".into(), breaks).into(),
            Series::new("noise".into(), noise).into(),
        ];
        Ok(DataFrame::new(n_samples, columns)?)
    }
}
