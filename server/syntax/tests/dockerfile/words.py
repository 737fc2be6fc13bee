"""Compares the expansion of words with BuildKit's, on words that nobody wrote.

    python3 words.py SAYS OURS COUNT [SEED]

SAYS answers for BuildKit (opinions.py says how), OURS the example `dockerfiles` of the crate of the analysis.
"""

import random
import sys

from opinions import ask

ENV = ["A=ab", "E=", "P=/usr/lib/x.tar.gz", "S=a b  c", "Q='q\"", "D=$A", "L=a\nb", "U=\u00e9\u00fc", "B=\\*?"]
PIECES = [
    "$A", "$E", "$N", "$P", "${A}", "${", "${A", "${P", "${N", "${S", "${L", "${U", "${E", "}", ":-", ":+", ":?", "-",
    "+", "?", "#", "##", "%", "%%", "/", "//", ":", "=", "*", "?", ".", "\\", "\\\\", "\\$", "\\/", "\\}", "'", '"',
    "a", "b", "x", " ", "  ", "\t", "\n", "\u00a0", "$", "$$", "$1", "$12", "$@", "${1", "<", "<<", "<< ", "-EOF",
    "\u00e9", "\ufeff", "`", "{", "$0", "${0}", "tar", "lib", "${S}", "$S", "$Q", "${P%", "${P%%", "${P#", "${P##",
    "${P/", "${P//", "${L/", "*}", "?}", "/}", "$D", "$B", "$L",
]


def main(says, ours, count, seed="1"):
    chance = random.Random(int(seed))
    requests = [
        {
            "word": "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 9))),
            "env": ENV,
            "escape": chance.choice("\\\\\\`"),
        }
        for _ in range(int(count))
    ]
    wrong, values = [], 0
    for request, one, other in zip(requests, ask([ours], requests), ask([says], requests)):
        value = other.get("value")
        values += value is not None
        words = (other.get("words") or []) if value is not None else None
        if one.get("value") != value or one.get("words") != words:
            wrong.append((request, one, other))
    print(f"{count} words, seed {seed}: {int(count) - len(wrong)} equal ({values} with a value, the others refused)")
    for case in wrong[:25]:
        print(*case)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
