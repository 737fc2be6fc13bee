"""Makes catalogue.json, the snapshot that is compiled into amlenv.

    python3 build.py FOLDER > catalogue.json

FOLDER holds base_images.json, curated_environments.json and legacy_names.json, as described in
README.md beside this script. One image or environment stands on each line, so that a renewed
snapshot can be reviewed line by line.
"""

import json
import sys
from pathlib import Path


def newest_first(tags):
    def key(tag):
        digits = [int("".join(c for c in part if c.isdigit()) or 0) for part in tag.split(".")]
        return digits, tag

    return sorted(tags, key=key, reverse=True)


def compact(row):
    return {key: value for key, value in row.items() if value not in (None, [], {}, "", False)}


def image(row):
    stated = [mark.get("stated_date") or mark.get("marked_on") for mark in row["deprecation"]]
    return compact({
        "repository": row["repository"],
        "family": row["family"],
        "kind": row["kind"],
        "status": row["status"],
        "deprecated_on": min((date for date in stated if date), default=None),
        "successor": (row["successor"] or {}).get("repository"),
        "facts": row["facts"],
        "tags": newest_first(row["tags"]),
        "other_tags": row["other_tags"],
    })


def environment(row):
    return compact({
        "name": row["name"],
        "status": row["status"],
        "dormant": row["dormant"],
        "kind": row["kind"],
        "purpose": row["purpose"],
        "categories": row["categories"],
        "image": row["image"]["repository"],
        "observed": row["observed"],
        "disagrees": {key: [value["name"], value["observed"]] for key, value in row["name_vs_observed"].items()},
        "packages": row["packages"],
        "base": (row["from_resolved"] or [None])[-1],
        "versions": [[int(version), date] for version, date in
                     sorted(row["versions"].items(), key=lambda item: -int(item[0]))],
    })


def legacy(row):
    return compact({
        "name": row["name"],
        "state": row["state"],
        "replacement": row["replacement"],
        "guess": row["family_guess"],
    })


def main(folder):
    read = lambda name: json.loads((Path(folder) / name).read_text(encoding="utf-8"))
    images, environments, names = (
        read("base_images.json"), read("curated_environments.json"), read("legacy_names.json"))
    out = ["{"]
    line = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    snapshot = max(source["date"] for source in environments["snapshot"].values()
                   if source["project"] == "Azure/azureml-assets")
    out.append(f'"snapshot":{line(snapshot)},')
    out.append(f'"sources":{line(sorted(images["snapshot"].values(), key=lambda s: (s["project"], s["ref"])))},')
    out.append(f'"defaults":{line(images["default_images_by_sdk"])},')
    for key, rows, shape in (("images", images["images"], image),
                             ("environments", environments["environments"], environment),
                             ("legacy", names["names"], legacy)):
        out.append(f'"{key}":[')
        out.append(",\n".join(line(shape(row)) for row in sorted(rows, key=lambda r: r.get("repository") or r["name"])))
        out.append("]," if key != "legacy" else "]")
    out.append("}")
    print("\n".join(out))


if __name__ == "__main__":
    main(sys.argv[1])
