#!/usr/bin/env python3
"""Writes src/declared/terraform/data/map_attributes.txt: the arguments of the AWS provider that take one object.

Terraform's JSON syntax writes an object for a nested block and for an argument that is a map, and only the provider's
schema tells which of the two a name is. Nearly all are blocks, so the table holds the others.

    terraform providers schema -json | scripts/generate-terraform-map-attributes.py
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

OUTPUT = Path(__file__).parent.parent / "src/declared/terraform/data/map_attributes.txt"


def takes_an_object(attribute):
    if not (attribute.get("optional") or attribute.get("required")):
        return False
    form = attribute.get("type")
    nested = (attribute.get("nested_type") or {}).get("nesting_mode")
    return form == "dynamic" or (isinstance(form, list) and form[0] in ("map", "object")) or nested in ("single", "map")


def walk(resource_type, block, maps, blocks):
    for name, attribute in block.get("attributes", {}).items():
        if takes_an_object(attribute):
            maps[name].add(resource_type)
    for name, inner in block.get("block_types", {}).items():
        if name != "timeouts":
            blocks[name].add(resource_type)
        walk(resource_type, inner["block"], maps, blocks)


def main():
    (provider,) = json.load(sys.stdin)["provider_schemas"].values()
    maps, blocks = defaultdict(set), defaultdict(set)
    for kind in ("resource_schemas", "data_source_schemas"):
        for resource_type, schema in provider[kind].items():
            walk(resource_type, schema["block"], maps, blocks)
    lines = []
    for name in maps:
        if not blocks[name]:
            lines.append(name)
        elif len(maps[name]) <= len(blocks[name]):
            lines += [f"{resource_type}.{name}" for resource_type in maps[name]]
        else:
            lines += [name] + [f"!{resource_type}.{name}" for resource_type in blocks[name] - maps[name]]
    OUTPUT.write_text(
        "# Arguments of the AWS provider that take one object; all others that are given one are blocks. `type.name`: of\n"
        "# that type alone; `!type.name`: not of that type. Made by scripts/generate-terraform-map-attributes.py.\n"
        + "".join(f"{line}\n" for line in sorted(lines))
    )


if __name__ == "__main__":
    main()
