#!/usr/bin/env bash
# debroot.sh SUITE DEST PACKAGE...: unpacks packages of another Debian suite into DEST. Nothing is
# installed; the archive's address is the one that this machine's apt uses.
set -euo pipefail
. "$(dirname "$0")/packages.sh"
suite=$1 dest=$2
shift 2
refresh
mkdir -p "$dest"
dest=$(cd "$dest" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial}
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main" >"$work/sources.list"
options=(-o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/nonexistent
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o Acquire::Languages=none
    -o APT::Sandbox::User=root -qq)
apt-get "${options[@]}" update
(
    cd "$work"
    apt-get "${options[@]}" download "${@/%//$suite}"
    for package in *.deb; do dpkg -x "$package" "$dest"; done
)
touch "$dest/.complete"
