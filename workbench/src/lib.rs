//! The workbench: everything that tuning a model asks for, preloaded into every Tunebook cell.
//!
//! The modules stand in reading order, and each uses only those above it.
#![deny(missing_docs)]

pub mod error;

pub mod train;

pub mod data;

pub mod preprocess;

pub mod models;

pub mod select;

pub mod search;

pub mod display;

pub mod prelude;

pub use error::{Error, Result};
