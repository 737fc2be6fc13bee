"""Writes equality.md: the reader against BuildKit on every Dockerfile of some repositories.

    pip install dockerfile==3.4.0 bashlex==0.18
    python3 equality.py SAYS OURS HALF_TYPED NAME=CHECKOUT... > equality.md

SAYS answers for BuildKit (opinions.py says how). OURS is the example `dockerfiles` of the crate of the analysis,
which finds the Dockerfiles by the rule of a walk; HALF_TYPED is the example of that name. BuildKit's
checkout also has folders with a Dockerfile and its `result`, the tests of its lexer, and negative
tests. The page holds paths and counts, none of their text. Ends with 1 if anything is not equal.
"""

import json
import subprocess
import sys
from pathlib import Path

from opinions import ask, package, unequal

LEXER = ["PWD=/home", "SHELL=bash", "KOREAN=\ud55c\uad6d\uc5b4", "NULL="]


def files(ours, checkout):
    """Each Dockerfile below a checkout: its path in it, its bytes, and what our reader says."""
    done = subprocess.run([ours, str(checkout)], stdout=subprocess.PIPE, check=True)
    found = [json.loads(line) for line in done.stdout.decode().split("\n") if line]
    for reading in sorted(found, key=lambda reading: reading["path"]):
        path = Path(reading["path"])
        yield path.relative_to(checkout).as_posix(), path.read_bytes(), reading


def lexer_words(checkout):
    """The lines of envVarTest and wordsTest as questions and what must come of them."""
    folder = checkout / "frontend/dockerfile/shell"
    for line in (folder / "envVarTest").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        platform, source, expected = (part.strip() for part in line.split("|"))
        if platform != "W":
            yield "envVarTest", {"word": source, "env": LEXER}, expected
    env = []
    for line in (folder / "wordsTest").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith("ENV "):
            env = [line.removeprefix("ENV ").lstrip()]
            continue
        source, expected = line.split("|")
        yield "wordsTest", {"word": source.strip(), "env": env}, [word.lstrip() for word in expected.lstrip().split(",")]


def lexer_table(ours, checkout):
    cases = list(lexer_words(checkout))
    answers = ask([ours], [question for _, question, _ in cases])
    counts = {}
    for (name, _, expected), answer in zip(cases, answers):
        if name == "envVarTest":
            equal = answer.get("value", "error") == expected
        else:
            words = [word.lstrip() for word in answer.get("words", ["error"])]
            equal = words == expected
        good, all_of_them = counts.get(name, (0, 0))
        counts[name] = (good + equal, all_of_them + 1)
    return counts


def main(says, ours, half_typed, *checkouts):
    rows, repositories, wrong, paths = [], [], 0, []
    dumps = refused = heredocs_total = 0
    lexer = {}
    for given in checkouts:
        name, _, checkout = given.partition("=")
        checkout = Path(checkout)
        listed = list(files(ours, checkout))
        answers = ask([says], [{"dockerfile": data.decode("utf-8", "replace")} for _, data, _ in listed])
        total = {"files": 0, "instructions": 0, "heredocs": 0, "package": 0}
        for (path, data, reading), answer in zip(listed, answers):
            text = answer["instructions"]
            total["files"] += 1
            paths.append(str(checkout / path))
            if text is None:
                bad = [] if reading["problems"] else ["no problem"]
                verdict = "refused by both" if not bad else "refused by BuildKit only"
                refused += not bad
                rows.append(f"| {name} | {path} | 0 | {verdict} | | | | | |")
                wrong += bool(bad)
                continue
            bad = unequal(reading["instructions"], text)
            older = package(data.decode("utf-8", "replace").encode())
            ours_older = [{**found, "heredocs": []} for found in reading["instructions"]]
            aspects = ("sequence", "ranges", "flags", "arguments")
            bad_older = ["refused"] if older is None else unequal(ours_older, older, aspects)
            count = len(text)
            docs = sum(len(found["heredocs"]) for found in text)
            total["instructions"] += count
            total["heredocs"] += docs
            total["package"] += not bad_older
            result = checkout / Path(path).parent / "result"
            if Path(path).name == "Dockerfile" and result.is_file() and "testfiles" in path:
                dumps += 1
                if result.read_text(encoding="utf-8") != answer["dump"] + "\n":
                    bad.append("result")
            wrong += bool(bad)
            cells = ["no" if aspect in bad else "yes" for aspect in ("sequence", "ranges", "flags", "arguments", "heredocs")]
            older_cell = "yes" if not bad_older else "no: " + ", ".join(bad_older)
            rows.append(f"| {name} | {path} | {count} | " + " | ".join(cells) + f" | {older_cell} |")
        repositories.append((name, total))
        if (checkout / "frontend/dockerfile/shell/envVarTest").is_file():
            lexer = lexer_table(ours, checkout)
    wrong += sum(all_of_them - good for good, all_of_them in lexer.values())
    typed = subprocess.run([half_typed, *paths], stdout=subprocess.PIPE, check=True).stdout.decode()
    print("# Equality with BuildKit\n")
    print("Written by `equality.py`, whose head says how. BuildKit is asked twice: its own packages, built from a")
    print("checkout (joined text and heredocs are compared as well), and the Python package `dockerfile` 3.4.0, a")
    print("binding of BuildKit 0.12.\n")
    print("| Repository | Dockerfiles | Instructions | Heredocs | Equal to the package |")
    print("| --- | --- | --- | --- | --- |")
    for name, total in repositories:
        print(f"| {name} | {total['files']} | {total['instructions']} | {total['heredocs']} | {total['package']} |")
    files_total = sum(total["files"] for _, total in repositories)
    print(f"\n{files_total} Dockerfiles: {'all equal' if not wrong else f'{wrong} not equal'};")
    print(f"{refused} of them BuildKit refuses, and a problem is reported for each.")
    print(f"{dumps} `result` files of BuildKit's testfiles are what the compared reading prints.")
    for name, (good, all_of_them) in sorted(lexer.items()):
        print(f"`{name}`: {good} of {all_of_them} lines as BuildKit expects them.")
    print("\n## Half typed\n")
    print("Each Dockerfile above with one line cut at a random column, and what that loses on other lines.\n")
    print(typed)
    print("## Texts that nobody wrote\n")
    here = Path(__file__).parent
    runs = [["mutations.py", says, ours, "20000", "2"], ["words.py", says, ours, "20000", "1"], ["scopes.py", says, ours, "5000", "1"]]
    runs.append(["../shell/agreement.py", ours, *(given.partition("=")[2] for given in checkouts)])
    print("```text")
    for script, *arguments in runs:
        done = subprocess.run([sys.executable, str(here / script), *arguments], stdout=subprocess.PIPE)
        # What follows the figures are the texts themselves; they stay here.
        figures = [line for line in done.stdout.decode().split("\n") if line][: 4 if script == "mutations.py" else 1]
        print(f"{Path(script).name}: " + "\n".join(figures))
        wrong += done.returncode != 0 and script != "../shell/agreement.py"
    print("```\n")
    print("The scripts that are not equal are ones that bashlex misreads: it drops the backslash of `\\n` in double")
    print("quotes, and expands `$` in single quotes behind other text.\n")
    print("## Files\n")
    print("| Repository | Dockerfile | Instructions | Sequence | Ranges | Flags | Arguments | Heredocs | The package |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    print("\n".join(rows))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
