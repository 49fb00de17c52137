//! Objects of old cells go when nothing refers to them, and stay as long as something does.

use super::session::Session;

/// How many of the cells' objects the child has loaded, asked for in a cell.
const N_LOADED: &str = "std::fs::read_to_string(\"/proc/self/maps\")?.lines().filter(|line| line.contains(\"libcell_\")).filter_map(|line| line.split('/').next_back()).collect::<std::collections::HashSet<_>>().len()";

fn n_loaded(session: &mut Session) -> usize {
    session.run(N_LOADED).value().unwrap().parse().unwrap()
}

#[test]
fn objects_of_old_cells_are_unloaded() {
    let mut session = Session::new();
    session.run("let mut n = 0; let mut words = vec![String::new()];");
    for index in 0..80 {
        session.run(&format!("n += {index}; words.push(format!(\"word {{n}}\")); words.len()"));
    }
    let loaded = n_loaded(&mut session);
    assert!(loaded < 60, "{loaded} of 82 objects are still loaded");
    session.value("(n, words.len())", "(3160, 81)");
}

#[test]
fn objects_of_functions_that_are_defined_anew_are_unloaded() {
    let mut session = Session::new();
    session.run("fn first() -> i32 { 1 }\nlet kept: fn() -> i32 = first;");
    session.run("fn calls() -> i32 { first() * 10 }");
    for index in 0..70 {
        session.run(&format!("fn again() -> i32 {{ {index} + first() }}"));
    }
    session.run("fn first() -> i32 { 2 }");
    session.value("(again(), calls(), kept())", "(71, 20, 1)");
    let loaded = n_loaded(&mut session);
    assert!(loaded < 40, "{loaded} of 75 objects are still loaded");
}

/// It may have a pointer in a register only.
#[test]
fn what_a_persons_thread_may_have_met_stays_while_it_lives() {
    let mut session = Session::new();
    session.run("let (sender, receiver) = std::sync::mpsc::channel::<i32>(); let (answers, answer) = std::sync::mpsc::channel::<i32>();");
    session.run("let thread = std::thread::spawn(move || { for n in receiver { answers.send(n * 2).unwrap(); } 5 });");
    for index in 0..40 {
        session.run(&format!("{index} + 1"));
    }
    session.value("sender.send(21)?; answer.recv()?", "42");
    for index in 0..40 {
        session.run(&format!("{index} + 2"));
    }
    // It has slept since it gave its answer.
    let loaded = n_loaded(&mut session);
    assert!((43..75).contains(&loaded), "{loaded} objects are still loaded");
    session.value("sender.send(4)?; answer.recv()?", "8");
    session.value("drop(sender); thread.join().unwrap()", "5");
    for index in 0..70 {
        session.run(&format!("{index} + 3"));
    }
    let loaded = n_loaded(&mut session);
    assert!(loaded < 75, "{loaded} objects are still loaded");
}

#[test]
fn pools_that_wait_for_work_are_in_nobodys_way() {
    let mut session = Session::new();
    session.run("let data = Dataset::from_frame(&drop_missing(&penguins()?.select([\"body_mass_g\", \"sex\"])?, &[\"sex\"])?, \"sex\")?;");
    for index in 0..70 {
        session.run(&format!("{index} + 1"));
        if index % 10 == 0 {
            session
                .run("cross_validate(&LogisticRegression::new(), &data, &StratifiedKFold::new(5), &[\"accuracy\"])?;");
            session.run("penguins()?.lazy().group_by([col(\"sex\")]).agg([col(\"body_mass_g\").mean()]).collect()?;");
        }
    }
    let loaded = n_loaded(&mut session);
    assert!(loaded < 60, "{loaded} objects are still loaded");
}

#[test]
fn what_points_into_an_old_cell_keeps_it() {
    let mut session = Session::new();
    session.run("let text = \"a literal of this cell\"; let shown: Vec<Box<dyn std::fmt::Display>> = vec![Box::new(1.5), Box::new(\"x\")];");
    session.run("struct Own(i32);\nimpl Drop for Own { fn drop(&mut self) { println!(\"dropped {}\", self.0) } }\nlet own = Own(7);");
    session.run("let add: fn(i32) -> i32 = |x| x + 1; let times: Box<dyn Fn(i32) -> i32> = Box::new(|x| x * 3);");
    session.run("std::panic::catch_unwind(|| panic!(\"on purpose\")).is_err()");
    for index in 0..80 {
        session.run(&format!("let kept{} = [{index}; 3];", index % 7));
    }
    let loaded = n_loaded(&mut session);
    assert!(loaded < 70, "{loaded} of 85 objects are still loaded");
    session.value("text", "\"a literal of this cell\"");
    session.value("shown.iter().map(|own| own.to_string()).collect::<Vec<_>>()", "[\"1.5\", \"x\"]");
    session.value("(add(1), times(2))", "(2, 6)");
    session.prints("drop(own);", "dropped 7\n");
}
