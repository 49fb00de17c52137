//! Data that is always at hand.

use std::io::Read;

use flate2::read::GzDecoder;
use polars::prelude::DataFrame;

use super::csv::CsvOptions;
use crate::error::{Error, Result};

/// 344 penguins of three species, with real missing values.
///
/// | column | dtype | unit | missing |
/// |---|---|---|---|
/// | `species`, `island` | string | | 0 |
/// | `bill_length_mm`, `bill_depth_mm` | float | mm | 2 |
/// | `flipper_length_mm` | integer | mm | 2 |
/// | `body_mass_g` | integer | g | 2 |
/// | `sex` | string | | 11 |
/// | `year` | integer | | 0 |
///
/// The data is in the public domain (CC0).
///
/// # Errors
/// None in practice: the file is part of the library.
///
/// # Examples
///
/// ```
/// use workbench::data::penguins;
///
/// assert_eq!(penguins()?.shape(), (344, 8));
/// assert!(penguins()?.column("wingspan").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Horst AM, Hill AP, Gorman KB (2020). palmerpenguins: Palmer Archipelago (Antarctica) penguin data.
///    <https://doi.org/10.5281/zenodo.3960218>
/// 2. Gorman KB, Williams TD, Fraser WR (2014). PLoS ONE 9(3): e90081. <https://doi.org/10.1371/journal.pone.0090081>
pub fn penguins() -> Result<DataFrame> {
    CsvOptions::new().parse("penguins.csv", include_bytes!("penguins.csv"))
}

/// 150 iris flowers of three species.
///
/// | column | dtype | unit |
/// |---|---|---|
/// | `sepal_length_cm`, `sepal_width_cm`, `petal_length_cm`, `petal_width_cm` | float | cm |
/// | `species` | string | |
///
/// Its source and licence are in `samples/iris.md`.
///
/// # Errors
/// None in practice: the file is part of the library.
///
/// # Examples
///
/// ```
/// use workbench::data::iris;
///
/// assert_eq!(iris()?.shape(), (150, 5));
/// assert!(iris()?.column("wingspan").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Fisher RA (1936). The use of multiple measurements in taxonomic problems. <https://doi.org/10.1111/j.1469-1809.1936.tb02137.x>
pub fn iris() -> Result<DataFrame> {
    CsvOptions::new().parse("iris.csv", include_bytes!("samples/iris.csv"))
}

/// 178 wines from three cultivars, by thirteen chemical measurements.
///
/// | column | dtype |
/// |---|---|
/// | `alcohol`, `malic_acid`, …, `proline` | float or integer |
/// | `cultivar` | string |
///
/// Its source and licence are in `samples/wine.md`.
///
/// # Errors
/// None in practice: the file is part of the library.
///
/// # Examples
///
/// ```
/// use workbench::data::wine;
///
/// assert_eq!(wine()?.shape(), (178, 14));
/// assert!(wine()?.column("wingspan").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Aeberhard S, Forina M (1992). Wine. <https://doi.org/10.24432/C5PC7J>
pub fn wine() -> Result<DataFrame> {
    CsvOptions::new().parse("wine.csv", include_bytes!("samples/wine.csv"))
}

/// 569 breast masses, malignant or benign, by thirty measurements of their cell nuclei.
///
/// | column | dtype |
/// |---|---|
/// | `mean_radius`, …, `worst_fractal_dimension` | float |
/// | `diagnosis` | string |
///
/// Its source and licence are in `samples/breast_cancer.md`.
///
/// # Errors
/// None in practice: the file is part of the library.
///
/// # Examples
///
/// ```
/// use workbench::data::breast_cancer;
///
/// assert_eq!(breast_cancer()?.shape(), (569, 31));
/// assert!(breast_cancer()?.column("wingspan").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Street WN, Wolberg WH, Mangasarian OL (1993). Nuclear feature extraction for breast tumor diagnosis. <https://doi.org/10.1117/12.148698>
pub fn breast_cancer() -> Result<DataFrame> {
    packed("breast_cancer.csv.gz", include_bytes!("samples/breast_cancer.csv.gz"))
}

/// 1,797 handwritten digits, as images of 8 × 8 pixels.
///
/// | column | dtype | range |
/// |---|---|---|
/// | `pixel_0_0`, …, `pixel_7_7` | integer | 0 (white) to 16 (black) |
/// | `digit` | integer | 0 to 9 |
///
/// Its source and licence are in `samples/digits.md`.
///
/// # Errors
/// None in practice: the file is part of the library.
///
/// # Examples
///
/// ```
/// use workbench::data::digits;
///
/// assert_eq!(digits()?.shape(), (1797, 65));
/// assert!(digits()?.column("wingspan").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Alpaydin E, Kaynak C (1998). Optical Recognition of Handwritten Digits. <https://doi.org/10.24432/C50P49>
pub fn digits() -> Result<DataFrame> {
    packed("digits.csv.gz", include_bytes!("samples/digits.csv.gz"))
}

/// 442 diabetes patients, and how the disease went on in a year.
///
/// | column | dtype | unit |
/// |---|---|---|
/// | `age` | integer | years |
/// | `sex` | integer | 1 or 2 |
/// | `bmi`, `bp` | float | kg/m², mmHg |
/// | `s1`, …, `s6` | float or integer | of blood serum |
/// | `progression` | integer | |
///
/// Its source and licence are in `samples/diabetes.md`.
///
/// # Errors
/// None in practice: the file is part of the library.
///
/// # Examples
///
/// ```
/// use workbench::data::diabetes;
///
/// assert_eq!(diabetes()?.shape(), (442, 11));
/// assert!(diabetes()?.column("wingspan").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
///
/// # References
/// 1. Efron B, Hastie T, Johnstone I, Tibshirani R (2004). Least angle regression. <https://doi.org/10.1214/009053604000000067>
pub fn diabetes() -> Result<DataFrame> {
    CsvOptions::new().parse("diabetes.csv", include_bytes!("samples/diabetes.csv"))
}

/// Reads a file that is packed to keep the library small.
fn packed(name: &str, bytes: &[u8]) -> Result<DataFrame> {
    let mut text = Vec::new();
    let unpacked = GzDecoder::new(bytes).read_to_end(&mut text);
    unpacked.map_err(|source| Error::Io { action: "unpack", path: name.to_string(), source })?;
    CsvOptions::new().parse(name, &text)
}
