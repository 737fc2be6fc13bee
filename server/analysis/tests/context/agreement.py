"""Compares what ignore files drop with the programs whose files they are, on random patterns and paths:
`.amlignore` with the official client, `.dockerignore` with moby/patternmatcher.

    pip install azure-ai-ml==1.35.2
    cargo build -p amlenv-analysis --example ignore_files
    python3 agreement.py target/debug/examples/ignore_files 60000 1
    python3 agreement.py target/debug/examples/ignore_files 60000 1 PATTERNS

60000 is the number of cases, 1 the seed. PATTERNS is any program that answers for moby/patternmatcher, a JSON
value a line: {"Text": an ignore file, "Paths": [...]} gets a list with a truth for each path, as BuildKit walks a
context, or null for a file that it refuses; with it `.dockerignore` is compared. Cases that are said to be unclear are counted
and not compared. Exits with 1 if anything differs.
"""

import io
import json
import random
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")

# Each piece of a pattern with its weight.
PIECES = {
    "a": 6, "b": 6, "c": 4, "ab": 2, "x.y": 2, "é": 0.5, "-": 1, "+": 0.5, "{a}": 0.2, "..": 0.5, ".": 1,
    "*": 6, "**": 4, "**/": 2, "/**": 2, "?": 2, "/": 18, "!": 2, "#": 0.3, " ": 0.5, "$": 0.4, "^": 0.3,
    "[a-c]": 2, "[!a]": 1, "[^a]": 1, "[]a]": 0.5, "[a-]": 0.2, "[z-a]": 0.2, "[*]": 0.2, "[": 0.3,
    "]": 0.3, "\\*": 0.7, "\\a": 0.3, "\\": 0.2,
}
NAMES = ["a", "b", "c", "ab", "x.y", "abc", "é", "a*", "-", "+", "$", "x", "^a", "#a", " a", "a]", "{a}", "!a"]


def case(kind, chance):
    lines = []
    for _ in range(chance.choice([1, 1, 1, 2, 3, 5])):
        line = "".join(chance.choices(list(PIECES), PIECES.values(), k=chance.randint(1, 6)))
        lines.append("!" + line if chance.random() < 0.25 else line)
    paths = ["/".join(chance.choices(NAMES, k=chance.randint(1, 4))) for _ in range(12)]
    return {"kind": kind, "text": chance.choice(["\n", "\r\n"]).join(lines), "paths": paths}


def client(given):
    """What the official client drops, as its class for ignore files goes about it."""
    from azure.ai.ml._utils._pathspec import GitWildMatchPattern, normalize_file

    try:
        lines = io.TextIOWrapper(io.BytesIO(given["text"].encode()), encoding="utf-8-sig")
        patterns = [GitWildMatchPattern(line.rstrip()) for line in lines]
    except Exception:
        return "refused"
    out = []
    for path in given["paths"]:
        matched = False
        for pattern in patterns:
            if pattern.include is not None and pattern.match_file(normalize_file(path)) is not None:
                matched = pattern.include
        if matched:
            out.append(path)
    return out


def ask(program, cases):
    given = "".join(json.dumps(case) + "\n" for case in cases)
    out = subprocess.run([program], input=given, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def main():
    ours, count, seed, patterns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    kind = "build" if patterns else "upload"
    chance = random.Random(seed)
    cases = [case(kind, chance) for _ in range(count)]
    theirs = ask(patterns[0], cases) if patterns else [client(case) for case in cases]
    unclear = differ = 0
    for given, one, other in zip(cases, ask(ours, cases), theirs, strict=True):
        if one == "unclear":
            unclear += 1
        elif one != other:
            differ += 1
            print(json.dumps(given), one, other)
    print(f"{count} cases of {kind}, {unclear} unclear, {differ} differ")
    sys.exit(differ > 0)


main()
