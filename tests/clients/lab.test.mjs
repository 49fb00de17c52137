// The tour in JupyterLab: a person opens it, runs all cells, and sees the tables and the chart, in light and in dark.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { fullScreenshot, launchBrowser, openNotebook, runAll, setTheme, startLab } from './lab.mjs';

const RUN_TIMEOUT_MS = 300_000;
const COMPLETION_TIMEOUT_MS = 5_000;

describe('the tour in JupyterLab', { timeout: RUN_TIMEOUT_MS + 120_000 }, () => {
  let lab, browser, page, cells;

  before(async () => {
    lab = await startLab();
    browser = await launchBrowser();
    page = await openNotebook(browser, lab, 'tour.ipynb', { width: 1400, height: 1000 });
    cells = await runAll(page, RUN_TIMEOUT_MS);
  });

  after(async () => {
    await browser?.close();
    await lab?.stop();
  });

  test('every cell has run, in order and without an error', () => {
    const errors = cells.flatMap((cell) => cell.outputs).filter((output) => output.output_type === 'error');
    assert.deepEqual(errors, []);
    assert.deepEqual(
      cells.map((cell) => cell.execution_count),
      cells.map((_, index) => index + 1),
    );
  });

  test('the kernel is named as its kernelspec says', async () => {
    assert.match(await page.locator('.jp-KernelName').innerText(), /Rust \(Tunebook\)/);
  });

  test('code is coloured as rust', async () => {
    assert.ok((await page.locator('.jp-CodeCell .cm-content[data-language="rust"]').count()) > 0);
  });

  test('a frame is a table with dtypes under its names, numbers to the right, and its shape', async () => {
    const table = output(page, 'table').first();
    await table.scrollIntoViewIfNeeded();
    assert.match(await table.locator('thead').innerText(), /bill_length_mm\s+f64/);
    assert.equal(await alignment(table.locator('tbody td', { hasText: /^39\.1$/ }).first()), 'right');
    assert.equal(await alignment(table.locator('tbody td', { hasText: /^Adelie$/ }).first()), 'left');
    assert.match(await page.locator('.jp-RenderedHTMLCommon').allInnerTexts().then((texts) => texts.join('\n')), /\d+ rows × 8 columns/);
  });

  test('the search is a ranked table of mean ± std with its best row marked', async () => {
    const table = output(page, 'table', { hasText: 'logistic__C' }).first();
    await table.scrollIntoViewIfNeeded();
    const rows = table.locator('tbody tr');
    assert.equal(await rows.count(), 8);
    assert.match(await rows.first().innerText(), /\d\.\d+ ± \d\.\d+/);
    const marked = table.locator('tr.tunebook-marked');
    assert.equal(await marked.count(), 1);
    assert.equal(await marked.evaluate((row) => getComputedStyle(row.cells[1]).fontWeight), '700');
  });

  test('a chart is a picture with a size of its own', async () => {
    const charts = output(page, 'img');
    assert.ok((await charts.count()) >= 1);
    for (const chart of await charts.all()) {
      await chart.scrollIntoViewIfNeeded();
      const { complete, naturalWidth, naturalHeight, width } = await chart.evaluate((img) => ({
        complete: img.complete,
        naturalWidth: img.naturalWidth,
        naturalHeight: img.naturalHeight,
        width: img.clientWidth,
      }));
      assert.ok(complete && naturalWidth >= 400 && naturalHeight >= 200, `${naturalWidth} × ${naturalHeight}`);
      assert.ok(width >= 400, `shown ${width} wide`);
    }
  });

  for (const theme of ['Light', 'Dark']) {
    test(`text stands out from the page in the ${theme.toLowerCase()} theme`, async () => {
      await setTheme(page, `JupyterLab ${theme}`);
      await fullScreenshot(page, `tour-${theme.toLowerCase()}`);
      const faint = await output(page, 'td, th').evaluateAll(cellsTooFaint);
      assert.deepEqual(faint, []);
    });
  }

  test('nothing is wider than the page', async () => {
    const wide = await page
      .locator('.jp-OutputArea-output, .tunebook-output')
      .evaluateAll((outputs) => outputs.filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.innerText.slice(0, 80)));
    assert.deepEqual(wide, []);
  });

  test('Tab offers the names that begin as typed, and inserts the chosen one', async () => {
    await page.evaluate(async () => {
      const { commands } = window.jupyterapp;
      await commands.execute('notebook:move-cursor-down');
      await commands.execute('notebook:insert-cell-below');
    });
    const editor = page.locator('.jp-Cell.jp-mod-selected .cm-content');
    await editor.click();
    await page.keyboard.type('let model = Logist');
    await page.keyboard.press('Tab');
    const offered = page.locator('.jp-Completer-item');
    await offered.filter({ hasText: 'LogisticRegression' }).first().click({ timeout: COMPLETION_TIMEOUT_MS });
    assert.equal(await editor.innerText(), 'let model = LogisticRegression');
  });

  test('Shift-Tab shows the signature and the documentation of a function', async () => {
    const editor = page.locator('.jp-Cell.jp-mod-selected .cm-content');
    await editor.click();
    await page.keyboard.type('::new().fit(');
    await page.keyboard.press('Shift+Tab');
    const shown = page.locator('.jp-Tooltip');
    await shown.waitFor({ timeout: COMPLETION_TIMEOUT_MS });
    assert.match(await shown.innerText(), /fn fit\(&self, data: &Dataset\)/);
    await page.keyboard.press('Escape');
  });
});

function output(page, selector, options) {
  return page.locator('.jp-OutputArea-output').locator(selector, options);
}

function alignment(locator) {
  return locator.evaluate((cell) => getComputedStyle(cell).textAlign);
}

/** Runs in the page: the table cells whose text has less than 3:1 contrast to what is painted behind it. */
function cellsTooFaint(cells) {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) =>
    [red, green, blue]
      .map((channel) => channel / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = channels(getComputedStyle(each).backgroundColor);
      if ((colour[3] ?? 1) > 0.5) return colour;
    }
    return [255, 255, 255];
  };
  return cells
    .filter((cell) => {
      const [darker, lighter] = [luminance(channels(getComputedStyle(cell).color)), luminance(behind(cell))].sort((a, b) => a - b);
      return (lighter + 0.05) / (darker + 0.05) < 3;
    })
    .map((cell) => cell.innerText);
}
