//! Commands: what a cell says to the kernel.

use std::time::Duration;

use super::session::{Session, plain};

#[test]
fn every_ordinary_cell_is_one_call_of_the_compiler() {
    let mut session = Session::new();
    for code in [
        "1 + 1",
        "let v = vec![1, 2, 3]; let text = String::from(\"a\");",
        "v.len()",
        "fn half(x: f64) -> f64 { x / 2.0 }",
        "#[derive(Debug)] struct P { x: i32 }\nimpl P { fn x(&self) -> i32 { self.x } }",
        "let p = P { x: 1 };",
        "p.x()",
        "let n: i32 = \"5\".parse()?;",
        "let frame = df![\"a\" => [1, 2, 3]]?; frame.height()",
        "frame.head(Some(1))",
        "for i in 0..3 { println!(\"{i}\"); }",
        "let lazy = frame.lazy();",
        "let shown = lazy.select([col(\"a\")]).collect()?;",
        "let words = vec![text]; let moved = words;",
        "let sum: i32 = std::thread::spawn(move || v.iter().sum::<i32>()).join().unwrap();",
        "let q = p;",
        "let moved = q;",
        "drop(moved);",
        "let numbers = vec![1, 2]; let first = &numbers[0]; println!(\"{first}\");",
        "let numbers = numbers.into_iter().rev().collect::<Vec<i32>>();",
        "for n in numbers { println!(\"{n}\"); }",
    ] {
        session.run(code);
        assert_eq!(session.engine.last_timing().unwrap().compiler_calls, 1, "{code}");
    }
}

/// A type that has no known name costs a second call in the first cell that mentions the variable.
#[test]
fn the_commonest_types_are_known_by_name() {
    let mut session = Session::new();
    session.run(
        "use std::{cell::RefCell, collections::*, rc::Rc, sync::{Arc, Mutex, RwLock, atomic::AtomicUsize}, time::{Duration, Instant}};\n\
         struct Own(i32);",
    );
    for (at, value) in [
        "(1, 2.5, 'c', \"s\", String::new(), true)",
        "vec![Some(1u8)]",
        "HashMap::from([(1, vec![2.0])])",
        "(BTreeMap::from([(1, 2)]), HashSet::from([1]), BTreeSet::from([1]), VecDeque::from([1]))",
        "(Rc::new(RefCell::new(1)), Arc::new(Mutex::new(1)), RwLock::new(1), AtomicUsize::new(1))",
        "(Instant::now(), Duration::ZERO, std::path::PathBuf::new())",
        "Box::new([1, 2, 3])",
        "Own(1)",
        "vec![Own(1)]",
        "\"5\".parse::<i32>()",
        "(\"5\".parse::<f64>(), std::fs::read(\"/none\"))",
        "df![\"a\" => [1]]?",
        "df![\"a\" => [1]]?.lazy()",
        "df![\"a\" => [1]]?.column(\"a\")?.clone()",
        "Series::new(\"a\".into(), [1.5])",
        "Series::new(\"a\".into(), [1.5]).f64()?.clone()",
        "col(\"a\") + lit(1)",
        "array![1.0, 2.0]",
        "array![[1.0, 2.0]]",
        "serde_json::json!({\"a\": 1})",
        "Dataset::from_frame(&df![\"a\" => [1.0, 2.0], \"t\" => [\"x\", \"y\"]]?, \"t\")?",
        "LogisticRegression::new()",
        "StandardScaler::new()",
        "Pipeline::new().estimator(\"m\", LogisticRegression::new())",
    ]
    .iter()
    .enumerate()
    {
        session.run(&format!("let value{at} = {value};"));
        session.run(&format!("let _ = &value{at};"));
        assert_eq!(session.engine.last_timing().unwrap().compiler_calls, 1, "{value}");
    }
}

#[test]
fn timing_is_kept_for_each_cell_and_adds_up() {
    let mut session = Session::new();
    session.run("std::thread::sleep(std::time::Duration::from_millis(30))");
    let timing = session.engine.last_timing().unwrap();
    assert!(timing.run >= Duration::from_millis(30) && timing.compile > Duration::ZERO, "{timing:?}");
    assert!(timing.link > Duration::ZERO, "{timing:?}");
    assert!(timing.total >= timing.run + timing.compile + timing.link + timing.load, "{timing:?}");
    session.run("1 + 1");
    let table = session.run(":timing").shown();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0].split_whitespace().next(), Some("cell"));
    assert!(lines[1].contains("In[1]") && lines[2].contains("In[2]") && lines[3].contains("all 2"), "{table}");
}

#[test]
fn a_cell_may_force_or_forbid_optimisation() {
    let mut session = Session::new();
    let looping = "let mut x = 1u64; for i in 0..1000u64 { x = x.wrapping_mul(31).wrapping_add(i); } x";
    let mut is_optimised = |code: &str| {
        session.run(code);
        session.engine.last_timing().unwrap().is_optimised
    };
    assert!(is_optimised(looping));
    assert!(!is_optimised("1 + 1"));
    assert!(!is_optimised(&format!(":debug\n{looping}")));
    assert!(is_optimised("// why\n:release\n1 + 1"));
    assert!(!is_optimised("1 + 1"), "it was for that cell only");
    session_default(&mut is_optimised, ":release", "1 + 1", true);
    session_default(&mut is_optimised, ":debug", looping, false);
    session_default(&mut is_optimised, ":auto", looping, true);
}

/// A command alone in a cell is for the cells after it.
fn session_default(is_optimised: &mut impl FnMut(&str) -> bool, command: &str, code: &str, expected: bool) {
    is_optimised(command);
    assert_eq!(is_optimised(code), expected, "{command}");
}

#[test]
fn what_is_no_command_says_so_and_runs_nothing() {
    let mut session = Session::new();
    let error = session.fail(":tming\nlet x = 1;");
    assert_eq!(error.ename, "CommandError");
    assert!(
        plain(&error).contains("there is no command `:tming`") && plain(&error).contains("In[1]:1:1"),
        "{}",
        plain(&error)
    );
    assert!(plain(&error).contains("1 | :tming"), "{}", plain(&error));
    assert!(plain(&session.fail("x")).contains("E0425"));
    assert!(session.run(":help").shown().contains(":release"));
}

#[test]
fn clear_forgets_variables_definitions_and_statics() {
    let mut session = Session::new();
    session.run("let x = 1; fn f() -> i32 { 1 }\nstatic N: std::sync::Mutex<i32> = std::sync::Mutex::new(0);");
    session.run("*N.lock().unwrap() += f() + x;");
    session.run(":clear");
    for (code, error) in [("x", "E0425"), ("f()", "E0425"), ("N.lock()", "E0425")] {
        assert!(plain(&session.fail(code)).contains(error), "{code}");
    }
    session.value("1 + 1", "2");
}

#[test]
fn a_dependency_is_taken_from_the_preload_where_that_holds_it() {
    let mut session = Session::new();
    session.value(
        ":dep itertools\nuse itertools::Itertools;\n(1..5).tuple_windows().map(|(a, b): (i32, i32)| a * b).collect::<Vec<i32>>()",
        "[2, 6, 12]",
    );
    session.value("[3, 1, 2].iter().sorted().join(\"-\")", "\"1-2-3\"");
}

#[test]
fn a_dependency_that_cannot_be_had_changes_nothing() {
    let mut session = Session::new();
    session.run("let kept = 5;");
    let error = session.fail(":dep nothing = { path = \"/this/folder/does/not/exist\" }");
    assert_eq!(error.ename, "DependencyError");
    assert!(plain(&error).contains("/this/folder/does/not/exist"), "{}", plain(&error));
    session.value("kept + 1", "6");
}

#[test]
fn a_crate_at_a_path_is_compiled_and_its_types_live_on() {
    let folder = tunebook::tempfolder::TempFolder::new().unwrap();
    let (own, cache) = (folder.path().join("tiny-sum"), folder.path().join("cache"));
    std::fs::create_dir_all(own.join("src")).unwrap();
    std::fs::write(
        own.join("Cargo.toml"),
        "[package]\nname = \"tiny-sum\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    )
    .unwrap();
    std::fs::write(
        own.join("src/lib.rs"),
        "#[derive(Clone, Debug)] pub struct Sum(pub i64); impl Sum { pub fn add(&mut self, n: i64) { self.0 += n } }",
    )
    .unwrap();
    let mut session = Session::new();
    // SAFETY: nextest runs each test in a process of its own, and the engine has no thread that reads the environment.
    unsafe { std::env::set_var("TUNEBOOK_CACHE", &cache) };
    session.run(&format!(":dep tiny-sum = {{ path = {:?} }}\nlet mut sum = tiny_sum::Sum(1);", own.display()));
    session.run("sum.add(4);");
    session.value("sum", "Sum(5)");
    session.value("sum.0", "5");
}

#[test]
fn a_cell_may_await() {
    let mut session = Session::new();
    session.run("async fn add(a: i32, b: i32) -> i32 { a + b }");
    session.value("add(1, 2).await", "3");
    session.run("let total = add(3, 4).await;");
    session.value("total", "7");
    session.run("async fn fails() -> Result<i32, String> { Err(\"no\".into()) }");
    assert!(session.fail("let x = fails().await?;").evalue.contains("no"));
    session.value("total", "7");
}

#[test]
fn a_compiler_that_is_ended_while_it_waits_is_replaced() {
    let mut session = Session::new();
    session.value("1 + 1", "2");
    // The engine's compilers are children of this process.
    let own = std::process::id().to_string();
    let ended = std::process::Command::new("pkill").args(["-KILL", "-P", &own, "rustc"]).status().unwrap();
    assert!(ended.success(), "no compiler was waiting");
    session.value("2 + 2", "4");
    session.value("3 + 3", "6");
}
