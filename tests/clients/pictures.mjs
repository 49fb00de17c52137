// Takes the README's pictures: `node tests/clients/pictures.mjs`, after `tests/run lab` has set everything up.

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { launchBrowser, openNotebook, ROOT, runAll, setTheme, sleep, startLab } from './lab.mjs';

const WINDOW = { width: 1400, height: 1000 };
const MOST_BYTES = 400_000;
const FOLDER = join(ROOT, '.github/pictures');

const lab = await startLab();
const browser = await launchBrowser();
try {
  const page = await openNotebook(browser, lab, 'tour.ipynb', WINDOW);
  await runAll(page, 300_000);
  await show(page, 'logistic__C');
  mkdirSync(FOLDER, { recursive: true });
  for (const theme of ['Light', 'Dark']) {
    await setTheme(page, `JupyterLab ${theme}`);
    const file = join(FOLDER, `tour-${theme.toLowerCase()}.png`);
    await page.screenshot({ path: file });
    const { size } = statSync(file);
    if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, but a README's picture may have ${MOST_BYTES}`);
    console.log(`${file}: ${size} bytes`);
  }
} finally {
  await browser.close();
  await lab.stop();
}

/** Scrolls so that the cell whose output has this text stands at the top of the window. */
async function show(page, text) {
  await page
    .locator('.jp-CodeCell', { has: page.locator('.jp-OutputArea-output table', { hasText: text }) })
    .first()
    .evaluate((cell) => cell.scrollIntoView({ block: 'start' }));
  await page.locator('.jp-Notebook').evaluate((notebook) => notebook.blur?.());
  await sleep(500);
}
