"""Compares the reader with BuildKit on texts that nobody wrote.

    python3 mutations.py SAYS OURS COUNT [SEED]

SAYS answers for BuildKit (opinions.py says how), OURS the example `dockerfiles` of the crate of the analysis.
Prints how many of COUNT mutated texts are equal, and the first ones that are not.
"""

import random
import sys

from golden import CASES
from opinions import ask, unequal

PIECES = [
    "FROM a\n", "RUN ", "COPY ", "ADD ", "ENV ", "ARG ", "LABEL ", "ONBUILD ", "HEALTHCHECK ", "CMD ", "USER ",
    "VOLUME ", "SHELL ", "EXPOSE ", "FOO ", "# escape=`\n", "# syntax=x\n", "# check=skip=all\n", "# c\n", "#",
    "\\\n", "\\ \n", "`\n", "\\\\\n", "\\", "`", "\n", "\n\n", "\r\n", "\r", "\t", " ", "  ", "\x0b", "\x0c",
    "\u00a0", "\u0085", "\u2028", "\ufeff", "\u00e9", "\x00", "'", '"', "$", "${", "}", "${x:-", "${x#", "${x/",
    "$x", ":=", "<<EOF", "<<-EOF", "<< EOF", "<<'E F'", '<<"EOF"', "<<E\\F", "3<<A", "<<", "<", "\nEOF\n",
    "\n\tEOF\n", "\nA\n", "\nE F\n", "[", "]", '["a", "b"]', '["a"', ", 1]", "[]", "null", '"\\u00e9"', '"\\ud800"',
    "--", "--from=x", "--a", "--link", "--link=false", "--chown=1:2", "--mount=type=cache,target=/x", "--interval=5s",
    "--platform=x", "=", "A=b", "A=", "=b", "a b", "a.b", " AS x", " as 1", "NONE", "CMD", " && ", ";", ",",
]


def mutate(random, seeds):
    text = random.choice(seeds)
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(text))
        action = random.randrange(6)
        if action <= 2:
            text = text[:at] + random.choice(PIECES) + text[at:]
        elif action == 3:
            text = text[:at] + text[at + random.randint(1, 4):]
        elif action == 4:
            end = at + random.randint(1, 20)
            text = text[:end] + text[at:end] + text[end:]
        else:
            other = random.choice(seeds)
            text = text[:at] + other[random.randint(0, len(other)):]
    return text


def main(says, ours, count, seed="1"):
    chance = random.Random(int(seed))
    seeds = list(CASES.values())
    texts = [mutate(chance, seeds) for _ in range(int(count))]
    requests = [{"dockerfile": text} for text in texts]
    theirs = ask([says], requests)
    found = ask([ours], requests)
    accepted = refused = panics = built = equal = told = quiet = 0
    wrong = []
    for text, one, other in zip(texts, found, theirs):
        if "panic" in other:
            panics += 1
            continue
        if other["instructions"] is None:
            refused += 1
            if one["problems"]:
                told += 1
            else:
                wrong.append((text, ["no problem"], other["error"]))
            continue
        accepted += 1
        differing = unequal(one["instructions"], other["instructions"])
        if one["escape"] != other["escape"]:
            differing.append("escape")
        if differing:
            wrong.append((text, differing, None))
        else:
            equal += 1
        # Two things are refused later still: what stands behind ONBUILD, when an image is built upon
        # this one, and a file without any stage.
        later = any(found["inner"] for found in one["instructions"]) or not any(
            found["keyword"] == "from" for found in one["instructions"]
        )
        if later and "refused" not in other:
            continue
        built += 1
        if bool(other.get("refused")) == bool(one["problems"]):
            quiet += 1
        else:
            wrong.append((text, ["verdict"], (other.get("refused"), one["problems"][:2])))
    print(f"{count} mutated texts, seed {seed}; BuildKit dies of {panics}")
    print(f"  the parser accepts {accepted}: {equal} equal")
    print(f"  the parser refuses {refused}: {told} with a problem")
    print(f"  of those that it accepts, a problem where the next step refuses, none where not: {quiet} of {built}")
    for text, differing, note in wrong[:40]:
        print(repr(text), differing, note or "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
