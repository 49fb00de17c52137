//! Mix pictures, and their labels with them.

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::batch::ImageBatch;
use super::draw;
use super::picture::Image;
use super::settings::{StepSettings, settings};
use crate::data::name_pool;
use crate::error::Result;
use crate::train::interrupt;
use crate::train::random::{keyed, shuffle};

settings! {
    /// Lays each picture of a batch over another one of it, and mixes their labels alike: λ · own + (1 − λ) · other, with λ from
    /// Beta(`alpha`, `alpha`).
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `alpha` | 0.2 | 0.001 to 1000; the greater, the nearer λ is to 1/2 | `alpha` |
    /// | `p` | 1 | 0 to 1, the probability that a picture is mixed | `p` |
    ///
    /// The partner is the next picture in random order, and each picture draws its own λ.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range, and for pictures of different sizes.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{Image, ImageBatch, MixUp};
    ///
    /// let images = vec![Image::filled(4, 4, &[0])?, Image::filled(4, 4, &[200])?];
    /// let batch = ImageBatch::from_classes(images, &[0, 1], 2)?;
    /// let mixed = MixUp::new().alpha(1.0).mix(&batch, 7, 0)?;
    /// assert!(mixed.labels().rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-12));
    ///
    /// assert!(MixUp::new().alpha(0.0).mix(&batch, 7, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. H. Zhang et al., *mixup: beyond empirical risk minimization*, 2018, doi:10.48550/arXiv.1710.09412
    MixUp, "mix_up" {
        /// Both parameters of the beta distribution.
        alpha: f64 [f64] = 0.2, (0.001, 1000.0);
        /// The probability that a picture is mixed.
        p: f64 [f64] = 1.0, (0.0, 1.0);
    }
}

settings! {
    /// Puts a rectangle of another picture of the batch over each one, and mixes their labels by the area of each.
    ///
    /// | setting | default | range | name |
    /// |---|---|---|---|
    /// | `alpha` | 1 | 0.001 to 1000 | `alpha` |
    /// | `p` | 1 | 0 to 1, the probability that a picture is mixed | `p` |
    ///
    /// The rectangle has the picture's shape and a share of 1 − λ of its area, with λ from Beta(`alpha`, `alpha`); its middle is anywhere, and what
    /// reaches out of the picture is cut off. The labels are mixed by the area that is left.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for a setting out of range, and for pictures of different sizes.
    ///
    /// # Examples
    ///
    /// ```
    /// use workbench::augment::{CutMix, Image, ImageBatch};
    ///
    /// let images = vec![Image::filled(4, 4, &[0])?, Image::filled(4, 4, &[200])?];
    /// let batch = ImageBatch::from_classes(images, &[0, 1], 2)?;
    /// let mixed = CutMix::new().mix(&batch, 7, 0)?;
    /// let n_black = mixed.images()[0].pixels().iter().filter(|level| **level == 0).count();
    /// assert_eq!(mixed.labels()[[0, 0]], n_black as f64 / 16.0);
    ///
    /// assert!(CutMix::new().p(2.0).mix(&batch, 7, 0).is_err());
    /// # Ok::<(), workbench::Error>(())
    /// ```
    ///
    /// # References
    /// 1. S. Yun et al., *CutMix: regularization strategy to train strong classifiers with localizable features*, 2019,
    ///    doi:10.1109/ICCV.2019.00612
    CutMix, "cut_mix" {
        /// Both parameters of the beta distribution.
        alpha: f64 [f64] = 1.0, (0.001, 1000.0);
        /// The probability that a picture is mixed.
        p: f64 [f64] = 1.0, (0.0, 1.0);
    }
}

impl MixUp {
    /// The batch mixed: the result depends on the batch, `seed` and `epoch` only. Give each batch of an epoch its own number, such as
    /// `epoch * n_batches + batch_idx`.
    ///
    /// # Errors
    /// See [`MixUp`].
    pub fn mix(&self, batch: &ImageBatch, seed: u64, epoch: u64) -> Result<ImageBatch> {
        self.check()?;
        mix(batch, self.name(), self.p, [seed, epoch], |own, other, random| {
            let weight = draw::beta(self.alpha, random);
            let (mine, theirs) = (weight as f32, (1.0 - weight) as f32);
            for (level, other) in own.pixels.iter_mut().zip(&other.pixels) {
                *level = (mine * f32::from(*level) + theirs * f32::from(*other)).round() as u8;
            }
            weight
        })
    }
}

impl CutMix {
    /// The batch mixed: the result depends on the batch, `seed` and `epoch` only. Give each batch of an epoch its own number, such as
    /// `epoch * n_batches + batch_idx`.
    ///
    /// # Errors
    /// See [`CutMix`].
    pub fn mix(&self, batch: &ImageBatch, seed: u64, epoch: u64) -> Result<ImageBatch> {
        self.check()?;
        mix(batch, self.name(), self.p, [seed, epoch], |own, other, random| {
            let side = (1.0 - draw::beta(self.alpha, random)).sqrt();
            let (top, bottom) = stretch(side, own.height, random);
            let (left, right) = stretch(side, own.width, random);
            let (width, channels) = (own.width, own.channels);
            for row in top..bottom {
                let piece = (row * width + left) * channels..(row * width + right) * channels;
                if let (Some(to), Some(from)) = (own.pixels.get_mut(piece.clone()), other.pixels.get(piece)) {
                    to.copy_from_slice(from);
                }
            }
            1.0 - ((bottom - top) * (right - left)) as f64 / (own.height * width) as f64
        })
    }
}

/// Where a stretch of this share of `n`, about a random middle, begins and ends.
fn stretch(share: f64, n: usize, random: &mut ChaCha8Rng) -> (usize, usize) {
    let length = (share * n as f64).round() as usize;
    let middle = draw::up_to(n - 1, random);
    (middle.saturating_sub(length / 2), (middle + length.div_ceil(2)).min(n))
}

/// Has `combine` change each picture by its partner, and say how much of it is left.
fn mix(
    batch: &ImageBatch,
    name: &str,
    p: f64,
    [seed, epoch]: [u64; 2],
    combine: impl Fn(&mut Image, &Image, &mut ChaCha8Rng) -> f64 + Sync,
) -> Result<ImageBatch> {
    batch.common_size(name)?;
    name_pool();
    // Steps of a composition take the last number from 0 on; these are far from them.
    let purpose = u64::from(u32::MAX) + name.len() as u64;
    let mut order: Vec<usize> = (0..batch.len()).collect();
    shuffle(&mut order, &mut keyed([seed, epoch, u64::MAX, purpose]));
    // The next one in random order: never the picture itself, unless it is alone.
    let mut partners = order.clone();
    for (own, next) in order.iter().zip(order.iter().cycle().skip(1)) {
        if let Some(partner) = partners.get_mut(*own) {
            *partner = *next;
        }
    }
    let mixed: Vec<Result<(Image, f64)>> = batch
        .images()
        .par_iter()
        .zip(&partners)
        .enumerate()
        .map(|(idx, (own, partner))| {
            interrupt::check()?;
            let mut random = keyed([seed, epoch, idx as u64, purpose]);
            let mut image = own.clone();
            let weight = match batch.images().get(*partner) {
                Some(other) if draw::happens(p, &mut random) => combine(&mut image, other, &mut random),
                _ => 1.0,
            };
            Ok((image, weight))
        })
        .collect();
    let mut images = Vec::with_capacity(batch.len());
    let mut labels = Array2::zeros(batch.labels().dim());
    for ((mut row, partner), (idx, result)) in
        labels.rows_mut().into_iter().zip(&partners).zip(mixed.into_iter().enumerate())
    {
        let (image, weight) = result?;
        images.push(image);
        row.scaled_add(weight, &batch.labels().row(idx));
        row.scaled_add(1.0 - weight, &batch.labels().row(*partner));
    }
    ImageBatch::new(images, labels)
}
