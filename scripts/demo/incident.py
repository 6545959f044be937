"""The evening of the sale: what people did to the shop by hand, with the AWS CLI.

What has a change record is done with the very commands that the record quotes, read from the record; the rest is
below. Nothing here goes through Terraform, CloudFormation or a commit.
"""

import argparse
import json
import pathlib
import re
import shlex
import subprocess

ROLLBACK = re.compile(r"^(#+ *Rollback|rollback:)", re.IGNORECASE | re.MULTILINE)
QUOTED = re.compile(r"(?:^[ \t]*(?:- )?|`)(aws (?:\\\n|[^`\n])+)", re.MULTILINE)


def commands(text):
    """The AWS CLI commands that a text quotes, in order, continuations joined."""
    return [shlex.split(match.group(1).replace("\\\n", " ")) for match in QUOTED.finditer(text)]


class Evening:
    def __init__(self, shop, aws):
        self.shop = shop
        self.aws = aws

    def run(self, command, show=True):
        """Runs one AWS CLI command and returns its answer."""
        if show:
            text = shlex.join(command)
            print(f"    $ {text if len(text) < 150 else text[:147] + '...'}")
        done = subprocess.run([self.aws, *command[1:], "--output", "json"], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise SystemExit(f"incident: the AWS CLI ended with exit code {done.returncode}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def recorded(self, record, taken_back=False):
        """Does what a record says; with its rollback, if it was taken back."""
        text = next((self.shop / "changes").glob(f"{record}-*")).read_text()
        parts = ROLLBACK.split(text)
        chosen = commands(text if taken_back else parts[0])
        if not chosen:
            raise SystemExit(f"incident: {record} quotes no command")
        print(f"  {record}")
        for command in chosen:
            self.run(command)

    def unrecorded(self, what, *command):
        print(f"  no record: {what}")
        self.run(["aws", *command])

    def output(self, name):
        """An output of the Terraform root."""
        state = json.loads((self.shop / "infra/platform/terraform.tfstate").read_text())
        return state["outputs"][name]["value"]

    def debug_switch(self, service):
        """A new task definition with one more environment variable, and the service moved to it."""
        print("  no record: a debug switch in the storefront")
        family = f"{self.output('cluster_name')}-{service}"
        found = self.run(["aws", "ecs", "describe-task-definition", "--task-definition", family], show=False)
        taken = ("family", "cpu", "memory", "networkMode", "requiresCompatibilities", "executionRoleArn", "taskRoleArn")
        new = {member: found["taskDefinition"][member] for member in taken}
        new["containerDefinitions"] = found["taskDefinition"]["containerDefinitions"]
        new["containerDefinitions"][0]["environment"].append({"name": "PAYMENT_DEBUG", "value": "1"})
        new["tags"] = found.get("tags", [])
        made = self.run(["aws", "ecs", "register-task-definition", "--cli-input-json", json.dumps(new)])
        revision = f"{family}:{made['taskDefinition']['revision']}"
        where = ["--cluster", self.output("cluster_name"), "--service", service]
        self.run(["aws", "ecs", "update-service", *where, "--task-definition", revision])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--shop", type=pathlib.Path, required=True, help="the copied repository")
    arguments.add_argument("--aws", required=True, help="the AWS CLI")
    told = arguments.parse_args()

    evening = Evening(told.shop, told.aws)
    evening.recorded("CR-2026-040", taken_back=True)
    evening.recorded("CR-2026-041")
    evening.recorded("CR-2026-042")
    evening.recorded("CR-2026-043")
    evening.recorded("CR-2026-044")  # rejected, and done all the same
    function = ["--function-name", "shop-api-production-orders"]
    evening.unrecorded(
        "2048 MB for the orders function, where CR-2026-045 says 1024",
        *["lambda", "update-function-configuration", *function, "--memory-size", "2048"],
    )
    evening.unrecorded(
        "more gift wrapping, which an ignore rule accepts",
        *["ssm", "put-parameter", "--name", "/shop/production/features/gift-wrapping", "--overwrite"],
        *["--value", '{"enabled":true,"percentage":60}'],
    )
    evening.unrecorded(
        "SSH to the services, from anywhere",
        *["ec2", "authorize-security-group-ingress", "--group-id", evening.output("app_security_group_id")],
        *["--protocol", "tcp", "--port", "22", "--cidr", "0.0.0.0/0"],
    )
    evening.debug_switch("storefront")


if __name__ == "__main__":
    main()
