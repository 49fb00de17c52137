//! Where outputs go, and progress. One test, since the sink is the process's.

use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use workbench::display::{
    Bundle, Html, LiveProgress, Markdown, Sink, clear_output, display, display_with_id, set_sink,
};
use workbench::train::Observer;

#[derive(Default)]
struct Recorder {
    shown: Mutex<Vec<(String, Option<String>, bool)>>,
}

struct Recording(Arc<Recorder>);

impl Sink for Recording {
    fn show(&self, bundle: &Bundle, display_id: Option<&str>, update: bool) {
        let text = bundle.get("text/plain").unwrap().to_string();
        self.0.shown.lock().unwrap().push((text, display_id.map(str::to_string), update));
    }

    fn clear(&self, wait: bool) {
        self.0.shown.lock().unwrap().push((format!("clear {wait}"), None, false));
    }
}

#[test]
fn outputs_reach_the_sink_in_order() {
    let recorder = Arc::new(Recorder::default());
    set_sink(Box::new(Recording(recorder.clone())));
    let take = || std::mem::take(&mut *recorder.shown.lock().unwrap());

    display(&Html("<b>one</b>".to_string()));
    let first = display_with_id(&Markdown("two".to_string()));
    let second = display_with_id(&Markdown("three".to_string()));
    first.update(&Markdown("four".to_string()));
    clear_output();
    let id = |handle: &workbench::display::DisplayHandle| Some(handle.id().to_string());
    assert_ne!(first.id(), second.id());
    assert_eq!(
        take(),
        [
            ("<b>one</b>".to_string(), None, false),
            ("two".to_string(), id(&first), false),
            ("three".to_string(), id(&second), false),
            ("four".to_string(), id(&first), true),
            ("clear false".to_string(), None, false),
        ]
    );

    let progress = LiveProgress::new();
    progress.start(3, "search");
    progress.step(1, "quick");
    progress.finish();
    assert_eq!(take(), [("search: stopped at 1 of 3".to_string(), None, false)]);

    progress.start(2, "search");
    sleep(Duration::from_millis(320));
    progress.step(1, &"C=0.1 ".repeat(40));
    progress.start(100, "within");
    progress.step(50, "not shown");
    progress.finish();
    sleep(Duration::from_millis(120));
    progress.step(2, "");
    progress.finish();
    let shown = take();
    let texts: Vec<&str> = shown.iter().map(|(text, _, _)| text.as_str()).collect();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(
        texts[0].starts_with("search ████████████░░░░░░░░░░░░ 1/2  C=0.1 C=0.1") && texts[0].ends_with('…'),
        "{texts:?}"
    );
    assert_eq!(texts[1..], ["search ████████████████████████ 2/2", "search: 2 of 2"]);
    assert_eq!(shown.iter().map(|(_, _, update)| *update).collect::<Vec<_>>(), [false, true, true]);
    assert!(shown.iter().all(|(_, id, _)| *id == shown[0].1));

    progress.start(0, "nothing");
    progress.finish();
    progress.finish();
    assert_eq!(take(), [("nothing: 0 of 0".to_string(), None, false)]);
}
