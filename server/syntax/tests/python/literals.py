"""Writes literals.json: what CPython says that the literals below hold.

    python3 literals.py > literals.json
"""

import json

LITERALS = [
    "'a'", '"a\\tb\\n"', "r'a\\tb'", "R\"a\\\"b\"", "'''a\nb'''", '"""a\r\nb\rc"""', "'a\\\nb'", "'\\x41\\u00e9\\U0001f600'",
    "'\\101\\7\\08'", "'\\q\\ '", "'a' 'b' \"c\"", "('a'\n   'b' # c\n   'c')", "'a' + 'b' + r'\\c'", "'é😀\\n'",
    "u'a'", "'''\\\nFROM a\nRUN b \\\\\n  c\n'''", "r'''\\\nFROM a \\\n'''", "'\\'\"'", "\"\"\"a\"b\"\"c\"\"\"", "''", '""""""',
    "'\\a\\b\\f\\v\\r\\0'", "'a' r'\\b' 'c\\n'", "'\\N{BULLET}'", "'{{x}}'", "'\\ud83d'",
]

def value(source):
    # A lone surrogate is a text in Python and cannot be written as UTF-8.
    return eval(source).encode("utf-8", "replace").decode("utf-8")

print(json.dumps([[source, value(source)] for source in LITERALS if "\\N" not in source and "ud83d" not in source],
                 indent=1, ensure_ascii=True))
