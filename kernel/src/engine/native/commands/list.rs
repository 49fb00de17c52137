//! All commands that there are, for `:help` and for who mistypes one.

use super::super::table::{self, Align};
use crate::engine::Event;

/// Commands as they are written, and what they do. A name is what stands before the first blank.
const COMMANDS: &[(&[&str], &str)] = &[
    (&[":dep name = \"1.2\""], "use a crate, in any form that Cargo.toml takes; with no version, the newest"),
    (&[":dep ../folder"], "use the crate in that folder"),
    (&[":show_deps"], "the crates that were added"),
    (&[":release", ":opt 2"], "optimise the rest of this cell; alone in a cell, all cells from here on"),
    (&[":debug", ":opt 0"], "do not optimise the rest of this cell; alone in a cell, all cells from here on"),
    (&[":auto"], "optimise what has loops of its own, and only that (so it is from the start)"),
    (&[":vars", "%who", "%whos"], "the variables: name, type, size and the cell that they are from"),
    (&[":type expression", ":t expression"], "the type of an expression, which is not run"),
    (&[":clear", "%reset"], "forget all variables and definitions, and start a new process; the crates of :dep stay"),
    (&[":restart"], "forget all variables, and start a new process; definitions stay"),
    (&[":timing"], "where the time of the cells so far went"),
    (&["%time code", "%%time"], "run the rest of the cell, and tell how long it took, apart from being compiled"),
    (
        &["%timeit [-n loops] [-r runs] code", "%%timeit [options] [setup;]"],
        "run the rest of the cell over and over, optimised, and tell the mean and the best; nothing is kept of it",
    ),
    (
        &["!command"],
        "run a command of the system; `!` negates where the line reads as Rust and begins with a name of the notebook, a literal, a bracket, a call or a path",
    ),
    (&["%%bash", "%%sh"], "run the rest of the cell as a script"),
    (&["%cd folder", "%cd -", "%pwd"], "work in another folder; go back; tell which it is"),
    (
        &["%env", "%env NAME", "%env NAME=value", ":env NAME=value"],
        "list the environment, show a variable of it, or set one for cells and commands",
    ),
    (&["%load file"], "replace this cell by what the file has"),
    (&["%%writefile [-a] file"], "write the rest of the cell to a file, or add it with -a"),
    (&[":explain [E0382]"], "what an error of the compiler means, by default the latest"),
    (&[":version"], "of this program and of the compiler"),
    (&[":help", "%lsmagic", "%magic"], "this list"),
];

/// What evcxr has to be told and this kernel has not. Notebooks that come from there run all the same.
const NEEDLESS: &[(&str, &str)] = &[
    (":allow_static_linking", "crates of `:dep` are always linked so that their statics live from cell to cell"),
    (":build_env", "set it with `%env NAME=value` before the `:dep` that needs it"),
    (":cache", "what was compiled for `:dep` is always kept, and used again by every notebook"),
    (":clear_cache", "what was compiled is kept in the cache's folder, which `tunebook doctor` names; remove it there"),
    (":codegen_backend", "cells are compiled by LLVM, unoptimised where that is quicker"),
    (":doc", "put the cursor behind a name and press Shift+Tab"),
    (
        ":efmt",
        "an error is always shown by its message and its causes, and by its `Debug` form where it has no message",
    ),
    (":fmt", "a value is always shown in its rich form or by `Debug`; for another write `println!(\"{value:#}\")`"),
    (":internal_debug", "run the notebook with `tunebook run -v` to see what is done"),
    (":last_compile_dir", "nothing is left of a cell's compilation; `:timing` shows how long it took"),
    (":last_error_json", "an error is shown whole in its cell, and `:explain` says more of it"),
    (":linker", "cells are linked by the fastest linker there is"),
    (":load_config", "there are no startup files: what a notebook needs is in its first cell"),
    (":offline", "the network is used only for what is not there yet, and done without where it fails"),
    (":preserve_vars_on_panic", "variables always survive a panic"),
    (":quit", "the kernel is ended by the frontend: Kernel, Shut Down Kernel"),
    (":sccache", "what was compiled for `:dep` is always kept"),
    (":time_passes", "`:timing` shows where the time goes"),
    (":toolchain", "cells are compiled by the toolchain that the workbench was compiled with"),
    (":types", "`:type expression` shows a type, and `:vars` those of all variables"),
];

/// Why a command of evcxr's is needless here.
pub fn needless(name: &str) -> Option<&'static str> {
    NEEDLESS.iter().find(|(own, _)| *own == name).map(|(_, why)| *why)
}

/// The message about a name that is no command's.
pub fn unknown(name: &str) -> String {
    let commands = COMMANDS.iter().flat_map(|(forms, _)| forms.iter()).map(|form| name_of(form));
    let nearest = commands.map(|own| (distance(own, name), own)).min_by_key(|(distance, _)| *distance);
    match nearest {
        // With more letters changed than kept it is another word.
        Some((distance, own)) if distance <= 2 && distance * 2 < name.trim_start_matches(['%', ':']).len() => {
            format!("there is no command `{name}`; there is `{own}`")
        }
        _ => format!("there is no command `{name}`"),
    }
}

/// The commands that there are, as an output.
pub fn help() -> Event {
    let row = |(forms, what): &(&[&str], &str)| [forms.join(", "), (*what).to_owned()];
    let rows: Vec<[String; 2]> = COMMANDS.iter().map(row).collect();
    let caption = "commands stand at the top of a cell, each on a line of its own";
    table::show(caption, [("command", Align::Left), ("what it does", Align::Left)], &rows)
}

/// The names of all commands, each with what it does.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    COMMANDS.iter().flat_map(|(forms, what)| forms.iter().map(|form| (name_of(form), *what)))
}

fn name_of(form: &str) -> &str {
    form.split(char::is_whitespace).next().unwrap_or(form)
}

/// How many letters have to be put in, taken out, changed, or exchanged with the next.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let at = |i: usize, j: usize| rows.get(i).and_then(|row| row.get(j)).copied().unwrap_or(usize::MAX - 1);
            let is_same = a.get(i - 1) == b.get(j - 1);
            let mut least = at(i - 1, j - 1).saturating_add(usize::from(!is_same)).min(at(i - 1, j) + 1);
            least = least.min(row.last().copied().unwrap_or(0) + 1);
            if i > 1 && j > 1 && a.get(i - 1) == b.get(j - 2) && a.get(i - 2) == b.get(j - 1) {
                least = least.min(at(i - 2, j - 2) + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_mistakes_in_typing() {
        for (a, b, expected) in [
            ("%time", "%time", 0),
            ("%tmie", "%time", 1),
            ("%tim", "%time", 1),
            ("%tixe", "%time", 1),
            ("", "ab", 2),
            ("%whoss", "%who", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
