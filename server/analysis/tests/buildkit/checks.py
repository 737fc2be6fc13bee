"""Writes checks.md: the rules that follow BuildKit's checks against BuildKit.

    python3 checks.py OURS CHECKOUT SAYS COUNT [NAME=REPOSITORY...] > checks.md

OURS is the example `dockerfiles` of this crate. CHECKOUT is one of BuildKit, whose lint tests are read;
nothing of them is kept, the page holds names of test functions and counts. SAYS answers for
BuildKit, as server/syntax/tests/dockerfile/opinions.py says it; it is asked about COUNT random Dockerfiles and about
all in the repositories, images of an empty configuration below them. Ends with 1 if anything is not equal.
"""

import collections
import json
import random
import re
import subprocess
import sys
from pathlib import Path

TESTS = "frontend/dockerfile/dockerfile_check_test.go"

# Cases that no reader of a file can decide, with the reason.
NETWORK = {"testBaseImagePlatformMismatch": "the platforms of an image are known to its registry only"}

# Checks that hang on the names that an image has.
OPEN = {"undefined-var", "workdir-relative-path"}


# What the page says of the differences that are meant.
TAIL = """
Not counted as differences: a name that is not declared is told of once, by AML739, and not a second time for the
image that it makes; a `FROM` of an earlier stage in another case is no image; lines with placeholders of a template
language are passed over; variables below an image whose environment is not known; triggers of `ONBUILD` that say the
same are one finding, and what one of them defines counts for all; AML729 is asked for by a setting; where BuildKit
refuses a Dockerfile it says no more, while we go on."""


HEAD = """# BuildKit's checks

Written by `checks.py`, whose head says how.

## BuildKit's own tests

Code and line of each lint that BuildKit's tests of its checks expect, and of ours. Where the tests do not look at
the line, neither does this.
"""


def ask(command, requests):
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    answers = [json.loads(line) for line in done.stdout.decode().split("\n") if line]
    assert len(answers) == len(requests), "one answer for each request"
    return answers


def kebab(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=JSON)(?=A)", "-", name).lower()


class Go:
    """As much of Go as the lint tests use: literals, a few functions, composite literals of warnings."""

    TOKEN = re.compile(r'\s+|//[^\n]*|`[^`]*`|"(?:[^"\\]|\\.)*"|[A-Za-z_][\w.]*|\d+|\S')

    def __init__(self, text):
        found = (token.group() for token in self.TOKEN.finditer(text))
        self.tokens = [token for token in found if not token.isspace() and not token.startswith("//")]
        self.at = 0

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def take(self, expected=None):
        token = self.peek()
        assert expected is None or token == expected, (token, expected, self.tokens[self.at - 8 : self.at + 8])
        self.at += 1
        return token

    def skip(self):
        """Passes over one expression, up to a comma or a closing bracket, and gives its words."""
        depth, start = 0, self.at
        while depth or self.peek() not in (",", ")", "}", "]"):
            depth += (self.peek() in ("(", "{", "[")) - (self.peek() in (")", "}", "]"))
            self.at += 1
        return " ".join(self.tokens[start : self.at])

    def arguments(self, names):
        self.take("(")
        out = []
        while self.peek() != ")":
            out.append(self.value(names))
            if self.peek() == ",":
                self.take()
        self.take(")")
        return out

    def value(self, names):
        token = self.peek()
        if token.startswith("`"):
            return self.take()[1:-1]
        if token.startswith('"'):
            return json.loads(self.take())
        if token.isdigit():
            return int(self.take())
        if token == "[":
            self.take(), self.take("]"), self.take()
            return self.arguments(names)[0] if self.peek() == "(" else self.items(names)
        if token in ("fmt.Appendf", "fmt.Sprintf"):
            self.take()
            head, *rest = [found for found in self.arguments(names) if found is not None]
            return re.sub("%[sq]", lambda _: str(rest.pop(0)) if rest else "?", head)
        if token == "integration.UnixOrWindows":
            self.take()
            return self.arguments(names)[0]
        if token == "makeLintWarning":
            self.take()
            return ("MultipleInstructionsDisallowed", self.arguments(names)[1])
        if token in names and self.peek(1) in (",", ")", "}", "\n"):
            return names[self.take()]
        self.skip()
        return None

    def items(self, names):
        """`{{RuleName: …, Line: …}, …}`."""
        self.take("{")
        out = []
        while self.peek() != "}":
            if self.peek() == "{":
                fields = self.fields(names)
                out.append((fields["RuleName"], fields["Line"]))
            else:
                out.append(self.value(names))
            if self.peek() == ",":
                self.take()
        self.take("}")
        return out

    def fields(self, names):
        self.take("{")
        out = {}
        while self.peek() != "}":
            key = self.take()
            self.take(":")
            out[key] = self.skip() if key == "FrontendAttrs" else self.value(names)
            if self.peek() == ",":
                self.take()
        self.take("}")
        return out


def cases(checkout):
    """Each call of checkLinterWarnings: the test, the Dockerfile and its .dockerignore, whether the lines of what is
    expected are ones that the tests never look at, and what is expected."""
    source = (checkout / TESTS).read_text(encoding="utf-8")
    for part in re.split(r"^func ", source, flags=re.MULTILINE)[1:]:
        test = part.split("(")[0]
        if not test.startswith("test"):
            continue
        go, names = Go(part), {}
        while go.at < len(go.tokens):
            if go.peek(1) in (":", "=") and re.fullmatch(r"[a-zA-Z]+", go.peek()):
                assigned = go.peek(1) == "=" and go.peek(2) != "=" or (go.peek(1), go.peek(2)) == (":", "=")
                if assigned and go.peek() in ("dockerfile", "dockerignore", "baseImg", "osName"):
                    name = go.take()
                    while go.peek() in (":", "="):
                        go.take()
                    names[name] = go.value(names)
                    continue
            if go.peek() == "checkLinterWarnings":
                for _ in range(6):
                    go.take()
                assert go.take() == "&", go.tokens[go.at - 8 : go.at]
                go.take("lintTestParams")
                fields = go.fields({**names, "t": None})
                text = fields.get("Dockerfile")
                # What the arguments of a build say goes above what the head of the file says.
                told = re.search(r'BUILDKIT_DOCKERFILE_CHECK" : "([^"]*)"', fields.get("FrontendAttrs", ""))
                if told:
                    text = re.sub("#check=.*", "#check=" + told.group(1), text)
                found = fields.get("UnmarshalWarnings", fields.get("Warnings", []))
                yield test, text, fields.get("DockerIgnore"), "UnmarshalWarnings" in fields, found
                continue
            go.at += 1


def counted(answer, text):
    """What our rules say. An experimental check is made where it is asked for: there by the file, here by a
    setting."""
    asked = re.search("experimental=.*(InvalidDefinitionDescription|all)", text)
    said = ((rule, line) for rule, line, _ in answer["lint"] if asked or rule != "invalid-definition-description")
    return collections.Counter(said)


def of_tests(ours, checkout, out):
    listed = list(cases(checkout))
    answers = ask([ours], [{"lint": text or "", "dockerignore": ignore} for _, text, ignore, _, _ in listed])
    rows, wrong = collections.defaultdict(collections.Counter), []
    for (test, text, _, no_lines, found), answer in zip(listed, answers):
        row = rows[test]
        row["cases"] += 1
        if test in NETWORK:
            row["network"] += 1
            continue
        said, wanted = counted(answer, text), collections.Counter((kebab(rule), line) for rule, line in found)
        if no_lines:
            said, wanted = (collections.Counter(rule for rule, _ in list(side.elements())) for side in (said, wanted))
        row["lints"] += len(found)
        if said == wanted:
            row["equal"] += 1
        else:
            wrong.append((test, text, sorted(said.elements()), found))
    out.append("| Test | Cases | Lints | Equal | Not asked |\n| --- | --- | --- | --- | --- |")
    total = collections.Counter()
    for test, row in rows.items():
        asked = f"{row['network']}: needs the network" if row["network"] else ""
        out.append(f"| {test} | {row['cases']} | {row['lints']} | {row['equal']} | {asked} |")
        total.update(row)
    out.append(f"\n{total['cases']} cases: {total['equal']} equal, {total['network']} not asked, {len(wrong)} not equal.")
    return wrong


NAMES = ["A", "B_C", "FOO", "FOOS", "BAR", "PATH", "TARGETARCH", "API_KEY", "public_key", "TOKEN", "auth", "x"]
STAGES = ["base", "Base", "build", "scratch", "context", "two"]


def variable(chance):
    name = chance.choice(NAMES)
    return chance.choice([f"${name}", f"${{{name}}}", f"${{{name}:-d}}", f"${{{name}:+d}}", f"'${name}'", f"\\${name}", ""])


def line(chance, depth=0):
    name, word = chance.choice(NAMES), variable(chance)
    # The value of PATH below everything is BuildKit's own affair.
    path = word.replace("PATH", "FOO")
    case = chance.choice([str, str, str, str, str, str, str.lower, str.capitalize])
    form = chance.randrange(17)
    if form == 0:
        return case("ENV") + chance.choice([f" {name} v {word}", f" {name}={word}", f" {name}=1 {chance.choice(NAMES)}={word}", f' {name} "q"'])
    if form == 1:
        return case("ARG") + chance.choice([f" {name}", f" {name}={word}", f" {name}={word} {chance.choice(NAMES)}={word}"])
    if form == 2:
        return case("LABEL") + chance.choice([f" a={word}", f" a b{word}"])
    if form == 3:
        return case("WORKDIR") + chance.choice([" app", " /app", f" {path}/a", f" /{path}", " ./b"])
    if form in (4, 5):
        return case(chance.choice(["CMD", "ENTRYPOINT"])) + chance.choice([" run it", ' ["run"]', "", " 'a' && b"])
    if form == 6:
        return case("HEALTHCHECK") + chance.choice([" NONE", " CMD run", ' CMD ["run"]'])
    if form == 7:
        return case("EXPOSE") + chance.choice([" 80", " 80/TCP 81/udp", " 80:80 127.0.0.1:1:1/Udp", " 8000-8010/tCp"])
    if form == 8:
        return case("MAINTAINER") + " me <a@b.c>"
    if form == 9:
        return case("COPY") + chance.choice([f" {word}a /b", f" --chown={word}1 a /b", f' ["a{word}", "/b"]', f" <<EOF /x\n{word}\nEOF"])
    if form == 10:
        return case("USER") + f" u{word}"
    if form == 11:
        return case("RUN") + chance.choice([f" echo {word}", " a \\\n\n  b", f" --mount=type=cache,target=/{word} x", " a \\\n# c\n\n\n b \\\n c"])
    if form == 12:
        return case("VOLUME") + f" /v{word}"
    if form == 13 and not depth:
        trigger = line(chance, 1)
        return "ONBUILD " + trigger if not re.match("(?i)maintainer|#|copy.*<<|$", trigger) and "\n" not in trigger else trigger
    if form == 14:
        return case("SHELL") + ' ["/bin/bash", "-c"]'
    if form == 15:
        return "" if depth else chance.choice(["# check=skip=all", "# check=skip=UndefinedVar,LegacyKeyValueFormat why", "#", "# A comment", "", "# check=nothing"])
    return case("STOPSIGNAL") + " SIGTERM"


def dockerfile(chance):
    heads = ["", "", "# check=skip=StageNameCasing,JSONArgsRecommended\n", "# check=experimental=all\n", "# check=error=true;skip=FromAsCasing\n"]
    lines = [chance.choice(heads)]
    for _ in range(chance.randrange(3)):
        lines.append(f"ARG {chance.choice(NAMES)}" + chance.choice(["", "=scratch", "=b:1", "=", "=${A:-scratch}"]) + "\n")
    named = []
    for _ in range(chance.randint(1, 3)):
        image = chance.choice(["scratch", "scratch", "scratch", "scratch", *named, f"${{{chance.choice(NAMES[:5])}:-scratch}}", f"b:1${chance.choice(NAMES)}"])
        flag = chance.choice(["", "", "", "--platform=linux/amd64 ", "--platform=$TARGETPLATFORM ", "--platform=$BUILDPLATFORM "])
        name = chance.choice(STAGES)
        lines.append(chance.choice(["FROM", "FROM", "FROM", "from", "From"]) + f" {flag}{image}")
        if chance.randrange(3):
            lines.append(chance.choice([" AS ", " AS ", " as ", " As "]) + name)
            named.append(name)
        lines.append("\n")
        lines.extend(line(chance) + "\n" for _ in range(chance.randint(0, 7)))
    return "".join(lines)


def differences(text, theirs, answer):
    """What one says and the other does not, the differences apart that the pages of the rules tell."""
    ours = counted(answer, text)
    refused = "refused" in theirs
    theirs = collections.Counter((kebab(rule), line) for rule, line in theirs["lint"])
    missing, more = theirs - ours, ours - theirs
    for rule, line in list(missing):
        undeclared = ("undefined-arg-in-from", line) in ours
        # One cause, one finding: where a name is not declared, what it makes of the image is not told again.
        # Names of stages are read in any case, while BuildKit takes one in upper case for an image.
        named = re.search(r"(?i)from\s+(--\S+\s+)?Base", text.split("\n")[line - 1])
        # Lines with placeholders of a template language are passed over.
        template = "{{" in text.split("\n")[line - 1]
        # Several triggers of ONBUILD that say the same are one finding at the FROM that pulls them, and what
        # one of them defines counts for all.
        pulled = (rule, line) in ours or rule == "undefined-var" and "ONBUILD" in text
        trigger = pulled and re.match("(?i)from", text.split("\n")[line - 1])
        if template or trigger or rule == "invalid-default-arg-in-from" and (undeclared or named):
            del missing[(rule, line)]
    if refused:
        more.clear()
    return missing, more


def of_texts(ours, says, texts):
    asked = [{"lint": text} for text in texts]
    counts, wrong = collections.Counter(), []
    for text, one, other in zip(texts, ask([ours], asked), ask([says], asked)):
        if "lint" not in other:
            counts["no answer"] += 1
            continue
        missing, more = differences(text, other, one)
        counts["texts"] += 1
        counts["refused"] += "refused" in other
        counts["lints"] += len(other["lint"])
        # Below an image the program knows that there are no names, where we know that we do not know them.
        if "b:1" in text or re.search(r"(?im)^from\s+(--\S+\s+)?(?!\$|scratch|base\b|build\b|context\b|two\b)", text):
            missing = collections.Counter({key: n for key, n in missing.items() if key[0] not in OPEN})
        if missing or more:
            wrong.append((text, missing, more, other.get("refused")))
    return counts, wrong


def main(ours, checkout, says=None, count="0", *repositories):
    out = [HEAD]
    wrong = of_tests(ours, Path(checkout), out)
    if says:
        chance = random.Random(1)
        counts, unequal = of_texts(ours, says, [dockerfile(chance) for _ in range(int(count))])
        out.append(f"\n## BuildKit itself\n\n{counts['texts']} random Dockerfiles, {counts['refused']} that it refuses: {counts['lints']} lints, {counts['texts'] - len(unequal)} Dockerfiles equal.")
        wrong += unequal
        for repository in repositories:
            name, folder = repository.split("=")
            done = subprocess.run([ours, folder], stdout=subprocess.PIPE, check=True)
            paths = sorted(json.loads(line)["path"] for line in done.stdout.decode().split("\n") if line)
            texts = [Path(path).read_text(encoding="utf-8", errors="replace") for path in paths]
            counts, unequal = of_texts(ours, says, texts)
            out.append(f"\n{name}: {counts['texts']} Dockerfiles, {counts['refused']} that it refuses: {counts['lints']} lints, {counts['texts'] - len(unequal)} Dockerfiles equal.")
            wrong += unequal
    print("\n".join([*out, TAIL]))
    for case in wrong[:12]:
        print(*case, "----", sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
