"""Compares the variables at each RUN with those of the build that BuildKit plans, on random Dockerfiles.

    python3 scopes.py SAYS OURS COUNT [SEED]

SAYS answers for BuildKit (opinions.py says how), OURS the example `dockerfiles` of the crate of the analysis.
"""

import random
import sys

from opinions import ask

NAMES = ["A", "B", "C", "TARGETARCH", "http_proxy"]


def value(chance):
    name = chance.choice(NAMES)
    return chance.choice(
        [f"${name}", f"${{{name}}}", f"x${name}", f"${{{name}:-y}}", f"${{{name}:+z}}", "1", "2", f'"${name} w"',
         f"'${name}'", f"\\${name}", f"${{{name}#x}}", "", f"${{{name}-$A}}"]
    )


def line(chance, number):
    name = chance.choice(NAMES)
    kind = chance.randrange(9)
    if kind <= 2:
        return f"ARG {name}" + chance.choice(["", "", f"={value(chance)}", f"={value(chance)} {chance.choice(NAMES)}"])
    if kind <= 4:
        key = chance.choice([name, name, name, name, f"K${name}"])
        return f"ENV {key}={value(chance)} {chance.choice(NAMES)}={value(chance)}"
    if kind == 5:
        return f"ENV {name} {value(chance)}"
    if kind == 6:
        return "ONBUILD " + chance.choice([f"ENV {name}={value(chance)}", f"ARG {name}={value(chance)}"])
    return f"RUN r{number}"


def text(chance):
    lines = []
    for _ in range(chance.randrange(3)):
        lines.append(f"ARG {chance.choice(NAMES)}" + chance.choice(["", f"={value(chance)}"]))
    number = 0
    for stage in range(chance.randint(1, 3)):
        base = chance.choice(["scratch", "${A:-scratch}", "${C:+s0}"] + [f"s{earlier}" for earlier in range(stage)] * 2)
        lines.append(f"FROM {base} AS s{stage}")
        for _ in range(chance.randint(1, 6)):
            number += 1
            lines.append(line(chance, number))
    return "\n".join([*lines, "RUN last", ""])


def main(says, ours, count, seed="1"):
    chance = random.Random(int(seed))
    requests = [{"scope": text(chance)} for _ in range(int(count))]
    runs, opaque, values, skipped, wrong = 0, 0, 0, 0, []
    for request, one, other in zip(requests, ask([ours], requests), ask([says], requests)):
        if "runs" not in other:
            skipped += 1
            continue
        for command, pairs in other["runs"].items():
            theirs = dict(pair.split("=", 1) for pair in pairs)
            mine = one["runs"][command.removeprefix("/bin/sh -c ")]
            theirs.pop("PATH")
            mine.pop("PATH", None)
            runs += 1
            open_names = {name for name, found in mine.items() if found is None}
            opaque += len(open_names)
            values += len(mine) - len(open_names)
            known = {name: found for name, found in mine.items() if found is not None}
            theirs = {name: found for name, found in theirs.items() if name not in open_names}
            # Below an opaque base, and behind an ENV whose name is opaque, any name may be set.
            if command.removeprefix("/bin/sh -c ") in one["open"]:
                theirs = {name: found for name, found in theirs.items() if name in mine}
            if known != theirs:
                wrong.append((request["scope"], command, mine, theirs))
    print(
        f"{count} Dockerfiles, seed {seed}: {runs} RUN compared, {runs - len(wrong)} equal; {values} values, {opaque} opaque;"
        f" {skipped} Dockerfiles that BuildKit refuses"
    )
    for case in wrong[:8]:
        print(case[0], *case[1:], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
