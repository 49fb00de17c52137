//! The threads on which the workbench works.

use std::sync::Once;

use rayon::ThreadPoolBuilder;

/// Gives rayon's threads names, `rayon-0` and so on, before they are first used; they have none by themselves. By that a debugger, and the process that
/// runs a notebook's cells, can tell them from a person's own. Threads that there are already keep what they have.
pub(crate) fn name_pool() {
    static ONCE: Once = Once::new();
    // Within another pool the global one is not used.
    if rayon::current_thread_index().is_none() {
        ONCE.call_once(|| drop(ThreadPoolBuilder::new().thread_name(|index| format!("rayon-{index}")).build_global()));
    }
}
