//! Support vector machines with kernels, for classes and for numbers.
//!
//! `kernel` says how alike two rows are, `matrix` keeps rows of these likenesses, and `smo` finds the support vectors. `machine` tells what they
//! say of new rows, and `shared` is what candidates of a search share.

mod classifier;
mod kernel;
mod machine;
mod matrix;
mod regressor;
mod shared;
mod smo;

pub use classifier::{Svc, SvcModel};
pub use kernel::{Gamma, SvmKernel};
pub use regressor::{Svr, SvrModel};
