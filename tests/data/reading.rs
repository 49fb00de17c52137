//! What kind of file it is, told from the file; and files that are not what they seem.

use polars::prelude::{DataFrame, DataType, df};
use workbench::data::{
    CsvOptions, Encoding, penguins, read_arrow, read_csv, read_json_lines, read_parquet, sniff_csv, write_arrow,
    write_csv, write_json_lines, write_parquet,
};

use super::csv::Folder;

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, kind: (char, bool, Encoding, char), expected: DataFrame) {
    let folder = Folder::new(&format!("reading-{}", std::panic::Location::caller().line()));
    let path = folder.write("data.csv", bytes);
    let dialect = sniff_csv(&path).unwrap();
    let found = (dialect.separator(), dialect.has_header(), dialect.encoding(), dialect.decimal());
    assert_eq!(found, kind, "\n{dialect}");
    let frame = read_csv(&path).unwrap();
    assert!(
        frame.equals_missing(&expected) && frame.dtypes() == expected.dtypes(),
        "read {frame}, expected {expected}"
    );
}

#[track_caller]
fn check_error(result: workbench::Result<DataFrame>, folder: &Folder, expected: &str) {
    let message = result.unwrap_err().to_string().replace(&folder.path(""), "");
    assert!(message.starts_with(expected), "{message}");
}

/// `bytes` as a gzip file, stored as they are in one block.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let checksum = !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    });
    let length = u16::try_from(bytes.len()).unwrap();
    let mut packed = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01".to_vec();
    packed.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
    packed.extend(bytes);
    packed.extend([checksum.to_le_bytes(), u32::from(length).to_le_bytes()].concat());
    packed
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn separators_are_told_from_the_rows() {
    let utf8 = Encoding::Utf8;
    let expected = df!("name" => ["a, b", "c"], "n" => [1i64, 2]).unwrap();
    check("name;n\na, b;1\nc;2\n", (';', true, utf8, '.'), expected.clone());
    check("name\tn\na, b\t1\nc\t2\n", ('\t', true, utf8, '.'), expected.clone());
    check("name|n\na, b|1\nc|2\n", ('|', true, utf8, '.'), expected.clone());
    check("name,n\n\"a, b\",1\nc,2\n", (',', true, utf8, '.'), expected);
    check("n\n1\n2\n", (',', true, utf8, '.'), df!("n" => [1i64, 2]).unwrap());
    // A semicolon in most rows, but not in all, is part of a text.
    let mixed = df!("a" => ["x;y", "z", "z;z"], "b" => [1i64, 2, 3]).unwrap();
    check("a,b\nx;y,1\nz,2\nz;z,3\n", (',', true, utf8, '.'), mixed);
}

#[test]
fn decimal_commas_are_told_from_the_numbers() {
    let expected = df!("x" => [Some(1.5), None, Some(-2.25)], "n" => [1i64, 2, 3]).unwrap();
    check("x;n\n1,5;1\nNA;2\n-2,25;3\n", (';', true, Encoding::Utf8, ','), expected);
    let text = df!("x" => [1.5, 2.5], "note" => ["1,5", "about 2,0"]).unwrap();
    check("x;note\n1.5;1,5\n2.5;about 2,0\n", (';', true, Encoding::Utf8, '.'), text);
}

#[test]
fn a_header_is_told_from_what_stands_below() {
    let utf8 = Encoding::Utf8;
    check("1,x\n2,y\n", (',', false, utf8, '.'), df!("column_1" => [1i64, 2], "column_2" => ["x", "y"]).unwrap());
    check("a,b\nx,y\n", (',', true, utf8, '.'), df!("a" => ["x"], "b" => ["y"]).unwrap());
    let years = df!("land" => ["DE"], "2019" => [1i64], "2020" => [2i64]).unwrap();
    check("land,2019,2020\nDE,1,2\n", (',', true, utf8, '.'), years);
    check("1;2\n", (';', false, utf8, '.'), df!("column_1" => [1i64], "column_2" => [2i64]).unwrap());
}

#[test]
fn encodings_are_told_from_the_bytes() {
    let text = "größe,name\n1,Zoë – €\n2,日本\n";
    let expected = df!("größe" => [1i64, 2], "name" => ["Zoë – €", "日本"]).unwrap();
    check(text, (',', true, Encoding::Utf8, '.'), expected.clone());
    check(format!("\u{feff}{text}"), (',', true, Encoding::Utf8, '.'), expected.clone());
    for with_mark in [true, false] {
        let marked = format!("{}größe,name\n1,Zoë\n2,x\n", if with_mark { "\u{feff}" } else { "" });
        let expected = df!("größe" => [1i64, 2], "name" => ["Zoë", "x"]).unwrap();
        check(utf16(&marked, u16::to_le_bytes), (',', true, Encoding::Utf16Le, '.'), expected.clone());
        check(utf16(&marked, u16::to_be_bytes), (',', true, Encoding::Utf16Be, '.'), expected);
    }
    let windows = b"gr\xf6\xdfe,name\n1,Zo\xeb \x96 \x80\n2,x\n";
    let expected = df!("größe" => [1i64, 2], "name" => ["Zoë – €", "x"]).unwrap();
    check(windows, (',', true, Encoding::Windows1252, '.'), expected);
}

#[test]
fn what_was_told_is_shown_with_its_reason_and_can_be_overridden() {
    let folder = Folder::new("shown");
    let path = folder.write("data.csv", packed("größe;n\n1,5;1\n".as_bytes()));
    let dialect = sniff_csv(&path).unwrap();
    assert_eq!(
        dialect.to_string(),
        "separator ; (a semicolon parts each of the first 2 rows into 2 fields)\n\
         header yes (the first line has the word \"größe\" above numbers)\n\
         encoding UTF-8 (all bytes are valid UTF-8)\n\
         decimal , (1 numbers in the first rows have a comma, such as 1,5, and none a point)\n\
         gzip yes (the file starts with 1f 8b)"
    );
    let options = CsvOptions::new().separator(b';').decimal_comma(false).has_header(false).encoding(Encoding::Latin1);
    let frame = options.read(&path).unwrap();
    assert_eq!(frame.dtypes(), [DataType::String, DataType::String]);
    assert_eq!(frame.column("column_1").unwrap().str().unwrap().get(0), Some("grÃ¶Ã\u{9f}e"));
    assert!(options.sniff(&path).unwrap().to_string().starts_with("separator ; (it was given)"));
}

#[test]
fn packed_files_are_read_and_written() {
    let folder = Folder::new("packed");
    let frame = penguins().unwrap();
    let (csv, json) = (folder.path("penguins.csv.gz"), folder.path("penguins.jsonl.gz"));
    write_csv(&frame, &csv).unwrap();
    write_json_lines(&frame, &json).unwrap();
    for path in [&csv, &json] {
        assert!(std::fs::read(path).unwrap().starts_with(b"\x1f\x8b"));
    }
    assert!(read_csv(&csv).unwrap().equals_missing(&frame));
    assert!(read_json_lines(&json).unwrap().equals_missing(&frame));
    // Several packed files one after the other are one file.
    let twice = folder.write("twice.csv.gz", [packed(b"a\n1\n"), packed(b"2\n")].concat());
    assert_eq!(read_csv(&twice).unwrap().height(), 2);
    // What is in a file, its bytes say, not its name.
    let plain = folder.write("plain.csv.gz", "a\n1\n");
    assert_eq!(read_csv(&plain).unwrap().height(), 1);
}

#[test]
fn frames_come_back_from_arrow_and_json_lines() {
    let folder = Folder::new("kept");
    let frame =
        df!("n" => [Some(1i64), None], "x" => [0.5, 2.0], "flag" => [Some(true), None], "größe" => ["NA", "日本"])
            .unwrap();
    let (arrow, json) = (folder.path("data.arrow"), folder.path("data.jsonl"));
    write_arrow(&frame, &arrow).unwrap();
    write_json_lines(&frame, &json).unwrap();
    for read in [read_arrow(&arrow).unwrap(), read_json_lines(&json).unwrap()] {
        assert!(read.equals_missing(&frame) && read.dtypes() == frame.dtypes(), "{read}");
    }
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 2);
}

#[test]
fn json_lines_may_lack_names_and_mix_numbers() {
    let folder = Folder::new("lines");
    let path = folder.write("data.jsonl", "{\"a\": 1}\n\n{\"a\": 2.5, \"b\": \"x\"}\r\n{\"b\": null}");
    let expected = df!("a" => [Some(1.0), Some(2.5), None], "b" => [None, Some("x"), None]).unwrap();
    let frame = read_json_lines(&path).unwrap();
    assert!(frame.equals_missing(&expected), "{frame}");
}

#[test]
fn bad_lines_of_json_are_told() {
    let folder = Folder::new("bad-lines");
    let check = |bytes: &[u8], expected: &str| {
        check_error(read_json_lines(&folder.write("data.jsonl", bytes)), &folder, expected);
    };
    check(b"{\"a\": 1}\n{\"a\": \n", "`data.jsonl`: line 2: it is no JSON: EOF while parsing a value");
    check(b"{\"a\": 1}\n\n[1, 2]\n", "`data.jsonl`: line 3: it is JSON, but no object such as {\"a\": 1}");
    check(b"a,b\n1,2\n", "`data.jsonl`: line 1: it is no JSON");
    check(b"", "`data.jsonl` is empty");
    check(b"{\"a\": \"\xff\"}\n", "`data.jsonl`: line 1 has the byte ff, which is no character in UTF-8");
}

#[test]
fn damaged_files_are_told() {
    let folder = Folder::new("damaged");
    let whole = packed(&b"a,b\n1,2\n".repeat(1000));
    let cut = folder.write("cut.csv.gz", &whole[..whole.len() / 2]);
    check_error(read_csv(&cut), &folder, "cannot unpack `cut.csv.gz`: ");
    let wrong = folder.write("wrong.csv.gz", b"\x1f\x8bthis is no gzip file");
    check_error(read_csv(&wrong), &folder, "cannot unpack `wrong.csv.gz`: ");
    for (name, write, read) in [
        ("data.parquet", write_parquet as fn(&DataFrame, &str) -> workbench::Result<()>, read_parquet as fn(&str) -> _),
        ("data.arrow", write_arrow, read_arrow),
    ] {
        let path = folder.path(name);
        write(&penguins().unwrap(), &path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for length in [0, 3, 12, bytes.len() / 2, bytes.len() - 1] {
            let cut = folder.write(name, &bytes[..length]);
            check_error(read(&cut), &folder, &format!("cannot read `{name}` as "));
        }
        assert!(write(&penguins().unwrap(), &folder.path("no/such/file")).is_err());
        check_error(read(&folder.path("")), &folder, "cannot read ``: ");
    }
    check_error(read_json_lines(&folder.path("")), &folder, "cannot read ``: ");
    check_error(read_arrow("no/such.arrow"), &folder, "there is no file `no/such.arrow`");
}

#[test]
fn misdeclared_encodings_are_told_by_line() {
    let folder = Folder::new("declared");
    let latin = folder.write("latin.csv", b"a,b\n1,x\n2,\xe4\n");
    let given = |encoding| CsvOptions::new().encoding(encoding);
    check_error(
        given(Encoding::Utf8).read(&latin),
        &folder,
        "`latin.csv`: line 3 has the byte e4, which is no character in UTF-8",
    );
    // Any bytes are Windows-1252, so this is only wrong to the eye.
    let utf8 = folder.write("utf8.csv", "a,b\n1,ä\n");
    let frame = given(Encoding::Windows1252).read(&utf8).unwrap();
    assert_eq!(frame.column("b").unwrap().str().unwrap().get(0), Some("Ã¤"));
    let odd = folder.write("odd.csv", b"a\n1\n2");
    check_error(given(Encoding::Utf16Le).read(&odd), &folder, "`odd.csv`: line ");
}

#[test]
fn given_dtypes_are_kept_and_what_does_not_fit_is_told_by_its_place() {
    let folder = Folder::new("given");
    let path = folder.write("data.csv", "code,x\n007,1\n008,\"2\n\"\n009,three\n");
    let options = |dtype| CsvOptions::new().dtypes(&[("code", DataType::String), ("x", dtype)]);
    let frame = options(DataType::String).read(&path).unwrap();
    assert_eq!(frame.column("code").unwrap().str().unwrap().get(0), Some("007"));
    let error = options(DataType::Int64).read(&path);
    check_error(error, &folder, "`data.csv`: line 5, column `x` holds \"three\", which is no i64; give the column");
    let error = CsvOptions::new().dtypes(&[("y", DataType::String)]).read(&path);
    check_error(error, &folder, "there is no column `y`; the columns are `code`, `x`");
}

#[test]
fn odd_contents_have_a_documented_result() {
    let folder = Folder::new("odd");
    let frame = read_csv(&folder.write("twice.csv", "a,a,a\n1,2,3\n")).unwrap();
    assert_eq!(frame.get_column_names(), ["a", "a_duplicated_0", "a_duplicated_1"]);
    let frame = read_csv(&folder.write("mixed.csv", "a\n1\nx\n2.5\n")).unwrap();
    assert_eq!(frame.dtypes(), [DataType::String]);
    let frame = read_csv(&folder.write("nul.csv", b"a,b\n1,x\0y\n2,\0\n")).unwrap();
    assert_eq!(frame.column("b").unwrap().str().unwrap().get(0), Some("x\0y"));
    let long = format!("a,b\n1,{}\n2,y\n", "x".repeat(10 << 20));
    let frame = read_csv(&folder.write("long.csv", long)).unwrap();
    assert_eq!(frame.column("b").unwrap().str().unwrap().get(0).map(str::len), Some(10 << 20));
    let frame = read_csv(&folder.write("header.csv", "größe;名前\n")).unwrap();
    assert_eq!((frame.shape(), frame.get_column_names()[1].as_str()), ((0, 2), "名前"));
}
