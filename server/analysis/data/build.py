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
        "declared": {key: value["declared"] for key, value in row["declared_vs_observed"].items()},
        "disagrees": {key: [value["name"], value["observed"]] for key, value in row["name_vs_observed"].items()},
        "packages": row["packages"],
        "base": (row["from_resolved"] or [None])[-1],
        "removed": (row["removed_from_main"] or {}).get("date"),
        "versions": [[int(version), date] for version, date in
                     sorted(row["versions"].items(), key=lambda item: -int(item[0]))],
    })


def legacy(row):
    return compact({
        "name": row["name"],
        "state": row["state"],
        "replacement": row["replacement"],
        "guess": row["family_guess"],
        "steps": [[step["to"], step["date"]] for step in row["chain"]],
    })


def main(folder):
    read = lambda name: json.loads((Path(folder) / name).read_text(encoding="utf-8"))
    images, environments, names = (
        read("base_images.json"), read("curated_environments.json"), read("legacy_names.json"))
    snapshot = max(source["date"] for source in environments["snapshot"].values()
                   if source["project"] == "Azure/azureml-assets")
    print(written({
        "snapshot": snapshot,
        "sources": sorted(images["snapshot"].values(), key=lambda s: (s["project"], s["ref"])),
        "defaults": images["default_images_by_sdk"],
        "images": [image(row) for row in images["images"]],
        "environments": [environment(row) for row in environments["environments"]],
        "legacy": [legacy(row) for row in names["names"]],
    }))


def written(catalogue):
    """The text of a catalogue, one image or environment on each line."""
    line = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    parts = []
    for key, value in catalogue.items():
        if key in ("images", "environments", "legacy"):
            rows = sorted(value, key=lambda row: row.get("repository") or row["name"])
            parts.append(f'"{key}":[\n' + ",\n".join(line(row) for row in rows) + "\n]")
        else:
            parts.append(f'"{key}":{line(value)}')
    return "{\n" + ",\n".join(parts) + "\n}"


if __name__ == "__main__":
    main(sys.argv[1])
