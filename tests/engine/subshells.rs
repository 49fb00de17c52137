//! Cells of subshells, which run while a cell of the notebook does, with the same variables and definitions.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tunebook::engine::{Cell, CellError, Engine, Event, StreamName};

use super::session::{Ran, Session, plain};

/// Runs a cell on an engine of a subshell.
fn any(engine: &mut dyn Engine, execution_count: u32, code: &str) -> Ran {
    let mut ran = Ran::default();
    let cell = Cell { code: code.to_owned(), execution_count };
    ran.error = engine.execute(&cell, &mut |event| ran.events.push(event)).err();
    ran
}

#[track_caller]
fn run(engine: &mut dyn Engine, execution_count: u32, code: &str) -> Ran {
    let ran = any(engine, execution_count, code);
    assert!(ran.error.is_none(), "{code}\n{}", ran.error.as_ref().map(plain).unwrap_or_default());
    ran
}

#[track_caller]
fn fail(engine: &mut dyn Engine, execution_count: u32, code: &str) -> CellError {
    any(engine, execution_count, code).error.unwrap_or_else(|| panic!("the cell did not fail:\n{code}"))
}

/// Runs `code` in the notebook, and once it has printed something, `beside` in a subshell while it goes on; then the cell gets an interrupt.
fn beside(session: &mut Session, code: &str, beside: impl FnOnce(&mut dyn Engine) + Send + 'static) -> (Ran, bool) {
    let mut subshell = session.engine.subshells().unwrap().open();
    let interrupter = session.engine.interrupter();
    let (begun, wait) = mpsc::channel();
    let other = thread::spawn(move || {
        wait.recv_timeout(Duration::from_secs(20)).unwrap();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| beside(&mut *subshell)));
        interrupter.interrupt();
        outcome
    });
    let ran = session.watching(code, &mut |event| {
        if matches!(event, Event::Stream { .. }) {
            let _ = begun.send(());
        }
    });
    let outcome = other.join().unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
    let is_interrupted = ran.error.as_ref().is_some_and(|error| error.ename == "Interrupted");
    (ran, is_interrupted)
}

const ENDLESS: &str = r#"println!("begun"); loop { std::thread::sleep(std::time::Duration::from_millis(1)); }"#;

#[test]
fn a_subshell_looks_at_variables_while_a_cell_runs() {
    let mut session = Session::new();
    session
        .run("let seen = vec![1, 2, 3]; fn twice(x: i32) -> i32 { 2 * x } #[derive(Debug, Clone)] struct P { x: i32 }");
    let code = format!("let busy = 1; {ENDLESS}");
    let (ran, is_interrupted) = beside(&mut session, &code, |engine| {
        assert_eq!(run(engine, 101, "seen.iter().map(|x| twice(*x)).sum::<i32>()").value().as_deref(), Some("12"));
        let printed = run(
            engine,
            102,
            "println!(\"one\"); print!(\"two\"); eprintln!(\" three\"); display(&Html(\"<b>4</b>\".into())); let p = P { x: 5 }; p.clone()",
        );
        assert_eq!(printed.stream(StreamName::Stdout), "one\ntwo three\n");
        assert_eq!(printed.value().as_deref(), Some("P { x: 5 }"));
        assert!(printed.events.iter().any(|event| matches!(event, Event::Display { .. })));
        run(engine, 103, "fn thrice(x: i32) -> i32 { 3 * x } let made = thrice(p.x);");
        let error = fail(engine, 104, "let busy = 2;");
        assert_eq!(error.evalue, "`busy` is in use by In[2], which runs");
        let error = fail(engine, 105, "panic!(\"only here\")");
        assert!(error.ename == "Panic" && error.evalue == "only here", "{error:?}");
        let error = fail(engine, 106, "Err::<i32, String>(\"no\".to_owned())?");
        assert_eq!(error.evalue, "no");
        assert!(fail(engine, 107, "let s: String = 1;").evalue.contains("mismatched types"));
        assert!(fail(engine, 108, "input(\"name: \")?").evalue.contains("cells of a subshell cannot ask"));
        assert!(fail(engine, 109, ":restart").evalue.contains("a subshell cannot do this"));
    });
    assert!(is_interrupted, "{:?}", ran.error);
    assert_eq!(ran.stream(StreamName::Stdout), "begun\n", "what the subshell prints is not the notebook's");
    session.value("thrice(made) + p.x + seen[0]", "51");
}

#[test]
fn a_cell_and_a_subshell_calculate_at_the_same_time() {
    let mut session = Session::new();
    session.run("use std::sync::{Arc, Barrier}; let ours = Arc::new(Barrier::new(2)); let theirs = Arc::clone(&ours);");
    let start = Instant::now();
    let (ran, _) = beside(&mut session, "println!(\"begun\"); ours.wait(); 1", |engine| {
        run(engine, 101, "theirs.wait();");
    });
    assert_eq!(ran.value().as_deref(), Some("1"));
    assert!(start.elapsed() < Duration::from_secs(30));
    // Three lanes for any number of subshells.
    session.run("use std::sync::atomic::{AtomicU32, Ordering}; static N: AtomicU32 = AtomicU32::new(0);");
    let subshells = session.engine.subshells().unwrap();
    let threads: Vec<_> = (0..6)
        .map(|n| {
            let mut engine = subshells.open();
            thread::spawn(move || {
                run(
                    &mut *engine,
                    200 + n,
                    "N.fetch_add(1, Ordering::SeqCst); std::thread::sleep(std::time::Duration::from_millis(100));",
                );
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    session.value("N.load(Ordering::SeqCst)", "6");
}

#[test]
fn what_must_stay_on_its_thread_stays_there() {
    let mut session = Session::new();
    session.run("let shared = std::rc::Rc::new(1); let own = 2;");
    let mut subshell = session.engine.subshells().unwrap().open();
    let error = fail(&mut *subshell, 101, "shared.clone()");
    assert!(plain(&error).contains("cannot be sent between threads safely"), "{}", plain(&error));
    assert!(!plain(&error).contains("__tb"), "{}", plain(&error));
    assert_eq!(run(&mut *subshell, 102, "own + 1").value().as_deref(), Some("3"));
    session.value("*shared + own", "3");
}

#[test]
fn an_interrupt_ends_a_subshells_loop_and_what_crashes_takes_both() {
    let mut session = Session::new();
    session.run("let kept = 7;");
    let subshells = session.engine.subshells().unwrap();
    let mut engine = subshells.open();
    let interrupter = engine.interrupter();
    let stopper = thread::spawn(move || {
        thread::sleep(Duration::from_secs(1));
        interrupter.interrupt();
    });
    assert_eq!(fail(&mut *engine, 101, "loop {}").ename, "Interrupted");
    stopper.join().unwrap();
    session.value("kept", "7");
    assert_eq!(run(&mut *engine, 102, "kept + 1").value().as_deref(), Some("8"));

    let (ran, _) = beside(&mut session, &format!("let lost = 1; {ENDLESS}"), |engine| {
        let error = fail(engine, 103, "std::process::abort()");
        assert_eq!(error.ename, "ProcessDied", "{}", plain(&error));
    });
    let error = ran.error.unwrap();
    assert_eq!(error.ename, "ProcessDied", "{}", plain(&error));
    session.value("1 + 1", "2");
}

#[test]
fn objects_are_unloaded_beside_idle_subshells() {
    let mut session = Session::new();
    let mut subshell = session.engine.subshells().unwrap().open();
    for n in 0..60 {
        session.run(&format!("let x{n} = {n};"));
        run(&mut *subshell, 1000 + n, &format!("let y{n} = x{n} + 1;"));
    }
    session.prints(
        r#"let n = {
            let maps = std::fs::read_to_string("/proc/self/maps")?;
            let objects = maps.lines().filter(|line| line.contains("libcell_")).filter_map(|line| line.split('/').next_back());
            objects.collect::<std::collections::HashSet<_>>().len()
        };
        println!("{}", (1..100).contains(&n));"#,
        "true\n",
    );
    session.value("y59", "60");
}
