//! Rust in colour, by rust-analyzer's parser, so that a page needs no script for it.

use crate::engine::native::nesting;
use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{Edition, SyntaxKind, SyntaxToken, T};

use super::escape;

/// A cell holds statements as well as items, so it is parsed as a function's body.
const BEFORE: &str = "fn cell() {\n";
const AFTER: &str = "\n}";

/// The code as HTML with a `<span>` around each word that has a colour.
pub fn rust(code: &str) -> String {
    let source = format!("{BEFORE}{code}{AFTER}");
    let file = nesting::parse(&source);
    let mut html = String::with_capacity(2 * code.len());
    for token in file.tree().syntax().descendants_with_tokens().filter_map(|element| element.into_token()) {
        // An unclosed string or comment runs on into what was put after the code.
        let range = token.text_range();
        let start = usize::from(range.start()).clamp(BEFORE.len(), BEFORE.len() + code.len());
        let end = usize::from(range.end()).clamp(start, BEFORE.len() + code.len());
        let text = escape(&source[start..end]);
        match class(&token) {
            _ if text.is_empty() => {}
            Some(class) => html.push_str(&format!("<span class=\"{class}\">{text}</span>")),
            None => html.push_str(&text),
        }
    }
    html
}

fn class(token: &SyntaxToken) -> Option<&'static str> {
    let kind = token.kind();
    match kind {
        SyntaxKind::COMMENT => Some("com"),
        SyntaxKind::STRING | SyntaxKind::BYTE_STRING | SyntaxKind::C_STRING | SyntaxKind::CHAR | SyntaxKind::BYTE => {
            Some("str")
        }
        SyntaxKind::INT_NUMBER | SyntaxKind::FLOAT_NUMBER => Some("num"),
        SyntaxKind::LIFETIME_IDENT => Some("lif"),
        SyntaxKind::IDENT => name_class(token),
        T![!] => is_macro_name(token.prev_token().as_ref()?).then_some("mac"),
        T![true] | T![false] => Some("num"),
        _ if kind.is_keyword(Edition::Edition2024) => Some("kw"),
        _ if token.parent_ancestors().any(|node| node.kind() == SyntaxKind::ATTR) => Some("att"),
        _ => None,
    }
}

fn name_class(token: &SyntaxToken) -> Option<&'static str> {
    if token.parent_ancestors().any(|node| node.kind() == SyntaxKind::ATTR) {
        return Some("att");
    }
    if is_macro_name(token) {
        return Some("mac");
    }
    let named = token.parent()?.parent()?;
    let is_function = match named.kind() {
        SyntaxKind::FN | SyntaxKind::METHOD_CALL_EXPR => true,
        SyntaxKind::PATH_SEGMENT => is_called(&named),
        _ => false,
    };
    // What looks like a type is one: `Some(x)` reads better as a constructor than as a call.
    let is_type = token.text().starts_with(char::is_uppercase) && token.text().chars().any(char::is_lowercase)
        || is_primitive(token.text()) && named.kind() == SyntaxKind::PATH_SEGMENT;
    match (is_type, is_function) {
        (true, _) => Some("typ"),
        (false, true) => Some("fun"),
        (false, false) => None,
    }
}

/// Whether this is the last segment of the path of a call.
fn is_called(segment: &ra_ap_syntax::SyntaxNode) -> bool {
    let Some(path) = segment.parent() else { return false };
    let Some(expression) = path.parent().filter(|node| ast::PathExpr::can_cast(node.kind())) else { return false };
    expression
        .parent()
        .and_then(ast::CallExpr::cast)
        .is_some_and(|call| call.syntax().first_child().is_some_and(|callee| callee == expression))
}

fn is_macro_name(token: &SyntaxToken) -> bool {
    let is_in_macro_path = token
        .parent_ancestors()
        .take_while(|node| {
            matches!(
                node.kind(),
                SyntaxKind::NAME_REF | SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH | SyntaxKind::MACRO_CALL
            )
        })
        .any(|node| node.kind() == SyntaxKind::MACRO_CALL);
    is_in_macro_path && token.kind() == SyntaxKind::IDENT && token.next_token().is_some_and(|next| next.kind() == T![!])
}

fn is_primitive(name: &str) -> bool {
    matches!(
        name,
        "bool"
            | "char"
            | "str"
            | "f32"
            | "f64"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
    )
}
