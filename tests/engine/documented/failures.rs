//! `?`, errors of the compiler, panics, crashes, and async.

use super::super::session::{Session, plain};
use tunebook::engine::StreamName;

/// COMMON.md, Nice error reporting, with this example: the place, what is wrong, and what may help.
#[test]
fn an_unknown_name_is_shown_in_its_place_with_help() {
    let mut session = Session::new();
    let text = plain(&session.fail("let x = unknown();"));
    for part in ["cannot find function `unknown` in this scope", "not found in this scope", "In[1]:1:9", "^^^^^^^"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    let text = plain(&session.fail("let x = HashSet::<i32>::new().len() + channel::<i32>();"));
    assert!(text.contains("help: consider importing"), "{text}");
}

/// Tour, Display of compilation errors. Its test `error_from_macro_expansion`: the place is that of the macro's call.
#[test]
fn an_error_in_what_a_macro_made_is_shown_at_its_call() {
    let mut session = Session::new();
    let error = session.fail("let mut s = String::new();\ns.push_str(format!(\"foo {}\", 42));");
    let text = plain(&error);
    assert_eq!(error.evalue, "mismatched types [E0308]");
    assert!(text.contains("In[1]:2:12") && text.contains("expected `&str`, found `String`"), "{text}");
}

/// Its test `variable_assignment_compile_fail_then_use_statement`.
#[test]
fn a_cell_that_does_not_compile_leaves_nothing_behind() {
    let mut session = Session::new();
    session.fail("let v = foo();");
    session.run("use std::collections::HashMap;");
    session.value("42", "42");
    assert!(session.fail("v").evalue.contains("cannot find value `v`"));
}

/// COMMON.md, Support for the `?` operator, with this example. RELEASE_NOTES.md, 0.5.0: "Question mark operator can now be used (errors are
/// printed to stderr)". In ours the error is the cell's, with its place, so that a run of a notebook stops there.
#[test]
fn a_question_mark_ends_the_cell_with_the_error() {
    let mut session = Session::new();
    let error = session.fail("let var = std::env::var(\"UNKNOWN\")?;\nprintln!(\"not reached\");");
    assert_eq!((error.ename.as_str(), error.evalue.as_str()), ("VarError", "environment variable not found"));
    assert!(plain(&error).contains("In[1]:1:"), "{}", plain(&error));
    let error = session.fail("std::fs::read_to_string(\"/does/not/exist\")?;");
    assert!(error.evalue.contains("No such file"), "{error:?}");
    let error = session.fail("#[derive(Debug)] struct Own { why: i32 }\nErr::<(), Own>(Own { why: 3 })?;");
    assert_eq!((error.ename.as_str(), error.evalue.as_str()), ("Own", "Own { why: 3 }"));
}

/// Its test `question_mark_operator`: what was changed before the error stays changed. evcxr loses a variable of which a new one was bound
/// in the failed cell; ours keeps the old.
#[test]
fn variables_survive_a_question_mark() {
    let mut session = Session::new();
    session.run(
        "let owned = \"owned\".to_string();\nlet copy = 40;\n\
         let mut owned_mut = \"owned_mut\".to_string();\nlet mut copy_mut = 41;",
    );
    session.fail(
        "use std::io::Result;\nowned_mut.push_str(\"42\");\ncopy_mut += 1;\nlet copy = 42;\nlet copy2 = 42;\n\
         std::fs::read_to_string(\"/does/not/exist\")?;\nowned_mut.push_str(\"------\");\ncopy_mut += 10;",
    );
    session.value("(owned, owned_mut, copy_mut, copy)", "(\"owned\", \"owned_mut42\", 42, 40)");
    assert!(session.fail("copy2").evalue.contains("cannot find value `copy2`"));
}

/// Tour: `*counter.lock()?`, whose error would borrow from the variable.
#[test]
fn a_question_mark_takes_an_error_that_borrows() {
    let mut session = Session::new();
    session.run("let counter = std::sync::Mutex::new(65);");
    session.value("*counter.lock()?", "65");
    session
        .run("fn longer<'a>(a: &'a str) -> Result<usize, &'a str> { if a.len() > 3 { Ok(a.len()) } else { Err(a) } }");
    let error = session.fail("let text = String::from(\"ab\"); longer(&text)?");
    assert_eq!(error.evalue, "ab");
}

/// COMMON.md: "If `:efmt` is set to `Debug`, this will also work for `Option`". That was so while Rust had `NoneError`; since then `?` on
/// an `Option` in what returns a `Result` is an error of the compiler, in evcxr as in ours.
#[test]
fn a_question_mark_on_an_option_is_explained() {
    let mut session = Session::new();
    let error = session.fail("[1, 2, 3].get(4)?");
    assert!(error.evalue.contains("E0277") && plain(&error).contains("ok_or"), "{}", plain(&error));
    assert_eq!(session.fail("[1, 2, 3].get(4).ok_or(\"no fourth\")?").evalue, "no fourth");
}

/// `:preserve_vars_on_panic`, "Try to keep vars on panic". Its test `function_panics_with_variable_preserving`. Ours always keeps them,
/// those that the cell uses too.
#[test]
fn variables_survive_a_panic() {
    let mut session = Session::new();
    session.run("let a = vec![1, 2, 3];\nlet b = 42;\nlet mut c = String::from(\"c\");");
    let error = session.fail("c.push('d');\npanic!(\"Intentional panic {} {}\", b, a.len());");
    assert_eq!((error.ename.as_str(), error.evalue.as_str()), ("Panic", "Intentional panic 42 3"));
    assert!(plain(&error).contains("In[2]:2:1"), "{}", plain(&error));
    session.value("format!(\"{:?}, {}, {}\", a, b, c)", "\"[1, 2, 3], 42, cd\"");
}

/// COMMON.md, Usage notes: "If your code segfaults (e.g. due to buggy unsafe code), aborts, exits etc, the process in which the code runs
/// will be restarted. All variables will be lost." Its test `abort_and_restart`.
#[test]
fn a_crash_restarts_the_process_and_loses_the_variables() {
    let mut session = Session::new();
    session.run("pub fn foo() -> i32 { 42 }\nlet a = 42i32;");
    for (code, how) in [
        ("unsafe { std::ptr::null_mut::<i32>().wrapping_add(4).write_volatile(1) }", "SIGSEGV"),
        ("std::process::abort();", "SIGABRT"),
        ("std::process::exit(0);", "exited with code 0"),
    ] {
        let error = session.fail(code);
        assert!(error.ename == "ProcessDied" && plain(&error).contains(how), "{}", plain(&error));
        session.value("foo()", "42");
    }
    assert!(session.fail("a").evalue.contains("cannot find value `a`"));
}

/// Tour, Printing to outputs. Its test `printing`.
#[test]
fn both_streams_are_told_apart() {
    let mut session = Session::new();
    let ran = session.run("println!(\"Hello world\");\neprintln!(\"Hello error\");\nformat!(\"Hello {}\", \"world\")");
    assert_eq!(ran.stream(StreamName::Stdout), "Hello world\n");
    assert_eq!(ran.stream(StreamName::Stderr), "Hello error\n");
    assert_eq!(ran.value().as_deref(), Some("\"Hello world\""));
}

/// Tour, Async await; RELEASE_NOTES.md, 0.5.0: "Supports async / await using Tokio as the executor". Ours has an executor of its own, so
/// that no crate is compiled for it; what needs Tokio's reactor is run by a runtime kept in a variable.
#[test]
fn async_functions_are_awaited_at_the_top() {
    let mut session = Session::new();
    session.run("async fn connect(port: u32) -> Result<u32, String> { if port < 65536 { Ok(port) } else { Err(\"invalid port value\".into()) } }");
    assert_eq!(session.fail("let mut stream: u32 = connect(99999).await?;").evalue, "invalid port value");
    session.run("let mut stream: u32 = connect(6543).await?;");
    session.run("stream += async { 1 }.await;");
    session.value("stream", "6544");
}
