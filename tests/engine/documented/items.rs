//! Functions, types, macros and imports.

use super::super::session::Session;
use tunebook::engine::StreamName;

/// COMMON.md, Features: "Define functions, structs, enums, and other data types".
#[test]
fn types_of_every_kind_are_defined_and_used_later() {
    let mut session = Session::new();
    session.run("pub struct User {\n    username: String\n}");
    session.run("let user = User { username: String::from(\"John Doe\") };");
    session.value("user.username", "\"John Doe\"");
    session.run("enum Shape { Dot, Square(f64) }\nunion Bits { int: u32, float: f32 }\ntype Pair = (i32, i32);\nconst TWO: i32 = 2;");
    session
        .run("fn area(shape: &Shape) -> f64 { match shape { Shape::Dot => 0.0, Shape::Square(side) => side * side } }");
    session.value("let pair: Pair = (TWO, 3); (area(&Shape::Square(1.5)) + area(&Shape::Dot), pair)", "(2.25, (2, 3))");
    session.value("unsafe { Bits { float: 1.0 }.int }", "1065353216");
}

/// RELEASE_NOTES.md, 0.4.0: "Defined items no longer need to be pub".
#[test]
fn items_need_not_be_public() {
    let mut session = Session::new();
    session.run("mod inner { pub(crate) fn seven() -> i32 { hidden() } fn hidden() -> i32 { 7 } }");
    session.run("struct Own(i32);\nimpl Own { fn get(&self) -> i32 { self.0 + inner::seven() } }");
    session.run("let own = Own(1);");
    session.value("own.get()", "8");
}

/// Its test `define_then_call_function`: a function calls one of an earlier cell.
#[test]
fn a_function_calls_one_of_an_earlier_cell() {
    let mut session = Session::new();
    session.run("pub fn bar() -> i32 { 42 }");
    session.run("pub fn foo() -> i32 { bar() }\nassert_eq!(foo(), 42);");
    session.value("foo()", "42");
}

/// Tour, Defining and redefining functions.
#[test]
fn a_function_is_redefined() {
    let mut session = Session::new();
    session.run("pub fn fib(x: i32) -> i32 {\n    if x <= 2 {0} else {fib(x - 2) + fib(x - 1)}\n}");
    session.value("(1..13).map(fib).collect::<Vec<i32>>()", "[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]");
    session.run("pub fn fib(x: i32) -> i32 {\n    if x <= 2 {1} else {fib(x - 2) + fib(x - 1)}\n}");
    session.value(
        "let values = (1..13).map(fib).collect::<Vec<i32>>();\nvalues",
        "[1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144]",
    );
}

/// Its test `redefine_type_with_existing_var`: variables of the old type are dropped. Ours names them.
#[test]
fn a_redefined_type_drops_the_variables_of_the_old() {
    let mut session = Session::new();
    session.run("struct Foo { x: i32 }\nlet old_one = Foo { x: 42 };\nlet old_two = Foo { x: 42 };\nlet other = 5;");
    let ran = session.run("struct Foo { x: i32, y: i32 }\nlet third = Foo { x: 42, y: 43 };");
    assert!(ran.stream(StreamName::Stderr).contains("dropped `old_one`, `old_two`"), "{ran:?}");
    session.value("(third.x, third.y, other)", "(42, 43, 5)");
    assert!(session.fail("old_one.x").evalue.contains("cannot find value `old_one`"));
}

/// Its test `define_then_call_macro`.
#[test]
fn a_macro_is_defined_and_called_later() {
    let mut session = Session::new();
    session.run("macro_rules! foo { ($a:expr) => { 40 + $a }; }");
    session.value("foo!(2)", "42");
}

/// COMMON.md, Limitations: "There is currently no way to import macros from external crates". There is in ours.
#[test]
fn macros_of_other_crates_are_imported() {
    let mut session = Session::new();
    session.run("use serde_json::json as value_of;");
    session.value("value_of!({\"a\": [1, 2]})[\"a\"][1].as_i64()", "Some(2)");
}

/// Its tests `multiple_identical_use_statements` and `repeated_use_statements`.
#[test]
fn imports_may_be_repeated_in_every_form() {
    let mut session = Session::new();
    session.run("use std::collections::HashMap;");
    session.run("use std::collections::HashMap;");
    session.run(
        "mod foo {\n\
         pub struct Bar {}\n\
         impl Bar { pub fn result() -> i32 { 42 } pub fn new() -> Bar { Bar {} } }\n\
         pub struct Baz {}\n\
         pub trait Foo { fn do_foo(&self) -> i32 { 42 } }\n\
         impl Foo for Bar {}\n\
         pub mod s1 { pub fn one() {} }\n\
         pub mod s2 { pub fn two() {} }\n\
         }\n\
         use std::iter::Iterator as _;\nuse foo::Foo as _;\nuse foo::s1::*;\nuse foo::s2::*;\nuse foo::Bar;",
    );
    session.fail("use this::will::fail;");
    session.value("use foo::Bar as _; Bar::result()", "42");
    session.value("use foo::{Bar, Baz}; one(); two(); Bar::new().do_foo()", "42");
    session.value("HashMap::from([(1, 2)])[&1]", "2");
}

/// Its tests `continue_execution_after_bad_use_statement` and `invalid_code`.
#[test]
fn a_bad_import_is_an_error_and_does_not_hold() {
    let mut session = Session::new();
    assert!(session.fail("use foobar;").evalue.contains("E0432"));
    session.value("\"f\".to_string() + \"oo\"", "\"foo\"");
    session.fail("use crate;");
    session.value("1 + 1", "2");
}

/// RELEASE_NOTES.md, 0.2.0, of `extern crate`, for a crate that is there.
#[test]
fn extern_crate_names_a_crate_that_is_there() {
    let mut session = Session::new();
    session.run("extern crate serde_json as json;");
    session.value("json::json!([1, 2])[1].as_i64()", "Some(2)");
}

/// Its test `tls_implementing_drop`.
#[test]
fn a_thread_local_with_a_destructor_is_defined_and_used() {
    let mut session = Session::new();
    session.run(
        "pub struct Foo {}\n\
         impl Drop for Foo { fn drop(&mut self) { println!(\"Dropping Foo\"); } }\n\
         pub fn init_foo() {\n    thread_local! { pub static FOO: Foo = Foo {}; }\n    FOO.with(|_f| ())\n}",
    );
    session.run("init_foo();");
    session.value("1 + 1", "2");
}
