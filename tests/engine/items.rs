//! Functions and statics, which are compiled once and found again by later cells.

use super::session::{Session, plain};

#[test]
fn a_static_keeps_its_value_from_cell_to_cell() {
    let mut session = Session::new();
    session.run(
        "use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};\nstatic CALLS: AtomicUsize = AtomicUsize::new(0);\n\
         fn call() -> usize { CALLS.fetch_add(1, SeqCst) + 1 }",
    );
    session.value("call() + call()", "3");
    session.value("CALLS.load(SeqCst)", "2");
    session.run("fn call_twice() -> usize { call(); call() }");
    session.value("call_twice()", "4");
    session.value("CALLS.load(SeqCst)", "4");
    session.run("static mut N: i32 = 5;");
    session.run("unsafe { N += 1; }");
    session.value("unsafe { N }", "6");
}

#[test]
fn a_function_uses_the_latest_definition_of_what_it_calls() {
    let mut session = Session::new();
    session.run("fn inner(x: i32) -> i32 { x + 1 }\nfn outer(x: i32) -> i32 { inner(x) * 10 }");
    session.value("outer(1)", "20");
    session.run("fn inner(x: i32) -> i32 { x + 2 }");
    session.value("outer(1)", "30");
    session.value("outer(2)", "40");
}

#[test]
fn a_function_that_no_longer_fits_complains_where_it_is_used() {
    let mut session = Session::new();
    session.run("fn inner(x: i32) -> i32 { x }\nfn outer() -> i32 { inner(1) }");
    session.value("outer()", "1");
    session.run("fn inner(x: i32, y: i32) -> i32 { x + y }");
    session.value("inner(1, 2)", "3");
    assert!(plain(&session.fail("outer()")).contains("E0061"));
    session.run("fn outer() -> i32 { inner(4, 5) }");
    session.value("outer()", "9");
}

#[test]
fn a_function_follows_a_type_that_is_defined_anew() {
    let mut session = Session::new();
    session.run("struct P { x: i32 }\nfn x_of(p: &P) -> i32 { p.x }");
    session.value("x_of(&P { x: 7 })", "7");
    session.run("struct P { name: String, x: i32 }");
    session.value("x_of(&P { name: String::new(), x: 8 })", "8");
}

#[test]
fn a_panic_in_a_function_of_an_earlier_cell_shows_its_line_there() {
    let mut session = Session::new();
    session.run("fn pick(v: &[i32], at: usize) -> i32 {\n    let doubled = at * 2;\n    v[doubled]\n}");
    session.value("pick(&[1, 2, 3], 1)", "3");
    let text = plain(&session.fail("pick(&[1, 2, 3], 5)"));
    assert!(text.contains("index out of bounds: the len is 3 but the index is 10"), "{text}");
    assert!(text.contains("In[1]:3:5"), "{text}");
    assert!(text.contains("v[doubled]"), "{text}");
}

#[test]
fn references_lifetimes_and_patterns_go_through_a_declaration() {
    let mut session = Session::new();
    session.run("fn longest<'a>(a: &'a str, b: &'a str) -> &'a str { if a.len() >= b.len() { a } else { b } }");
    session.run("fn sum((a, b): (f64, f64), rest: &mut Vec<f64>) -> f64 { rest.push(a); a + b }");
    session.run("let mut kept: Vec<f64> = Vec::new();");
    session.value("longest(\"ab\", \"c\")", "\"ab\"");
    session.value("sum((1.0, 2.5), &mut kept)", "3.5");
    session.value("kept", "[1.0]");
    session.value("[\"x\", \"yyy\"].into_iter().fold(\"\", longest)", "\"yyy\"");
    assert!(plain(&session.fail("sum(1.0, &mut kept)")).contains("E0308"));
}

#[test]
fn what_has_no_one_form_is_compiled_with_each_cell() {
    let mut session = Session::new();
    session.run("fn twice<T: Clone>(x: T) -> (T, T) { (x.clone(), x) }\nconst fn three() -> usize { 3 }");
    session.run("fn evens(n: i32) -> impl Iterator<Item = i32> { (0..n).filter(|x| x % 2 == 0) }");
    session.value("twice(1)", "(1, 1)");
    session.value("[0; three()].len()", "3");
    session.value("evens(5).collect::<Vec<_>>()", "[0, 2, 4]");
    session.value("twice(\"a\").1", "\"a\"");
}

#[test]
fn functions_are_there_again_after_a_crash() {
    let mut session = Session::new();
    session.run("fn seven() -> i32 { 7 }");
    session.value("seven()", "7");
    assert_eq!(session.fail("std::process::abort()").ename, "ProcessDied");
    session.value("seven()", "7");
    session.value("seven() + 1", "8");
}

#[test]
fn names_of_the_prelude_may_be_defined_and_imported_from() {
    let mut session = Session::new();
    session.run("#[derive(Debug)] enum Strategy { Mean, Other }\nuse Strategy::*;");
    session.value("Other", "Other");
    session.run("mod own { pub fn col() -> i32 { 5 } pub mod deeper { pub fn lit() -> i32 { 6 } } fn hidden() {} }\nuse own::*;");
    session.value("col()", "5");
    session.run("use own::deeper::*;");
    session.value("(lit(), col())", "(6, 5)");
    session.run("fn col() -> i32 { 7 }");
    session.value("col()", "7");
    session.run("macro_rules! array { ($x:expr) => { $x + 1 } }");
    session.value("array!(1)", "2");
}

#[test]
fn a_type_is_the_same_type_in_all_cells() {
    let mut session = Session::new();
    session.run("use std::any::Any; use std::fmt;\n#[derive(Debug, PartialEq)] struct Own { x: i32 }");
    session.run("let any: Box<dyn Any> = Box::new(Own { x: 3 });");
    session.value("any.downcast_ref::<Own>()", "Some(Own { x: 3 })");
    session.run("#[derive(Debug)] enum Trouble { Small, Large }\nimpl fmt::Display for Trouble { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { write!(f, \"trouble\") } }\nimpl std::error::Error for Trouble {}");
    session.run("fn fails() -> Result<i32, Box<dyn std::error::Error>> { Err(Box::new(Trouble::Large)) }");
    session.run("let error = fails().unwrap_err();");
    session.value("matches!(error.downcast_ref::<Trouble>(), Some(Trouble::Large))", "true");
}

#[test]
fn a_type_of_another_meaning_is_another_type() {
    let mut session = Session::new();
    session.run("use std::any::Any;\nstruct Own { x: i32 }");
    session.run("let any: Box<dyn Any> = Box::new(Own { x: 3 });");
    session.run("struct Own { x: String }");
    session.value("any.downcast_ref::<Own>().is_some()", "false");
    session.run("mod inner { pub struct Part(pub u8); }\nlet part: Box<dyn Any> = Box::new(inner::Part(1));");
    session.value("part.downcast_ref::<inner::Part>().is_some()", "true");
    session.run("mod inner { pub struct Part(pub Vec<u8>); }");
    session.value("part.downcast_ref::<inner::Part>().is_some()", "false");
    session.run("struct Holder { series: Series }\nlet holder: Box<dyn Any> = Box::new(Holder { series: Series::new(\"a\".into(), [1]) });");
    session.run("struct Series;");
    session.value("holder.downcast_ref::<Holder>().is_some()", "false");
}

#[test]
fn a_persons_own_names_do_not_make_a_copy_look_moved() {
    let mut session = Session::new();
    session.run("#[derive(Clone, Copy, Debug)] struct Vec { x: i32 }\nimpl Vec { fn new() -> Vec { Vec { x: 1 } } }");
    session.run("let a = Vec::new(); let b = a;");
    session.value("(a.x, b.x)", "(1, 1)");
    session
        .run("macro_rules! vec { ($x:expr) => { $x.len() } }\nlet text = String::from(\"abc\"); let n = vec![text];");
    session.run("let m = vec![text];");
    session.value("(text, n, m)", "(\"abc\", 3, 3)");
    session.run("struct Own;\nimpl Own { fn to_string(&self) -> i32 { 5 } }\nlet c = Own.to_string(); let d = c;");
    session.value("(c, d)", "(5, 5)");
    session
        .run("fn read_csv(_: &str) -> Option<i32> { Some(4) }\nlet f = (|| { let e = read_csv(\"x\")?; Some(e) })();");
    session.run("fn penguins() -> i32 { 3 }\nlet g = penguins(); let h = g;");
    session.value("(g, h)", "(3, 3)");
}
