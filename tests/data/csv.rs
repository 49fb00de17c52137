//! Reading and writing files.

use std::path::PathBuf;

use polars::prelude::{DataFrame, DataType, df};
use workbench::data::{CsvOptions, penguins, read_csv, read_parquet, write_csv, write_parquet};

/// A folder that goes when the test ends.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("workbench-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
fn check_frame(text: &str, expected: DataFrame) {
    let folder = Folder::new(&format!("csv-{}", std::panic::Location::caller().line()));
    let frame = read_csv(&folder.write("data.csv", text)).unwrap();
    assert!(
        frame.equals_missing(&expected) && frame.dtypes() == expected.dtypes(),
        "read {frame}, expected {expected}"
    );
}

/// The message of reading `text`, with the folder taken out.
#[track_caller]
fn check_error(text: &[u8], expected: &str) {
    let folder = Folder::new(&format!("bad-{}", std::panic::Location::caller().line()));
    let message = read_csv(&folder.write("data.csv", text)).unwrap_err().to_string();
    let message = message.replace(&folder.path("data.csv"), "data.csv");
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn penguins_have_their_dtypes_and_missing_values() {
    let frame = penguins().unwrap();
    assert_eq!(frame.shape(), (344, 8));
    let dtypes: Vec<String> = frame.dtypes().iter().map(DataType::to_string).collect();
    assert_eq!(dtypes, ["str", "str", "f64", "f64", "i64", "i64", "str", "i64"]);
    let missing: Vec<usize> = frame.columns().iter().map(|column| column.null_count()).collect();
    assert_eq!(missing, [0, 0, 2, 2, 2, 2, 11, 0]);
}

#[test]
fn the_notebooks_have_the_same_penguins() {
    let copy = concat!(env!("CARGO_MANIFEST_DIR"), "/../notebooks/data/penguins.csv");
    assert!(read_csv(copy).unwrap().equals_missing(&penguins().unwrap()));
}

#[test]
fn names_of_missing_values_are_missing() {
    check_frame(
        "a,b\n1,x\nNA,\nNaN,N/A\nnull,null\n,y\n",
        df!("a" => [Some(1i64), None, None, None, None], "b" => [Some("x"), None, None, None, Some("y")]).unwrap(),
    );
}

#[test]
fn dtypes_are_inferred_over_the_whole_file() {
    let mut text = "half,whole,flag,word,number,name\n".to_string();
    for row in 0..15_000 {
        text.push_str(&format!("{row},{row},true,{row},,NA\n"));
    }
    text.push_str("0.5,7,false,x,2.5,y\n");
    let folder = Folder::new("late");
    let frame = read_csv(&folder.write("data.csv", &text)).unwrap();
    use DataType::{Boolean, Float64, Int64, String};
    assert_eq!(frame.dtypes(), [Float64, Int64, Boolean, String, Float64, String]);
    assert_eq!(frame.height(), 15_001);
    // Only the empty columns are in doubt here, so nothing fails on the way.
    let text = "a,b\n".to_string() + &"1,\n".repeat(15_000) + "2,3\n";
    let frame = read_csv(&folder.write("data.csv", text)).unwrap();
    assert_eq!(frame.dtypes(), [Int64, Int64]);
}

#[test]
fn quoted_line_breaks_and_stray_quotes_survive_in_large_files() {
    let mut text = "id,note\n".to_string();
    for row in 0..200_000 {
        let note = ["plain", "\"two\nlines, and a comma\"", "5\" pipe", "\"a \"\"quote\"\"\""][row % 4];
        text.push_str(&format!("{row},{note}\n"));
    }
    let folder = Folder::new("large");
    let frame = read_csv(&folder.write("data.csv", text)).unwrap();
    let ids: Vec<Option<i64>> = frame.column("id").unwrap().i64().unwrap().iter().collect();
    assert_eq!(ids, (0..200_000).map(Some).collect::<Vec<_>>());
    let notes = frame.column("note").unwrap().str().unwrap();
    let expected = ["plain", "two\nlines, and a comma", "5\" pipe", "a \"quote\""];
    assert!(notes.iter().enumerate().all(|(row, note)| note == Some(expected[row % 4])));
}

#[test]
fn quotes_keep_separators_line_breaks_and_quotes() {
    check_frame(
        "name,size\n\"Street, City\",1\n\"two\nlines\",2\n\"the \"\"best\"\"\",3\n",
        df!("name" => ["Street, City", "two\nlines", "the \"best\""], "size" => [1i64, 2, 3]).unwrap(),
    );
}

#[test]
fn a_quote_inside_a_field_is_a_character() {
    check_frame("pipe,n\n5\" wide,1\n6 wide,2\n", df!("pipe" => ["5\" wide", "6 wide"], "n" => [1i64, 2]).unwrap());
}

#[test]
fn line_ends_byte_order_mark_and_blank_lines_do_not_matter() {
    let expected = df!("a" => [1i64, 2], "b" => ["x", "y"]).unwrap();
    check_frame("a,b\r\n1,x\r\n2,y\r\n", expected.clone());
    check_frame("\u{feff}a,b\n1,x\n2,y", expected.clone());
    check_frame("\n\na,b\n1,x\n\n\n2,y\n\n", expected);
}

#[test]
fn one_column_keeps_its_blank_lines_as_missing() {
    check_frame("a\n1\n\n3\n", df!("a" => [Some(1i64), None, Some(3)]).unwrap());
}

#[test]
fn a_header_alone_is_a_frame_without_rows() {
    let folder = Folder::new("header");
    let frame = read_csv(&folder.write("data.csv", "a,b\n")).unwrap();
    assert_eq!(frame.shape(), (0, 2));
}

#[test]
fn a_column_without_values_is_float() {
    check_frame("a,b\n1,NA\n2,\n", df!("a" => [1i64, 2], "b" => [None::<f64>, None]).unwrap());
}

#[test]
fn a_missing_file_is_told_with_the_current_directory() {
    let directory = std::env::current_dir().unwrap();
    for read in [read_csv, read_parquet] {
        let message = read("no/such.csv").unwrap_err().to_string();
        assert_eq!(
            message,
            format!("there is no file `no/such.csv`; the current directory is `{}`", directory.display())
        );
    }
}

#[test]
fn a_folder_is_no_file() {
    let folder = Folder::new("folder");
    for read in [read_csv, read_parquet] {
        let message = read(&folder.path("")).unwrap_err().to_string();
        assert!(message.starts_with(&format!("cannot read `{}`: ", folder.path(""))), "{message}");
    }
}

#[test]
fn ragged_rows_are_told_by_line() {
    check_error(b"a,b,c\n1,2,3\n4,5\n", "`data.csv`: line 3 has 2 fields, but the first line has 3");
    check_error(b"a,b\n1,2\n3,4,5\n", "`data.csv`: line 3 has 3 fields, but the first line has 2");
    check_error(b"a,b\n\"1\n1\n1\",2\n\n3\n", "`data.csv`: line 6 has 1 fields, but the first line has 2");
}

#[test]
fn files_that_are_no_csv_are_told() {
    check_error(b"", "`data.csv` is empty; a CSV file needs a line of column names or at least one row");
    check_error(b"\n\n", "`data.csv` is empty");
    check_error(
        b"a,b\n1,\"2\n3,4\n",
        "`data.csv`: the row that starts on line 2 opens a quote (\") and never closes it",
    );
}

#[test]
fn options_read_other_kinds_of_csv() {
    let folder = Folder::new("options");
    let path = folder.write("data.csv", "1;-;x\n2;5,5;NA\n");
    let options = CsvOptions::new().separator(b';').null_values(&["-"]).has_header(false);
    let frame = options.read(&path).unwrap();
    let expected = df!("column_1" => [1i64, 2], "column_2" => [None, Some(5.5)], "column_3" => ["x", "NA"]).unwrap();
    assert!(frame.equals_missing(&expected), "{frame}");
}

#[test]
fn a_separator_is_one_ascii_character() {
    let folder = Folder::new("separator");
    let path = folder.write("data.csv", "a,b\n1,2\n");
    for (separator, shown) in [(b'"', "'\"'"), (b'\n', "'\\n'"), (0xe9, "'é'")] {
        let message = CsvOptions::new().separator(separator).read(&path).unwrap_err().to_string();
        let allowed = "an ASCII character other than a quote or a line break";
        assert_eq!(message, format!("the CSV separator is {shown}, but it must be {allowed}"));
    }
}

#[test]
fn frames_come_back_from_csv_and_parquet() {
    let folder = Folder::new("written");
    let frame = penguins().unwrap();
    let (csv, parquet) = (folder.path("penguins.csv"), folder.path("penguins.parquet"));
    write_csv(&frame, &csv).unwrap();
    write_parquet(&frame, &parquet).unwrap();
    assert!(read_csv(&csv).unwrap().equals_missing(&frame));
    assert!(read_parquet(&parquet).unwrap().equals_missing(&frame));
    // Nothing is left beside them, also when they are written again.
    write_csv(&frame, &csv).unwrap();
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 2);
}

#[test]
fn parquet_keeps_what_csv_cannot() {
    let folder = Folder::new("dtypes");
    let path = folder.path("data.parquet");
    let frame =
        df!("small" => [Some(1i32), None], "flag" => [Some(true), None], "text" => ["NA", ""], "nan" => [f64::NAN, 1.0]).unwrap();
    write_parquet(&frame, &path).unwrap();
    let read = read_parquet(&path).unwrap();
    assert_eq!(read.dtypes(), frame.dtypes());
    assert!(read.equals_missing(&frame), "{read}");
}

#[test]
fn a_csv_file_is_no_parquet_file() {
    let folder = Folder::new("no-parquet");
    let path = folder.write("data.parquet", "a,b\n1,2\n");
    let message = read_parquet(&path).unwrap_err().to_string();
    assert!(message.starts_with(&format!("cannot read `{path}` as Parquet: ")), "{message}");
    let empty = folder.write("empty.parquet", "");
    assert!(read_parquet(&empty).is_err());
}

#[test]
fn a_folder_that_is_not_there_cannot_be_written_to() {
    let folder = Folder::new("nowhere");
    let path = folder.path("no/such/data.csv");
    for write in [write_csv, write_parquet] {
        let message = write(&penguins().unwrap(), &path).unwrap_err().to_string();
        assert!(message.starts_with(&format!("cannot write `{path}`: ")), "{message}");
    }
}

/// Whatever the bytes, the reader answers; and what has one shape keeps it.
#[test]
fn no_bytes_make_the_reader_panic() {
    let folder = Folder::new("bytes");
    let alphabet = b"ab1,\"\n\r;.-\xff";
    let mut state = 7u64;
    for case in 0..300 {
        let bytes: Vec<u8> = (0..case % 40)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                alphabet[(state >> 33) as usize % alphabet.len()]
            })
            .collect();
        let _ = read_csv(&folder.write("data.csv", &bytes));
    }
}

/// So many rows that the file is read in several pieces, and that what comes late was not among the first ones.
const MANY_ROWS: usize = 60_000;

#[test]
fn what_comes_late_counts_as_if_it_came_first() {
    let (mut text, late) = ("whole,float,flag,word,late,never,quoted\r\n".to_string(), MANY_ROWS - 10);
    let quoted = |row: usize| if row % 3 == 0 { format!("a \"b\",\r\nc {row}") } else { format!("d {row}") };
    for row in 0..MANY_ROWS {
        let is_late = row >= late;
        let whole = if is_late { format!("{row}.5") } else { row.to_string() };
        let float = if row % 7 == 0 { "NA".to_string() } else { format!("-{row}.25e-3") };
        let flag = if is_late { "maybe" } else { ["true", "False", ""][row % 3] };
        let word = if is_late { "x" } else { "17" };
        let late = if is_late { "2" } else { "" };
        let quoted = quoted(row).replace('"', "\"\"");
        text.push_str(&format!("{whole},{float},{flag},{word},{late},,\"{quoted}\"\r\n"));
    }
    let rows = || 0..MANY_ROWS;
    let expected = df!(
        "whole" => rows().map(|row| row as f64 + if row >= late { 0.5 } else { 0.0 }).collect::<Vec<_>>(),
        "float" => rows().map(|row| (row % 7 != 0).then(|| format!("-{row}.25e-3").parse::<f64>().unwrap())).collect::<Vec<_>>(),
        "flag" => rows()
            .map(|row| if row >= late { Some("maybe") } else { [Some("true"), Some("False"), None][row % 3] })
            .collect::<Vec<_>>(),
        "word" => rows().map(|row| if row >= late { "x" } else { "17" }).collect::<Vec<_>>(),
        "late" => rows().map(|row| (row >= late).then_some(2_i64)).collect::<Vec<_>>(),
        "never" => vec![None::<f64>; MANY_ROWS],
        "quoted" => rows().map(quoted).collect::<Vec<_>>(),
    );
    check_frame(&text, expected.unwrap());
}

#[test]
fn late_rows_that_are_wrong_are_told_by_their_line() {
    let start = "a,b\n".to_string() + &"1.5,\"x\ny\"\n".repeat(MANY_ROWS);
    let line = 2 * MANY_ROWS + 2;
    let check = |end: &str, expected: &str| check_error((start.clone() + end).as_bytes(), expected);
    check("1.5,x,y\n", &format!("`data.csv`: line {line} has 3 fields, but the first line has 2"));
    check("1.5,\"x\n", &format!("`data.csv`: the row that starts on line {line} opens a quote"));
    // A blank line and a stray quote are read as everywhere.
    let folder = Folder::new("late-stray");
    let frame = read_csv(&folder.write("data.csv", start.clone() + "\n2.5,5\" wide\n\n")).unwrap();
    assert_eq!(frame.height(), MANY_ROWS + 1);
    assert_eq!(frame.column("b").unwrap().str().unwrap().get(MANY_ROWS), Some("5\" wide"));
}

#[test]
fn every_way_to_write_a_number_gives_the_nearest_float() {
    let mut state = 1_u64;
    let mut texts = vec!["0".to_string(), "-0.0".to_string(), ".5".to_string(), "5.".to_string(), "1e300".to_string()];
    texts.extend(
        ["9007199254740993.0", "0.1000000000000000055511151231257827", "1e-320", "123456789012345678.9"]
            .map(String::from),
    );
    for row in 0..30_000 {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let value = f64::from_bits(state >> 2) * if row % 2 == 0 { 1.0 } else { -1.0 };
        let near = (state >> 40) as f64 / 1024.0 - 4000.0;
        texts.push(match row % 4 {
            0 => format!("{near}"),
            1 => format!("{near:.7}"),
            2 => format!("{value:e}"),
            _ => format!("{:.3e}", near),
        });
    }
    let expected: Vec<f64> = texts.iter().map(|text| text.parse().unwrap()).collect();
    let folder = Folder::new("every-number");
    let frame = read_csv(&folder.write("data.csv", format!("x,y\n{},1\n", texts.join(",1\n")))).unwrap();
    let found = frame.column("x").unwrap().f64().unwrap();
    for ((found, expected), text) in found.iter().zip(&expected).zip(&texts) {
        assert_eq!(found.map(f64::to_bits), Some(expected.to_bits()), "{text}");
    }
}

#[test]
fn every_way_to_write_a_whole_number_gives_it() {
    let mut texts: Vec<String> =
        ["0", "-0", "007", "9223372036854775807", "-9223372036854775808", "100000000000000000"]
            .map(String::from)
            .into();
    for n_digits in 1..=18 {
        texts.extend(["", "-"].map(|sign| format!("{sign}{}", &"918273645546372819"[..n_digits])));
    }
    let expected: Vec<i64> = texts.iter().map(|text| text.parse().unwrap()).collect();
    let folder = Folder::new("every-whole-number");
    // Before a separator, at the end of a line, and at the end of the file.
    for text in [format!("x,y\n{},1\n", texts.join(",1\n")), format!("y,x\n1,{}", texts.join("\n1,"))] {
        let frame = read_csv(&folder.write("data.csv", text)).unwrap();
        let found: Vec<Option<i64>> = frame.column("x").unwrap().i64().unwrap().iter().collect();
        assert_eq!(found, expected.iter().copied().map(Some).collect::<Vec<_>>());
    }
}

#[test]
fn a_number_that_stands_for_missing_is_missing() {
    let folder = Folder::new("number-as-missing");
    let path = folder.write("data.csv", "x,y,z\n1,2.5,3\n-999,4.5,-999\n5,-999,6\n");
    let frame = CsvOptions::new().null_values(&["-999"]).read(&path).unwrap();
    assert!(frame.equals_missing(&df!("x" => [Some(1i64), None, Some(5)], "y" => [Some(2.5), Some(4.5), None], "z" => [Some(3i64), None, Some(6)]).unwrap()));
}
