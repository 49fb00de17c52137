//! Which names code in a cell sees, and what they stand for.

use std::collections::BTreeMap;

use super::index::{Index, Item, Member};
use super::{own, typename};
use crate::engine::native::definitions::Definitions;
use crate::engine::native::source::ParsedCell;

const PRELUDE: &str = "workbench::prelude";
const STD_PRELUDE: &str = "std::prelude";
const CRATE_ROOTS: &[&str] = &["std", "core", "alloc", "workbench"];

/// What a session has defined and imported, with what the cell under way defines and imports.
pub struct Scope<'a> {
    pub index: &'a Index,
    pub own: BTreeMap<String, Item>,
    /// Imported names, and their paths.
    imports: BTreeMap<String, Vec<String>>,
    /// Modules of which all is imported.
    globs: Vec<Vec<String>>,
}

/// What can stand at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub kind: String,
    pub signature: String,
}

/// A trait whose methods can be called.
#[derive(Clone, Debug)]
pub struct TraitInScope {
    /// Its path in code.
    pub path: String,
    pub item: Item,
}

impl<'a> Scope<'a> {
    /// `cells` are readings of the cell under way, which is not whole.
    pub fn new<'b>(index: &'a Index, definitions: &'b Definitions, cells: &'b [(ParsedCell, &'b str)]) -> Scope<'a> {
        let earlier = definitions.items().iter().map(|definition| definition.source());
        let of_cell =
            |(cell, code): &'b (ParsedCell, &'b str)| cell.items.iter().filter_map(|item| code.get(item.range.clone()));
        let own = own::read(earlier.chain(cells.iter().flat_map(of_cell)));
        let (mut imports, mut globs) = (BTreeMap::new(), Vec::new());
        let earlier = definitions.imports().iter().map(|kept| &kept.import);
        for import in earlier.chain(cells.iter().flat_map(|(cell, _)| &cell.imports)) {
            // The new name of a renamed import stands last in neither.
            let path = import.path.clone();
            match &import.name {
                Some(name) => drop(imports.insert(name.clone(), path)),
                None => globs.push(path),
            }
        }
        Scope { index, own, imports, globs }
    }

    /// The path of the definition of what the names stand for; `None` where it is a person's own or unknown.
    pub fn full_path(&self, segments: &[String]) -> Option<String> {
        self.full_path_at(segments, 0)
    }

    fn full_path_at(&self, segments: &[String], depth: usize) -> Option<String> {
        let (first, rest) = segments.split_first()?;
        if depth > 4 || self.own.contains_key(first) {
            return None;
        }
        let join = |head: &str| rest.iter().fold(head.to_owned(), |path, segment| format!("{path}::{segment}"));
        if matches!(first.as_str(), "crate" | "self" | "super") {
            return self.full_path_at(rest, depth + 1);
        }
        if let Some(path) = self.imports.get(first) {
            if path.first() == Some(first) && path.len() == 1 {
                return Some(join(first));
            }
            return self.full_path_at(&path.iter().chain(rest).cloned().collect::<Vec<_>>(), depth + 1);
        }
        if CRATE_ROOTS.contains(&first.as_str()) {
            return Some(join(first));
        }
        for glob in &self.globs {
            if let Some(module) = self.full_path_at(glob, depth + 1)
                && let Some(path) = self.names_at(&module).get(first)
            {
                return Some(join(path));
            }
        }
        for prelude in [PRELUDE, STD_PRELUDE] {
            if let Some(path) = self.index.names_in(prelude).get(first) {
                return Some(join(path));
            }
        }
        Some(join(first))
    }

    fn names_at(&self, module: &str) -> std::rc::Rc<super::index::Names> {
        let defined = self.index.find(module).map_or(module, |item| item.path.as_str());
        self.index.names_in(defined)
    }

    /// The item that the names stand for.
    pub fn item(&self, segments: &[String]) -> Option<Item> {
        if let [.., name] = segments
            && let Some(item) = self.own.get(name)
        {
            return Some(item.clone());
        }
        let path = self.full_path(segments)?;
        self.type_item(&path)
    }

    /// The item of a type or another path. Numbers of all widths have what those of one width have.
    pub fn type_item(&self, path: &str) -> Option<Item> {
        if let Some(item) = self.own.get(path) {
            return Some(item.clone());
        }
        let like = match path {
            "i8" | "i16" | "i32" | "i128" | "isize" => "i64",
            "u16" | "u32" | "u128" | "usize" => "u64",
            "f32" => "f64",
            _ => return self.index.find(path).cloned(),
        };
        let mut item = self.index.find(like)?.clone();
        for member in &mut item.members {
            member.declaration = member.declaration.replace(like, path);
            member.doc = member.doc.replace(like, path);
        }
        (item.path, item.doc) =
            (path.to_owned(), item.doc.replace("64", &path.replace(|c: char| !c.is_ascii_digit(), "")));
        Some(item)
    }

    /// The members that a type of this full form has.
    pub fn members(&self, ty: &str) -> Vec<Member> {
        let Some(mut item) = self.type_item(&typename::head(ty)) else { return Vec::new() };
        // Another name of a type has what that has.
        if item.kind == "type"
            && item.members.is_empty()
            && let Some((_, target)) = item.declaration.split_once(" = ")
            && let Some(target) = self.type_item(&typename::head(target)).or_else(|| self.by_last_name(target))
        {
            item = target;
        }
        let alias = |name: &str| {
            let item = self
                .index
                .find(&format!("{PRELUDE}::{name}"))
                .or_else(|| self.index.find(&format!("ndarray::{name}")))?;
            item.declaration.split_once(" = ").map(|(_, target)| target.to_owned()).filter(|_| item.kind == "type")
        };
        item.members
            .into_iter()
            .filter(|member| member.of.is_empty() || typename::matches(ty, &member.of, alias))
            .collect()
    }

    fn by_last_name(&self, ty: &str) -> Option<Item> {
        let name = typename::head(ty);
        self.index.find(&format!("{PRELUDE}::{name}")).cloned()
    }

    /// What can follow a path.
    pub fn below(&self, segments: &[String], in_use: bool) -> Vec<Named> {
        if segments.is_empty() && in_use {
            let mut named: Vec<Named> = CRATE_ROOTS.iter().map(|name| module(name)).collect();
            named.extend(self.prelude_names().into_iter().filter(|named| named.kind == "mod"));
            named.extend(self.own_names());
            return named;
        }
        let mut named = Vec::new();
        if let [name] = segments
            && let Some(item) = self.own.get(name)
        {
            named.extend(item.members.iter().filter(|member| member.kind != "field").map(of_member));
            return named;
        }
        let Some(path) = self.full_path(segments) else { return named };
        let item = self.type_item(&path);
        let defined = item.as_ref().map_or(path.clone(), |item| item.path.clone());
        if item.as_ref().is_none_or(|item| !item.is_type() || item.kind == "enum") {
            for (name, target) in self.index.names_in(&defined).iter() {
                named.push(self.named(name, target));
            }
        }
        for member in self.members(&path) {
            if !matches!(member.kind.as_str(), "field" | "use" | "variant") {
                named.push(of_member(&member));
            }
        }
        named
    }

    fn named(&self, name: &str, target: &str) -> Named {
        if let Some(item) = self.index.find(target) {
            let kind = if item.kind == "primitive" { "type" } else { &item.kind };
            return Named {
                name: name.to_owned(),
                kind: kind.to_owned(),
                signature: signature(&item.declaration, name),
            };
        }
        if let Some((_, variant)) = self.index.variant(target) {
            return Named { name: name.to_owned(), ..of_member(variant) };
        }
        // A crate, or an item of one that is not indexed.
        let kind = if target.contains("::") { "" } else { "mod" };
        Named { name: name.to_owned(), kind: kind.to_owned(), signature: String::new() }
    }

    /// The names of a person's own, and those that a person has imported.
    pub fn own_names(&self) -> Vec<Named> {
        let mut named: Vec<Named> = self
            .own
            .values()
            .map(|item| Named {
                name: item.path.clone(),
                kind: item.kind.clone(),
                signature: signature(&item.declaration, &item.path),
            })
            .collect();
        for (name, path) in &self.imports {
            let target = self.full_path(path).unwrap_or_else(|| path.join("::"));
            named.push(self.named(name, &target));
        }
        for glob in &self.globs {
            if let Some(module) = self.full_path(glob) {
                named.extend(self.names_at(&module).iter().map(|(name, target)| self.named(name, target)));
            }
        }
        named
    }

    /// The names that every cell sees.
    pub fn prelude_names(&self) -> Vec<Named> {
        let mut named = Vec::new();
        for prelude in [PRELUDE, STD_PRELUDE] {
            named.extend(self.index.names_in(prelude).iter().map(|(name, target)| self.named(name, target)));
        }
        named.extend(CRATE_ROOTS.iter().map(|name| module(name)));
        let std = self.index.names_in("std");
        named.extend(std.iter().map(|(name, target)| self.named(name, target)).filter(|named| named.kind == "macro"));
        named
    }

    /// The traits whose methods can be called: those of the preludes, and those that a person has defined or imported.
    pub fn traits(&self) -> Vec<TraitInScope> {
        let mut traits = Vec::new();
        for (prelude, head) in [(PRELUDE, "::workbench::prelude"), (STD_PRELUDE, "")] {
            for (name, target) in self.index.names_in(prelude).iter() {
                if let Some(item) = self.index.find(target).filter(|item| item.kind == "trait") {
                    let path = if head.is_empty() { format!("::{target}") } else { format!("{head}::{name}") };
                    traits.push(TraitInScope { path, item: item.clone() });
                }
            }
        }
        let own = self.own.values().filter(|item| item.kind == "trait");
        traits.extend(own.map(|item| TraitInScope { path: format!("crate::{}", item.path), item: item.clone() }));
        for path in self.imports.values() {
            let item = self.full_path(path).and_then(|path| self.index.find(&path)).filter(|item| item.kind == "trait");
            traits.extend(item.map(|item| TraitInScope { path: path.join("::"), item: item.clone() }));
        }
        for glob in &self.globs {
            let Some(module) = self.full_path(glob) else { continue };
            for (name, target) in self.names_at(&module).iter() {
                if let Some(item) = self.index.find(target).filter(|item| item.kind == "trait") {
                    traits.push(TraitInScope { path: format!("{}::{name}", glob.join("::")), item: item.clone() });
                }
            }
        }
        traits.sort_by(|a, b| a.item.path.cmp(&b.item.path));
        traits.dedup_by(|a, b| a.item.path == b.item.path);
        traits
    }
}

fn module(name: &str) -> Named {
    Named { name: name.to_owned(), kind: "mod".to_owned(), signature: String::new() }
}

pub fn of_member(member: &Member) -> Named {
    let signature = match member.kind.as_str() {
        "field" => member.declaration.clone(),
        _ => signature(&member.declaration, &member.name),
    };
    Named { name: member.name.clone(), kind: member.kind.clone(), signature }
}

/// What of a declaration stands behind the name: parameters and result.
fn signature(declaration: &str, name: &str) -> String {
    let Some(at) = declaration.find(&format!("fn {name}")) else { return String::new() };
    declaration.get(at + 3 + name.len()..).unwrap_or_default().to_owned()
}
