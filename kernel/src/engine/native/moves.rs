//! Which variables a cell certainly moves away, or cannot keep: what the compiler would say in a first attempt that fails.
//!
//! A variable that is moved cannot be put back, and the compiler says so; the cell is then compiled once more without that line. Most moves
//! can be seen beforehand: a plain name in a place that takes values is moved if its type is not `Copy`, and a method that takes
//! `self` moves what it is called on. Only what is certain counts here, since a variable that was taken for moved is lost. What is
//! overlooked costs a second call of the compiler.

use std::collections::BTreeMap;

use ra_ap_syntax::ast::{self, AstNode, HasAttrs, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, SyntaxToken};

use super::definitions::Definitions;
use super::generate::LeftOut;
use super::source::ParsedCell;

/// What the text of a cell tells of its moves; whether they are ones depends on the types.
#[derive(Debug, Default, PartialEq)]
pub struct Moves {
    /// The variables of earlier cells that are used up, each with how.
    session: Vec<(String, Use)>,
    /// The same of those that the cell binds: of the `let` whose value would be kept.
    own: Vec<(String, Use)>,
    /// What can be told of the types of the variables that the cell binds.
    owners: BTreeMap<String, Owner>,
    /// New variables that hold a reference to another one, and the other's name.
    borrowers: Vec<(String, Borrow)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Use {
    /// By its plain name where a value is taken.
    Value,
    /// By a method of this name, called on it.
    Method(String),
    /// As an argument of this macro.
    Argument(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Owner {
    /// A type of the standard library or of polars, under its public path without parameters; and the name from which that was concluded,
    /// which means something else where a person has defined it.
    Known { path: &'static str, by: String },
    /// A type that a person defined.
    Own(String),
}

#[derive(Clone, Debug, PartialEq)]
enum Borrow {
    /// `&x`
    Whole(String),
    /// `&x[…]` or `&x.field`, which borrows from `x` only if that owns what it holds.
    Part(String),
}

/// What the session knows of a variable's type.
#[derive(Clone, Copy, Debug)]
pub struct VariableFacts<'a> {
    /// Code that names it, or nothing where that is not known.
    pub type_code: Option<&'a str>,
    /// Whether a value of it has to be dropped, so that it is not `Copy` and no reference.
    pub owns: bool,
}

/// Reads a cell's statements and its last expression.
pub fn of(body: &ast::StmtList) -> Moves {
    let mut moves = Moves::default();
    for statement in body.statements() {
        if let ast::Stmt::LetStmt(binding) = &statement {
            add_owner(&mut moves, binding);
            add_borrower(&mut moves, binding);
        }
        if !matches!(statement, ast::Stmt::Item(_)) {
            add_uses(&mut moves, statement.syntax(), body);
        }
    }
    if let Some(tail) = body.tail_expr() {
        add_uses(&mut moves, tail.syntax(), body);
    }
    moves
}

/// What to leave out of the first attempt already.
pub fn predict<'a>(
    parsed: &ParsedCell,
    definitions: &Definitions,
    facts: impl Fn(&str) -> Option<VariableFacts<'a>>,
) -> LeftOut {
    let mut left_out = LeftOut::default();
    let known = |name: &str| match parsed.moves.owners.get(name) {
        Some(Owner::Known { by, .. }) if definitions.gives_meaning_to(by) => None,
        owner => owner,
    };
    let is_argument = |name: &str| !definitions.gives_meaning_to(name);
    let is_own = |name: &str| definitions.type_is_defined(name) && !definitions.type_is_copy(name);
    for (name, used) in &parsed.moves.session {
        let Some(fact) = facts(name) else { continue };
        let code = fact.type_code.unwrap_or_default();
        let is_value_moved = || fact.owns || code.strip_prefix("crate::").is_some_and(is_own);
        let is_moved = match used {
            Use::Value => is_value_moved(),
            Use::Argument(of) => is_argument(of) && is_value_moved(),
            Use::Method(method) => fact.owns && consumes(code, method),
        };
        if is_moved {
            left_out.put_back.insert(name.clone());
        }
    }
    for (name, used) in parsed.moves.own.iter().filter(|(name, _)| !parsed.assigned.contains(name)) {
        let is_moved = match (known(name), used) {
            (Some(Owner::Known { path, .. }), Use::Method(method)) => consumes(path, method),
            (Some(_), Use::Argument(of)) if !is_argument(of) => false,
            (Some(Owner::Known { .. }), Use::Value | Use::Argument(_)) => true,
            (Some(Owner::Own(name)), Use::Value | Use::Argument(_)) => is_own(name),
            _ => false,
        };
        if is_moved {
            left_out.store.insert(name.clone());
            left_out.moved.insert(name.clone());
        }
    }
    for (name, borrow) in &parsed.moves.borrowers {
        let is_kept_by_nobody = match borrow {
            Borrow::Whole(from) => facts(from).is_some() || parsed.bindings.contains(from),
            Borrow::Part(from) if parsed.bindings.contains(from) => known(from).is_some(),
            Borrow::Part(from) => facts(from).is_some_and(|known| known.owns),
        };
        if is_kept_by_nobody {
            left_out.store.insert(name.clone());
        }
    }
    left_out
}

const STRING: &str = "::std::string::String";
const VEC: &str = "::std::vec::Vec";
const FRAME: &str = "::polars::prelude::DataFrame";

/// Methods that take `self`, by the types that have them. Only those of values that have to be dropped are asked for: an `Option<i32>`
/// is copied by them.
const CONSUMING: &[(&str, &str)] = &[
    (VEC, "into_boxed_slice into_iter into_par_iter"),
    (STRING, "into_boxed_str into_bytes"),
    ("::std::collections::BTreeMap", "into_iter into_keys into_values"),
    ("::std::collections::BTreeSet", "into_iter"),
    ("::std::collections::BinaryHeap", "into_iter into_sorted_vec into_vec"),
    ("::std::collections::HashMap", "into_iter into_keys into_par_iter into_values"),
    ("::std::collections::HashSet", "into_iter into_par_iter"),
    ("::std::collections::VecDeque", "into_iter"),
    (
        "::std::option::Option",
        "and_then expect filter into_iter map map_or map_or_else ok_or ok_or_else or or_else unwrap \
         unwrap_or unwrap_or_default unwrap_or_else",
    ),
    (
        "::std::result::Result",
        "and_then err expect expect_err map map_err map_or map_or_else ok or_else unwrap unwrap_err \
         unwrap_or unwrap_or_default unwrap_or_else",
    ),
    ("::std::thread::JoinHandle", "join"),
    (FRAME, "lazy"),
    (
        "::polars::prelude::LazyFrame",
        "cache collect count cross_join drop drop_nans drop_nulls explode fill_nan fill_null filter first \
         full_join group_by group_by_stable inner_join join last left_join limit max mean median min \
         null_count quantile rename reverse select slice sort sort_by_exprs std sum tail unique \
         unique_stable unnest unpivot var with_column with_columns with_row_index",
    ),
    ("::polars::prelude::LazyGroupBy", "agg head tail"),
    (
        "::polars::prelude::Expr",
        "abs alias and cast count cum_sum diff eq exp fill_nan fill_null filter first gt gt_eq is_in \
         is_not_null is_null last log lt lt_eq max mean median min n_unique neq not or over pow quantile \
         rank round shift sort sqrt std sum unique var",
    ),
];

fn consumes(type_code: &str, method: &str) -> bool {
    let head = type_code.split('<').next().unwrap_or_default();
    CONSUMING.iter().any(|(path, methods)| *path == head && methods.split(' ').any(|own| own == method))
}

/// Types that own what they hold.
const MAKERS: &[(&str, &str)] = &[
    ("BTreeMap", "::std::collections::BTreeMap"),
    ("BTreeSet", "::std::collections::BTreeSet"),
    ("Box", "::std::boxed::Box"),
    ("HashMap", "::std::collections::HashMap"),
    ("HashSet", "::std::collections::HashSet"),
    ("Arc", "::std::sync::Arc"),
    ("Rc", "::std::rc::Rc"),
    ("String", STRING),
    ("Vec", VEC),
    ("VecDeque", "::std::collections::VecDeque"),
];

/// Their functions that give a value of the type itself.
const MAKING: &[&str] = &["clone", "default", "from", "from_iter", "new", "with_capacity"];

/// What a `let` with one plain name on its left says of the type: by an annotation, or by how the value is made.
fn add_owner(moves: &mut Moves, binding: &ast::LetStmt) {
    for name in bound_names(binding.pat().as_ref().map(AstNode::syntax)) {
        // A later binding of a name takes the place of an earlier one.
        moves.owners.remove(&name);
        moves.own.retain(|(used, _)| *used != name);
        moves.borrowers.retain(|(holder, _)| *holder != name);
    }
    let Some(name) = plain_name(binding.pat()) else { return };
    let owner = match (binding.ty(), binding.initializer()) {
        (Some(ast::Type::PathType(ty)), _) => ty.path().and_then(|path| maker(&path)),
        (None, Some(value)) => owner_of(&value),
        _ => None,
    };
    if let Some(owner) = owner {
        moves.owners.insert(name, owner);
    }
}

fn owner_of(value: &ast::Expr) -> Option<Owner> {
    let known = |path, by: &str| Some(Owner::Known { path, by: by.to_owned() });
    match value {
        ast::Expr::TryExpr(inner) => owner_of(&inner.expr()?),
        ast::Expr::MacroExpr(call) => match call.macro_call()?.path()?.as_single_name_ref()?.text() {
            by @ "vec" => known(VEC, by),
            by @ "format" => known(STRING, by),
            by @ "df" => known(FRAME, by),
            _ => None,
        },
        ast::Expr::CallExpr(call) => {
            let ast::Expr::PathExpr(callee) = call.expr()? else { return None };
            let path = callee.path()?;
            match path.qualifier() {
                Some(ty) => MAKING.contains(&path.segment()?.name_ref()?.text()).then(|| maker(&ty)).flatten(),
                None => match path.as_single_name_ref()?.text() {
                    by @ ("read_csv" | "read_parquet" | "penguins") => known(FRAME, by),
                    _ => None,
                },
            }
        }
        ast::Expr::MethodCallExpr(call) => match call.name_ref()?.text() {
            by @ "to_string" => known(STRING, by),
            by @ "to_vec" => known(VEC, by),
            _ => None,
        },
        ast::Expr::RecordExpr(record) => Some(Owner::Own(record.path()?.as_single_name_ref()?.text().to_owned())),
        _ => None,
    }
}

fn maker(path: &ast::Path) -> Option<Owner> {
    let name = path.segment()?.name_ref()?;
    let known = MAKERS.iter().find(|(short, _)| *short == name.text());
    known.map(|(short, public)| Owner::Known { path: public, by: (*short).to_owned() })
}

/// A `let` that binds one name to a reference.
fn add_borrower(moves: &mut Moves, binding: &ast::LetStmt) {
    let (Some(name), Some(ast::Expr::RefExpr(reference))) = (plain_name(binding.pat()), binding.initializer()) else {
        return;
    };
    let Some(mut place) = reference.expr() else { return };
    let mut is_whole = true;
    loop {
        let inner = match &place {
            ast::Expr::IndexExpr(index) => index.base(),
            ast::Expr::FieldExpr(field) => field.expr(),
            ast::Expr::ParenExpr(paren) => paren.expr(),
            _ => break,
        };
        let Some(inner) = inner else { return };
        is_whole &= matches!(place, ast::Expr::ParenExpr(_));
        place = inner;
    }
    if let Some(from) = plain_path(&place).filter(|from| *from != name) {
        let borrow = if is_whole { Borrow::Whole(from) } else { Borrow::Part(from) };
        moves.borrowers.push((name, borrow));
    }
}

fn add_uses(moves: &mut Moves, node: &SyntaxNode, body: &ast::StmtList) {
    for node in node.descendants() {
        if let Some(path) = ast::PathExpr::cast(node.clone()) {
            if let Some(name) = plain_path(&ast::Expr::PathExpr(path)) {
                let used = if captured(&node) { Some(Use::Value) } else { use_of(&node) };
                add_use(moves, &node, body, name, used);
            }
        } else if let Some(call) = ast::MacroCall::cast(node.clone()) {
            add_uses_in_macro(moves, &call, body);
        }
    }
}

const TAKING_VALUES: &[&str] = &["dbg", "df", "vec"];
const LOOKING: &[&str] = &["assert", "assert_eq", "assert_ne", "eprint", "eprintln", "format", "print", "println"];

/// The arguments of macros are mere tokens. Those of some are values; what others only look at, a `move` closure takes along all the same.
fn add_uses_in_macro(moves: &mut Moves, call: &ast::MacroCall, body: &ast::StmtList) {
    let Some(tree) = call.token_tree() else { return };
    let Some(macro_name) = call.path().and_then(|path| path.as_single_name_ref()).map(|name| name.text().to_owned())
    else {
        return;
    };
    let takes_values = TAKING_VALUES.contains(&macro_name.as_str());
    let is_captured = captured(call.syntax()) && (takes_values || LOOKING.contains(&macro_name.as_str()));
    if !takes_values && !is_captured {
        return;
    }
    let tokens: Vec<SyntaxToken> = tree
        .syntax()
        .descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .filter(|token| !token.kind().is_trivia())
        .collect();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind() == SyntaxKind::IDENT) {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map_or("", SyntaxToken::text);
        let after = tokens.get(at + 1).map_or("", SyntaxToken::text);
        let is_element = matches!(before, "[" | "(" | "," | ">" | "{") && matches!(after, "]" | ")" | "," | ";" | "}");
        // `df!["a" => x]`: the arrow is two tokens.
        let is_whole = is_element && (before != ">" || tokens.get(at.wrapping_sub(2)).is_some_and(|t| t.text() == "="));
        if (takes_values && is_whole && token.parent().as_ref() == Some(tree.syntax())) || (is_captured && is_whole) {
            let used = Use::Argument(macro_name.clone());
            add_use(moves, call.syntax(), body, token.text().to_owned(), Some(used));
        }
    }
}

fn add_use(moves: &mut Moves, at: &SyntaxNode, body: &ast::StmtList, name: String, used: Option<Use>) {
    let Some(used) = used else { return };
    match binder(at, body, &name) {
        Binder::Session => moves.session.push((name, used)),
        Binder::Cell => moves.own.push((name, used)),
        Binder::Inner => {}
    }
}

/// How a name is used up where it stands, if it is.
fn use_of(name: &SyntaxNode) -> Option<Use> {
    let mut node = name.clone();
    let mut parent = node.parent()?;
    while ast::ParenExpr::can_cast(parent.kind()) {
        (node, parent) = (parent.clone(), parent.parent()?);
    }
    let is = |expression: Option<ast::Expr>| expression.is_some_and(|own| *own.syntax() == node);
    let is_moved = match parent.kind() {
        SyntaxKind::ARG_LIST
        | SyntaxKind::ARRAY_EXPR
        | SyntaxKind::AWAIT_EXPR
        | SyntaxKind::BREAK_EXPR
        | SyntaxKind::EXPR_STMT
        | SyntaxKind::RECORD_EXPR_FIELD
        | SyntaxKind::RETURN_EXPR
        | SyntaxKind::TRY_EXPR
        | SyntaxKind::TUPLE_EXPR => true,
        SyntaxKind::FOR_EXPR => is(ast::ForExpr::cast(parent)?.iterable()),
        SyntaxKind::LET_STMT => {
            let binding = ast::LetStmt::cast(parent)?;
            is(binding.initializer()) && binds_all_of_it(&binding.pat()?)
        }
        SyntaxKind::PREFIX_EXPR => {
            matches!(ast::PrefixExpr::cast(parent)?.op_kind(), Some(ast::UnaryOp::Neg | ast::UnaryOp::Not))
        }
        SyntaxKind::BIN_EXPR => {
            let expression = ast::BinExpr::cast(parent)?;
            match expression.op_kind()? {
                ast::BinaryOp::ArithOp(_) => true,
                ast::BinaryOp::Assignment { .. } => is(expression.rhs()),
                _ => false,
            }
        }
        SyntaxKind::METHOD_CALL_EXPR => {
            let call = ast::MethodCallExpr::cast(parent)?;
            return Some(Use::Method(call.name_ref()?.text().to_owned()));
        }
        _ => false,
    };
    is_moved.then_some(Use::Value)
}

/// Whether a pattern takes each part of the value that it is given, and by value.
fn binds_all_of_it(pattern: &ast::Pat) -> bool {
    let binds = |node: &SyntaxNode| {
        ast::IdentPat::cast(node.clone())
            .is_some_and(|own| own.ref_token().is_none() && own.name().is_some_and(|name| is_variable(name.text())))
    };
    pattern.syntax().descendants().any(|node| binds(&node))
        && pattern.syntax().descendants().all(|node| match node.kind() {
            SyntaxKind::WILDCARD_PAT | SyntaxKind::REST_PAT | SyntaxKind::REF_PAT | SyntaxKind::OR_PAT => false,
            SyntaxKind::IDENT_PAT => binds(&node),
            _ => true,
        })
}

/// Whether a name stands in a closure or a block that takes along all that it names, and is not only looked into there for a field.
fn captured(name: &SyntaxNode) -> bool {
    let is_field = name.parent().is_some_and(|parent| ast::FieldExpr::can_cast(parent.kind()));
    let takes = |node: SyntaxNode| match node.kind() {
        SyntaxKind::CLOSURE_EXPR => ast::ClosureExpr::cast(node).is_some_and(|own| own.move_token().is_some()),
        SyntaxKind::BLOCK_EXPR => ast::BlockExpr::cast(node).is_some_and(|own| own.move_token().is_some()),
        _ => false,
    };
    !is_field && name.ancestors().any(takes)
}

enum Binder {
    /// An earlier cell.
    Session,
    /// A `let` at the top of this one.
    Cell,
    /// Something within a statement.
    Inner,
}

/// What a name means at a place.
fn binder(at: &SyntaxNode, body: &ast::StmtList, name: &str) -> Binder {
    let binds = |pattern: Option<SyntaxNode>| bound_names(pattern.as_ref()).iter().any(|own| own == name);
    let mut inner = at.clone();
    for outer in at.ancestors().skip(1) {
        let within = |part: Option<SyntaxNode>| part.is_some_and(|part| part == inner);
        let is_bound = match outer.kind() {
            SyntaxKind::CLOSURE_EXPR => binds(
                ast::ClosureExpr::cast(outer.clone()).and_then(|own| own.param_list()).map(|own| own.syntax().clone()),
            ),
            SyntaxKind::MATCH_ARM => {
                binds(ast::MatchArm::cast(outer.clone()).and_then(|own| own.pat()).map(|own| own.syntax().clone()))
            }
            SyntaxKind::FOR_EXPR => ast::ForExpr::cast(outer.clone()).is_some_and(|own| {
                !within(own.iterable().map(|own| own.syntax().clone()))
                    && binds(own.pat().map(|own| own.syntax().clone()))
            }),
            // The names of an `if let` hold in a part of it; which one is not worth asking.
            SyntaxKind::IF_EXPR | SyntaxKind::WHILE_EXPR => {
                let lets = outer.descendants().filter_map(ast::LetExpr::cast);
                lets.filter_map(|own| own.pat()).any(|own| binds(Some(own.syntax().clone())))
            }
            SyntaxKind::STMT_LIST => {
                let lets = outer.children().take_while(|own| *own != inner).filter_map(ast::LetStmt::cast);
                let is_bound = lets.filter_map(|own| own.pat()).any(|own| binds(Some(own.syntax().clone())));
                if outer == *body.syntax() {
                    return if is_bound { Binder::Cell } else { Binder::Session };
                }
                is_bound
            }
            // A function's own names have nothing to do with those around it.
            SyntaxKind::FN | SyntaxKind::CONST | SyntaxKind::STATIC | SyntaxKind::IMPL => true,
            _ => false,
        };
        if is_bound {
            return Binder::Inner;
        }
        inner = outer;
    }
    Binder::Inner
}

fn bound_names(pattern: Option<&SyntaxNode>) -> Vec<String> {
    let names = pattern.into_iter().flat_map(SyntaxNode::descendants).filter_map(ast::IdentPat::cast);
    names.filter_map(|own| own.name()).map(|name| name.text().to_owned()).filter(|name| is_variable(name)).collect()
}

/// The name of a pattern that is one and nothing else.
fn plain_name(pattern: Option<ast::Pat>) -> Option<String> {
    let ast::Pat::IdentPat(pattern) = pattern? else { return None };
    let is_plain = pattern.ref_token().is_none() && pattern.pat().is_none() && pattern.attrs().next().is_none();
    let name = pattern.name().filter(|name| is_plain && is_variable(name.text()))?;
    Some(name.text().to_owned())
}

/// The name of an expression that is one and nothing else.
fn plain_path(expression: &ast::Expr) -> Option<String> {
    let ast::Expr::PathExpr(path) = expression else { return None };
    let name = path.path()?.as_single_name_ref()?;
    is_variable(name.text()).then(|| name.text().to_owned())
}

/// By Rust's naming style: constants and types begin with a capital.
fn is_variable(name: &str) -> bool {
    !name.chars().next().is_some_and(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::definitions::CellText;
    use super::super::source;
    use super::*;

    /// The variables that are left out, `s` being a string of an earlier cell, `n` a number, `l` a LazyFrame, `p` a `struct P` and
    /// `c` a `Copy` one.
    #[track_caller]
    fn check(code: &str, put_back: &[&str], store: &[&str]) {
        let definitions = definitions("struct P { x: i32 }\n#[derive(Clone, Copy)] struct C { x: i32 }");
        let facts = |name: &str| {
            let (type_code, owns) = match name {
                "s" | "t" => (STRING, true),
                "n" => ("i32", false),
                "l" => ("::polars::prelude::LazyFrame", true),
                "p" => ("crate::P", false),
                "c" => ("crate::C", false),
                _ => return None,
            };
            Some(VariableFacts { type_code: Some(type_code), owns })
        };
        let left_out = predict(&source::parse(code), &definitions, facts);
        let names = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<String>>();
        assert_eq!(
            (names(&left_out.put_back), names(&left_out.store)),
            (put_back.iter().map(|s| (*s).to_owned()).collect(), store.iter().map(|s| (*s).to_owned()).collect()),
            "{code}"
        );
    }

    fn definitions(code: &str) -> Definitions {
        let cell = CellText { execution_count: 1, code: code.to_owned(), loop_checks: Vec::new() };
        Definitions::default().with_cell(&std::sync::Arc::new(cell), &source::parse(code)).0
    }

    #[test]
    fn a_plain_name_where_a_value_is_taken_is_moved() {
        for code in [
            "let w = s;",
            "drop(s)",
            "f(1, (s))",
            "(s, 1)",
            "[s]",
            "P { s }",
            "P { a: s }",
            "for c in s {}",
            "s + \"x\"",
            "let (a, b) = s;",
            "x.push(s)",
            "Some(s)",
            "vec![s]",
            "vec![1, s, 2]",
            "dbg!(s)",
            "df![\"a\" => s]",
            "s?;",
            "s;",
            "x = s;",
            "std::thread::spawn(move || s.len())",
            "let f = move || println!(\"{}\", s);",
            "{ g(s) }",
            "let s = f(s);",
            "if n > 1 { drop(s) }",
            "let f = || drop(s);",
            "async move { s.len() }.await",
        ] {
            check(code, &["s"], &[]);
        }
        check("let q = p;", &["p"], &[]);
        check("let m = n; let d = c; f(n, c)", &[], &[]);
    }

    #[test]
    fn what_only_looks_is_no_move() {
        for code in [
            "let f = move || own_macro!(s);",
            "own_macro!(s)",
            "s",
            "s.len()",
            "&s",
            "f(&s, &mut s)",
            "println!(\"{}\", s)",
            "format!(\"{s}\")",
            "s == t",
            "s < t",
            "s[0]",
            "s.field",
            "&s[..]",
            "match s { _ => 1 }",
            "let _ = s;",
            "let ref w = s;",
            "let (a, _) = s;",
            "assert_eq!(s, t)",
            "|s| drop(s)",
            "for s in x { drop(s) }",
            "{ let s = 1; f(s) }",
            "match x { Some(s) => f(s), None => 0 }",
            "if let Some(s) = x { f(s); }",
            "fn g(s: String) { f(s) }",
            "let s = 1; f(s)",
            "s += \"x\"",
            "let f = move || p.x;",
            "vec![s.len()]",
            "vec![&s]",
            "vec![0; n]",
            "*s",
            "s.into_something()",
        ] {
            check(code, &[], &[]);
        }
    }

    #[test]
    fn methods_that_take_the_value_move_it() {
        check("let b = s.into_bytes();", &["s"], &[]);
        check("l.select([col(\"a\")]).collect()?", &["l"], &[]);
        check("l.clone().collect()?", &[], &[]);
        check("l.explain(true)?", &[], &[]);
    }

    #[test]
    fn of_new_variables_only_what_evidently_owns_is_moved() {
        check("let a = vec![1]; let b = a;", &[], &["a"]);
        check("let a = String::from(\"x\"); drop(a);", &[], &["a"]);
        check("let a: Vec<i32> = x.collect(); for i in a {}", &[], &["a"]);
        check("let f = df![\"a\" => [1]]?; let g = f.lazy();", &[], &["f"]);
        check("let q = P { x: 1 }; drop(q);", &[], &["q"]);
        check("let q = C { x: 1 }; drop(q);", &[], &[]);
        check("let a = 1; let b = a;", &[], &[]);
        check("let a = Box::leak(Box::new(1)); let r = &a[2..];", &[], &[]);
        check("let a = f(); let b = a;", &[], &[]);
        check("let a = vec![1]; let a = f(a);", &[], &[]);
        check("let mut a = vec![1]; a = f(a);", &[], &[]);
        check("let a = vec![1]; a.len()", &[], &[]);
    }

    #[test]
    fn what_borrows_from_another_variable_is_not_kept() {
        check("let r = &s;", &[], &["r"]);
        check("let r = &s[1..];", &[], &["r"]);
        check("let owner = String::from(\"abc\"); let part = &owner[1..];", &[], &["part"]);
        check("let a = 1; let r = &a;", &[], &["r"]);
        check("let r = &[1, 2]; let t = \"x\"; let q = &t[1..];", &[], &[]);
        check("let r = &f(); let q = &NAMES;", &[], &[]);
    }
}
