//! The outputs of one cell as a notebook file keeps them: what a frontend would show after the same messages.

use jupyter_protocol::{ExecutionCount, Media, MediaType};
use nbformat::v4::{DisplayData, ErrorOutput, ExecuteResult, MultilineString, Output};
use serde_json::{Map, Value};

use super::stream_name;
use crate::engine::{CellError, Event, MimeBundle};

/// Takes the events of a cell in order, and yields its outputs.
///
/// Text that follows text of the same stream joins it, `\r` goes back to the beginning of the line as on a terminal, a
/// display with the id of an earlier one replaces that one where it stands, and `clear_output` is obeyed.
#[derive(Clone, Debug, Default)]
pub struct OutputCollector {
    execution_count: u32,
    slots: Vec<Slot>,
    /// A `clear_output` that waits for the next output.
    clear_pending: bool,
}

#[derive(Clone, Debug)]
enum Slot {
    Stream { name: &'static str, terminal: Terminal },
    Display { id: Option<String>, data: MimeBundle, metadata: Map<String, Value> },
    Result { data: MimeBundle, metadata: Map<String, Value> },
    Error(CellError),
}

impl OutputCollector {
    /// A collector for the cell with this `n` in `Out[n]`.
    pub fn new(execution_count: u32) -> OutputCollector {
        OutputCollector { execution_count, ..OutputCollector::default() }
    }

    pub fn push(&mut self, event: Event) {
        match event {
            Event::Stream { name, text } => self.write(stream_name(name), &text),
            Event::Display { data, metadata, display_id, update } => {
                if let Some(id) = &display_id {
                    self.update_display(id, &data, &metadata);
                }
                if !update {
                    self.add(Slot::Display { id: display_id, data, metadata });
                }
            }
            Event::Clear { wait: true } => self.clear_pending = true,
            Event::Clear { wait: false } => {
                self.clear_pending = false;
                self.slots.clear();
            }
            Event::Result { data, metadata } => self.add(Slot::Result { data, metadata }),
            // It leaves nothing behind in the notebook.
            Event::Payload(_) => {}
        }
    }

    /// Adds the error that ended the cell.
    pub fn fail(&mut self, error: &CellError) {
        self.add(Slot::Error(error.clone()));
    }

    /// Replaces all displays with this id and returns how many there were.
    ///
    /// [`OutputCollector::push`] does this within the cell. A display of an earlier cell may be updated, too: then call
    /// this for the collector of each.
    pub fn update_display(&mut self, id: &str, data: &MimeBundle, metadata: &Map<String, Value>) -> usize {
        let mut n_updated = 0;
        for slot in &mut self.slots {
            if let Slot::Display { id: Some(slot_id), data: slot_data, metadata: slot_metadata } = slot
                && slot_id == id
            {
                slot_data.clone_from(data);
                slot_metadata.clone_from(metadata);
                n_updated += 1;
            }
        }
        n_updated
    }

    /// The outputs so far.
    pub fn outputs(&self) -> Vec<Output> {
        self.slots.iter().map(|slot| self.output(slot)).collect()
    }

    /// Adds text to the last output if that is the same stream, and a new output otherwise.
    fn write(&mut self, stream: &'static str, text: &str) {
        // A frontend shows no empty stream.
        if text.is_empty() {
            return;
        }
        self.clear_if_pending();
        if !matches!(self.slots.last(), Some(Slot::Stream { name, .. }) if *name == stream) {
            self.slots.push(Slot::Stream { name: stream, terminal: Terminal::default() });
        }
        if let Some(Slot::Stream { terminal, .. }) = self.slots.last_mut() {
            terminal.write(text);
        }
    }

    fn add(&mut self, slot: Slot) {
        self.clear_if_pending();
        self.slots.push(slot);
    }

    fn clear_if_pending(&mut self) {
        if std::mem::take(&mut self.clear_pending) {
            self.slots.clear();
        }
    }

    fn output(&self, slot: &Slot) -> Output {
        match slot {
            Slot::Stream { name, terminal } => {
                Output::Stream { name: (*name).to_owned(), text: MultilineString(terminal.text.clone()) }
            }
            Slot::Display { data, metadata, .. } => {
                Output::DisplayData(DisplayData { data: media(data), metadata: metadata.clone() })
            }
            Slot::Result { data, metadata } => Output::ExecuteResult(ExecuteResult {
                execution_count: ExecutionCount::new(self.execution_count as usize),
                data: media(data),
                metadata: metadata.clone(),
            }),
            Slot::Error(error) => Output::Error(ErrorOutput {
                ename: error.ename.clone(),
                evalue: error.evalue.clone(),
                traceback: error.traceback.clone(),
            }),
        }
    }
}

/// Text with a cursor in its last line.
#[derive(Clone, Debug, Default)]
struct Terminal {
    text: String,
    /// Where the last line begins.
    line: usize,
    /// Where the next character goes; less than the length after a `\r`.
    cursor: usize,
}

impl Terminal {
    fn write(&mut self, text: &str) {
        // Almost all text has no `\r` and comes at the end.
        for piece in text.split_inclusive(['\r', '\n']) {
            if let Some(rest) = piece.strip_suffix('\r') {
                self.overwrite(rest);
                self.cursor = self.line;
            } else if let Some(rest) = piece.strip_suffix('\n') {
                self.overwrite(rest);
                self.text.push('\n');
                self.line = self.text.len();
                self.cursor = self.line;
            } else {
                self.overwrite(piece);
            }
        }
    }

    /// Puts one character over another, and what is left at the end.
    fn overwrite(&mut self, piece: &str) {
        let n_chars = piece.chars().count();
        let under = &self.text[self.cursor..];
        let n_bytes = under.char_indices().nth(n_chars).map_or(under.len(), |(at, _)| at);
        self.text.replace_range(self.cursor..self.cursor + n_bytes, piece);
        self.cursor += piece.len();
    }
}

/// A bundle as the notebook crate types it. Kinds that it has no text variant for are kept as they are: its own reading
/// of them may fail or lose fields.
fn media(bundle: &MimeBundle) -> Media {
    let typed = |mime: &str, value: &Value| {
        let other = || MediaType::Other((mime.to_owned(), value.clone()));
        let Value::String(text) = value else { return other() };
        let text = text.clone();
        match mime {
            "text/plain" => MediaType::Plain(text),
            "text/html" => MediaType::Html(text),
            "text/latex" => MediaType::Latex(text),
            "text/markdown" => MediaType::Markdown(text),
            "application/javascript" => MediaType::Javascript(text),
            "image/svg+xml" => MediaType::Svg(text),
            "image/png" => MediaType::Png(text),
            "image/jpeg" => MediaType::Jpeg(text),
            "image/gif" => MediaType::Gif(text),
            _ => other(),
        }
    };
    Media::new(bundle.iter().map(|(mime, value)| typed(mime, value)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::StreamName;

    fn stdout(text: &str) -> Event {
        Event::Stream { name: StreamName::Stdout, text: text.to_owned() }
    }

    fn stderr(text: &str) -> Event {
        Event::Stream { name: StreamName::Stderr, text: text.to_owned() }
    }

    fn display(id: &str, html: &str, update: bool) -> Event {
        let data = json!({ "text/html": html }).as_object().cloned().unwrap();
        Event::Display { data, metadata: Map::new(), display_id: Some(id.to_owned()), update }
    }

    #[track_caller]
    fn check(events: impl IntoIterator<Item = Event>, expected: Value) {
        let mut collector = OutputCollector::new(7);
        for event in events {
            collector.push(event);
        }
        assert_eq!(serde_json::to_value(collector.outputs()).unwrap(), expected);
    }

    fn stream_json(name: &str, lines: &[&str]) -> Value {
        json!({ "output_type": "stream", "name": name, "text": lines })
    }

    fn display_json(html: &str) -> Value {
        json!({ "output_type": "display_data", "data": { "text/html": [html] }, "metadata": {} })
    }

    #[test]
    fn joins_text_of_one_stream_until_something_else_comes() {
        check(
            [stdout("a"), stdout("b\nc"), stdout(""), stderr("d"), stdout("e")],
            json!([
                stream_json("stdout", &["ab\n", "c"]),
                stream_json("stderr", &["d"]),
                stream_json("stdout", &["e"])
            ]),
        );
    }

    #[test]
    fn a_carriage_return_overwrites_the_line() {
        let check = |parts: &[&str], expected: &[&str]| {
            check(parts.iter().map(|part| stdout(part)), json!([stream_json("stdout", expected)]));
        };
        check(&["one\n 10 %\r", " 20 %\r", "100 %\n", "two"], &["one\n", "100 %\n", "two"]);
        check(&["longer\rab"], &["abnger"]);
        check(&["éèê\ra", "\r\n", "next\r"], &["aèê\n", "next"]);
        check(&["ab\rçdef\r\r\nx"], &["çdef\n", "x"]);
    }

    #[test]
    fn updates_all_displays_of_an_id_in_place() {
        check(
            [display("a", "1", false), display("b", "2", false), stdout("x"), display("a", "3", true)],
            json!([display_json("3"), display_json("2"), stream_json("stdout", &["x"])]),
        );
        // Displaying an id again updates the earlier one, too.
        check([display("a", "1", false), display("a", "2", false)], json!([display_json("2"), display_json("2")]));
        check([display("unknown", "1", true)], json!([]));
    }

    #[test]
    fn updates_a_display_of_an_earlier_cell() {
        let mut earlier = OutputCollector::new(1);
        earlier.push(display("a", "1", false));
        let data = json!({ "text/html": "2" }).as_object().cloned().unwrap();
        assert_eq!(earlier.update_display("a", &data, &Map::new()), 1);
        assert_eq!(earlier.update_display("b", &data, &Map::new()), 0);
        assert_eq!(serde_json::to_value(earlier.outputs()).unwrap(), json!([display_json("2")]));
    }

    #[test]
    fn clears_now_or_with_the_next_output() {
        let clear = |wait| Event::Clear { wait };
        check([stdout("a"), clear(false)], json!([]));
        check([stdout("a"), clear(true)], json!([stream_json("stdout", &["a"])]));
        check([stdout("a"), clear(true), stdout("b")], json!([stream_json("stdout", &["b"])]));
        check([display("a", "1", false), clear(true), display("a", "2", true)], json!([display_json("2")]));
    }

    #[test]
    fn keeps_results_errors_and_any_kind_of_data() {
        let data =
            json!({ "application/vnd.dataresource+json": { "odd": 1 }, "text/plain": "a\nb", "image/png": "aGk=" });
        let mut collector = OutputCollector::new(7);
        collector.push(Event::Result { data: data.as_object().cloned().unwrap(), metadata: Map::new() });
        collector.fail(&CellError { ename: "E".to_owned(), evalue: "v".to_owned(), traceback: vec!["t".to_owned()] });
        assert_eq!(
            serde_json::to_value(collector.outputs()).unwrap(),
            json!([
                { "output_type": "execute_result", "execution_count": 7, "metadata": {}, "data": {
                    "application/vnd.dataresource+json": { "odd": 1 }, "text/plain": ["a\n", "b"], "image/png": "aGk="
                } },
                { "output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"] },
            ])
        );
    }
}
