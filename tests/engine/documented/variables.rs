//! Variables, their types, what they borrow and what becomes of them.

use super::super::session::{Session, plain};
use tunebook::engine::StreamName;

/// COMMON.md, Features: "Assign values to variables then make use of them later".
#[test]
fn a_variable_is_assigned_and_used_later() {
    let mut session = Session::new();
    session.run("let x = \"hello\";");
    session.run("// do other things");
    session.prints("println!(\"{}\", x)", "hello\n");
}

/// Tour, Assigning and making use of variables: a cell changes what an earlier one bound. Its test `save_and_restore_variables`.
#[test]
fn a_mutable_variable_is_changed_by_later_cells() {
    let mut session = Session::new();
    session.run("let mut message = \"Hello \".to_owned();");
    session.run("message.push_str(\"world!\");");
    session.value("message", "\"Hello world!\"");
    session.run("let mut a = 34; let b = 8;");
    session.run("a = a + b;");
    session.value("a", "42");
    let error = session.fail("b = 2;");
    assert!(error.evalue.contains("E0384") || error.evalue.contains("E0594"), "{}", error.evalue);
    session.value("b", "8");
}

/// README, Custom output: "The last expression in a cell gets printed. By default, we'll use the debug formatter". Its tests
/// `format` and `statement_and_expression`.
#[test]
fn the_last_expression_is_shown_by_its_debug_form() {
    let mut session = Session::new();
    session.value("format!(\"Hello {}\", \"world\")", "\"Hello world\"");
    session.value("format!(\"{:2x}\", 2)", "\" 2\"");
    session.value("let a = \"foo\".to_owned() + \"bar\"; a", "\"foobar\"");
}

/// Its test `non_semi_statements`: only the last of several expressions without a semicolon is shown.
#[test]
fn earlier_statements_without_a_semicolon_are_not_shown() {
    let mut session = Session::new();
    session.value("for _a in 1..5 {}\nfor _b in 1..5 {}\n42", "42");
}

/// Its test `struct_type_inference`: "printing an expression doesn't move the (non-copy) value"; and a struct is destructured.
#[test]
fn showing_a_variable_does_not_move_it() {
    let mut session = Session::new();
    session.run("#[derive(Debug)] pub struct Point { pub x: i32, pub y: i32 }");
    session.run("let p1 = Point { x: 3, y: 8 };");
    session.value("p1", "Point { x: 3, y: 8 }");
    session.run("let Point { x, y: y2 } = p1;");
    session.value("(x, y2)", "(3, 8)");
}

/// Its test `partial_destructuring`.
#[test]
fn a_pattern_may_leave_out_parts() {
    let mut session = Session::new();
    session.run("let _ = 1;\nlet (x, ..) = (42, 43, 44);");
    session.value("x", "42");
}

/// HOW_IT_WORKS.md: variables are restored "with the same name and type as before". RELEASE_NOTES.md: 0.3.0 "Allow variables to be given
/// explicit types", 0.4.7 "Handle variables that contain type inference placeholders `_`". Its tests `non_concrete_types`,
/// `partially_inferred_variable_type`, `int_array` and `const_generics_with_explicit_type`.
#[test]
fn types_are_inferred_given_or_given_in_part() {
    let mut session = Session::new();
    session.run("let a = (42, 3.14); let v: Vec<_> = (1..10).collect(); let small: u8 = 7; let five = [42; 5];");
    session.run("fn exactly(_: (i32, f64), _: &Vec<i32>, _: u8, _: [i32; 5]) {}");
    session.run("exactly(a, &v, small, five)");
    session.value("(v.len(), five[4])", "(9, 42)");
    session.run("struct Foo<const I: usize> { data: [u8; I] }\nlet foo: Foo<3> = Foo::<3> { data: [41, 42, 43] };");
    session.value("foo.data[1]", "42");
}

/// Its test `save_and_restore_variables`: a type within modules, wrapped by what `?` unwraps.
#[test]
fn a_type_of_a_module_is_kept_through_a_question_mark() {
    let mut session = Session::new();
    session.run(
        "pub mod foo { pub mod bar { pub struct Baz {} impl Baz { pub fn r42(&self) -> i32 { 42 } } } }\n\
         fn create_baz() -> Result<Option<foo::bar::Baz>, i32> { Ok(Some(foo::bar::Baz {})) }",
    );
    session.run("let v1 = create_baz()?;");
    session.run("let v2 = create_baz()?;");
    session.value("v1.unwrap().r42() + v2.unwrap().r42()", "84");
}

/// RELEASE_NOTES.md, 0.4.5: "Escape reserved words \"async\" and \"try\" when encountered in types". Its test `reserved_words`.
#[test]
fn a_type_may_be_named_by_a_reserved_word() {
    let mut session = Session::new();
    session.run("mod r#async { pub struct Foo { pub n: i32 } }\nlet v = r#async::Foo { n: 3 };");
    session.value("v.n", "3");
}

/// Its test `rc_refcell_etc`.
#[test]
fn shared_values_stay_shared() {
    let mut session = Session::new();
    session.run(
        "use std::cell::RefCell; use std::rc::Rc;\n\
         let r: Rc<RefCell<String>> = Rc::new(RefCell::new(String::new()));\n\
         let r2: Rc<RefCell<String>> = Rc::clone(&r);",
    );
    session.run("r.borrow_mut().push_str(\"f\"); let s = \"oo\";");
    session.run("r.borrow_mut().push_str(s);");
    session.value("r2.borrow().as_str()", "\"foo\"");
}

/// HOW_IT_WORKS.md: errors of the compiler tell "whether a variable has been moved, so is no longer available". Its test `moved_value`.
#[test]
fn a_moved_variable_is_no_longer_available() {
    let mut session = Session::new();
    session.run("let a = Some(\"foo\".to_owned()); let other = 1;");
    session.value("a.unwrap()", "\"foo\"");
    assert!(session.fail("a").evalue.contains("cannot find value `a`"));
    session.value("other", "1");
}

/// Ours goes on where evcxr loses the variable: one that is moved and assigned again is kept, as Rust itself has it.
#[test]
fn a_variable_that_is_moved_and_assigned_again_is_kept() {
    let mut session = Session::new();
    session.run("let mut a = vec![1];");
    session.run("let b = a; a = vec![2, 3];");
    session.value("(a.len(), b.len())", "(2, 1)");
}

/// Tour, Defining and redefining: a variable of the same name takes the place of the old, of whatever type.
#[test]
fn a_redefinition_shadows_the_earlier_variable() {
    let mut session = Session::new();
    session.run("let values = vec![1, 2];");
    session.run("let values = values.len();");
    session.value("values", "2");
    session.run("let values = \"text\"; let values = values.to_uppercase();");
    session.value("values", "\"TEXT\"");
    session.run("{ let values = 5; assert_eq!(values, 5); }");
    session.value("values", "\"TEXT\"");
}

/// COMMON.md, References: "Variables that persist cannot reference other variables", with this example.
/// evcxr refuses the cell. Ours runs it, keeps the owner, and notes what cannot be kept: what the cell printed is not lost for it.
#[test]
fn a_variable_cannot_reference_another_from_cell_to_cell() {
    let mut session = Session::new();
    let ran = session.run("let all_values = vec![10, 20, 30, 40, 50];\nlet some_values = &all_values[2..3];");
    assert!(ran.stream(StreamName::Stderr).contains("`some_values` borrows"), "{ran:?}");
    session.value("all_values.len()", "5");
    assert!(session.fail("some_values").evalue.contains("cannot find value `some_values`"));
}

/// COMMON.md, References: "if you don't need `some_values` to persist, you can limit its scope".
#[test]
fn a_reference_may_live_in_a_block() {
    let mut session = Session::new();
    let ran = session.run(
        "let all_values = vec![10, 20, 30, 40, 50];\n{\n    let some_values = &all_values[2..3];\n    println!(\"{some_values:?}\");\n}",
    );
    assert_eq!((ran.stream(StreamName::Stdout), ran.stream(StreamName::Stderr)), ("[30]\n".into(), String::new()));
    session.value("all_values.len()", "5");
}

/// COMMON.md, References: "you can make `all_values` into a static reference by leaking it". What refers to the leaked value first is a
/// `&mut`, which cannot be used beside the other, and is lost, as in evcxr.
#[test]
fn a_reference_to_what_was_leaked_is_kept() {
    let mut session = Session::new();
    session
        .run("let all_values = Box::leak(Box::new(vec![10, 20, 30, 40, 50]));\nlet some_values = &all_values[2..3];");
    session.value("some_values", "[30]");
    session.run("let owner = Box::new([1, 2, 3]);\nlet part = &owner[1..];");
    session.value("owner", "[1, 2, 3]");
    assert!(session.fail("part").evalue.contains("cannot find value `part`"));
}

/// RELEASE_NOTES.md, 0.3.4: "Give proper error message if a closure or an impl trait is stored into a variable". Its tests
/// `unnamable_type_closure` and `unnamable_type_impl_trait`.
/// evcxr refuses the cell that binds either. Ours refuses only a later cell that uses the closure, so that it serves its own cell; and
/// what an `impl Trait` hides has a name of its own, so that it is kept.
#[test]
fn a_closure_or_an_impl_trait_is_explained_where_it_cannot_be_used() {
    let mut session = Session::new();
    session.value("let v = || { 42 }; v()", "42");
    let error = session.fail("v()");
    assert!(
        error.evalue.contains("a closure has a type without a name") && error.evalue.contains("Box<dyn Fn"),
        "{error:?}"
    );
    session.run("pub trait Bar {}\nimpl Bar for i32 {}\npub fn foo() -> impl Bar { 42 }\nlet w = foo();");
    session.value("w + 1", "43");
    session.run("fn adder() -> impl Fn(i32) -> i32 { |x| x + 1 }\nlet add = adder();");
    let error = session.fail("add(1)");
    assert!(error.evalue.contains("`add` of In[5] cannot be used in another cell"), "{}", plain(&error));
}

/// What that message advises.
#[test]
fn a_boxed_closure_is_kept_with_what_it_captures() {
    let mut session = Session::new();
    session.run("let n = 40; let add: Box<dyn Fn(i32) -> i32> = Box::new(move |x| x + n);");
    session.value("add(2)", "42");
    session.run("let mut calls = 0; let mut count: Box<dyn FnMut() -> i32> = Box::new(move || { calls += 1; calls });");
    session.run("count();");
    session.value("count()", "2");
}

/// Its test `missing_semicolon_on_let_stmt`, where evcxr passes on the compiler's complaint. Ours needs none at the end of a cell.
#[test]
fn a_let_at_the_end_of_a_cell_needs_no_semicolon() {
    let mut session = Session::new();
    session.run("mod foo { pub mod bar { #[derive(Debug)] pub struct Baz {} } }");
    session.run("let v1 = foo::bar::Baz {}");
    session.value("v1", "Baz");
}

/// Its test `print_then_assign_variable`; RELEASE_NOTES.md, 0.4.7: "Fixed segfault if executing code without variables followed by code
/// with variables".
#[test]
fn the_first_variable_may_come_after_other_cells() {
    let mut session = Session::new();
    session.prints("println!(\"Hello, world!\");", "Hello, world!\n");
    session.run("let x = 42;");
    session.value("x", "42");
}

/// Tour, Spawning a separate thread and communicating with it.
#[test]
fn a_thread_goes_on_between_cells() {
    let mut session = Session::new();
    session.run(
        "use std::sync::{Mutex, Arc};\n\
         let counter = Arc::new(Mutex::new(0i32));\n\
         std::thread::spawn({\n    let counter = Arc::clone(&counter);\n    move || {\n        \
         loop {\n            *counter.lock().unwrap() += 1;\n            \
         std::thread::sleep(std::time::Duration::from_millis(1));\n        }\n    }\n});",
    );
    session.run("let before = *counter.lock()?;");
    session.run("while *counter.lock().unwrap() <= before { std::thread::yield_now(); }");
    session.value("*counter.lock()? > before", "true");
}
