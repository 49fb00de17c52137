//! Parameters of a notebook, as papermill has them: a cell tagged `parameters` holds the defaults, and a cell that assigns the
//! given values is put behind it.

use nbformat::v4;

use crate::engine::native::source::{Parameter, parameters};

/// A value given on the command line: `name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub name: String,
    pub value: String,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterError {
    #[error("`{given}` is no parameter: write name=value, such as `-p seed=7`")]
    NoAssignment { given: String },
    #[error(
        "the notebook has no parameters, so `{name}` cannot be set\nhelp: tag the cell that holds the defaults `parameters`"
    )]
    NoParameters { name: String },
    #[error("the notebook has no parameter `{name}`; its parameters are {known}")]
    Unknown { name: String, known: String },
    #[error("`{value}` is no value for the parameter `{name}`, whose default is `{default}`: it must be {allowed}")]
    WrongType { name: String, value: String, default: String, allowed: &'static str },
}

impl std::str::FromStr for Assignment {
    type Err = ParameterError;

    fn from_str(given: &str) -> Result<Assignment, ParameterError> {
        match given.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok(Assignment { name: name.trim().to_owned(), value: value.to_owned() })
            }
            _ => Err(ParameterError::NoAssignment { given: given.to_owned() }),
        }
    }
}

const TAG: &str = "parameters";
const INJECTED_TAG: &str = "injected-parameters";

/// Puts the assignments behind the parameters cell, in place of those of an earlier run.
pub(super) fn inject(notebook: &mut v4::Notebook, assignments: &[Assignment]) -> Result<(), ParameterError> {
    let Some(first) = assignments.first() else { return Ok(()) };
    notebook.cells.retain(|cell| !has_tag(cell, INJECTED_TAG));
    let at = notebook.cells.iter().position(|cell| has_tag(cell, TAG));
    let Some((at, cell)) = at.and_then(|at| notebook.cells.get(at).map(|cell| (at, cell))) else {
        return Err(ParameterError::NoParameters { name: first.name.clone() });
    };
    let known = parameters(&cell.source().concat());
    let mut lines = vec!["// Parameters\n".to_owned()];
    for assignment in assignments {
        let Some(parameter) = known.iter().find(|parameter| parameter.name == assignment.name) else {
            let names: Vec<String> = known.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
            return Err(ParameterError::Unknown { name: assignment.name.clone(), known: names.join(", ") });
        };
        lines.push(statement(parameter, &assignment.value)?);
    }
    let metadata = v4::CellMetadata { tags: Some(vec![INJECTED_TAG.into()]), ..Default::default() };
    let id = v4::CellId::from(uuid::Uuid::new_v4());
    let cell = v4::Cell::Code { id, metadata, execution_count: None, source: lines, outputs: Vec::new() };
    notebook.cells.insert(at + 1, cell);
    Ok(())
}

/// The assignment in Rust. The default tells the type, so that `-p rate=1` sets an `f64` to `1.0`.
fn statement(parameter: &Parameter, value: &str) -> Result<String, ParameterError> {
    let default = parameter.default.trim();
    let type_name = parameter.type_name.as_deref().unwrap_or_default();
    let wrong = |allowed| ParameterError::WrongType {
        name: parameter.name.clone(),
        value: value.to_owned(),
        default: default.to_owned(),
        allowed,
    };
    let is_number = default.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
    let literal = if default == "true" || default == "false" {
        value.parse::<bool>().map_err(|_| wrong("true or false"))?.to_string()
    } else if is_number
        && (default.contains('.') || type_name.starts_with('f') || default.ends_with("f64") || default.ends_with("f32"))
    {
        let number: f64 = value.parse().map_err(|_| wrong("a number"))?;
        if number.is_finite() { format!("{number:?}") } else { return Err(wrong("a finite number")) }
    } else if is_number {
        value.replace('_', "").parse::<i128>().map_err(|_| wrong("a whole number"))?.to_string()
    } else if default.starts_with('"')
        || default.starts_with("r\"")
        || default.starts_with("String::from")
        || default.contains("\".to_")
    {
        let quoted = format!("{value:?}");
        if default.starts_with('"') && !default.contains("\".to_") || default.starts_with("r\"") {
            quoted
        } else {
            format!("{quoted}.to_owned()")
        }
    } else {
        // A default of another kind, such as a list: the value is Rust, and the compiler judges it.
        value.to_owned()
    };
    let suffix = ["f64", "f32", "usize", "u64", "u32", "u16", "u8", "i64", "i32", "i16", "i8"];
    let suffix = if is_number {
        suffix.iter().find(|suffix| default.ends_with(*suffix)).copied().unwrap_or_default()
    } else {
        ""
    };
    let type_name = parameter.type_name.as_ref().map(|ty| format!(": {ty}")).unwrap_or_default();
    Ok(format!("let {}{type_name} = {literal}{suffix};\n", parameter.name))
}

fn has_tag(cell: &v4::Cell, tag: &str) -> bool {
    cell.metadata().tags.as_ref().is_some_and(|tags| tags.iter().any(|own| own == tag))
}
