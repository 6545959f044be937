#!/usr/bin/env python3
"""Writes src/ledger/commands/aws_cli/operations.bin: the commands of the AWS CLI that change something.

    scripts/generate-aws-cli-commands.py CACHE         installs awscli into CACHE/venv and asks it

The PyPI package awscli (Copyright Amazon.com, Inc. or its affiliates, Apache-2.0) carries botocore's models of all
services. What is written is what its own command table says after all its customisations: renamed and hidden
arguments, pairs of switches, EC2's simpler spellings. Commands that only read are left out by their verbs, and so is
everything of a service that is not in SERVICES.

The output is the same for the same awscli and the same zlib. Its parts, in this order:

    "DLAC1\\n", then the length of the index as it stands in the file and plain: two 32-bit integers, little-endian
    index       raw deflate; JSON {"awscli", "services": [[name, length in the file, plain length], ...]}, sorted
    records     raw deflate; JSON {"structures": [{member: shape}], "operations": {command: [operation, [argument]]}}

An argument is "member shape", or "member shape name" where its name does not follow from the member. A shape is
`s` text, `i` whole number, `f` number, `b` boolean, `l` blob, `j` any JSON, `[S` list of S, `{S` map of S, `#N` the
structure N; and of arguments only: `b` the pair of switches `--x` and `--no-x`, `y` a switch that means true, `n` one
that means false, `v` a structure `Value` as a pair of switches, `w` the switch that makes such a `Value` false,
`u` a structure that is only `Value` and may be given bare, `*` an argument with code of its own.
"""

import argparse
import json
import pathlib
import struct
import subprocess
import sys
import venv
import zlib

AWSCLI = "1.46.2"
OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "src/ledger/commands/aws_cli/operations.bin"
MAGIC = b"DLAC1\n"

# The CLI's names of the services that teams change by hand.
SERVICES = """
    acm apigateway apigatewayv2 application-autoscaling autoscaling backup cloudformation cloudfront cloudtrail
    cloudwatch configservice deploy dynamodb ec2 ecr ecs efs eks elasticache elb elbv2 events firehose iam kafka kinesis
    kms lambda logs opensearch rds resourcegroupstaggingapi route53 s3api scheduler secretsmanager sns sqs ssm
    stepfunctions wafv2
""".split()

# Verbs of commands that change nothing. `src/ledger/commands.rs` knows them as well.
READS = (
    "batch-check-", "batch-describe-", "batch-get-", "check-", "describe-", "detect-", "estimate-", "evaluate-", "filter-", "get-", "head-", "list-",
    "lookup-", "preview-", "query", "scan", "search-", "select-", "simulate-", "test-", "validate-", "view-", "wait",
)
SCALARS = {
    "string": "s", "character": "s", "timestamp": "s", "integer": "i", "long": "i", "float": "f", "double": "f",
    "boolean": "b", "blob": "l",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cache", type=pathlib.Path, help="where awscli is installed")
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        python = install(arguments.cache)
        sys.exit(subprocess.run([python, __file__, arguments.cache, "--output", arguments.output, "--inside"]).returncode)
    records = {name: record(commands) for name, commands in service_commands()}
    packed = pack(records)
    arguments.output.write_bytes(packed)
    count = sum(len(one["operations"]) for one in records.values())
    print(f"{count} commands of {len(records)} services of awscli {AWSCLI}; {len(packed)} bytes")


def install(cache):
    """The Python of a virtual environment that has awscli."""
    environment = cache / "venv"
    if not (environment / "bin/python").exists():
        venv.create(environment, with_pip=True)
    python = environment / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"awscli=={AWSCLI}"], check=True)
    return python


def service_commands():
    """The changing commands of each service, as the CLI's own objects."""
    from awscli import __version__
    from awscli.clidriver import ServiceOperation, create_clidriver

    assert __version__ == AWSCLI, f"this is awscli {__version__}"
    table = create_clidriver()._get_command_table()
    for service in sorted(SERVICES):
        commands = table[service]._get_command_table()
        yield service, {
            name: command
            for name, command in sorted(commands.items())
            # Commands that are programs of the CLI itself (`deploy push`) call several operations.
            if isinstance(command, ServiceOperation) and not name.startswith(READS)
        }


class Structures:
    """The structures of a service, each once."""

    def __init__(self):
        self.names = {}
        self.members = []

    def shape(self, model):
        from awscli.botocore.utils import is_json_value_header
        from awscli.utils import is_document_type

        if is_document_type(model) or is_json_value_header(model):
            return "j"
        if model.type_name == "list":
            return "[" + self.shape(model.member)
        if model.type_name == "map":
            return "{" + self.shape(model.value)
        if model.type_name != "structure":
            return SCALARS[model.type_name]
        if model.name not in self.names:
            self.names[model.name] = len(self.members)
            self.members.append({})
            at = self.names[model.name]
            self.members[at] = {name: self.shape(member) for name, member in sorted(model.members.items())}
        return f"#{self.names[model.name]}"


def record(commands):
    structures = Structures()
    operations = {}
    for name, command in commands.items():
        arguments = [written(found) for found in folded(arguments_of(command, structures))]
        operations[name] = [command._operation_model.name, arguments]
    return {"structures": structures.members, "operations": operations}


def arguments_of(command, structures):
    """(name, member, shape) of each argument; what the CLI has for every command is left out."""
    found = []
    for name, argument in command.arg_table.items():
        kind = type(argument).__name__
        if kind in ("CliInputJSONArgument", "GenerateCliSkeletonArgument"):
            continue
        member = getattr(argument, "_serialized_name", None)
        model = getattr(argument, "argument_model", None)
        if kind == "BooleanArgument":
            shape = "n" if argument._action == "store_false" else "y"
        elif kind == "PositiveBooleanArgument":
            shape = "v"
        elif kind == "NegativeBooleanParameter":
            shape = "w"
        elif kind not in ("CLIArgument", "ListArgument"):
            member, shape = "-", "*"
        elif model.type_name == "structure" and list(model.members) == ["Value"] and model.members["Value"].type_name == "string":
            shape = "u"
        else:
            shape = structures.shape(model)
        found.append((name, member, shape))
    return found


def folded(arguments):
    """Pairs of switches as one argument."""
    by_name = {name: (member, shape) for name, member, shape in arguments}
    for name, member, shape in arguments:
        if shape in "yv" and by_name.get(f"no-{name}") == (member, {"y": "n", "v": "w"}[shape]):
            yield name, member, {"y": "b", "v": "v"}[shape]
        elif shape in "nw" and name == f"no-{name[3:]}" and by_name.get(name[3:]) == (member, {"n": "y", "w": "v"}[shape]):
            continue
        elif shape == "v":
            # The CLI's pair, of which one switch has another name.
            yield name, member, "v"
        else:
            yield name, member, shape


def written(argument):
    name, member, shape = argument
    return f"{member} {shape}" if name == flag_of(member) else f"{member} {shape} {name}"


def flag_of(member):
    """As `flag_of` in src/ledger/commands/aws_cli/table.rs."""
    flag = ""
    for at, char in enumerate(member):
        before, after = member[at - 1:at], member[at + 1:at + 2]
        if is_upper(char) and before and (not is_upper(before) or after.islower()):
            flag += "-"
        flag += char.lower()
    return flag


def is_upper(char):
    return char.isascii() and char.isupper()


def pack(records):
    services = []
    body = b""
    for name, found in sorted(records.items()):
        plain = json.dumps(found, separators=(",", ":")).encode()
        packed = deflate(plain)
        services.append([name, len(packed), len(plain)])
        body += packed
    plain = json.dumps({"awscli": AWSCLI, "services": services}, separators=(",", ":")).encode()
    index = deflate(plain)
    return MAGIC + struct.pack("<II", len(index), len(plain)) + index + body


def deflate(plain):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return packer.compress(plain) + packer.flush()


if __name__ == "__main__":
    main()
