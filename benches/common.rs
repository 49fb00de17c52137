//! Timing side by side: ours and a peer's in turn, so that a busy machine slows both.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

/// A Python process that does a job for each line it is sent and answers with the seconds it took.
pub struct Peer {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a script of `benches/peers` in the tests' virtual environment, or says what is missing.
    pub fn start(script: &str) -> std::result::Result<Peer, String> {
        Peer::start_with(script, &[])
    }

    /// The same, with arguments to the script.
    pub fn start_with(script: &str, arguments: &[&str]) -> std::result::Result<Peer, String> {
        let root = root();
        let python = root.join(".venv/bin/python");
        if !python.exists() {
            return Err(format!("no {}: `tests/run clients` makes it", python.display()));
        }
        let mut process = Command::new(python)
            .arg(root.join("benches/peers").join(script))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let requests = process.stdin.take().ok_or("no standard input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no standard output")?);
        Ok(Peer { process, requests, answers })
    }

    /// One run of the job, in seconds.
    pub fn run(&mut self, job: &str) -> std::result::Result<f64, String> {
        writeln!(self.requests, "{job}").map_err(|error| error.to_string())?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| error.to_string())?;
        line.trim().parse().map_err(|_| format!("the peer answered {line:?}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| ".".into(), Path::to_owned)
}

/// How long `job` takes, in seconds.
pub fn seconds<T>(job: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    std::hint::black_box(job());
    start.elapsed().as_secs_f64()
}

/// The middle of some times.
pub fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What a bench returns.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Drawn numbers between 0 and 1.
pub struct Draws(pub u64);

impl Draws {
    /// The next one.
    #[expect(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A normal one, by the sum of twelve.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// Writes a CSV of at least so many bytes: numbers with 5 % missing, whole numbers, dates and words.
pub fn write_csv_of(path: &Path, bytes: u64) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut draws = Draws(3);
    let words = ["Adelie", "Chinstrap", "Gentoo", "Dream", "Biscoe", "Torgersen"];
    writeln!(out, "id,a,b,c,d,e,f,n,day,word")?;
    let (mut written, mut row) = (0_u64, 0_u64);
    while written < bytes {
        let mut line = format!("{row}");
        for _ in 0..6 {
            line.push_str(&if draws.next() < 0.05 { ",".to_owned() } else { format!(",{:.6}", draws.normal()) });
        }
        let (n, day, word) = (draws.next() * 1000.0, draws.next() * 28.0, draws.next() * 6.0);
        line.push_str(&format!(
            ",{},2024-{:02}-{:02},{}",
            n as u32,
            n as u32 % 12 + 1,
            day as u32 + 1,
            words[word as usize % 6]
        ));
        written += line.len() as u64 + 1;
        row += 1;
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

/// A size of this process in bytes, by its name in `/proc/self/status`.
pub fn status(field: &str) -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
}
