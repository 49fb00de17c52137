//! Crates that a notebook adds.

use std::path::{Path, PathBuf};

use tunebook::engine::StreamName;
use tunebook::tempfolder::TempFolder;

use super::super::session::{Session, plain};

/// A folder for a person's own crates, which are compiled into a cache of the test's own.
struct Crates(TempFolder);

impl Crates {
    fn new() -> Crates {
        let folder = TempFolder::new().unwrap();
        // SAFETY: nextest runs each test in a process of its own, and the engine has no thread that reads the environment.
        unsafe { std::env::set_var("TUNEBOOK_CACHE", folder.path().join("cache")) };
        Crates(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn add(&self, name: &str, source: &str) -> PathBuf {
        let folder = self.path(name);
        std::fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = format!(
            "# A crate.\n[package]\nname = \"{name}\"\nversion = \"0.0.1\"\nedition = \"2018\"\n\n[workspace]\n"
        );
        std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(folder.join("src/lib.rs"), source).unwrap();
        folder
    }
}

fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

/// Its test `crate_deps`: a bad crate is not kept around, cargo's own words tell of a wrong feature, several crates are added at once, and
/// a static of a crate keeps its value. COMMON.md: `:dep .` and its like, the "shorter form". Its test `crate_name_with_hyphens`.
#[test]
fn crates_at_paths_are_added_in_the_shorter_form() {
    let mut session = Session::new();
    let crates = Crates::new();
    let one = crates.add(
        "crate-one",
        "use std::sync::atomic::{AtomicU32, Ordering::SeqCst};\n\
         static FOO: AtomicU32 = AtomicU32::new(0);\n\
         pub fn r20() -> i32 { 20 }\n\
         pub fn set_value(v: u32) { FOO.store(v, SeqCst); }\n\
         pub fn get_value() -> u32 { FOO.load(SeqCst) }\n",
    );
    let two = crates.add("crate2", "pub fn r22() -> i32 { 22 }");
    assert!(
        plain(&session.fail(":dep bad = { path = \"this_path_does_not_exist\" }\n40"))
            .contains("this_path_does_not_exist")
    );
    let wrong = format!(":dep crate-one = {{ path = {}, features = [\"no_such_feature\"] }}", quoted(&one));
    assert!(plain(&session.fail(&wrong)).contains("no_such_feature"));
    session.value(
        &format!(
            ":dep {}\n:dep {}\ncrate_one::set_value(765);\ncrate_one::r20() + crate2::r22()",
            one.display(),
            two.display()
        ),
        "42",
    );
    session.value("crate_one::get_value()", "765");
}

/// COMMON.md, of crates at paths: "It will even automatically update when you save your files!" Ours looks when the cell with `:dep` is run
/// again, since a look before each cell would take as long as the cell; and says what that costs.
#[test]
fn a_crate_at_a_path_is_compiled_anew_when_it_has_changed() {
    let mut session = Session::new();
    let crates = Crates::new();
    let path = crates.add("changing", "pub fn answer() -> i32 { 41 }");
    let add = format!(":dep {}", path.display());
    session.value(&format!("{add}\nchanging::answer()"), "41");
    session.run("let kept = 1; fn twice() -> i32 { 2 * changing::answer() }");
    assert_eq!(session.run(&add).stream(StreamName::Stderr), "");
    session.value("kept + twice()", "83");
    crates.add("changing", "pub fn answer() -> i32 { 42 }\npub fn more() -> i32 { 1 }");
    let note = session.run(&add).stream(StreamName::Stderr);
    assert!(note.contains("a crate has changed") && note.contains("`kept` (In[2])"), "{note}");
    session.value("twice() + changing::more()", "85");
}

/// COMMON.md: "If you'd like to use a crate with a different name than what it's know as on crates.io", `package = "…"`.
#[test]
fn a_crate_is_added_under_another_name() {
    let mut session = Session::new();
    let crates = Crates::new();
    let path = crates.add("long-name", "pub fn answer() -> i32 { 42 }");
    session.run(&format!(":dep short = {{ package = \"long-name\", path = {} }}\nuse short;", quoted(&path)));
    session.value("short::answer()", "42");
}
