#!/usr/bin/env python3
"""Writes tests/fixtures/terraform-provider/aws.txt: the attributes of every type that src/schema/terraform maps.

    scripts/generate-terraform-provider-schema.py                 asks the `terraform` on the path
    scripts/generate-terraform-provider-schema.py --schema FILE   reads the output of `terraform providers schema -json`

Without --schema the provider comes from the registry, or from the folder that --plugin-dir names. The types are those
that the tables name as `terraform: "..."` or give to a function that makes a mapping. A test of src/schema/terraform
holds the tables against the list.

The list has a line for the provider with its version, then for each type its name at the beginning of a line and its
attributes in indented lines, sorted: `name` may be declared, `name*` is computed only, `name{...}` is a block or an
attribute that is a list, set or map of objects, with what is in it.
"""

import argparse
import json
import pathlib
import re
import subprocess
import tempfile
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLES = ROOT / "src/schema/terraform"
OUTPUT = ROOT / "tests/fixtures/terraform-provider/aws.txt"
PROVIDER = "hashicorp/aws"
VERSION = "5.100.0"
WIDTH = 118
CONFIGURATION = f"""
terraform {{
  required_providers {{
    aws = {{
      source  = "{PROVIDER}"
      version = "{VERSION}"
    }}
  }}
}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schema", type=pathlib.Path, help="output of `terraform providers schema -json`")
    parser.add_argument("--plugin-dir", type=pathlib.Path, help="where `terraform init` finds the provider")
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    arguments = parser.parse_args()
    text = arguments.schema.read_text() if arguments.schema else ask_terraform(arguments.plugin_dir)
    resources = json.loads(text)["provider_schemas"][f"registry.terraform.io/{PROVIDER}"]["resource_schemas"]
    lines = [f"# {PROVIDER} {VERSION}"]
    for name in mapped_types():
        lines.append(name)
        attributes = " ".join(attributes_of_block(resources[name]["block"]))
        lines += textwrap.wrap(attributes, WIDTH, break_long_words=False, initial_indent="  ", subsequent_indent="  ")
    arguments.output.write_text("\n".join(lines) + "\n")
    print(f"{len(mapped_types())} types, {len(lines)} lines")


def ask_terraform(plugin_dir):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "main.tf").write_text(CONFIGURATION)
        init = ["terraform", "init", "-backend=false"] + ([f"-plugin-dir={plugin_dir}"] if plugin_dir else [])
        subprocess.run(init, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        schema = ["terraform", "providers", "schema", "-json"]
        return subprocess.run(schema, cwd=folder, check=True, capture_output=True, text=True).stdout


def mapped_types():
    return sorted({name for path in TABLES.rglob("*.rs") for name in types_of_table(path.read_text())})


def types_of_table(text):
    """What stands as `terraform: "..."`, or as the first argument of a function of the file that makes a mapping."""
    makers = re.findall(r"const fn (\w+)\(\s*terraform: &'static str", text)
    types = re.findall(r'\bterraform: "(\w+)"', text)
    return types + [name for maker in makers for name in re.findall(rf'\b{maker}\(\s*"(\w+)"', text)]


def attributes_of_block(block):
    inside = {name: attribute(one) for name, one in block.get("attributes", {}).items()}
    # How long Terraform may wait is the same for every type and nothing that a service knows.
    inside |= {
        name: braces(attributes_of_block(one["block"]))
        for name, one in block.get("block_types", {}).items()
        if name != "timeouts"
    }
    return [name + suffix for name, suffix in sorted(inside.items())]


def attribute(said):
    is_declared = said.get("required") or said.get("optional")
    members = members_of_type(said["type"])
    return (braces(members) if members else "") if is_declared else "*"


def members_of_type(kind):
    """The members of the objects that a type is a collection of; none where it has no objects."""
    while isinstance(kind, list) and kind[0] != "object":
        kind = kind[1]
    if not isinstance(kind, list):
        return []
    inside = {name: members_of_type(one) for name, one in kind[1].items()}
    return [name + (braces(members) if members else "") for name, members in sorted(inside.items())]


def braces(members):
    return "{" + " ".join(members) + "}"


if __name__ == "__main__":
    main()
