//! Files in frames: the same rows as the whole file, whatever the size of a block.

use polars::prelude::{
    Categories, DataFrame, DataType, IntoLazy, IntoSeries, IpcCompression, IpcWriter, ListChunked, NamedFrom,
    SerWriter, Series, TimeUnit, col, df, lit,
};
use workbench::data::{
    CsvOptions, DistinctSketch, FrameFile, Moments, QuantileSketch, open_frames, penguins, read_arrow, read_csv,
    read_parquet, write_arrow, write_csv, write_frames, write_json_lines, write_parquet,
};
use workbench::preprocess::{
    Imputer, MinMaxScaler, OutlierFilter, Outliers, ParamValue, StandardScaler, Strategy, Transformer,
};
use workbench::train::interrupt;

use super::csv::Folder;

/// 3,000 rows of numbers, text with line breaks and quotes, and missing values.
fn table() -> DataFrame {
    let n = 3000usize;
    let value = |row: usize| ((row * 7919) % 1009) as f64 / 8.0;
    let notes = ["plain", "two\nlines, and a comma", "5\" pipe", "größe"];
    df!(
        "id" => (0..n as i64).collect::<Vec<_>>(),
        "x" => (0..n).map(|row| (row % 11 != 3).then(|| value(row))).collect::<Vec<_>>(),
        "note" => (0..n).map(|row| (row % 17 != 5).then(|| notes[row % 4])).collect::<Vec<_>>(),
    )
    .unwrap()
}

fn together(file: &FrameFile) -> (DataFrame, usize) {
    let frames: Vec<DataFrame> = file.frames().unwrap().map(Result::unwrap).collect();
    let n_frames = frames.len();
    let mut frames = frames.into_iter();
    let first = frames.next().unwrap();
    (frames.fold(first, |all, frame| all.vstack(&frame).unwrap()), n_frames)
}

#[test]
fn every_kind_of_file_gives_the_rows_of_the_whole_file() {
    let folder = Folder::new("frames");
    let frame = table();
    let path = |name| folder.path(name);
    write_csv(&frame, &path("data.csv")).unwrap();
    write_csv(&frame, &path("data.csv.gz")).unwrap();
    write_json_lines(&frame, &path("data.jsonl")).unwrap();
    write_parquet(&frame, &path("data.parquet")).unwrap();
    write_arrow(&frame, &path("data.arrow")).unwrap();
    let utf16: Vec<u8> =
        std::fs::read_to_string(path("data.csv")).unwrap().encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("utf16.csv", utf16);
    for name in ["data.csv", "data.csv.gz", "utf16.csv", "data.jsonl", "data.parquet", "data.arrow"] {
        for block_bytes in [1024, 5000, 1 << 24] {
            let file = open_frames(&path(name)).unwrap().block_bytes(block_bytes).unwrap();
            let (read, n_frames) = together(&file);
            assert!(read.equals_missing(&frame) && read.dtypes() == frame.dtypes(), "{name} by {block_bytes}: {read}");
            let is_text = !["data.parquet", "data.arrow"].contains(&name);
            assert_eq!(n_frames > 10, is_text && block_bytes < 10_000, "{name} by {block_bytes}: {n_frames} frames");
        }
    }
    assert_eq!(open_frames(&path("data.jsonl")).unwrap().schema().unwrap().height(), 3);
}

#[test]
fn later_rows_that_do_not_fit_are_told_by_their_place() {
    let folder = Folder::new("late-frames");
    let check = |text: String, options: CsvOptions, expected: &str| {
        let path = folder.write("data.csv", text);
        let file = FrameFile::open(&path, &options).unwrap().block_bytes(1024).unwrap();
        let results: Vec<_> = file.frames().unwrap().collect();
        let message = results.last().unwrap().as_ref().unwrap_err().to_string().replace(&folder.path(""), "");
        assert!(message.starts_with(expected), "{message}");
        assert!(results.iter().rev().skip(1).all(Result::is_ok));
    };
    let start = "n,note\n".to_string() + &"12,\"a\nb\"\n".repeat(2000);
    let new = CsvOptions::new;
    check(
        start.clone() + "1.5,x\n",
        new(),
        "`data.csv`: line 4002, column `n` holds \"1.5\", which is no i64; give the column",
    );
    check(start.clone() + "1,x,2\n", new(), "`data.csv`: line 4002 has 3 fields, but the first line has 2");
    check(start.clone() + "1,\"x\n", new(), "`data.csv`: the row that starts on line 4002 opens a quote");
    let mixed = "{\"n\": 1}\n".repeat(2000) + "{\"n\": \"x\"}\n";
    check(mixed, new(), "`data.csv`: column `n` is str in rows 1");
    let new_name = "{\"n\": 1}\n".repeat(2000) + "{\"m\": 1}\n";
    check(new_name, new(), "`data.csv`: column `m` is i64 in rows 1");
    // With the dtype given, the same file is read to its end.
    let path = folder.write("given.csv", start + "1.5,x\n");
    let options = CsvOptions::new().dtypes(&[("n", polars::prelude::DataType::Float64)]);
    let file = FrameFile::open(&path, &options).unwrap().block_bytes(1024).unwrap();
    assert_eq!(together(&file).0.height(), 2001);
}

#[test]
fn rows_longer_than_a_block_and_files_without_rows_are_read() {
    let folder = Folder::new("long-frames");
    let text = format!("a,b\n1,{}\n2,y\n", "x".repeat(10 << 20));
    let file = open_frames(&folder.write("long.csv", text)).unwrap().block_bytes(1024).unwrap();
    assert_eq!(together(&file).0.height(), 2);
    let file = open_frames(&folder.write("header.csv", "a,b\n")).unwrap();
    assert_eq!(together(&file).0.shape(), (0, 2));
    let empty = folder.path("empty.parquet");
    write_parquet(&table().head(Some(0)), &empty).unwrap();
    assert_eq!(together(&open_frames(&empty).unwrap()).0.shape(), (0, 3));
    for bytes in [&b""[..], b"\n\n"] {
        assert!(open_frames(&folder.write("empty.csv", bytes)).unwrap_err().to_string().contains("is empty"));
    }
    assert!(open_frames(&folder.path("")).is_err() && open_frames("no/such.csv").is_err());
    assert!(open_frames(&folder.path("header.csv")).unwrap().block_bytes(10).is_err());
}

#[test]
fn frames_are_written_one_after_the_other() {
    let folder = Folder::new("written-frames");
    let source = folder.path("data.csv");
    write_csv(&table(), &source).unwrap();
    let file = open_frames(&source).unwrap().block_bytes(4096).unwrap();
    for name in ["out.parquet", "out.arrow", "out.csv", "out.csv.gz", "out.jsonl"] {
        let path = folder.path(name);
        assert_eq!(write_frames(&mut file.frames().unwrap(), &path).unwrap(), 3000);
        assert!(together(&open_frames(&path).unwrap()).0.equals_missing(&table()), "{name}");
    }
    let mut names: Vec<String> =
        std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["data.csv", "out.arrow", "out.csv", "out.csv.gz", "out.jsonl", "out.parquet"]);
    let check = |frames: Vec<workbench::Result<DataFrame>>, name: &str, expected: &str| {
        let error = write_frames(&mut frames.into_iter(), &folder.path(name)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 6);
    };
    check(vec![Ok(table())], "out.xlsx", "it must be one that ends in .parquet, .arrow, .csv");
    check(vec![], "none.csv", "writing frames needs at least one row");
    let other = df!("id" => [1i64], "x" => ["a"], "note" => ["b"]).unwrap();
    check(
        vec![Ok(table()), Ok(other)],
        "other.csv",
        "column `x` is str in rows 3000 to 3000 (0-based), but f64 in the rows before",
    );
}

#[test]
fn steps_learn_the_same_from_frames_as_from_all_rows() {
    let folder = Folder::new("fit-frames");
    let source = folder.path("data.csv");
    write_csv(&table(), &source).unwrap();
    let whole = read_csv(&source).unwrap();
    let file = open_frames(&source).unwrap().block_bytes(4096).unwrap();
    let steps: [Box<dyn Transformer>; 5] = [
        Box::new(StandardScaler::new().columns(&["x"])),
        Box::new(MinMaxScaler::new()),
        Box::new(Imputer::new(Strategy::Mean)),
        Box::new(Imputer::new(Strategy::Median)),
        Box::new(Imputer::new(Strategy::Constant(ParamValue::Text("none".to_string())))),
    ];
    for step in steps {
        let all = step.fit(&whole).unwrap().transform(&whole).unwrap();
        let fitted = step.fit_stream(&mut file.frames().unwrap()).unwrap();
        let out = folder.path("out.parquet");
        write_frames(&mut file.frames().unwrap().map(|frame| fitted.transform(&frame?)), &out).unwrap();
        let streamed = read_parquet(&out).unwrap();
        assert_eq!(streamed.dtypes(), all.dtypes());
        assert!(streamed.column("note").unwrap().equals_missing(all.column("note").unwrap()));
        for name in ["id", "x"] {
            let numbers =
                |frame: &DataFrame| frame.column(name).unwrap().cast(&polars::prelude::DataType::Float64).unwrap();
            let (a, b) = (numbers(&all), numbers(&streamed));
            for (a, b) in a.f64().unwrap().iter().zip(b.f64().unwrap().iter()) {
                // Up to 4,096 values the sketch is exact; sums differ by rounding.
                assert!(
                    a == b || (a.unwrap() - b.unwrap()).abs() <= 1e-12 * a.unwrap().abs().max(1.0),
                    "{step:?}: {a:?} {b:?}"
                );
            }
        }
    }
}

#[test]
fn the_most_frequent_values_of_frames_are_those_of_all_rows() {
    let rows = 0..5000_usize;
    let frame = df!(
        "float" => rows.clone().map(|row| (row % 3 != 0).then(|| (row * row % 17) as f64 - 8.0)).collect::<Vec<_>>(),
        "whole" => rows.clone().map(|row| (row % 5 != 0).then(|| (row * 31 % 13) as i32)).collect::<Vec<_>>(),
        "text" => rows.clone().map(|row| (row % 7 != 0).then(|| ["b", "a", "c", "a", "b"][row % 5])).collect::<Vec<_>>(),
        "flag" => rows.clone().map(|row| (row % 11 != 0).then_some(row % 4 == 0)).collect::<Vec<_>>(),
    )
    .unwrap();
    let step = Imputer::new(Strategy::MostFrequent);
    for size in [1000, 4999, 5000] {
        let mut frames = (0..5000).step_by(size).map(|start| Ok(frame.slice(start as i64, size)));
        let streamed = step.fit_stream(&mut frames).unwrap();
        let whole = Transformer::fit(&step, &frame).unwrap();
        assert_eq!(streamed.to_json().unwrap(), whole.to_json().unwrap());
    }
}

#[test]
fn what_cannot_be_learnt_from_frames_is_told() {
    let check = |step: &dyn Transformer, frames: Vec<DataFrame>, expected: &str| {
        let error = step.fit_stream(&mut frames.into_iter().map(Ok)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let frame = |values: [f64; 2]| df!("x" => values).unwrap();
    check(
        &OutlierFilter::new(Outliers::Iqr { factor: 1.5 }),
        vec![table()],
        "outlier_filter cannot be fitted on a stream of frames; fit it on a sample",
    );
    let many = |start: u32| df!("x" => (start..start + 40_000).collect::<Vec<_>>()).unwrap();
    check(
        &Imputer::new(Strategy::MostFrequent),
        vec![many(0), many(40_000)],
        "where a column has more than 65536 different values, as `x` does; fit it on a sample",
    );
    check(
        &Imputer::new(Strategy::MostFrequent),
        vec![frame([1.0, 2.0]), frame([f64::INFINITY, 1.0])],
        "holds inf in row 2",
    );
    check(&Imputer::new(Strategy::MostFrequent), vec![frame([f64::NAN; 2])], "all 2 values of column `x` are missing");
    check(
        &Imputer::new(Strategy::ForwardFill),
        vec![table()],
        "with the strategy \"forward_fill\"; fit it on a sample",
    );
    check(&StandardScaler::new(), vec![frame([1.0, 1.0]), frame([1.0, 1.0])], "column `x` is constant");
    check(&StandardScaler::new(), vec![frame([1.0, 2.0]), frame([f64::INFINITY, 1.0])], "holds inf in row 2");
    check(&StandardScaler::new(), vec![frame([f64::NAN; 2])], "all 2 values of column `x` are missing");
    check(&Imputer::new(Strategy::Mean), vec![frame([f64::NAN; 2])], "all 2 values of column `x` are missing");
    check(&StandardScaler::new(), vec![], "standard_scaler needs at least one row");
    check(
        &StandardScaler::new(),
        vec![frame([1.0, 2.0]), df!("y" => [1.0]).unwrap()],
        "fitted on a column `x` (f64), but this frame does not have it",
    );
    check(&StandardScaler::new().columns(&["y"]), vec![frame([1.0, 2.0])], "there is no column `y`");
    check(&MinMaxScaler::new().feature_range(1.0, 0.0), vec![frame([1.0, 2.0])], "feature_range");
}

/// Values in an order and with a spread that a careless sketch gets wrong.
fn skewed(n: usize) -> Vec<f64> {
    (0..n as u64)
        .map(|row| ((row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / (1u64 << 53) as f64).powi(8) * 1e6)
        .collect()
}

#[test]
fn sketched_quantiles_keep_within_the_stated_error() {
    let n = 500_000;
    for sorted in [false, true] {
        let mut values = skewed(n);
        let mut ranked = values.clone();
        ranked.sort_by(f64::total_cmp);
        if sorted {
            values = ranked.clone();
        }
        let (mut sketch, mut merged) = (QuantileSketch::new(), QuantileSketch::new());
        sketch.push(&values);
        for piece in values.chunks(10_007) {
            let mut part = QuantileSketch::new();
            part.push(piece);
            merged.merge(&part);
        }
        for sketch in [sketch, merged] {
            assert!(!sketch.is_exact() && sketch.count() == n);
            for fraction in [0.0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.999, 1.0] {
                let found = sketch.quantile(fraction).unwrap().unwrap();
                let rank = ranked.partition_point(|&value| value < found) as f64 / n as f64;
                assert!((rank - fraction).abs() <= QuantileSketch::RANK_ERROR, "{fraction}: {rank}");
            }
        }
    }
    assert_eq!(QuantileSketch::new().quantile(0.5).unwrap(), None);
    assert!(QuantileSketch::new().quantile(f64::NAN).is_err());
}

#[test]
fn distinct_values_are_counted_exactly_and_then_estimated() {
    for n in [0, 1, 100, 16_384, 20_000, 60_000, 300_000, 2_000_000] {
        let mut sketch = DistinctSketch::new();
        let values: Vec<f64> = (0..n).map(|row| row as f64 * 0.5).collect();
        sketch.push_numbers(&values);
        sketch.push_numbers(&values[..n / 3]);
        let error = (sketch.count() as f64 - n as f64).abs() / n.max(1) as f64;
        // Three standard errors.
        assert!(
            if n <= 16_384 { error == 0.0 && sketch.is_exact() } else { error < 0.0245 && !sketch.is_exact() },
            "{n}: {error}"
        );
        let (mut left, mut right) = (DistinctSketch::new(), DistinctSketch::new());
        left.push_numbers(&values[..n / 2]);
        right.push_numbers(&values[n / 2..]);
        left.merge(&right);
        assert_eq!(left.count(), sketch.count());
    }
    let mut zeros = DistinctSketch::new();
    zeros.push_numbers(&[0.0, -0.0, f64::NAN]);
    assert_eq!(zeros.count(), 1);
}

#[test]
fn moments_of_pieces_are_those_of_the_whole() {
    let values: Vec<f64> = skewed(100_000).iter().map(|value| 1e9 + value).collect();
    let mean = 1e9 + values.iter().map(|value| value - 1e9).sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
    for size in [1, 7, 1000, 100_000] {
        let mut moments = Moments::new();
        values.chunks(size).for_each(|piece| moments.push(piece));
        assert!((moments.mean().unwrap() / mean - 1.0).abs() < 1e-14);
        assert!((moments.variance(0).unwrap() / variance - 1.0).abs() < 1e-9, "{size}");
    }
}

#[test]
fn penguins_in_frames_are_the_penguins() {
    let folder = Folder::new("penguin-frames");
    let path = folder.path("penguins.csv");
    write_csv(&penguins().unwrap(), &path).unwrap();
    let file = open_frames(&path).unwrap().block_bytes(1024).unwrap();
    assert_eq!(file.dialect().unwrap().separator(), ',');
    assert!(together(&file).0.equals_missing(&penguins().unwrap()));
}

#[test]
fn an_interruption_ends_a_stream_at_its_next_frame() {
    let folder = Folder::new("interrupted");
    let path = folder.path("data.csv");
    write_csv(&table(), &path).unwrap();
    let file = open_frames(&path).unwrap().block_bytes(4096).unwrap();
    let mut frames = file.frames().unwrap();
    assert!(frames.next().unwrap().is_ok());
    interrupt::request();
    assert_eq!(frames.next().unwrap().unwrap_err().to_string(), "interrupted");
    assert!(frames.next().is_none());
    let fitted = StandardScaler::new().fit_stream(&mut file.frames().unwrap());
    assert_eq!(fitted.unwrap_err().to_string(), "interrupted");
    interrupt::clear();
    assert!(StandardScaler::new().fit_stream(&mut file.frames().unwrap()).is_ok());
}

/// `pieces` as one frame with a chunk for each, so that an Arrow file of it has as many record batches.
fn chunked(pieces: &[DataFrame]) -> DataFrame {
    let (first, others) = pieces.split_first().unwrap();
    others.iter().fold(first.clone(), |all, piece| all.vstack(piece).unwrap())
}

/// 3,000 rows of what Arrow has and CSV has not.
fn typed() -> DataFrame {
    let day = DataType::Datetime(TimeUnit::Milliseconds, None);
    let lazy = table().lazy().with_columns([
        col("note").cast(DataType::from_categories(Categories::global())).alias("kind"),
        col("id").cast(DataType::Date).alias("day"),
        (col("id") * lit(1000)).cast(day).alias("moment"),
        col("id").cast(DataType::UInt8).alias("small"),
        col("x").cast(DataType::Float32).alias("short"),
        col("x").gt(lit(50)).alias("flag"),
    ]);
    let mut frame = lazy.collect().unwrap();
    let lists: ListChunked = (0..3000_i64).map(|row| Series::new("".into(), vec![row; (row % 3) as usize])).collect();
    frame.with_column(lists.into_series().with_name("list".into()).into()).unwrap();
    frame
}

#[test]
fn an_arrow_file_or_stream_is_read_by_its_record_batches() {
    let folder = Folder::new("batches");
    let frame = typed().drop("kind").unwrap();
    let batches: Vec<DataFrame> = (0..30).map(|idx| frame.slice(100 * idx, 100)).collect();
    for compression in [None, Some(IpcCompression::LZ4), Some(IpcCompression::ZSTD(Default::default()))] {
        let mut bytes = Vec::new();
        IpcWriter::new(&mut bytes).with_compression(compression).finish(&mut chunked(&batches)).unwrap();
        // A file is its first 8 bytes, a stream, and a list of where its batches are.
        let stream = bytes[8..].to_vec();
        let unended = stream[..stream.windows(8).rposition(|end| end == b"\xff\xff\xff\xff\0\0\0\0").unwrap()].to_vec();
        for (name, bytes) in [("file.arrow", bytes), ("stream.arrows", stream), ("unended.arrows", unended)] {
            let path = folder.write(name, bytes);
            let (read, n_frames) = together(&open_frames(&path).unwrap());
            assert!(read.equals_missing(&frame) && read.dtypes() == frame.dtypes(), "{name}: {read}");
            assert_eq!(n_frames, 1, "small batches are put together");
            let read = read_arrow(&path).unwrap();
            assert!(read.equals_missing(&frame) && read.dtypes() == frame.dtypes(), "{name}: {read}");
        }
    }
}

#[test]
fn frames_of_an_arrow_file_are_neither_tiny_nor_huge() {
    let folder = Folder::new("cut-batches");
    // 4,194,304 values make a frame.
    let frame = df!("n" => (0..20_000_000_i32).collect::<Vec<_>>()).unwrap();
    let heights = |path: &str| -> Vec<usize> {
        open_frames(path).unwrap().frames().unwrap().map(|frame| frame.unwrap().height()).collect()
    };
    let whole = folder.path("whole.arrow");
    IpcWriter::new(std::fs::File::create(&whole).unwrap()).finish(&mut frame.clone()).unwrap();
    assert_eq!(heights(&whole), [4_194_304, 15_805_696], "one batch of less than 5 frames, the first one cut off");
    let cut = folder.path("cut.arrow");
    write_arrow(&frame, &cut).unwrap();
    assert_eq!(heights(&cut), [4_194_304, 4_194_304, 4_194_304, 4_194_304, 3_222_784]);
    assert!(read_arrow(&cut).unwrap().equals(&frame));
    // Categories stay whole.
    let kinds = typed().select(["kind", "id", "list"]).unwrap();
    write_arrow(&kinds, &cut).unwrap();
    assert!(read_arrow(&cut).unwrap().equals_missing(&kinds) && heights(&cut) == [3000]);
    let kinds = frame.clone().lazy().with_columns([lit("a").cast(DataType::from_categories(Categories::global()))]);
    let kinds = kinds.collect().unwrap().head(Some(6_000_000));
    write_arrow(&kinds, &cut).unwrap();
    let (read, _) = together(&open_frames(&cut).unwrap());
    assert!(read.equals(&kinds) && read.dtypes() == kinds.dtypes());
    let small = folder.path("small.arrow");
    let pieces: Vec<DataFrame> = (0..40).map(|idx| frame.slice(500_000 * idx, 500_000)).collect();
    IpcWriter::new(std::fs::File::create(&small).unwrap()).finish(&mut chunked(&pieces)).unwrap();
    assert_eq!(heights(&small), [4_500_000, 4_500_000, 4_500_000, 4_500_000, 2_000_000]);
    let (read, _) = together(&open_frames(&small).unwrap());
    assert!(read.equals(&frame));
}

#[test]
fn texts_of_an_arrow_file_are_written_once() {
    let folder = Folder::new("texts");
    let texts: Vec<String> = (0..30_000).map(|row| format!("{row:0>200}")).collect();
    let frame = df!("text" => texts).unwrap();
    let path = folder.path("texts.arrow");
    let slices: Vec<DataFrame> = (0..10).map(|idx| frame.slice(3000 * idx, 3000)).collect();
    write_frames(&mut slices.into_iter().map(Ok), &path).unwrap();
    let n_bytes = std::fs::metadata(&path).unwrap().len();
    assert!(n_bytes < 2 * 200 * 30_000, "{n_bytes}");
    assert!(read_arrow(&path).unwrap().equals(&frame));
}

#[test]
fn an_arrow_file_that_is_damaged_or_holds_no_rows_is_told() {
    let folder = Folder::new("bad-batches");
    let empty = folder.path("empty.arrow");
    write_arrow(&table().head(Some(0)), &empty).unwrap();
    let (read, n_frames) = together(&open_frames(&empty).unwrap());
    assert_eq!((read.dtypes(), read.shape(), n_frames), (table().dtypes(), (0, 3), 1));
    assert_eq!(read_arrow(&empty).unwrap().dtypes(), table().dtypes());
    let batches: Vec<DataFrame> = (0..30).map(|idx| table().slice(100 * idx, 100)).collect();
    let mut bytes = Vec::new();
    IpcWriter::new(&mut bytes).finish(&mut chunked(&batches)).unwrap();
    let check = |bytes: &[u8]| {
        let path = folder.write("bad.arrow", bytes);
        let error = match open_frames(&path).unwrap().frames() {
            Ok(frames) => frames.filter_map(Result::err).next().expect("it is damaged"),
            Err(error) => error,
        };
        assert!(error.to_string().starts_with(&format!("cannot read `{path}` as Arrow: ")), "{error}");
    };
    check(&bytes[..bytes.len() / 2]);
    check(&bytes[8..bytes.len() / 2]);
    check(&bytes[8..40]);
    let mut wrong = bytes.clone();
    for byte in &mut wrong[bytes.len() / 3..bytes.len() / 2] {
        *byte = 0x5A;
    }
    check(&wrong);
    check(&wrong[8..]);
}

#[test]
fn any_byte_of_an_arrow_file_may_be_wrong() {
    let folder = Folder::new("wrong-bytes");
    let path = folder.path("data.arrow");
    write_arrow(&penguins().unwrap(), &path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    // Lengths, types and places are described at both ends.
    let ends = (8..1200).chain(bytes.len() - 1200..bytes.len());
    let mut n_errors = 0;
    for (place, value) in ends.step_by(3).zip([0xFF_u8, 0x7F, 0x01, 0x80].into_iter().cycle()) {
        let mut wrong = bytes.clone();
        wrong[place] ^= value;
        let file = open_frames(&folder.write("wrong.arrow", wrong));
        let read = file.and_then(|file| file.frames()?.collect::<workbench::Result<Vec<DataFrame>>>());
        n_errors += usize::from(read.is_err());
    }
    assert!(n_errors > 150, "{n_errors}");
}
