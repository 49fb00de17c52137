//! What evcxr makes of sequences of cells, and what our engine makes of them.
//!
//! The sequences are in `tests/differential`, several to a file: `=== name`, and cells with `---` between them. What evcxr 0.22.0
//! made of each is recorded in `tests/golden/evcxr.json`, since it takes a quarter of an hour; this records what is new or has changed:
//! `cargo test --release --locked --workspace --test all -- --ignored record_what_evcxr_does`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tunebook::engine::StreamName;

use super::session::{Ran, Session};

/// Where the two are meant to differ: the sequence, the cell from zero, and why.
const DIFFERS: &[(&str, usize, &str)] = &[
    ("a_caught_panic_is_no_error", 0, "evcxr names the type of a caught panic wrongly"),
    ("a_caught_panic_is_no_error", 1, "evcxr names the type of a caught panic wrongly"),
    ("a_moved_variable_is_replaced_in_the_same_cell", 3, "evcxr loses the variable"),
    (
        "a_reference_to_another_variable_cannot_be_kept",
        1,
        "evcxr refuses the cell; ours runs it, and notes that the variable is not kept",
    ),
    ("a_thread_needs_move", 1, "another code for the same complaint"),
    ("a_value_is_moved_and_assigned_back", 2, "evcxr loses the variable"),
    ("a_value_is_moved_in_a_loop_and_assigned_back", 2, "evcxr loses the variable"),
    ("an_immutable_variable_cannot_be_assigned_in_a_later_cell", 1, "another code for the same complaint"),
    ("attributes_on_statements_and_expressions", 1, "evcxr loses a variable whose `let` has an attribute"),
    ("short_circuits", 2, "evcxr shows nothing for a cell that begins with `!`"),
];

struct Sequence {
    name: String,
    cells: Vec<String>,
}

fn tests_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn topics() -> Vec<(String, Vec<Sequence>)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(tests_folder().join("differential")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let topic = |path: &PathBuf| {
        (path.file_stem().unwrap().to_string_lossy().into_owned(), parse(&std::fs::read_to_string(path).unwrap()))
    };
    files.iter().map(topic).collect()
}

fn parse(text: &str) -> Vec<Sequence> {
    let sequences = text.split("=== ").skip(1).map(|part| {
        let (name, cells) = part.split_once('\n').unwrap();
        let cells = cells.split("\n---\n").map(|cell| cell.trim_end().to_owned()).collect();
        Sequence { name: name.trim().to_owned(), cells }
    });
    sequences.collect()
}

type Recorded = BTreeMap<String, Value>;

fn golden_path() -> PathBuf {
    tests_folder().join("golden/evcxr.json")
}

fn golden() -> Recorded {
    std::fs::read(golden_path()).map(|text| serde_json::from_slice(&text).unwrap()).unwrap_or_default()
}

impl Sequence {
    /// Tells whether a record is of this text.
    fn key(&self) -> String {
        let hash = Sha256::digest(self.cells.join("\n---\n"));
        hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What both engines can be asked for: standard output, the value's text, and how the compiler failed. evcxr tells of panics and
/// of failed `?` on standard error only, and shows a unit.
fn outcome(ran: &Ran) -> Value {
    let failed = ran.error.as_ref().filter(|error| error.ename == "CompileError").map(|error| {
        let code = error.evalue.rsplit_once("[E").map(|(_, code)| format!("E{}", code.trim_end_matches(']')));
        code.unwrap_or_else(|| "CompileError".to_owned())
    });
    let value = ran.value().filter(|value| value != "()");
    json!({"stdout": ran.stream(StreamName::Stdout), "value": value, "failed": failed})
}

fn run(session: &mut Session, sequence: &Sequence) -> Vec<Value> {
    sequence.cells.iter().map(|cell| outcome(&session.any(cell))).collect()
}

#[test]
#[ignore = "takes minutes, and only a new evcxr changes what it does"]
fn record_what_evcxr_does() {
    let mut session = Session::with_evcxr();
    let (before, mut after) = (golden(), Recorded::new());
    for (topic, sequences) in topics() {
        for sequence in sequences {
            let known = before.get(&sequence.name).filter(|record| record["key"] == sequence.key());
            let record = known.cloned().unwrap_or_else(|| {
                session.any(":clear");
                json!({"key": sequence.key(), "cells": run(&mut session, &sequence)})
            });
            assert!(
                after.insert(sequence.name.clone(), record).is_none(),
                "{topic}: `{}` is there twice",
                sequence.name
            );
            let text = serde_json::to_string_pretty(&after).unwrap();
            std::fs::write(golden_path().with_extension("part"), text + "\n").unwrap();
        }
    }
    std::fs::rename(golden_path().with_extension("part"), golden_path()).unwrap();
}

#[test]
fn evcxr_is_an_engine_too() {
    let mut session = Session::with_evcxr();
    session.value("1 + 1", "2");
    session.run("let x: i32 = 4;");
    session.prints("println!(\"x is {x}\");", "x is 4\n");
    let error = session.fail("let y: String = x;");
    assert!(error.ename == "CompileError" && error.evalue.contains("E0308"), "{error:?}");
    session.value("x * 2", "8");
}

fn compare(topic: &str) {
    let golden = golden();
    let (_, sequences) = topics().into_iter().find(|(name, _)| name == topic).unwrap();
    let mut differences = Vec::new();
    let mut session = Session::new();
    for sequence in &sequences {
        session.run(":clear");
        let ours = run(&mut session, sequence);
        let record = golden.get(&sequence.name).filter(|record| record["key"] == sequence.key());
        let record = record.unwrap_or_else(|| panic!("`{}` is not recorded in this form", sequence.name));
        for (at, (ours, theirs)) in ours.iter().zip(record["cells"].as_array().unwrap()).enumerate() {
            let is_meant = DIFFERS.iter().any(|(name, cell, _)| *name == sequence.name && *cell == at);
            if (ours == theirs) == is_meant {
                differences.push(format!(
                    "{}, cell {at}:\n{}\nours   {ours}\nevcxr  {theirs}",
                    sequence.name, sequence.cells[at]
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{} of {topic} differ:\n\n{}", differences.len(), differences.join("\n\n"));
}

#[test]
fn there_are_enough_sequences_and_all_are_compared() {
    let topics = topics();
    assert!(topics.iter().map(|(_, sequences)| sequences.len()).sum::<usize>() >= 150);
    let names: Vec<&str> = topics.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, TOPICS);
}

macro_rules! topics {
    ($($topic:ident),* $(,)?) => {
        const TOPICS: &[&str] = &[$(stringify!($topic)),*];
        $(
            #[test]
            fn $topic() {
                compare(stringify!($topic));
            }
        )*
    };
}

topics!(
    closures,
    collections,
    control_flow,
    errors,
    functions,
    generics,
    imports,
    iterators,
    modules_macros,
    moves,
    printing,
    shadowing,
    statics_consts,
    strings,
    threads,
    traits,
    types,
    variables,
);
