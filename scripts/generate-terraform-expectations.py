#!/usr/bin/env python3
"""Writes tests/fixtures/terraform/<name>/expected.json: what Terraform itself plans for the root modules there.

For each resource its address with the arguments and blocks that the code configures: values as Terraform knows them
from the configuration alone, `{"$unknown": true}` where it does not, `{"$set": [...]}` where the order means nothing.
Plans without state and without credentials: no data source of these modules asks AWS anything.

    scripts/generate-terraform-expectations.py PLUGIN_DIR [NAME...]

PLUGIN_DIR is a file system mirror with hashicorp/aws; `terraform` is looked for on the PATH. Without NAME every folder
that has an expected.json is written again.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent / "tests/fixtures/terraform"
# What a provider needs so that it plans without an account.
OFFLINE = """
  access_key                  = "fake"
  secret_key                  = "fake"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
"""


def terraform(folder, *arguments):
    command = ["terraform", f"-chdir={folder}", *arguments]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{result.stdout}{result.stderr}")
    return result.stdout


def aliases(folder):
    text = "\n".join(path.read_text() for path in folder.glob("*.tf"))
    return re.findall(r'^\s*alias\s*=\s*"(\w+)"', text, re.M)


def plan(folder):
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "module"
        shutil.copytree(folder, copy)
        blocks = [f'provider "aws" {{{OFFLINE}}}\n']
        blocks += [f'provider "aws" {{\n  alias = "{alias}"{OFFLINE}}}\n' for alias in aliases(folder)]
        (copy / "zz_offline_override.tf").write_text("".join(blocks))
        # Whoever plans without state imports nothing.
        for path in copy.glob("*.tf"):
            path.write_text(re.sub(r"^import \{.*?^\}\n", "", path.read_text(), flags=re.M | re.S))
        terraform(copy, "init", "-backend=false", f"-plugin-dir={sys.argv[1]}")
        override = copy / "zz_backend_override.tf"
        override.write_text('terraform {\n  backend "local" {}\n}\n')
        terraform(copy, "init", "-reconfigure", f"-plugin-dir={sys.argv[1]}")
        terraform(copy, "plan", "-refresh=false", "-out=plan")
        shown = json.loads(terraform(copy, "show", "-json", "plan"))
        schemas = json.loads(terraform(copy, "providers", "schema", "-json"))["provider_schemas"]
    return shown, next(iter(schemas.values()))["resource_schemas"]


def dynamic_names(folder):
    names = set()
    for path in folder.rglob("*.tf"):
        names |= set(re.findall(r'dynamic "(\w+)"', path.read_text()))
    for path in folder.rglob("*.tf.json"):
        names |= set(re.findall(r'"dynamic": \{\s*"(\w+)"', path.read_text()))
    return names


def configured(module, path=""):
    """The expressions of the configuration, by the address of the resource without instance keys."""
    found = {}
    for resource in module.get("resources", []):
        found[path + resource["address"]] = resource.get("expressions", {})
    for name, call in module.get("module_calls", {}).items():
        found |= configured(call["module"], f"{path}module.{name}.")
    return found


def pruned(value, expressions):
    """A nested block without the members that the provider fills in. What a dynamic block makes stays whole."""
    if isinstance(value, dict) and "$set" in value:
        return {"$set": pruned(value["$set"], expressions)}
    if not isinstance(expressions, list) or not isinstance(value, list):
        return value
    members = {}
    for block in expressions:
        members |= block
    return [
        {name: pruned(member, members[name]) for name, member in item.items() if name in members}
        if isinstance(item, dict) and "$unknown" not in item
        else item
        for item in value
    ]


def marked(value, unknown, form):
    """A value with its unknown parts and sets marked. `form` is the type in the schema."""
    if unknown is True:
        return {"$unknown": True}
    kind = form[0] if isinstance(form, list) else form
    if isinstance(value, list):
        unknowns = unknown if isinstance(unknown, list) else []
        inner = form[1] if isinstance(form, list) and kind in ("set", "list") else None
        items = [
            marked(item, unknowns[at] if at < len(unknowns) else None, inner) for at, item in enumerate(value)
        ]
        return {"$set": items} if kind == "set" else items
    if isinstance(value, dict) or (value is None and isinstance(unknown, dict) and unknown):
        value, unknowns = value or {}, unknown if isinstance(unknown, dict) else {}
        inner = (lambda name: form[1].get(name)) if kind == "object" else (lambda name: form[1] if kind == "map" else None)
        members = {name: marked(member, unknowns.get(name), inner(name)) for name, member in value.items()}
        members |= {name: {"$unknown": True} for name, state in unknowns.items() if state is True}
        return {name: member for name, member in members.items() if member is not None}
    return value


def block_form(block):
    """A block's schema as a type."""
    members = {name: attribute.get("type") for name, attribute in block.get("attributes", {}).items()}
    for name, inner in block.get("block_types", {}).items():
        form = block_form(inner["block"])
        members[name] = form if inner["nesting_mode"] == "single" else [inner["nesting_mode"], form]
    return ["object", members]


def expectation(folder):
    shown, schemas = plan(folder)
    names = configured(shown["configuration"]["root_module"])
    dynamic = dynamic_names(folder)
    expected = {}
    for change in shown["resource_changes"]:
        if change["mode"] != "managed":
            continue
        address = change["address"]
        plain = re.sub(r'\[("[^"]*"|\d+)\]', "", address)
        block = schemas[change["type"]]["block"]
        after, unknown = change["change"]["after"], change["change"]["after_unknown"]
        forms = block_form(block)[1]
        arguments = {}
        for name in sorted(set(names[plain]) | (dynamic & set(block.get("block_types", {})) | (dynamic & set(forms)))):
            if name == "timeouts":
                continue
            value = marked(after.get(name), unknown.get(name), forms.get(name))
            if value is None or (name not in names[plain] and value in ([], {"$set": []}, {"$unknown": True})):
                continue
            arguments[name] = value if name in dynamic else pruned(value, names[plain].get(name))
        expected[address] = arguments
    return expected


def main():
    folders = [ROOT / name for name in sys.argv[2:]] or sorted(path.parent for path in ROOT.glob("*/expected.json"))
    for folder in folders:
        expected = expectation(folder)
        lines = ",\n".join(
            f"{json.dumps(address)}: {json.dumps(arguments, sort_keys=True, ensure_ascii=False)}"
            for address, arguments in sorted(expected.items())
        )
        (folder / "expected.json").write_text(f"{{\n{lines}\n}}\n")
        print(f"{folder.name}: {len(expected)} resources")


if __name__ == "__main__":
    main()
