// Finds the program, starts it as a language server, and adds two commands.

import * as vscode from 'vscode';
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from 'vscode-languageclient/node';

import { findServer } from './server';

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand('amlenv.restart', async () => {
      await stop();
      await start(context);
    }),
    vscode.commands.registerCommand('amlenv.registerEnvironment', register),
  );
  await start(context);
}

export async function deactivate(): Promise<void> {
  await stop();
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.dispose();
}

async function start(context: vscode.ExtensionContext): Promise<void> {
  const found = findServer(vscode.workspace.getConfiguration('amlenv').get<string>('path', ''), context.extensionPath);
  if ('missing' in found) {
    const settings = 'Open Settings';
    // The answer is awaited by nobody: the message must not hold the start-up.
    void vscode.window.showErrorMessage(found.missing, settings).then((answer) => {
      if (answer === settings) {
        void vscode.commands.executeCommand('workbench.action.openSettings', 'amlenv.path');
      }
    });
    return;
  }
  const server: ServerOptions = { command: found.program, args: ['server'] };
  const languages = ['dockerfile', 'yaml', 'python', 'pip-requirements'];
  const options: LanguageClientOptions = {
    documentSelector: [
      ...languages.flatMap((language) => [
        { scheme: 'file', language },
        { scheme: 'untitled', language },
        { scheme: 'vscode-notebook-cell', language },
      ]),
      // Definitions of SDK v1; other JSON is none of ours.
      { scheme: 'file', pattern: '**/*.runconfig' },
      { scheme: 'file', language: 'json', pattern: '**/*env*.json' },
    ],
    synchronize: { configurationSection: 'amlenv' },
    initializationOptions: vscode.workspace.getConfiguration('amlenv'),
  };
  client = new LanguageClient('amlenv', 'amlenv', server, options);
  // The protocol has nothing for the clipboard; the server is told that this client has one.
  client.registerFeature({
    fillClientCapabilities: (capabilities) => {
      capabilities.experimental = { ...(capabilities.experimental as object), amlenv: { copy: true } };
    },
    initialize: () => undefined,
    getState: () => ({ kind: 'static' }),
    clear: () => undefined,
  });
  client.onNotification('amlenv/copy', ({ text }: { text: string }) => vscode.env.clipboard.writeText(text));
  await client.start();
}

// Asks the server what can be registered in the file that is open, and lets the user choose.
async function register(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (client === undefined || editor === undefined) {
    void vscode.window.showInformationMessage('Open a file that defines an environment first.');
    return;
  }
  const lenses = await client.sendRequest<{ command?: { title: string; command: string; arguments?: unknown[] } }[] | null>(
    'textDocument/codeLens',
    { textDocument: { uri: editor.document.uri.toString() } },
  );
  const items = (lenses ?? []).flatMap(({ command }) =>
    command?.command === 'amlenv.register' ? [{ label: command.title, command }] : [],
  );
  const chosen = items.length > 1 ? await vscode.window.showQuickPick(items) : items[0];
  if (items.length === 0) {
    void vscode.window.showInformationMessage('No environment that could be registered is defined in this file.');
  } else if (chosen !== undefined) {
    await vscode.commands.executeCommand(chosen.command.command, ...(chosen.command.arguments ?? []));
  }
}
