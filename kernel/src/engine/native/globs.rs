//! What `use module::*;` imports of a person's own module or enum, name by name.
//!
//! The prelude is imported by a glob, too, and where both have a name the compiler takes the prelude's, or refuses. A name that is
//! imported by itself goes before those of globs, so a person's own are imported by themselves as well.

use std::collections::BTreeMap;

use ra_ap_syntax::AstNode;
use ra_ap_syntax::ast::{self, HasModuleItem, HasName, HasVisibility};

use super::definitions::{Definitions, KeptImport};
use super::nesting;

/// Lines that import what the session's globs mean. Names that several globs have are left to the compiler, and so are those
/// that the session defines or imports by themselves.
pub fn explicit_imports(definitions: &Definitions) -> Vec<(&KeptImport, String)> {
    let globs: Vec<(&KeptImport, Vec<String>)> = definitions
        .imports()
        .iter()
        .filter(|kept| kept.import.name.is_none() && kept.import.code.ends_with("::*;"))
        .map(|kept| (kept, names_in(definitions, &kept.import.path)))
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in globs.iter().flat_map(|(_, names)| names) {
        *counts.entry(name).or_default() += 1;
    }
    let is_free = |name: &&String| {
        let is_imported = definitions.imports().iter().any(|kept| kept.import.name.as_ref() == Some(*name));
        counts.get(name.as_str()) == Some(&1) && !is_imported && !definitions.has_item(name)
    };
    let line = |(kept, names): &(&'_ KeptImport, Vec<String>)| {
        let free: Vec<&str> = names.iter().filter(is_free).map(String::as_str).collect();
        (!free.is_empty()).then(|| format!("use crate::{}::{{{}}};", kept.import.path.join("::"), free.join(", ")))
    };
    globs.iter().filter_map(|glob| Some((glob.0, line(glob)?))).collect()
}

/// The public names of a module, or the variants of an enum, that the session defines under this path.
fn names_in(definitions: &Definitions, path: &[String]) -> Vec<String> {
    let Some((first, rest)) = path.split_first() else { return Vec::new() };
    let own = definitions.items().iter().find(|definition| definition.names(first));
    let Some(own) = own else { return Vec::new() };
    let file = nesting::parse(own.source()).tree();
    let Some(mut item) = file.items().next() else { return Vec::new() };
    for name in rest {
        let ast::Item::Module(module) = &item else { return Vec::new() };
        let inner = module.item_list().and_then(|list| list.items().find(|own| name_of(own).as_ref() == Some(name)));
        let Some(inner) = inner else { return Vec::new() };
        item = inner;
    }
    match &item {
        ast::Item::Module(module) => {
            let items = module.item_list().into_iter().flat_map(|list| list.items());
            items.filter(is_public).filter_map(|own| name_of(&own)).collect()
        }
        ast::Item::Enum(own) => {
            let variants = own.variant_list().into_iter().flat_map(|list| list.variants());
            variants.filter_map(|variant| variant.name()).map(|name| name.text().to_owned()).collect()
        }
        _ => Vec::new(),
    }
}

fn name_of(item: &ast::Item) -> Option<String> {
    let name = match item {
        ast::Item::Const(own) => own.name(),
        ast::Item::Enum(own) => own.name(),
        ast::Item::Fn(own) => own.name(),
        ast::Item::Module(own) => own.name(),
        ast::Item::Static(own) => own.name(),
        ast::Item::Struct(own) => own.name(),
        ast::Item::Trait(own) => own.name(),
        ast::Item::TypeAlias(own) => own.name(),
        ast::Item::Union(own) => own.name(),
        _ => None,
    };
    name.map(|name| name.text().to_owned())
}

fn is_public(item: &ast::Item) -> bool {
    let visibility = match item {
        ast::Item::Const(own) => own.visibility(),
        ast::Item::Enum(own) => own.visibility(),
        ast::Item::Fn(own) => own.visibility(),
        ast::Item::Module(own) => own.visibility(),
        ast::Item::Static(own) => own.visibility(),
        ast::Item::Struct(own) => own.visibility(),
        ast::Item::Trait(own) => own.visibility(),
        ast::Item::TypeAlias(own) => own.visibility(),
        ast::Item::Union(own) => own.visibility(),
        _ => None,
    };
    visibility.is_some_and(|own| own.syntax().text() == "pub")
}
