//! Long work of the workbench: it shows how far it is, and an interrupt keeps what it has.

use std::time::{Duration, Instant};

use super::session::{Ran, Session};
use tunebook::engine::{Event, StreamName};
use tunebook::outputs::OutputCollector;

/// Data on which a fit takes some tens of milliseconds.
const DATA: &str = "
fn noise(n: usize) -> Vec<f64> {
    let mut state = 7u64;
    let mut next = || { state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); (state >> 33) as f64 / 2f64.powi(31) };
    (0..n).map(|_| next()).collect()
}
let n = 4000;
let columns: Vec<Column> = (0..12).map(|i| Column::new(format!(\"x{i}\").into(), noise(n * (i + 1))[n * i..].to_vec())).collect();
let mut frame = DataFrame::new(n, columns)?;
let labels: Vec<&str> = noise(2 * n)[n..].iter().map(|value| if *value < 0.4 { \"a\" } else { \"b\" }).collect();
frame.with_column(Column::new(\"y\".into(), labels))?;
let data = Dataset::from_frame(&frame, \"y\")?;
let grid = GridSearch::new(LogisticRegression::new().tol(1e-9)).param(\"C\", (0..4000).map(|i| 0.001 * (i + 1) as f64).collect::<Vec<f64>>());
";

fn bars(ran: &Ran) -> Vec<(String, bool)> {
    let displays = ran.events.iter().filter_map(|event| match event {
        Event::Display { data, update, display_id: Some(_), .. } => {
            Some((data["text/plain"].as_str().unwrap().to_owned(), *update))
        }
        _ => None,
    });
    displays.collect()
}

/// Runs a cell and interrupts it after it has shown some of its progress; says how long it took from there to its end.
fn interrupt_in(session: &mut Session, code: &str) -> (Ran, Duration) {
    let interrupter = session.engine.interrupter();
    let (mut n_updates, mut interrupted_at) = (0, None);
    let ran = session.watching(code, &mut |event| {
        if let Event::Display { .. } = event {
            n_updates += 1;
            if n_updates == 4 {
                interrupted_at = Some(Instant::now());
                interrupter.interrupt();
            }
        }
    });
    (ran, interrupted_at.expect("progress was shown").elapsed())
}

#[test]
fn an_interrupted_search_shows_how_far_it_came_and_is_kept() {
    let mut session = Session::new();
    session.run(DATA);
    let start = Instant::now();
    let (ran, took) =
        interrupt_in(&mut session, "let search = grid.fit(&data)?; println!(\"{}\", search.interrupted());");
    assert_eq!(ran.error, None);
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(ran.stream(StreamName::Stdout), "true\n");
    let bars = bars(&ran);
    assert!(bars.len() <= 2 + start.elapsed().as_millis() as usize / 200, "at most five updates a second: {bars:?}");
    assert!(bars[0].0.starts_with("grid search ") && bars[0].0.contains("░ "), "{bars:?}");
    assert!(bars[2].0.contains(" left  best accuracy 0.") && bars[2].0.contains("C="), "{bars:?}");
    let (last, _) = bars.last().unwrap();
    assert!(last.starts_with("grid search: stopped at ") && last.contains(" of 20000, best accuracy 0."), "{last}");
    assert_eq!(bars.iter().filter(|(_, update)| !update).count(), 1);
    // A saved notebook has that line and nothing of the bar.
    let mut collector = OutputCollector::new(1);
    ran.events.into_iter().for_each(|event| collector.push(event));
    assert_eq!(collector.outputs().len(), 2);
    session.value("search.candidates().len()", "4000");
    session.value("search.best_model().is_ok()", "true");
}

#[test]
fn short_work_shows_nothing() {
    let mut session = Session::new();
    session.run("let known = drop_missing(&penguins()?, &[\"sex\"])?.select([\"body_mass_g\", \"bill_depth_mm\", \"sex\"])?; let data = Dataset::from_frame(&known, \"sex\")?;");
    let ran = session
        .run("let scores = cross_validate(&LogisticRegression::new(), &data, &KFold::new(3), &[\"accuracy\"])?;");
    assert_eq!(ran.events, []);
}

#[test]
fn a_cross_validation_in_a_loop_ends_with_it_and_training_shows_its_epochs() {
    let mut session = Session::new();
    session.run(DATA);
    session.run("let mut seen: Vec<CrossValidation> = Vec::new();");
    let code = "loop { seen.push(cross_validate(&LogisticRegression::new().tol(1e-12), &data, &KFold::new(2000), &[\"accuracy\"])?); }";
    let (ran, took) = interrupt_in(&mut session, code);
    assert_eq!(ran.error.unwrap().ename, "Interrupted");
    assert!(took < Duration::from_secs(1), "{took:?}");
    session.value("seen.last().unwrap().interrupted()", "true");

    let code = "let model = SgdClassifier::new().eta0(1e-9).max_iter(1_000_000_000).n_iter_no_change(1_000_000_000).fit(&data)?; model.interrupted()";
    let (ran, took) = interrupt_in(&mut session, code);
    assert_eq!((ran.value().as_deref(), ran.error.as_ref()), (Some("true"), None));
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(bars(&ran)[2].0.contains("epoch "), "{ran:?}");
    session.value("model.n_iter() > 0 && model.predict(data.features())?.len() == 4000", "true");
}

/// The search ends at once, and then there is work that takes longer than a cell has that does not listen.
#[test]
fn what_listens_is_not_ended_by_force() {
    let mut session = Session::new();
    session.run(DATA);
    let code = "let search = grid.fit(&data)?; std::thread::sleep(std::time::Duration::from_millis(1500)); search.interrupted()";
    let (ran, took) = interrupt_in(&mut session, code);
    assert_eq!((ran.value().as_deref(), ran.error), (Some("true"), None));
    assert!(took > Duration::from_millis(1400), "{took:?}");
    session.value("search.interrupted()", "true");
}
