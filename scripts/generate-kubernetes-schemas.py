#!/usr/bin/env python3
"""Writes src/schema/kubernetes/schemas.bin: the schemas of the kinds that Kubernetes itself serves.

    scripts/generate-kubernetes-schemas.py KUBECONFIG

KUBECONFIG leads to a running server (`scripts/kube-test-cluster.sh start DIR`), whose `/openapi/v3` is read through the
kubectl beside it. Go is needed as well: what a server leaves out of its answer when it is zero stands in the Go types
alone (`omitempty` on a field that is no pointer), and those are fetched from the module proxy in the server's version.

The output is one OpenAPI v3 document with everything that is not read taken off, as a little-endian 32-bit length and
raw deflate. What is read: `type`, `format`, `properties`, `items`, `additionalProperties`, `$ref`, `default` where it is
not zero, and `x-kubernetes-{list-type,list-map-keys,map-type,patch-merge-key,preserve-unknown-fields,int-or-string,
group-version-kind}`. `x-dropped-when-zero` is added from the Go types. `info.version` is the server's.

The same server gives the same bytes.
"""

import argparse
import json
import os
import pathlib
import re
import struct
import subprocess
import tempfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "src/schema/kubernetes/schemas.bin"
KUBECTL = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "driftledger/kube-1.33/bin/kubectl"
EXTENSIONS = ["list-type", "list-map-keys", "map-type", "patch-merge-key", "preserve-unknown-fields", "int-or-string"]
# The prefix of definitions, the Go module and the folder in it that they come from.
MODULES = {
    "io.k8s.api.": ("k8s.io/api", ""),
    "io.k8s.apimachinery.pkg.": ("k8s.io/apimachinery", "pkg/"),
    "io.k8s.apiextensions-apiserver.pkg.": ("k8s.io/apiextensions-apiserver", "pkg/"),
    "io.k8s.kube-aggregator.pkg.": ("k8s.io/kube-aggregator", "pkg/"),
}
# Reviews are questions to the server, lists and options its own; none of them is declared.
NOT_DECLARED = re.compile(r"(List|Options|Review|WatchEvent|Eviction|Status|Scale|Binding|TokenRequest|APIGroup)$")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kubeconfig", type=pathlib.Path)
    parser.add_argument("--kubectl", type=pathlib.Path, default=KUBECTL)
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    arguments = parser.parse_args()
    get = lambda path: json.loads(run([arguments.kubectl, "--kubeconfig", arguments.kubeconfig, "get", "--raw", path]))
    version = get("/version")["gitVersion"]
    definitions = {}
    for path, at in sorted(get("/openapi/v3")["paths"].items()):
        if re.fullmatch(r"api/v1|apis/[^/]+/v\d+", path):
            definitions.update(get(at["serverRelativeURL"])["components"]["schemas"])
    kinds = {name: kind_of(schema) for name, schema in definitions.items() if kind_of(schema)}
    with tempfile.TemporaryDirectory() as cache:
        types = GoTypes(cache, version)
        kept = {}
        for name in kinds:
            keep(name, definitions, kept, types)
    for name, (group, api_version, kind) in kinds.items():
        kept[name]["x-kubernetes-group-version-kind"] = [{"group": group, "version": api_version, "kind": kind}]
    document = {"info": {"version": version}, "components": {"schemas": dict(sorted(kept.items()))}}
    text = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(text) + packer.flush()
    arguments.output.write_bytes(struct.pack("<I", len(text)) + packed)
    print(f"{version}: {len(kinds)} kinds, {len(kept)} definitions, {len(text)} bytes, packed {len(packed)}")


def kind_of(schema):
    """The group, version and kind of an object that is declared."""
    kinds = schema.get("x-kubernetes-group-version-kind", [])
    if len(kinds) != 1 or "metadata" not in schema.get("properties", {}):
        return None
    kind = kinds[0]
    if NOT_DECLARED.search(kind["kind"]) and kind["kind"] not in DECLARED_ALL_THE_SAME:
        return None
    return kind["group"], kind["version"], kind["kind"]


DECLARED_ALL_THE_SAME = {"RoleBinding", "ClusterRoleBinding", "ValidatingAdmissionPolicyBinding"}


def keep(name, definitions, kept, types):
    if name in kept:
        return
    kept[name] = {}
    schema = definitions[name]
    kept[name] = reduced(schema, types.fields(name), is_kind=kind_of(schema) is not None)
    for reference in sorted(references(kept[name])):
        keep(reference, definitions, kept, types)


def reduced(schema, dropped=frozenset(), is_kind=False):
    if "allOf" in schema:
        (only,) = schema["allOf"]
        schema = {**only, **{key: value for key, value in schema.items() if key != "allOf"}}
    out = {key: schema[key] for key in ("type", "format", "$ref") if key in schema}
    out.update({f"x-kubernetes-{key}": schema[f"x-kubernetes-{key}"] for key in EXTENSIONS if f"x-kubernetes-{key}" in schema})
    if schema.get("default") not in (None, "", {}, 0, False):
        out["default"] = schema["default"]
    if "items" in schema:
        out["items"] = reduced(schema["items"])
    if "additionalProperties" in schema and isinstance(schema["additionalProperties"], dict):
        out["additionalProperties"] = reduced(schema["additionalProperties"])
    if "oneOf" in schema and "format" not in schema:
        out["oneOf"] = [{"type": one["type"]} for one in schema["oneOf"]]
    if "properties" in schema:
        out["properties"] = {}
        for field, inner in schema["properties"].items():
            if is_kind and field in ("status", "apiVersion", "kind"):
                continue
            out["properties"][field] = reduced(inner)
            if field in dropped and inner.get("type") in ("string", "integer", "number", "boolean"):
                out["properties"][field]["x-dropped-when-zero"] = True
    return out


def references(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rsplit("/", 1)[1]
        for inner in schema.values():
            yield from references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from references(inner)


class GoTypes:
    """The Go types of the API: which fields are left out of JSON when they are zero."""

    FIELD = re.compile(r"^\t(?P<name>\w+)?\s*(?P<type>[\w.*\[\]]+)\s+`(?P<tags>[^`]*)`", re.MULTILINE)
    STRUCT = re.compile(r"^type (?P<name>\w+) struct \{\n(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL)

    def __init__(self, cache, version):
        number = re.sub(r"^v1\.", "v0.", version)
        environment = {**os.environ, "GOMODCACHE": cache, "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
        self.folders = {}
        for prefix, (module, below) in MODULES.items():
            answer = run(["go", "mod", "download", "-json", f"{module}@{number}"], cwd=cache, env=environment)
            self.folders[prefix] = pathlib.Path(json.loads(answer)["Dir"]) / below
        self.packages = {}

    def fields(self, definition):
        """The names of fields of a definition that are dropped when zero."""
        for prefix, folder in self.folders.items():
            if definition.startswith(prefix):
                package, name = definition.removeprefix(prefix).rsplit(".", 1)
                return self.of_struct(folder / package.replace(".", "/"), name)
        return frozenset()

    def of_struct(self, package, name):
        if package not in self.packages:
            source = "\n".join(file.read_text() for file in sorted(package.glob("*types*.go")))
            self.packages[package] = {found["name"]: found["body"] for found in self.STRUCT.finditer(source)}
        dropped = set()
        for field in self.FIELD.finditer(self.packages[package].get(name, "")):
            said = re.search(r'json:"([^"]*)"', field["tags"])
            if not said:
                continue
            called, *options = said[1].split(",")
            if "inline" in options and not called:
                dropped |= self.of_struct(package, field["type"].lstrip("*"))
            elif "omitempty" in options and not field["type"].startswith("*"):
                dropped.add(called)
        return frozenset(dropped)


def run(command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


if __name__ == "__main__":
    main()
