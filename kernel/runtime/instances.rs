//! A crate of its own, compiled unoptimised: at that level the compiler shares what it has instantiated, and cells that
//! are compiled the same way find it here instead of compiling it again and again. It is all that a notebook does over and over
//! with the types it is made of: keeping, taking, dropping and showing them, and the generic methods that take lists of
//! expressions. Nothing here is ever called by name.

use std::collections::HashMap;

use tunebook_runtime::show::{Peel, PeelNothing, PeelResult, Show, ShowRich};
use tunebook_runtime::{Cell, Failure};
use workbench::prelude::*;

/// Makes the compiler compile functions: an address of each is needed.
macro_rules! mention {
    ($($function:expr),* $(,)?) => { $( std::hint::black_box($function as *const ()); )* };
}

/// What a cell does with a variable, whatever it is.
fn keeps<T: 'static>() {
    mention!(Cell::take::<T>, Cell::store::<T>, Cell::put_back::<T>);
}

/// A last expression that shows its rich form, be it in a `Result` or not.
fn shows_rich<T: Rich + 'static>() {
    mention!(<&&&Show<'static, T> as ShowRich>::show, <Peel<'static, T> as PeelNothing<'static, T>>::peel);
    fails::<T, PolarsError>();
    fails::<T, workbench::Error>();
}

/// `?` and a last expression that may be an `Err`.
fn fails<T: 'static, E: std::fmt::Debug + 'static>() {
    fn question<T, E: std::fmt::Debug + 'static>(result: Result<T, E>) -> Result<T, Failure> {
        Ok(result?)
    }
    mention!(question::<T, E>, <&Peel<'static, Result<T, E>> as PeelResult<'static, T>>::peel);
}

/// Lists of expressions, as `[…]` and `vec![…]` give them.
fn lists_expressions<L: AsRef<[Expr]> + 'static>() {
    mention!(
        LazyFrame::select::<L>,
        LazyFrame::with_columns::<L>,
        LazyFrame::group_by::<L, Expr>,
        LazyGroupBy::agg::<L>,
        LazyFrame::join::<L>,
        LazyFrame::sort_by_exprs::<L>,
        drop::<L>,
    );
}

/// The types of most columns.
fn makes_columns() {
    mention!(
        <Series as NamedFrom<Vec<i32>, [i32]>>::new,
        <Series as NamedFrom<Vec<i64>, [i64]>>::new,
        <Series as NamedFrom<Vec<f64>, [f64]>>::new,
        <Series as NamedFrom<Vec<bool>, [bool]>>::new,
        <Series as NamedFrom<Vec<String>, [String]>>::new,
        <Series as NamedFrom<Vec<&'static str>, [&'static str]>>::new,
        <Series as NamedFrom<[i32; 3], [i32]>>::new,
        <Series as NamedFrom<[f64; 3], [f64]>>::new,
        <Series as NamedFrom<[bool; 3], [bool]>>::new,
        <Series as NamedFrom<[&'static str; 3], [&'static str]>>::new,
    );
    mention!(col::<&'static str>, lit::<i32>, lit::<i64>, lit::<f64>, lit::<bool>, lit::<&'static str>);
}

macro_rules! instances {
    ($kind:ident: $($type:ty),* $(,)?) => { $( $kind::<$type>(); )* };
}

#[unsafe(no_mangle)]
pub fn tunebook_instances() {
    instances!(keeps: bool, char, i32, i64, u8, u32, u64, usize, f32, f64, String, &'static str);
    instances!(keeps: Vec<bool>, Vec<i32>, Vec<i64>, Vec<u32>, Vec<u64>, Vec<usize>, Vec<f32>, Vec<f64>);
    instances!(keeps: Vec<String>, Vec<&'static str>, Vec<Vec<f64>>, Vec<(f64, f64)>, Option<f64>, Option<String>);
    instances!(keeps: HashMap<String, f64>, HashMap<String, usize>, HashMap<&'static str, i32>);
    instances!(keeps: DataFrame, LazyFrame, Series, Column, Expr, Array1<f64>, Array2<f64>, Array1<usize>);
    instances!(keeps: Dataset, Target, SearchResult, CrossValidation, Pipeline, PipelineModel, LogisticModel, SgdModel);
    instances!(shows_rich: DataFrame, Series, Column, Array1<f64>, Array2<f64>, Dataset, SearchResult, CrossValidation, Chart);
    fails::<(), workbench::Error>();
    fails::<LazyFrame, PolarsError>();
    instances!(lists_expressions: [Expr; 1], [Expr; 2], [Expr; 3], [Expr; 4], [Expr; 5], [Expr; 6], Vec<Expr>);
    makes_columns();
}
