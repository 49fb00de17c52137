//! The names that a cell binds itself, as far as they are visible at the cursor.

use std::collections::BTreeMap;

use ra_ap_syntax::ast::{self, HasName};
use ra_ap_syntax::{AstNode, SyntaxNode, TextSize};

use super::cursor::WRAPPER;
use super::repair;
use crate::engine::native::nesting;

/// The names that code at this place can use because the cell itself binds them: each with what binds it, in words.
pub fn visible(code: &str, at: usize) -> BTreeMap<String, String> {
    let head = code.get(..at).unwrap_or_default();
    let text = repair::closed(head, "__tb_here");
    let file = nesting::parse(&format!("{WRAPPER}{text}\n}}")).tree();
    let offset = TextSize::try_from(WRAPPER.len() + at).unwrap_or_default();
    let Some(token) = file.syntax().token_at_offset(offset).right_biased() else { return BTreeMap::new() };
    let mut names = BTreeMap::new();
    let mut add = |pattern: Option<ast::Pat>, text: String| {
        for binding in pattern.iter().flat_map(|pattern| pattern.syntax().descendants()).filter_map(ast::IdentPat::cast)
        {
            if let Some(name) = binding.name().filter(|name| !name.text().starts_with(char::is_uppercase)) {
                names.entry(name.text().to_string()).or_insert_with(|| text.clone());
            }
        }
    };
    for node in token.parent_ancestors() {
        visible_in(&node, offset, &mut add);
    }
    names.remove("__tb_here");
    names
}

fn visible_in(node: &SyntaxNode, offset: TextSize, add: &mut impl FnMut(Option<ast::Pat>, String)) {
    let text = |node: &SyntaxNode| node.text().to_string();
    if let Some(list) = ast::StmtList::cast(node.clone()) {
        let statements: Vec<ast::Stmt> = list.statements().collect();
        // The latest first: it hides those before it.
        for statement in
            statements.into_iter().rev().filter(|statement| statement.syntax().text_range().end() <= offset)
        {
            if let ast::Stmt::LetStmt(binding) = statement {
                add(binding.pat(), text(binding.syntax()));
            }
        }
    } else if let Some(closure) = ast::ClosureExpr::cast(node.clone()) {
        for param in closure.param_list().into_iter().flat_map(|list| list.params()) {
            add(param.pat(), format!("|{}|", text(param.syntax())));
        }
    } else if let Some(function) = ast::Fn::cast(node.clone()) {
        for param in function.param_list().into_iter().flat_map(|list| list.params()) {
            add(param.pat(), text(param.syntax()));
        }
    } else if let Some(own) = ast::ForExpr::cast(node.clone()) {
        add(own.pat(), format!("for {}", own.pat().map(|pattern| text(pattern.syntax())).unwrap_or_default()));
    } else if let Some(arm) = ast::MatchArm::cast(node.clone()) {
        add(arm.pat(), text_of(arm.pat()));
    } else if let Some(own) = ast::IfExpr::cast(node.clone()) {
        for binding in own.condition().iter().flat_map(|it| it.syntax().descendants()).filter_map(ast::LetExpr::cast) {
            add(binding.pat(), text(binding.syntax()));
        }
    } else if let Some(own) = ast::WhileExpr::cast(node.clone()) {
        for binding in own.condition().iter().flat_map(|it| it.syntax().descendants()).filter_map(ast::LetExpr::cast) {
            add(binding.pat(), text(binding.syntax()));
        }
    }
}

fn text_of(pattern: Option<ast::Pat>) -> String {
    pattern.map(|pattern| pattern.syntax().text().to_string()).unwrap_or_default()
}
