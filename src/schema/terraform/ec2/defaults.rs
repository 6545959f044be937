//! What every network has from the beginning, and Terraform adopts: the default security group, route table and network
//! ACL. They are resources of the ordinary types. Attributes: the provider's schema (5.100).

use super::super::rule::{Mapping, Produce, Rule, Tags, blocks, group_rules, text, texts};
use super::super::security_group_rules::Direction;
use super::network_acl::{EGRESS_ENTRY, ENTRIES, INGRESS_ENTRY, finish_acl};
use super::vpc::TARGETS;

/// The tables.
pub(in crate::schema::terraform) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_default_security_group",
        canonical: "AWS::EC2::SecurityGroup",
        identifier: &["id"],
        tags: Tags::List,
        rules: &[
            text("vpc_id", "VpcId"),
            group_rules("ingress", Direction::Ingress),
            group_rules("egress", Direction::Egress),
            Rule::TerraformOnly(&["revoke_rules_on_delete"]),
            Rule::Computed(&["description", "name", "name_prefix", "owner_id"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_default_route_table",
        canonical: "AWS::EC2::RouteTable",
        identifier: &["id", "default_route_table_id"],
        tags: Tags::List,
        rules: &[
            blocks("route", "Routes", ROUTE),
            Rule::Uncovered(&["propagating_vgws"]),
            Rule::TerraformOnly(&["default_route_table_id"]),
            Rule::Computed(&["owner_id", "vpc_id"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_default_network_acl",
        canonical: "AWS::EC2::NetworkAcl",
        identifier: &["id", "default_network_acl_id"],
        tags: Tags::List,
        rules: &[
            texts("subnet_ids", "SubnetIds"),
            blocks("ingress", ENTRIES, &INGRESS_ENTRY),
            blocks("egress", ENTRIES, &EGRESS_ENTRY),
            Rule::TerraformOnly(&["default_network_acl_id"]),
            Rule::Computed(&["owner_id", "vpc_id"]),
        ],
        produce: Produce::Finished(finish_acl),
    },
];

/// A route of the default table, for which the provider knows fewer targets, and instances besides.
const ROUTE: &[Rule] = &{
    let [_carrier, core, egress_only, gateway, _local, nat, interface, transit, endpoint, peering] = TARGETS;
    let cidr = text("cidr_block", "DestinationCidrBlock");
    let ipv6 = text("ipv6_cidr_block", "DestinationIpv6CidrBlock");
    let list = text("destination_prefix_list_id", "DestinationPrefixListId");
    let instance = text("instance_id", "InstanceId");
    [cidr, ipv6, list, core, egress_only, gateway, nat, interface, transit, endpoint, peering, instance]
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::{check, identifier};
    use crate::model::Value;

    #[test]
    fn a_default_is_a_resource_of_the_ordinary_type() {
        check(
            "aws_default_security_group",
            &json!({"arn": "arn:g", "description": "default VPC security group", "egress": [], "id": "sg-1",
                "ingress": [{"cidr_blocks": ["10.0.0.0/8"], "description": "", "from_port": 0, "protocol": "-1",
                    "self": false, "to_port": 0}],
                "name": "default", "name_prefix": "", "owner_id": "1", "revoke_rules_on_delete": false,
                "tags": null, "tags_all": {}, "vpc_id": "vpc-1"}),
            &json!({"SecurityGroupEgress": [],
                "SecurityGroupIngress": [{"CidrIp": "10.0.0.0/8", "IpProtocol": "-1"}],
                "Tags": [], "VpcId": "vpc-1"}),
        );
        check(
            "aws_default_route_table",
            &json!({"arn": "arn:t", "default_route_table_id": "rtb-1", "id": "rtb-1", "owner_id": "1",
                "propagating_vgws": [], "route": [{"cidr_block": "0.0.0.0/0", "gateway_id": "igw-1",
                    "nat_gateway_id": ""}],
                "tags": null, "tags_all": {}, "vpc_id": "vpc-1"}),
            &json!({"Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}], "Tags": []}),
        );
        check(
            "aws_default_network_acl",
            &json!({"arn": "arn:a", "default_network_acl_id": "acl-1", "egress": [], "id": "acl-1",
                "ingress": [{"action": "allow", "cidr_block": "0.0.0.0/0", "from_port": 0, "icmp_code": 0,
                    "icmp_type": 0, "ipv6_cidr_block": "", "protocol": "-1", "rule_no": 100, "to_port": 0}],
                "owner_id": "1", "subnet_ids": [], "vpc_id": "vpc-1"}),
            &json!({"Entries": [{"CidrBlock": "0.0.0.0/0", "Egress": false, "Protocol": "-1", "RuleAction": "allow",
                "RuleNumber": 100}], "SubnetIds": []}),
        );
    }

    #[test]
    fn its_id_is_declared() {
        let check = |terraform: &str, attribute: &str| {
            let attributes = [(attribute.to_owned(), Value::from("x-1"))].into();
            assert_eq!(identifier(terraform, &attributes).as_deref(), Some("x-1"), "{terraform}");
        };
        check("aws_default_route_table", "default_route_table_id");
        check("aws_default_network_acl", "default_network_acl_id");
    }
}
