//! Code that is still being written, made into something that the parser understands.

use ra_ap_syntax::ast;
use ra_ap_syntax::{AstNode, SyntaxKind};

use super::cursor::{WRAPPER, tokens};
use crate::engine::native::nesting;

/// The code up to a place with something put there, made whole: open brackets are closed, and what has to follow follows.
pub fn closed(head: &str, inserted: &str) -> String {
    let mut open = Vec::new();
    for token in tokens(head) {
        match token.kind {
            SyntaxKind::L_PAREN => open.push(')'),
            SyntaxKind::L_BRACK => open.push(']'),
            SyntaxKind::L_CURLY => open.push('}'),
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY => drop(open.pop()),
            _ => {}
        }
    }
    let closing: String = open.iter().rev().collect();
    // What follows the word in `if v.`, in the guard of an arm, and in `Struct { field`.
    let candidates =
        ["", ";", " {}", " => loop {}", " = loop {}"].map(|tail| format!("{head}{inserted}{tail}{closing}\n;"));
    let n_errors = |code: &String| nesting::parse(&format!("{WRAPPER}{code}\n}}")).errors().len();
    let [first, ..] = &candidates;
    candidates.iter().min_by_key(|code| n_errors(code)).unwrap_or(first).clone()
}

/// The code without the statements at its top that the parser does not understand, but for the one with this word.
pub fn without_errors(code: &str, word: &str) -> String {
    let parsed = nesting::parse(&format!("{WRAPPER}{code}\n}}"));
    let errors = parsed.errors();
    let body = parsed.tree().syntax().children().find_map(ast::Fn::cast).and_then(|function| function.body());
    let mut kept = String::new();
    for statement in body.and_then(|body| body.stmt_list()).into_iter().flat_map(|list| list.statements()) {
        let (range, text) = (statement.syntax().text_range(), statement.syntax().text().to_string());
        let is_wrong = errors.iter().any(|error| range.contains_range(error.range()));
        if !is_wrong || text.contains(word) {
            kept.push_str(&text);
            kept.push('\n');
        }
    }
    kept
}

/// Whether the parser has nothing to say against some items.
pub fn is_whole(items: &str) -> bool {
    nesting::parse(items).errors().is_empty()
}
