//! The types of variables, as code that names them.
//!
//! A cell stores its variables without knowing their types; only a later cell that mentions them needs the name. The
//! child reports `std::any::type_name`, whose paths are those of the definitions: `alloc::vec::Vec<i32>`. Where each path is
//! one that we know a public name for, the type is named at once. For the others the compiler is asked, which
//! knows the public path of everything.

/// What a later cell can say of a variable's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableType {
    /// Code that names the type from within a cell's crate.
    Named(String),
    /// The reason why it has no name, for the message to a person who mentions the variable.
    Unnameable(String),
}

/// The crates that a cell can name, by the name under which `type_name` gives their items.
const PUBLIC_PATHS: &[(&str, &str)] = &[
    ("alloc::borrow::Cow", "::std::borrow::Cow"),
    ("alloc::boxed::Box", "::std::boxed::Box"),
    ("alloc::collections::binary_heap::BinaryHeap", "::std::collections::BinaryHeap"),
    ("alloc::collections::btree::map::BTreeMap", "::std::collections::BTreeMap"),
    ("alloc::collections::btree::set::BTreeSet", "::std::collections::BTreeSet"),
    ("alloc::collections::linked_list::LinkedList", "::std::collections::LinkedList"),
    ("alloc::collections::vec_deque::VecDeque", "::std::collections::VecDeque"),
    ("alloc::rc::Rc", "::std::rc::Rc"),
    ("alloc::string::String", "::std::string::String"),
    ("alloc::sync::Arc", "::std::sync::Arc"),
    ("alloc::vec::Vec", "::std::vec::Vec"),
    ("core::cell::Cell", "::std::cell::Cell"),
    ("core::cell::RefCell", "::std::cell::RefCell"),
    ("core::cmp::Ordering", "::std::cmp::Ordering"),
    ("core::cmp::Reverse", "::std::cmp::Reverse"),
    ("core::error::Error", "::std::error::Error"),
    ("core::fmt::Debug", "::std::fmt::Debug"),
    ("core::marker::Send", "::std::marker::Send"),
    ("core::marker::Sync", "::std::marker::Sync"),
    ("core::num::error::ParseIntError", "::std::num::ParseIntError"),
    ("core::num::dec2flt::ParseFloatError", "::std::num::ParseFloatError"),
    ("core::num::wrapping::Wrapping", "::std::num::Wrapping"),
    ("core::ops::range::Range", "::std::ops::Range"),
    ("core::ops::range::RangeInclusive", "::std::ops::RangeInclusive"),
    ("core::option::Option", "::std::option::Option"),
    ("core::result::Result", "::std::result::Result"),
    ("core::sync::atomic::AtomicBool", "::std::sync::atomic::AtomicBool"),
    ("core::sync::atomic::AtomicI32", "::std::sync::atomic::AtomicI32"),
    ("core::sync::atomic::AtomicI64", "::std::sync::atomic::AtomicI64"),
    ("core::sync::atomic::AtomicU32", "::std::sync::atomic::AtomicU32"),
    ("core::sync::atomic::AtomicU64", "::std::sync::atomic::AtomicU64"),
    ("core::sync::atomic::AtomicUsize", "::std::sync::atomic::AtomicUsize"),
    ("core::time::Duration", "::std::time::Duration"),
    ("ndarray::ArrayBase", "::ndarray::ArrayBase"),
    ("ndarray::data_repr::OwnedRepr", "::ndarray::OwnedRepr"),
    ("ndarray::dimension::dim::Dim", "::ndarray::Dim"),
    ("polars_core::chunked_array::ChunkedArray", "::polars::prelude::ChunkedArray"),
    ("polars_core::datatypes::BooleanType", "::polars::prelude::BooleanType"),
    ("polars_core::datatypes::Float32Type", "::polars::prelude::Float32Type"),
    ("polars_core::datatypes::Float64Type", "::polars::prelude::Float64Type"),
    ("polars_core::datatypes::Int32Type", "::polars::prelude::Int32Type"),
    ("polars_core::datatypes::Int64Type", "::polars::prelude::Int64Type"),
    ("polars_core::datatypes::StringType", "::polars::prelude::StringType"),
    ("polars_core::datatypes::UInt32Type", "::polars::prelude::UInt32Type"),
    ("polars_core::datatypes::UInt64Type", "::polars::prelude::UInt64Type"),
    ("polars_core::datatypes::dtype::DataType", "::polars::prelude::DataType"),
    ("polars_core::datatypes::field::Field", "::polars::prelude::Field"),
    ("polars_core::frame::column::Column", "::polars::prelude::Column"),
    ("polars_core::frame::dataframe::DataFrame", "::polars::prelude::DataFrame"),
    ("polars_core::series::Series", "::polars::prelude::Series"),
    ("polars_error::PolarsError", "::polars::prelude::PolarsError"),
    ("polars_lazy::frame::LazyFrame", "::polars::prelude::LazyFrame"),
    ("polars_lazy::frame::LazyGroupBy", "::polars::prelude::LazyGroupBy"),
    ("polars_plan::dsl::expr::Expr", "::polars::prelude::Expr"),
    ("polars_utils::pl_str::PlSmallStr", "::polars::prelude::PlSmallStr"),
    ("serde_json::value::Value", "::serde_json::Value"),
    ("std::collections::hash::map::HashMap", "::std::collections::HashMap"),
    ("std::collections::hash::set::HashSet", "::std::collections::HashSet"),
    ("std::io::error::Error", "::std::io::Error"),
    ("std::path::PathBuf", "::std::path::PathBuf"),
    ("std::sync::mpsc::Receiver", "::std::sync::mpsc::Receiver"),
    ("std::sync::mpsc::Sender", "::std::sync::mpsc::Sender"),
    ("std::sync::poison::mutex::Mutex", "::std::sync::Mutex"),
    ("std::sync::poison::rwlock::RwLock", "::std::sync::RwLock"),
    ("std::thread::join_handle::JoinHandle", "::std::thread::JoinHandle"),
    ("std::time::Instant", "::std::time::Instant"),
    ("std::time::SystemTime", "::std::time::SystemTime"),
];

/// The words of a type that are no paths of their own.
const WORDS: &[&str] = &[
    "bool", "char", "dyn", "extern", "f32", "f64", "fn", "i128", "i16", "i32", "i64", "i8", "isize", "mut", "const",
    "str", "u128", "u16", "u32", "u64", "u8", "unsafe", "usize",
];

/// Names a type from what `type_name` says of it, or `None` where that takes the compiler's help.
/// `is_own_type` tells the types that the session defines.
pub fn from_type_name(type_name: &str, is_own_type: impl Fn(&str) -> bool) -> Option<String> {
    let mut code = String::new();
    let mut rest = type_name;
    while let Some(c) = rest.chars().next() {
        if c.is_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
            let path = rest.get(..end)?;
            code.push_str(&public_path(path, &is_own_type)?);
            rest = rest.get(end..)?;
        } else if c == '{' {
            return None;
        } else {
            code.push(c);
            rest = rest.get(c.len_utf8()..)?;
        }
    }
    Some(code)
}

fn public_path(path: &str, is_own_type: impl Fn(&str) -> bool) -> Option<String> {
    if WORDS.contains(&path) {
        return Some(path.to_owned());
    }
    if let Some((_, public)) = PUBLIC_PATHS.iter().find(|(private, _)| *private == path) {
        return Some((*public).to_owned());
    }
    let name = path.rsplit("::").next()?;
    if path.starts_with("workbench::") && name.chars().next().is_some_and(char::is_uppercase) {
        // The prelude has every public type of the workbench.
        return Some(format!("::workbench::prelude::{name}"));
    }
    match path.strip_prefix("cell::") {
        // A type of a person's own; within a module of theirs its path stays.
        Some(own) if is_own_type(name) && own == name => Some(format!("crate::{own}")),
        _ => None,
    }
}

/// A type's name for people: with no paths.
pub fn shortened(name: &str) -> String {
    let mut text = String::new();
    let mut word = String::new();
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '{' | '}');
    // The compiler says where a closure stands, in what was generated.
    let mut pieces = name.split("{closure@");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain.push_str("{closure}");
        plain.push_str(piece.split_once('}').map_or("", |(_, rest)| rest));
    }
    for c in plain.chars().chain(['\0']) {
        if is_word(c) {
            word.push(c);
            continue;
        }
        text.push_str(word.rsplit("::").find(|part| !part.is_empty()).unwrap_or_default());
        word.clear();
        if c != '\0' {
            text.push(c);
        }
    }
    text.replace("{{closure}}", "{closure}").replace("{integer}", "i32").replace("{float}", "f64")
}

/// What is wrapped in the compiler's complaint about `let _: __TbProbe = __TbWrap(variable);`.
pub fn unwrapped(found: &str) -> String {
    let inner = found.split_once("__TbWrap<").and_then(|(_, rest)| rest.strip_suffix('>'));
    inner.unwrap_or(found).to_owned()
}

/// Names a type from the compiler's complaint about `let _: __TbProbe = __TbWrap(variable);`.
pub fn from_probe(found: &str) -> VariableType {
    let inner = found
        .strip_prefix("__TbWrap<")
        .or_else(|| found.strip_prefix("cell::__TbWrap<"))
        .and_then(|rest| rest.strip_suffix('>'));
    let Some(inner) = inner else {
        return VariableType::Unnameable(format!("the compiler calls it `{found}`"));
    };
    if inner.contains("{closure") {
        let advice = "a closure has a type without a name; keep it as `Box<dyn Fn(…) -> …>`, or write a `fn`";
        return VariableType::Unnameable(advice.into());
    }
    if inner.contains("impl ") || inner.contains("{async") {
        return VariableType::Unnameable(format!(
            "its type `{inner}` has no name; collect it, or keep it in a `Box<dyn …>`"
        ));
    }
    // What the compiler has not settled falls back to Rust's defaults. A function item is stored as the function pointer.
    let code = inner.replace("{integer}", "i32").replace("{float}", "f64");
    if code.contains('{') {
        return VariableType::Unnameable(format!("its type `{inner}` has no name"));
    }
    VariableType::Named(code.replace("cell::", "crate::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_shown_without_its_paths() {
        let name =
            "std::collections::HashMap<alloc::string::String, (cell::Own, &[i32; 3], dyn core::fmt::Debug + Send)>";
        assert_eq!(shortened(name), "HashMap<String, (Own, &[i32; 3], dyn Debug + Send)>");
        assert_eq!(shortened(&unwrapped("cell::__TbWrap<({integer}, {float})>")), "(i32, f64)");
        assert_eq!(shortened("(i32, {closure@cell_4.rs:5:29: 5:37})"), "(i32, {closure})");
        assert_eq!(shortened("alloc::boxed::Box<cell::cell_3::{{closure}}::{{closure}}>"), "Box<{closure}>");
        assert_eq!(shortened("fn(i32) -> std::vec::Vec<u8>"), "fn(i32) -> Vec<u8>");
    }
}
