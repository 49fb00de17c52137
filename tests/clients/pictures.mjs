// Takes the README's pictures: `node tests/clients/pictures.mjs`, after `tests/run lab` has set everything up.

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { launchBrowser, openNotebook, ROOT, runAll, setTheme, sleep, startLab } from './lab.mjs';

const WINDOW = { width: 1600, height: 1130 };
const MOST_BYTES = 400_000;
const FOLDER = join(ROOT, '.github/pictures');

const lab = await startLab();
const browser = await launchBrowser();
try {
  const page = await openNotebook(browser, lab, 'tour.ipynb', WINDOW);
  await runAll(page, 600_000);
  await secondView(page);
  await show(page, 0, 'img');
  await show(page, 1, 'tr.tunebook-marked');
  mkdirSync(FOLDER, { recursive: true });
  for (const theme of ['Light', 'Dark']) {
    await setTheme(page, `JupyterLab ${theme}`);
    const file = join(FOLDER, `tour-${theme.toLowerCase()}.png`);
    await page.screenshot({ path: file });
    const { size } = statSync(file);
    if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, but a picture of the README may have ${MOST_BYTES}`);
    console.log(`${file}: ${size} bytes`);
  }
} finally {
  await browser.close();
  await lab.stop();
}

/** Opens the notebook a second time, to the right of the first. */
async function secondView(page) {
  await page.evaluate(() => window.jupyterapp.commands.execute('docmanager:clone', { options: { mode: 'split-right' } }));
  await page.locator('.jp-NotebookPanel').nth(1).locator('tr.tunebook-marked').waitFor({ state: 'attached' });
}

/** Scrolls one view so that the cell whose output holds this element stands at its top. */
async function show(page, view, selector) {
  const panel = page.locator('.jp-NotebookPanel').nth(view);
  const cell = panel.locator('.jp-CodeCell', { has: page.locator(`.jp-OutputArea-output ${selector}`) }).first();
  await cell.evaluate((element) => element.scrollIntoView({ block: 'start' }));
  await sleep(500);
}
