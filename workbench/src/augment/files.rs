//! Pictures in files.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};

use ::image::codecs::png::PngEncoder;
use ::image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits,
};

use super::picture::{Image, PIXELS_MAX, SIDE_MAX};
use crate::data::{read_error, replace_file};
use crate::error::{Error, Result};

/// Reads a PNG or JPEG file: grey files as grey, all others as RGB.
///
/// The kind is told by the first bytes, not by the name. Levels of 16 bits are brought to 8. Transparent pixels are laid over
/// white, since a hidden colour would otherwise show. A rotation that a camera noted in a JPEG file is carried out.
///
/// # Errors
/// [`Error::FileNotFound`], [`Error::Io`]; [`Error::UnreadableImage`] for a file that is neither, or is cut short;
/// [`Error::ImageTooLarge`] for one of more than 67,108,864 pixels, which is told from its first bytes, before anything is
/// decoded.
///
/// # Examples
///
/// ```no_run
/// use workbench::augment::{Image, read_image, write_png};
///
/// let image = Image::filled(32, 48, &[200, 30, 30])?;
/// write_png(&image, "red.png")?;
/// assert_eq!(read_image("red.png")?, image);
///
/// assert!(read_image("penguins.csv").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn read_image(path: &str) -> Result<Image> {
    read_image_within(path, PIXELS_MAX)
}

/// Reads a PNG or JPEG file as [`read_image`] does, unless it has more than `pixels_max` pixels.
///
/// # Errors
/// See [`read_image`].
pub fn read_image_within(path: &str, pixels_max: usize) -> Result<Image> {
    let file = File::open(path).map_err(|source| read_error(path, source))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(read_error(path, std::io::ErrorKind::IsADirectory.into()));
    }
    let mut reader =
        ImageReader::new(BufReader::new(file)).with_guessed_format().map_err(|source| read_error(path, source))?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Err(unreadable(path, "its first bytes are neither those of a PNG nor those of a JPEG file"));
    }
    // The size is checked below, from the header; this bounds what a decoder takes beside its result.
    let mut limits = Limits::default();
    limits.max_alloc = Some(1 << 30);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| decode_error(path, &error))?;
    let (width, height) = decoder.dimensions();
    let (height, width) = (height as usize, width as usize);
    let pixels_max = pixels_max.min(PIXELS_MAX);
    if height > SIDE_MAX || width > SIDE_MAX || height.saturating_mul(width) > pixels_max {
        return Err(Error::ImageTooLarge { path: path.to_string(), height, width, pixels_max, side_max: SIDE_MAX });
    }
    // A camera's note that cannot be read says nothing about the picture.
    let orientation = decoder.orientation().ok();
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(|error| decode_error(path, &error))?;
    if let Some(orientation) = orientation {
        decoded.apply_orientation(orientation);
    }
    let (height, width) = (decoded.height() as usize, decoded.width() as usize);
    let color = decoded.color();
    let image = match (color.has_color(), color.has_alpha()) {
        (false, false) => Image::new(height, width, 1, decoded.into_luma8().into_raw()),
        (false, true) => Image::new(height, width, 1, over_white::<1>(&decoded.into_luma_alpha8().into_raw())),
        (true, false) => Image::new(height, width, 3, decoded.into_rgb8().into_raw()),
        (true, true) => Image::new(height, width, 3, over_white::<3>(&decoded.into_rgba8().into_raw())),
    };
    image.map_err(|error| unreadable(path, &error.to_string()))
}

/// Writes a picture as a PNG file.
///
/// The file is written beside `path` and then renamed, so that nobody ever sees half of it.
///
/// # Errors
/// [`Error::Io`] where the folder is missing or cannot be written.
///
/// # Examples
///
/// ```no_run
/// use workbench::augment::{Image, write_png};
///
/// write_png(&Image::filled(8, 8, &[128])?, "grey.png")?;
///
/// assert!(write_png(&Image::filled(8, 8, &[128])?, "no/such/folder/grey.png").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn write_png(image: &Image, path: &str) -> Result<()> {
    let io_error = |source| Error::Io { action: "write", path: path.to_string(), source };
    replace_file(path, |file| {
        let mut writer = BufWriter::new(file);
        encode(image, &mut writer).map_err(|error| match error {
            ImageError::IoError(source) => io_error(source),
            other => io_error(std::io::Error::other(other.to_string())),
        })?;
        writer.flush().map_err(io_error)
    })
}

/// The bytes of a picture as a PNG file has them.
pub(crate) fn png_bytes(image: &Image) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    encode(image, &mut bytes).map_err(|error| Error::Drawing { source: error.to_string().into() })?;
    Ok(bytes)
}

fn encode(image: &Image, writer: impl Write) -> std::result::Result<(), ImageError> {
    let color = if image.channels() == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    // No side is longer than 32,767.
    let (width, height) = (image.width() as u32, image.height() as u32);
    PngEncoder::new(writer).write_image(image.pixels(), width, height, color)
}

/// Levels of `C` channels and an opacity, laid over white.
fn over_white<const C: usize>(levels: &[u8]) -> Vec<u8> {
    let mut laid = Vec::with_capacity(levels.len() / (C + 1) * C);
    for pixel in levels.chunks_exact(C + 1) {
        if let Some((opacity, color)) = pixel.split_last() {
            let opacity = u32::from(*opacity);
            laid.extend(
                color.iter().map(|level| ((u32::from(*level) * opacity + 255 * (255 - opacity) + 127) / 255) as u8),
            );
        }
    }
    laid
}

fn decode_error(path: &str, error: &ImageError) -> Error {
    match error {
        ImageError::IoError(source) if source.kind() != std::io::ErrorKind::UnexpectedEof => {
            unreadable(path, &source.to_string())
        }
        ImageError::IoError(_) => unreadable(path, "it ends too early; the file seems to be cut short"),
        other => unreadable(path, &other.to_string()),
    }
}

fn unreadable(path: &str, reason: &str) -> Error {
    Error::UnreadableImage { path: path.to_string(), reason: reason.to_string() }
}
