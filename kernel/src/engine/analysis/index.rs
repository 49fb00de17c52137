//! Names, signatures and documentation of the crates that cells see, as `preload/index.rs` and `assets/std_index.py` write them.
//!
//! A line is an item: `kind<tab>path<tab>declaration<tab>documentation`. The lines behind it that begin with a tab are its members:
//! `<tab>kind<tab>name<tab>declaration<tab>documentation<tab>type`, the last only for methods of some forms of the type, and
//! `<tab>use<tab>name<tab>path` for what a module has from elsewhere, with the name `*` for all of it. Paths are those of the
//! definitions. A line's end within a field is `\n`. A line that begins with `#` is a remark.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::rc::Rc;

use crate::engine::native::source;

/// The standard library, whose own documentation tells as much and is not on every machine.
const STD: &str = include_str!("../../../assets/std_index.txt");

/// The names that every cell sees, while the workbench's own file is not made yet.
const PRELUDE: &str = include_str!("../../../../workbench/src/prelude.rs");

/// How deep names may lead from module to module.
const DEPTH_MAX: usize = 12;

pub struct Index {
    items: Vec<Item>,
    by_path: HashMap<String, usize>,
    /// The items below a path.
    children: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
    names: RefCell<HashMap<String, Rc<Names>>>,
}

/// What a module has, by name: the paths of the definitions.
pub type Names = BTreeMap<String, String>;

#[derive(Clone, Debug, Default)]
pub struct Item {
    pub kind: String,
    pub path: String,
    pub declaration: String,
    pub doc: String,
    pub members: Vec<Member>,
}

#[derive(Clone, Debug, Default)]
pub struct Member {
    pub kind: String,
    pub name: String,
    pub declaration: String,
    pub doc: String,
    /// The form of the type that has it, where not all have.
    pub of: String,
}

impl Item {
    pub fn name(&self) -> &str {
        self.path.rsplit("::").next().unwrap_or_default()
    }

    pub fn is_type(&self) -> bool {
        matches!(self.kind.as_str(), "struct" | "enum" | "union" | "type" | "primitive")
    }
}

impl Index {
    /// Reads the standard library's file, and those of a folder, if there is one.
    pub fn load(folder: Option<&Path>) -> Index {
        let mut index = Index {
            items: Vec::new(),
            by_path: HashMap::new(),
            children: HashMap::new(),
            by_name: HashMap::new(),
            names: RefCell::default(),
        };
        index.add(STD);
        let mut has_workbench = false;
        for entry in folder.and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten() {
            // Those under way have a dot in their names.
            if entry.file_name().to_string_lossy().contains('.') {
                continue;
            }
            if let Ok(text) = std::fs::read_to_string(entry.path()) {
                has_workbench |= entry.file_name() == "workbench" && !text.is_empty();
                index.add(&text);
            }
        }
        if !has_workbench {
            let uses = source::parse(PRELUDE).imports.into_iter().filter_map(|import| {
                let path = import.path.join("::");
                let path = path.strip_prefix("crate").map_or(path.clone(), |rest| format!("workbench{rest}"));
                Some(format!("\tuse\t{}\t{path}\n", import.name?))
            });
            index.add(&format!("mod\tworkbench::prelude\n{}", uses.collect::<String>()));
        }
        index
    }

    fn add(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(member) = line.strip_prefix('\t') {
                let mut fields = member.split('\t').map(unescape);
                let mut next = || fields.next().unwrap_or_default();
                let member = Member { kind: next(), name: next(), declaration: next(), doc: next(), of: next() };
                if let Some(item) = self.items.last_mut() {
                    item.members.push(member);
                }
                continue;
            }
            let mut fields = line.split('\t').map(unescape);
            let mut next = || fields.next().unwrap_or_default();
            let item = Item { kind: next(), path: next(), declaration: next(), doc: next(), members: Vec::new() };
            let at = self.items.len();
            if let Some((parent, _)) = item.path.rsplit_once("::") {
                self.children.entry(parent.to_owned()).or_default().push(at);
            }
            self.by_name.entry(item.name().to_owned()).or_default().push(at);
            // A type comes before a module of the same path, and a module before a function.
            let is_better = |old: &Item| !old.is_type() && (item.is_type() || item.kind == "mod");
            if self.by_path.get(&item.path).is_none_or(|old| self.items.get(*old).is_some_and(is_better)) {
                self.by_path.insert(item.path.clone(), at);
            }
            self.items.push(item);
        }
    }

    /// The item of a path: that of its definition, or one by which code names it.
    pub fn find(&self, path: &str) -> Option<&Item> {
        let path = path.trim_start_matches("::");
        self.exact(path).or_else(|| self.exact(&self.resolve(path, 0)?))
    }

    fn exact(&self, path: &str) -> Option<&Item> {
        if let Some(at) = self.by_path.get(path) {
            return self.items.get(*at);
        }
        // The standard library's items are listed by their public paths only, and others may be known by private ones.
        let (head, rest) = path.split_once("::")?;
        if !matches!(head, "core" | "alloc" | "std") {
            return None;
        }
        if let Some(at) = self.by_path.get(&format!("std::{rest}")) {
            return self.items.get(*at);
        }
        let name = path.rsplit("::").next()?;
        let same_name = self.by_name.get(name).into_iter().flatten().filter_map(|at| self.items.get(*at));
        let mut standard = same_name.filter(|item| item.path.starts_with("std::") || !item.path.contains("::"));
        let first = standard.next()?;
        Some(first).filter(|_| standard.next().is_none())
    }

    /// An enum's variant, by its path.
    pub fn variant(&self, path: &str) -> Option<(&Item, &Member)> {
        let (of, name) = path.rsplit_once("::")?;
        let item = self.find(of)?;
        let variant = item.members.iter().find(|member| member.kind == "variant" && member.name == name)?;
        Some((item, variant))
    }

    /// The path of the definition of what a path names.
    fn resolve(&self, path: &str, depth: usize) -> Option<String> {
        if self.exact(path).is_some() {
            return Some(path.to_owned());
        }
        if depth > DEPTH_MAX {
            return None;
        }
        let (parent, name) = path.rsplit_once("::")?;
        let parent = self.resolve(parent, depth + 1).unwrap_or_else(|| parent.to_owned());
        let found = self.names_in(&parent).get(name)?.clone();
        if found == path { None } else { self.resolve(&found, depth + 1).or(Some(found)) }
    }

    /// What a module has, also from elsewhere; the variants, for an enum.
    pub fn names_in(&self, module: &str) -> Rc<Names> {
        if let Some(names) = self.names.borrow().get(module) {
            return Rc::clone(names);
        }
        // Modules that have all of each other find what there is so far.
        self.names.borrow_mut().insert(module.to_owned(), Rc::default());
        let mut names = Names::new();
        let mut globs = Vec::new();
        for item in self.items_at(module) {
            for member in &item.members {
                match member.kind.as_str() {
                    "use" if member.name == "*" => globs.push(self.absolute(module, &member.declaration)),
                    "use" => drop(names.insert(member.name.clone(), self.absolute(module, &member.declaration))),
                    "variant" => drop(names.insert(member.name.clone(), format!("{module}::{}", member.name))),
                    _ => {}
                }
            }
        }
        for child in self.children.get(module).into_iter().flatten().filter_map(|at| self.items.get(*at)) {
            names.entry(child.name().to_owned()).or_insert_with(|| child.path.clone());
        }
        for glob in globs {
            let glob = self.resolve(&glob, 0).unwrap_or(glob);
            for (name, path) in self.names_in(&glob).iter() {
                names.entry(name.clone()).or_insert_with(|| path.clone());
            }
        }
        let names = Rc::new(names);
        self.names.borrow_mut().insert(module.to_owned(), Rc::clone(&names));
        names
    }

    /// A path as its module writes it, from the crate's root.
    fn absolute(&self, module: &str, path: &str) -> String {
        let root = module.split("::").next().unwrap_or_default();
        if let Some(rest) = path.strip_prefix("crate::") {
            return format!("{root}::{rest}");
        }
        if let Some(rest) = path.strip_prefix("self::") {
            return format!("{module}::{rest}");
        }
        let beside = format!("{module}::{path}");
        if self.by_path.contains_key(&beside) { beside } else { path.to_owned() }
    }

    /// All items of a path: a module and a function may share one.
    fn items_at<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Item> {
        let name = path.rsplit("::").next().unwrap_or_default();
        self.by_name
            .get(name)
            .into_iter()
            .flatten()
            .filter_map(|at| self.items.get(*at))
            .filter(move |item| item.path == path)
    }
}

fn unescape(field: &str) -> String {
    if !field.contains('\\') {
        return field.to_owned();
    }
    let mut text = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(if chars.next() == Some('n') { '\n' } else { '\\' }),
            c => text.push(c),
        }
    }
    text
}
