// JupyterLab as a person has it: the server of .venv, and a page of it in a headless Chromium.
// The tests `*.test.mjs` look at what a person would see there; `pictures.mjs` takes the pictures of the README.

import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const SCREENSHOTS = join(ROOT, 'target/screenshots');

/** Where `tests/run` registers the kernel, so that nothing of the user's own Jupyter is read or written. */
const JUPYTER = join(ROOT, 'target/test-jupyter');

/** What a first start would ask or fetch, and what would keep cells out of the page while they are out of sight. */
const SETTINGS = {
  'apputils-extension/notification': { fetchNews: 'false', checkForUpdates: false, doNotDisturbMode: true },
  'apputils-extension/themes': { theme: 'JupyterLab Light' },
  'extensionmanager-extension/plugin': { enabled: false },
  'notebook-extension/tracker': { windowingMode: 'none' },
};

/** Starts JupyterLab on a copy of `notebooks/`, so that saving in it changes nothing in the checkout; with other notebooks beside them, by name. */
export async function startLab(others = {}) {
  const home = join(JUPYTER, `lab-${process.pid}`);
  rmSync(home, { recursive: true, force: true });
  for (const [plugin, value] of Object.entries(SETTINGS)) {
    const file = join(home, 'settings/@jupyterlab', `${plugin}.jupyterlab-settings`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(value));
  }
  cpSync(join(ROOT, 'notebooks'), join(home, 'notebooks'), { recursive: true });
  for (const [name, sources] of Object.entries(others)) writeFileSync(join(home, 'notebooks', name), notebook(sources));

  const port = await freePort();
  const server = spawn(
    join(ROOT, '.venv/bin/jupyter-lab'),
    [
      '--no-browser',
      '--allow-root',
      `--ServerApp.root_dir=${join(home, 'notebooks')}`,
      '--ServerApp.ip=127.0.0.1',
      `--ServerApp.port=${port}`,
      '--ServerApp.port_retries=0',
      '--IdentityProvider.token=',
      '--LabApp.expose_app_in_browser=True',
      '--LabApp.extension_manager=readonly',
      '--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate',
    ],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        JUPYTER_CONFIG_DIR: join(home, 'config'),
        JUPYTER_DATA_DIR: join(home, 'data'),
        JUPYTER_RUNTIME_DIR: join(home, 'runtime'),
        JUPYTER_PATH: [join(JUPYTER, 'share/jupyter'), process.env.JUPYTER_PATH].filter(Boolean).join(delimiter),
        JUPYTERLAB_SETTINGS_DIR: join(home, 'settings'),
        JUPYTERLAB_WORKSPACES_DIR: join(home, 'workspaces'),
      },
    },
  );
  let log = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (log += text));

  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    const ended = server.exitCode ?? new Promise((done) => server.once('exit', done));
    try {
      process.kill(-server.pid, 'SIGTERM');
    } catch {
      // It has ended by itself.
    }
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  for (let tries = 0; ; tries++) {
    if (server.exitCode !== null || tries === 600) {
      await stop();
      throw new Error(`jupyterlab did not start:\n${log}`);
    }
    if (await fetch(`${url}/api/status`).then((reply) => reply.ok, () => false)) break;
    await sleep(100);
  }
  return { url, stop, log: () => log };
}

/** A notebook with these code cells, as a file has it. */
function notebook(sources) {
  const cells = sources.map((source, index) => ({ cell_type: 'code', id: `cell-${index}`, execution_count: null, metadata: {}, outputs: [], source }));
  const kernelspec = { name: 'tunebook', display_name: 'Rust (Tunebook)', language: 'rust' };
  return JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}

export function launchBrowser() {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
    ],
  });
}

function chromiumPath() {
  const paths = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const found = paths.find((path) => path && existsSync(path));
  if (!found) throw new Error(`no chromium: looked for ${paths.filter(Boolean).join(', ')}; CHROMIUM may name one`);
  return found;
}

/** Opens one notebook and nothing beside it, and waits until its kernel is there. */
export async function openNotebook(browser, lab, path, viewport) {
  const page = await browser.newPage({ viewport });
  page.setDefaultTimeout(60_000);
  await page.goto(`${lab.url}/lab/tree/${path}?reset`);
  await page.waitForFunction(() => window.jupyterapp?.shell?.currentWidget?.context?.isReady);
  await page.evaluate(() => {
    const { commands, shell } = window.jupyterapp;
    if (!shell.leftCollapsed) return commands.execute('application:toggle-left-area');
  });
  await page.waitForFunction(
    () => window.jupyterapp.shell.currentWidget.context.sessionContext.session?.kernel?.status === 'idle',
  );
  return page;
}

/** Clicks "Run All Cells", as a person does, and returns the code cells when the last of them is done. */
export async function runAll(page, timeout) {
  await page.locator('.lm-MenuBar-item', { hasText: /^Run$/ }).click();
  await page.locator('.lm-Menu-item', { hasText: /^Run All Cells$/ }).click();
  return allDone(page, timeout);
}

/** Returns the code cells when the last of them is done, or one has failed. */
export async function allDone(page, timeout) {
  await page.waitForFunction(
    () => {
      const panel = window.jupyterapp.shell.currentWidget;
      const cells = panel.content.widgets.filter((cell) => cell.model.type === 'code');
      const failed = cells.some((cell) => cell.model.sharedModel.outputs.some((output) => output.output_type === 'error'));
      const done = cells.every((cell) => cell.model.executionCount !== null && cell.model.executionState !== 'running');
      return (done || failed) && panel.context.sessionContext.session.kernel.status === 'idle';
    },
    null,
    { timeout, polling: 200 },
  );
  return codeCells(page);
}

/** The code cells as a saved notebook would have them. */
export function codeCells(page) {
  return page.evaluate(() =>
    window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells
      .filter((cell) => cell.cell_type === 'code')
      .map((cell) => cell.toJSON()),
  );
}

/** Changes the theme as the Settings menu does: without a reload, with the outputs that are there. */
export async function setTheme(page, theme) {
  await page.evaluate((name) => window.jupyterapp.commands.execute('apputils:change-theme', { theme: name }), theme);
  await page.waitForFunction((name) => document.body.dataset.jpThemeName === name, theme);
  await sleep(500);
}

/** The whole notebook in one picture: the window is made as high as the notebook is. */
export async function fullScreenshot(page, name) {
  const { width, height } = page.viewportSize();
  const below = await page.evaluate(() => {
    const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)');
    panel.querySelector('.jp-WindowedPanel-outer').scrollTop = 0;
    const window = panel.querySelector('.jp-WindowedPanel-outer').getBoundingClientRect();
    const cells = [...panel.querySelectorAll('.jp-Cell')];
    return cells[cells.length - 1].getBoundingClientRect().bottom - window.bottom;
  });
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.setViewportSize({ width, height: Math.min(Math.ceil(height + below) + 40, 16_000) });
  await sleep(500);
  const file = join(SCREENSHOTS, `${name}.png`);
  await page.screenshot({ path: file });
  await page.setViewportSize({ width, height });
  return file;
}

export function sleep(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function freePort() {
  return new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}
