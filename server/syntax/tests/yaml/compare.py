"""Holds the YAML reader to PyYAML over real files: `python3 compare.py READER FOLDER…` reads every
YAML file below the folders with both and prints where keys or values differ. READER is the built
example `read`. `--mutations N` compares N mutations of the files as well.

    pip install pyyaml==6.0.2
"""

import datetime
import glob
import json
import math
import random
import re
import subprocess
import sys

import yaml

TEMPLATE = re.compile(r"\{\{|\{%|#\{|<%|__[A-Z]|@[A-Z_]+@|%[A-Z_]+%")


def theirs(text):
    """The documents, or None where PyYAML refuses one of them."""
    try:
        return list(yaml.safe_load_all(text))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None


def shown(value):
    """A value of PyYAML in the shape of the reader's."""
    if isinstance(value, dict):
        return {"map": [[shown(key), shown(inner)] for key, inner in value.items()]}
    if isinstance(value, (list, tuple)):
        return {"list": [shown(item) for item in value]}
    if value is None:
        return {"null": ""}
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"int": value}
    if isinstance(value, float):
        return {"float": "nan" if math.isnan(value) else value}
    if isinstance(value, (datetime.date, datetime.datetime)):
        return {"date": str(value)}
    return {"str": value if isinstance(value, str) else repr(value)}


def ours(node):
    """The reader's value with numbers loaded, equal keys put together."""
    ((kind, value),) = node.items()
    if kind == "map":
        pairs = {}
        for key, inner in value:
            key = ours(key)
            pairs[json.dumps(key)] = [pairs.get(json.dumps(key), [key])[0], ours(inner)]
        return {"map": list(pairs.values())}
    if kind == "list":
        return {"list": [ours(item) for item in value]}
    if kind in ("int", "float", "bool", "date"):
        return shown(yaml.safe_load(value))
    if kind == "null":
        return {"null": ""}
    return {kind: value}


def order(value):
    """Merged keys stand elsewhere in the order, which says nothing."""
    ((kind, inner),) = value.items()
    if kind == "map":
        return {"map": sorted(([order(key), order(found)] for key, found in inner), key=lambda pair: json.dumps(pair[0]))}
    if kind == "list":
        return {"list": [order(item) for item in inner]}
    return value


def difference(a, b, path=""):
    """The first place where two values differ."""
    if a == b:
        return None
    if "map" in a and "map" in b and [key for key, _ in a["map"]] == [key for key, _ in b["map"]]:
        for (key, x), (_, y) in zip(a["map"], b["map"]):
            found = difference(x, y, f"{path}/{list(key.values())[0]}")
            if found:
                return found
    if "list" in a and "list" in b and len(a["list"]) == len(b["list"]):
        for at, (x, y) in enumerate(zip(a["list"], b["list"])):
            found = difference(x, y, f"{path}/{at}")
            if found:
                return found
    return f"{path}\n    pyyaml {json.dumps(a)[:300]}\n    ours   {json.dumps(b)[:300]}"


def compare(reader, files):
    lines = "\n".join(json.dumps(text) for _, text in files)
    out = subprocess.run([reader, "yaml"], input=lines, capture_output=True, text=True, check=True)
    counts = {"same": 0, "differ": 0, "refused by both": 0, "refused by PyYAML, a template": 0, "refused by PyYAML alone": 0, "refused here alone": 0}
    for (name, text), line in zip(files, out.stdout.split("\n")):
        read = json.loads(line)
        expected = theirs(text)
        if expected is None:
            if read["problems"]:
                counts["refused by both"] += 1
            elif TEMPLATE.search(text):
                counts["refused by PyYAML, a template"] += 1
            else:
                counts["refused by PyYAML alone"] += 1
                print(f"{name}: refused by PyYAML alone")
                try:
                    list(yaml.safe_load_all(text))
                except Exception as problem:
                    print("   ", str(problem).replace("\n", " ")[:300])
            continue
        if read["problems"]:
            counts["refused here alone"] += 1
            print(f"{name}: refused here alone: {read['problems']}")
            continue
        if TEMPLATE.search(text) and "{{" in text and any("{{" in json.dumps(found, default=str) or True for found in expected):
            # `{{x}}` is a mapping in a mapping to PyYAML, which has no such keys, or a comment.
            pass
        expected = expected or [None]
        mine = [ours(found) for found in read["documents"]] or [{"null": ""}]
        mine = [order(found) for found in mine]
        wanted = [order(shown(found)) for found in expected]
        if mine == wanted:
            counts["same"] += 1
        else:
            counts["differ"] += 1
            places = [difference(a, b) for a, b in zip(wanted, mine)] if len(mine) == len(wanted) else [f"{len(wanted)} and {len(mine)} documents"]
            print(f"{name}: {next(place for place in places if place)}")
    print(f"{len(files)} texts: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    return counts["differ"] + counts["refused here alone"] + counts["refused by PyYAML alone"]


def mutations(files, count):
    rng = random.Random(20260723)
    pieces = [":", ": ", "- ", "\n", "  ", " ", "\t", "#", " #", "'", '"', "|", ">", "|\n  ", "[", "]", "{", "}", ",", "&a ", "*a", "!", "!!str ", "? ", "<<: ", "%", "@", "---\n", "...\n", "1", "é", "\\"]
    small = [(name, text) for name, text in files if len(text) < 3000]
    for number in range(count):
        name, text = rng.choice(small)
        for _ in range(rng.randrange(1, 3)):
            at = rng.randrange(len(text) + 1)
            kind = rng.random()
            if kind < 0.5:
                text = text[:at] + rng.choice(pieces) + text[at:]
            elif kind < 0.8:
                text = text[:at] + text[at + 1 + rng.randrange(4) :]
            else:
                text = text[:at]
        yield (f"{name}#{number}", text)


def main():
    arguments = sys.argv[1:]
    count = 0
    if "--mutations" in arguments:
        at = arguments.index("--mutations")
        count = int(arguments[at + 1])
        del arguments[at : at + 2]
    reader, *folders = arguments
    files = []
    for folder in folders:
        for path in sorted(glob.glob(f"{folder}/**/*", recursive=True) + glob.glob(f"{folder}/**/.*/**/*", recursive=True)):
            if path.endswith((".yml", ".yaml", ".runconfig")):
                try:
                    files.append((path, open(path, encoding="utf-8-sig", newline="").read()))
                except (UnicodeDecodeError, IsADirectoryError):
                    continue
    wrong = compare(reader, files)
    if count:
        wrong += compare(reader, list(mutations(files, count)))
    sys.exit(1 if wrong else 0)


main()
