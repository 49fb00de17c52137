//! Declarations as a person would write them, from rustdoc's JSON.

use serde_json::Value;

/// `struct DataFrame`, `trait Estimator: Send`, `enum Option<T>`.
pub(super) fn type_head(word: &str, name: &str, inner: &Value) -> String {
    let mut head = format!("{word} {name}{}", generics(&inner["generics"]));
    let bounds = bounds(&inner["bounds"]);
    if word == "trait" && !bounds.is_empty() {
        head.push_str(&format!(": {bounds}"));
    }
    head
}

pub(super) fn constant(name: &str, ty: &Value) -> String {
    format!("const {name}: {}", self::ty(ty))
}

pub(super) fn takes_self(function: &Value) -> bool {
    function["sig"]["inputs"][0][0] == "self"
}

/// `fn height(&self) -> usize`.
pub(super) fn function(name: &str, function: &Value) -> String {
    let (header, signature) = (&function["header"], &function["sig"]);
    let mut text = String::new();
    for (flag, word) in [("is_async", "async "), ("is_unsafe", "unsafe ")] {
        if header[flag] == true {
            text.push_str(word);
        }
    }
    let inputs: Vec<String> =
        list(&signature["inputs"]).map(|input| parameter(input[0].as_str().unwrap_or_default(), &input[1])).collect();
    text.push_str(&format!("fn {name}{}({})", generics(&function["generics"]), inputs.join(", ")));
    if !signature["output"].is_null() {
        text.push_str(&format!(" -> {}", ty(&signature["output"])));
    }
    let predicates: Vec<String> =
        list(&function["generics"]["where_predicates"]).filter_map(|predicate| where_predicate(predicate)).collect();
    if !predicates.is_empty() {
        text.push_str(&format!(" where {}", predicates.join(", ")));
    }
    text
}

fn parameter(name: &str, of: &Value) -> String {
    if name != "self" {
        return format!("{name}: {}", ty(of));
    }
    let reference = &of["borrowed_ref"];
    if reference["type"]["generic"] == "Self" {
        let lifetime = reference["lifetime"].as_str().map(|name| format!("{name} ")).unwrap_or_default();
        return format!("&{lifetime}{}self", if reference["is_mutable"] == true { "mut " } else { "" });
    }
    if of["generic"] == "Self" { "self".to_owned() } else { format!("self: {}", ty(of)) }
}

fn generics(generics: &Value) -> String {
    let params: Vec<String> = list(&generics["params"]).filter_map(generic_param).collect();
    if params.is_empty() { String::new() } else { format!("<{}>", params.join(", ")) }
}

fn generic_param(param: &Value) -> Option<String> {
    let name = param["name"].as_str()?;
    let kind = &param["kind"];
    if kind["const"].is_object() {
        return Some(format!("const {name}: {}", ty(&kind["const"]["type"])));
    }
    // That of an `impl Trait` argument shows where the argument is.
    if kind["type"]["is_synthetic"] == true {
        return None;
    }
    let bounds = bounds(&kind["type"]["bounds"]);
    Some(if bounds.is_empty() { name.to_owned() } else { format!("{name}: {bounds}") })
}

fn where_predicate(predicate: &Value) -> Option<String> {
    let bound = predicate.get("bound_predicate")?;
    Some(format!("{}: {}", ty(&bound["type"]), bounds(&bound["bounds"])))
}

fn bounds(bounds: &Value) -> String {
    let texts: Vec<String> = list(bounds)
        .filter_map(|bound| {
            if let Some(lifetime) = bound["outlives"].as_str() {
                return Some(lifetime.to_owned());
            }
            let bound = bound.get("trait_bound")?;
            let modifier = if bound["modifier"] == "maybe" { "?" } else { "" };
            Some(format!("{modifier}{}", path(&bound["trait"])))
        })
        .collect();
    texts.join(" + ")
}

/// A type, with the last names of its paths.
pub(super) fn ty(of: &Value) -> String {
    let Some((kind, inner)) = of.as_object().and_then(|object| object.iter().next()) else { return "_".to_owned() };
    match kind.as_str() {
        "resolved_path" => path(inner),
        "generic" | "primitive" => match inner.as_str() {
            Some("never") => "!".to_owned(),
            name => name.unwrap_or("_").to_owned(),
        },
        "borrowed_ref" => {
            let lifetime = inner["lifetime"].as_str().map(|name| format!("{name} ")).unwrap_or_default();
            let mutable = if inner["is_mutable"] == true { "mut " } else { "" };
            format!("&{lifetime}{mutable}{}", ty(&inner["type"]))
        }
        "raw_pointer" => {
            format!("*{} {}", if inner["is_mutable"] == true { "mut" } else { "const" }, ty(&inner["type"]))
        }
        "slice" => format!("[{}]", ty(inner)),
        "array" => format!("[{}; {}]", ty(&inner["type"]), inner["len"].as_str().unwrap_or("_")),
        "tuple" => format!("({})", list(inner).map(ty).collect::<Vec<_>>().join(", ")),
        "impl_trait" => format!("impl {}", bounds(inner)),
        "dyn_trait" => {
            let mut parts: Vec<String> = list(&inner["traits"]).map(|each| path(&each["trait"])).collect();
            parts.extend(inner["lifetime"].as_str().map(str::to_owned));
            format!("dyn {}", parts.join(" + "))
        }
        "qualified_path" => {
            let (name, of) = (inner["name"].as_str().unwrap_or_default(), ty(&inner["self_type"]));
            let of_trait = path(&inner["trait"]);
            if of.len() <= 4 || of_trait.is_empty() {
                format!("{of}::{name}")
            } else {
                format!("<{of} as {of_trait}>::{name}")
            }
        }
        "function_pointer" => {
            let signature = &inner["sig"];
            let inputs: Vec<String> = list(&signature["inputs"]).map(|input| ty(&input[1])).collect();
            format!("fn({}){}", inputs.join(", "), output(&signature["output"]))
        }
        _ => "_".to_owned(),
    }
}

fn output(of: &Value) -> String {
    if of.is_null() { String::new() } else { format!(" -> {}", ty(of)) }
}

fn path(path: &Value) -> String {
    let name = path["path"].as_str().unwrap_or_default();
    let name = name.rsplit("::").next().unwrap_or(name);
    format!("{name}{}", arguments(&path["args"]))
}

fn arguments(args: &Value) -> String {
    let parenthesized = &args["parenthesized"];
    if parenthesized.is_object() {
        let inputs: Vec<String> = list(&parenthesized["inputs"]).map(ty).collect();
        return format!("({}){}", inputs.join(", "), output(&parenthesized["output"]));
    }
    let angle = &args["angle_bracketed"];
    let mut texts: Vec<String> = list(&angle["args"])
        .map(|arg| match (arg["lifetime"].as_str(), arg["const"]["expr"].as_str()) {
            (Some(lifetime), _) => lifetime.to_owned(),
            (_, Some(value)) => value.to_owned(),
            _ => ty(&arg["type"]),
        })
        .collect();
    texts.extend(list(&angle["constraints"]).filter_map(|constraint| {
        let (name, binding) = (constraint["name"].as_str()?, &constraint["binding"]);
        let equal = &binding["equality"]["type"];
        if equal.is_object() {
            return Some(format!("{name} = {}", ty(equal)));
        }
        Some(format!("{name}: {}", bounds(&binding["constraint"])))
    }));
    if texts.is_empty() { String::new() } else { format!("<{}>", texts.join(", ")) }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
