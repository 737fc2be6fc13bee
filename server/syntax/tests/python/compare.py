"""Compares what the reader sees in Python files with what CPython's own parser sees: the values of
string constants at the same place, and the assignments of names and attributes.

    cargo build --release -p amlenv-syntax --example python_facts
    python3 compare.py target/release/examples/python_facts FOLDER…

Code cells of notebooks are compared too, each without its magics. Files that CPython refuses are left
out. Exits with 1 if anything differs.
"""

import ast
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
HOLE = "\ufffc"


def sources(folders, scratch):
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in sorted(names):
                path = os.path.join(root, name)
                if name.endswith(".py"):
                    yield path
                elif name.endswith(".ipynb"):
                    yield from cells(path, scratch)


def cells(path, scratch):
    try:
        found = json.load(open(path, encoding="utf-8"))["cells"]
    except (ValueError, KeyError, OSError):
        return
    for number, cell in enumerate(found):
        text = "".join(cell.get("source", []))
        if cell.get("cell_type") != "code" or text.startswith("%%"):
            continue
        lines = ["pass" if line.lstrip().startswith(("%", "!")) else line for line in text.split("\n")]
        target = os.path.join(scratch, f"{abs(hash(path))}-{number}.py")
        with open(target, "w", encoding="utf-8", newline="") as out:
            out.write("\n".join(lines))
        yield target


def dotted(node):
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return inner and f"{inner}.{node.attr}"
    return None


def cpython(source, text):
    lines = [0]
    for line in source.split(b"\n"):
        lines.append(lines[-1] + len(line) + 1)
    tree = ast.parse(text)
    inside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(id(inner) for inner in ast.walk(node) if inner is not node)
    strings, assignments = {}, set()
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings[lines[node.lineno - 1] + node.col_offset] = node.value
        elif isinstance(node, ast.JoinedStr):
            value = "".join(part.value if isinstance(part, ast.Constant) else HOLE for part in node.values)
            strings[lines[node.lineno - 1] + node.col_offset] = value
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if isinstance(node, ast.AnnAssign) and node.value is None:
            continue
        for target in targets:
            name = dotted(target)
            if name:
                assignments.add((lines[target.lineno - 1] + target.col_offset, name))
    return strings, assignments


def main():
    program, folders = sys.argv[1], sys.argv[2:]
    count = collections.Counter()
    with tempfile.TemporaryDirectory() as scratch:
        paths = list(sources(folders, scratch))
        run = subprocess.run([program], input="\n".join(paths), capture_output=True, text=True, check=True)
        for line in run.stdout.splitlines():
            ours = json.loads(line)
            source = open(ours["path"], "rb").read()
            try:
                text = source.decode("utf-8")
                if b"\r" in source.replace(b"\r\n", b"") or text.startswith("\ufeff"):
                    raise ValueError
                strings, assignments = cpython(source, text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                count["files that CPython refuses"] += 1
                continue
            count["files"] += 1
            count["statements that could not be read"] += ours["broken"]
            count["strings of CPython"] += len(strings)
            for start, value, _ in ours["strings"]:
                wanted = strings.get(start)
                if wanted is None:
                    count["strings at another place"] += 1
                    report(ours["path"], source, start, value, None)
                elif value.replace(HOLE, "\ufffd") == plain(wanted):
                    count["strings equal"] += 1
                elif HOLE in value and b"=" in source[start : start + 200] and shows_itself(value, wanted):
                    # `{x = }` writes its own text in front of what is not known.
                    count["strings with holes that show themselves"] += 1
                elif "\\N{" in text or any(0xD800 <= ord(c) < 0xE000 for c in wanted):
                    # Names of characters are not known to the reader, and lone surrogates are no text.
                    count["strings with names or lone surrogates"] += 1
                else:
                    count["strings that differ"] += 1
                    report(ours["path"], source, start, value, wanted)
            found = {tuple(item) for item in ours["assignments"]}
            count["assignments of CPython"] += len(assignments)
            count["assignments equal"] += len(found & assignments)
            for start, name in found - assignments:
                count["assignments that CPython does not see"] += 1
                report(ours["path"], source, start, name, None)
            for start, name in assignments - found:
                count["assignments not seen"] += 1
                report(ours["path"], source, start, None, name)
    for key, value in count.items():
        print(f"{value:>9} {key}")
    wrong = ["strings at another place", "strings that differ", "assignments that CPython does not see"]
    sys.exit(any(count[key] for key in wrong))


def shows_itself(value, wanted):
    pieces = [re.escape(piece) for piece in value.split(HOLE)]
    return re.fullmatch(f"([^=]*= *)?{HOLE}".join(pieces), wanted, re.DOTALL) is not None


def plain(value):
    return value.replace(HOLE, "\ufffd")


def line_of(source, start):
    return source.count(b"\n", 0, start) + 1


shown = 0


def report(path, source, start, ours, cpythons):
    global shown
    shown += 1
    if shown <= 40:
        near = source[start : start + 60]
        print(f"{path}:{line_of(source, start)}: {near!r}\n    reader {ours!r:.200}\n    CPython {cpythons!r:.200}")


main()
