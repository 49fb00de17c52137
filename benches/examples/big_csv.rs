//! A CSV file of 4 GB in a process that may have 1 GB: profiled, statistics fitted, transformed and written to Parquet.
//!
//! `cargo run --release --locked -p benches --example big_csv`; `BIG_CSV_BYTES=1000000000` makes a smaller file. The file is made in `target` and removed.
//! The limit, on all addresses of the process, is set by `ulimit -v` of a shell that runs this program again.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use benches::{Result, root, seconds, status, write_csv_of};
use workbench::prelude::*;

const BYTES: u64 = 4_000_000_000;
const LIMIT_KIB: u64 = 1 << 20;
const NUMBERS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn main() -> Result<()> {
    if let Some(csv) = env::args().nth(1) {
        return limited(&csv);
    }
    let bytes = env::var("BIG_CSV_BYTES").map_or(Ok(BYTES), |bytes| bytes.parse())?;
    let csv = root().join("target").join(format!("big-{}.csv", std::process::id()));
    let outcome = run(&csv, bytes);
    let _ = fs::remove_file(&csv);
    let _ = fs::remove_file(csv.with_extension("parquet"));
    outcome
}

/// Makes the file, and runs this program again under the limit.
fn run(csv: &Path, bytes: u64) -> Result<()> {
    println!("{:<34} {:>7.1} s", "made", seconds(|| write_csv_of(csv, bytes).map_err(|error| error.to_string())));
    let command = format!("ulimit -v {LIMIT_KIB} && exec \"$0\" \"$1\"");
    // Each thread's own heap would take 64 MiB of addresses at once.
    let status = Command::new("sh")
        .args(["-c", &command])
        .args([env::current_exe()?.as_path(), csv])
        .env("MALLOC_ARENA_MAX", "2")
        .status()?;
    if !status.success() {
        return Err(format!("ended with {status}").into());
    }
    check(csv)
}

/// Whether all rows were written, and scaled. Outside the limit, since a Parquet file is mapped, which takes as many addresses as it has bytes.
fn check(csv: &Path) -> Result<()> {
    let mut lines = BufReader::with_capacity(1 << 20, fs::File::open(csv)?);
    let mut n_lines = 0;
    while lines.skip_until(b'\n')? > 0 {
        n_lines += 1;
    }
    let parquet = csv.with_extension("parquet");
    let written = profile_frames(&mut open_frames(&parquet.to_string_lossy())?.frames()?)?;
    let is_scaled = |name: &&str| {
        written.column(name).is_ok_and(|column| {
            column.missing == 0
                && column.mean.is_some_and(|mean| mean.abs() < 1e-9)
                && column.std.is_some_and(|std| (std - 1.0).abs() < 1e-6)
        })
    };
    if written.n_rows() + 1 != n_lines || !NUMBERS.iter().all(|name| is_scaled(&name)) {
        return Err("what was written is not what was read".into());
    }
    println!("{} rows checked, {} bytes of Parquet", written.n_rows(), fs::metadata(&parquet)?.len());
    Ok(())
}

/// What is done under the limit.
fn limited(csv: &str) -> Result<()> {
    println!("{} bytes of CSV, {LIMIT_KIB} KiB of addresses, {} threads", fs::metadata(csv)?.len(), threads());
    let file = open_frames(csv)?;
    timed("profile_frames", || {
        profile_frames(&mut file.frames()?)?;
        Ok(())
    })?;
    let (mut imputer, mut scaler) = (None, None);
    timed("Imputer::fit_stream", || {
        imputer = Some(Imputer::new(Strategy::Mean).columns(&NUMBERS).fit_stream(&mut file.frames()?)?);
        Ok(())
    })?;
    let imputer = imputer.ok_or("no imputer")?;
    timed("StandardScaler::fit_stream", || {
        let mut filled = file.frames()?.map(|frame| imputer.transform(&frame?));
        scaler = Some(StandardScaler::new().columns(&NUMBERS).fit_stream(&mut filled)?);
        Ok(())
    })?;
    let scaler = scaler.ok_or("no scaler")?;
    let parquet = Path::new(csv).with_extension("parquet").to_string_lossy().into_owned();
    timed("write_frames to Parquet", || {
        let mut scaled = file.frames()?.map(|frame| scaler.transform_owned(imputer.transform(&frame?)?));
        write_frames(&mut scaled, &parquet)?;
        Ok(())
    })
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn timed(name: &str, job: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut outcome = Ok(());
    let time = seconds(|| outcome = job());
    let (resident, addresses) = (status("VmHWM:")? / 1e6, status("VmPeak:")? / 1e6);
    println!("{name:<34} {time:>7.1} s, at most {resident:.0} MB resident, {addresses:.0} MB of addresses");
    outcome
}
