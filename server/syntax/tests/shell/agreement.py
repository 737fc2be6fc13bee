"""Compares the splitting of shell text with bashlex's, on every script of the Dockerfiles below folders.

    pip install bashlex==0.18
    python3 agreement.py OURS FOLDER...

OURS is the example `dockerfiles` of the crate of the analysis. bashlex is a port of bash's own grammar;
what it refuses is counted and not compared.
"""

import json
import subprocess
import sys
from pathlib import Path

import bashlex
import bashlex.ast

sys.path.insert(0, str(Path(__file__).parent.parent / "dockerfile"))
from opinions import ask

OPAQUE = {"parameter", "commandsubstitution", "processsubstitution"}


def word(node):
    parts = [part for part in getattr(node, "parts", []) if part.kind in OPAQUE]
    return None if parts or "$((" in node.word else node.word


class Commands(bashlex.ast.nodevisitor):
    def __init__(self):
        self.found = []

    def visitcommand(self, node, parts):
        words = [word(part) for part in parts if part.kind == "word"]
        assignments = [word(part) for part in parts if part.kind == "assignment"]
        redirections = [
            [part.type, word(part.output) if hasattr(part.output, "word") else str(part.output)]
            for part in parts
            if part.kind == "redirect"
        ]
        if words or assignments:
            self.found.append(
                (node.pos, {"assignments": assignments, "words": words, "redirections": redirections})
            )


def theirs(text):
    visitor = Commands()
    for tree in bashlex.parse(text):
        visitor.visit(tree)
    return [command for _, command in sorted(visitor.found, key=lambda found: found[0])]


def main(ours, *folders):
    scripts = []
    for folder in sorted(folders):
        done = subprocess.run([ours, folder], stdout=subprocess.PIPE, check=True)
        for line in done.stdout.decode().split("\n"):
            if line:
                for instruction in json.loads(line)["instructions"]:
                    scripts += instruction["scripts"]
    refused = equal = commands = 0
    wrong = []
    for text, answer in zip(scripts, ask([ours], [{"shell": text} for text in scripts])):
        try:
            expected = theirs(text)
        except Exception:
            refused += 1
            continue
        if answer["commands"] == expected:
            equal += 1
            commands += len(expected)
        else:
            wrong.append((text, answer["commands"], expected))
    print(f"{len(scripts)} scripts, {refused} that bashlex refuses; {equal} of {len(scripts) - refused} equal, {commands} commands")
    for text, one, other in wrong[:12]:
        print("---", text[:1500], sep="\n")
        for a in one:
            if a not in other:
                print("  ours  ", a)
        for b in other:
            if b not in one:
                print("  theirs", b)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
