//! How far a build is, shown in the cell that waits for it.

use serde_json::{Map, json};

use crate::engine::Event;
use crate::preload::Progress;

/// How far a build is, as one display that is updated in place.
pub struct BuildDisplay {
    title: &'static str,
    done: &'static str,
    id: String,
    is_shown: bool,
    last: String,
}

impl BuildDisplay {
    pub fn new(title: &'static str, done: &'static str) -> BuildDisplay {
        let id = format!("tunebook-build-{}", uuid::Uuid::new_v4().simple());
        BuildDisplay { title, done, id, is_shown: false, last: String::new() }
    }

    pub fn update(&mut self, progress: &Progress, sink: &mut dyn FnMut(Event)) {
        let share = if progress.total > 0 { progress.done as f64 / progress.total as f64 } else { 0.0 };
        let minutes = format!("{}:{:02}", progress.elapsed.as_secs() / 60, progress.elapsed.as_secs() % 60);
        let counts =
            if progress.total > 0 { format!(" {} of {}", progress.done, progress.total) } else { String::new() };
        let what: String = progress.what.chars().take(60).collect();
        let text = format!("{}:{counts} ({minutes}) {what}", self.title);
        if text == self.last {
            return;
        }
        let html = format!(
            "<div><b>{}</b><br>\
             <progress value=\"{share:.3}\" max=\"1\" style=\"width:24em\"></progress>{counts} <span style=\"opacity:.7\">{minutes} · {}</span></div>",
            self.title,
            what.replace('&', "&amp;").replace('<', "&lt;")
        );
        self.show(&text, &html, sink);
        self.last = text;
    }

    pub fn finish(&mut self, succeeded: bool, sink: &mut dyn FnMut(Event)) {
        if self.is_shown && succeeded {
            self.show(self.done, &format!("<div>{}</div>", self.done), sink);
        }
    }

    fn show(&mut self, text: &str, html: &str, sink: &mut dyn FnMut(Event)) {
        let data = json!({"text/plain": text, "text/html": html}).as_object().cloned().unwrap_or_default();
        sink(Event::Display { data, metadata: Map::new(), display_id: Some(self.id.clone()), update: self.is_shown });
        self.is_shown = true;
    }
}
