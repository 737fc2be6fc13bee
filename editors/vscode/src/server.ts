// Where the program is. Only the user's own setting can name it; a repository cannot.

import * as fs from 'node:fs';
import * as path from 'node:path';

export type Found = { program: string } | { missing: string };

export function findServer(setting: string, extension: string, env: NodeJS.ProcessEnv = process.env): Found {
  const name = process.platform === 'win32' ? 'amlenv.exe' : 'amlenv';
  if (setting !== '') {
    return isFile(setting)
      ? { program: setting }
      : { missing: `amlenv: there is no program ${setting}, which the setting amlenv.path names.` };
  }
  const folders = [path.join(extension, 'server'), ...(env['PATH'] ?? '').split(path.delimiter)];
  // A relative folder on the PATH would be one of the workspace's.
  const candidates = folders.filter((folder) => path.isAbsolute(folder)).map((folder) => path.join(folder, name));
  const program = candidates.find(isFile);
  return program !== undefined
    ? { program }
    : { missing: 'The program amlenv was not found. Install it on the PATH, or name it with the setting amlenv.path.' };
}

function isFile(candidate: string): boolean {
  try {
    return fs.statSync(candidate).isFile();
  } catch {
    return false;
  }
}
