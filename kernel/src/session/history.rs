//! The inputs of this session, and how a frontend asks for them.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Session;
use crate::wire::Request;

/// The number of the only session that is remembered. Requests may also say 0 for the current one.
const SESSION: i64 = 1;

/// The inputs by line number, which is the `n` of `In[n]`.
#[derive(Default)]
pub(super) struct History {
    inputs: Vec<(u32, String)>,
}

/// A request for inputs. Clients leave out what they have no use for.
#[derive(Deserialize)]
#[serde(tag = "hist_access_type", rename_all = "lowercase")]
enum Access {
    Tail {
        n: Option<usize>,
    },
    Range {
        #[serde(default)]
        session: i64,
        #[serde(default)]
        start: i64,
        stop: Option<i64>,
    },
    Search {
        pattern: Option<String>,
        n: Option<usize>,
        #[serde(default)]
        unique: bool,
    },
}

#[derive(Deserialize)]
struct HistoryRequest {
    #[serde(default)]
    output: bool,
    #[serde(flatten)]
    access: Access,
}

impl Session {
    pub(super) fn search_history(&self, request: &Request) {
        self.busy(request);
        match request.content::<HistoryRequest>() {
            Ok(HistoryRequest { output, access }) => {
                let entries: Vec<Value> = self.history.find(&access).map(|entry| entry_json(entry, output)).collect();
                self.answer(request, &json!({ "status": "ok", "history": entries }));
            }
            Err(error) => self.refuse(request, &error),
        }
    }
}

/// Outputs are not kept, and so are null where they are asked for.
fn entry_json((line, input): &(u32, String), output: bool) -> Value {
    if output { json!([SESSION, line, [input, null]]) } else { json!([SESSION, line, input]) }
}

impl History {
    pub(super) fn push(&mut self, line: u32, input: &str) {
        self.inputs.push((line, input.to_owned()));
    }

    fn find(&self, access: &Access) -> std::vec::IntoIter<&(u32, String)> {
        let found: Vec<_> = match access {
            Access::Tail { n } => last(self.inputs.iter().collect(), *n),
            Access::Range { session, .. } if ![0, SESSION].contains(session) => Vec::new(),
            Access::Range { start, stop, .. } => {
                let end = self.inputs.last().map_or(1, |&(line, _)| i64::from(line) + 1);
                // Negative numbers count from the end, and 0 as the stop is none, as in IPython.
                let from_end = |line: i64| if line < 0 { line + end } else { line };
                let stop = stop.filter(|&stop| stop != 0).map_or(end, from_end);
                let lines = from_end(*start)..stop;
                self.inputs.iter().filter(|(line, _)| lines.contains(&i64::from(*line))).collect()
            }
            Access::Search { pattern, n, unique } => {
                let pattern: Vec<char> = pattern.as_deref().unwrap_or("*").chars().collect();
                let matches = |input: &str| glob(&pattern, &input.chars().collect::<Vec<_>>());
                let mut found: Vec<_> = self.inputs.iter().filter(|(_, input)| matches(input)).collect();
                if *unique {
                    let mut seen = HashSet::new();
                    found.reverse();
                    found.retain(|(_, input)| seen.insert(input));
                    found.reverse();
                }
                last(found, *n)
            }
        };
        found.into_iter()
    }
}

/// The last `n`, or all.
fn last<T>(mut entries: Vec<T>, n: Option<usize>) -> Vec<T> {
    let skipped = entries.len().saturating_sub(n.unwrap_or(usize::MAX));
    entries.drain(..skipped);
    entries
}

/// Whether a pattern with `*` (any text) and `?` (any character) fits a whole text.
fn glob(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and how far the text had come: a mismatch lets that star take one more character.
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star_p, star_t)) = star else { return false };
                star = Some((star_p, star_t + 1));
                p = star_p + 1;
                t = star_t + 1;
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(request: Value, expected: &[u32]) {
        let mut history = History::default();
        for (line, input) in [(1, "let a = 1"), (2, "print(a)"), (4, "let b = 2"), (5, "print(a)")] {
            history.push(line, input);
        }
        let request: HistoryRequest = serde_json::from_value(request).unwrap();
        assert_eq!(history.find(&request.access).map(|&(line, _)| line).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn tail_gives_the_last_inputs() {
        check(json!({ "hist_access_type": "tail", "n": 2, "raw": true, "output": false }), &[4, 5]);
        check(json!({ "hist_access_type": "tail", "n": 0 }), &[]);
        check(json!({ "hist_access_type": "tail" }), &[1, 2, 4, 5]);
    }

    #[test]
    fn range_gives_lines_up_to_the_stop() {
        check(json!({ "hist_access_type": "range", "session": 0, "start": 1, "stop": 3 }), &[1, 2]);
        check(json!({ "hist_access_type": "range", "session": 1, "start": 2, "stop": null }), &[2, 4, 5]);
        check(json!({ "hist_access_type": "range", "start": -2, "stop": -1 }), &[4]);
        check(json!({ "hist_access_type": "range", "session": 3, "start": 1, "stop": 3 }), &[]);
        check(json!({ "hist_access_type": "range", "start": i64::MIN, "stop": i64::MAX }), &[1, 2, 4, 5]);
    }

    #[test]
    fn search_matches_whole_inputs() {
        check(json!({ "hist_access_type": "search", "pattern": "print*" }), &[2, 5]);
        check(json!({ "hist_access_type": "search", "pattern": "print*", "unique": true }), &[5]);
        check(json!({ "hist_access_type": "search", "pattern": "*a*", "n": 2 }), &[2, 5]);
        check(json!({ "hist_access_type": "search", "pattern": "let ? = *" }), &[1, 4]);
        check(json!({ "hist_access_type": "search", "pattern": "let" }), &[]);
    }

    #[test]
    fn a_request_of_an_unknown_kind_is_an_error() {
        assert!(serde_json::from_value::<HistoryRequest>(json!({ "hist_access_type": "all" })).is_err());
    }
}
