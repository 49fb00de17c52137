//! What is kept of the documentation of a crate: a line for each item, and one below it for each of its members.

use std::collections::BTreeMap;

use serde_json::Value;

use super::render;

/// How much of one item's documentation is kept, in bytes.
const DOC_BYTES_MAX: usize = 4000;

/// How deep private modules may have all of each other.
const DEPTH_MAX: usize = 8;

/// The lines of a crate, from rustdoc's JSON. What is not understood is left out.
pub(super) fn condense(documented: &Value) -> String {
    let crate_ = Crate { index: &documented["index"], paths: &documented["paths"] };
    // By path, so that the same crate always gives the same text.
    let mut items: BTreeMap<String, String> = BTreeMap::new();
    for (id, item) in crate_.index.as_object().into_iter().flatten() {
        if item["crate_id"] != 0 {
            continue;
        }
        if let Some(path) = crate_.path(id)
            && let Some(lines) = crate_.item(item, &path)
        {
            // A module may have the name of a function.
            items.entry(path).or_default().push_str(&lines);
        }
    }
    items.into_values().collect()
}

struct Crate<'a> {
    index: &'a Value,
    paths: &'a Value,
}

impl Crate<'_> {
    fn path(&self, id: &str) -> Option<String> {
        let parts: Option<Vec<&str>> = self.paths[id]["path"].as_array()?.iter().map(Value::as_str).collect();
        parts.map(|parts| parts.join("::"))
    }

    fn get(&self, id: &Value) -> &Value {
        &self.index[id.to_string()]
    }

    fn members<'b>(&'b self, ids: &'b Value) -> impl Iterator<Item = &'b Value> {
        ids.as_array().into_iter().flatten().map(|id| self.get(id)).filter(|item| !item.is_null())
    }

    fn item(&self, item: &Value, path: &str) -> Option<String> {
        let (kind, inner) = item["inner"].as_object()?.iter().next()?;
        let name = item["name"].as_str()?;
        let (word, declaration) = match kind.as_str() {
            "module" => ("mod", String::new()),
            "struct" | "enum" | "union" => (kind.as_str(), render::type_head(kind, name, inner)),
            "trait" => ("trait", render::type_head(kind, name, inner)),
            "function" => ("fn", render::function(name, inner)),
            "constant" | "static" => ("const", render::constant(name, &inner["type"])),
            "type_alias" => {
                ("type", format!("{} = {}", render::type_head("type", name, inner), render::ty(&inner["type"])))
            }
            "macro" | "proc_macro" => ("macro", inner.as_str().unwrap_or_default().to_owned()),
            _ => return None,
        };
        let mut lines = line("", &[word, path, &declaration, &docs(item)]);
        match kind.as_str() {
            "module" => self.uses(inner, 0, &mut lines),
            "struct" | "union" => {
                self.fields(inner, &mut lines);
                self.impls(inner, &mut lines);
            }
            "enum" => {
                for variant in self.members(&inner["variants"]) {
                    let name = variant["name"].as_str().unwrap_or_default();
                    let declaration = self.variant(name, &variant["inner"]["variant"]["kind"]);
                    lines.push_str(&line("\t", &["variant", name, &declaration, &docs(variant)]));
                }
                self.impls(inner, &mut lines);
            }
            "trait" => {
                for member in self.members(&inner["items"]) {
                    lines.push_str(&associated(member, ""));
                }
            }
            _ => {}
        }
        Some(lines)
    }

    /// What a module has from elsewhere.
    fn uses(&self, module: &Value, depth: usize, lines: &mut String) {
        for import in self.members(&module["items"]).filter(|item| item["visibility"] == "public") {
            let import = &import["inner"]["use"];
            let Some(source) = import["source"].as_str() else { continue };
            let path = self.path(&import["id"].to_string());
            let private = &self.get(&import["id"])["inner"]["module"];
            if import["is_glob"] == true && path.is_none() && private.is_object() && depth < DEPTH_MAX {
                // All of a module that itself has no public path.
                self.uses(private, depth + 1, lines);
                for id in private["items"].as_array().into_iter().flatten() {
                    if let (Some(name), Some(path)) = (self.get(id)["name"].as_str(), self.path(&id.to_string())) {
                        lines.push_str(&line("\t", &["use", name, &path]));
                    }
                }
                continue;
            }
            let target = path.unwrap_or_else(|| source.to_owned());
            let name = if import["is_glob"] == true { "*" } else { import["name"].as_str().unwrap_or_default() };
            lines.push_str(&line("\t", &["use", name, &target]));
        }
    }

    fn fields(&self, inner: &Value, lines: &mut String) {
        let kind = &inner["kind"];
        let named = [&kind["plain"]["fields"], &inner["fields"], &kind["tuple"]];
        for field in named.into_iter().flat_map(|ids| self.members(ids)).filter(|field| field["visibility"] == "public")
        {
            let name = field["name"].as_str().unwrap_or_default();
            let ty = render::ty(&field["inner"]["struct_field"]);
            lines.push_str(&line("\t", &["field", name, &ty, &docs(field)]));
        }
    }

    fn variant(&self, name: &str, kind: &Value) -> String {
        let type_of = |field: &Value| render::ty(&field["inner"]["struct_field"]);
        if kind["tuple"].is_array() {
            let types: Vec<String> = self.members(&kind["tuple"]).map(type_of).collect();
            return format!("{name}({})", types.join(", "));
        }
        if kind["struct"].is_object() {
            let fields = self.members(&kind["struct"]["fields"]);
            let fields: Vec<String> = fields
                .map(|field| format!("{}: {}", field["name"].as_str().unwrap_or_default(), type_of(field)))
                .collect();
            return format!("{name} {{ {} }}", fields.join(", "));
        }
        name.to_owned()
    }

    /// The methods of a type's own. Those of traits are listed with the traits.
    fn impls(&self, inner: &Value, lines: &mut String) {
        for block in self.members(&inner["impls"]) {
            let block = &block["inner"]["impl"];
            if !block["trait"].is_null() {
                continue;
            }
            let of = if is_particular(&block["for"]) { render::ty(&block["for"]) } else { String::new() };
            for member in self.members(&block["items"]).filter(|member| member["visibility"] == "public") {
                lines.push_str(&associated(member, &of));
            }
        }
    }
}

fn associated(member: &Value, of: &str) -> String {
    let name = member["name"].as_str().unwrap_or_default();
    let Some((kind, inner)) = member["inner"].as_object().and_then(|inner| inner.iter().next()) else {
        return String::new();
    };
    let (word, declaration) = match kind.as_str() {
        "function" => (if render::takes_self(inner) { "method" } else { "fn" }, render::function(name, inner)),
        "assoc_const" => ("const", render::constant(name, &inner["type"])),
        "assoc_type" => ("type", format!("type {name}")),
        _ => return String::new(),
    };
    let hidden = member["attrs"].to_string().contains("doc(hidden)") || !member["deprecation"].is_null();
    if hidden { String::new() } else { line("\t", &[word, name, &declaration, &docs(member), of]) }
}

/// Whether an `impl` is for some forms of its type only: `ChunkedArray<StringType>`, not `ChunkedArray<T>`.
fn is_particular(of: &Value) -> bool {
    let args = of["resolved_path"]["args"]["angle_bracketed"]["args"].as_array();
    args.into_iter().flatten().any(|arg| arg["type"].is_object() && arg["type"]["generic"].is_null())
}

fn docs(item: &Value) -> String {
    let docs = item["docs"].as_str().unwrap_or_default();
    let mut kept = String::new();
    let (mut in_code, mut is_rust) = (false, false);
    for line in docs.lines() {
        let trimmed = line.trim_start();
        if let Some(language) = trimmed.strip_prefix("```") {
            in_code = !in_code;
            let is_other =
                ["text", "ignore", "sh", "toml", "json", "math"].iter().any(|other| language.starts_with(other));
            is_rust = in_code && !is_other;
            if is_rust {
                kept.push_str("```rust\n");
                continue;
            }
        }
        // What is there for the compiler only.
        if is_rust && (trimmed == "#" || trimmed.starts_with("# ")) {
            continue;
        }
        if kept.len() + line.len() > DOC_BYTES_MAX && !in_code {
            kept.push_str("…\n");
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept.truncate(kept.trim_end().len());
    kept
}

fn line(indent: &str, fields: &[&str]) -> String {
    let escaped: Vec<String> =
        fields.iter().map(|field| field.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "    ")).collect();
    format!("{indent}{}\n", escaped.join("\t").trim_end_matches('\t'))
}
