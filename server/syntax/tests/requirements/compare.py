"""Holds the requirements reader to pip itself: `python3 compare.py READER [FOLDER…]` compares own
lines, mutations of them and every requirements file below the folders, and prints what differs.
READER is the built example `read`. `python3 compare.py --answers > answers.json` writes what pip
says of the own lines, which the test suite holds the reader to.

    pip install pip==25.3
"""

import glob
import json
import optparse
import os
import random
import subprocess
import sys
import tempfile

from pip._internal.exceptions import CommandError
from pip._internal.req import constructors, req_file
from pip._vendor.packaging.markers import Marker
from pip._vendor.packaging.specifiers import SpecifierSet

LINES = [
    "a", "A.b_c-d", "a==1.0", "a == 1.0", "a>=1,<2", "a >= 1 , < 2", "a~=1.4", "a~=1", "a===foo-bar", "a!=1.*", "a==1.*", "a>=1.*", "a==1.0+cu118", "a>=1.0+cu118", "a==v1.0",
    "a==1!2.0", "a==1.0a1", "a==1.0.dev1", "a==1.0rc1.post2.dev3+l.1", "a==1.0-1", "a==1.0-", "a==1.0_x", "a==", "a>", "a=1.0", "a=>1", "a 1.0", "a >=1 <2", "a>=1,", "a,b", "a (>=1)",
    "a (>=1,<2)", "a (>=1", "a ()", "a[]", "a[b]", "a[b,c]", "a[ b , c ]>=1", "a[b", "a[b c]", "a[b,]", "a[,b]", "a [b]", "[a]", "_a", "-a", "a-", "a.", "a_", "1a", "1", "é", "aé", "a==1é",
    "a;python_version<'3'", "a ; python_version < '3.9'", "a; python_version < \"3.9\" and os_name == 'nt'", "a;(python_version<'3' or os.name=='nt') and extra=='b'", "a;'3'>python_version",
    "a; python_version in '2.7, 3.8'", "a; python_version not in '2.7'", "a; python_version notin '2.7'", "a; python_version", "a; python_version <", "a; pyhton_version < '3'", "a; 'x' == 'y'", "a;",
    "a; ", "a ; sys_platform == 'linux' ; x", "a; (os_name=='nt'", "a; os_name=='nt')", "a; os_name=='nt' or", "a; os_name='nt'", "a; sys.platform=='x'", "a; platform_machine != 'arm64'",
    "a; python_version<'3'and os_name=='nt'", "a; not os_name == 'nt'", "a; platform_python_implementation=='CPython'", "a; extra == 'x' and extra == 'y'",
    "a @ https://example.org/a.whl", "a@https://example.org/a.zip", "a @ https://example.org/a.zip ; os_name=='nt'", "a @ https://example.org/a.zip; os_name=='nt'", "a[b] @ git+https://example.org/a@main", "a @",
    "a @ file:///x/y", "a @ ./x", "a==1 @ https://x", "https://example.org/a-1.0-py3-none-any.whl", "https://example.org/a-1.0-py3-none-any.whl ; os_name=='nt'", "https://example.org/a-1.0-py3-none-any.whl;x",
    "https://example.org/a.zip#egg=b", "git+https://example.org/a.git", "git+https://example.org/a.git@v1#egg=b", "git+ssh://git@example.org/a.git#egg=b&subdirectory=c", "git+https://example.org/a#subdirectory=c&egg=b[c]",
    "hg+http://example.org/a", "svn+https://example.org/a", "foo+https://example.org/a", "ftp://example.org/a.zip", "https://example.org/a.whl", "https://example.org/", "./a-1.0-py3-none-any.whl", "a-1.0-py3-none-any.whl",
    "a-1.0-py3-none-any.whl[b]", "./a", "../a", "./a[b]", "a/b", ".", "/x/y", "./a.tar.gz", "a.zip", "a.tar.gz; os_name == 'nt'", "C:\\a", "'a'", "\"a\"", "\"a==1\",", "a,", "a==1,", "a==1;", "a==1 # c", "a==1 #c", "a==1#c", "#c",
    "a # c # d", "a\t#c", "a==1.0 --hash=sha256:aa", "a==1.0 --hash sha256:aa --hash sha384:bb", "a --hash=md5:aa", "a --hash=aa", "a --hash", "a --no-binary :all:", "a -r x", "a --unknown", "a --config-settings k=v", "a -C k=v", "a -C k",
    "a --hash=sha256:'aa'", "a --hash='sha256:aa", "a - b", "a -- b", "a --", "-r x.txt", "-rx.txt", "-r=x.txt", "-r", "--requirement x.txt", "--requirement=x.txt", "--req x.txt", "--re x.txt", "-c x.txt", "--constraint=x.txt", "-e .",
    "-e ./a[b]", "-e git+https://example.org/a#egg=a", "-e git+https://example.org/a", "-e https://example.org/a", "-e", "--editable=git+https://example.org/a#egg=a", "-e a @ git+https://example.org/a", "-e 'git+https://example.org/a#egg=a'",
    "--index-url https://example.org", "-i https://example.org", "--index-url=https://example.org --extra-index-url https://b", "--pypi-url x", "--extra-index-url", "--find-links x", "-f x", "-fx", "--find-links='a b'", "--no-index", "--no-index=1",
    "--pre", "--prefer-binary", "--no-binary a,b", "--only-binary=:all:", "--trusted-host h", "--require-hashes", "--hash=sha256:aa", "--pre extra words", "--unknown", "-x", "-", "--", "-e a -e b", "--pre -r x", "--index-url 'x", "--index-url x\\",
    "a==${V}", "${URL}/a", "-r ${X}/a.txt", "a==$V", "a==1.0 ; python_version >= '3.8' --hash=sha256:aa", "a;python_version>='3.8'--hash", " a ", "\ta", "a\u00a0", "a\u3000#c", "a==1.0\\", "\\a", "a\\b", "name@version", "a@1.0", "a@@b", "a==1.0 and more",
    "pip install a", "a (1.0)", "a (==1.0) ; os_name=='nt'", "a>=1;python_version<'3'", "a>1,!=1.5,<2", "a >1, !=1.5, <2 # c", "conda-forge::a", "a[b]==1.0;python_version<'3'#c", "a[b]==1.0;python_version<'3' #c", "- a", "-a", "--a", "* a", "a<1||>2",
]

FILES = [
    "a\nb\n", "a\r\nb\r\n", "a\rb", "a \\\n  >= 1\nb\n", "a \\\n# c\nb\n", "a \\\n# c \\\nb\n", "a # c \\\nb\n", "a \\\n\nb\n", "\\\na\n", "a\\\\\nb\n", "a \\ \nb\n", "a \\", "# c \\\na\n", "  # c\na\n", "a \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\nb\n",
    "\ufeffa\nb\n", "a\x0cb\n", "a\u2028b\n", "a\x85b\n", "a\x1eb", "\n\n\n", "", " \n\t\n", "#", "a\n#b\n c # d\n", "a ==\\\n1.0 ; \\\npython_version < '3' # c\n", "-r \\\n x.txt\n", "a\\\nb\n", "a#b\n", "a \\\n   # c\n   b\n",
]


def pip_lines(text):
    return [line for _, line in req_file.preprocess(text.removeprefix("\ufeff"))]


def pip_line(line):
    """What pip makes of a logical line: a dictionary, or None where it refuses; "path" where the disk decides."""
    parser = req_file.get_line_parser(None)
    try:
        args, opts = parser(line)
    except req_file.OptionParsingError:
        return None
    except (optparse.OptionValueError, CommandError, SystemExit):
        return None
    parsed = req_file.ParsedLine("f", 1, args, opts, False)
    found = req_file.handle_line(parsed)
    if found is None:
        options = []
        for dest, long in [("requirements", "-r"), ("constraints", "-c"), ("index_url", "-i"), ("extra_index_urls", "--extra-index-url"), ("find_links", "-f"), ("trusted_hosts", "--trusted-host")]:
            value = getattr(opts, dest, None)
            options += [[long, found] for found in (value if isinstance(value, list) else [value] if value else [])]
        return {"options": sorted(options)}
    if found.is_editable:
        try:
            req = constructors.install_req_from_parsed_requirement(found)
        except Exception:
            return "path" if "://" not in found.requirement else None
        return {"editable": found.requirement}
    try:
        req = constructors.install_req_from_parsed_requirement(found)
    except Exception:
        return "path" if constructors._looks_like_path(found.requirement.split(";")[0].strip()) and "://" not in found.requirement else None
    own = req.req
    direct = own is not None and own.url is not None
    url = own.url if direct else (req.link.url if req.link else None)
    return {
        "name": own.name if own is not None else None,
        "extras": sorted((own.extras if own is not None else set()) | set(req.extras)),
        "specifier": str(own.specifier) if own is not None and url is None else "",
        "marker": str(req.markers) if req.markers else None,
        "url": direct or url is not None,
        "hashes": sorted((name, digest) for name, digests in (found.options or {}).get("hashes", {}).items() for digest in digests),
    }


SHORT = {"--requirement": "-r", "--constraint": "-c", "--index-url": "-i", "--pypi-url": "-i", "--find-links": "-f"}
PARSER = req_file.build_parser()


def full(option):
    """An option as pip completes it."""
    option = option if option in PARSER._short_opt else PARSER._match_long_opt(option)
    return SHORT.get(option, option)


def marker(text):
    try:
        return str(Marker(text)) if text else None
    except Exception:
        return "refused"


def ours(read):
    """The same of our reader's answer."""
    if read["problems"]:
        return None
    lines = read["lines"]
    if not lines:
        return {"options": []}
    first = lines[0]
    if "option" in first:
        editable = [line["value"] for line in lines if full(line["option"]) in ("-e", "--editable")]
        if editable:
            return {"editable": editable[0]}
        shown = [[full(line["option"]), line["value"]] for line in lines]
        # What may stand once counts the last time.
        last = {option: value for option, value in shown}
        shown = [[option, value] for option, value in shown if option != "-i"] + [["-i", last["-i"]] for _ in ["-i"] if "-i" in last]
        known = {"-r", "-c", "-i", "-f", "--extra-index-url", "--trusted-host"}
        return {"options": sorted(pair for pair in shown if pair[0] in known)}
    url = first["url"] is not None
    return {
        "name": first["name"],
        "extras": sorted(first["extras"]),
        "specifier": str(SpecifierSet(first["specifier"] or "")) if not url else "",
        "marker": marker(first["marker"]),
        "url": url,
        "hashes": sorted(tuple(value.split(":", 1)) for name, value in first["options"] if name.startswith("--hash")),
    }


def mutations(count):
    rng = random.Random(20260723)
    pieces = ["a", "1", ".", ",", ";", " ", "=", ">", "<", "~", "!", "[", "]", "(", ")", "'", "\"", "@", "#", "\\", "-", "--", "/", ":", "é", "*", "+", " #", "or", "in", "\t"]
    for _ in range(count):
        line = rng.choice(LINES)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(line) + 1)
            kind = rng.random()
            if kind < 0.4:
                line = line[:at] + rng.choice(pieces) + line[at:]
            elif kind < 0.8:
                line = line[:at] + line[at + 1 + rng.randrange(3):]
            else:
                line = line[:at] + rng.choice(LINES)[rng.randrange(5):]
        yield line


def read_all(reader, texts):
    lines = "\n".join(json.dumps(text) for text in texts)
    out = subprocess.run([reader, "requirements"], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in out.stdout.split("\n") if line]


def compare(reader, texts, what):
    """Lines one by one, and whole texts against their lines."""
    logical = [(line, pip_line(line)) for text in texts for line in pip_lines(text)]
    differ = 0
    refused = sum(1 for _, theirs in logical if theirs is None)
    undecided = sum(1 for _, theirs in logical if theirs == "path")
    for (line, theirs), read in zip(logical, read_all(reader, [line + " " for line, _ in logical])):
        # What the environment of pip's process would put there is unknown.
        mine = ours(read) if "${" not in line else theirs
        if theirs != "path" and mine != theirs:
            differ += 1
            print(f"{line!r}\n  pip  {theirs}\n  ours {mine} {read['problems']}")
    whole = read_all(reader, texts)
    single = iter(read_all(reader, [line + " " for line, _ in logical]))
    for text, read in zip(texts, whole):
        parts = [next(single) for _ in pip_lines(text)]
        if read["lines"] != [line for part in parts for line in part["lines"]] or len(read["problems"]) != sum(len(part["problems"]) for part in parts):
            differ += 1
            print(f"whole {text!r}\n  {read}")
    print(f"{what}: {len(texts)} texts, {len(logical)} lines, {refused} refused by pip, {undecided} decided by the disk, {differ} differ")
    return differ


def main():
    os.chdir(tempfile.mkdtemp())
    if sys.argv[1:] == ["--answers"]:
        print("[\n" + ",\n".join(json.dumps([line, pip_line(line)]) for text in LINES + FILES for line in pip_lines(text)) + "\n]")
        return
    reader, *folders = sys.argv[1:]
    differ = compare(reader, LINES + FILES, "own")
    differ += compare(reader, list(mutations(20000)), "mutations")
    files = [path for folder in folders for path in glob.glob(f"{folder}/**/*requirements*.txt", recursive=True)]
    texts = []
    for path in files:
        with open(path, "rb") as file:
            texts.append(req_file._decode_req_file(file.read(), path))
    if files:
        differ += compare(reader, texts, "files")
    sys.exit(1 if differ else 0)


main()
