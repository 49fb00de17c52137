//! Timing side by side: ours and a peer's in turn, so that a busy machine slows both.

use std::io::{BufRead, BufReader, Write};
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
    pub fn start(script: &str) -> Result<Peer, String> {
        Peer::start_with(script, &[])
    }

    /// The same, with arguments to the script.
    pub fn start_with(script: &str, arguments: &[&str]) -> Result<Peer, String> {
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
    pub fn run(&mut self, job: &str) -> Result<f64, String> {
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
