//! Data that is always at hand.

use polars::prelude::DataFrame;

use super::csv::CsvOptions;
use crate::error::Result;

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
