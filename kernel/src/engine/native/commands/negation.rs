//! Telling `!flag`, which is Rust, from `!ls`, which is not.

use crate::engine::native::source;

/// Whether a line that begins with `!` negates something. It does where it reads as Rust, and either begins as no
/// command of the system does (with a bracket, a quote, a literal, a call, a path) or with a name of the notebook.
pub fn is_negation(line: &str, rest_of_cell: &str, is_known: &dyn Fn(&str) -> bool) -> bool {
    let operand = line.trim_start_matches('!').trim_start();
    let word_end = operand.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(operand.len());
    let (word, behind) = operand.split_at(word_end);
    let is_method = behind.strip_prefix('.').is_some_and(|rest| {
        let name = rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        name.len() < rest.len() && name.starts_with(['(', '.', '?']) && name.contains('(')
    });
    let begins_as_rust = match word {
        "" => operand.starts_with(['(', '"', '\'', '*', '&', '{', '[']),
        "true" | "false" => true,
        _ => {
            word.starts_with(|c: char| c.is_ascii_digit())
                || behind.starts_with(['(', '['])
                || behind.starts_with("::")
                || behind.starts_with("!(")
                || is_method
                || is_known(word)
        }
    };
    begins_as_rust && (source::is_right(line) || source::is_right(rest_of_cell))
}

#[cfg(test)]
mod tests {
    use crate::engine::native::commands::parse_knowing;

    #[test]
    fn an_exclamation_mark_is_a_command_or_negates() {
        let is_rust = |code: &str| parse_knowing(code, &|name| name == "flag" || name == "cat").list.is_empty();
        for code in [
            "!flag",
            "!flag && other",
            "!flag\n    && other",
            "!yes(\"c\") && yes(\"d\")",
            "!v.is_empty()",
            "!a.b.c()",
            "!(a && b)",
            "!0",
            "!true",
            "!\"a\".is_empty()",
            "!std::path::Path::new(\"x\").exists()",
            "!matches!(x, 1)",
            "!!flag",
            "!v[0]",
            "!*flag",
        ] {
            assert!(is_rust(code), "{code}");
        }
        for code in [
            "!ls",
            "! ls",
            "!ls -l",
            "!cat file.txt",
            "!python3.11 -c 'print(1)'",
            "!./run.sh",
            "!cd x && ls",
            "!true-case x",
            "!(cd x; ls y)",
            "!echo \"a\"",
            "!df -h | head",
            "!$HOME/x",
        ] {
            assert!(!is_rust(code), "{code}");
        }
    }
}
