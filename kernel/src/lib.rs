//! The Tunebook kernel: a Jupyter kernel for Rust, and the program that runs the same notebooks without a browser.
//!
//! The modules stand in reading order. Only `wire` names ZeroMQ, and only `engine` names evcxr and rustc.

pub mod wire;

pub mod engine;

pub mod outputs;

pub mod session;

pub mod notebook;

pub mod preload;

mod process;
pub mod tempfolder;

pub mod install;

pub mod cli;
