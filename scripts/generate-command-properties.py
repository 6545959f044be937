#!/usr/bin/env python3
"""Writes tests/fixtures/commands/properties.json: the properties of the types that commands have effects on.

    scripts/generate-command-properties.py CACHE       installs cfn-lint into CACHE/venv and reads the schemas in it

For each type that src/ledger/commands/effects names: the paths of its published schema down to the first list or map,
so that a test can hold the tables against them. See scripts/generate-resource-facts.py for the schemas.
"""

import argparse
import importlib.util
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
EFFECTS = HERE.parent / "src/ledger/commands/effects"
OUTPUT = HERE.parent / "tests/fixtures/commands/properties.json"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cache", type=pathlib.Path, help="where cfn-lint is installed")
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    arguments = parser.parse_args()
    facts = sibling("generate-resource-facts.py")
    schemas = facts.read_schemas(facts.install(arguments.cache))
    text = "".join(path.read_text() for path in sorted(EFFECTS.glob("*.rs")))
    types = sorted(set(re.findall(r'"(AWS::\w+::\w+)"', text)))
    lines = [f"{json.dumps(name)}:{json.dumps(paths(facts, schemas[name]), separators=(',', ':'))}" for name in types]
    arguments.output.write_text("{" + ",\n".join(lines) + "}\n")
    print(f"{len(types)} types, {arguments.output.stat().st_size} bytes")


def paths(facts, schema):
    return sorted({path for path, _ in facts.nodes(schema) if path and "*" not in path and path.count(".") < 3})


def sibling(name):
    spec = importlib.util.spec_from_file_location("facts", HERE / name)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
