//! What evcxr's documentation promises, a test for each promise.
//!
//! The comments name the place in the sources of evcxr 0.22: `COMMON.md`, `evcxr_jupyter/README.md` (*README*), the tour
//! (`evcxr_jupyter/samples/evcxr_jupyter_tour.ipynb`), `RELEASE_NOTES.md`, `HOW_IT_WORKS.md`, and `tests/integration_tests.rs` of the
//! crate (*its test*), which fixes what the others leave open. Where ours does otherwise, the comment says why.

mod dependencies;
mod display;
mod failures;
mod items;
mod variables;
