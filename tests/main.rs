//! All of the project's Rust tests, in one binary so that polars is linked once.

mod augment;
mod data;
mod display;
mod engine;
mod models;
mod preprocess;
mod report;
mod select;
mod transcripts;
