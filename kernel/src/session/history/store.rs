//! Where the inputs are kept: a SQLite file that several kernels write at once, or memory where there is none.
//!
//! Nothing that befalls the file breaks a session. What cannot be written because another kernel is writing is written
//! with the next input; a file that cannot be used at all is left alone, with a line in the log.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, Params, Result, TransactionBehavior, params};

use super::Access;
use crate::wire::log;

/// How long one access waits for other kernels: a frontend waits for no answer longer than a second.
const PATIENCE: Duration = Duration::from_millis(700);

/// The same, when there is no next time.
const LAST_PATIENCE: Duration = Duration::from_millis(1500);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS sessions (session INTEGER PRIMARY KEY AUTOINCREMENT, started INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS inputs (
        session INTEGER NOT NULL, line INTEGER NOT NULL, input TEXT NOT NULL, output TEXT, PRIMARY KEY (session, line)
    );";

/// One input of some session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) session: i64,
    /// The `n` of `In[n]`.
    pub(super) line: u32,
    pub(super) input: String,
    /// The text of the cell's value, if it had one.
    pub(super) output: Option<String>,
}

pub(super) struct Store {
    file: Option<File>,
    /// The inputs of this session, and how many of them are in the file.
    own: Vec<Row>,
    n_saved: usize,
}

struct File {
    path: PathBuf,
    connection: Connection,
    /// Given with the first input.
    session: Option<i64>,
}

impl Store {
    /// A store in this file, which is made if need be, or in memory only.
    pub(super) fn new(path: Option<PathBuf>) -> Store {
        let file = path.and_then(|path| {
            let opened = File::open(&path);
            opened.inspect_err(|error| log_unusable(&path, error)).ok()
        });
        Store { file, own: Vec::new(), n_saved: 0 }
    }

    pub(super) fn push(&mut self, line: u32, input: String) {
        let session = self.file.as_ref().and_then(|file| file.session).unwrap_or(1);
        self.own.push(Row { session, line, input, output: None });
        self.save();
    }

    pub(super) fn set_output(&mut self, line: u32, output: String) {
        if let Some(at) = self.own.iter().rposition(|row| row.line == line) {
            self.own[at].output = Some(output);
            // It is written again, with those after it.
            self.n_saved = self.n_saved.min(at);
            self.save();
        }
    }

    pub(super) fn find(&mut self, access: &Access) -> Vec<Row> {
        self.save();
        if let Some(file) = &self.file {
            match select(&file.connection, access, file.session) {
                Ok(rows) => return rows,
                Err(error) if is_busy(&error) => {}
                Err(error) => {
                    log_unusable(&file.path, &error);
                    self.file = None;
                }
            }
        }
        self.find_in_memory(access).unwrap_or_default()
    }

    /// Writes what is not written yet.
    pub(super) fn close(mut self) {
        if let Some(file) = &self.file {
            let _ = file.connection.busy_timeout(LAST_PATIENCE);
        }
        self.save();
    }

    fn save(&mut self) {
        let Some(file) = &mut self.file else { return };
        match file.save(&mut self.own, self.n_saved) {
            Ok(()) => self.n_saved = self.own.len(),
            Err(error) if is_busy(&error) => {}
            Err(error) => {
                log_unusable(&file.path, &error);
                self.file = None;
            }
        }
    }

    /// The same question to the inputs of this session only.
    fn find_in_memory(&self, access: &Access) -> Result<Vec<Row>> {
        let memory = Connection::open_in_memory()?;
        memory.execute_batch(SCHEMA)?;
        for row in &self.own {
            insert(&memory, row)?;
        }
        select(&memory, access, self.own.last().map(|row| row.session))
    }
}

impl File {
    fn open(path: &Path) -> Result<File> {
        if let Some(folder) = path.parent() {
            // What people type is theirs alone. If this fails, so does what follows.
            let _ = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        }
        let connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        match connection.execute_batch(SCHEMA) {
            // The tables are made with the first input, then.
            Err(error) if is_busy(&error) => {}
            made => made?,
        }
        Ok(File { path: path.to_owned(), connection, session: None })
    }

    /// Writes the rows from this one on, all or none; with the first, the session gets its number.
    fn save(&mut self, rows: &mut [Row], from: usize) -> Result<()> {
        if from == rows.len() {
            return Ok(());
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let session = match self.session {
            Some(session) => session,
            None => {
                let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
                let started = i64::try_from(started).unwrap_or(i64::MAX);
                transaction.execute_batch(SCHEMA)?;
                transaction.execute("INSERT INTO sessions (started) VALUES (?)", [started])?;
                transaction.last_insert_rowid()
            }
        };
        rows.iter_mut().for_each(|row| row.session = session);
        for row in rows.iter().skip(from) {
            insert(&transaction, row)?;
        }
        transaction.commit()?;
        self.session = Some(session);
        Ok(())
    }
}

fn insert(connection: &Connection, row: &Row) -> Result<()> {
    let statement = "INSERT OR REPLACE INTO inputs (session, line, input, output) VALUES (?, ?, ?, ?)";
    connection.execute(statement, params![row.session, row.line, row.input, row.output]).map(drop)
}

/// `current` is the number of this session, if it has one.
fn select(connection: &Connection, access: &Access, current: Option<i64>) -> Result<Vec<Row>> {
    match access {
        Access::Tail { n } => last(connection, "", limit(*n), []),
        Access::Search { pattern, n, unique } => {
            let newest =
                "AND (session, line) = (SELECT session, line FROM inputs AS other WHERE other.input = inputs.input
                ORDER BY session DESC, line DESC LIMIT 1)";
            let condition = format!("WHERE input GLOB ? {}", if *unique { newest } else { "" });
            last(connection, &condition, limit(*n), [pattern.as_deref().unwrap_or("*")])
        }
        Access::Range { session, start, stop } => {
            let session = match (*session, current) {
                (session, _) if session > 0 => session,
                (0, Some(current)) => current,
                (0, None) => return Ok(Vec::new()),
                // A session without an input has no number yet; the one before it is the newest.
                (back, current) => match current {
                    Some(current) => current.saturating_add(back),
                    None => newest_session(connection)?.saturating_add(1).saturating_add(back),
                },
            };
            let end: i64 = connection.query_row(
                "SELECT COALESCE(MAX(line), 0) + 1 FROM inputs WHERE session = ?",
                [session],
                |row| row.get(0),
            )?;
            // Negative numbers count from the end, and 0 as the stop is none, as in IPython.
            let from_end = |line: i64| if line < 0 { line.saturating_add(end) } else { line };
            let stop = stop.filter(|&stop| stop != 0).map_or(end, from_end);
            let condition = "WHERE session = ? AND line >= ? AND line < ?";
            last(connection, condition, -1, [session, from_end(*start), stop])
        }
    }
}

fn newest_session(connection: &Connection) -> Result<i64> {
    connection.query_row("SELECT COALESCE(MAX(session), 0) FROM sessions", [], |row| row.get(0))
}

/// SQLite takes a negative limit for none.
fn limit(n: Option<usize>) -> i64 {
    n.map_or(-1, |n| i64::try_from(n).unwrap_or(-1))
}

/// The last rows for which the condition holds, the oldest first.
fn last(connection: &Connection, condition: &str, limit: i64, params: impl Params) -> Result<Vec<Row>> {
    let order = "ORDER BY session DESC, line DESC";
    let statement = format!("SELECT session, line, input, output FROM inputs {condition} {order} LIMIT {limit}");
    let mut statement = connection.prepare(&statement)?;
    let rows = statement.query_map(params, |row| {
        Ok(Row { session: row.get(0)?, line: row.get(1)?, input: row.get(2)?, output: row.get(3)? })
    })?;
    let mut rows: Vec<Row> = rows.collect::<Result<_>>()?;
    rows.reverse();
    Ok(rows)
}

/// Whether another kernel is writing.
fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn log_unusable(path: &Path, error: &rusqlite::Error) {
    log(format_args!("the history of this session is kept in memory only: {} cannot be used: {error}", path.display()));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::tempfolder::TempFolder;

    fn filled(mut store: Store) -> Store {
        for (line, input) in [(1, "let a = 1"), (2, "print(a)"), (4, "let b = 2"), (5, "print(a)")] {
            store.push(line, input.to_owned());
        }
        store
    }

    fn lines(store: &mut Store, request: Value) -> Vec<(i64, u32)> {
        let access: Access = serde_json::from_value(request).unwrap();
        store.find(&access).into_iter().map(|row| (row.session, row.line)).collect()
    }

    #[track_caller]
    fn check(request: Value, expected: &[u32]) {
        let folder = TempFolder::new().unwrap();
        for path in [None, Some(folder.path().join("new/history.sqlite"))] {
            let found = lines(&mut filled(Store::new(path)), request.clone());
            assert_eq!(found, expected.iter().map(|line| (1, *line)).collect::<Vec<_>>());
        }
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
        check(json!({ "hist_access_type": "range", "session": i64::MIN, "start": 1 }), &[]);
        check(json!({ "hist_access_type": "range", "start": i64::MIN, "stop": i64::MAX }), &[1, 2, 4, 5]);
    }

    #[test]
    fn search_matches_whole_inputs() {
        check(json!({ "hist_access_type": "search", "pattern": "print*" }), &[2, 5]);
        check(json!({ "hist_access_type": "search", "pattern": "print*", "unique": true }), &[5]);
        check(json!({ "hist_access_type": "search", "unique": true, "n": 2 }), &[4, 5]);
        check(json!({ "hist_access_type": "search", "pattern": "*a*", "n": 2 }), &[2, 5]);
        check(json!({ "hist_access_type": "search", "pattern": "let ? = *" }), &[1, 4]);
        check(json!({ "hist_access_type": "search", "pattern": "let [b-z]*" }), &[4]);
        check(json!({ "hist_access_type": "search", "pattern": "let" }), &[]);
    }

    #[test]
    fn sessions_follow_each_other_and_outputs_are_kept() {
        let folder = TempFolder::new().unwrap();
        let path = folder.path().join("history.sqlite");
        let mut first = filled(Store::new(Some(path.clone())));
        first.set_output(2, "1\n".to_owned());
        first.close();
        let mut second = Store::new(Some(path.clone()));
        // A session without an input has no number, and the one before it can be asked for all the same.
        let before = json!({ "hist_access_type": "range", "session": -1, "start": 4 });
        assert_eq!(lines(&mut second, before.clone()), [(1, 4), (1, 5)]);
        second.push(1, "print(a)".to_owned());
        assert_eq!(lines(&mut second, before), [(1, 4), (1, 5)]);
        assert_eq!(lines(&mut second, json!({ "hist_access_type": "tail", "n": 2 })), [(1, 5), (2, 1)]);
        let unique = json!({ "hist_access_type": "search", "pattern": "print*", "unique": true });
        assert_eq!(lines(&mut second, unique), [(2, 1)]);
        let rows = second.find(&Access::Range { session: 1, start: 2, stop: Some(3) });
        assert_eq!(rows[0].output.as_deref(), Some("1\n"));
    }

    #[test]
    fn kernels_that_write_at_once_lose_nothing() {
        let folder = TempFolder::new().unwrap();
        let path = folder.path().join("history.sqlite");
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || {
                    let mut store = Store::new(Some(path));
                    (1..=50).for_each(|line| store.push(line, format!("line {line}")));
                    store.close();
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        let found = lines(&mut Store::new(Some(path)), json!({ "hist_access_type": "tail" }));
        let expected: Vec<(i64, u32)> = (1..=4).flat_map(|session| (1..=50).map(move |line| (session, line))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_locked_file_is_written_when_it_is_free() {
        let folder = TempFolder::new().unwrap();
        let path = folder.path().join("history.sqlite");
        let mut store = filled(Store::new(Some(path.clone())));
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        store.push(6, "while locked".to_owned());
        assert_eq!(lines(&mut store, json!({ "hist_access_type": "tail", "n": 2 })), [(1, 5), (1, 6)]);
        other.execute_batch("COMMIT").unwrap();
        store.push(7, "after it".to_owned());
        drop(store);
        assert_eq!(lines(&mut Store::new(Some(path)), json!({ "hist_access_type": "tail", "n": 2 })), [(1, 6), (1, 7)]);
    }

    #[test]
    fn a_file_that_cannot_be_used_is_left_alone() {
        let folder = TempFolder::new().unwrap();
        let corrupt = folder.path().join("corrupt.sqlite");
        std::fs::write(&corrupt, "this is no database, and it is long enough to be none".repeat(40)).unwrap();
        let beside_a_file = corrupt.join("history.sqlite");
        for path in [corrupt.clone(), beside_a_file, "/proc/history.sqlite".into(), folder.path().to_owned()] {
            let mut store = filled(Store::new(Some(path)));
            store.set_output(5, "1".to_owned());
            assert_eq!(lines(&mut store, json!({ "hist_access_type": "tail", "n": 1 })), [(1, 5)]);
        }
        assert!(std::fs::read_to_string(&corrupt).unwrap().starts_with("this is no database"));
    }

    #[test]
    fn a_file_that_becomes_unusable_leaves_what_this_session_has() {
        let folder = TempFolder::new().unwrap();
        let path = folder.path().join("history.sqlite");
        filled(Store::new(Some(path.clone()))).close();
        let mut store = filled(Store::new(Some(path.clone())));
        let other = Connection::open(&path).unwrap();
        other.execute_batch("DROP TABLE inputs; CREATE TABLE inputs (other TEXT)").unwrap();
        store.push(6, "after".to_owned());
        let found = lines(&mut store, json!({ "hist_access_type": "tail" }));
        assert_eq!(found, [(2, 1), (2, 2), (2, 4), (2, 5), (2, 6)]);
    }
}
