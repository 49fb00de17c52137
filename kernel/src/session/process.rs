//! What the operating system tells the kernel: signals, and the death of the process that started it.

use std::env;
use std::future;
use std::io;
use std::os::unix::process::parent_id;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Interval, interval};

/// How often to look whether the parent is alive.
const PARENT_PERIOD: Duration = Duration::from_secs(1);

pub(super) struct Process {
    watched: Option<Watched>,
}

struct Watched {
    interrupt: Signal,
    terminate: Signal,
    parent: Option<Parent>,
}

pub(super) enum ProcessEvent {
    /// SIGINT, which is how a frontend interrupts when the kernelspec asks for no message.
    Interrupt,
    End(&'static str),
}

impl Process {
    pub(super) fn watch() -> io::Result<Process> {
        Ok(Process {
            watched: Some(Watched {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                parent: Parent::named(),
            }),
        })
    }

    /// Leaves the signals as they are, for a session within another program.
    pub(super) fn ignore() -> Process {
        Process { watched: None }
    }

    /// The next thing that happens. It may be cancelled without loss.
    pub(super) async fn event(&mut self) -> ProcessEvent {
        let Some(Watched { interrupt, terminate, parent }) = &mut self.watched else {
            return future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => ProcessEvent::Interrupt,
            _ = terminate.recv() => ProcessEvent::End("asked to by a signal"),
            () = Parent::gone(parent.as_mut()) => ProcessEvent::End("the process that started the kernel is gone"),
        }
    }
}

/// The process without which the kernel has no use.
struct Parent {
    id: libc::pid_t,
    ticks: Interval,
}

impl Parent {
    /// Jupyter names itself, unless the kernel shall outlive it.
    fn named() -> Option<Parent> {
        let id = env::var("JPY_PARENT_PID").ok()?.parse().ok()?;
        (id > 1).then(|| Parent { id, ticks: interval(PARENT_PERIOD) })
    }

    async fn gone(parent: Option<&mut Parent>) {
        let Some(parent) = parent else { return future::pending().await };
        loop {
            parent.ticks.tick().await;
            if !parent.is_alive() {
                return;
            }
        }
    }

    /// The kernel may be a grandchild, started through a shell; then only the process itself tells.
    fn is_alive(&self) -> bool {
        if u32::try_from(self.id) == Ok(parent_id()) {
            return true;
        }
        // SAFETY: signal 0 is not delivered; the call only says whether the process exists.
        let missing = unsafe { libc::kill(self.id, 0) } == -1;
        !(missing && io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn a_parent_is_alive_until_it_is_not() {
        let mut process = Command::new("sleep").arg("60").spawn().unwrap();
        let id = libc::pid_t::try_from(process.id()).unwrap();
        let mut parent = Parent { id, ticks: interval(Duration::from_millis(1)) };
        assert!(parent.is_alive());
        process.kill().unwrap();
        process.wait().unwrap();
        Parent::gone(Some(&mut parent)).await;
        parent.id = libc::pid_t::try_from(parent_id()).unwrap();
        assert!(parent.is_alive());
    }
}
