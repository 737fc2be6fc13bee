#!/usr/bin/env bash
# install.sh DEST: a real VS Code, without a window: code-server with its extension host. Its own
# install downloads from places that an ordinary package registry is not, so the parts that do are
# left out or replaced: ripgrep is Debian's, the terminal and kerberos are not needed.
set -euo pipefail
here=$(dirname "$0")
. "$here/../packages.sh"
version=4.100.3 # VS Code 1.100.3, the last for Node 20.
dest=$1
need rg ripgrep
need chromium chromium
need g++ g++ make python3
rm -rf "$dest"
mkdir -p "$dest"
cd "$dest"
export npm_config_yes=true npm_config_update_notifier=false
tarball=$(npm pack --silent "code-server@$version" 2>/dev/null | tail -1)
tar xzf "$tarball" --strip-components=1
rm "$tarball"
npm install --omit=dev --ignore-scripts --loglevel=error
npm rebuild argon2 --loglevel=error
cd lib/vscode
npm install --omit=dev --ignore-scripts --loglevel=error
mkdir -p node_modules/@vscode/ripgrep/bin
ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg
npm rebuild @vscode/spdlog node-pty --loglevel=error
npm rebuild native-watchdog --loglevel=error || true
ln -sfn node_modules node_modules.asar
cd extensions
npm install --omit=dev --ignore-scripts --loglevel=error
cd "$dest"
node out/node/entry.js --version
touch "$dest/.complete"
