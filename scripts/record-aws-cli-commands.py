#!/usr/bin/env python3
"""Writes tests/fixtures/commands/aws_cli.jsonl: commands, and the parameters that the AWS CLI itself makes of them.

    scripts/record-aws-cli-commands.py CACHE           installs awscli into CACHE/venv and asks it

The commands are made up from the CLI's own table (a fixed seed, each service in turn, every way to write a value).
The CLI runs in this process and is stopped before it makes a request, so that nothing leaves the machine. A line is
[command, operation, parameters]. What the CLI refuses is not recorded. See scripts/generate-aws-cli-commands.py for
the services and the version.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import random
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
OUTPUT = HERE.parent / "tests/fixtures/commands/aws_cli.jsonl"
COUNT = 2000
SEED = 20240120
DEEPEST = 3
LONGEST = 240
TEXTS = [
    "web", "prod-eu", "a b", "x=1", "1,2", "it's", 'say "hi"', "5", "true", "/path/to", "arn:aws:iam::123456789012:role/r",
    "sg-0a1b2c3d", "caf\u00e9", "a;b", "10.0.0.0/16", "v1.2_3", "back\\slash", "[x]", "k:v", "#tag", "a@b.example",
]
KEYS = ["env", "Team", "a-b", "x.y", "k1", "Cost_Center"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cache", type=pathlib.Path, help="where awscli is installed")
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    table = sibling("generate-aws-cli-commands.py")
    if not arguments.inside:
        python = table.install(arguments.cache)
        command = [python, __file__, arguments.cache, "--output", arguments.output, "--inside"]
        environment = {"PATH": os.environ["PATH"], "AWS_CONFIG_FILE": os.devnull, "AWS_DEFAULT_REGION": "eu-west-1"}
        sys.exit(subprocess.run(command, env=environment).returncode)
    rows, refused = record(table)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, separators=(",", ":"), ensure_ascii=False, sort_keys=True) for row in rows]
    arguments.output.write_text("\n".join(lines) + "\n")
    print(f"{len(rows)} commands, {refused} refused; {arguments.output.stat().st_size} bytes")


def sibling(name):
    spec = importlib.util.spec_from_file_location("table", HERE / name)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def record(table):
    from awscli import clidriver

    said = []

    def invoke(self, service_name, operation_name, parameters, parsed_globals):
        said.append((operation_name, parameters))
        return 0

    clidriver.CLIOperationCaller.invoke = invoke
    driver = clidriver.create_clidriver()
    services = [(name, list(commands.items())) for name, commands in table.service_commands()]
    chance = random.Random(SEED)
    rows, refused, turn = [], 0, 0
    while len(rows) < COUNT:
        service, commands = services[turn % len(services)]
        turn += 1
        name, command = chance.choice(commands)
        words = Maker(chance, table).words(command)
        said.clear()
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            try:
                code = driver.main([service, name, *words])
            except SystemExit as stopped:
                code = stopped.code
        text = shown(chance, ["aws", service, name, *words])
        if code == 0 and len(said) == 1 and len(text) < LONGEST and is_typed(command, said[0][1]):
            rows.append([text, *said[0]])
        else:
            refused += 1
    return rows, refused


def is_typed(command, parameters):
    """Whether each value has the type that the service wants; others are refused later, by the request's own check."""
    from awscli.botocore.validate import ParamValidator

    shape = command._operation_model.input_shape
    if shape is None:
        return True
    report = ParamValidator().validate(parameters, shape)
    return not any(error[1] == "invalid type" for error in report._errors)


def shown(chance, words):
    """The words as a person types them: with single or double quotes, or none where none are needed."""
    def quoted(word):
        if word and shlex.quote(word) == word:
            return word
        if chance.random() < 0.3 and not set(word) & set("$`!"):
            return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return shlex.quote(word)

    return " ".join(map(quoted, words))


class Maker:
    """Makes up the arguments of a command."""

    def __init__(self, chance, table):
        self.chance = chance
        self.table = table

    def words(self, command):
        from awscli.customizations.ec2.secgroupsimplify import ProtocolArgument

        chance = self.chance
        plain, required = [], []
        for name, argument in command.arg_table.items():
            kind = type(argument).__name__
            # A dry run changes nothing, so that nothing is read of it.
            if name == "dry-run":
                continue
            if kind in ("CLIArgument", "ListArgument", "BooleanArgument", "PositiveBooleanArgument", "NegativeBooleanParameter"):
                (required if argument.required else plain).append((name, argument, kind))
        chosen = chance.sample(plain, min(len(plain), chance.randint(0, 4)))
        if any(isinstance(argument, ProtocolArgument) for argument in command.arg_table.values()) and chance.random() < 0.6:
            port = chance.choice(["22", "20-25", "all", "-1"])
            source = chance.choice([["--cidr", "10.0.0.0/8"], ["--source-group", "sg-1"], ["--source-group", "g", "--group-owner", "1"]])
            return ["--group-id", "sg-9", "--protocol", chance.choice(["tcp", "all", "6"]), "--port", port, *source]
        taken, words, input_json = set(), [], {}
        for name, argument, kind in chance.sample(required + chosen, len(required + chosen)):
            member = argument._serialized_name
            if member in taken:
                continue
            taken.add(member)
            if kind not in ("CLIArgument", "ListArgument"):
                words.append(f"--{name}")
            elif chance.random() < 0.06 and not argument.required:
                input_json[member] = self.value(argument.argument_model, DEEPEST)
            else:
                words += self.argument(self.abbreviated(name, command), argument.argument_model)
        if input_json:
            words += ["--cli-input-json", json.dumps(input_json)]
        return words

    def abbreviated(self, name, command):
        """Now and then only as much of a name as is needed."""
        if self.chance.random() > 0.05 or len(name) < 6:
            return name
        short = name[: self.chance.randint(5, len(name))]
        return short if [one for one in command.arg_table if one.startswith(short)] == [name] else name

    def argument(self, name, model):
        value = self.value(model, DEEPEST)
        words = self.spelled(model, value)
        if len(words) == 1 and self.chance.random() < 0.15:
            return [f"--{name}={words[0]}"]
        return [f"--{name}", *words]

    def spelled(self, model, value):
        if model.type_name in ("structure", "map"):
            return [self.shorthand_or_json(model, value)]
        if model.type_name == "list":
            if model.member.type_name in ("structure", "map"):
                if self.chance.random() < 0.3:
                    return [json.dumps(value)]
                # One in JSON means that all of them are.
                words = [shorthand(self.chance, model.member, one) for one in value]
                return [json.dumps(value)] if None in words or not words else words
            if model.member.type_name == "list" or not value or self.chance.random() < 0.25:
                return [json.dumps(value)]
            return [scalar(one) for one in value]
        return [scalar(value)]

    def shorthand_or_json(self, model, value):
        text = shorthand(self.chance, model, value)
        return json.dumps(value) if text is None or self.chance.random() < 0.3 else text

    def value(self, model, depth):
        chance = self.chance
        kind = model.type_name
        if kind == "structure":
            if getattr(model, "is_document_type", False):
                return {"any": 1}
            names = list(model.members)
            several = chance.sample(names, min(len(names), chance.randint(1, 3)))
            deep = ("structure", "list", "map")
            return {
                name: self.value(model.members[name], depth - 1)
                for name in several
                if depth > 1 or model.members[name].type_name not in deep
            }
        if kind == "list":
            return [self.value(model.member, depth - 1) for _ in range(chance.randint(1, 2))] if depth else []
        if kind == "map":
            keys = chance.sample(KEYS, chance.randint(1, 2))
            return {key: self.value(model.value, depth - 1) for key in keys} if depth else {}
        if kind in ("integer", "long"):
            return chance.choice([0, 1, 3, 50, 1024, 86400, -1])
        if kind in ("float", "double"):
            return chance.choice([0.5, 5.0, -2.25, 99.9])
        if kind == "boolean":
            return chance.random() < 0.5
        if kind == "timestamp":
            return chance.choice(["2024-01-20T10:00:00Z", "2024-01-20"])
        enum = getattr(model, "enum", None)
        return chance.choice(enum) if enum and chance.random() < 0.8 else chance.choice(TEXTS)


def scalar(value):
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def shorthand(chance, model, value):
    """A structure or map in shorthand, or None where it has none."""
    if getattr(model, "is_document_type", False):
        return None
    pairs = []
    for key, inner in value.items():
        shape = model.members[key] if model.type_name == "structure" else model.value
        if getattr(shape, "is_document_type", False):
            return None
        if isinstance(inner, list) and inner and not isinstance(inner[0], (dict, list)) and chance.random() < 0.5:
            written = ",".join(bare(one) for one in inner)
        else:
            written = explicit(chance, shape, inner)
        if written is None:
            return None
        pairs.append(f"{key}={written}")
    return ",".join(pairs) or None


def explicit(chance, shape, value):
    if isinstance(value, dict):
        inner = {}
        for key, one in value.items():
            member = shape.members[key] if shape.type_name == "structure" else shape.value
            inner[key] = None if getattr(member, "is_document_type", False) else explicit(chance, member, one)
        if None in inner.values():
            return None
        return "{" + ",".join(f"{key}={one}" for key, one in inner.items()) + "}"
    if isinstance(value, list):
        inner = [explicit(chance, shape.member, one) for one in value]
        return None if None in inner else "[" + ",".join(inner) + "]"
    return bare(value)


def bare(value):
    """A scalar in shorthand, in quotes where it has characters of the syntax."""
    text = scalar(value)
    if set(text) & set("[]{}=,'\"\\#"):
        escaped = text.replace("\\", "\\\\")
        return "'" + escaped.replace("'", "\\'") + "'" if '"' in text else '"' + escaped.replace('"', '\\"') + '"'
    return text


if __name__ == "__main__":
    main()
