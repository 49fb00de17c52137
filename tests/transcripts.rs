//! Kernel sessions as transcripts: a frontend talks to a session over real sockets, and asserts every message that
//! comes back.
//!
//! The engine is the fake one, whose cells are scripts. Nothing is skipped: a message that no test expected fails the
//! test, at the next assertion or at the end, where the frontend asks one last question and finds nothing before the
//! answer.

mod channels;
mod comms;
mod execute;
mod frontend;
mod load;
mod questions;
mod stdin;
mod subshells;
mod trust;
