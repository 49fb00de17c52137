//! Commands that speak to the system, to the clock and to files, as those of IPython do.

use std::time::{Duration, Instant};

use tunebook::engine::{Completeness, Event, StreamName};
use tunebook::tempfolder::TempFolder;

use super::session::{Ran, Session, plain};

fn stdout(ran: &Ran) -> String {
    ran.stream(StreamName::Stdout)
}

#[test]
fn a_command_of_the_system_writes_to_both_streams() {
    let mut session = Session::new();
    let ran = session.run("!echo héllo; echo problem >&2\n!printf 'no newline'\n1 + 1");
    assert_eq!(stdout(&ran), "héllo\nno newline");
    assert_eq!(ran.stream(StreamName::Stderr), "problem\n");
    assert_eq!(ran.value().as_deref(), Some("2"));
    let ran = session.run("!yes | head -c 300000");
    assert_eq!(stdout(&ran).len(), 300_000);
}

#[test]
fn a_command_s_output_comes_as_it_is_written() {
    let mut session = Session::new();
    let (start, mut first) = (Instant::now(), None);
    let cell = tunebook::engine::Cell { code: "!echo one; sleep 1; echo two".into(), execution_count: 1 };
    let outcome = session.engine.execute(&cell, &mut |_| _ = first.get_or_insert(start.elapsed()));
    assert!(outcome.is_ok() && first.is_some_and(|first| first < Duration::from_millis(900)), "{first:?}");
}

#[test]
fn a_command_that_fails_fails_the_cell() {
    let mut session = Session::new();
    let ran = session.any("!echo before; exit 3\nlet x = 1;");
    assert_eq!(stdout(&ran), "before\n");
    let error = ran.error.unwrap();
    assert_eq!(
        (error.ename.as_str(), error.evalue.as_str()),
        ("ShellError", "`echo before; exit 3` exited with status 3")
    );
    assert!(session.fail("x").evalue.contains("E0425"));
    assert!(session.fail("!no_such_command_here").evalue.contains("there is no such command"));
    assert!(session.fail("!kill -TERM $$").evalue.contains("was ended by signal 15"));
}

#[test]
fn a_command_is_interrupted_with_what_it_started() {
    let mut session = Session::new();
    let interrupter = session.engine.interrupter();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        interrupter.interrupt();
    });
    let start = Instant::now();
    // The shell itself takes no notice.
    let error = session.fail("!trap '' INT; sleep 4000 & sleep 4001; sleep 4002");
    stopper.join().unwrap();
    assert!(error.ename == "Interrupted" && start.elapsed() < Duration::from_secs(5), "{error:?}");
    let left = std::process::Command::new("pgrep").args(["-f", "sleep 400[0-2]"]).output().unwrap();
    assert!(left.stdout.is_empty(), "{}", String::from_utf8_lossy(&left.stdout));
    session.value("1 + 1", "2");
}

/// `!` negates where what follows is Rust and names something of the notebook.
#[test]
fn an_exclamation_mark_still_negates() {
    let mut session = Session::new();
    session.run("let flag = false; fn yes(s: &str) -> bool { s == \"c\" }");
    session.value("!flag", "true");
    session.value("!flag\n    && yes(\"c\")", "true");
    session.value("!yes(\"c\") || flag", "false");
    session.value("!(flag || flag)", "true");
    session.value("!matches!(flag, true)", "true");
    session.value("!0u8", "255");
    assert_eq!(stdout(&session.run("!true && echo flag")), "flag\n");
    // The place of an error below a command is where it was typed.
    let error = session.fail("!echo é\nlet s: String = flag;");
    assert!(plain(&error).contains("In[9]:2:17"), "{}", plain(&error));
}

#[test]
fn a_whole_cell_is_a_script() {
    let mut session = Session::new();
    assert_eq!(stdout(&session.run("%%bash\nfor i in 1 2 3; do\n  echo $((i * i))\ndone\n")), "1\n4\n9\n");
    assert_eq!(stdout(&session.run("%%sh\necho 'let x: i32 = \"'")), "let x: i32 = \"\n");
    assert_eq!(session.fail("%%bash\nset -e\nfalse\necho no").evalue, "`set -e` exited with status 1");
    assert!(session.fail("%%bash x\nls").evalue.contains("takes nothing behind it"));
}

#[test]
fn the_folder_is_that_of_cells_and_commands() {
    let mut session = Session::new();
    let folder = TempFolder::new().unwrap();
    let path = folder.path().canonicalize().unwrap();
    let (path, name) = (path.display().to_string(), "a b");
    std::fs::create_dir(folder.path().join(name)).unwrap();
    let start = stdout(&session.run("%pwd"));
    let here = "std::env::current_dir()?.display().to_string()";
    session.value(&format!("%cd {path}\n{here}"), &format!("{path:?}"));
    assert_eq!(stdout(&session.run("%cd \"a b\"\n!pwd")), format!("{path}/a b\n{path}/a b\n"));
    assert_eq!(stdout(&session.run("%cd -\n%pwd")), format!("{path}\n{path}\n"));
    // A new process works there too.
    assert_eq!(session.fail("std::process::abort()").ename, "ProcessDied");
    session.value(here, &format!("{path:?}"));
    // So does what the code itself does.
    session.run("std::env::set_current_dir(\"a b\")?;");
    assert_eq!(stdout(&session.run("!pwd")), format!("{path}/a b\n"));
    assert!(session.fail("%cd nowhere").evalue.starts_with("cannot go to"));
    assert_ne!(start, format!("{path}\n"));
}

#[test]
fn the_environment_is_that_of_cells_and_commands() {
    let mut session = Session::new();
    session.run("1");
    assert_eq!(stdout(&session.run("%env TB_COLOUR=light blue")), "env: TB_COLOUR=light blue\n");
    session.value("std::env::var(\"TB_COLOUR\")?", "\"light blue\"");
    assert_eq!(stdout(&session.run("!echo $TB_COLOUR")), "light blue\n");
    assert_eq!(stdout(&session.run("%env TB_COLOUR")), "light blue\n");
    session.run(":clear");
    session.value("std::env::var(\"TB_COLOUR\")?", "\"light blue\"");
    session.run("%env TB_API_KEY=abc");
    let listed = stdout(&session.run("%env"));
    assert!(listed.contains("TB_COLOUR=light blue\n") && listed.contains("TB_API_KEY=<hidden>\n"), "{listed}");
    assert!(session.fail("%env TB_NOTHING").evalue.contains("there is no variable `TB_NOTHING`"));
}

#[test]
fn a_cell_is_written_to_a_file_and_loaded_from_it() {
    let mut session = Session::new();
    let folder = TempFolder::new().unwrap();
    let path = folder.path().join("notes.txt");
    let shown = path.canonicalize().unwrap_or(path.clone()).display().to_string();
    assert_eq!(stdout(&session.run(&format!("%%writefile {shown}\nlet x = 1;"))), format!("Writing {shown}\n"));
    assert_eq!(stdout(&session.run(&format!("%%writefile -a {shown}\nx + 1\n"))), format!("Appending to {shown}\n"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "let x = 1;\nx + 1\n");
    let ran = session.run(&format!("%load {shown}"));
    let Some(Event::Payload(payload)) = ran.events.first() else { panic!("{ran:?}") };
    assert_eq!(payload["source"], "set_next_input");
    assert_eq!((payload["text"].as_str(), payload["replace"].as_bool()), (Some("let x = 1;\nx + 1\n"), Some(true)));
    assert_eq!(stdout(&session.run(&format!("%%writefile {shown}\nnew"))), format!("Overwriting {shown}\n"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something was left beside it");
    assert!(session.fail("%load /no/such/file").evalue.contains("cannot read /no/such/file"));
    assert!(session.fail("%%writefile /no/such/folder/file\nx").evalue.contains("cannot write"));
    assert!(session.fail(&format!("%load {shown}\n1 + 1")).evalue.contains("takes no other code"));
}

#[test]
fn a_run_is_timed_apart_from_its_compilation() {
    let mut session = Session::new();
    let ran = session.run("%time let kept = 7; std::thread::sleep(std::time::Duration::from_millis(50));\nkept");
    let text = stdout(&ran);
    let wall = text.lines().find_map(|line| line.strip_prefix("Wall time: ")).unwrap();
    let ms: f64 = wall.split(' ').next().unwrap().parse().unwrap();
    assert!((50.0..1000.0).contains(&ms) && text.contains("CPU time: ") && wall.contains(" of compiling"), "{text}");
    assert_eq!(ran.value().as_deref(), Some("7"));
    session.value("kept", "7");
    // Processors at work are counted.
    let work = "let mut x = 1u64; for i in 0..100_000_000u64 { x = x.wrapping_mul(31).wrapping_add(i); } x";
    let text = stdout(&session.run(&format!("%%time\n{work}")));
    let timing = session.engine.last_timing().unwrap();
    assert!(timing.user + timing.system > Duration::from_millis(1) && text.contains("user"), "{timing:?}");
    let error = session.fail("%time let s: String = kept;");
    assert!(plain(&error).contains("In[4]:1:23"), "{}", plain(&error));
}

/// The mean of a report, in nanoseconds.
fn mean_ns(text: &str) -> f64 {
    let mut words = text.split(' ');
    let number: f64 = words.next().unwrap().parse().unwrap();
    number
        * match words.next().unwrap() {
            "s" => 1e9,
            "ms" => 1e6,
            "µs" => 1e3,
            "ns" => 1.0,
            unit => panic!("{unit} in {text}"),
        }
}

#[test]
fn code_is_repeated_until_its_time_is_known() {
    let mut session = Session::new();
    let text = stdout(&session.run("%timeit -n 2 -r 3 std::thread::sleep(std::time::Duration::from_millis(5))"));
    assert!(text.contains("per loop (mean ± std. dev. of 3 runs, 2 loops each), best "), "{text}");
    assert!((5e6..5e7).contains(&mean_ns(&text)), "{text}");
    session.run("let v: Vec<f64> = (0..10_000).map(f64::from).collect(); let mut n = 0u64;");
    // A sum of 10,000 numbers is neither left out nor taken out of the loop.
    let text = stdout(&session.run("%timeit -r 2 v.iter().sum::<f64>()"));
    assert!((500.0..1e6).contains(&mean_ns(&text)), "{text}");
    assert_eq!(session.engine.last_timing().unwrap().compiler_calls, 1);
    assert!(session.engine.last_timing().unwrap().is_optimised);
    // Rounds that change something do change it; and nothing is bound.
    session.run("%timeit -n 10 -r 1 n += 1; let gone = n;");
    session.value("n > 10", "true");
    assert!(session.fail("gone").evalue.contains("E0425"));
    session.value("v.len()", "10000");
}

#[test]
fn what_is_repeated_may_be_prepared_once() {
    let mut session = Session::new();
    let text = stdout(&session.run("%%timeit -n 5 -r 2 let list = vec![3, 1, 2]; println!(\"once\");\nlet mut own = list.clone();\nown.sort();\nown"));
    assert!(text.starts_with("once\n") && text.matches("once").count() == 1, "{text}");
    assert!(text.contains("2 runs, 5 loops each"), "{text}");
    let error = session.fail("%timeit \"x\".parse::<i32>()?");
    assert_eq!(error.ename, "ParseIntError");
    session.run("let text = String::from(\"a\");");
    assert!(session.fail("%timeit drop(text)").evalue.contains("E0507"));
    session.value("text", "\"a\"");
}

#[test]
fn a_repetition_is_interrupted_between_its_rounds() {
    let mut session = Session::new();
    session.run("let mut n = 0u64;");
    let interrupter = session.engine.interrupter();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        interrupter.interrupt();
    });
    let error = session.fail("%timeit -n 4000000000 std::thread::sleep(std::time::Duration::from_millis(5)); n += 1;");
    stopper.join().unwrap();
    assert_eq!(error.ename, "Interrupted");
    session.value("n < 4_000_000_000", "true");
}

#[test]
fn cells_of_commands_are_complete() {
    let session = Session::new();
    let analysis = session.engine.analysis();
    for code in
        ["!ls", "%%bash\nfor i in 1 2; do", "%timeit f(1)", ":vars", "%%writefile x\nfn f() {", "%cd ..\nlet x = 1;"]
    {
        assert_eq!(analysis.is_complete(code), Completeness::Complete, "{code}");
    }
    assert!(matches!(analysis.is_complete("%time f("), Completeness::Incomplete { .. }));
}

#[test]
fn variables_are_listed_as_a_table() {
    let mut session = Session::new();
    assert!(session.run(":vars").shown().contains("no variables"));
    session.run("#[derive(Debug)] struct Own(i32);\nlet own = Some(Own(1)); let text = String::from(\"abc\");");
    session.run("let map: std::collections::HashMap<String, Vec<f64>> = Default::default(); let add = |x: i32| x + 1;");
    let ran = session.run("%whos");
    let table = ran.shown();
    for row in [
        ["map", "HashMap<String, Vec<f64>>", "48", "In[3]"],
        ["own", "Option<Own>", "8", "In[2]"],
        ["text", "String", "24", "In[2]"],
    ] {
        assert!(table.lines().any(|line| row.iter().all(|part| line.contains(part))), "{row:?} in\n{table}");
    }
    let Some(Event::Display { data, .. }) = ran.events.first() else { panic!("{ran:?}") };
    assert!(data["text/html"].as_str().unwrap().contains("HashMap&lt;String, Vec&lt;f64&gt;&gt;"), "{data:?}");
    session.run("drop(text);");
    assert!(!session.run("%who").shown().contains("text"));
    session.run("%reset -f");
    assert!(session.run(":vars").shown().contains("no variables"));
}

#[test]
fn the_type_of_an_expression_is_told_without_running_it() {
    let mut session = Session::new();
    session.run("let v = vec![1.5f32]; fn loud() -> Option<&'static str> { println!(\"loud\"); None }");
    for (expression, ty) in [
        ("v", "Vec<f32>"),
        ("v.iter().map(|x| x * 2.0).collect::<Vec<_>>()", "Vec<f32>"),
        ("loud()", "Option<&str>"),
        ("(1, 2.0)", "(i32, f64)"),
        ("df![\"a\" => [1]]?", "DataFrame"),
        ("\"5\".parse::<i32>()", "Result<i32, ParseIntError>"),
    ] {
        let ran = session.run(&format!(":type {expression}"));
        assert_eq!((ran.shown().as_str(), stdout(&ran).as_str()), (ty, ""), "{expression}");
    }
    let error = session.fail(":t v.nothing()");
    assert!(error.evalue.contains("E0599") && plain(&error).contains("In[8]:1:6"), "{}", plain(&error));
    session.value("v", "[1.5]");
    assert_eq!(session.engine.last_timing().unwrap().compiler_calls, 1);
    assert!(session.fail(":type").evalue.contains("takes an expression"));
    assert!(session.fail(":type let x = 1;").evalue.contains("takes an expression"));
}

#[test]
fn an_error_is_explained() {
    let mut session = Session::new();
    assert!(session.fail(":explain").evalue.contains("no cell has failed"));
    session.fail("let s: String = 1;");
    assert!(session.run(":explain").shown().contains("Expected type did not match"));
    assert!(session.run(":explain E0382").shown().contains("moved"));
    assert!(session.fail(":explain E9999").evalue.contains("is no error of the compiler"));
}

/// What evcxr has to be told and ours has not stops no notebook that comes from there. COMMON.md, Commands.
#[test]
fn settings_of_evcxr_are_answered_with_a_note() {
    let mut session = Session::new();
    for command in [
        ":allow_static_linking 0",
        ":build_env A=b",
        ":cache 500",
        ":clear_cache",
        ":codegen_backend cranelift",
        ":doc x",
        ":efmt {:?}",
        ":fmt {:#?}",
        ":internal_debug",
        ":last_compile_dir",
        ":last_error_json",
        ":linker lld",
        ":load_config --quiet",
        ":offline 1",
        ":preserve_vars_on_panic 1",
        ":quit",
        ":sccache 1",
        ":time_passes",
        ":toolchain nightly",
        ":types",
    ] {
        let ran = session.run(command);
        assert!(ran.stream(StreamName::Stderr).starts_with("note: not needed here: "), "{command}");
    }
    session.value(":opt 2\n:sccache 1\n1 + 1", "2");
    assert!(session.engine.last_timing().unwrap().is_optimised);
    assert!(stdout(&session.run(":version")).contains("rustc 1."));
    assert!(session.run(":show_deps").shown().contains("no crates were added"));
}

#[test]
fn a_restart_keeps_the_definitions() {
    let mut session = Session::new();
    session.run("fn f() -> i32 { 7 } let x = 1;");
    session.run(":restart");
    session.value("f()", "7");
    assert!(session.fail("x").evalue.contains("E0425"));
}

#[test]
fn a_mistake_in_any_line_is_told_before_the_first_is_obeyed() {
    let mut session = Session::new();
    let ran = session.any("!echo no\n%tmie 1 + 1");
    let error = ran.error.unwrap();
    assert!(ran.events.is_empty() && error.ename == "CommandError", "{error:?}");
    assert!(
        error.evalue == "there is no command `%tmie`; there is `%time`" && plain(&error).contains("In[1]:2:1"),
        "{}",
        plain(&error)
    );
}

#[test]
fn without_a_frontend_commands_run_and_what_needs_one_is_refused() {
    let mut session = Session::new();
    let folder = TempFolder::new().unwrap();
    let file = folder.path().join("cell.rs");
    std::fs::write(&file, "1 + 1").unwrap();
    let cell = |id: &str, source: &str| serde_json::json!({"cell_type": "code", "id": id, "metadata": {}, "execution_count": null, "source": source, "outputs": []});
    let cells = [cell("a", "!echo hello\n%time 1 + 1"), cell("b", &format!("%load {}", file.display()))];
    let text = serde_json::json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).to_string();
    let nbformat::Notebook::V4(mut notebook) = nbformat::parse_notebook(&text).unwrap() else { panic!("no notebook") };
    let failure =
        tunebook::notebook::execute(&mut notebook, session.engine.as_mut(), &[], &mut |_| {}).unwrap().unwrap();
    assert_eq!(failure.execution_count, 2);
    assert!(failure.error.evalue.contains("there is no frontend here"), "{}", failure.error.evalue);
    let outputs = serde_json::to_string(&notebook).unwrap();
    assert!(outputs.contains("hello") && outputs.contains("Wall time"), "{outputs}");
}
