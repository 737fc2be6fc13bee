// Drives a real VS Code with the packaged extension, and so with VS Code's own client library, in a real
// browser: sees the squiggle inside a raw string, completes a tag there, sees a squiggle in a cell of a
// notebook; on the samples hovers, renames a stage and takes a fix.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { chromium } from 'playwright-core';

const [codeServer, vsix, binary, samples] = process.argv.slice(2);
const patience = 90_000;

const text = `from azureml.core import Environment

env = Environment("train")
env.docker.base_image = None
env.docker.base_dockerfile = r"""
FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:20240415.v1
FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:
"""
`;

const work = fs.mkdtempSync(path.join(os.tmpdir(), 'amlenv-vscode-'));
const project = path.join(work, 'project');
const data = path.join(work, 'data');
const extensions = path.join(work, 'extensions');
const file = path.join(project, 'train.py');
fs.mkdirSync(path.join(project, '.git'), { recursive: true });
fs.mkdirSync(path.join(data, 'User'), { recursive: true });
fs.writeFileSync(file, text);
const cells = [
  ['markdown', '# No code'],
  ['code', 'from azureml.core import Environment'],
  ['code', 'env = Environment("train")\nenv.docker.base_image = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:20240415.v1"'],
];
fs.writeFileSync(
  path.join(project, 'book.ipynb'),
  JSON.stringify({
    cells: cells.map(([cell_type, source], at) => ({
      cell_type,
      id: `cell${at}`,
      metadata: {},
      source,
      ...(cell_type === 'code' ? { execution_count: null, outputs: [] } : {}),
    })),
    metadata: { language_info: { name: 'python' } },
    nbformat: 4,
    nbformat_minor: 5,
  }),
);
fs.writeFileSync(
  path.join(data, 'User', 'settings.json'),
  JSON.stringify({
    'workbench.startupEditor': 'none',
    'telemetry.telemetryLevel': 'off',
    'extensions.autoCheckUpdates': false,
    'files.autoSave': 'off',
    'editor.wordWrap': 'off',
    'editor.minimap.enabled': false,
  }),
);

const entry = path.join(codeServer, 'out/node/entry.js');
const common = ['--user-data-dir', data, '--extensions-dir', extensions, '--config', path.join(work, 'config.yaml')];
fs.writeFileSync(path.join(work, 'config.yaml'), '');
// The program is named by a setting of the machine, which a repository cannot change.
fs.mkdirSync(path.join(data, 'Machine'));
fs.writeFileSync(path.join(data, 'Machine', 'settings.json'), JSON.stringify({ 'amlenv.path': binary }));
const env = process.env;

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.on('exit', (code) => (code === 0 ? resolve(output) : reject(new Error(output))));
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function until(what, condition) {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    const found = await condition().catch(() => undefined);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited in vain for ${what}`);
}

await run([...common, '--install-extension', vsix]);
const port = await freePort();
const address = `http://127.0.0.1:${port}`;
// A group of its own, so that all its children can be ended with it.
const server = spawn(
  process.execPath,
  [entry, ...common, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry',
    '--disable-update-check', '--disable-workspace-trust', project],
  { env, stdio: 'ignore', detached: true },
);
let browser;
let page;
try {
  await until('the server', async () => (await fetch(address)).ok);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(patience);
  await page.goto(`${address}/?folder=${project}`);
  await page.waitForSelector('.monaco-workbench');
  const open = (name, shown) =>
    until(name, async () => {
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+P');
      await page.keyboard.press('Control+A');
      await page.keyboard.type(name);
      await page.locator('.quick-input-list .monaco-list-row', { hasText: path.basename(name) }).first().waitFor({ timeout: 5000 });
      await page.keyboard.press('Enter');
      await page.waitForSelector(shown, { timeout: 5000 });
      return true;
    });
  await open('train.py', '.view-lines');

  await page.waitForSelector('.squiggly-warning');
  await page.keyboard.press('Control+Shift+M');
  await until('the problem', async () => {
    const shown = await page.locator('.markers-panel').innerText();
    return shown.replace(/\s+/g, ' ').includes('azureml/openmpi4.1.0-ubuntu20.04 is deprecated and no longer patched');
  });

  const line = text.split('\n').findIndex((shown) => shown.includes('ubuntu22.04:')) + 1;
  const column = text.split('\n')[line - 1].length + 1;
  await page.locator('.view-lines').first().click();
  await page.keyboard.press('Control+G');
  await page.keyboard.type(`${line}:${column}`);
  await page.keyboard.press('Enter');
  await until('the proposals', async () => {
    await page.keyboard.press('Control+Space');
    await page.waitForSelector('.suggest-widget.visible .monaco-list-row', { timeout: 3000 });
    const first = await page.locator('.suggest-widget.visible .monaco-list-row').first().innerText();
    return first.includes('20260715.v1');
  });
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+S');
  const expected = text.replace('ubuntu22.04:\n', 'ubuntu22.04:20260715.v1\n');
  await until('the saved file', async () => fs.readFileSync(file, 'utf8') !== text);
  assert.equal(fs.readFileSync(file, 'utf8'), expected);

  await open('book.ipynb', '.notebookOverlay .view-lines');
  await page.waitForSelector('.notebookOverlay .squiggly-warning');
  await until('the problem of the cell', async () => {
    const shown = (await page.locator('.markers-panel').innerText()).replace(/\s+/g, ' ');
    return shown.includes('book.ipynb') && shown.includes('is deprecated and no longer patched');
  });

  fs.cpSync(samples, path.join(project, 'samples'), { recursive: true });
  const go = async (line, column) => {
    await page.keyboard.press('Control+G');
    await page.keyboard.type(`${line}:${column}`);
    await page.keyboard.press('Enter');
  };
  const sample = (name) => path.join(project, 'samples', name);
  const stages = fs.readFileSync(sample('kaldi/Dockerfile'), 'utf8').split('\n');
  await open('kaldi/Dockerfile', '.editor-instance .view-lines');
  await go(stages.findIndex((shown) => shown.startsWith('FROM mcr')) + 1, 20);
  await until('the hover', async () => {
    await page.keyboard.press('Control+K');
    await page.keyboard.press('Control+I');
    const hover = page.locator('.monaco-hover:visible', { hasText: 'Newest known tag' }).first();
    await hover.waitFor({ timeout: 3000 });
    return true;
  });
  await page.keyboard.press('Escape');
  const stage = stages.findIndex((shown) => shown.includes(' AS build'));
  await go(stage + 1, stages[stage].length);
  await page.keyboard.press('F2');
  const box = page.locator('.rename-box input');
  await box.waitFor();
  await box.fill('compile');
  await box.press('Enter');
  await until('the new name', async () => {
    await page.keyboard.press('Control+S');
    const now = fs.readFileSync(sample('kaldi/Dockerfile'), 'utf8');
    return now === stages.join('\n').replace('AS build', 'AS compile').replace('--from=build', '--from=compile');
  });

  await open('broken.dockerfile', '.squiggly-warning');
  await go(1, 20);
  await until('the fix', async () => {
    await page.keyboard.press('Control+Period');
    const action = page.locator('.action-widget:visible .monaco-list-row', { hasText: 'openmpi4.1.0-ubuntu22.04' }).first();
    await action.waitFor({ timeout: 3000 });
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+S');
    await new Promise((resolve) => setTimeout(resolve, 300));
    return fs.readFileSync(sample('kaldi/broken.dockerfile'), 'utf8').startsWith('FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04');
  });
  console.log('VS Code: hover, a stage renamed, a fix taken');
  console.log('VS Code: the squiggle seen inside the string, a tag completed there, and a squiggle in a cell');
  console.log('1 passed, 0 failed');
} catch (error) {
  const picture = process.env.AMLENV_PICTURE;
  if (picture && page) await page.screenshot({ path: picture }).catch(() => undefined);
  console.log(`VS Code: ${error.stack}`);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
} finally {
  await browser?.close().catch(() => undefined);
  try {
    process.kill(-server.pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
  fs.rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}
process.exit();
