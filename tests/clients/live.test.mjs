// Long work in JupyterLab: a bar and a chart that change while a search goes on, the stop button, and a restart.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { allDone, codeCells, launchBrowser, openNotebook, SCREENSHOTS, setTheme, startLab } from './lab.mjs';

const CELL_TIMEOUT_MS = 60_000;
/** From the click to the end of the cell, on a busy machine. */
const INTERRUPT_TIMEOUT_MS = 10_000;

const DATA = `fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    (0..n).map(|_| { state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); (state >> 33) as f64 / 2f64.powi(31) }).collect()
}
let n = 20_000;
let mut frame = DataFrame::new(n, (0..20).map(|i| Column::new(format!("x{i}").into(), noise(n, i + 1))).collect())?;
let labels: Vec<&str> = noise(n, 99).iter().zip(noise(n, 1)).map(|(noise, x)| if 0.5 * noise + x < 0.7 { "a" } else { "b" }).collect();
frame.with_column(Column::new("y".into(), labels))?;
let data = Dataset::from_frame(&frame, "y")?;
data.n_samples()`;

const SEARCH = `let search = GridSearch::new(LogisticRegression::new().tol(1e-10)).param("C", (1..=N).map(|i| 0.01 * i as f64).collect::<Vec<f64>>()).fit(&data)?;
(search.candidates().len(), search.interrupted())`;

const LIVE_CHART = `let (mut cs, mut accuracies) = (Vec::new(), Vec::new());
let mut shown: Option<DisplayHandle> = None;
for i in 1..=12 {
    let c = 2f64.powi(i - 8);
    let scores = cross_validate(&LogisticRegression::new().c(c).penalty(Penalty::L1), &data, &StratifiedKFold::new(5), &["accuracy"])?;
    cs.push(c.log2());
    accuracies.push(scores.mean("accuracy")?);
    let chart = line(&df!["log2 C" => &cs, "accuracy" => &accuracies]?, "log2 C", &["accuracy"])?;
    match &shown {
        Some(handle) => handle.update(&chart),
        None => shown = Some(display_with_id(&chart)),
    }
    std::thread::sleep(std::time::Duration::from_millis(150));
}
cs.len()`;

const ENDLESS = 'loop { std::hint::spin_loop(); }';

describe('long work in JupyterLab', { timeout: 300_000 }, () => {
  let lab, browser, page;

  before(async () => {
    const sources = [DATA, SEARCH.replace('N', '400'), LIVE_CHART, SEARCH.replace('N', '100_000')];
    const failing = ['fn third(v: &[i32]) -> i32 {\n    v[2]\n}', '// far below\n'.repeat(40), 'third(&[1])'];
    lab = await startLab({ 'live.ipynb': sources, 'failing.ipynb': failing, 'endless.ipynb': ['let kept = 41;', ENDLESS, 'kept + 1'] });
    browser = await launchBrowser();
    page = await openNotebook(browser, lab, 'live.ipynb', { width: 1100, height: 900 });
    await run(0);
    await done(0);
  });

  after(async () => {
    await browser?.close();
    await lab?.stop();
  });

  test('a bar moves while a search goes on, and ends as one line', async () => {
    await run(1);
    const seen = new Set();
    const output = cell(1).locator('.jp-OutputArea');
    let pictured = false;
    while ((await codeCells(page))[1].execution_count === null || (await isRunning(1))) {
      const text = await output.innerText();
      if (text.includes('grid search') && /\d/.test(text)) seen.add(text);
      if (seen.size === 3 && !pictured) {
        pictured = true;
        await picture('search-during', 1);
      }
    }
    await picture('search-after', 1);
    assert.ok(seen.size >= 3, `the bar was seen in ${seen.size} states: ${[...seen].join(' | ')}`);
    const { outputs } = (await codeCells(page))[1];
    assert.deepEqual(outputs.map((each) => each.output_type), ['display_data', 'execute_result']);
    assert.equal([...outputs[0].data['text/plain']].join('').trim().split('\n').length, 1, 'one line is left of the bar');
    assert.equal([outputs[1].data['text/plain']].flat().join(''), '(400, false)');
  });

  test('a chart grows while a search goes on', async () => {
    await run(2);
    const chart = cell(2).locator('.jp-OutputArea-output img');
    const pictures = new Set();
    while ((await codeCells(page))[2].execution_count === null || (await isRunning(2))) {
      if (await chart.count()) pictures.add(await chart.first().getAttribute('src'));
      if (pictures.size === 5) await picture('chart-during', 2);
    }
    await picture('chart-after', 2);
    assert.ok(pictures.size >= 5, `the chart was seen in ${pictures.size} states`);
    assert.equal(await chart.count(), 1, 'all in one place');
    assert.match([(await codeCells(page))[2].outputs.at(-1).data['text/plain']].flat().join(''), /^12$/);
  });

  test('the stop button ends a search with what it has', async () => {
    await run(3);
    await cell(3).locator('.jp-OutputArea', { hasText: 'grid search' }).waitFor({ timeout: CELL_TIMEOUT_MS });
    await stop();
    await done(3, INTERRUPT_TIMEOUT_MS);
    const { outputs } = (await codeCells(page))[3];
    assert.match([outputs.at(-1).data['text/plain']].flat().join(''), /^\(100000, true\)$/);
    await picture('search-interrupted', 3);
  });

  test('in the dark theme, too', async () => {
    await setTheme(page, 'JupyterLab Dark');
    await cell(3).evaluate((element) => element.scrollIntoView({ block: 'end' }));
    await picture('live-dark');
    await setTheme(page, 'JupyterLab Light');
  });

  test('an error in a function leads to the cell that defines it', async () => {
    await page.close();
    page = await openNotebook(browser, lab, 'failing.ipynb', { width: 1100, height: 500 });
    for (const index of [0, 1, 2]) {
      await run(index);
      await done(index);
    }
    const link = cell(2).locator('.jp-OutputArea-output a', { hasText: 'In[1]' });
    await link.scrollIntoViewIfNeeded();
    await picture('error-link');
    const top = () => cell(0).evaluate((element) => element.getBoundingClientRect().top);
    assert.ok((await top()) < 0, 'the cell is out of sight');
    await link.click();
    await page.waitForFunction(() => document.querySelector('.jp-CodeCell').getBoundingClientRect().top > 0);
  });

  test('a subshell looks at variables while an endless loop runs, the stop button ends that and keeps them, and a restart runs all', async () => {
    await page.close();
    page = await openNotebook(browser, lab, 'endless.ipynb', { width: 1100, height: 900 });
    await run(0);
    await done(0);
    await run(1);
    await page.waitForFunction(() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.status === 'busy');
    await page.evaluate(() => window.jupyterapp.commands.execute('notebook:create-subshell-console'));
    const console = page.locator('.jp-CodeConsole');
    await console.locator('.jp-CodeConsole-promptCell .cm-content').click();
    await page.keyboard.type('kept * 10');
    await page.keyboard.press('Shift+Enter');
    await console.locator('.jp-OutputArea-output', { hasText: /^410$/ }).waitFor({ timeout: CELL_TIMEOUT_MS });
    assert.ok(await isRunning(1));
    await picture('subshell');
    await console.locator('xpath=ancestor-or-self::*[contains(@class, "jp-ConsolePanel")]').evaluate(() => window.jupyterapp.shell.currentWidget.close());
    await stop();
    await done(1, INTERRUPT_TIMEOUT_MS);
    await run(2);
    await done(2);
    let cells = await codeCells(page);
    assert.equal(cells[1].outputs.at(-1).ename, 'Interrupted');
    assert.equal([cells[2].outputs[0].data['text/plain']].flat().join(''), '42');
    await picture('loop-interrupted');

    await page.evaluate(() => {
      const { model } = window.jupyterapp.shell.currentWidget.content;
      model.sharedModel.cells[1].setSource('kept * 2');
    });
    await page.locator('[data-command="notebook:restart-run-all"]').first().click();
    await page.locator('.jp-Dialog .jp-mod-accept').click();
    await page.waitForFunction(() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.every((each) => each.execution_count !== null && each.outputs.every((output) => output.output_type !== 'error')), null, { timeout: CELL_TIMEOUT_MS });
    cells = await allDone(page, CELL_TIMEOUT_MS);
    assert.deepEqual(cells.map((each) => each.execution_count), [1, 2, 3]);
    assert.deepEqual(cells.slice(1).map((each) => [each.outputs[0].data['text/plain']].flat().join('')), ['82', '42']);
  });

  function cell(index) {
    return page.locator('.jp-CodeCell').nth(index);
  }

  async function run(index) {
    await cell(index).locator('.cm-content').click();
    await page.keyboard.press('Control+Enter');
  }

  async function isRunning(index) {
    return (await cell(index).locator('.jp-InputPrompt').innerText()).includes('*');
  }

  async function done(index, timeout = CELL_TIMEOUT_MS) {
    await page.waitForFunction((at) => /\d/.test(document.querySelectorAll('.jp-CodeCell')[at].querySelector('.jp-InputPrompt').innerText), index, { timeout });
  }

  async function stop() {
    await page.locator('[data-command="notebook:interrupt-kernel"]').first().click();
  }

  /** A picture of the window, with the end of this cell's output in it. */
  async function picture(name, index) {
    if (index !== undefined) await cell(index).evaluate((element) => element.scrollIntoView({ block: 'end' }));
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }
});
