//! Data: frames read from files, described, and turned into the arrays that models take.
//!
//! A [`Dataset`] is a polars frame of features beside a [`Target`]. It stays a frame until a model asks for
//! [`records`](Dataset::records), so that imputers, casts and encoders run inside a pipeline's training fold.
//!
//! A value is *missing* when it is null or NaN, here and in all of the workbench.

mod array;
mod arrow;
mod csv;
mod dataset;
mod density;
mod describe;
mod duplicates;
mod fold;
mod generate;
mod gzip;
mod json;
mod missing;
mod parquet;
mod profile;
mod sample;
pub(crate) mod saving;
mod sketch;
pub(crate) mod statistics;
mod stream;
mod target;
mod threads;
mod write;

pub use array::{from_array, to_array};
pub use arrow::{read_arrow, write_arrow};
pub use csv::{CsvDialect, CsvOptions, Encoding, read_csv, sniff_csv, write_csv};
pub use dataset::{Dataset, Task};
pub use density::{Bandwidth, kernel_density};
pub use describe::describe;
pub use duplicates::{Keep, drop_duplicates, duplicated};
pub use fold::Fold;
pub use generate::{
    TimeSeries, make_blobs, make_circles, make_classification, make_friedman1, make_moons, make_regression,
};
pub use json::{read_json_lines, write_json_lines};
pub use missing::drop_missing;
pub use parquet::{read_parquet, write_parquet};
pub use profile::{ColumnProfile, Profile, ProfileWarning, profile, profile_frames, profile_with_target};
pub use sample::{breast_cancer, diabetes, digits, iris, penguins, wine};
pub use sketch::{DistinctSketch, Moments, QuantileSketch};
pub use stream::{FrameFile, Frames, open_frames, write_frames};
pub use target::Target;

pub(crate) use array::{BLOCK_VALUES, for_each_block, is_numeric, not_finite, numbers};
pub(crate) use csv::read_error;
pub(crate) use missing::{missing_count, missing_mask};
pub(crate) use threads::name_pool;
pub(crate) use write::replace as replace_file;

use polars::prelude::{Column, DataFrame};
use rayon::prelude::*;

use crate::error::{Error, Result};

/// The column `name` of `frame`, or an error that lists the columns there are.
pub(crate) fn column<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a Column> {
    frame.column(name).map_err(|_| Error::ColumnNotFound { column: name.to_string(), available: column_list(frame) })
}

/// The column names of `frame`, quoted and separated by commas.
pub(crate) fn column_list(frame: &DataFrame) -> String {
    let names: Vec<String> = frame.get_column_names().iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_string() } else { names.join(", ") }
}

/// What `work` makes of each item, in their order; of several errors the first item's is told, whichever came first.
pub(crate) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R> + Send + Sync,
) -> Result<Vec<R>> {
    name_pool();
    let results: Vec<Result<R>> = items.par_iter().map(work).collect();
    results.into_iter().collect()
}
