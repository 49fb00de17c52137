//! What a cell is made of: its items, its statements, its last expression, and the names that it mentions and binds.

use std::collections::BTreeSet;
use std::ops::Range;

use ra_ap_syntax::ast::{self, HasAttrs, HasName};
use ra_ap_syntax::{AstNode, Edition, SyntaxElement, SyntaxKind, SyntaxNode, TextSize};

use super::export::{self, Export};
use super::moves::{self, Moves};
use super::nesting;

pub const EDITION: Edition = Edition::Edition2024;

/// A cell is parsed as the body of a function; offsets in the syntax tree are this much larger than those in the cell.
const WRAPPER: &str = "fn cell() {";

/// A parsed cell. All ranges are byte ranges of the cell's own text.
#[derive(Debug, Default, PartialEq)]
pub struct ParsedCell {
    pub items: Vec<Item>,
    pub imports: Vec<Import>,
    /// What runs, in order, without the items and the last expression.
    pub statements: Vec<Range<usize>>,
    /// The last expression, where the cell ends with one.
    pub tail: Option<Range<usize>>,
    /// The names that `let` binds at the top of the cell, once each.
    pub bindings: Vec<String>,
    /// Those of the bindings that are `mut`.
    pub mutable: BTreeSet<String>,
    /// The names that the code that runs assigns to.
    pub assigned: BTreeSet<String>,
    /// What is moved and borrowed by them.
    pub moves: Moves,
    /// Every identifier in the statements and the last expression, also those inside format strings.
    pub mentions: BTreeSet<String>,
    /// Whether the code that runs, outside of the items, has a loop of its own.
    pub has_loops: bool,
    /// Whether it awaits something at the top of the cell, so that it has to run in a future.
    pub awaits: bool,
}

impl ParsedCell {
    /// Whether there is nothing to compile: a cell of comments.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.imports.is_empty() && self.statements.is_empty() && self.tail.is_none()
    }
}

/// Where in a cell's text a check for an interrupt can be put: behind the opening brace of the bodies of loops, and of closures,
/// which iterators call as often.
///
/// The innermost loops that call nothing but arithmetic are left alone: they end soon, and a check would keep them from being
/// vectorised.
/// So are those of a `const fn`, which cannot call the check.
pub fn loop_checks(code: &str) -> Vec<usize> {
    let file = nesting::parse(&format!("{WRAPPER}{code}\n}}")).tree();
    let mut offsets = Vec::new();
    for node in file.syntax().descendants() {
        let body = match node.kind() {
            SyntaxKind::LOOP_EXPR => {
                ast::LoopExpr::cast(node.clone()).and_then(|own| ast::HasLoopBody::loop_body(&own))
            }
            SyntaxKind::WHILE_EXPR => {
                ast::WhileExpr::cast(node.clone()).and_then(|own| ast::HasLoopBody::loop_body(&own))
            }
            SyntaxKind::FOR_EXPR => ast::ForExpr::cast(node.clone()).and_then(|own| ast::HasLoopBody::loop_body(&own)),
            SyntaxKind::CLOSURE_EXPR => match ast::ClosureExpr::cast(node.clone()).and_then(|own| own.body()) {
                Some(ast::Expr::BlockExpr(body)) if body.modifier().is_none() => Some(body),
                _ => None,
            },
            _ => None,
        };
        let Some(brace) = body.and_then(|body| body.stmt_list()).and_then(|list| list.l_curly_token()) else {
            continue;
        };
        let calls = |node: &SyntaxNode| match node.kind() {
            SyntaxKind::METHOD_CALL_EXPR => {
                !ast::MethodCallExpr::cast(node.clone()).is_some_and(|call| is_arithmetic(&call))
            }
            SyntaxKind::CALL_EXPR
            | SyntaxKind::MACRO_CALL
            | SyntaxKind::LOOP_EXPR
            | SyntaxKind::WHILE_EXPR
            | SyntaxKind::FOR_EXPR => true,
            _ => false,
        };
        let is_wanted = node.kind() == SyntaxKind::LOOP_EXPR
            || is_for_parallel_elements(&node)
            || node.descendants().skip(1).any(|inner| calls(&inner));
        let in_const = node.ancestors().any(|outer| match outer.kind() {
            SyntaxKind::FN => ast::Fn::cast(outer).is_some_and(|function| function.const_token().is_some()),
            SyntaxKind::CONST | SyntaxKind::STATIC => true,
            _ => false,
        });
        if is_wanted && !in_const {
            offsets.push(usize::from(brace.text_range().end()).saturating_sub(WRAPPER.len()));
        }
    }
    offsets.sort_unstable();
    offsets
}

/// Whether a closure is called for each element of a parallel iterator, which is for long work whatever it calls.
fn is_for_parallel_elements(node: &SyntaxNode) -> bool {
    let call = node.parent().and_then(|list| list.parent()).and_then(ast::MethodCallExpr::cast);
    let mut receiver = call.filter(|_| node.kind() == SyntaxKind::CLOSURE_EXPR).and_then(|call| call.receiver());
    while let Some(ast::Expr::MethodCallExpr(call)) = receiver {
        if call.name_ref().is_some_and(|name| name.text().contains("par_")) {
            return true;
        }
        receiver = call.receiver();
    }
    false
}

/// The methods of numbers, each a few instructions.
const ARITHMETIC: &[&str] = &[
    "abs",
    "acos",
    "asin",
    "atan",
    "atan2",
    "cbrt",
    "ceil",
    "clamp",
    "copysign",
    "cos",
    "cosh",
    "exp",
    "exp_m1",
    "exp2",
    "floor",
    "fract",
    "hypot",
    "is_finite",
    "is_nan",
    "len",
    "ln",
    "ln_1p",
    "log10",
    "log2",
    "max",
    "min",
    "mul_add",
    "pow",
    "powf",
    "powi",
    "recip",
    "rem_euclid",
    "rotate_left",
    "rotate_right",
    "round",
    "signum",
    "sin",
    "sin_cos",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
];

fn is_arithmetic(call: &ast::MethodCallExpr) -> bool {
    let name = call.name_ref().map(|name| name.text().to_string()).unwrap_or_default();
    let is_integer_form = ["wrapping_", "saturating_"].iter().any(|form| name.starts_with(form));
    is_integer_form || ARITHMETIC.contains(&name.as_str())
}

/// A definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub range: Range<usize>,
    pub key: ItemKey,
    pub mentions: BTreeSet<String>,
    /// Whether its own code loops.
    pub has_loops: bool,
    /// Whether types can be other ones for it: all but plain functions and statics define types, or constants that arrays have for
    /// their lengths, or names that types are made of.
    pub may_change_types: bool,
    /// How to declare it where it is compiled elsewhere.
    pub export: Option<Export>,
}

/// What a later definition replaces: the item of the same key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKey {
    /// A function, type, constant, module, macro, …
    Named { name: String, defines_type: bool },
    /// A trait, which is used by the names of its members more often than by its own.
    Trait { name: String, members: BTreeSet<String> },
    /// `impl Trait for Type`, by the text of its head.
    TraitImpl { head: String, of: BTreeSet<String> },
    /// `impl Type`, with the names that it defines.
    InherentImpl { head: String, of: BTreeSet<String>, members: BTreeSet<String> },
    /// Anything else, such as `extern "C" { … }`.
    Other { text: String },
}

/// One imported name, taken out of its `use` tree, so that importing a name again replaces the earlier import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The name that it binds; `None` for `*` and `_`.
    pub name: Option<String>,
    /// Such as `use std::fs::File as F;`.
    pub code: String,
    /// The identifiers of the path.
    pub path: Vec<String>,
    pub range: Range<usize>,
}

/// Parses a cell. The text may be wrong: then the parts that rustc will complain of are among the statements.
pub fn parse(code: &str) -> ParsedCell {
    let mut cell = ParsedCell::default();
    let file = nesting::parse(&format!("{WRAPPER}{code}\n}}")).tree();
    let body = file.syntax().children().find_map(ast::Fn::cast).and_then(|function| function.body());
    let body_is_whole = body
        .as_ref()
        .is_some_and(|body| usize::from(body.syntax().text_range().end()) >= WRAPPER.len() + code.trim_end().len());
    let Some(list) = body.and_then(|body| body.stmt_list()).filter(|_| body_is_whole) else {
        // Unbalanced braces: the compiler's own message about the whole text is the best there is.
        cell.statements.push(0..code.len());
        return cell;
    };
    for statement in list.statements() {
        match statement {
            ast::Stmt::Item(ast::Item::Use(import)) => add_imports(&mut cell, &import, code.len()),
            ast::Stmt::Item(item) => add_item(&mut cell, &item, code.len()),
            ast::Stmt::LetStmt(binding) => {
                if let Some(pattern) = binding.pat() {
                    add_bindings(&mut cell, pattern.syntax());
                }
                add_statement(&mut cell, binding.syntax(), code.len());
            }
            ast::Stmt::ExprStmt(expression) => {
                add_statement(&mut cell, expression.syntax(), code.len());
            }
        }
    }
    cell.moves = moves::of(&list);
    if let Some(tail) = list.tail_expr() {
        let range = cell_range(tail.syntax(), code.len());
        add_mentions(&mut cell.mentions, tail.syntax());
        cell.has_loops |= has_loops(tail.syntax());
        cell.awaits |= awaits(tail.syntax());
        add_assigned(&mut cell.assigned, tail.syntax());
        cell.tail = Some(range);
    }
    cell
}

/// Whether the parser finds nothing wrong with a piece of code.
pub fn is_right(code: &str) -> bool {
    nesting::parse(&format!("{WRAPPER}{code}\n}}")).errors().is_empty()
}

/// Whether more lines are needed before a cell can run, judged by the parser.
pub fn completeness(code: &str) -> crate::engine::Completeness {
    use crate::engine::Completeness;
    if nesting::too_deep_at(code).is_some() {
        return Completeness::Invalid;
    }
    let (mut depth, mut stack, mut unterminated) = (0usize, Vec::new(), false);
    for element in lex(code) {
        let (kind, text) = element;
        match kind {
            SyntaxKind::L_CURLY | SyntaxKind::L_PAREN | SyntaxKind::L_BRACK => {
                stack.push(kind);
                depth += 1;
            }
            SyntaxKind::R_CURLY | SyntaxKind::R_PAREN | SyntaxKind::R_BRACK => {
                let opens = match kind {
                    SyntaxKind::R_CURLY => SyntaxKind::L_CURLY,
                    SyntaxKind::R_PAREN => SyntaxKind::L_PAREN,
                    _ => SyntaxKind::L_BRACK,
                };
                if stack.pop() != Some(opens) {
                    return Completeness::Invalid;
                }
                depth -= 1;
            }
            SyntaxKind::COMMENT => unterminated |= text.starts_with("/*") && !(text.len() >= 4 && text.ends_with("*/")),
            SyntaxKind::STRING => unterminated |= !closes_string(&text),
            _ => {}
        }
    }
    if unterminated {
        return Completeness::Incomplete { indent: String::new() };
    }
    if depth > 0 {
        return Completeness::Incomplete { indent: "    ".repeat(depth) };
    }
    let trimmed = code.trim_end();
    let parse = nesting::parse(&format!("{WRAPPER}{code}\n}}"));
    let errors = parse.errors();
    if errors.is_empty() {
        return Completeness::Complete;
    }
    // An error where the text ends (`let x =`, `1 +`) asks for more; one before that will not go away.
    let end = WRAPPER.len() + trimmed.len();
    let at_end = errors.iter().all(|error| usize::from(error.range().end()) >= end);
    if at_end { Completeness::Incomplete { indent: "    ".into() } } else { Completeness::Invalid }
}

/// A `let` of a notebook's parameters cell: a name, its type where one is written, and its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub type_name: Option<String>,
    pub default: String,
}

/// The parameters that a cell declares, in order.
pub fn parameters(code: &str) -> Vec<Parameter> {
    let file = nesting::parse(&format!("{WRAPPER}{code}\n}}")).tree();
    let lets = file.syntax().descendants().filter_map(ast::LetStmt::cast);
    lets.filter_map(|binding| {
        let ast::Pat::IdentPat(pattern) = binding.pat()? else { return None };
        Some(Parameter {
            name: pattern.name()?.text().to_string(),
            type_name: binding.ty().map(|ty| ty.syntax().text().to_string()),
            default: binding.initializer()?.syntax().text().to_string(),
        })
    })
    .collect()
}

/// The identifiers of a piece of code, as [`ParsedCell::mentions`] has them.
pub fn mentions_of(code: &str) -> BTreeSet<String> {
    let mut mentions = BTreeSet::new();
    for (kind, text) in lex(code) {
        add_token(&mut mentions, kind, &text);
    }
    mentions
}

fn lex(code: &str) -> Vec<(SyntaxKind, String)> {
    // The tree of a text that is wrong still holds all of its tokens.
    let file = nesting::parse(&format!("{WRAPPER}{code}\n}}")).tree();
    let skip = WRAPPER.len();
    file.syntax()
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .filter(|token| {
            let start = usize::from(token.text_range().start());
            start >= skip && start < skip + code.len()
        })
        .map(|token| (token.kind(), token.text().to_owned()))
        .collect()
}

fn closes_string(text: &str) -> bool {
    let body = text.trim_start_matches(['b', 'c']);
    if let Some(raw) = body.strip_prefix('r') {
        let hashes = raw.chars().take_while(|c| *c == '#').count();
        let end = format!("\"{}", "#".repeat(hashes));
        return raw.len() > hashes + end.len() && raw.ends_with(&end);
    }
    let mut escaped = false;
    let mut closed = false;
    for c in body.chars().skip(1) {
        closed = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
    }
    closed
}

pub(super) fn cell_range(node: &SyntaxNode, cell_len: usize) -> Range<usize> {
    let range = node.text_range();
    cell_offset(range.start(), cell_len)..cell_offset(range.end(), cell_len)
}

/// A place in the syntax tree as one in the cell.
pub(super) fn cell_offset(offset: TextSize, cell_len: usize) -> usize {
    usize::from(offset).saturating_sub(WRAPPER.len()).min(cell_len)
}

fn add_statement(cell: &mut ParsedCell, node: &SyntaxNode, cell_len: usize) {
    cell.statements.push(cell_range(node, cell_len));
    cell.has_loops |= has_loops(node);
    cell.awaits |= awaits(node);
    add_assigned(&mut cell.assigned, node);
    add_mentions(&mut cell.mentions, node);
}

/// The methods that call a closure for each element.
const PER_ELEMENT: &[&str] = &[
    "all",
    "any",
    "filter",
    "filter_map",
    "find",
    "flat_map",
    "fold",
    "for_each",
    "from_shape_fn",
    "inspect",
    "map",
    "map_inplace",
    "mapv",
    "mapv_inplace",
    "max_by",
    "max_by_key",
    "min_by",
    "min_by_key",
    "partition",
    "position",
    "reduce",
    "retain",
    "scan",
    "skip_while",
    "sort_by",
    "sort_by_key",
    "sort_unstable_by",
    "sum_by",
    "take_while",
    "try_fold",
    "zip_mut_with",
];

/// Whether code runs over and over in it: in a loop, or in a closure that calculates for each element of something.
fn has_loops(node: &SyntaxNode) -> bool {
    node.descendants().any(|node| match node.kind() {
        SyntaxKind::FOR_EXPR | SyntaxKind::WHILE_EXPR | SyntaxKind::LOOP_EXPR => true,
        SyntaxKind::CLOSURE_EXPR => {
            let call = node.parent().and_then(|arguments| arguments.parent()).and_then(ast::MethodCallExpr::cast);
            let name = call.and_then(|call| call.name_ref()).map(|name| name.text().to_string()).unwrap_or_default();
            PER_ELEMENT.contains(&name.as_str()) && calculates(&node)
        }
        _ => false,
    })
}

fn calculates(node: &SyntaxNode) -> bool {
    node.descendants().filter_map(ast::BinExpr::cast).any(|expression| {
        matches!(expression.op_kind(), Some(ast::BinaryOp::ArithOp(_) | ast::BinaryOp::Assignment { op: Some(_) }))
    })
}

/// The names on the left of plain assignments, also within patterns.
fn add_assigned(assigned: &mut BTreeSet<String>, node: &SyntaxNode) {
    for expression in node.descendants().filter_map(ast::BinExpr::cast) {
        if matches!(expression.op_kind(), Some(ast::BinaryOp::Assignment { op: None }))
            && let Some(target) = expression.lhs()
        {
            add_mentions(assigned, target.syntax());
        }
    }
}

/// Whether a piece of code awaits something itself, not only in closures, async blocks and functions of its own.
fn awaits(node: &SyntaxNode) -> bool {
    let is_apart = match node.kind() {
        SyntaxKind::CLOSURE_EXPR | SyntaxKind::FN => true,
        SyntaxKind::BLOCK_EXPR => ast::BlockExpr::cast(node.clone()).is_some_and(|block| block.async_token().is_some()),
        _ => false,
    };
    !is_apart && (node.kind() == SyntaxKind::AWAIT_EXPR || node.children().any(|child| awaits(&child)))
}

pub(super) fn add_mentions(mentions: &mut BTreeSet<String>, node: &SyntaxNode) {
    for token in node.descendants_with_tokens().filter_map(SyntaxElement::into_token) {
        add_token(mentions, token.kind(), token.text());
    }
}

fn add_token(mentions: &mut BTreeSet<String>, kind: SyntaxKind, text: &str) {
    match kind {
        SyntaxKind::IDENT => {
            mentions.insert(text.to_owned());
        }
        // `println!("{x:?}")` mentions `x`. A brace in a string that is no format string costs nothing but a needless load.
        SyntaxKind::STRING => {
            for part in text.split('{').skip(1) {
                let name: String = part.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                // `{:>width$}` and `{:.precision$}` mention names behind the colon.
                let spec = part.split('}').next().unwrap_or_default();
                mentions.extend(spec.split('$').map(|piece| {
                    let tail: Vec<char> =
                        piece.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    tail.into_iter().rev().collect::<String>()
                }));
                mentions.insert(name);
            }
            mentions.remove("");
        }
        _ => {}
    }
}

fn add_bindings(cell: &mut ParsedCell, pattern: &SyntaxNode) {
    for binding in pattern.descendants().filter_map(ast::IdentPat::cast) {
        let Some(name) = binding.name() else { continue };
        let name = name.text().to_string();
        // `None`, or a constant, in a refutable pattern is no binding; Rust's own naming style tells them apart.
        let is_constant = binding.pat().is_none() && name.chars().next().is_some_and(char::is_uppercase);
        if is_constant {
            continue;
        }
        // The last of several of one name is the one that is kept.
        if binding.mut_token().is_some() {
            cell.mutable.insert(name.clone())
        } else {
            cell.mutable.remove(&name)
        };
        if !cell.bindings.contains(&name) {
            cell.bindings.push(name);
        }
    }
}

fn add_imports(cell: &mut ParsedCell, import: &ast::Use, cell_len: usize) {
    let range = cell_range(import.syntax(), cell_len);
    let attributes: String = import.attrs().map(|attr| format!("{} ", attr.syntax().text())).collect();
    if let Some(tree) = import.use_tree() {
        flatten_use(&tree, "", &[], &mut |name, code, path| {
            cell.imports.push(Import { name, code: format!("{attributes}use {code};"), path, range: range.clone() });
        });
    }
}

fn flatten_use(
    tree: &ast::UseTree,
    prefix: &str,
    names: &[String],
    out: &mut impl FnMut(Option<String>, String, Vec<String>),
) {
    let own = tree.path().map(|path| path.syntax().text().to_string()).unwrap_or_default();
    let own_names = tree.path().into_iter().flat_map(|path| {
        let tokens: Vec<String> = path
            .syntax()
            .descendants_with_tokens()
            .filter_map(SyntaxElement::into_token)
            .filter(|t| t.kind() == SyntaxKind::IDENT)
            .map(|t| t.text().to_owned())
            .collect();
        tokens
    });
    let names: Vec<String> = names.iter().cloned().chain(own_names).collect();
    let path = match (prefix, own.as_str()) {
        ("", own) => own.to_owned(),
        (prefix, "") => prefix.to_owned(),
        // `use a::{self}` imports `a` itself.
        (prefix, "self") => prefix.to_owned(),
        (prefix, own) => format!("{prefix}::{own}"),
    };
    if let Some(list) = tree.use_tree_list() {
        for tree in list.use_trees() {
            flatten_use(&tree, &path, &names, out);
        }
    } else if tree.star_token().is_some() {
        out(None, format!("{path}::*"), names);
    } else if let Some(rename) = tree.rename() {
        match rename.name() {
            Some(name) => out(Some(name.text().to_string()), format!("{path} as {}", name.text()), names),
            None => out(None, format!("{path} as _"), names),
        }
    } else {
        let name = path.rsplit("::").next().unwrap_or_default().to_owned();
        out(Some(name), path, names);
    }
}

fn add_item(cell: &mut ParsedCell, item: &ast::Item, cell_len: usize) {
    let mut mentions = BTreeSet::new();
    add_mentions(&mut mentions, item.syntax());
    cell.items.push(Item {
        range: cell_range(item.syntax(), cell_len),
        key: item_key(item),
        mentions,
        has_loops: has_loops(item.syntax()),
        may_change_types: may_change_types(item),
        export: export::of(item, cell_len),
    });
}

fn may_change_types(item: &ast::Item) -> bool {
    match item {
        ast::Item::Fn(function) => {
            let is_item = |kind| ast::Item::can_cast(kind) && kind != SyntaxKind::MACRO_CALL;
            function.const_token().is_some() || function.syntax().descendants().skip(1).any(|node| is_item(node.kind()))
        }
        ast::Item::Static(_) => false,
        _ => true,
    }
}

fn item_key(item: &ast::Item) -> ItemKey {
    let named = |name: Option<ast::Name>, defines_type: bool| match name {
        Some(name) => ItemKey::Named { name: name.text().to_string(), defines_type },
        None => ItemKey::Other { text: item.syntax().text().to_string() },
    };
    match item {
        ast::Item::Struct(item) => named(item.name(), true),
        ast::Item::Enum(item) => named(item.name(), true),
        ast::Item::Union(item) => named(item.name(), true),
        ast::Item::TypeAlias(item) => named(item.name(), true),
        ast::Item::Trait(item) => match item.name() {
            Some(name) => {
                ItemKey::Trait { name: name.text().to_string(), members: member_names(item.assoc_item_list()) }
            }
            None => named(None, false),
        },
        ast::Item::Fn(item) => named(item.name(), false),
        ast::Item::Const(item) => named(item.name(), false),
        ast::Item::Static(item) => named(item.name(), false),
        ast::Item::Module(item) => named(item.name(), false),
        ast::Item::MacroRules(item) => named(item.name(), false),
        ast::Item::MacroDef(item) => named(item.name(), false),
        ast::Item::Impl(item) => impl_key(item),
        other => ItemKey::Other { text: other.syntax().text().to_string() },
    }
}

fn impl_key(item: &ast::Impl) -> ItemKey {
    let text = |node: Option<ast::Type>| node.map(|node| node.syntax().text().to_string()).unwrap_or_default();
    let mut of = BTreeSet::new();
    if let Some(ty) = item.self_ty() {
        add_mentions(&mut of, ty.syntax());
    }
    match item.trait_() {
        Some(of_trait) => {
            // A trait impl is wanted where either its trait or its type is: both names may be a person's own.
            add_mentions(&mut of, of_trait.syntax());
            ItemKey::TraitImpl { head: format!("{} for {}", of_trait.syntax().text(), text(item.self_ty())), of }
        }
        None => ItemKey::InherentImpl { head: text(item.self_ty()), of, members: member_names(item.assoc_item_list()) },
    }
}

fn member_names(list: Option<ast::AssocItemList>) -> BTreeSet<String> {
    let names = list.into_iter().flat_map(|list| list.assoc_items()).filter_map(|member| match member {
        ast::AssocItem::Fn(member) => member.name(),
        ast::AssocItem::Const(member) => member.name(),
        ast::AssocItem::TypeAlias(member) => member.name(),
        ast::AssocItem::MacroCall(_) => None,
    });
    names.map(|name| name.text().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code with a `#` at each place for a check.
    fn checked(code: &str) -> String {
        let mut text = code.to_owned();
        for at in loop_checks(code).into_iter().rev() {
            text.insert(at, '#');
        }
        text
    }

    #[test]
    fn closures_that_calculate_for_each_element_are_loops_of_a_kind() {
        assert!(parse("v.iter().map(|x| x * 2.0).sum::<f64>()").has_loops);
        assert!(parse("v.iter().fold(0.0, |mut s, x| { s += x; s })").has_loops);
        assert!(!parse("v.iter().map(|x| x.name()).collect::<Vec<_>>()").has_loops);
        assert!(!parse("frame.lazy().filter(col(\"a\") * lit(2)).collect()?").has_loops);
        assert!(!parse("let half = |x: f64| x / 2.0;").has_loops);
    }

    #[test]
    fn plain_functions_change_no_types() {
        let may = |code: &str| parse(code).items[0].may_change_types;
        assert!(!may("fn f(x: P) -> i32 { println!(\"{}\", x.y); 1 }") && !may("static N: i32 = 1;"));
        for code in
            ["struct S;", "const N: usize = 1;", "const fn n() -> usize { 1 }", "fn f() { struct S; }", "mod m {}"]
        {
            assert!(may(code), "{code}");
        }
    }

    #[test]
    fn loops_that_call_are_checked_and_those_of_arithmetic_are_not() {
        assert_eq!(checked("for i in v { f(i); }"), "for i in v {# f(i); }");
        assert_eq!(checked("while x.go() { y += 1; }"), "while x.go() {# y += 1; }");
        assert_eq!(checked("loop { }"), "loop {# }");
        assert_eq!(
            checked("for i in 0..n { s += (i as f64).sqrt().max(w[i]); }"),
            "for i in 0..n { s += (i as f64).sqrt().max(w[i]); }"
        );
        assert_eq!(checked("for i in a { for j in b { s += j; } }"), "for i in a {# for j in b { s += j; } }");
        assert_eq!(checked("const fn f() { loop { } }"), "const fn f() { loop { } }");
        assert_eq!(checked("v.iter().for_each(|x| { f(x) });"), "v.iter().for_each(|x| {# f(x) });");
        assert_eq!(checked("v.sort_by_key(|x| { -x.a });"), "v.sort_by_key(|x| { -x.a });");
        assert_eq!(checked("v.par_iter().map(|x| { x * 2.0 }).sum()"), "v.par_iter().map(|x| {# x * 2.0 }).sum()");
        let both = checked("for x in v.iter().map(|x| { f(x) }) { g(x); }");
        assert_eq!(both, "for x in v.iter().map(|x| {# f(x) }) {# g(x); }");
    }
}
