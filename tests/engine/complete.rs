//! Completion and inspection: what is offered behind a cursor, and what is said of a name.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::session::Session;
use tunebook::engine::{Analysis, Completions, MimeBundle};

/// How long a person waits at most, and JupyterLab too.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a machine may be so busy with other things that answers come too late.
const BUSY: Duration = Duration::from_secs(20);

struct Notebook {
    session: Session,
    analysis: Arc<dyn Analysis>,
}

impl Notebook {
    fn new(cells: &[&str]) -> Notebook {
        let mut session = Session::new();
        for cell in cells {
            session.run(cell);
        }
        let analysis = session.engine.analysis();
        Notebook { session, analysis }
    }

    /// Completes code in which `¦` is the cursor. An answer that came too late is asked for again.
    #[track_caller]
    fn complete(&self, code: &str) -> Completions {
        let cursor = code.find('¦').unwrap();
        let code = code.replacen('¦', "", 1);
        patiently(|| Some(self.analysis.complete(&code, cursor)).filter(|found| !found.matches.is_empty()))
            .unwrap_or_default()
    }

    /// The names that must be offered, and those that must not.
    #[track_caller]
    fn offers(&self, code: &str, wanted: &[&str], unwanted: &[&str]) -> Completions {
        let completions = self.complete(code);
        let names: Vec<&str> = completions.matches.iter().map(|found| found.text.as_str()).collect();
        for name in wanted {
            assert!(names.contains(name), "{name} is not offered for\n{code}\n{names:?}");
        }
        for name in unwanted {
            assert!(!names.contains(name), "{name} is offered for\n{code}\n{names:?}");
        }
        completions
    }

    /// What is said of the name at the `¦` in some code.
    #[track_caller]
    fn explains(&self, code: &str, wanted: &[&str]) -> MimeBundle {
        let cursor = code.find('¦').unwrap();
        let plain = code.replacen('¦', "", 1);
        let found = patiently(|| self.analysis.inspect(&plain, cursor));
        let found = found.unwrap_or_else(|| panic!("nothing is said of {code}"));
        let text = found["text/plain"].as_str().unwrap();
        for part in wanted {
            assert!(text.contains(part), "{part} is missing for {code} in\n{text}");
        }
        assert!(found["text/markdown"].as_str().unwrap().starts_with("```rust\n"));
        found
    }
}

fn patiently<T>(ask: impl Fn() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        let asked = Instant::now();
        let found = ask();
        // An empty answer that came at once is one.
        if found.is_some() || asked.elapsed() < PATIENCE / 2 || start.elapsed() > BUSY {
            return found;
        }
    }
}

#[test]
fn methods_of_the_standard_library() {
    let notebook = Notebook::new(&[
        "let v = vec![1.5, 2.5]; let name = String::from(\"a\"); let some = Some(3); let map: std::collections::HashMap<String, i32> = Default::default();",
    ]);
    notebook.offers(
        "v.¦",
        &["push", "len", "iter", "sort_by", "to_vec", "clone", "into_iter", "first"],
        &["unwrap", "map", "new", "with_capacity"],
    );
    notebook.offers("v.le¦", &["len"], &["push", "is_empty"]);
    notebook.offers("name.¦", &["push_str", "trim", "len", "to_uppercase", "to_string", "chars"], &["sort", "new"]);
    notebook.offers("\"abc\".¦", &["chars", "split_whitespace", "to_owned", "parse"], &["push_str"]);
    notebook.offers("some.¦", &["unwrap", "map", "is_some", "unwrap_or_default"], &["push", "cloned", "flatten"]);
    notebook.offers("map.¦", &["insert", "get", "entry", "keys", "values", "len"], &["push"]);
    notebook.offers("v.iter().¦", &["map", "filter", "sum", "rev", "collect", "cloned"], &["push"]);
    notebook.offers("(1.0f64).s¦", &["sqrt", "sin"], &["len"]);
    notebook.offers("v.len().¦", &["pow", "checked_add", "max"], &["push"]);
    notebook.offers("\"5\".parse::<i32>()?.¦", &["abs", "pow"], &["unwrap"]);
    notebook.offers("[1, 2, 3].¦", &["len", "iter", "map", "contains"], &["push"]);
    notebook.offers("std::sync::Arc::new(v.clone()).¦", &["push", "len"], &[]);
    notebook.offers("std::time::Instant::now().¦", &["elapsed"], &["len"]);
    notebook.offers("(1, \"a\").¦", &["0", "1"], &[]);
}

#[test]
fn methods_of_the_workbench_and_its_crates() {
    let notebook = Notebook::new(&[
        "let df = df![\"a\" => [1.0, 2.0], \"k\" => [\"x\", \"y\"]]?; let array = array![[1.0, 2.0]];",
        "let data = Dataset::from_frame(&penguins()?, \"species\")?;",
    ]);
    notebook.offers(
        "df.¦",
        &["height", "column", "select", "filter", "lazy", "clone"],
        &["group_by_dynamic_x", "push"],
    );
    notebook.offers("df.clone().lazy().¦", &["filter", "with_columns", "collect", "group_by", "sort"], &["height"]);
    notebook.offers("col(\"a\").¦", &["mean", "alias", "gt", "sum"], &["collect"]);
    notebook.offers("df.lazy().filter(col(\"a\").¦", &["gt", "mean"], &[]);
    notebook.offers("df.column(\"a\")?.¦", &["len", "dtype"], &[]);
    notebook.offers("LogisticRegression::new().¦", &["fit", "clone"], &["len"]);
    notebook.offers("Pipeline::new().¦", &["step", "estimator", "fit"], &[]);
    notebook.offers("GridSearch::new(Pipeline::new()).¦", &["param", "cv", "fit"], &[]);
    notebook.offers("data.¦", &["target", "features"], &[]);
    notebook.offers("array.¦", &["nrows", "dot", "mapv", "sum"], &["height"]);
    notebook.offers("serde_json::json!({\"a\": 1}).¦", &["as_i64", "get"], &[]);
    notebook.offers("use rayon::prelude::*;\n(0..9).into_par_iter().m¦", &["map"], &[]);
}

#[test]
fn a_persons_own_types() {
    let notebook = Notebook::new(&[
        "/// A place.\n#[derive(Debug, Clone)] struct Point { x: f64, y: f64 }\nenum Shape { Round(f64), Flat }\ntrait Area { fn area(&self) -> f64; fn double_area(&self) -> f64 { 2.0 * self.area() } }",
        "impl Point { /// How far it is from the origin.\nfn norm(&self) -> f64 { self.x.hypot(self.y) } fn origin() -> Point { Point { x: 0.0, y: 0.0 } } }\nimpl Area for Point { fn area(&self) -> f64 { 0.0 } }",
        "let point = Point::origin(); let points = vec![point.clone()];",
    ]);
    notebook.offers("point.¦", &["x", "y", "norm", "area", "double_area", "clone"], &["origin", "len"]);
    notebook.offers("points[0].n¦", &["norm"], &["x"]);
    notebook.offers("points.iter().map(|p| p.¦", &["x", "norm"], &[]);
    notebook.offers("points.first().unwrap().¦", &["x", "norm"], &[]);
    notebook.offers("Point::¦", &["origin", "norm"], &["x"]);
    notebook.offers("Shape::¦", &["Round", "Flat"], &[]);
    notebook.offers("Point { ¦", &["x", "y"], &["norm"]);
    notebook.offers("Point { x: 1.0, ¦", &["x", "y"], &[]);
    notebook.offers("struct New { value: i32 }\nlet new = New { value: 1 };\nnew.¦", &["value"], &[]);
    notebook.offers("let q = later(1);\nq.¦\nfn later(n: i32) -> Point { Point::origin() }", &["norm"], &[]);
}

#[test]
fn wherever_the_cursor_stands() {
    let notebook = Notebook::new(&["let words = vec![String::from(\"a\")];"]);
    // What stands behind the cursor is another thing each time.
    let mut rests = ["", "\nlet later = 5;", ")", " }"].into_iter().cycle();
    for head in [
        "words.iter().map(|w| w",
        "for w in &words { w",
        "for w in &words { if w.is_empty() { break; } if w",
        "fn f(w: &str) -> usize { w",
        "if let Some(w) = words.first() { w",
        "match words.first() { Some(w) if w.len() > 1 => w",
        "match words.first() { Some(w) if w",
        "println!(\"{}\", words[0]",
        "vec![1, words[0]",
        "let é = \"日本\"; é",
        "let s: String = words[0]",
        "let n = words.first().map(|w| { let t = w.trim(); t",
        "let broken = ;\nwords[0]",
        "undefined_name();\nlet n: i32 = \"a\";\nwords[0]",
        "// it's a comment\nwords[0]",
        "words\n    .first()\n    .unwrap()\n    ",
        "while words[0]",
        "let x = if true { &words[0] } else { &words[0] }; x",
        "async { words[0]",
    ] {
        let head = format!("{head}.tri");
        let rest = rests.next().unwrap();
        let completions = notebook.offers(&format!("{head}¦{rest}"), &["trim", "trim_end_matches"], &["len"]);
        assert_eq!((completions.start, completions.end), (head.len() - 3, head.len()));
    }
    // Nothing is offered where nothing can be meant.
    for code in ["let s = \"words.¦", "// words.¦", "let ¦", "1.5¦"] {
        assert_eq!(notebook.complete(code).matches, [], "{code}");
    }
}

#[test]
fn variables_of_types_that_have_to_be_asked_for() {
    let notebook = Notebook::new(&[
        "let cursor = std::io::Cursor::new(vec![1u8]); let order = std::cmp::Ordering::Less;",
        "fn make() -> Box<dyn Fn(f64) -> f64> { Box::new(|x| x) } let made = make();",
    ]);
    notebook.offers("cursor.¦", &["get_ref", "position", "into_inner"], &["push"]);
    notebook.offers("order.¦", &["is_lt", "reverse"], &[]);
    notebook.offers("cursor.get_ref().¦", &["len", "first"], &[]);
    notebook.explains("cur¦sor", &["let cursor: Cursor<Vec<u8>>"]);
    notebook.explains("ma¦de", &["let made: Box<dyn Fn(f64) -> f64>"]);
}

#[test]
fn paths_names_and_imports() {
    let notebook = Notebook::new(&[
        "use std::collections::HashMap as Map; use polars::prelude as pl; let observation_total = 1.5; fn helper(n: i32) -> i32 { n }\nmacro_rules! twice { ($e:expr) => { 2 * $e } }",
    ]);
    notebook.offers("std::collections::H¦", &["HashMap", "HashSet"], &["BTreeMap"]);
    notebook.offers("std::¦", &["collections", "fs", "time"], &[]);
    notebook.offers("use std::¦", &["collections", "fs"], &[]);
    notebook.offers("use std::{fs, collections::{HashMap, B¦", &["BTreeMap"], &["fs"]);
    notebook.offers("use polars::¦", &["prelude"], &[]);
    notebook.offers("use ¦", &["std", "polars", "rayon"], &[]);
    notebook.offers("Map::¦", &["new", "with_capacity"], &["insert_x"]);
    notebook.offers("pl::DataF¦", &["DataFrame"], &[]);
    notebook.offers("Vec::¦", &["new", "with_capacity", "from", "default"], &[]);
    notebook.offers("Vec::<i32>::w¦", &["with_capacity"], &[]);
    notebook.offers("String::f¦", &["from", "from_utf8"], &[]);
    notebook.offers("f64::¦", &["MAX", "INFINITY"], &[]);
    notebook.offers("DataFrame::¦", &["new", "empty"], &[]);
    notebook.offers("Series::n¦", &["new"], &[]);
    notebook.offers("Strategy::¦", &["Median", "Mean"], &[]);
    notebook.offers("match Strategy::Median { Strategy::Me¦", &["Median", "Mean"], &[]);
    notebook.offers("LogisticRegression::¦", &["new"], &[]);
    notebook.offers("ndarray::A¦", &["Array1", "Axis"], &[]);

    notebook.offers("obs¦", &["observation_total"], &[]);
    notebook.offers("hel¦", &["helper"], &[]);
    notebook.offers("tw¦", &["twice!"], &[]);
    notebook.offers("prin¦", &["println!", "print!"], &[]);
    notebook.offers("Standard¦", &["StandardScaler"], &[]);
    notebook.offers("read_¦", &["read_csv", "read_parquet"], &[]);
    notebook.offers("whi¦", &["while"], &[]);
    notebook.offers("Som¦", &["Some"], &[]);
    notebook.offers("let length_here = 5; length¦", &["length_here"], &[]);
    notebook.offers("v.iter().map(|first_word| first¦", &["first_word"], &[]);
    notebook.offers("println!(\"{obs¦", &["observation_total"], &[]);
    notebook.offers("read_csv(\"/de¦", &["dev/"], &[]);
    notebook.offers(":ti¦", &[":timing"], &[":help"]);

    let completions = notebook.complete("obs¦");
    assert_eq!((completions.matches[0].kind.as_str(), completions.matches[0].signature.as_str()), ("instance", "f64"));
    let completions = notebook.complete("let naïve = \"日本\"; naï¦");
    assert_eq!(completions.matches[0].text, "naïve");
}

#[test]
fn explanations() {
    let notebook = Notebook::new(&[
        "/// Halves a number.\nfn half(n: f64) -> f64 { n / 2.0 }\nlet values = vec![1.5, 2.5]; let df = df![\"a\" => [1.0]]?;",
    ]);
    notebook.explains("values.pu¦sh(1.0)", &["fn push(&mut self, value: T)", "Appends an element"]);
    notebook.explains("values.iter().map(|x| x.sq¦rt())", &["fn sqrt(self) -> f64"]);
    notebook.explains("df.hei¦ght()", &["fn height(&self) -> usize"]);
    notebook.explains("df.select(¦", &["fn select"]);
    notebook.explains("Standard¦Scaler::new()", &["struct StandardScaler"]);
    notebook.explains("StandardScaler::n¦ew()", &["fn new() ->"]);
    notebook.explains("hal¦f(2.0)", &["fn half(n: f64) -> f64", "Halves a number."]);
    notebook.explains("half(2.0)¦", &["fn half(n: f64) -> f64"]);
    notebook.explains("half(¦", &["fn half(n: f64) -> f64"]);
    notebook.explains("val¦ues", &["let values: Vec<f64>", "In[1]", "24 bytes"]);
    notebook.explains("let local = 3u8; loc¦al", &["let local: u8"]);
    notebook.explains("printl¦n!(\"\")", &["println!"]);
    notebook.explains("printl¦n", &["Prints to the standard output"]);
    notebook.explains("read_csv(¦\"a\")", &["fn read_csv"]);
    notebook.explains("Opti¦on", &["enum Option<T>"]);
    notebook.explains("std::collections::Hash¦Map::new()", &["struct HashMap<K, V"]);
    assert_eq!(notebook.analysis.inspect("    ", 2), None);
    assert_eq!(notebook.analysis.inspect("no_such_name", 4), None);
}

#[test]
fn questions_are_answered_quickly_also_while_a_cell_runs() {
    let Notebook { mut session, analysis } = Notebook::new(&["let v = vec![1];"]);
    let cell = std::thread::spawn(move || {
        session.run("std::thread::sleep(std::time::Duration::from_secs(8));");
        session
    });
    std::thread::sleep(Duration::from_millis(500));
    for code in ["v.", "v.iter().", "Vec::", "v.le"] {
        // The machine may be busy with other tests; one quick answer shows that the cell is not what it waits for.
        let is_quick = || {
            let start = Instant::now();
            let completions = analysis.complete(code, code.len());
            (!completions.matches.is_empty() && start.elapsed() < PATIENCE).then_some(())
        };
        assert!(patiently(is_quick).is_some(), "{code}");
    }
    assert!(!cell.is_finished());
    cell.join().unwrap();
}
