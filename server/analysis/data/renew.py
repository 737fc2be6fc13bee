"""Puts what a registry has today into the snapshot that is compiled into amlenv.

    amlenv images --export --refresh > export.json
    python3 renew.py catalogue.json export.json > renewed.json

New tags and versions are added and none is taken out: what a registry no longer lists was there, and
somebody's file names it. Facts, states and successors stay as they are, because no list of tags tells
them. Repositories that the snapshot does not have are named on standard error; an image is added as one
of which nothing is known, an environment is not, since it needs its facts (see README.md).
"""

import json
import re
import sys

from build import newest_first, written

HOST = "mcr.microsoft.com/"
CURATED = HOST + "azureml/curated/"


def is_dated(tag):
    return re.fullmatch(r"(biweekly\.)?20\d{4,6}(\.\w+)*", tag) is not None


def renew(catalogue, export):
    answers = {name: answer for name, answer in export["repositories"].items() if answer["source"] != "snapshot"}
    days = [answer["as_of"] for answer in answers.values()]
    catalogue["snapshot"] = max([catalogue["snapshot"], *days])
    for image in catalogue["images"]:
        add_tags(image, answers.pop(image["repository"], {"tags": []})["tags"])
    for environment in catalogue["environments"]:
        known = {version for version, _ in environment["versions"]}
        tags = answers.pop(environment["image"], {"tags": []})["tags"]
        new = {int(tag) for tag in tags if re.fullmatch("[1-9][0-9]{0,8}", tag)} - known
        # The list of tags has no days in it.
        environment["versions"] += [[version, ""] for version in new]
        environment["versions"].sort(key=lambda row: -row[0])
    for name, answer in sorted(answers.items()):
        print(f"new: {name}", file=sys.stderr)
        if not name.startswith(CURATED):
            image = {"repository": name, "family": "other", "kind": "gpu" if re.search("cuda|gpu", name) else "cpu",
                     "status": "unknown"}
            add_tags(image, answer["tags"])
            catalogue["images"].append(image)
    return catalogue


def add_tags(image, tags):
    for key, fits in (("tags", is_dated), ("other_tags", lambda tag: not is_dated(tag) and tag != "latest")):
        new = {tag for tag in tags if fits(tag)} - {*image.get("tags", []), *image.get("other_tags", [])}
        if new:
            image[key] = newest_first([*image.get(key, []), *new])


if __name__ == "__main__":
    read = lambda path: json.load(open(path, encoding="utf-8"))
    print(written(renew(read(sys.argv[1]), read(sys.argv[2]))))
