//! Starting processes that must not outlive this one.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// The process is killed when the thread that starts it ends, however that comes about: nobody would wait for it then.
pub fn die_with_parent(command: &mut Command) -> &mut Command {
    // SAFETY: only a system call that is allowed between fork and exec is made.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        })
    }
}
