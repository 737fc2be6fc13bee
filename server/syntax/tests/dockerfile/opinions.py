"""Asks BuildKit, and this project's reader, what they say of texts.

Two of BuildKit: SAYS, any program that answers for BuildKit's own packages, and the package
`dockerfile` 3.4.0, a binding of the parser of BuildKit 0.12. They differ where BuildKit has changed
since: JSON with something behind it is no longer the exec form, `<< EOF` with a blank is a heredoc,
and flags follow the escape directive.

SAYS reads and writes one JSON value a line:

    {"dockerfile": TEXT}  {"instructions": [{"keyword", "inner" (behind ONBUILD), "json", "lines",
                          "flags", "arguments", "heredocs": [{"name", "expand", "chomp", "content"}],
                          "text" (the joined line)}], "escape", "dump", "refused" (by the next step)},
                          or "instructions": null and "error"
    {"word": TEXT, "env": ["K=V"], "escape": "\\\\"}
                          {"value", "words"}, or "error"
    {"scope": TEXT}       {"runs": {COMMAND: ["K=V"]}, "env"}: the environment of each RUN that counts
    {"lint": TEXT}        {"lint": [[RULE, LINE]]}: what BuildKit's checks say, all of them on

and {"panic"} where BuildKit dies of a text.
"""

import json
import subprocess
import tempfile


def ask(command, requests):
    """The answers of a program that reads and writes one JSON value a line."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    answers = [json.loads(line) for line in done.stdout.decode().split("\n") if line]
    assert len(answers) == len(requests), "one answer for each request"
    return answers


def package(data):
    """What the package says of the bytes of a Dockerfile; None where it refuses."""
    import dockerfile

    with tempfile.NamedTemporaryFile("wb", suffix="Dockerfile") as file:
        file.write(data)
        file.flush()
        try:
            return [of_package(found) for found in dockerfile.parse_file(file.name)]
        except dockerfile.GoParseError:
            return None


def of_package(found):
    pairs = "env" in (found.cmd.lower(), found.sub_cmd) or "label" in (found.cmd.lower(), found.sub_cmd)
    values = list(found.value)
    if pairs and len(values) % 3 == 0 and all(value in ("", "=") for value in values[2::3]):
        values = [value for at, value in enumerate(values) if at % 3 != 2]
    return {
        "keyword": found.cmd.lower(),
        "inner": (found.sub_cmd or "").lower(),
        "json": found.json,
        "lines": [found.start_line, found.end_line],
        "flags": list(found.flags),
        "arguments": values,
    }


ASPECTS = {
    "sequence": ("keyword", "inner"),
    "ranges": ("lines",),
    "flags": ("flags",),
    "arguments": ("arguments", "json"),
    "heredocs": ("heredocs",),
    "text": ("text",),
}


def unequal(ours, theirs, aspects=tuple(ASPECTS)):
    """The aspects in which two lists of instructions are not equal."""
    out = []
    for aspect in aspects:
        keys = ASPECTS[aspect]

        def seen(instruction, other, keys=keys):
            # BuildKit drops the arguments of a word that is no instruction.
            unknown = not (instruction.get("known", True) and other.get("known", True))
            return [instruction.get(key) for key in keys if not (key == "arguments" and unknown)]

        if len(ours) != len(theirs) or any(
            seen(one, other) != seen(other, one) for one, other in zip(ours, theirs)
        ):
            out.append(aspect)
    return out
