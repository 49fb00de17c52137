//! Files larger than memory: frame after frame.

mod columnar;
mod text;
mod write;

use polars::prelude::{Column, DataFrame, NamedFrom, SchemaRef, Series};

use super::arrow::STREAM_START;
use super::csv::{CsvDialect, CsvOptions, HEAD_BYTES};
use super::gzip;
use crate::error::{Error, Result};
use crate::train::interrupt;

pub use write::write_frames;

/// So many bytes of text make a frame, unless one row is longer.
const BLOCK_BYTES: usize = 16 << 20;

/// Opens a file that may be larger than memory: CSV or JSON lines, also packed with gzip, Parquet, Arrow, or an Arrow stream.
///
/// Its first bytes tell what it is. Nothing more is read until [`FrameFile::frames`] is asked for frames.
///
/// # Errors
/// [`Error::FileNotFound`], [`Error::Io`], [`Error::EmptyFile`], [`Error::NotInEncoding`].
///
/// # Examples
///
/// ```no_run
/// use workbench::data::{open_frames, write_frames};
/// use workbench::preprocess::{FittedTransformer, StandardScaler, Transformer};
///
/// let file = open_frames("data/large.csv.gz")?;
/// let scaler = StandardScaler::new().columns(&["mass"]).fit_stream(&mut file.frames()?)?;
/// let mut scaled = file.frames()?.map(|frame| scaler.transform(&frame?));
/// let n_rows = write_frames(&mut scaled, "data/large.parquet")?;
///
/// assert!(open_frames("data").is_err());
/// # Ok::<(), workbench::Error>(())
/// ```
pub fn open_frames(path: &str) -> Result<FrameFile> {
    FrameFile::open(path, &CsvOptions::new())
}

/// A file that is read frame after frame, as often as it is asked to.
///
/// | setting | default | range | meaning |
/// |---|---|---|---|
/// | `block_bytes` | 16 MiB | at least 1 KiB | so much text makes a frame, unless one row is longer |
///
/// A frame of a Parquet file is a few row groups. The file is mapped, which takes as many addresses as it has bytes, though not as much memory. A frame of
/// an Arrow file or stream is a few record batches, or a part of a large one: in memory is no more than one frame, or the batch that it is cut from.
#[derive(Clone, Debug)]
pub struct FrameFile {
    path: String,
    options: CsvOptions,
    kind: Kind,
    dialect: Option<CsvDialect>,
    block_bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Csv,
    JsonLines,
    Parquet,
    Arrow,
}

impl FrameFile {
    /// Opens the file at `path`, with `options` for one that is CSV.
    ///
    /// # Errors
    /// Those of [`open_frames`]; [`Error::InvalidValue`] for a separator that cannot be one.
    pub fn open(path: &str, options: &CsvOptions) -> Result<Self> {
        let mut file = gzip::Unpacked::open(path)?;
        let mut head = Vec::new();
        let n_bytes = file.read(HEAD_BYTES, &mut head)?;
        if head.trim_ascii().is_empty() {
            return Err(Error::EmptyFile { path: path.to_string() });
        }
        let kind = Kind::of(&head);
        let dialect = match kind {
            Kind::Csv => Some(options.dialect(path, &head, file.is_gzip(), n_bytes < HEAD_BYTES)?),
            _ => None,
        };
        Ok(Self { path: path.to_string(), options: options.clone(), kind, dialect, block_bytes: BLOCK_BYTES })
    }

    /// So many bytes of text make a frame.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for less than 1024.
    pub fn block_bytes(mut self, block_bytes: usize) -> Result<Self> {
        if block_bytes < 1024 {
            return Err(Error::InvalidValue {
                what: "block_bytes".to_string(),
                value: block_bytes.to_string(),
                allowed: "at least 1024".to_string(),
            });
        }
        self.block_bytes = block_bytes;
        Ok(self)
    }

    /// The path as it was given.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What kind of CSV it is; `None` for other files.
    pub fn dialect(&self) -> Option<CsvDialect> {
        self.dialect.clone()
    }

    /// A row for each column: `column` and `dtype`, told from the first frame.
    ///
    /// # Errors
    /// Those of the first frame.
    pub fn schema(&self) -> Result<DataFrame> {
        let frame = self.frames()?.next().unwrap_or_else(|| Ok(DataFrame::empty()))?;
        let names: Vec<&str> = frame.get_column_names().into_iter().map(|name| name.as_str()).collect();
        let dtypes: Vec<String> = frame.dtypes().iter().map(|dtype| dtype.to_string()).collect();
        let columns: Vec<Column> =
            vec![Series::new("column".into(), names).into(), Series::new("dtype".into(), dtypes).into()];
        Ok(DataFrame::new(frame.width(), columns)?)
    }

    /// Reads the file from its start.
    ///
    /// # Errors
    /// [`Error::FileNotFound`], [`Error::Io`]; [`Error::Malformed`] for a damaged Parquet or Arrow file.
    pub fn frames(&self) -> Result<Frames> {
        let source: Box<dyn Source> = match (self.kind, &self.dialect) {
            (Kind::Csv, Some(dialect)) => {
                Box::new(text::CsvBlocks::open(&self.path, &self.options, dialect, self.block_bytes)?)
            }
            (Kind::Csv | Kind::JsonLines, _) => Box::new(text::JsonBlocks::open(&self.path, self.block_bytes)?),
            (Kind::Parquet, _) => Box::new(columnar::ParquetGroups::open(&self.path)?),
            (Kind::Arrow, _) => Box::new(columnar::ArrowBatches::open(&self.path)?),
        };
        Ok(Frames { path: self.path.clone(), source, schema: None, n_rows: 0, is_over: false })
    }
}

impl Kind {
    fn of(head: &[u8]) -> Self {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        match text {
            _ if head.starts_with(b"PAR1") => Self::Parquet,
            _ if head.starts_with(b"ARROW1") || head.starts_with(STREAM_START) => Self::Arrow,
            [b'{', ..] => Self::JsonLines,
            _ => Self::Csv,
        }
    }
}

/// What gives the frames of one kind of file.
trait Source: Send {
    /// The next rows; `None` at the end.
    fn next(&mut self) -> Result<Option<DataFrame>>;
}

/// The frames of a file, in order. All have the same columns of the same dtypes; those are told from the first frame.
///
/// After an error there are no more. Errors of a later frame are [`Error::BadField`] and [`Error::RaggedRow`] with line, column and value, and
/// [`Error::ColumnsChanged`] for JSON lines.
pub struct Frames {
    path: String,
    source: Box<dyn Source>,
    schema: Option<SchemaRef>,
    n_rows: usize,
    is_over: bool,
}

impl Frames {
    /// How many rows have been read so far.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn read(&mut self) -> Result<Option<DataFrame>> {
        let Some(frame) = self.source.next()? else { return Ok(None) };
        let frame = match &self.schema {
            None => {
                self.schema = Some(frame.schema().clone());
                frame
            }
            Some(schema) if frame.schema() == schema => frame,
            Some(schema) => self.fitted(frame, schema)?,
        };
        self.n_rows += frame.height();
        Ok(Some(frame))
    }

    /// `frame` with the columns and dtypes of the first one, where no value changes by that.
    fn fitted(&self, frame: DataFrame, schema: &SchemaRef) -> Result<DataFrame> {
        let changed = |column: &str, found: String, expected: String| Error::ColumnsChanged {
            path: self.path.clone(),
            column: column.to_string(),
            found,
            expected,
            first_row: self.n_rows,
            last_row: self.n_rows + frame.height().saturating_sub(1),
        };
        if let Some(new) = frame.get_column_names().into_iter().find(|name| !schema.contains(name)) {
            let dtype = frame.column(new)?.dtype().to_string();
            return Err(changed(new, dtype, "not there".to_string()));
        }
        let columns = schema.iter().map(|(name, dtype)| {
            let Ok(column) = frame.column(name) else {
                return Ok(Column::full_null(name.clone(), frame.height(), dtype));
            };
            let found = column.dtype();
            if found == dtype {
                return Ok(column.clone());
            }
            // Integers among floats, and columns in which these rows have nothing.
            let fits = column.is_full_null() || (found.is_integer() && dtype.is_float());
            if !fits {
                return Err(changed(name, found.to_string(), dtype.to_string()));
            }
            Ok(column.cast(dtype)?)
        });
        Ok(DataFrame::new(frame.height(), columns.collect::<Result<_>>()?)?)
    }
}

impl Iterator for Frames {
    type Item = Result<DataFrame>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        // Whoever goes through a large file looks here between two of its pieces whether to stop.
        let frame = match interrupt::check() {
            Ok(()) => self.read().transpose(),
            Err(interrupted) => Some(Err(interrupted)),
        };
        self.is_over = !matches!(frame, Some(Ok(_)));
        frame
    }
}
