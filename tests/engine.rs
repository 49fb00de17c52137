//! The engine on real cells: what notebooks rely on from one cell to the next.
//!
//! The preload must be there: `tests/run` builds it before these tests.

mod commands;
mod complete;
mod differential;
mod documented;
mod input;
mod items;
mod magics;
mod progress;
mod session;
mod subshells;
mod unload;

use self::session::{Session, plain};
use tunebook::engine::{Completeness, Event, StreamName};

#[test]
fn a_last_expression_shows_itself() {
    let mut session = Session::new();
    session.value("1 + 2", "3");
    session.value("\"text\"", "\"text\"");
    session.value("vec![1.5, 2.0]", "[1.5, 2.0]");
    assert_eq!(session.run("()").value(), None);
    assert_eq!(session.run("1 + 1;").value(), None);
    session.value("Ok::<i32, String>(7)", "7");
    session.value("Some(3)", "Some(3)");
    let error = session.fail("Err::<i32, String>(\"it broke\".to_owned())");
    assert_eq!((error.ename.as_str(), error.evalue.as_str()), ("Error", "it broke"));
    session.value("struct Mute; Mute", "a value of type `Mute`, which has no `Debug` form (try #[derive(Debug)])");
}

#[test]
fn variables_live_on_with_their_types() {
    let mut session = Session::new();
    session.run("let a = 5; let mut b = vec![1, 2]; let (c, d) = (\"text\", 2.5);");
    session.run("b.push(a);");
    session.value("b", "[1, 2, 5]");
    session.value("c.len() as f64 * d", "10.0");
    session.run("let m: std::collections::HashMap<String, Vec<u8>> = [(\"k\".to_owned(), vec![1])].into();");
    session.value("m[\"k\"][0]", "1");
    session.run("let f: Box<dyn Fn(i32) -> i32> = Box::new(|x| x + 1);");
    session.value("f(41)", "42");
    session.prints("println!(\"{a} {b:?} {0}\", c)", "5 [1, 2, 5] text\n");
}

#[test]
fn the_variables_are_known_with_their_types_and_cells() {
    let mut session = Session::new();
    session.run("let a = 5; let names: Vec<String> = Vec::new(); let gone = String::new();");
    session.run("let frame = df![\"x\" => [1]]?; drop(gone); println!(\"{a}\");");
    let rows = session.engine.variables();
    let rows: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.bytes, row.execution_count)).collect();
    assert_eq!(rows[..1], [("a", 4, 1)]);
    assert_eq!((rows[1].0, rows[1].2, rows[2].0, rows[2].1, rows.len()), ("frame", 2, "names", 24, 3));
    assert_eq!(session.engine.variables()[0].type_name, "i32");
    assert!(session.engine.variables()[1].type_name.ends_with("DataFrame"));
}

#[test]
fn a_type_without_a_short_name_is_found_by_the_compiler() {
    let mut session = Session::new();
    session.run("let cursor = std::io::Cursor::new(vec![1u8]); let order = std::cmp::Ordering::Less; let n = std::num::Wrapping(3u8);");
    session.value("cursor.get_ref().len()", "1");
    session.value("order", "Less");
    session.value("n + std::num::Wrapping(254)", "1");
    session.run("let add = |x: i32| x + 1;");
    let error = session.fail("add(1)");
    assert!(
        error.evalue.contains("`add` of In[5] cannot be used in another cell: a closure has a type without a name"),
        "{}",
        error.evalue
    );
}

#[test]
fn a_redefined_variable_takes_the_place_of_the_old() {
    let mut session = Session::new();
    session.run("let x = 1;");
    session.run("let x = format!(\"{x}!\");");
    session.value("x", "\"1!\"");
    session.run("let x = x + \"?\";");
    session.value("x.len()", "3");
}

#[test]
fn a_moved_variable_is_gone_and_others_stay() {
    let mut session = Session::new();
    session.run("let v = vec![1]; let w = vec![2];");
    session.run("let moved = v;");
    let error = session.fail("v");
    assert!(error.evalue.contains("cannot find value `v`"), "{}", error.evalue);
    session.value("(moved, w.len())", "([1], 1)");
    session.run("drop(w);");
    assert!(session.fail("w.len()").evalue.contains("cannot find value `w`"));
}

#[test]
fn what_borrows_is_not_kept_and_says_so() {
    let mut session = Session::new();
    let ran = session.run("let owner = String::from(\"abc\"); let part = &owner[1..]; println!(\"{part}\");");
    assert_eq!(ran.stream(StreamName::Stdout), "bc\n");
    assert!(ran.stream(StreamName::Stderr).contains("`part` borrows from another variable"));
    session.value("owner", "\"abc\"");
}

#[test]
fn a_panic_of_another_thread_is_told_without_inner_names() {
    let mut session = Session::new();
    let ran = session.any("panic!(\"here\")");
    assert_eq!(ran.stream(StreamName::Stderr), "", "the error tells it");
    let ran = session.run("let worker = std::thread::Builder::new().name(\"worker\".into()).spawn(|| { if true { panic!(\"there\") } })?; worker.join().is_err()");
    assert_eq!(
        (ran.value().as_deref(), ran.stream(StreamName::Stderr).as_str()),
        (Some("true"), "thread `worker` panicked: there\n")
    );
}

#[test]
fn a_panic_or_an_error_keeps_the_variables() {
    let mut session = Session::new();
    session.run("let mut kept = vec![1, 2, 3];");
    let error = session.fail("kept.push(4);\nlet index = 10;\nkept[index]");
    assert_eq!(error.ename, "Panic");
    assert!(plain(&error).contains("In[2]:3:"), "{}", plain(&error));
    session.value("kept", "[1, 2, 3, 4]");
    let error = session.fail("let n: i32 = \"x\".parse()?;\nkept.clear();");
    assert_eq!((error.ename.as_str(), error.evalue.as_str()), ("ParseIntError", "invalid digit found in string"));
    assert!(plain(&error).contains("In[4]:1:"), "{}", plain(&error));
    session.value("kept.len()", "4");
    let error = session.fail("let big = i32::MAX - kept.len() as i32 + 4; big + 1");
    assert!(error.evalue.contains("overflow"), "{}", error.evalue);
}

#[test]
fn definitions_hold_across_cells() {
    let mut session = Session::new();
    session.run("use std::collections::BTreeMap;\n#[derive(Debug, Clone, PartialEq)] struct Point { x: i32 }");
    session.run(
        "impl Point { fn double(&self) -> Point { Point { x: twice(self.x) } } }\nfn twice(n: i32) -> i32 { 2 * n }",
    );
    session.run("let p = Point { x: 4 }.double();");
    session.run("impl std::fmt::Display for Point { fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { write!(f, \"<{}>\", self.x) } }");
    session.value("p.to_string()", "\"<8>\"");
    session.run("let mut map = BTreeMap::new(); map.insert(1, p.clone());");
    session.value("map", "{1: Point { x: 8 }}");
    session.run("macro_rules! square { ($e:expr) => { $e * $e } }\nenum Shape { Round, Flat }\nuse Shape::*;\nconst LIMIT: i32 = 3;");
    session.value("match Round { Round => square!(LIMIT), Flat => 0 }", "9");
    session.run("fn twice(n: i32) -> i32 { 20 * n }");
    session.value("p.double().x", "160");
}

#[test]
fn a_redefined_type_drops_its_values_and_says_so() {
    let mut session = Session::new();
    session.run("#[derive(Debug)] struct T { a: i32 }\nimpl T { fn get(&self) -> i32 { self.a } }");
    session.run("let t = T { a: 1 }; let n = 3;");
    let ran = session.run("#[derive(Debug)] struct T { b: String }");
    assert!(ran.stream(StreamName::Stderr).contains("dropped `t`"), "{ran:?}");
    assert!(session.fail("t").evalue.contains("cannot find value `t`"));
    session.value("T { b: n.to_string() }", "T { b: \"3\" }");
}

#[test]
fn an_import_of_a_name_replaces_the_earlier_one() {
    let mut session = Session::new();
    session.run("use std::fmt::Result;");
    session.run("use std::{io::Result, collections::{self, HashSet as Set}};");
    session.value(
        "let r: Result<u8> = Ok(1); let s: Set<u8> = collections::HashSet::new(); r.unwrap() + s.len() as u8",
        "1",
    );
}

#[test]
fn a_type_error_shows_the_cell_as_it_was_typed() {
    let mut session = Session::new();
    let error = session.fail("let a = 1;\nlet s: String = a;");
    assert_eq!((error.ename.as_str(), error.evalue.as_str()), ("CompileError", "mismatched types [E0308]"));
    let text = plain(&error);
    for part in
        ["error[E0308]: mismatched types", "In[1]:2:17", "let s: String = a;", "expected `String`, found integer"]
    {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(!text.contains("__tb"), "{text}");
    // The definitions of a cell that fails do not hold.
    session.fail("fn half() -> i32 { 1 }\nhalf().nothing()");
    assert!(session.fail("half()").evalue.contains("cannot find function `half`"));
    // An error in an earlier definition is shown where it was written.
    session.run("macro_rules! wrong { () => { undefined_name } }");
    assert!(plain(&session.fail("wrong!()")).contains("undefined_name"));
    assert!(plain(&session.fail("fn f() {")).contains("In[6]"));
}

#[test]
fn displays_and_streams_keep_their_order() {
    let mut session = Session::new();
    let ran = session.run(
        "println!(\"one\"); display(&Html(\"<b>a</b>\".into())); print!(\"two\"); display(&Html(\"<b>b</b>\".into())); println!(\" three\"); 4",
    );
    let order = ran.order();
    assert_eq!(order.len(), 6, "{order:?}");
    assert_eq!(
        (order[0].as_str(), order[2].as_str(), order[4].as_str(), order[5].as_str()),
        ("one\n", "two", " three\n", "result 4")
    );
    let html = ran.events.iter().filter_map(|event| match event {
        Event::Display { data, .. } => data["text/html"].as_str(),
        _ => None,
    });
    assert_eq!(html.collect::<Vec<_>>(), ["<b>a</b>", "<b>b</b>"]);
}

#[test]
fn a_thread_that_a_cell_left_behind_may_display_between_and_during_cells() {
    let mut session = Session::new();
    let displays =
        |ran: &session::Ran| ran.events.iter().filter(|event| matches!(event, Event::Display { .. })).count();
    let first = "let thread = std::thread::spawn(|| for i in 0..100 { display(&Html(format!(\"<i>{i}</i>\"))); });";
    let mut n_displays = displays(&session.run(first));
    for n in 0..20 {
        let ran = session.run(&format!("std::thread::sleep(std::time::Duration::from_millis(1)); {n}"));
        assert_eq!(ran.value(), Some(n.to_string()));
        n_displays += displays(&ran);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    n_displays += displays(&session.run("thread.join().unwrap();"));
    assert_eq!(n_displays, 100);
}

#[test]
fn output_is_raw_and_whole() {
    let mut session = Session::new();
    session.prints("use std::io::Write; std::io::stdout().write_all(b\"a\\xff\\xc3\").unwrap();", "a\u{fffd}\u{fffd}");
    session.prints("print!(\"EVCXR_EXECUTION_COMPLETE\\nno newline\")", "EVCXR_EXECUTION_COMPLETE\nno newline");
    let ran = session.run("for i in 0..20000 { println!(\"line {i} é\"); }");
    let expected: String = (0..20000).map(|i| format!("line {i} é\n")).collect();
    assert!(ran.stream(StreamName::Stdout) == expected);
    session.prints("std::thread::spawn(|| println!(\"from a thread\")).join().unwrap();", "from a thread\n");
}

#[test]
fn the_workbench_and_its_crates_are_in_scope() {
    let mut session = Session::new();
    session.run("let df = df![\"a\" => [1.0, 2.0, 3.0], \"k\" => [\"x\", \"y\", \"x\"]]?;");
    let ran = session.run("df.clone().lazy().group_by_stable([col(\"k\")]).agg([col(\"a\").sum()]).collect()?");
    let Some(Event::Result { data, .. }) = ran.events.last() else { panic!("no result: {ran:?}") };
    assert!(data["text/html"].as_str().unwrap().contains("<table"), "{data:?}");
    assert!(data["text/plain"].as_str().unwrap().contains("4"), "{data:?}");
    session.value("array![[1.0, 2.0], [3.0, 4.0]].sum()", "10.0");
    session.value("serde_json::json!({\"a\": 1})[\"a\"].as_i64()", "Some(1)");
    session.run("#[derive(serde::Serialize, serde::Deserialize, Debug)] struct S { a: i32 }");
    session.value("serde_json::from_str::<S>(\"{\\\"a\\\": 2}\")?", "S { a: 2 }");
    let error = session.fail("read_csv(\"nowhere.csv\")?");
    assert!(error.evalue.contains("nowhere.csv"), "{}", error.evalue);
    session.value("df.height()", "3");
}

/// Interrupts the engine when a cell has had time to be compiled and started.
fn interrupt_soon(session: &Session) -> std::thread::JoinHandle<()> {
    let interrupter = session.engine.interrupter();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_secs(3));
        interrupter.interrupt();
    })
}

#[test]
fn an_interrupted_loop_keeps_the_variables() {
    let mut session = Session::new();
    session.run("let mut kept = vec![1]; fn turn(n: &mut u64) { loop { *n += 1; } }");
    let stopper = interrupt_soon(&session);
    let error = session.fail("kept.push(2);\nloop { std::thread::sleep(std::time::Duration::from_millis(1)); }");
    stopper.join().unwrap();
    assert_eq!(error.ename, "Interrupted");
    session.value("kept", "[1, 2]");
    let stopper = interrupt_soon(&session);
    assert_eq!(session.fail("let mut n = 0; turn(&mut n);").ename, "Interrupted");
    stopper.join().unwrap();
    // The text of the loops is a person's own, to the column.
    let error = session.fail("for i in 0..3 { println!(\"{i}\"); let s: String = i; }");
    assert!(plain(&error).contains("In[5]:1:50"), "{}", plain(&error));
    session.value(
        "const fn sum() -> u32 { let mut n = 0; while n < 5 { n += one(); } n } const fn one() -> u32 { 1 } sum()",
        "5",
    );
}

#[test]
fn an_interrupted_parallel_loop_keeps_the_variables_unless_it_is_endless() {
    let mut session = Session::new();
    session.run("use rayon::prelude::*; let kept = vec![1];");
    let work = "{ let mut x = i as f64; for _ in 0..2_000_000 { x = x.sqrt() + 1.0; } x }";
    let stopper = interrupt_soon(&session);
    let error =
        session.fail(&format!("(0..20_000usize).into_par_iter().map(|i| {work}).sum::<f64>() + kept[0] as f64"));
    stopper.join().unwrap();
    assert_eq!((error.ename.as_str(), plain(&error).contains("lost")), ("Interrupted", false), "{}", plain(&error));
    session.value("kept", "[1]");
    // Rayon comes to every element, whatever the others ended with.
    let stopper = interrupt_soon(&session);
    let start = std::time::Instant::now();
    let error = session.fail(&format!("(0..usize::MAX).into_par_iter().map(|i| {work}).sum::<f64>() + kept[0] as f64"));
    stopper.join().unwrap();
    assert!(start.elapsed().as_secs() < 10);
    assert_eq!((error.ename.as_str(), plain(&error).contains("lost")), ("Interrupted", true), "{}", plain(&error));
}

#[test]
fn what_does_not_stop_is_ended_and_the_losses_are_named() {
    let mut session = Session::new();
    session.run("let kept = 1; fn defined() -> i32 { 7 }");
    let stopper = interrupt_soon(&session);
    let start = std::time::Instant::now();
    let error = session.fail("std::thread::sleep(std::time::Duration::from_secs(3600));");
    stopper.join().unwrap();
    assert!(start.elapsed().as_secs() < 10);
    assert_eq!(error.ename, "Interrupted");
    assert!(plain(&error).contains("`kept` (In[1])"), "{}", plain(&error));
    session.value("defined()", "7");
}

#[test]
fn a_crash_is_an_error_and_the_session_goes_on() {
    let mut session = Session::new();
    session.run("fn defined() -> i32 { 7 } let gone = 1;");
    let ran = session.any("println!(\"before\"); std::process::abort();");
    assert_eq!(ran.stream(StreamName::Stdout), "before\n");
    let error = ran.error.unwrap();
    assert_eq!(error.ename, "ProcessDied");
    assert!(plain(&error).contains("SIGABRT") && plain(&error).contains("`gone` (In[1])"), "{}", plain(&error));
    session.value("defined()", "7");
    let error = session.fail("std::process::exit(3)");
    assert!(plain(&error).contains("exited with code 3"), "{}", plain(&error));
    session.value("1 + 1", "2");
}

#[test]
fn a_crash_shows_where_in_the_code_it_came() {
    let mut session = Session::new();
    session.run("fn read(at: *const i32) -> i32 {\n    let doubled = 2;\n    unsafe { *at * doubled }\n}");
    let text = plain(&session.fail("let place = 8usize;\nlet n = read(place as *const i32);\nn"));
    for part in ["SIGSEGV", "In[1]:3:", "unsafe { *at * doubled }", "called from In[2]:2:9"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    session.run("fn deeper(n: u64) -> u64 {\n    1 + deeper(n + 1) + deeper(n / 2)\n}");
    let text = plain(&session.fail("deeper(1)"));
    assert!(text.contains("stack overflowed") && text.contains("In[3]:"), "{text}");
    let text = plain(&session.fail("for i in 0..3 {\n    if i == 2 {\n        std::process::abort();\n    }\n}"));
    assert!(text.contains("SIGABRT") && text.contains("In[5]:3:"), "{text}");
    session.value("1 + 1", "2");
}

#[test]
fn completeness_is_judged_by_the_parser() {
    use tunebook::engine::native::source::completeness;
    #[track_caller]
    fn check(code: &str, expected: Completeness) {
        assert_eq!(completeness(code), expected, "{code}");
    }
    let incomplete = |indent: &str| Completeness::Incomplete { indent: indent.to_owned() };
    check("1 + 1", Completeness::Complete);
    check("let x = 5;", Completeness::Complete);
    check("fn f() {\n}", Completeness::Complete);
    check("", Completeness::Complete);
    check("fn f() {", incomplete("    "));
    check("vec![1,", incomplete("    "));
    check("let s = \"abc", incomplete(""));
    check("/* comment", incomplete(""));
    check("let x =", incomplete("    "));
    check("}", Completeness::Invalid);
    check("let let = ;", Completeness::Invalid);
}
