"""Writes programs.json: what CPython says that the last assignment of each program below holds.
`unknown()` stands for what no reader can know; it is the object replacement character.

    python3 programs.py > programs.json
"""

import inspect
import json
import os
import pathlib
import textwrap

PROGRAMS = [
    # Put together.
    "x = 'a' + 'b'", "x = 'a' 'b' + \"c\" + '''d'''", "A = 'a'\nB = A + 'b'\nx = B + A", "x = ('a' +\n  'b'\n  + 'c')",
    "x = 'a' + unknown() + 'b'", "x = unknown() + 'a'", "a, b = 'x', 'y'\nx = 'p' 'q'", "a = b = 'c'\nx = a + b",
    "x = (y := 'a') + 'b'", "x = 'a' if unknown() else 'a'",
    # f-strings.
    "A = 'b'\nx = f'a{A}c'", "A = 'b'\nx = f'{A}{A}'", "A = 'b'\nx = rf'\\n{A}\\d'", "A = 'b'\nx = f'{{{A}}}'",
    "A = 'b'\nx = F\"\"\"FROM {A}\nRUN {unknown()}\n\"\"\"", "A = 'b'\nB = f'{A}-{A}'\nx = f'{B}/{unknown()}'",
    "A = 'b'\nx = f'{ A }'", "x = f'{{}}'", "A = 'b'\nx = 'a' f'{A}' 'c'", "A = 'é😀'\nx = f'😀{A}\\t{A}'",
    "A = 'a\\nb'\nx = f'{A}\\\n{A}'", "A = 3\nx = f'{A}'", "A = 'b'\nx = f'a\\x41{A}\\u00e9'", "A = 'b'\nx = f'\\{A}'",
    # Formats.
    "x = 'a{}c'.format('b')", "x = '{0}{1}{0}'.format('a', 'b')", "x = '{a}{b}'.format(a='x', b='y')",
    "x = '{{{}}}'.format('a')", "x = '{}:{}'.format(unknown(), 'b')", "x = '{a} {}'.format('x', a='y')",
    "x = 'FROM {image}:{tag}\\nRUN {c}'.format(image='i', tag=1, c=unknown())", "T = '{}{}'\nx = T.format('a', T)",
    "x = '%s:%s' % ('a', 'b')", "x = '%s' % 'a'", "x = '100%% %s' % 'a'", "x = '%(a)s-%(b)s' % {'a': 'x', 'b': 'y'}",
    "x = '%d' % 3", "x = '%s-%s' % (unknown(), 'b')", "x = 'a%sb' % unknown()", "x = '{}'.format(0)",
    "x = ('a{}'\n  'b{}').format('1', '2')", "x = '{}\\x7b\\x7b'.format('a')", "x = '\\x7b\\x7d'.format('a')",
    # Less of a text.
    "x = textwrap.dedent('''\n    a\n      b\n\n   \n    c\n    ''')", "x = textwrap.dedent('''\\\n  a\n\tb\n''')",
    "x = textwrap.dedent('''\n  \ta\n  \tb\n  c\n''')", "x = textwrap.dedent('  a\\n   b')", "x = textwrap.dedent('')",
    "x = textwrap.dedent('   ')", "x = textwrap.dedent('\\n\\n')", "A = 'z'\nx = textwrap.dedent(f'''\n    {A}\n      b''')",
    "x = textwrap.dedent('''\n    FROM a\n    RUN b''' + '''\n    RUN c\n''')", "x = textwrap.dedent('  a\\n\\n  b\\n').strip()",
    "x = inspect.cleandoc('''a\n    b\n      c\n    ''')", "x = inspect.cleandoc('''\n\n    a\n\n      b\n\n   ''')",
    "x = inspect.cleandoc('  a')", "x = inspect.cleandoc('''   a\n  \n      \n   b''')", "x = inspect.cleandoc('a\\n  \\n')",
    "x = '  a b '.strip()", "x = ' a '.lstrip()", "x = ' a '.rstrip()", "x = '\\n a\\n'.strip('\\n')", "x = 'xaxbx'.strip('x')",
    "x = '\\x1c\\u00a0a\\u3000'.strip()", "x = '   '.strip()", "x = 'abc'.rstrip('cb').lstrip('a')", "x = '\\u200ba'.strip()",
    # Joined.
    "x = '\\n'.join(['a', 'b'])", "x = ''.join(('a', 'b', 'c'))", "L = ['a', 'b']\nx = '-'.join(L)",
    "x = '\\n'.join(['a', unknown(), 'c'])", "x = ' && '.join(['a'] + ['b', 'c'])", "x = '\\n'.join([]) + 'a'",
    "S = ', '\nx = S.join(['a', 'b'])", "x = os.linesep.join(['a'])[:0] + 'a'",
    # Paths.
    "x = os.path.join('a', 'b')", "x = os.path.join('a/', 'b', 'c')", "x = os.path.join('a', '/b')", "x = os.path.join('', 'b')",
    "x = str(Path('a') / 'b')", "x = str(Path('a', 'b') / 'c' / 'd')", "P = Path('a')\nx = str(P / 'b')",
    "x = str(pathlib.Path('a').joinpath('b', 'c'))", "x = Path('a/b').as_posix()", "P = Path('a')\nx = f'{P}/b'",
    "x = os.path.join('a', 'b') + '.yml'", "x = str(3)", "A = 'q'\nx = str(A)", "x = os.path.join(Path('a'), 'b')",
]


def value(source):
    names = {"unknown": lambda: "\ufffc", "os": os, "textwrap": textwrap, "inspect": inspect, "pathlib": pathlib,
             "Path": pathlib.Path}
    exec(source, names)
    return names["x"]


print(json.dumps([[source, value(source)] for source in PROGRAMS if "linesep" not in source], indent=1, ensure_ascii=True))
