//! Pictures with their classes, together.

use ndarray::{Array2, Array4};

use super::picture::Image;
use crate::error::{Error, Result};

/// Pictures and, for each, how much it is of each class: the weights of a row add up to 1.
///
/// # Examples
///
/// ```
/// use workbench::augment::{Image, ImageBatch};
///
/// let images = vec![Image::filled(8, 8, &[0])?, Image::filled(8, 8, &[255])?];
/// let batch = ImageBatch::from_classes(images.clone(), &[0, 1], 2)?;
/// assert_eq!(batch.labels().row(1).to_vec(), [0.0, 1.0]);
/// assert_eq!(batch.to_array4()?.dim(), (2, 8, 8, 1));
///
/// let error = ImageBatch::from_classes(images, &[0], 2).unwrap_err();
/// assert_eq!(error.to_string(), "the labels of the image batch has 1 rows, but 2 are needed");
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ImageBatch {
    images: Vec<Image>,
    labels: Array2<f64>,
}

impl ImageBatch {
    /// Pictures with a row of class weights each: `labels` has the shape `(n_images, n_classes)`.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] for another number of rows than pictures; [`Error::InvalidValue`] for a weight that is negative or not
    /// finite, and for a row that does not add up to 1 (to within 1e-6).
    pub fn new(images: Vec<Image>, labels: Array2<f64>) -> Result<ImageBatch> {
        check_count(images.len(), labels.nrows())?;
        for (row_idx, row) in labels.rows().into_iter().enumerate() {
            let is_fine =
                row.iter().all(|weight| weight.is_finite() && *weight >= 0.0) && (row.sum() - 1.0).abs() <= 1e-6;
            if !is_fine {
                return Err(Error::InvalidValue {
                    what: format!("row {row_idx} (0-based) of the labels of the image batch"),
                    value: format!("{:?}", row.to_vec()),
                    allowed: "weights of 0 or more that add up to 1".to_string(),
                });
            }
        }
        Ok(ImageBatch { images, labels })
    }

    /// Pictures with one class each, from 0 to below `n_classes`.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] for another number of classes than pictures; [`Error::InvalidValue`] for a class out of range.
    pub fn from_classes(images: Vec<Image>, classes: &[usize], n_classes: usize) -> Result<ImageBatch> {
        check_count(images.len(), classes.len())?;
        ImageBatch::new(images, one_hot(classes, n_classes)?)
    }

    /// The pictures.
    pub fn images(&self) -> &[Image] {
        &self.images
    }

    /// The class weights, a row for each picture.
    pub fn labels(&self) -> &Array2<f64> {
        &self.labels
    }

    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The pictures as one array of shape `(n_images, height, width, channels)`.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for pictures of different sizes.
    pub fn to_array4(&self) -> Result<Array4<u8>> {
        let (height, width, channels) = self.common_size("to_array4")?;
        let mut levels = Vec::with_capacity(self.len() * height * width * channels);
        for image in &self.images {
            levels.extend_from_slice(image.pixels());
        }
        Array4::from_shape_vec((self.len(), height, width, channels), levels).map_err(|error| Error::InvalidValue {
            what: "the shape of the image batch".to_string(),
            value: error.to_string(),
            allowed: "that of its images".to_string(),
        })
    }

    /// The height, width and channels of all pictures, which `what` needs to be equal; zeros without one.
    pub(super) fn common_size(&self, what: &str) -> Result<(usize, usize, usize)> {
        let size = |image: &Image| (image.height(), image.width(), image.channels());
        let Some(first) = self.images.first().map(size) else { return Ok((0, 0, 0)) };
        let text = |(height, width, channels): (usize, usize, usize)| format!("{height} × {width} × {channels}");
        match self.images.iter().map(size).enumerate().find(|(_, other)| *other != first) {
            None => Ok(first),
            Some((idx, other)) => Err(Error::InvalidValue {
                what: format!("{what}: the size of image {idx} (0-based)"),
                value: text(other),
                allowed: format!("that of image 0, {}; use `Resize` before", text(first)),
            }),
        }
    }
}

/// A row for each of `classes`, with 1 at its class and 0 elsewhere.
///
/// # Errors
/// [`Error::InvalidValue`] for a class of `n_classes` or more.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use workbench::augment::one_hot;
///
/// assert_eq!(one_hot(&[1, 0], 2)?, array![[0.0, 1.0], [1.0, 0.0]]);
/// assert!(one_hot(&[2], 2).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn one_hot(classes: &[usize], n_classes: usize) -> Result<Array2<f64>> {
    if let Some((idx, class)) = classes.iter().enumerate().find(|(_, class)| **class >= n_classes) {
        return Err(Error::InvalidValue {
            what: format!("the class of item {idx} (0-based)"),
            value: class.to_string(),
            allowed: format!("less than the number of classes, {n_classes}"),
        });
    }
    // An array of so many numbers that no memory holds them is refused by its length, before anything is taken.
    if classes.len().checked_mul(n_classes).is_none_or(|n| n > 1 << 40) {
        return Err(Error::InvalidValue {
            what: "n_classes".to_string(),
            value: n_classes.to_string(),
            allowed: format!("at most {} for {} items", (1_usize << 40) / classes.len().max(1), classes.len()),
        });
    }
    Ok(Array2::from_shape_fn(
        (classes.len(), n_classes),
        |(row, class)| {
            if classes.get(row) == Some(&class) { 1.0 } else { 0.0 }
        },
    ))
}

fn check_count(n_images: usize, n_labels: usize) -> Result<()> {
    if n_images == n_labels {
        return Ok(());
    }
    Err(Error::LengthMismatch {
        what: "the labels of the image batch".to_string(),
        found: n_labels,
        expected: n_images,
    })
}
