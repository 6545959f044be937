"""Deploys the shop to an AWS emulator, as its Terraform state and its CloudFormation template say.

The state in the sample repository is a real one. The ids that AWS gives out (groups, rules, subnets) differ on every
deployment, so every id of the sample is replaced by the real one throughout the copied repository: state, variables
and change records. Everything else (names, ARNs, account) is the same each time.

Needs boto3; knows nothing of driftledger.
"""

import argparse
import json
import pathlib

import boto3

TEXT = {".tf", ".tfvars", ".tfstate", ".yaml", ".md"}
PAGER = "pager"
READER = "driftledger"


class Deployment:
    """One deployment: the clients, the copied repository, and which id of the sample became which."""

    def __init__(self, shop: pathlib.Path, endpoint: str, region: str):
        self.shop = shop
        self.ids: dict[str, str] = {}
        session = boto3.Session(region_name=region)
        self.client = {
            name: session.client(name, endpoint_url=endpoint)
            for name in ("cloudformation", "cloudwatch", "ec2", "ecs", "iam", "sns", "ssm")
        }

    def became(self, sample: str, real: str):
        """Notes that an id of the sample is this one here."""
        self.ids[sample] = real

    def here(self, value):
        """The value with the ids of this deployment."""
        text = json.dumps(value)
        for sample, real in self.ids.items():
            text = text.replace(sample, real)
        return json.loads(text)

    def rewrite(self):
        """Puts the ids of this deployment into every file of the copied repository."""
        for file in sorted(path for path in self.shop.rglob("*") if path.suffix in TEXT and ".git" not in path.parts):
            before = file.read_text()
            after = before
            for sample, real in self.ids.items():
                after = after.replace(sample, real)
            if after != before:
                file.write_text(after)


def tags(attributes, key="Key", value="Value"):
    return [{key: name, value: text} for name, text in (attributes.get("tags_all") or {}).items()]


def given(value):
    """A list of the one value, or of none."""
    return [value] if value else []


def rule(block, ranges):
    """One rule as EC2 takes it, from the attributes of whichever Terraform resource holds it."""
    ports = {} if block["protocol"] == "-1" else {"FromPort": block["from_port"], "ToPort": block["to_port"]}
    text = {"Description": block["description"]} if block.get("description") else {}
    return {
        "IpProtocol": block["protocol"],
        **ports,
        **{name: [{member: item, **text} for item in items] for name, member, items in ranges if items},
    }


def inline_rule(block):
    return rule(block, [("IpRanges", "CidrIp", block["cidr_blocks"])])


def security_group(on, a):
    ec2 = on.client["ec2"]
    made = ec2.create_security_group(
        GroupName=a["name"],
        Description=a["description"],
        VpcId=a["vpc_id"],
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags(a)}],
    )["GroupId"]
    on.became(a["id"], made)
    # EC2 lets everything out of a new group. Terraform takes that rule away; so does this.
    found = ec2.describe_security_groups(GroupIds=[made])["SecurityGroups"][0]
    if found["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=made, IpPermissions=found["IpPermissionsEgress"])
    if a["ingress"]:
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[inline_rule(b) for b in a["ingress"]])
    if a["egress"]:
        ec2.authorize_security_group_egress(GroupId=made, IpPermissions=[inline_rule(b) for b in a["egress"]])


def authorize(on, direction, group, permission, tagged):
    call = getattr(on.client["ec2"], f"authorize_security_group_{direction}")
    named = [{"ResourceType": "security-group-rule", "Tags": tagged}] if tagged else []
    made = call(GroupId=group, IpPermissions=[permission], TagSpecifications=named)
    return made["SecurityGroupRules"][0]["SecurityGroupRuleId"]


def vpc_rule(direction):
    def make(on, a):
        permission = rule(
            {**a, "protocol": a["ip_protocol"]},
            [
                ("IpRanges", "CidrIp", given(a["cidr_ipv4"])),
                ("UserIdGroupPairs", "GroupId", given(a["referenced_security_group_id"])),
            ],
        )
        on.became(a["id"], authorize(on, direction, a["security_group_id"], permission, tags(a)))

    return make


def classic_rule(on, a):
    permission = rule(
        a,
        [
            ("IpRanges", "CidrIp", a["cidr_blocks"]),
            ("UserIdGroupPairs", "GroupId", given(a["source_security_group_id"])),
        ],
    )
    on.became(a["security_group_rule_id"], authorize(on, a["type"], a["security_group_id"], permission, []))


def role(on, a):
    made = on.client["iam"].create_role(
        RoleName=a["name"],
        Path=a["path"],
        Description=a["description"],
        AssumeRolePolicyDocument=a["assume_role_policy"],
        MaxSessionDuration=a["max_session_duration"],
        Tags=tags(a),
    )["Role"]
    same(a["arn"], made["Arn"])
    on.became(a["unique_id"], made["RoleId"])


def role_policy(on, a):
    on.client["iam"].put_role_policy(RoleName=a["role"], PolicyName=a["name"], PolicyDocument=a["policy"])


def role_policy_attachment(on, a):
    on.client["iam"].attach_role_policy(RoleName=a["role"], PolicyArn=a["policy_arn"])


def cluster(on, a):
    made = on.client["ecs"].create_cluster(
        clusterName=a["name"], settings=a["setting"], tags=tags(a, "key", "value")
    )["cluster"]
    same(a["arn"], made["clusterArn"])


def task_definition(on, a):
    made = on.client["ecs"].register_task_definition(
        family=a["family"],
        cpu=a["cpu"],
        memory=a["memory"],
        networkMode=a["network_mode"],
        requiresCompatibilities=a["requires_compatibilities"],
        executionRoleArn=a["execution_role_arn"],
        taskRoleArn=a["task_role_arn"],
        containerDefinitions=json.loads(a["container_definitions"]),
        tags=tags(a, "key", "value"),
    )["taskDefinition"]
    same(a["arn"], made["taskDefinitionArn"])


def service(on, a):
    network = a["network_configuration"][0]
    made = on.client["ecs"].create_service(
        cluster=a["cluster"],
        serviceName=a["name"],
        taskDefinition=a["task_definition"],
        desiredCount=a["desired_count"],
        launchType=a["launch_type"],
        schedulingStrategy=a["scheduling_strategy"],
        deploymentConfiguration={
            "maximumPercent": a["deployment_maximum_percent"],
            "minimumHealthyPercent": a["deployment_minimum_healthy_percent"],
            "deploymentCircuitBreaker": a["deployment_circuit_breaker"][0],
        },
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": network["subnets"],
                "securityGroups": network["security_groups"],
                "assignPublicIp": "ENABLED" if network["assign_public_ip"] else "DISABLED",
            }
        },
        tags=tags(a, "key", "value"),
    )["service"]
    same(a["id"], made["serviceArn"])


def alarm(on, a):
    on.client["cloudwatch"].put_metric_alarm(
        AlarmName=a["alarm_name"],
        AlarmDescription=a["alarm_description"],
        ActionsEnabled=a["actions_enabled"],
        AlarmActions=a["alarm_actions"],
        Namespace=a["namespace"],
        MetricName=a["metric_name"],
        Dimensions=[{"Name": name, "Value": value} for name, value in a["dimensions"].items()],
        Statistic=a["statistic"],
        Period=a["period"],
        EvaluationPeriods=a["evaluation_periods"],
        Threshold=a["threshold"],
        ComparisonOperator=a["comparison_operator"],
        TreatMissingData=a["treat_missing_data"],
        Tags=tags(a),
    )


def parameter(on, a):
    on.client["ssm"].put_parameter(
        Name=a["name"],
        Description=a["description"],
        Type=a["type"],
        Value=a["insecure_value"] or a["value"],
        Tier=a["tier"],
        Tags=tags(a),
    )


# What each Terraform type takes to make, in an order in which everything finds what it refers to.
MAKERS = {
    "aws_iam_role": role,
    "aws_iam_role_policy": role_policy,
    "aws_iam_role_policy_attachment": role_policy_attachment,
    "aws_security_group": security_group,
    "aws_security_group_rule": classic_rule,
    "aws_vpc_security_group_ingress_rule": vpc_rule("ingress"),
    "aws_vpc_security_group_egress_rule": vpc_rule("egress"),
    "aws_ecs_cluster": cluster,
    "aws_ecs_task_definition": task_definition,
    "aws_ecs_service": service,
    "aws_cloudwatch_metric_alarm": alarm,
    "aws_ssm_parameter": parameter,
}


def same(expected, got):
    if expected != got:
        raise SystemExit(f"deploy: the state says {expected}, the emulator made {got}")


def network(on, state):
    """The VPC, the subnets and the topic that other teams own and the shop only names."""
    attributes = [i["attributes"] for r in state["resources"] for i in r["instances"]]
    sample_vpc = next(a["vpc_id"] for a in attributes if a.get("vpc_id"))
    sample_subnets = next(a["network_configuration"][0]["subnets"] for a in attributes if a.get("network_configuration"))
    ec2 = on.client["ec2"]
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    on.became(sample_vpc, vpc)
    for number, sample in enumerate(sorted(sample_subnets)):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{number}.0/24")["Subnet"]["SubnetId"]
        on.became(sample, made)
    return on.client["sns"].create_topic(Name=PAGER)["TopicArn"]


def terraform(on, state):
    """What `terraform apply` would make; returns how many resources."""
    managed = [resource for resource in state["resources"] if resource["mode"] == "managed"]
    unknown = sorted({resource["type"] for resource in managed} - MAKERS.keys())
    if unknown:
        raise SystemExit(f"deploy: nothing here makes {', '.join(unknown)}")
    made = 0
    for kind, make in MAKERS.items():
        for resource in (resource for resource in managed if resource["type"] == kind):
            for instance in resource["instances"]:
                make(on, on.here(instance["attributes"]))
                made += 1
    return made


def stack(on, pager):
    """The CloudFormation stack; returns how many resources."""
    cloudformation = on.client["cloudformation"]
    cloudformation.create_stack(
        StackName="shop-api",
        TemplateBody=(on.shop / "infra/api/template.yaml").read_text(),
        Parameters=[
            {"ParameterKey": "Environment", "ParameterValue": "production"},
            {"ParameterKey": "PagerTopic", "ParameterValue": pager},
        ],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "team", "Value": "platform"}],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="shop-api", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    resources = cloudformation.describe_stack_resources(StackName="shop-api")["StackResources"]
    nameless = [r["LogicalResourceId"] for r in resources if not r.get("PhysicalResourceId")]
    if nameless:
        raise SystemExit(f"deploy: the emulator reports success but did not make {', '.join(nameless)}")
    return len(resources)


def reader(on, policy):
    """Keys of a user who may do what the policy allows, and nothing else."""
    iam = on.client["iam"]
    iam.create_user(UserName=READER)
    iam.put_user_policy(UserName=READER, PolicyName="read", PolicyDocument=policy.read_text())
    key = iam.create_access_key(UserName=READER)["AccessKey"]
    return f"export AWS_ACCESS_KEY_ID={key['AccessKeyId']} AWS_SECRET_ACCESS_KEY={key['SecretAccessKey']}\n"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--shop", type=pathlib.Path, required=True, help="the copied repository")
    arguments.add_argument("--endpoint", required=True, help="the emulator's address")
    arguments.add_argument("--region", required=True)
    arguments.add_argument("--policy", type=pathlib.Path, required=True, help="what driftledger may do")
    arguments.add_argument("--keys", type=pathlib.Path, required=True, help="where its keys go, as a shell reads them")
    told = arguments.parse_args()

    on = Deployment(told.shop, told.endpoint, told.region)
    state = json.loads((told.shop / "infra/platform/terraform.tfstate").read_text())
    pager = network(on, state)
    print(f"  infra/platform: {terraform(on, state)} resources")
    print(f"  infra/api:      {stack(on, pager)} resources")
    told.keys.write_text(reader(on, told.policy))
    on.rewrite()


if __name__ == "__main__":
    main()
