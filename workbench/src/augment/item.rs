//! What can be augmented.

use ndarray::Array2;

use super::boxes::{BoundingBox, check_boxes};
use super::image::canvas::Canvas;
use super::picture::Image;
use super::series::check_series;
use super::tokens::Token;
use crate::error::{Error, Result};

/// A picture with boxes around what it shows, which follow it.
///
/// # Errors
/// [`Error::InvalidValue`] for a box that is not finite, or has no area.
///
/// # Examples
///
/// ```
/// use workbench::augment::{BoundingBox, CenterCrop, Compose, Image, LabelledImage};
///
/// let photo = LabelledImage::new(Image::filled(8, 8, &[0])?, vec![BoundingBox::new(1.0, 1.0, 4.0, 4.0, "cat")])?;
/// let middle = Compose::new().step(1.0, CenterCrop::new(4, 4)).augment(&photo, 0, 0)?;
/// assert_eq!(middle.boxes, [BoundingBox::new(0.0, 0.0, 3.0, 3.0, "cat")]);
///
/// assert!(LabelledImage::new(photo.image, vec![BoundingBox::new(1.0, 1.0, 0.0, 4.0, "cat")]).is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledImage {
    /// The picture.
    pub image: Image,
    /// The boxes, in pixels of the picture.
    pub boxes: Vec<BoundingBox>,
}

impl LabelledImage {
    /// A picture with its boxes.
    ///
    /// # Errors
    /// See [`LabelledImage`].
    pub fn new(image: Image, boxes: Vec<BoundingBox>) -> Result<LabelledImage> {
        check_boxes(&boxes)?;
        Ok(LabelledImage { image, boxes })
    }
}

/// What a composition works on: [`Image`], [`LabelledImage`], `Array2<f64>` of shape `(n_steps, n_channels)`, `Vec<u32>` and `Vec<String>`.
///
/// Nothing else can implement it, since each step knows the kinds of items that there are.
pub trait Augmentable: Clone + Send + Sync + sealed::Sealed {
    /// The item made ready for the steps.
    #[doc(hidden)]
    fn open(&self, buffers: &mut Buffers) -> Result<Work>;

    /// The item after the steps.
    #[doc(hidden)]
    fn close(work: Work, buffers: &mut Buffers) -> Result<Self>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Image {}
    impl Sealed for super::LabelledImage {}
    impl Sealed for ndarray::Array2<f64> {}
    impl Sealed for Vec<u32> {}
    impl Sealed for Vec<String> {}
}

/// An item at work.
#[derive(Debug)]
pub enum Work {
    Image(Canvas),
    Series(Array2<f64>),
    Tokens(Vec<Token>),
}

impl Work {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Image(_) => "an image",
            Self::Series(_) => "a time series",
            Self::Tokens(_) => "a sequence of tokens",
        }
    }
}

/// Memory that pictures share which are worked on one after another.
#[derive(Debug, Default)]
pub struct Buffers {
    current: Vec<u8>,
    spare: Vec<u8>,
    /// Whether there will be another picture.
    is_shared: bool,
}

impl Buffers {
    pub(super) fn shared() -> Buffers {
        Buffers { is_shared: true, ..Buffers::default() }
    }
}

fn open_image(image: &Image, boxes: Vec<BoundingBox>, buffers: &mut Buffers) -> Work {
    let mut pixels = std::mem::take(&mut buffers.current);
    pixels.clear();
    pixels.extend_from_slice(&image.pixels);
    let image = Image { pixels, ..*image };
    Work::Image(Canvas::new(image, boxes, std::mem::take(&mut buffers.spare)))
}

fn close_image(work: Work, buffers: &mut Buffers) -> Result<LabelledImage> {
    let (mut image, boxes, spare) = match work {
        Work::Image(canvas) => canvas.into_parts(),
        other => return Err(Error::WrongItem { needs: "an image", found: other.kind() }),
    };
    if buffers.is_shared {
        // The result gets memory of its size, and the large buffers stay for the next picture.
        let pixels = image.pixels.clone();
        buffers.current = std::mem::replace(&mut image.pixels, pixels);
        buffers.spare = spare;
    } else {
        image.pixels.shrink_to_fit();
    }
    Ok(LabelledImage { image, boxes })
}

impl Augmentable for Image {
    fn open(&self, buffers: &mut Buffers) -> Result<Work> {
        Ok(open_image(self, Vec::new(), buffers))
    }

    fn close(work: Work, buffers: &mut Buffers) -> Result<Self> {
        Ok(close_image(work, buffers)?.image)
    }
}

impl Augmentable for LabelledImage {
    fn open(&self, buffers: &mut Buffers) -> Result<Work> {
        // The fields are open, so what `new` checked may have changed.
        check_boxes(&self.boxes)?;
        Ok(open_image(&self.image, self.boxes.clone(), buffers))
    }

    fn close(work: Work, buffers: &mut Buffers) -> Result<Self> {
        close_image(work, buffers)
    }
}

impl Augmentable for Array2<f64> {
    fn open(&self, _buffers: &mut Buffers) -> Result<Work> {
        check_series(self)?;
        Ok(Work::Series(self.clone()))
    }

    fn close(work: Work, _buffers: &mut Buffers) -> Result<Self> {
        match work {
            Work::Series(series) => Ok(series),
            other => Err(Error::WrongItem { needs: "a time series", found: other.kind() }),
        }
    }
}

impl Augmentable for Vec<u32> {
    fn open(&self, _buffers: &mut Buffers) -> Result<Work> {
        Ok(Work::Tokens(self.iter().map(|id| Token::Id(i64::from(*id))).collect()))
    }

    fn close(work: Work, _buffers: &mut Buffers) -> Result<Self> {
        let id = |token: Token| match token {
            Token::Id(id) => u32::try_from(id).map_err(|_| foreign(&id.to_string(), "a number from 0 to 4294967295")),
            Token::Word(word) => Err(foreign(&format!("\"{word}\""), "a number, as the sequence's own tokens are")),
        };
        closed_tokens(work)?.into_iter().map(id).collect()
    }
}

impl Augmentable for Vec<String> {
    fn open(&self, _buffers: &mut Buffers) -> Result<Work> {
        Ok(Work::Tokens(self.iter().cloned().map(Token::Word).collect()))
    }

    fn close(work: Work, _buffers: &mut Buffers) -> Result<Self> {
        let word = |token: Token| match token {
            Token::Word(word) => Ok(word),
            Token::Id(id) => Err(foreign(&id.to_string(), "a word, as the sequence's own tokens are")),
        };
        closed_tokens(work)?.into_iter().map(word).collect()
    }
}

fn closed_tokens(work: Work) -> Result<Vec<Token>> {
    match work {
        Work::Tokens(tokens) => Ok(tokens),
        other => Err(Error::WrongItem { needs: "a sequence of tokens", found: other.kind() }),
    }
}

/// The error of a token that a step put in and that the sequence cannot hold.
fn foreign(value: &str, allowed: &str) -> Error {
    Error::InvalidValue {
        what: "a token of `mask`, `vocabulary` or `pad`".to_string(),
        value: value.to_string(),
        allowed: allowed.to_string(),
    }
}
