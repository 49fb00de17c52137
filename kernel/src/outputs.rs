//! What the engine puts out, in the two forms in which others want it: contents of protocol messages for a frontend,
//! and outputs of a notebook file for a run without one.

mod collector;

pub use collector::OutputCollector;

use serde_json::{Map, Value, json};

use crate::engine::{CellError, Event, StreamName};

/// The type and content of the iopub message that tells of an event; none for those that are not told there.
pub fn message(event: Event, execution_count: u32) -> Option<(&'static str, Value)> {
    Some(match event {
        Event::Stream { name, text } => ("stream", json!({ "name": stream_name(name), "text": text })),
        Event::Display { data, metadata, display_id, update } => {
            let transient: Map<String, Value> =
                display_id.into_iter().map(|id| ("display_id".to_owned(), Value::String(id))).collect();
            let msg_type = if update { "update_display_data" } else { "display_data" };
            (msg_type, json!({ "data": data, "metadata": metadata, "transient": transient }))
        }
        Event::Clear { wait } => ("clear_output", json!({ "wait": wait })),
        Event::Result { data, metadata } => {
            ("execute_result", json!({ "execution_count": execution_count, "data": data, "metadata": metadata }))
        }
        Event::Payload(_) => return None,
    })
}

/// The three fields of an error, as the `error` message has them and as each reply with the status `error` repeats
/// them.
pub fn error_content(error: &CellError) -> Map<String, Value> {
    let mut content = Map::new();
    content.insert("ename".to_owned(), json!(error.ename));
    content.insert("evalue".to_owned(), json!(error.evalue));
    content.insert("traceback".to_owned(), json!(error.traceback));
    content
}

/// The name of a stream in messages and notebooks.
pub fn stream_name(name: StreamName) -> &'static str {
    match name {
        StreamName::Stdout => "stdout",
        StreamName::Stderr => "stderr",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_has_its_message() {
        let data = || json!({ "text/plain": "é" }).as_object().cloned().unwrap();
        let display = |display_id: Option<&str>, update| Event::Display {
            data: data(),
            metadata: Map::new(),
            display_id: display_id.map(str::to_owned),
            update,
        };
        let check = |event, msg_type, content| assert_eq!(message(event, 3), Some((msg_type, content)));
        check(
            Event::Stream { name: StreamName::Stderr, text: "a\n".to_owned() },
            "stream",
            json!({ "name": "stderr", "text": "a\n" }),
        );
        check(
            display(None, false),
            "display_data",
            json!({ "data": { "text/plain": "é" }, "metadata": {}, "transient": {} }),
        );
        check(
            display(Some("d"), true),
            "update_display_data",
            json!({ "data": { "text/plain": "é" }, "metadata": {}, "transient": { "display_id": "d" } }),
        );
        check(Event::Clear { wait: true }, "clear_output", json!({ "wait": true }));
        check(
            Event::Result { data: data(), metadata: Map::new() },
            "execute_result",
            json!({ "execution_count": 3, "data": { "text/plain": "é" }, "metadata": {} }),
        );
    }
}
