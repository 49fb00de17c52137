//! Where outputs go, and progress. One test, since the sink is the process's.

use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use workbench::display::{
    Bundle, Html, LiveProgress, Markdown, Sink, clear_output, display, display_with_id, set_sink,
};
use workbench::train::{Observer, interrupt};

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
    assert_eq!(take(), [("search: ended after 1 of 3".to_string(), None, false)]);

    // Nothing has happened yet, and the bar is there all the same.
    progress.start(2, "search");
    sleep(Duration::from_millis(700));
    progress.best("accuracy 0.9000");
    sleep(Duration::from_millis(100));
    progress.step(1, &"C=0.1 ".repeat(40));
    progress.start(100, "within");
    progress.step(50, "not shown");
    progress.best("not shown");
    progress.finish();
    progress.step(1, "too soon after the last one");
    sleep(Duration::from_millis(220));
    progress.step(2, "");
    progress.finish();
    let shown = take();
    let texts: Vec<&str> = shown.iter().map(|(text, _, _)| text.as_str()).collect();
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert_eq!(texts[0], "search ░░░░░░░░░░░░░░░░░░░░░░░░ 0/2");
    let begin = "search ████████████░░░░░░░░░░░░ 1/2  0:01 left  best accuracy 0.9000  C=0.1 C=0.1";
    assert!(texts[1].starts_with(begin) && texts[1].ends_with('…'), "{texts:?}");
    let end = ["search ████████████████████████ 2/2  best accuracy 0.9000", "search: 2 of 2, best accuracy 0.9000"];
    assert_eq!(texts[2..], end);
    assert_eq!(shown.iter().map(|(_, _, update)| *update).collect::<Vec<_>>(), [false, true, true, true]);
    assert!(shown.iter().all(|(_, id, _)| *id == shown[0].1));

    // What a notebook installs: short work leaves nothing, and an interrupt is named.
    let progress = LiveProgress::of_long_work();
    progress.start(3, "search");
    progress.step(3, "quick");
    progress.finish();
    assert_eq!(take(), []);
    progress.start(3, "search");
    sleep(Duration::from_millis(600));
    interrupt::request();
    progress.finish();
    interrupt::clear();
    let texts: Vec<String> = take().into_iter().map(|(text, _, _)| text).collect();
    assert_eq!(texts[1..], ["search: stopped at 0 of 3"]);
    let progress = LiveProgress::new();

    progress.start(0, "nothing");
    progress.finish();
    progress.finish();
    assert_eq!(take(), [("nothing: 0 of 0".to_string(), None, false)]);
}
