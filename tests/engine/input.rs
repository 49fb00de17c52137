//! Cells that read standard input, or ask by the workbench.

use std::time::{Duration, Instant};

use super::session::{Ran, Session, plain};
use tunebook::engine::{Event, StreamName};

fn questions(ran: &Ran) -> Vec<(&str, bool)> {
    let questions = ran.events.iter().filter_map(|event| match event {
        Event::Input { prompt, is_password } => Some((prompt.as_str(), *is_password)),
        _ => None,
    });
    questions.collect()
}

#[test]
fn standard_input_is_typed_by_a_person() {
    let mut session = Session::new();
    session.run("let mut kept = vec![1];");
    let ran = session.answering("let mut line = String::new(); std::io::stdin().read_line(&mut line)?", &["Ada é"]);
    assert_eq!((ran.value().as_deref(), questions(&ran)), (Some("7"), vec![("", false)]));
    session.value("line", "\"Ada é\\n\"");
    // Several lines, and another thread.
    let code = "for line in std::io::stdin().lines().take(2) { kept.push(line?.parse()?); } kept";
    assert_eq!(session.answering(code, &["2", "3"]).value().as_deref(), Some("[1, 2, 3]"));
    let code = "std::thread::spawn(|| std::io::read_to_string(std::io::Read::take(std::io::stdin(), 3)).unwrap()).join().unwrap()";
    assert_eq!(session.answering(code, &["abc"]).value().as_deref(), Some("\"abc\""));
    // More than the pipe holds.
    let long = "x".repeat(200_000);
    let code = "std::io::stdin().lines().next().unwrap()?.len()";
    assert_eq!(session.answering(code, &[&long]).value().as_deref(), Some("200000"));
}

#[test]
fn what_is_typed_for_one_cell_is_not_the_next_ones() {
    let mut session = Session::new();
    let code = "use std::io::Read; let mut one = [0]; std::io::stdin().read_exact(&mut one)?; one[0]";
    assert_eq!(session.answering(code, &["abc"]).value().as_deref(), Some("97"));
    let code = "std::io::stdin().lines().next().unwrap()?";
    assert_eq!(session.answering(code, &["second"]).value().as_deref(), Some("\"second\""));
}

#[test]
fn programs_that_a_cell_starts_read_it_too() {
    let mut session = Session::new();
    let code = "let status = std::process::Command::new(\"sh\").args([\"-c\", \"read line; echo got $line\"]).status()?; status.code()";
    let ran = session.answering(code, &["this"]);
    assert_eq!((ran.stream(StreamName::Stdout).as_str(), ran.value().as_deref()), ("got this\n", Some("Some(0)")));
    // Nobody answers: the end of the file.
    let ran = session.answering(code, &[]);
    assert_eq!((ran.stream(StreamName::Stdout).as_str(), ran.value().as_deref()), ("got\n", Some("Some(0)")));
    assert_eq!(session.answering(code, &["again"]).stream(StreamName::Stdout), "got again\n");
}

#[test]
fn the_workbench_asks_with_a_prompt() {
    let mut session = Session::new();
    let ran = session.answering("println!(\"first\"); (input(\"name: \")?, password(\"token: \")?)", &["a\nb", ""]);
    assert_eq!(ran.value().as_deref(), Some("(\"a\\nb\", \"\")"));
    assert_eq!(questions(&ran), [("name: ", false), ("token: ", true)]);
    assert_eq!(ran.order()[..2], ["first\n", "input name: "]);
}

#[test]
fn what_nobody_answers_is_an_error() {
    let mut session = Session::new();
    session.run("let kept = 1usize;");
    let ran = session.answering("input(\"name: \")?", &[]);
    assert_eq!(ran.error.unwrap().evalue, "no answer to \"name: \": nobody is here");
    let code = "let mut line = String::new(); std::io::stdin().read_line(&mut line)?;";
    let ran = session.answering(code, &[]);
    assert_eq!(ran.stream(StreamName::Stderr), "note: standard input cannot be read: nobody is here\n");
    assert_eq!(ran.error.unwrap().evalue, "standard input cannot be read: nobody answers here");
    let ran = session
        .answering("std::thread::spawn(|| std::io::stdin().lines().next().unwrap().is_err()).join().unwrap()", &[]);
    assert_eq!(ran.value().as_deref(), Some("true"));
    // The next cell may be answered.
    assert_eq!(session.answering("input(\"\")?", &["yes"]).value().as_deref(), Some("\"yes\""));
    let ran = session.answering("std::io::stdin().lines().next().unwrap()?.len() + kept", &["four"]);
    assert_eq!(ran.value().as_deref(), Some("5"));
}

#[test]
fn an_interrupt_ends_a_question_and_keeps_the_variables() {
    let mut session = Session::new();
    session.run("let mut kept = vec![1];");
    for code in [
        "kept.push(2); input(\"name: \")?",
        "kept.push(3); let mut line = String::new(); std::io::stdin().read_line(&mut line)?;",
        "kept.push(4); std::io::stdin().lines().next().unwrap().unwrap()",
        "kept.push(5); std::thread::spawn(|| std::io::stdin().lines().next().unwrap().unwrap()).join().unwrap()",
        "kept.push(6); while std::io::stdin().lines().next().is_some() {}",
    ] {
        let interrupter = session.engine.interrupter();
        let (asked, is_asked) = std::sync::mpsc::channel();
        let stopper = std::thread::spawn(move || {
            is_asked.recv().unwrap();
            std::thread::sleep(Duration::from_millis(50));
            interrupter.interrupt();
            Instant::now()
        });
        let ran = session.watching(code, &mut |event| {
            if matches!(event, Event::Input { .. }) {
                asked.send(()).unwrap();
            }
        });
        let took = stopper.join().unwrap().elapsed();
        let error = ran.error.unwrap();
        assert_eq!(error.ename, "Interrupted", "{}", plain(&error));
        assert!(!plain(&error).contains("lost"), "{}", plain(&error));
        assert!(took < Duration::from_millis(600), "{code} took {took:?} to end");
    }
    session.value("kept", "[1, 2, 3, 4, 5, 6]");
    assert_eq!(session.answering("input(\"\")?", &["on"]).value().as_deref(), Some("\"on\""));
}
