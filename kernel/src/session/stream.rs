//! Text that waits a moment for more, so that a cell that prints a million lines does not send a million messages.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::{Event, StreamName};

/// How long text waits for more. A person does not notice it.
const DELAY: Duration = Duration::from_millis(50);

/// How much text does not wait for more.
const FULL_BYTES: usize = 64 << 10;

/// Text of one stream.
#[derive(Default)]
pub(super) struct StreamBatch {
    waiting: Option<Waiting>,
}

struct Waiting {
    name: StreamName,
    text: String,
    due: Instant,
}

impl StreamBatch {
    /// Adds text. Text of the other stream has to be taken out before; it is what this returns.
    pub(super) fn push(&mut self, name: StreamName, text: String) -> Option<Event> {
        match &mut self.waiting {
            Some(waiting) if waiting.name == name => {
                waiting.text.push_str(&text);
                None
            }
            _ => {
                let before = self.take();
                self.waiting = Some(Waiting { name, text, due: Instant::now() + DELAY });
                before
            }
        }
    }

    pub(super) fn take(&mut self) -> Option<Event> {
        self.waiting.take().map(|Waiting { name, text, .. }| Event::Stream { name, text })
    }

    pub(super) fn is_full(&self) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.text.len() >= FULL_BYTES)
    }

    /// When the text will have waited long enough.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.as_ref().map(|waiting| waiting.due)
    }
}
