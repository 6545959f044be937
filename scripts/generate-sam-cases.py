#!/usr/bin/env python3
"""Expands the cases of `tests/fixtures/sam` with the published transform (PyPI aws-sam-translator, Apache-2.0).

    python3 -m venv /tmp/sam && /tmp/sam/bin/pip install aws-sam-translator pyyaml
    /tmp/sam/bin/python scripts/generate-sam-cases.py [CASE...]

Each case is a folder with a `template.yaml`; its `expected.json` is what the transform makes of it in `eu-west-1`,
parameters at their defaults.
"""

import json
import logging
import os
import sys
from pathlib import Path

import yaml

os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"

from samtranslator.model.exceptions import InvalidDocumentException  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402

CASES = Path(__file__).parent.parent / "tests/fixtures/sam"


class Loader(yaml.SafeLoader):
    """YAML as the service reads it: dates are texts, tags are functions."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}


def function(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", function)


class NoPolicies:
    """Names of policies that the package does not know are not looked up."""

    @staticmethod
    def load():
        return {}


def expand(case):
    template = yaml.load((case / "template.yaml").read_text(), Loader)
    try:
        made = transform(template, {}, NoPolicies())
    except InvalidDocumentException as refused:
        print(f"{case.name}: refused: {[cause.message for cause in refused.causes]}")
        return
    kept = {section: made[section] for section in ("Conditions", "Resources") if section in made}
    (case / "expected.json").write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


logging.disable(logging.CRITICAL)
for folder in sorted(CASES.iterdir()):
    if folder.is_dir() and (not sys.argv[1:] or folder.name in sys.argv[1:]):
        expand(folder)
