//! What the session has defined so far: items and imports, as source that is compiled with the cells that use it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::source::{Import, Item, ItemKey, ParsedCell};

/// A cell's text, kept as long as a definition in it, so that errors can show the definition where it was written.
#[derive(Debug, PartialEq)]
pub struct CellText {
    pub execution_count: u32,
    pub code: String,
    /// Where checks for an interrupt go, in ascending order.
    pub loop_checks: Vec<usize>,
}

/// An item and the place where it was written.
#[derive(Clone, Debug)]
pub struct Definition {
    pub item: Item,
    pub cell: Arc<CellText>,
}

impl Definition {
    pub fn source(&self) -> &str {
        self.cell.code.get(self.item.range.clone()).unwrap_or_default()
    }
}

/// An import and the place where it was written.
#[derive(Clone, Debug)]
pub struct KeptImport {
    pub import: Import,
    pub cell: Arc<CellText>,
}

#[derive(Clone, Debug, Default)]
pub struct Definitions {
    items: Vec<Definition>,
    imports: Vec<KeptImport>,
}

impl Definitions {
    /// These definitions with those of a new cell, of which the later ones replace the earlier ones of the same name.
    /// Also names the types that got another definition, since values of the old one cannot be used any longer.
    pub fn with_cell(&self, cell: &Arc<CellText>, parsed: &ParsedCell) -> (Definitions, BTreeSet<String>) {
        let mut next = self.clone();
        let mut redefined = BTreeSet::new();
        for item in &parsed.items {
            let definition = Definition { item: item.clone(), cell: Arc::clone(cell) };
            next.add(definition, &mut redefined);
        }
        for import in &parsed.imports {
            next.imports.retain(|kept| match (&kept.import.name, &import.name) {
                (Some(old), Some(new)) => old != new,
                (None, None) => kept.import.code != import.code,
                _ => true,
            });
            next.imports.push(KeptImport { import: import.clone(), cell: Arc::clone(cell) });
        }
        (next, redefined)
    }

    fn add(&mut self, definition: Definition, redefined: &mut BTreeSet<String>) {
        let same_source = |old: &Definition| old.source() == definition.source();
        match &definition.item.key {
            ItemKey::Named { name, defines_type } => {
                let changed = self.items.iter().any(|old| old.item.key.names(name) && !same_source(old));
                self.items.retain(|old| !old.item.key.names(name));
                if changed && *defines_type {
                    // The methods of the old type go with it, as those of a redefined class do in Python.
                    self.items.retain(|old| !old.item.key.implements(name) || Arc::ptr_eq(&old.cell, &definition.cell));
                    redefined.insert(name.clone());
                }
                // An import of that name gives way, as it would to a redefinition of an item.
                self.imports.retain(|kept| kept.import.name.as_ref() != Some(name));
            }
            ItemKey::TraitImpl { .. } | ItemKey::Other { .. } => {
                self.items.retain(|old| old.item.key != definition.item.key)
            }
            ItemKey::InherentImpl { head, members, .. } => self.items.retain(|old| match &old.item.key {
                // A block that defines one of the same members is an earlier form of this one.
                ItemKey::InherentImpl { head: old_head, members: old_members, .. } => {
                    old_head != head || (old_members.is_disjoint(members) && !same_source(old))
                }
                _ => true,
            }),
        }
        self.items.push(definition);
    }

    /// The definitions that code mentioning these names needs, in the order in which they were written.
    pub fn needed_by(&self, mentions: &BTreeSet<String>, cell: &Arc<CellText>) -> Vec<&Definition> {
        let mut names = mentions.clone();
        for kept in &self.imports {
            names.extend(kept.import.path.iter().cloned());
        }
        let mut chosen = vec![false; self.items.len()];
        loop {
            let mut grew = false;
            for (definition, chosen) in self.items.iter().zip(&mut chosen) {
                let wanted = Arc::ptr_eq(&definition.cell, cell) || definition.item.key.is_wanted_by(&names);
                if wanted && !*chosen {
                    *chosen = true;
                    grew = true;
                    names.extend(definition.item.mentions.iter().cloned());
                }
            }
            if !grew {
                break;
            }
        }
        self.items.iter().zip(chosen).filter_map(|(definition, chosen)| chosen.then_some(definition)).collect()
    }

    pub fn imports(&self) -> &[KeptImport] {
        &self.imports
    }

    /// All definitions, in the order in which they were written.
    pub fn items(&self) -> &[Definition] {
        &self.items
    }

    /// Whether there is an item of this name, be it a type or a function.
    pub fn type_is_defined(&self, name: &str) -> bool {
        self.items.iter().any(|definition| matches!(&definition.item.key, ItemKey::Named { name: own, defines_type: true } if own == name))
    }
}

impl ItemKey {
    fn names(&self, wanted: &str) -> bool {
        matches!(self, ItemKey::Named { name, .. } if name == wanted)
    }

    fn implements(&self, type_name: &str) -> bool {
        match self {
            ItemKey::TraitImpl { of, .. } | ItemKey::InherentImpl { of, .. } => of.contains(type_name),
            _ => false,
        }
    }

    fn is_wanted_by(&self, names: &BTreeSet<String>) -> bool {
        match self {
            ItemKey::Named { name, .. } => names.contains(name),
            ItemKey::TraitImpl { of, .. } | ItemKey::InherentImpl { of, .. } => !of.is_disjoint(names),
            ItemKey::Other { .. } => true,
        }
    }
}

/// A range of generated code and the place of the same text in a cell.
#[derive(Clone, Debug)]
pub struct Segment {
    pub generated: Range<usize>,
    pub cell: Arc<CellText>,
    pub start: usize,
}
