//! Types as the compiler writes them: their heads and arguments.

/// The parts of a list between commas, where the brackets are all closed.
pub fn split(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0usize, 0);
    let mut before = ' ';
    for (at, c) in list.char_indices() {
        match c {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if before == '-' || before == '=' => {}
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(list.get(start..at).unwrap_or_default().trim());
                start = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    let last = list.get(start..).unwrap_or_default().trim();
    if !last.is_empty() {
        parts.push(last);
    }
    parts
}

/// What stands between the first bracket of a text and the one that closes it.
pub fn inside(text: &str) -> &str {
    let Some(open) = text.find(['<', '(', '[']) else { return "" };
    let (mut depth, mut before) = (0usize, ' ');
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if before == '-' || before == '=' => {}
            '>' | ')' | ']' | '}' => {
                depth -= 1;
                if depth == 0 {
                    return text.get(open + 1..at).unwrap_or_default();
                }
            }
            _ => {}
        }
        before = c;
    }
    ""
}

/// A type without references and lifetimes before it.
pub fn referenced(ty: &str) -> &str {
    let mut ty = ty.trim();
    while let Some(rest) = ty.strip_prefix('&') {
        ty = rest.trim_start();
        if ty.starts_with('\'') {
            ty = ty.split_once(' ').map_or("", |(_, rest)| rest);
        }
        ty = ty.strip_prefix("mut ").unwrap_or(ty).trim_start();
    }
    ty
}

/// The path of a type without its arguments, or the name of a kind of types: `slice`, `array`, `tuple`.
pub fn head(ty: &str) -> String {
    let ty = ty.trim();
    let ty = ty.strip_prefix("dyn ").or_else(|| ty.strip_prefix("impl ")).unwrap_or(ty);
    match ty.chars().next() {
        Some('[') if ends_with_length(ty) => "array".to_owned(),
        Some('[') => "slice".to_owned(),
        Some('(') if ty == "()" => "unit".to_owned(),
        Some('(') => "tuple".to_owned(),
        Some('&') => "reference".to_owned(),
        Some('{') => match ty {
            "{integer}" => "i32".to_owned(),
            "{float}" => "f64".to_owned(),
            _ => "closure".to_owned(),
        },
        _ if ty.starts_with("fn(") => "fn".to_owned(),
        _ => {
            let path = ty.split(['<', '(', ' ', '+']).next().unwrap_or_default();
            path.trim_start_matches("::").trim_start_matches("crate::").trim_start_matches("cell::").to_owned()
        }
    }
}

/// The arguments of a type: those in its angle brackets, the elements of a tuple, the element of a slice.
pub fn arguments(ty: &str) -> Vec<&str> {
    split(inside(ty))
}

/// A type as a person would write it: with the last names of its paths.
pub fn short(ty: &str) -> String {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let (mut text, mut rest) = (String::new(), ty);
    while let Some(c) = rest.chars().next() {
        let length = if is_path(c) { rest.find(|c| !is_path(c)).unwrap_or(rest.len()) } else { c.len_utf8() };
        let (part, after) = rest.split_at(length);
        text.push_str(part.rsplit("::").next().unwrap_or_default());
        rest = after;
    }
    text
}

fn ends_with_length(ty: &str) -> bool {
    let inner = inside(ty);
    inner.rsplit_once("; ").is_some_and(|(_, length)| !length.contains([']', '>', ')']))
}

/// Whether a type has what only some forms of it have: `of` is `Option<&T>`, and the type `Option<&i32>`.
/// `alias` says what a name stands for.
pub fn matches(ty: &str, of: &str, alias: impl Fn(&str) -> Option<String>) -> bool {
    arguments(of).iter().zip(arguments(ty)).all(|(of, ty)| argument_matches(ty, of, &alias))
}

fn argument_matches(ty: &str, of: &str, alias: &impl Fn(&str) -> Option<String>) -> bool {
    let is_generic = of.len() <= 2 && of.starts_with(char::is_uppercase) || of.starts_with('\'') || ty.starts_with('_');
    if is_generic {
        return true;
    }
    if of.starts_with('&') != ty.starts_with('&') {
        return false;
    }
    let (of, ty) = (referenced(of), referenced(ty));
    let last = |path: &str| path.rsplit("::").next().unwrap_or_default().to_owned();
    let (of_name, ty_name) = (last(&head(of)), last(&head(ty)));
    if of_name == ty_name {
        return arguments(of).iter().zip(arguments(ty)).all(|(of, ty)| argument_matches(ty, of, alias));
    }
    if of.len() <= 2 && of.starts_with(char::is_uppercase) {
        return true;
    }
    alias(&of_name).is_some_and(|target| {
        let length =
            |text: &str| text.rsplit_once("; ").map(|(_, rest)| rest.split(']').next().unwrap_or_default().to_owned());
        last(&head(&target)) == ty_name && length(&target) == length(ty)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_taken_apart() {
        assert_eq!(split("A<B, C>, fn(D) -> E, [F; 2]"), ["A<B, C>", "fn(D) -> E", "[F; 2]"]);
        assert_eq!(head("std::vec::Vec<std::option::Option<i32>>"), "std::vec::Vec");
        assert_eq!((head("[i32; 3]"), head("[std::vec::Vec<[u8; 2]>]")), ("array".into(), "slice".into()));
        assert_eq!(head("dyn workbench::prelude::Model + 'static"), "workbench::prelude::Model");
        assert_eq!(referenced("&'a mut &str"), "str");
        assert_eq!(short("::std::vec::Vec<(std::string::String, crate::P)>"), "Vec<(String, P)>");
    }

    #[test]
    fn methods_of_some_forms_are_told_from_others() {
        let none = |_: &str| None;
        assert!(matches("std::option::Option<&i32>", "Option<&T>", none));
        assert!(!matches("std::option::Option<i32>", "Option<&T>", none));
        assert!(!matches("ChunkedArray<Float64Type>", "ChunkedArray<StringType>", none));
        let alias = |name: &str| (name == "Ix1").then(|| "Dim<[Ix; 1]>".to_owned());
        assert!(matches("ArrayBase<OwnedRepr<f64>, ndarray::Dim<[usize; 1]>>", "ArrayBase<S, Ix1>", alias));
        assert!(!matches("ArrayBase<OwnedRepr<f64>, ndarray::Dim<[usize; 2]>>", "ArrayBase<S, Ix1>", alias));
    }
}
