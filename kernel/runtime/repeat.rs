//! `%timeit`: how long a cell's code takes, found by running it over and over.

use std::time::Duration;

use crate::cell::Cell;
use crate::failure::Failure;
use crate::check;

/// How long a run is at least, so that neither the clock nor a moment's disturbance counts.
const RUN_AT_LEAST: Duration = Duration::from_millis(200);

/// How long a cell that is interrupted may go on at most, if its code is not slower than that.
const WITHOUT_CHECK_AT_MOST: Duration = Duration::from_millis(100);

const N_RUNS: u32 = 7;

/// The cell's code in a loop of that many rounds, which tells how long they took.
type Body<'a> = &'a mut dyn FnMut(u64) -> Result<Duration, Failure>;

impl Cell<'_> {
    /// Runs the body again and again, and prints how long a round takes. Zero means what is usual.
    pub fn repeat(&mut self, n_loops: u64, n_runs: u32, body: Body<'_>) -> Result<(), Failure> {
        let n_runs = if n_runs == 0 { N_RUNS } else { n_runs };
        let (n_found, estimate) = warm_up(body)?;
        let n_loops = if n_loops == 0 { n_found } else { n_loops };
        let mut rounds = Vec::new();
        for _ in 0..n_runs {
            rounds.push(run(body, n_loops, estimate)?);
        }
        println!("{}", describe(&rounds, n_loops));
        Ok(())
    }
}

/// Runs the code until it is warm, and finds how many rounds make a run; and how long one takes, roughly.
fn warm_up(body: Body<'_>) -> Result<(u64, f64), Failure> {
    let mut n = 1u64;
    loop {
        check();
        let elapsed = body(n)?;
        let estimate = elapsed.as_secs_f64() / n as f64;
        if elapsed >= RUN_AT_LEAST {
            return Ok((n, estimate));
        }
        // Below a millisecond the estimate says little.
        n = if elapsed < Duration::from_millis(1) {
            n * 10
        } else {
            let wanted = RUN_AT_LEAST.as_secs_f64() / estimate;
            round_up(wanted).max(n + 1)
        };
    }
}

/// The next of 1, 2, 5, 10, 20, 50, …
fn round_up(wanted: f64) -> u64 {
    let mut decade = 1u64;
    loop {
        for step in [1, 2, 5] {
            if (step * decade) as f64 >= wanted {
                return step * decade;
            }
        }
        decade *= 10;
    }
}

/// Seconds for a round, in a run of that many. Between its parts the cell can be interrupted.
fn run(body: Body<'_>, n_loops: u64, estimate: f64) -> Result<f64, Failure> {
    let part = ((WITHOUT_CHECK_AT_MOST.as_secs_f64() / estimate.max(1e-12)) as u64).max(1);
    let (mut left, mut elapsed) = (n_loops, Duration::ZERO);
    while left > 0 {
        check();
        let n = left.min(part);
        elapsed += body(n)?;
        left -= n;
    }
    Ok(elapsed.as_secs_f64() / n_loops as f64)
}

fn describe(rounds: &[f64], n_loops: u64) -> String {
    let count = rounds.len() as f64;
    let mean = rounds.iter().sum::<f64>() / count;
    let deviation = (rounds.iter().map(|round| (round - mean).powi(2)).sum::<f64>() / count).sqrt();
    let best = rounds.iter().copied().fold(f64::INFINITY, f64::min);
    let (runs, loops) = (if rounds.len() == 1 { "run" } else { "runs" }, if n_loops == 1 { "loop" } else { "loops" });
    format!(
        "{} ± {} per loop (mean ± std. dev. of {} {runs}, {} {loops} each), best {}",
        seconds(mean),
        seconds(deviation),
        rounds.len(),
        grouped(n_loops),
        seconds(best)
    )
}

/// A time with three digits and its unit.
fn seconds(time: f64) -> String {
    let (value, unit) = match time {
        t if t >= 1.0 => (t, "s"),
        t if t >= 1e-3 => (t * 1e3, "ms"),
        t if t >= 1e-6 => (t * 1e6, "µs"),
        t => (t * 1e9, "ns"),
    };
    let decimals = if value >= 100.0 { 0 } else if value >= 10.0 { 1 } else { 2 };
    format!("{value:.decimals$} {unit}")
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
