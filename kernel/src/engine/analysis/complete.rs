//! What can stand at the cursor, the nearest first.

use std::collections::BTreeSet;

use super::cursor::{Cursor, Place};
use super::index::Member;
use super::probe::{Answer, Probe};
use super::scope::{Named, Scope, TraitInScope, of_member};
use super::{Snapshot, locals, typename};
use crate::engine::native::commands;
use crate::engine::native::types::VariableType;
use crate::engine::{Completion, Completions};

const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn",
    "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
];

const PRIMITIVES: &[&str] = &[
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16", "u32", "u64", "u8",
    "usize",
];

/// How many names one completion offers.
const MATCHES_MAX: usize = 500;

/// A cell, where the cursor stands in it, and all that is known around it.
pub struct Asked<'a> {
    pub code: &'a str,
    pub cursor: Cursor,
    pub snapshot: &'a Snapshot,
    pub scope: &'a Scope<'a>,
}

impl Asked<'_> {
    fn prefix(&self) -> &str {
        self.code.get(self.cursor.word.clone()).unwrap_or_default()
    }
}

pub fn complete(asked: &Asked<'_>, probe: Option<&mut Probe>) -> Completions {
    let named = match &asked.cursor.place {
        Place::Member { receiver } => probe.map(|probe| members(asked, receiver.clone(), probe)).unwrap_or_default(),
        Place::Path { segments, in_use } => {
            let mut named = asked.scope.below(segments, *in_use);
            // `Type::` has the functions of its traits, too, which the compiler knows.
            if !in_use && let Some(probe) = probe {
                named.extend(functions_of_traits(asked, segments, probe));
            }
            named
        }
        Place::Name => names(asked, probe.as_deref()),
        Place::Field { of } => {
            let item = asked.scope.item(std::slice::from_ref(of));
            let fields: Vec<Named> = item
                .iter()
                .flat_map(|item| &item.members)
                .filter(|member| member.kind == "field")
                .map(of_member)
                .collect();
            if fields.is_empty() { names(asked, probe.as_deref()) } else { fields }
        }
        Place::Text { content, of } => {
            return files(&format!("{content}{}", asked.prefix()), of, asked.cursor.word.end);
        }
        Place::Nothing => Vec::new(),
    };
    offer(named, asked.prefix(), asked.cursor.word.start, asked.cursor.word.end)
}

/// The commands that begin like the line that the cursor stands in, if that is one.
pub fn complete_command(code: &str, cursor: usize) -> Option<Completions> {
    let line_start = code.get(..cursor)?.rfind('\n').map_or(0, |at| at + 1);
    let line = code.get(line_start..cursor)?;
    let is_command = line.starts_with(['%', ':']) && !line.starts_with("::");
    let all_before_are = commands::parse(code.get(..line_start)?).code.trim().is_empty();
    if !is_command || !all_before_are {
        return None;
    }
    let named = commands::list::names().map(|(name, what)| Named {
        name: name.to_owned(),
        kind: "command".to_owned(),
        signature: what.to_owned(),
    });
    Some(offer(named.collect(), line, line_start, cursor))
}

/// Those names that begin as typed; where there are none, those that do in other letter case.
fn offer(named: Vec<Named>, prefix: &str, start: usize, end: usize) -> Completions {
    let mut seen = BTreeSet::new();
    let fits = |named: &&Named| named.name.starts_with(prefix);
    let folded = prefix.to_lowercase();
    let fits_folded = |named: &&Named| named.name.to_lowercase().starts_with(&folded);
    let mut chosen: Vec<&Named> = named.iter().filter(fits).collect();
    if chosen.is_empty() {
        chosen = named.iter().filter(fits_folded).collect();
    }
    // What begins so is not meant for others.
    let hidden = |name: &str| name.starts_with('_') && !prefix.starts_with('_');
    let chosen = chosen.into_iter().filter(|named| !hidden(&named.name) && seen.insert(named.name.as_str()));
    let matches = chosen.take(MATCHES_MAX).map(|named| Completion {
        text: if named.kind == "macro" { format!("{}!", named.name) } else { named.name.clone() },
        kind: kind_for_clients(&named.kind).to_owned(),
        signature: named.signature.clone(),
    });
    Completions { matches: matches.collect(), start, end }
}

/// The words that Python's kernel uses, for which frontends have icons.
fn kind_for_clients(kind: &str) -> &str {
    match kind {
        "method" | "fn" | "macro" => "function",
        "struct" | "enum" | "union" | "trait" | "type" | "primitive" => "class",
        "field" => "property",
        "mod" => "module",
        "variable" | "const" | "static" | "variant" => "instance",
        "keyword" => "keyword",
        "command" => "magic",
        "file" => "path",
        _ => "",
    }
}

fn members(asked: &Asked<'_>, receiver: std::ops::Range<usize>, probe: &mut Probe) -> Vec<Named> {
    let prefix = asked.prefix();
    let traits = traits_with(asked.scope, |member| member.kind == "method" && begins(&member.name, prefix));
    let answer = probe.expression(asked.snapshot, asked.code, receiver, &traits);
    members_of(asked.scope, &answer.unwrap_or_default(), &traits)
        .into_iter()
        .map(|(member, _)| of_member(&member))
        .collect()
}

/// Fields and methods, nearest first, each with the name of what has it: those of the type itself, of what it dereferences to, of its traits.
pub fn members_of(scope: &Scope<'_>, answer: &Answer, traits: &[TraitInScope]) -> Vec<(Member, String)> {
    let is_used = |member: &Member| matches!(member.kind.as_str(), "field" | "method");
    let mut found = Vec::new();
    for ty in &answer.types {
        let head = typename::head(ty);
        if head == "tuple" {
            let elements = typename::arguments(ty).into_iter().enumerate();
            found.extend(elements.map(|(index, ty)| {
                let (name, declaration) = (index.to_string(), typename::short(ty));
                (Member { kind: "field".into(), name, declaration, ..Member::default() }, "tuple".to_owned())
            }));
        }
        let mut own = scope.members(ty);
        // An array's methods are those of a slice, but for some.
        if head == "array" {
            own.extend(scope.members("[_]"));
        }
        own.retain(is_used);
        own.sort_by(|a, b| (a.kind != "field", &a.name).cmp(&(b.kind != "field", &b.name)));
        found.extend(own.into_iter().map(|member| (member, head.clone())));
    }
    let mut of_traits: Vec<(Member, String)> = Vec::new();
    let has = answer.traits.iter().flatten().collect::<BTreeSet<_>>();
    for own in has.into_iter().filter_map(|number| traits.get(*number)) {
        let methods = own.item.members.iter().filter(|member| member.kind == "method");
        of_traits.extend(methods.map(|member| (member.clone(), own.item.path.clone())));
    }
    of_traits.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    found.extend(of_traits);
    found
}

pub fn traits_with(scope: &Scope<'_>, is_wanted: impl Fn(&Member) -> bool) -> Vec<TraitInScope> {
    scope.traits().into_iter().filter(|own| own.item.members.iter().any(&is_wanted)).collect()
}

fn begins(name: &str, prefix: &str) -> bool {
    name.to_lowercase().starts_with(&prefix.to_lowercase())
}

/// `Series::new` is one: a function that a type has by a trait.
fn functions_of_traits(asked: &Asked<'_>, segments: &[String], probe: &mut Probe) -> Vec<Named> {
    let prefix = asked.prefix();
    let is_wanted = |member: &Member| matches!(member.kind.as_str(), "fn" | "const") && begins(&member.name, prefix);
    let traits = traits_with(asked.scope, is_wanted);
    let answer = type_of_path(asked, segments, &traits, probe);
    let Some(has) = answer.and_then(|answer| answer.traits.into_iter().next()) else { return Vec::new() };
    let members = has.into_iter().filter_map(|number| traits.get(number)).flat_map(|own| &own.item.members);
    members.filter(|member| is_wanted(member)).map(of_member).collect()
}

/// What the compiler says of a type that is named by its path, without its arguments.
pub fn type_of_path(
    asked: &Asked<'_>,
    segments: &[String],
    traits: &[TraitInScope],
    probe: &mut Probe,
) -> Option<Answer> {
    let item = asked.scope.item(segments).filter(|item| item.is_type())?;
    let behind_name =
        item.declaration.split_once(item.name()).map(|(_, rest)| rest).filter(|rest| rest.starts_with('<'));
    let generics = typename::split(typename::inside(behind_name.unwrap_or_default()));
    let is_given = |param: &&&str| !param.starts_with('\'') && !param.contains(" = ");
    let types = generics.iter().filter(is_given).map(|_| "_").collect::<Vec<_>>();
    let mut ty = segments.join("::");
    if !types.is_empty() {
        ty.push_str(&format!("<{}>", types.join(", ")));
    }
    probe.named_type(asked.snapshot, asked.code, &ty, traits)
}

/// Names by themselves: what the cell binds, variables, a person's own items, then what is always there.
fn names(asked: &Asked<'_>, probe: Option<&Probe>) -> Vec<Named> {
    let plain = |name: &str, kind: &str| Named { name: name.into(), kind: kind.into(), signature: String::new() };
    let mut named = Vec::new();
    for (name, binding) in locals::visible(asked.code, asked.cursor.word.start) {
        let signature = binding.lines().next().unwrap_or_default().to_owned();
        named.push(Named { name, kind: "variable".into(), signature });
    }
    for name in asked.snapshot.variables.keys() {
        let signature = variable_type(asked.snapshot, probe, name).map(|ty| typename::short(&ty)).unwrap_or_default();
        named.push(Named { name: name.clone(), kind: "variable".into(), signature });
    }
    named.extend(asked.scope.own_names());
    let prefix = asked.prefix();
    // All that there is would be no help.
    if !prefix.is_empty() {
        named.extend(KEYWORDS.iter().map(|name| plain(name, "keyword")));
        named.extend(PRIMITIVES.iter().map(|name| plain(name, "type")));
        named.extend(asked.scope.prelude_names());
    }
    named
}

/// A variable's type in full.
pub fn variable_type(snapshot: &Snapshot, probe: Option<&Probe>, name: &str) -> Option<String> {
    let variable = snapshot.variables.get(name)?;
    let known = probe.map_or_else(|| variable.ty.clone(), |probe| probe.variable_type(snapshot, name));
    match known {
        Some(VariableType::Named(ty)) => Some(ty),
        _ => Some(variable.type_name.clone()),
    }
}

/// Files and folders that begin as the text in a string does, where that is a path: by its look, or by the function that it is given to.
fn files(content: &str, of: &str, cursor: usize) -> Completions {
    let (folder, prefix) = content.rsplit_once('/').unwrap_or(("", content));
    let takes_path = ["read", "write", "open", "load", "save", "csv", "parquet", "file", "path"];
    if !content.contains('/') && !takes_path.iter().any(|word| of.contains(word)) {
        return Completions { matches: Vec::new(), start: cursor, end: cursor };
    }
    let folder = match (folder, content.starts_with('/')) {
        ("", true) => "/",
        ("", false) => ".",
        (folder, _) => folder,
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let mut name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') && !prefix.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            name.push('/');
        }
        names.push(Named { name, kind: "file".into(), signature: String::new() });
    }
    names.sort_by(|a, b| a.name.cmp(&b.name));
    offer(names, prefix, cursor - prefix.len(), cursor)
}
