//! What a name means: its signature and its documentation.

use serde_json::json;

use super::complete::{Asked, members_of, traits_with, type_of_path, variable_type};
use super::cursor::Place;
use super::index::{Item, Member};
use super::probe::Probe;
use super::{locals, typename};
use crate::engine::MimeBundle;

/// The explanation of the word at the cursor, where there is one.
pub fn inspect(asked: &Asked<'_>, mut probe: Option<&mut Probe>) -> Option<MimeBundle> {
    let word = asked.code.get(asked.cursor.word.clone())?;
    let found = match &asked.cursor.place {
        Place::Member { receiver } => member(asked, receiver.clone(), word, probe.as_deref_mut()?),
        Place::Path { segments, .. } => {
            let path: Vec<String> = segments.iter().cloned().chain([word.to_owned()]).collect();
            item(asked, &path).or_else(|| associated(asked, segments, word, probe.as_deref_mut()))
        }
        Place::Name => local(asked, word, probe.as_deref_mut())
            .or_else(|| variable(asked, word, probe.as_deref_mut()))
            .or_else(|| item(asked, &[word.to_owned()])),
        Place::Field { of } => {
            let item = asked.scope.item(std::slice::from_ref(of))?;
            let field = item.members.iter().find(|member| member.kind == "field" && member.name == word)?;
            Some(of_member(field, &item.path))
        }
        Place::Text { .. } | Place::Nothing => None,
    };
    found.map(Explanation::bundle)
}

/// What is shown.
struct Explanation {
    /// Where it is from, such as the type of a method.
    of: String,
    code: String,
    text: String,
}

impl Explanation {
    fn bundle(self) -> MimeBundle {
        let of = if self.of.is_empty() { String::new() } else { format!("{}\n", self.of) };
        let mut markdown = format!("```rust\n{of}{}\n```", self.code);
        let mut plain = format!("{of}{}", self.code);
        if !self.text.is_empty() {
            markdown.push_str(&format!("\n\n{}", self.text));
            plain.push_str(&format!("\n\n{}", self.text));
        }
        let bundle = json!({"text/markdown": markdown, "text/plain": plain});
        bundle.as_object().cloned().unwrap_or_default()
    }
}

fn of_member(member: &Member, of: &str) -> Explanation {
    let code = match member.kind.as_str() {
        "field" => format!("{}: {}", member.name, member.declaration),
        _ => member.declaration.clone(),
    };
    Explanation { of: format!("// {of}"), code, text: member.doc.clone() }
}

fn member(asked: &Asked<'_>, receiver: std::ops::Range<usize>, word: &str, probe: &mut Probe) -> Option<Explanation> {
    let traits = traits_with(asked.scope, |member| member.kind == "method" && member.name == word);
    let answer = probe.expression(asked.snapshot, asked.code, receiver, &traits)?;
    let found = members_of(asked.scope, &answer, &traits);
    let (member, of) = found.into_iter().find(|(member, _)| member.name == word)?;
    Some(of_member(&member, &of))
}

/// A function, constant or variant that belongs to a type.
fn associated(asked: &Asked<'_>, segments: &[String], word: &str, probe: Option<&mut Probe>) -> Option<Explanation> {
    let of = asked.scope.item(segments);
    let path = of.as_ref().map(|item| item.path.clone()).or_else(|| asked.scope.full_path(segments))?;
    let members = asked.scope.members(&path);
    if let Some(member) = members.iter().find(|member| member.name == word && member.kind != "field") {
        return Some(of_member(member, &path));
    }
    let traits = traits_with(asked.scope, |member| member.name == word);
    let has = type_of_path(asked, segments, &traits, probe?)?.traits.into_iter().next()?;
    let own = has.into_iter().find_map(|number| traits.get(number))?;
    let member = own.item.members.iter().find(|member| member.name == word)?;
    Some(of_member(member, &own.item.path))
}

/// What the cell itself binds, with the type that the compiler finds.
fn local(asked: &Asked<'_>, word: &str, probe: Option<&mut Probe>) -> Option<Explanation> {
    let bindings = locals::visible(asked.code, asked.cursor.word.start);
    let binding = bindings.get(word)?;
    let answer = probe.and_then(|probe| probe.expression(asked.snapshot, asked.code, asked.cursor.word.clone(), &[]));
    let ty = answer.and_then(|answer| answer.types.into_iter().next()).unwrap_or_else(|| "_".to_owned());
    Some(Explanation {
        of: String::new(),
        code: format!("let {word}: {}", typename::short(&ty)),
        text: format!("Bound by `{}`.", binding.lines().next().unwrap_or_default()),
    })
}

fn variable(asked: &Asked<'_>, word: &str, probe: Option<&mut Probe>) -> Option<Explanation> {
    let variable = asked.snapshot.variables.get(word)?;
    let mut probe = probe;
    if let Some(probe) = probe.as_deref_mut() {
        probe.settle(asked.snapshot, &[word.to_owned()].into());
    }
    let ty = variable_type(asked.snapshot, probe.as_deref(), word)?;
    let mutable = if variable.is_mutable { "mut " } else { "" };
    let mut text = format!("A variable of In[{}]; its value takes {} bytes by itself", variable.cell, variable.bytes);
    // What is known of its type, in short.
    let item = asked.scope.type_item(&typename::head(&ty));
    match item.as_ref().and_then(|item| item.doc.split("\n\n").next()).filter(|doc| !doc.is_empty()) {
        Some(doc) => text.push_str(&format!(".\n\n{doc}")),
        None => text.push('.'),
    }
    Some(Explanation { of: String::new(), code: format!("let {mutable}{word}: {}", typename::short(&ty)), text })
}

fn item(asked: &Asked<'_>, path: &[String]) -> Option<Explanation> {
    let scope = asked.scope;
    if let Some(item) = scope.item(path) {
        return Some(of_item(&item));
    }
    let [.., name] = path else { return None };
    let full = scope.full_path(path).unwrap_or_else(|| name.clone());
    if let Some((of, variant)) = scope.index.variant(&full) {
        return Some(of_member(variant, &of.path));
    }
    [format!("std::{name}"), name.clone()].iter().find_map(|path| scope.index.find(path)).map(of_item)
}

fn of_item(item: &Item) -> Explanation {
    let mut code = match item.kind.as_str() {
        _ if !item.declaration.is_empty() && item.kind != "macro" => item.declaration.clone(),
        "macro" if item.declaration.starts_with("macro_rules!") => item.declaration.clone(),
        "macro" => format!("{}!", item.name()),
        kind => format!("{kind} {}", item.name()),
    };
    // The fields of a struct are part of what it is, and so are the methods of a trait.
    let shown: Vec<&Member> = item
        .members
        .iter()
        .filter(|member| match item.kind.as_str() {
            "struct" | "union" => member.kind == "field" && !item.declaration.contains('{'),
            "enum" => member.kind == "variant" && !item.declaration.contains('{'),
            "trait" => true,
            _ => false,
        })
        .take(30)
        .collect();
    if !shown.is_empty() {
        let lines: String = shown
            .iter()
            .map(|member| match member.kind.as_str() {
                "field" => format!("    {}: {},\n", member.name, member.declaration),
                "variant" => format!("    {},\n", member.declaration),
                _ => format!("    {};\n", member.declaration),
            })
            .collect();
        code.push_str(&format!(" {{\n{lines}}}"));
    }
    let of = match item.path.rsplit_once("::") {
        Some((module, _)) => format!("// {module}"),
        None => String::new(),
    };
    Explanation { of, code, text: item.doc.clone() }
}
