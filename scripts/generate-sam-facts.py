#!/usr/bin/env python3
"""Writes the tables of the SAM expansion from the published transform (PyPI aws-sam-translator, Apache-2.0).

    python3 -m venv /tmp/sam && /tmp/sam/bin/pip install aws-sam-translator
    /tmp/sam/bin/python scripts/generate-sam-facts.py

* `policy_templates.json`: the policy templates, by name: their parameters and their statements.
* `managed_policies.txt`: the managed policies whose name stands for an ARN, by the path that the ARN has.
* `connectors.json`: what a connector makes, by the types of its two ends, and what is known of a type.
"""

import json
from pathlib import Path

import samtranslator

SOURCE = Path(samtranslator.__file__).parent
TARGET = Path(__file__).parent.parent / "src/declared/cloudformation/sam/data"


def policy_templates():
    known = json.loads((SOURCE / "policy_templates_data/policy_templates.json").read_text())["Templates"]
    lines = []
    for name, template in sorted(known.items()):
        row = {"parameters": sorted(template["Parameters"]), "statement": template["Definition"]["Statement"]}
        assert list(template["Definition"]) == ["Statement"], name
        lines.append(f"{json.dumps(name)}: {json.dumps(row, sort_keys=True)}")
    (TARGET / "policy_templates.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def managed_policies():
    partitions = json.loads((SOURCE / "internal/data/aws_managed_policies.json").read_text())
    paths = {}
    for known in partitions.values():
        for name, arn in known.items():
            path = arn.split(":policy/", 1)[1]
            paths.setdefault(path.removesuffix(name), set()).add(name)
    sections = [f"[{path}]\n" + "\n".join(sorted(names)) for path, names in sorted(paths.items())]
    (TARGET / "managed_policies.txt").write_text("\n".join(sections) + "\n")


def connectors():
    known = json.loads((SOURCE / "model/connector_profiles/profiles.json").read_text())
    sections = []
    for section in ("CfnResourceProperties", "Permissions"):
        rows = [f"{json.dumps(name)}: {json.dumps(row, sort_keys=True)}" for name, row in sorted(known[section].items())]
        sections.append(f"{json.dumps(section)}: {{\n" + ",\n".join(rows) + "\n}")
    (TARGET / "connectors.json").write_text("{\n" + ",\n".join(sections) + "\n}\n")


policy_templates()
connectors()
managed_policies()
