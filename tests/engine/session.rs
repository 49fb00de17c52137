//! A session with an engine, and what its cells put out.

use std::path::PathBuf;

use tunebook::engine::evcxr::EvcxrEngine;
use tunebook::engine::native::NativeEngine;
use tunebook::engine::{Cell, CellError, Engine, Event, Reply, StreamName};
use tunebook::preload::Preload;
use tunebook::tempfolder::TempFolder;

/// A session with the real engine.
pub struct Session {
    pub engine: Box<dyn Engine>,
    count: u32,
    /// Where the engine has its files; it goes with the session.
    _folder: TempFolder,
}

/// What one cell put out.
#[derive(Debug, Default)]
pub struct Ran {
    pub events: Vec<Event>,
    pub error: Option<CellError>,
}

/// target/release/deps/all-… stands beside target/release/tunebook.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join("tunebook");
    assert!(program.exists(), "build the program first: {}", program.display());
    program
}

impl Session {
    pub fn new() -> Session {
        // A test has no time to build it.
        let preload =
            Preload::find().unwrap().expect("the workbench is not prepared: run `target/release/tunebook prepare`");
        let folder = TempFolder::new().unwrap();
        let engine = Box::new(NativeEngine::new(&program(), folder.path()).with_preload(preload));
        Session { engine, count: 0, _folder: folder }
    }

    /// A session with evcxr as its engine, and without the workbench.
    pub fn with_evcxr() -> Session {
        let folder = TempFolder::new().unwrap();
        // SAFETY: only called by a test that runs alone in its process.
        unsafe { std::env::set_var("EVCXR_TMPDIR", folder.path()) };
        let engine = Box::new(EvcxrEngine::new(&program(), false).unwrap());
        Session { engine, count: 0, _folder: folder }
    }

    pub fn any(&mut self, code: &str) -> Ran {
        self.count += 1;
        let mut ran = Ran::default();
        let cell = Cell { code: code.to_owned(), execution_count: self.count };
        ran.error = self.engine.execute(&cell, &mut |event| ran.events.push(event)).err();
        ran
    }

    /// Runs a cell, and gives these answers to what it asks; nobody answers after them.
    pub fn answering(&mut self, code: &str, answers: &[&str]) -> Ran {
        self.count += 1;
        let mut ran = Ran::default();
        let (answerer, mut answers) = (self.engine.answerer(), answers.iter());
        let cell = Cell { code: code.to_owned(), execution_count: self.count };
        let outcome = self.engine.execute(&cell, &mut |event| {
            if matches!(event, Event::Input { .. }) {
                let line = answers.next().map(|line| Reply::Line((*line).to_owned()));
                answerer.answer(line.unwrap_or_else(|| Reply::Refused("nobody is here".to_owned())));
            }
            ran.events.push(event);
        });
        ran.error = outcome.err();
        ran
    }

    /// Runs a cell, and lets a test see its events as they come.
    pub fn watching(&mut self, code: &str, watch: &mut dyn FnMut(&Event)) -> Ran {
        self.count += 1;
        let mut ran = Ran::default();
        let cell = Cell { code: code.to_owned(), execution_count: self.count };
        let outcome = self.engine.execute(&cell, &mut |event| {
            watch(&event);
            ran.events.push(event);
        });
        ran.error = outcome.err();
        ran
    }

    /// Runs a cell that must succeed.
    #[track_caller]
    pub fn run(&mut self, code: &str) -> Ran {
        let ran = self.any(code);
        if let Some(error) = &ran.error {
            panic!("the cell failed:\n{code}\n{}", error.traceback.join("\n"));
        }
        ran
    }

    /// Runs a cell that must fail.
    #[track_caller]
    pub fn fail(&mut self, code: &str) -> CellError {
        self.any(code).error.unwrap_or_else(|| panic!("the cell did not fail:\n{code}"))
    }

    /// Runs a cell and compares its value as text.
    #[track_caller]
    pub fn value(&mut self, code: &str, expected: &str) {
        let ran = self.run(code);
        assert_eq!(ran.value().as_deref(), Some(expected), "{code}");
    }

    /// Runs a cell and compares what it printed.
    #[track_caller]
    pub fn prints(&mut self, code: &str, expected: &str) {
        let ran = self.run(code);
        assert_eq!(ran.stream(StreamName::Stdout), expected, "{code}");
    }
}

impl Ran {
    pub fn value(&self) -> Option<String> {
        self.events.iter().find_map(|event| match event {
            Event::Result { data, .. } => data.get("text/plain").and_then(|text| text.as_str()).map(str::to_owned),
            _ => None,
        })
    }

    /// The text of what the cell has displayed, without its result.
    pub fn shown(&self) -> String {
        let texts = self.events.iter().filter_map(|event| match event {
            Event::Display { data, .. } => data["text/plain"].as_str(),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    pub fn stream(&self, wanted: StreamName) -> String {
        let texts = self.events.iter().filter_map(|event| match event {
            Event::Stream { name, text } if *name == wanted => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// The kinds and texts of all events, streams joined, in order.
    pub fn order(&self) -> Vec<String> {
        let mut rows: Vec<String> = Vec::new();
        let mut last_stream = None;
        for event in &self.events {
            let plain =
                |data: &tunebook::engine::MimeBundle| data["text/plain"].as_str().unwrap_or_default().to_owned();
            match event {
                Event::Stream { name, text } => match rows.last_mut().filter(|_| last_stream == Some(*name)) {
                    Some(row) => row.push_str(text),
                    None => rows.push(text.clone()),
                },
                Event::Display { data, .. } => rows.push(format!("display {}", plain(data))),
                Event::Clear { .. } => rows.push("clear".into()),
                Event::Result { data, .. } => rows.push(format!("result {}", plain(data))),
                Event::Input { prompt, .. } => rows.push(format!("input {prompt}")),
                Event::Payload(payload) => rows.push(format!("payload {payload}")),
            }
            last_stream = match event {
                Event::Stream { name, .. } => Some(*name),
                _ => None,
            };
        }
        rows
    }
}

/// The text of an error without its colours.
pub fn plain(error: &CellError) -> String {
    let mut text = String::new();
    let mut rest = error.traceback.join("\n");
    while let Some(start) = rest.find('\x1b') {
        text.push_str(&rest[..start]);
        let end = rest[start..].find('m').map_or(rest.len(), |end| start + end + 1);
        rest = rest[end..].to_owned();
    }
    text + &rest
}
