//! Showing a cell's last expression: method calls on references choose the first trait that fits, without specialisation.
//!
//! As in `cell.rs`, what is generic only turns a type into a trait object.

use std::any::type_name;
use std::fmt::{Debug, Display};

use workbench::display::{Bundle, Rich};
use workbench::prelude::serde_json::json;

use crate::cell::Cell;
use crate::failure::{Failure, short_type_name};
use crate::{bundle_json, displaying, send};

/// Shows a cell's last expression: an `Err` fails the cell, `()` shows nothing, a rich value its rich form, others `Debug`.
#[macro_export]
macro_rules! show {
    ($cell:expr, $value:expr) => {
        match &($value) {
            value => {
                #[allow(unused_imports)]
                use $crate::show::*;
                match (&&Peel(value)).peel() {
                    ::std::result::Result::Ok(value) => {
                        (&&&&&&Show(value)).show($cell);
                        ::std::result::Result::Ok(())
                    }
                    ::std::result::Result::Err(failure) => ::std::result::Result::Err(failure),
                }
            }
        }
    };
}

pub struct Peel<'a, T: ?Sized>(pub &'a T);

pub trait PeelResult<'a, T> {
    fn peel(&self) -> Result<&'a T, Failure>;
}

impl<'a, T, E: Debug> PeelResult<'a, T> for &Peel<'a, Result<T, E>> {
    #[track_caller]
    fn peel(&self) -> Result<&'a T, Failure> {
        match self.0 {
            Ok(value) => Ok(value),
            Err(error) => Err(Failure::of(error)),
        }
    }
}

pub trait PeelNothing<'a, T: ?Sized> {
    fn peel(&self) -> Result<&'a T, Failure>;
}

impl<'a, T: ?Sized> PeelNothing<'a, T> for Peel<'a, T> {
    fn peel(&self) -> Result<&'a T, Failure> {
        Ok(self.0)
    }
}

pub struct Show<'a, T: ?Sized>(pub &'a T);

pub trait ShowUnit {
    fn show(&self, cell: &mut Cell<'_>);
}

impl ShowUnit for &&&&&Show<'_, ()> {
    fn show(&self, _cell: &mut Cell<'_>) {}
}

/// The commonest types of all. That they have a `Debug` form need not be looked up, for which the compiler reads the list of all
/// types that have one; and what shows them is compiled here.
pub trait ShowKnown {
    fn show(&self, cell: &mut Cell<'_>);
}

macro_rules! known {
    ($($type:ty),* $(,)?) => { $(
        impl ShowKnown for &&&&Show<'_, $type> {
            fn show(&self, cell: &mut Cell<'_>) {
                cell.show_debug(self.0);
            }
        }
    )* };
}

known!(bool, char, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64, String, &str);
known!(
    Vec<bool>,
    Vec<i32>,
    Vec<i64>,
    Vec<u8>,
    Vec<u32>,
    Vec<u64>,
    Vec<usize>,
    Vec<f32>,
    Vec<f64>,
    Vec<String>,
    Vec<&str>
);
known!(
    Option<bool>,
    Option<i32>,
    Option<i64>,
    Option<u32>,
    Option<u64>,
    Option<usize>,
    Option<f64>,
    Option<String>,
    Option<&str>
);
known!((i32, i32), (usize, usize), (f64, f64), Vec<Vec<f64>>, Vec<(f64, f64)>, Vec<Vec<i32>>);

pub trait ShowRich {
    fn show(&self, cell: &mut Cell<'_>);
}

impl<T: Rich + ?Sized> ShowRich for &&&Show<'_, T> {
    fn show(&self, cell: &mut Cell<'_>) {
        cell.show_bundle(&|| self.0.bundle());
    }
}

pub trait ShowDebug {
    fn show(&self, cell: &mut Cell<'_>);
}

impl<T: Debug + ?Sized> ShowDebug for &&Show<'_, T> {
    fn show(&self, cell: &mut Cell<'_>) {
        cell.show_debug(&self.0);
    }
}

pub trait ShowDisplay {
    fn show(&self, cell: &mut Cell<'_>);
}

impl<T: Display + ?Sized> ShowDisplay for &Show<'_, T> {
    fn show(&self, cell: &mut Cell<'_>) {
        cell.show_display(&self.0);
    }
}

pub trait ShowName {
    fn show(&self, cell: &mut Cell<'_>);
}

impl<T: ?Sized> ShowName for Show<'_, T> {
    fn show(&self, cell: &mut Cell<'_>) {
        cell.show_name(type_name::<T>());
    }
}

impl Cell<'_> {
    fn show_bundle(&mut self, bundle: &dyn Fn() -> Bundle) {
        displaying(|| send(json!({"tell": "result", "data": bundle_json(&bundle())})));
    }

    fn show_debug(&mut self, value: &dyn Debug) {
        self.show_bundle(&|| {
            let line = format!("{value:?}");
            // A structure with many fields reads better over several lines; a long list does not.
            let text = if line.len() > 120 && !line.starts_with('[') { format!("{value:#?}") } else { line };
            Bundle::text(&text)
        });
    }

    fn show_display(&mut self, value: &dyn Display) {
        self.show_bundle(&|| Bundle::text(&value.to_string()));
    }

    fn show_name(&mut self, type_name: &str) {
        let name = short_type_name(type_name);
        let text = format!("a value of type `{name}`, which has no `Debug` form (try #[derive(Debug)])");
        self.show_bundle(&|| Bundle::text(&text));
    }
}
