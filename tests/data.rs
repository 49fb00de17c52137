//! Tests of data: files, datasets, arrays and descriptions.

mod csv;
mod dataset;
mod describe;
mod profile;
mod reading;
mod samples;
mod stream;

pub use csv::Folder;
