"""Writes answers.json: what PyYAML makes of the texts below, dumped again as the official client
dumps conda files: `yaml.dump(yaml.safe_load(text), default_flow_style=False)`; null where it refuses.

    pip install pyyaml==6.0.2
    python3 answers.py > answers.json
"""

import json
import random
import re

import yaml

TEXTS = [
    # plain scalars and their types
    "a: 1.10\nb: 010\nc: 0o10\nd: yes\ne: No\nf: ~\ng: 2024-01-02\nh: 2024-01-02 03:04:05\ni: 1e3\nj: 1.0e+3\nk: .inf\nl: 0x1F\nm: 1_000\nn: 190:20:30\no: '1'\np: null\nq: \"\"\nr: .5\ns: +1\nt: -0\nu: 0b11\nv: on\nw: Off\nx: 'y'\ny: n\n",
    "a: b c\nb: b # c\nc: b#c\nd: a:b\ne: http://x/y\nf: a,b\ng: [a, b]\nh: {a: b}\ni: 'it''s'\nj: \"a\\tb\\u00e9\\x41\\n\"\nk: -1a\nl: - x\n",
    "a: - x\n", "a: b: c\n", "a:\n  - b\n c: d\n", "a: [b\n", "a: 'b\n", "\ta: b\n", "a:\n\tb: c\n", "a: b\n  c: d\n", "- a\nb: c\n", "a: @b\n", "a: `b\n", "a: %b\n", "a: |\n b\nc\n",
    "a:\n- b\n- c:\n  - d\n-\n  e: f\n- - g\n  - h\n", "- a\n-\n- ~\n", "a:\nb:\n", "a: {}\nb: []\nc: ''\n", "? a\n: b\n", "? - a\n: b\n", "a: !!str 1\nb: !!int '2'\n", "{a: b, c: [d, {e: f}], g: }\n", "{a, b: }\n", "[a, b: c]\n", "[\n a,\n b # c\n , c\n]\n", "a: [b,]\n", "a: {b: c,}\n",
    # block scalars with every indicator
    "a: |\n  b\n  c\n\nd: e\n", "a: |-\n  b\n  c\n\nd: e\n", "a: |+\n  b\n\n\nd: e\n", "a: >\n  b\n  c\n\n  d\n   e\n  f\n", "a: >-\n  b\n\n  c\n", "a: >+\n  b\n\n", "a: |2\n   b\n  c\n", "a: |1-\n  b\n", "a: |-2\n    b\n", "a: |\n\n\n  b\n", "a: |\n", "a: |  # c\n  b # d\n", "- |\n b\n- >\n c\n", "a: |\n  b\n # c\nd: e\n", "a: |\n  \tb\n", "a: >\n  b\n  \tc\n  d\n", "a: |\r\n  b\r\n  c\r\n",
    # plain and quoted scalars over several lines
    "a: b\n  c\n  d\n", "a: b\n\n  c\n", "a: 'b\n  c\n\n  d'\n", "a: \"b\n  c\\\n  d\\\n  \\ e\"\n", "a: \"b \n  c\"\n", "a:\n  b\n  c\n", "- b\n  c\n", "a: b\n # c\n  d\n",
    # anchors, aliases, merges
    "a: &x 1\nb: *x\n", "a: &x\n  b: c\nd:\n  <<: *x\n  e: f\n", "a: &x {b: 1, c: 2}\nd:\n  c: 3\n  <<: *x\n", "a: &x {b: 1}\ny: &y {b: 2, c: 3}\nd:\n  <<: [*x, *y]\n", "a: *x\n", "a: &x b\nc: &x d\ne: *x\n", "&x a: b\nc: *x\n", "a: &x\nb: *x\n", "<<: {a: b}\n", "a:\n  <<: b\n",
    "a: &x {b: 1}\nc: {<<: *x, b: 2}\n", "a:\n  <<:\n", "a:\n  <<: [b]\n", "a: &x {b: 1}\nc:\n  <<: [*x, {d: 2}]\n  b: 3\n", "a: &x [1, *x]\n", "- &a b\n- *a\n- {c: *a}\n", "a: &x !!str 1\nb: *x\n",
    # quoted scalars that go on in any column, and what is glued to them
    "a:\n  b: \"c\n  d: e\"\n  f: g\n", "a:\n  b: 'c\n d\n\n  e'\nf: g\n", "a:\n    b: \"c\\n\\\n    d\\\n  e\"\n", "- \"a\n- b\"\n- c\n", "a: \"b\"#c\nd: e\n", "a: [b, \"c\"#d\n]\n", "a: 'b' c\n", "a: \"b\nc: d\n", "a:\n  b: \"c\nd: e\n", "\"a\nb\": c\n", "a: \"\\x41\\u00e9\\U0001F600\\N\\_\\L\\P\\e\\0\\/\"\n", "a: \"\\q\"\n", "a: \"b \\\n   c\"\n", "a: \" b\\\n\\ c \"\n", "a: '''b'''\n",
    # tabs
    "a:\tb\n", "a: b\tc\n", "a: b\t\n", "a: b\t# c\n", "a: 'b\tc'\n", "a: \"b\tc\"\n", "a: |\n  b\tc\n", "# a\tb\na: b # c\td\n", "a: [b,\tc]\n", "\t\na: b\n", "a: b\n\t\nc: d\n", "-\ta\n", "a: b\n  \tc\n",
    # keys that are not there
    "a: b\n: c\n", "? a\n: b\n? c\n", "{: a}\n", "{a: , b}\n", "[a: ]\n",
    # more of block scalars
    "a: |1\n b\n", "a: |+2\n   b\n\n", "a: >2-\n    b\n  c\n", "a: |0\n b\n", "a: |12\n b\n", "a: |x\n b\n", "a: >\n\n  b\n\n\n  c\n", "a: >\n  b\n\n   c\n\n  d\n", "a: >+\n  b\n\n  c\n\n\nd: e\n", "a: |\n  b\n   \n  c\n", "a: |\n   b\n  c\n", "a: |\n\n   \n  b\n", "- |\n  a\n\n- b\n", "a:\n- >-\n  b\n  c\n- d\n", "a: !!str |\n  b\n", "a: &x |\n  b\nc: *x\n", "|\n a\n",
    # dates and numbers as versions are written
    "a: 2024-01-02T03:04:05Z\nb: 2024-1-2\nc: 1.0.0\nd: 1_0.5\ne: 0.0\nf: -1.5e-3\ng: +.5\nh: 0o17\ni: 0xg\nj: 1:60\nk: .INF\nl: -.inf\nm: 1e10\nn: 1.e+5\no: 00\np: 0_7\n", "version: 3.10\n", "version: 1.0.0\n", "version: 010\n", "version: 2024-01-02\n", "version: on\n",
    # documents, directives, comments
    "---\na: b\n", "%YAML 1.1\n---\na: b\n", "a: b\n...\n", "---\na: b\n---\nc: d\n", "# c\n\na: b # d\n# e\n", "", "# only\n", "\ufeffa: b\n", "a: b", "--- a\n", "---\n---\n",
    # keys
    "1: a\ntrue: b\n", "'a b': c\n", "a b: c\n", "a:b\n", "a : b\n", "\"a\": b\n", "a: b\na: c\n", "? a\n", ": a\n", "a:  \n  b: c\n", "~: a\n", "é: ü\n", "a: 😀\n", "a: \"\\U0001F600\"\n",
    # conda
    "name: x\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.10\n  - pip:\n    - azureml-core==1.55\n    - -r more.txt\n    - --extra-index-url https://example.org/simple\n    - git+https://example.org/a@b#egg=c\n    - \"x>=1,<2\"\n    - 'y ; python_version<\"3.9\"'\n  - numpy >=1\n  - nvidia::cuda\n",
]

WORDS = ["a", "yes", "1.0", "3.10", "x y", "- a", "a: b", "a #b", "#a", "'q'", '"d"', "a\nb", "a\n", "\n", " a", "a ", "", "é", "😀", "\t", "a\tb", "null", "~", "!t", "&a", "*a", "{a", "[a", "a,b", "a]", "%a", "@a", "`a", "|", ">", "?", "? a", "-", "--", "---", "...", ":", "a:", ":a", "=", "<<", "0x1", "1_0", "1:2", "2024-01-01", "\x07", "\x7f", "\u2028", "\xa0", "a\\b", "very long words " * 9, "verylongword" * 12, "a\n\n b\n", "x\n\ny", "\"'", "'\"\n", "\ud7ff", "\ufeff", "0o7", "08", ".", "..", "1.", ".1", "1e5", "1.e5", "+.inf", "-.INF", ".nan", "Null", "TRUE", "y", "n", "Y"]


def value(rng, depth=0):
    kind = rng.random()
    if depth < 3 and kind < 0.2:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if depth < 3 and (kind < 0.5 or depth == 0):
        return {rng.choice(WORDS) if rng.random() < 0.5 else rng.choice("abcdefgh"): value(rng, depth + 1) for _ in range(rng.randrange(5))}
    if kind < 0.6:
        return rng.choice([1, -7, 0, 1.5, 100.0, True, False, None])
    return rng.choice(WORDS) + (rng.choice(WORDS) if rng.random() < 0.3 else "")


def texts():
    yield from TEXTS
    rng = random.Random(20260723)
    for _ in range(400):
        data = value(rng)
        style = rng.choice([{}, {"default_style": '"'}, {"default_style": "'"}, {"default_flow_style": True}, {"default_style": "|"}, {"default_style": ">"}, {"indent": 4}, {"allow_unicode": True}, {"width": 30}])
        # Forced styles give tags to everything that is no text.
        yield re.sub(r"!!(int|float|bool|null) ['\"]?(\S+?)['\"]?$", r"\2", yaml.safe_dump(data, **style), flags=re.M)


def answer(text):
    try:
        return yaml.dump(yaml.safe_load(text), default_flow_style=False)
    except (yaml.YAMLError, ValueError, TypeError):
        return None


print("[\n" + ",\n".join(json.dumps([text, answer(text)]) for text in texts()) + "\n]")
