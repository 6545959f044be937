#!/usr/bin/env python3
"""Writes src/schema/resource_facts.bin: what CloudFormation's published schemas say about each resource type.

    scripts/generate-resource-facts.py CACHE           installs cfn-lint into CACHE/venv and reads the schemas in it
    scripts/generate-resource-facts.py --schemas DIR   reads DIR, the `cfnlint/data/schemas` of an installed cfn-lint

The PyPI package cfn-lint (MIT-0) carries CloudFormation's resource provider schemas: `providers/<region>.json` names
for each type the file `resources/<hash>.json` with its schema. A type is taken from us-east-1 if it exists there, else
from the first region in the order of the alphabet. Everything that is read here survives in what cfn-lint ships,
`handlers.read.permissions` included. SAM's types are left out: they are expanded before anything is compared.

The output is the same for the same schemas and the same zlib. Its parts, in this order:

    "DLRF1\\n", then the lengths of index and dictionary as they stand in the file and plain: four 32-bit integers,
                little-endian
    index       raw deflate; JSON {"cfn_lint", "schemas", "types": [[name, length in the file, plain length], ...]},
                sorted by name; the records stand in this order
    dictionary  raw deflate; texts that many records share
    records     raw deflate with the dictionary; JSON, see `Record` in src/schema/resource_facts.rs

Paths are patterns as in src/schema/fact.rs: member names joined by `.`, `*` for an item of a list or any member of a
map. A definition that contains itself is followed once: the pattern ends where it would come round again.
"""

import argparse
import collections
import json
import pathlib
import re
import struct
import subprocess
import sys
import venv
import zlib

CFN_LINT = "1.58.0"
OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "src/schema/resource_facts.bin"
MAGIC = b"DLRF1\n"
PREFERRED_REGION = "us-east-1"
NO_REGION = "sam"
# The window of deflate; what lies further back cannot be referred to.
DICTIONARY_SIZE = 32 * 1024 - 512
# Three types of QuickSight share long paths among them, which would crowd out what all types share.
MIN_SHARING = 4
# More schema nodes than the largest type has (QuickSight's dashboards: 30,000); a schema beyond it stops the run.
MAX_NODES = 500_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cache", nargs="?", type=pathlib.Path, help="where cfn-lint is installed")
    parser.add_argument("--schemas", type=pathlib.Path, help="the `cfnlint/data/schemas` of an installed cfn-lint")
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    arguments = parser.parse_args()
    if (arguments.cache is None) == (arguments.schemas is None):
        parser.error("give either a cache directory or --schemas")
    schemas = arguments.schemas or install(arguments.cache)
    date = json.loads((schemas / "version.json").read_text())["schema_date"]
    records = {name: record(schema) for name, schema in read_schemas(schemas).items()}
    packed = pack({"cfn_lint": version_beside(schemas), "schemas": date}, records)
    arguments.output.write_bytes(packed)
    print_summary(records, packed)


def install(cache):
    """The schemas of the cfn-lint that is installed into a virtual environment of its own."""
    environment = cache / "venv"
    if not (environment / "bin/python").exists():
        venv.create(environment, with_pip=True)
    python = environment / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"cfn-lint=={CFN_LINT}"], check=True)
    code = "import cfnlint, pathlib; print(pathlib.Path(cfnlint.__file__).parent / 'data/schemas')"
    return pathlib.Path(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip())


def version_beside(schemas):
    """The version of the cfn-lint that schemas belong to, from the metadata installed beside it."""
    found = sorted(schemas.parents[2].glob("cfn_lint-*.dist-info"))
    if len(found) != 1:
        sys.exit(f"{schemas} is not in an installed cfn-lint")
    return found[0].name.removeprefix("cfn_lint-").removesuffix(".dist-info")


def read_schemas(schemas):
    """The schema of each type, by name."""
    regions = {path.stem: path for path in (schemas / "providers").glob("*.json") if path.stem != NO_REGION}
    files = {}
    for region in sorted(regions, key=lambda name: (name != PREFERRED_REGION, name)):
        for name, digest in json.loads(regions[region].read_text()).items():
            files.setdefault(name, digest)
    return {name: json.loads((schemas / "resources" / f"{files[name]}.json").read_text()) for name in sorted(files)}


def record(schema):
    """What one type's record says; members that say nothing are left out."""
    arrays, defaults = collections.defaultdict(set), collections.defaultdict(dict)
    for path, node in nodes(schema):
        if node.get("default") is not None:
            defaults[path][json.dumps(node["default"], sort_keys=True)] = node["default"]
        if "insertionOrder" in node or node.get("uniqueItems"):
            arrays[path].add((node.get("insertionOrder"), node.get("uniqueItems", False)))
    tagging = schema.get("tagging", {})
    tag_property = tagging.get("tagProperty")
    if tag_property is None and tagging.get("taggable", schema.get("taggable")) is not False:
        tag_property = "/properties/Tags" if "Tags" in schema.get("properties", {}) else None
    transforms = {
        pattern(schema, pointer): expression for pointer, expression in schema.get("propertyTransform", {}).items()
    }
    said = {
        "read_only": patterns(schema, "readOnlyProperties"),
        "write_only": patterns(schema, "writeOnlyProperties"),
        "create_only": patterns(schema, "createOnlyProperties"),
        "conditionally_create_only": patterns(schema, "conditionalCreateOnlyProperties"),
        "deprecated": patterns(schema, "deprecatedProperties"),
        "primary": [pattern(schema, pointer) for pointer in schema.get("primaryIdentifier", [])],
        "additional": [[pattern(schema, one) for one in several] for several in schema.get("additionalIdentifiers", [])],
        "tags": pattern(schema, tag_property) if tag_property else None,
        # Alternatives of a schema that disagree say nothing.
        "defaults": {path: one_of(values) for path, values in sorted(defaults.items()) if len(values) == 1},
        "arrays": {path: list(one_of(kinds)) for path, kinds in sorted(arrays.items()) if len(kinds) == 1},
        "transforms": dict(sorted(transforms.items())),
        "names": unusual_names(schema),
        "maps": sorted({path for path, node in nodes(schema) if any(True for _ in map_members(node))}),
        # The members of a map are the user's own texts, even where a schema lets them be anything.
        "documents": sorted({path for path, node in nodes(schema) if is_document(node) and not path.endswith("*")}),
        "reads": sorted(set(schema.get("handlers", {}).get("read", {}).get("permissions", []))),
    }
    return {key: value for key, value in said.items() if value}


def unusual_names(schema):
    """The names that the snake case of Terraform's provider awscc does not give back, as `**.Name`.

    Where a schema spells a name in two ways the unusual one stands with its whole path.
    """
    spelled = collections.defaultdict(lambda: collections.defaultdict(set))
    for path, _ in nodes(schema):
        name = path.rpartition(".")[2]
        if name != "*":
            spelled[snake_case(name)][name].add(path)
    found = set()
    for attribute, names in spelled.items():
        for name, paths in names.items():
            if pascal_case(attribute) != name:
                found |= {f"**.{name}"} if len(names) == 1 else paths
    return sorted(found)


# Words that count as one in awscc's names.
ONE_WORD = {"CloudFormation": "Cloudformation", "CloudFront": "Cloudfront", "CloudWatch": "Cloudwatch", "FSx": "Fsx"}


def snake_case(name):
    """awscc's name for a property: a boundary before a capital after a small letter or digit, before the last capital of
    a row of them, and on both sides of digits except between a capital and a digit after it."""
    for written, word in ONE_WORD.items():
        name = name.replace(written, word)
    name = re.sub("([A-Z])(?=[A-Z][a-z])", r"\1_", name)
    name = re.sub("([a-z])(?=[A-Z0-9])", r"\1_", name)
    name = re.sub("([0-9])(?=[A-Za-z])", r"\1_", name)
    return re.sub("[^A-Za-z0-9_]", "_", name).lower()


def pascal_case(attribute):
    return "".join(part[:1].upper() + part[1:] for part in attribute.split("_"))


def is_document(node):
    """Whether a property is an object without a form, or may be a text as well: awscc takes those as texts of JSON."""
    kinds = node.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    has_form = node.get("properties") or any(True for _ in map_members(node)) or any(True for _ in alternatives(node))
    return "object" in kinds and ("string" in kinds or not has_form)


def one_of(values):
    return next(iter(values.values() if isinstance(values, dict) else values))


def patterns(schema, member):
    return sorted({pattern(schema, pointer) for pointer in schema.get(member, [])})


def nodes(schema):
    """Every property of a schema, at any depth, with its pattern."""
    stack = [((name,), node, ()) for name, node in schema.get("properties", {}).items()]
    for _ in range(MAX_NODES):
        if not stack:
            return
        path, node, within = stack.pop()
        node, within = resolved(schema, node, within)
        if node is None:
            continue
        yield ".".join(path), node
        if "items" in node:
            stack.append((path + ("*",), node["items"], within))
        stack.extend((path + (name,), part, within) for name, part in node.get("properties", {}).items())
        stack.extend((path + ("*",), part, within) for part in map_members(node))
        stack.extend((path, part, within) for part in alternatives(node))
    sys.exit(f"{schema['typeName']} has more than {MAX_NODES} nodes")


def resolved(schema, node, within):
    """What a reference refers to, with what stands beside the reference; None where it comes round again."""
    while isinstance(node, dict) and "$ref" in node:
        reference = node["$ref"]
        if reference in within:
            return None, within
        target = refer(schema, reference)
        if target is None:
            return None, within
        within += (reference,)
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return (node, within) if isinstance(node, dict) else (None, within)


def refer(schema, reference):
    path = reference.partition("#/")[2]
    target = schema
    for step in path.split("/"):
        target = target.get(step) if isinstance(target, dict) else None
    return target if path else None


def map_members(node):
    yield from node.get("patternProperties", {}).values()
    if isinstance(node.get("additionalProperties"), dict):
        yield node["additionalProperties"]


def alternatives(node):
    for keyword in ("allOf", "anyOf", "oneOf"):
        yield from node.get(keyword, [])


def pattern(schema, pointer):
    """The pattern of a pointer such as /properties/A/*/B. Schemas leave out the `*` of a list here and there."""
    segments = re.sub("^/?properties/", "", pointer).split("/")
    written, node = [], {"properties": schema.get("properties", {})}
    for segment in segments:
        node, _ = resolved(schema, node, ()) if node else (None, ())
        if node and "items" in node and segment != "*":
            written.append("*")
            node, _ = resolved(schema, node["items"], ())
        written.append(segment)
        node = step_into(schema, node, segment) if node else None
    return ".".join(written)


def step_into(schema, node, segment):
    if segment == "*":
        return node.get("items") or next(map_members(node), None)
    if segment in node.get("properties", {}):
        return node["properties"][segment]
    for part in alternatives(node):
        part, _ = resolved(schema, part, ())
        if part and segment in part.get("properties", {}):
            return part["properties"][segment]
    return None


def pack(source, records):
    texts = {name: compact(record) for name, record in records.items()}
    dictionary = shared_texts(texts.values())
    packed = {name: deflate(text, dictionary) for name, text in texts.items()}
    types = [[name, len(packed[name]), len(text)] for name, text in texts.items()]
    plain = [compact({**source, "types": types}), dictionary]
    parts = [deflate(part) for part in plain]
    head = MAGIC + struct.pack("<4I", *(length for part in zip(parts, plain) for length in map(len, part)))
    return head + b"".join(parts) + b"".join(packed.values())


def compact(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def deflate(text, dictionary=b""):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, dictionary)
    return compressor.compress(text) + compressor.flush()


def shared_texts(texts):
    """The quoted texts that save most by being shared; the best last, where referring to them is cheapest."""
    counts = collections.Counter()
    for text in texts:
        counts.update(set(re.findall(rb'"(?:[^"\\]|\\.)*"[:,]?', text)))
    worth = {text: (count - 1) * (len(text) - 3) for text, count in counts.items() if count >= MIN_SHARING}
    chosen, size = [], 0
    for text in sorted(worth, key=lambda text: (-worth[text], text)):
        if size + len(text) <= DICTIONARY_SIZE:
            chosen.append(text)
            size += len(text)
    return b"".join(reversed(chosen))


def print_summary(records, packed):
    said = collections.Counter()
    for one in records.values():
        said.update({key: len(value) if isinstance(value, (list, dict)) else 1 for key, value in one.items()})
    print(f"{len(records)} types, {len(packed)} bytes")
    for key, count in sorted(said.items()):
        print(f"{count:6} {key}")


if __name__ == "__main__":
    main()
