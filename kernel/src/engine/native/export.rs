//! Functions and statics that are compiled once.
//!
//! The first cell that has one in its crate gives it a symbol of its own; the cells after it only declare it, and find it in the
//! object that was loaded then. So its code is neither read nor compiled again, it stays optimised in cells that are not, and a static
//! keeps its value. Types, traits and macros have no code that could be shared, and are compiled with each cell that uses them.

use std::collections::BTreeSet;
use std::ops::Range;

use ra_ap_syntax::ast::{self, HasAttrs, HasGenericParams, HasName, HasVisibility};
use ra_ap_syntax::{AstNode, SyntaxNode};

use super::source;

/// The declaration of an item that is compiled elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    pub pieces: Vec<Piece>,
    /// The names that the declaration needs: those of types.
    pub mentions: BTreeSet<String>,
}

/// A part of a declaration.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(&'static str),
    Param(usize),
    /// What stands at this place of the cell.
    Copy(Range<usize>),
}

/// How to declare an item, or `None` where it has to be compiled with each cell: generic functions, those that run at
/// compile time, and whatever has attributes, whose meaning is not known here.
pub fn of(item: &ast::Item, cell_len: usize) -> Option<Export> {
    match item {
        ast::Item::Fn(function) => of_function(function, cell_len),
        ast::Item::Static(item) => of_static(item, cell_len),
        _ => None,
    }
}

struct Builder {
    export: Export,
    cell_len: usize,
}

impl Builder {
    fn new(cell_len: usize) -> Builder {
        Builder { export: Export { pieces: Vec::new(), mentions: BTreeSet::new() }, cell_len }
    }

    fn text(&mut self, text: &'static str) {
        self.export.pieces.push(Piece::Text(text));
    }

    /// Copies a type of a static, where a reference without a lifetime means `&'static`; in a declaration that has to be said.
    fn copy_static(&mut self, ty: &SyntaxNode) {
        source::add_mentions(&mut self.export.mentions, ty);
        let range = source::cell_range(ty, self.cell_len);
        let mut start = range.start;
        let in_function = |node: &SyntaxNode| {
            node.ancestors().take_while(|outer| outer != ty).any(|outer| ast::FnPtrType::can_cast(outer.kind()))
        };
        let references = ty.descendants().filter(|node| !in_function(node)).filter_map(ast::RefType::cast);
        for sign in references.filter(|own| own.lifetime().is_none()).filter_map(|own| own.amp_token()) {
            let end = start.max(source::cell_offset(sign.text_range().end(), self.cell_len));
            self.export.pieces.extend([Piece::Copy(start..end), Piece::Text("'static ")]);
            start = end;
        }
        self.export.pieces.push(Piece::Copy(start..range.end));
    }

    fn copy(&mut self, node: &SyntaxNode) {
        source::add_mentions(&mut self.export.mentions, node);
        self.export.pieces.push(Piece::Copy(source::cell_range(node, self.cell_len)));
    }
}

fn of_function(function: &ast::Fn, cell_len: usize) -> Option<Export> {
    let is_plain = function.attrs().next().is_none()
        && function.abi().is_none()
        && function.async_token().is_none()
        && function.const_token().is_none()
        && function.unsafe_token().is_none()
        && function.where_clause().is_none()
        && function.body().is_some();
    let generics = function.generic_param_list();
    let has_type_parameters = generics.as_ref().is_some_and(|list| list.type_or_const_params().next().is_some());
    let params = function.param_list()?;
    if !is_plain || has_type_parameters || params.self_param().is_some() {
        return None;
    }
    let mut builder = Builder::new(cell_len);
    builder.text("pub safe fn ");
    // The compiler wants names of foreign items in ASCII.
    builder.copy(function.name().filter(|name| name.text().is_ascii())?.syntax());
    if let Some(generics) = generics {
        builder.copy(generics.syntax());
    }
    builder.text("(");
    for (index, param) in params.params().enumerate() {
        let ty = param.ty().filter(|ty| !has_impl(ty.syntax()))?;
        builder.export.pieces.push(Piece::Param(index));
        builder.copy(ty.syntax());
        builder.text(", ");
    }
    builder.text(")");
    if let Some(ty) = function.ret_type().and_then(|ret| ret.ty()) {
        if has_impl(ty.syntax()) {
            return None;
        }
        builder.text(" -> ");
        builder.copy(ty.syntax());
    }
    builder.text(";");
    Some(builder.export)
}

fn of_static(item: &ast::Static, cell_len: usize) -> Option<Export> {
    if item.attrs().next().is_some() || item.visibility().is_some_and(|own| own.syntax().text() != "pub") {
        return None;
    }
    let is_mutable = item.mut_token().is_some();
    let mut builder = Builder::new(cell_len);
    builder.text(if is_mutable { "pub unsafe static mut " } else { "pub safe static " });
    builder.copy(item.name().filter(|name| name.text().is_ascii())?.syntax());
    builder.text(": ");
    builder.copy_static(item.ty()?.syntax());
    builder.text(";");
    Some(builder.export)
}

/// Whether a type is, or has in it, an `impl Trait`.
fn has_impl(ty: &SyntaxNode) -> bool {
    ty.descendants().any(|node| ast::ImplTraitType::can_cast(node.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(code: &str) -> Option<String> {
        let cell = source::parse(code);
        let export = cell.items.first()?.export.as_ref()?;
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => (*text).to_owned(),
            Piece::Param(index) => format!("_{index}: "),
            Piece::Copy(range) => code[range.clone()].to_owned(),
        };
        Some(export.pieces.iter().map(piece).collect())
    }

    #[test]
    fn a_function_is_declared_by_its_types() {
        let code = "/// Adds.\nfn add((a, b): (f64, f64), mut c: &[u8]) -> Vec<Point> { points(a, b, c) }";
        assert_eq!(declared(code).unwrap(), "pub safe fn add(_0: (f64, f64), _1: &[u8], ) -> Vec<Point>;");
        assert_eq!(
            declared("fn f<'a>(x: &'a str) -> &'a str { x }").unwrap(),
            "pub safe fn f<'a>(_0: &'a str, ) -> &'a str;"
        );
    }

    #[test]
    fn a_static_is_declared_with_its_mutability() {
        assert_eq!(declared("static mut N: u32 = 0;").unwrap(), "pub unsafe static mut N: u32;");
        assert_eq!(
            declared("static N: [(&str, fn(&u8)); 2] = x();").unwrap(),
            "pub safe static N: [(&'static str, fn(&u8)); 2];"
        );
        assert_eq!(declared("static N: AtomicU32 = AtomicU32::new(0);").unwrap(), "pub safe static N: AtomicU32;");
    }

    #[test]
    fn what_has_no_one_form_is_compiled_with_each_cell() {
        for code in [
            "fn f<T>(x: T) {}",
            "fn f(x: impl Fn()) {}",
            "fn f() -> impl Iterator<Item = u8> { [].into_iter() }",
            "const fn f() {}",
            "async fn f() {}",
            "unsafe fn f() {}",
            "extern \"C\" fn f() {}",
            "#[track_caller] fn f() {}",
            "fn größe() {}",
            "struct S;",
        ] {
            assert_eq!(declared(code), None, "{code}");
        }
    }
}
