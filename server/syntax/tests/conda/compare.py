"""Holds the reader of conda specifications to conda itself: `python3 compare.py CONDA READER [FOLDER…]`
compares own specifications, mutations of them and all dependencies of the conda files below the
folders, and prints what differs. CONDA is a checkout of conda's sources, READER the built example
`read`. `python3 compare.py CONDA --answers > answers.json` writes what conda says of the own ones,
which the test suite holds the reader to.

    pip install boltons frozendict tqdm requests ruamel.yaml pluggy platformdirs jsonpatch packaging zstandard archspec distro truststore pyyaml
"""

import glob
import json
import random
import subprocess
import sys
import types
import warnings

sys.path.insert(0, sys.argv[1])
version = types.ModuleType("conda._version")
version.__version__ = version.version = "26.1"
sys.modules["conda._version"] = version
warnings.simplefilter("ignore")

from conda.models import match_spec  # noqa: E402

SPECS = [
    "a", "A.b_c-d", "a=1", "a==1", "a=1.0=b0", "a==1.0=b0", "a=1.0=*", "a 1.0", "a 1.0 b0", "a 1.0=b0", "a =1.0 b0", "a  =  1.0", "a=1.0.*", "a=1.0*", "a 1.0.*", "a 1.*.2", "a *", "a * b0", "a=*=cuda*", "a>=1", "a >=1", "a >= 1", "a>=1,<2",
    "a >=1,<2", "a >=1 , <2", "a >= 1.0 , < 2.0 py34_0", "a >=1 <2", "a>=1|<0.5", "a >=1.8,<2|==1.7", "a (>=1|<0.5),!=0.4", "a!=1", "a !=1.*", "a~=1.4", "a ~=1.4.2", "a~=1.*", "a>1.*", "a=>1", "a=<1", "a===1", "a==", "a=", "a>", "a>=", "a!=", "a~", "a!1", "a=1,2", "a 1|2", "a 1,,2", "a 1,", "a |1", "a >=1,", "a >=1,<", "a 1..2", "a 1.", "a .1", "a 1_", "a 1__2", "a 1!2", "a 1!2!3", "a x!2", "a 1+b", "a 1+", "a +b", "a 1+b+c", "a 1-2", "a 1-2_3", "a 1.0a1", "a 1.0.dev1", "a=2022.10.*", "a 1.0@b", "a ^1.*$", "a 1$",
    "c::a", "c::a=1", "c/linux-64::a", "c/linux-64::a 1.0 b0", "c/label/x::a", "c/label/x/noarch::a=1=b", "c/sub::a", "https://example.org/c::a", "https://example.org/c/linux-64::a>=1", "c:a", "c:n:a", "::a", "c::", "c::=1", "pkgs/main::a",
    "a[version=1]", "a[version='>=1']", "a[version='>=1,<2']", "a[version=\">=1\", build=b*]", "a[version='=1']", "a[version='1..2']", "a[build=b0]", "a[build_number=3]", "a[channel=c]", "a[channel=c,subdir=linux-64]", "c::a[channel=d]", "a=1[build=b]", "a[]", "a[x]", "a[version=]", "a[version", "a]", "a[version=1][build=b]", "a [version=1]", "a[version='1' build='b']", "a[md5=abc]", "a[name=b]", "*[version=1]", "*", "a*", "[version=1]",
    "=1", ">=1", "<", "_a", "__a", "__cuda", "__cuda>=11", "___a", "a--b", "a__b", "a.-b", "a-", "-a", ".a", "a_", "é", "a/b", "a,b", "a;b", "a @ b", "a@", "a#b", "a # b", "a=1 # c", "#a", "a if b", "python", "python=3.10", "python =3.10", "python 3.10.*", "python>=3.8,<3.11", "numpy=1.26=py310h5f9d8c6_0", "conda-forge::numpy>=1.2", "pytorch::pytorch=2.1=*cuda*", "nvidia/label/cuda-11.8.0::cuda-toolkit", "cudatoolkit=11.3", "pip=20.2.4", "pip:", "a==1.0.0,<2", "a ==1.0 b0", "a 1 2 3", "a=1=2=3", "a=1 = 2", "a >1 b", "a >1 b-c", "a 1.0 b-c", "libblas=*=*mkl", "https://example.org/c/linux-64/a-b-1.0-b0.conda", "./a-1.0-b0.tar.bz2", "a-1.0-b0.tar.bz2",
]


def conda(spec):
    """What conda makes of a specification; None where it refuses."""
    match_spec._PARSE_CACHE.clear()
    try:
        found = match_spec.MatchSpec(spec)
        parts = match_spec._parse_spec_str(spec)
    except Exception:
        return None
    return {key: parts.get(key) for key in ("channel", "subdir", "name", "version", "build")}


def ours(read):
    if read["problems"]:
        return None
    version = read["version"]
    if version is not None:
        version = match_spec._sanitize_version_str(version.replace(" ", ""), read["build"])
    return {**{key: read[key] for key in ("subdir", "name", "build")}, "version": version}


def same(theirs, mine, spec):
    if theirs is None or mine is None:
        return theirs is None and mine is None
    if theirs["name"] == "*" and mine["name"] is None:
        return True
    if spec.endswith((".conda", ".tar.bz2")):
        return theirs["name"] in (mine["name"], "*")
    if "[" in spec and theirs["version"] and mine["version"]:
        # Whether a build was given apart decides how conda writes the version.
        theirs, mine = ({**found, "version": found["version"].rstrip("*")} for found in (theirs, mine))
    return all(theirs[key] == mine[key] for key in ("subdir", "name", "build", "version"))


def mutations(count):
    rng = random.Random(20260723)
    pieces = ["a", "1", ".", ",", " ", "=", ">", "<", "~", "!", "[", "]", "*", "|", "_", "-", "+", ":", "::", "/", "'", "é"]
    for _ in range(count):
        spec = rng.choice(SPECS)
        for _ in range(rng.randrange(1, 3)):
            at = rng.randrange(len(spec) + 1)
            if rng.random() < 0.5:
                spec = spec[:at] + rng.choice(pieces) + spec[at:]
            else:
                spec = spec[:at] + spec[at + 1 + rng.randrange(2) :]
        yield spec.strip()


def dependencies(folders):
    import yaml

    for folder in folders:
        for path in glob.glob(f"{folder}/**/*.y*ml", recursive=True):
            try:
                data = yaml.safe_load(open(path, encoding="utf-8-sig"))
            except Exception:
                continue
            if isinstance(data, dict) and isinstance(data.get("dependencies"), list) and "build_dependencies" not in data:
                yield from (item for item in data["dependencies"] if isinstance(item, str))


def compare(reader, specs, what):
    lines = "\n".join(json.dumps(spec) for spec in specs)
    out = subprocess.run([reader, "conda"], input=lines, capture_output=True, text=True, check=True)
    refused = differ = 0
    for spec, line in zip(specs, out.stdout.split("\n")):
        theirs, mine = conda(spec), ours(json.loads(line))
        refused += theirs is None
        if not same(theirs, mine, spec):
            differ += 1
            print(f"{spec!r}\n  conda {theirs}\n  ours  {mine} {json.loads(line)['problems']}")
    print(f"{what}: {len(specs)} specifications, {refused} refused by conda, {differ} differ")
    return differ


def main():
    if sys.argv[2] == "--answers":
        print("[\n" + ",\n".join(json.dumps([spec, conda(spec)]) for spec in SPECS) + "\n]")
        return
    reader, *folders = sys.argv[2:]
    differ = compare(reader, SPECS, "own") + compare(reader, list(mutations(10000)), "mutations")
    if folders:
        differ += compare(reader, list(dependencies(folders)), "files")
    sys.exit(1 if differ else 0)


main()
