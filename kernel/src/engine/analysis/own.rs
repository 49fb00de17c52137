//! What a person has defined, in the same form as what other crates define.

use std::collections::BTreeMap;

use ra_ap_syntax::ast::{self, HasName, HasVisibility};
use ra_ap_syntax::{AstNode, SyntaxKind, SyntaxNode};

use super::index::{Item, Member};
use crate::engine::native::nesting;

/// The items of some pieces of code, by name. A later one replaces an earlier one.
pub fn read<'a>(codes: impl Iterator<Item = &'a str>) -> BTreeMap<String, Item> {
    let mut items: BTreeMap<String, Item> = BTreeMap::new();
    let mut blocks = Vec::new();
    for code in codes {
        let file = nesting::parse(code).tree();
        for node in file.syntax().children().filter_map(ast::Item::cast) {
            if let ast::Item::Impl(block) = node {
                blocks.push(block);
            } else if let Some(item) = read_item(&node) {
                items.insert(item.path.clone(), item);
            }
        }
    }
    for block in blocks {
        let of = block.self_ty().map(|of| of.syntax().text().to_string()).unwrap_or_default();
        let name = of.split('<').next().unwrap_or_default().trim();
        if let Some(item) = items.get_mut(name).filter(|_| block.trait_().is_none()) {
            item.members.extend(members(block.assoc_item_list()));
        }
    }
    items
}

fn read_item(item: &ast::Item) -> Option<Item> {
    let node = item.syntax();
    let (kind, name, members) = match item {
        ast::Item::Struct(own) => ("struct", own.name()?, fields(own.field_list())),
        ast::Item::Union(own) => {
            ("union", own.name()?, own.record_field_list().map(|list| named_fields(&list)).unwrap_or_default())
        }
        ast::Item::Enum(own) => ("enum", own.name()?, variants(own)),
        ast::Item::Trait(own) => ("trait", own.name()?, members(own.assoc_item_list())),
        ast::Item::Fn(own) => ("fn", own.name()?, Vec::new()),
        ast::Item::Const(own) => ("const", own.name()?, Vec::new()),
        ast::Item::Static(own) => ("static", own.name()?, Vec::new()),
        ast::Item::TypeAlias(own) => ("type", own.name()?, Vec::new()),
        ast::Item::MacroRules(own) => ("macro", own.name()?, Vec::new()),
        ast::Item::Module(own) => {
            let list = own.item_list();
            let inner = list.iter().flat_map(|list| list.syntax().children()).filter_map(ast::Item::cast);
            let inner = inner.filter_map(|item| read_item(&item));
            let members = inner.map(|item| Member {
                kind: item.kind,
                name: item.path,
                declaration: item.declaration,
                doc: item.doc,
                of: String::new(),
            });
            ("mod", own.name()?, members.collect())
        }
        _ => return None,
    };
    Some(Item {
        kind: kind.into(),
        path: name.text().to_string(),
        declaration: declaration(node),
        doc: doc(node),
        members,
    })
}

fn fields(list: Option<ast::FieldList>) -> Vec<Member> {
    match list {
        Some(ast::FieldList::RecordFieldList(list)) => named_fields(&list),
        Some(ast::FieldList::TupleFieldList(list)) => {
            let types =
                list.fields().map(|field| field.ty().map(|ty| ty.syntax().text().to_string()).unwrap_or_default());
            types.enumerate().map(|(index, ty)| member("field", index.to_string(), ty, String::new())).collect()
        }
        None => Vec::new(),
    }
}

fn named_fields(list: &ast::RecordFieldList) -> Vec<Member> {
    let fields = list.fields().filter_map(|field| {
        let ty = field.ty().map(|ty| ty.syntax().text().to_string()).unwrap_or_default();
        Some(member("field", field.name()?.text().to_string(), ty, doc(field.syntax())))
    });
    fields.collect()
}

fn variants(own: &ast::Enum) -> Vec<Member> {
    let variants = own.variant_list().into_iter().flat_map(|list| list.variants());
    let named = variants.filter_map(|own| {
        Some(member("variant", own.name()?.text().to_string(), declaration(own.syntax()), doc(own.syntax())))
    });
    named.collect()
}

fn members(list: Option<ast::AssocItemList>) -> Vec<Member> {
    let named = list.into_iter().flat_map(|list| list.assoc_items()).filter_map(|item| {
        let (kind, name) = match &item {
            ast::AssocItem::Fn(own) => {
                let takes_self = own.param_list().is_some_and(|list| list.self_param().is_some());
                (if takes_self { "method" } else { "fn" }, own.name()?)
            }
            ast::AssocItem::Const(own) => ("const", own.name()?),
            ast::AssocItem::TypeAlias(own) => ("type", own.name()?),
            ast::AssocItem::MacroCall(_) => return None,
        };
        let node = item.syntax();
        Some(member(kind, name.text().to_string(), declaration(node), doc(node)))
    });
    named.collect()
}

fn member(kind: &str, name: String, declaration: String, doc: String) -> Member {
    Member { kind: kind.to_owned(), name, declaration, doc, of: String::new() }
}

/// The item without its documentation, attributes, visibility and body.
fn declaration(node: &SyntaxNode) -> String {
    let visibility = ast::AnyHasVisibility::cast(node.clone()).and_then(|item| item.visibility());
    let mut text = String::new();
    for child in node.children_with_tokens() {
        let is_body =
            matches!(child.kind(), SyntaxKind::BLOCK_EXPR | SyntaxKind::ASSOC_ITEM_LIST | SyntaxKind::ITEM_LIST);
        let is_apart = matches!(child.kind(), SyntaxKind::ATTR | SyntaxKind::COMMENT)
            || visibility.as_ref().is_some_and(|own| child.as_node() == Some(own.syntax()));
        if is_body {
            break;
        }
        if !is_apart && !(text.is_empty() && child.kind() == SyntaxKind::WHITESPACE) {
            text.push_str(&child.to_string());
        }
    }
    text.trim_end().trim_end_matches(';').to_owned()
}

fn doc(node: &SyntaxNode) -> String {
    let comments = node.children_with_tokens().filter_map(|child| child.into_token());
    let lines = comments.filter(|token| token.kind() == SyntaxKind::COMMENT).filter_map(|token| {
        let line = token.text().strip_prefix("///")?;
        Some(line.strip_prefix(' ').unwrap_or(line).to_owned())
    });
    lines.collect::<Vec<_>>().join("\n")
}
