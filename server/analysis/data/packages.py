#!/usr/bin/env python3
"""Renews packages.json: what the released versions of a few packages ask for, as their metadata says.

Only the metadata is read, through pip, one version at a time; nothing is installed. Of each minor
version the first and the last release are taken: `python3 packages.py > packages.json`.
"""

import datetime
import json
import re
import subprocess
import sys
import tempfile

# The oldest minor version that is looked at, as a pair of numbers.
PACKAGES = {
    "azureml-core": (1, 40),
    "azureml-dataset-runtime": (1, 48),
    "azureml-defaults": (1, 40),
    "azureml-inference-server-http": (0, 7),
    "azureml-mlflow": (1, 48),
}
# The Pythons that a wheel may be for; the first that has one says what it asks for.
PYTHONS = ["3.10", "3.12", "3.8"]
# What its developers need is left out.
OURS = re.compile(r"extra == ['\"](dev|all)['\"]")


def pip(*arguments):
    run = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(run, capture_output=True, text=True, check=False)


def versions(name, oldest):
    shown = pip("index", "versions", name).stdout
    listed = re.search(r"Available versions: (.*)", shown)[1].split(", ")
    minors = {}
    for version in reversed(listed):
        numbers = tuple(int(number) for number in version.split(".")[:2])
        if numbers >= oldest:
            minors.setdefault(numbers, []).append(version)
    for found in minors.values():
        yield from dict.fromkeys([found[0], found[-1]])


def metadata(name, version):
    for python in PYTHONS:
        with tempfile.TemporaryDirectory() as folder:
            wanted = ["--only-binary=:all:", "--python-version", python, "--platform", "manylinux2014_x86_64"]
            asked = ["--no-deps", "--dry-run", "--quiet", "--report", "-", "--target", folder]
            found = pip("install", *asked, *wanted, f"{name}=={version}")
        if found.returncode == 0:
            return json.loads(found.stdout)["install"][0]["metadata"]
    print(f"left out: {name} {version}", file=sys.stderr)
    return None


def main():
    table = {"as_of": datetime.date.today().isoformat(), "packages": {}}
    for name, oldest in PACKAGES.items():
        releases = table["packages"].setdefault(name, {})
        for version in versions(name, oldest):
            found = metadata(name, version)
            if found:
                releases[version] = {
                    "python": found.get("requires_python", ""),
                    "requires": sorted(line for line in found.get("requires_dist", []) if not OURS.search(line)),
                }
    # One release on each line, so that a renewed table can be reviewed line by line.
    listed = []
    for name, releases in table["packages"].items():
        lines = [f"   {json.dumps(version)}: {json.dumps(found)}" for version, found in releases.items()]
        listed.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n  }")
    print(f'{{\n "as_of": "{table["as_of"]}",\n "packages": {{\n' + ",\n".join(listed) + "\n }\n}")


main()
