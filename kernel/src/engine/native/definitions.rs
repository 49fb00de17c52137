//! What the session has defined so far: items and imports, as source that is compiled with the cells that use it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::export::Export;
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
    /// No other definition of the session has it, not even one of the same text.
    pub id: u32,
    pub item: Item,
    pub cell: Arc<CellText>,
}

impl Definition {
    pub fn names(&self, name: &str) -> bool {
        self.item.key.names(name)
    }

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
    n_added: u32,
    epoch: u32,
}

/// The items that the child has in compiled form, by their definitions' ids.
#[derive(Clone, Debug, Default)]
pub struct CompiledItems(BTreeMap<u32, CompiledItem>);

#[derive(Clone, Debug)]
struct CompiledItem {
    symbol: String,
    /// All definitions that it was compiled with. It is what the source says only as long as these are what it needs.
    needed: BTreeSet<u32>,
}

/// A definition that a cell's crate needs, and in which form.
#[derive(Clone, Debug)]
pub enum Needed<'a> {
    Source(&'a Definition),
    /// It is loaded already, under this symbol.
    Declared {
        definition: &'a Definition,
        export: &'a Export,
        symbol: String,
    },
}

impl Definitions {
    /// These definitions with those of a new cell, of which the later ones replace the earlier ones of the same name.
    /// Also names the types that got another definition, since values of the old one cannot be used any longer.
    pub fn with_cell(&self, cell: &Arc<CellText>, parsed: &ParsedCell) -> (Definitions, BTreeSet<String>) {
        let mut next = self.clone();
        next.epoch += u32::from(self.are_changed_by(parsed, cell));
        let mut redefined = BTreeSet::new();
        for item in &parsed.items {
            next.n_added += 1;
            let definition = Definition { id: next.n_added, item: item.clone(), cell: Arc::clone(cell) };
            next.add(definition, &mut redefined);
        }
        for import in &parsed.imports {
            next.imports.retain(|kept| match (&kept.import.name, &import.name) {
                (Some(old), Some(new)) => old != new,
                (None, None) => kept.import.code != import.code,
                _ => true,
            });
            // And an item of that name from an earlier cell gives way to the import.
            if let Some(name) = &import.name {
                next.items.retain(|old| !old.item.key.names(name) || Arc::ptr_eq(&old.cell, cell));
            }
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
            ItemKey::Trait { name, .. } => {
                self.items.retain(|old| !old.item.key.names(name));
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

    /// The definitions that code mentioning these names needs, in the order in which they were written. Those of the cell itself
    /// are all needed, in their source.
    pub fn needed_by(
        &self,
        mentions: &BTreeSet<String>,
        cell: &Arc<CellText>,
        compiled: &CompiledItems,
    ) -> Vec<Needed<'_>> {
        let is_own = |definition: &Definition| Arc::ptr_eq(&definition.cell, cell);
        self.choose(mentions, is_own, |definition| compiled.symbol_of(definition, self))
    }

    /// The ids of all definitions that this one is compiled with, its own among them.
    fn needed_with(&self, definition: &Definition) -> BTreeSet<u32> {
        let needed = self.choose(&definition.item.mentions, |other| other.id == definition.id, |_| None);
        needed.iter().map(|needed| needed.definition().id).collect()
    }

    /// All definitions that are mentioned, by the names or by one another, and those that are there always; those that have a
    /// symbol only by their declaration.
    fn choose(
        &self,
        mentions: &BTreeSet<String>,
        always: impl Fn(&Definition) -> bool,
        symbol: impl Fn(&Definition) -> Option<String>,
    ) -> Vec<Needed<'_>> {
        let mut names = mentions.clone();
        for kept in &self.imports {
            names.extend(kept.import.path.iter().cloned());
        }
        let mut chosen: Vec<Option<Needed<'_>>> = vec![None; self.items.len()];
        loop {
            let mut grew = false;
            for (definition, chosen) in self.items.iter().zip(&mut chosen).filter(|(_, chosen)| chosen.is_none()) {
                let is_always = always(definition);
                if !is_always && !definition.item.key.is_wanted_by(&names) {
                    continue;
                }
                let symbol = if is_always { None } else { symbol(definition) };
                let needed = match (symbol, &definition.item.export) {
                    (Some(symbol), Some(export)) => Needed::Declared { definition, export, symbol },
                    _ => Needed::Source(definition),
                };
                names.extend(needed.mentions().iter().cloned());
                *chosen = Some(needed);
                grew = true;
            }
            if !grew {
                break;
            }
        }
        chosen.into_iter().flatten().collect()
    }

    pub fn imports(&self) -> &[KeptImport] {
        &self.imports
    }

    /// All definitions, in the order in which they were written.
    pub fn items(&self) -> &[Definition] {
        &self.items
    }

    pub fn has_item(&self, name: &str) -> bool {
        self.items.iter().any(|definition| definition.item.key.names(name))
    }

    /// Whether a name that the language or the prelude has may mean something of the person's own: an item, a member of one, an import,
    /// or something within a module from which all is imported.
    pub fn gives_meaning_to(&self, name: &str) -> bool {
        let has_globs = self.imports.iter().any(|kept| kept.import.name.is_none());
        let is_named = |item: &Item| match &item.key {
            ItemKey::Trait { members, .. } | ItemKey::InherentImpl { members, .. } => members.contains(name),
            // What a macro makes is not known, so that all that it is given counts.
            ItemKey::Other { .. } => item.mentions.contains(name),
            _ => has_globs && item.mentions.contains(name),
        };
        self.imports.iter().any(|kept| kept.import.name.as_deref() == Some(name))
            || self.items.iter().any(|own| own.names(name) || is_named(&own.item))
    }

    /// Whether the type of this name is said to be `Copy`, by a derive or an impl.
    pub fn type_is_copy(&self, name: &str) -> bool {
        self.items.iter().any(|definition| match &definition.item.key {
            ItemKey::Named { name: own, .. } => own == name && definition.item.mentions.contains("Copy"),
            ItemKey::TraitImpl { of, .. } => of.contains("Copy") && of.contains(name),
            _ => false,
        })
    }

    /// Counts the times at which what is defined got another meaning: a type of the same name may be another type since then.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Whether a new cell gives another meaning to something that is defined: by a name that there is already, or that something mentions.
    fn are_changed_by(&self, parsed: &ParsedCell, cell: &CellText) -> bool {
        let is_same = |old: &Definition, new: &Item| {
            old.item.key == new.key && old.source() == cell.code.get(new.range.clone()).unwrap_or_default()
        };
        let of_item = |new: &Item| match &new.key {
            _ if self.items.iter().any(|old| is_same(old, new)) => false,
            ItemKey::Named { name, .. } | ItemKey::Trait { name, .. } => {
                self.items.iter().any(|old| old.item.key.names(name) || old.item.mentions.contains(name))
            }
            _ => false,
        };
        let of_import = |new: &Import| {
            let is_known = self.imports.iter().any(|kept| kept.import.code == new.code);
            let concerns = |old: &Definition| new.name.as_ref().is_none_or(|name| old.item.mentions.contains(name));
            !is_known && self.items.iter().any(concerns)
        };
        parsed.items.iter().filter(|new| new.may_change_types).any(of_item) || parsed.imports.iter().any(of_import)
    }

    /// Whether there is a type of this name.
    pub fn type_is_defined(&self, name: &str) -> bool {
        self.items.iter().any(|definition| matches!(&definition.item.key, ItemKey::Named { name: own, defines_type: true } if own == name))
    }
}

impl Needed<'_> {
    pub fn definition(&self) -> &Definition {
        match self {
            Needed::Source(definition) | Needed::Declared { definition, .. } => definition,
        }
    }

    /// What its form in the crate mentions in turn.
    fn mentions(&self) -> &BTreeSet<String> {
        match self {
            Needed::Source(definition) => &definition.item.mentions,
            Needed::Declared { export, .. } => &export.mentions,
        }
    }
}

impl CompiledItems {
    /// Remembers that the child has loaded this item under this symbol, compiled with the definitions that there are.
    pub fn add(&mut self, id: u32, symbol: String, definitions: &Definitions) {
        if let Some(definition) = definitions.items.iter().find(|definition| definition.id == id) {
            self.0.insert(id, CompiledItem { symbol, needed: definitions.needed_with(definition) });
        }
    }

    /// The child is gone, and with it all that it had loaded.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether later cells find this definition under this symbol.
    pub fn has_symbol(&self, id: u32, symbol: &str, definitions: &Definitions) -> bool {
        let definition = definitions.items.iter().find(|definition| definition.id == id);
        definition.and_then(|definition| self.symbol_of(definition, definitions)).is_some_and(|own| own == symbol)
    }

    fn symbol_of(&self, definition: &Definition, definitions: &Definitions) -> Option<String> {
        let item = self.0.get(&definition.id)?;
        (definitions.needed_with(definition) == item.needed).then(|| item.symbol.clone())
    }
}

impl ItemKey {
    fn names(&self, wanted: &str) -> bool {
        matches!(self, ItemKey::Named { name, .. } | ItemKey::Trait { name, .. } if name == wanted)
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
            ItemKey::Trait { name, members } => names.contains(name) || !members.is_disjoint(names),
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
