//! The program `tunebook`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The same program is also the process that runs cells, and the one that evcxr runs them in.
    tunebook::engine::run_if_helper();
    tunebook::cli::run()
}
