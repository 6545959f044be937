//! Network ACLs and their entries. Properties: the CloudFormation reference of `AWS::EC2::NetworkAcl` and
//! `NetworkAclEntry`; attributes: the provider's schema (5.100).
//!
//! `Entries` and `SubnetIds` of an ACL are not CloudFormation's, which has a type of its own for each entry and each
//! association; here those are items of their ACL. The entry behind all others, which denies everything and cannot be
//! changed (`*` in the console, number 32767), is not among them, as it is not in Terraform.

use std::collections::BTreeMap;

use super::super::rule::{Mapping, Origin, Produce, Rule, Tags, blocks, choice, flag, given_flag, number, text, texts};
use crate::model::{Kind, Value};

/// The tables.
pub(in crate::schema::terraform) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_network_acl",
        canonical: "AWS::EC2::NetworkAcl",
        identifier: &["id"],
        tags: Tags::List,
        rules: &[
            text("vpc_id", "VpcId"),
            texts("subnet_ids", "SubnetIds"),
            blocks("ingress", ENTRIES, &INGRESS_ENTRY),
            blocks("egress", ENTRIES, &EGRESS_ENTRY),
            Rule::Computed(&["owner_id"]),
        ],
        produce: Produce::Finished(finish_acl),
    },
    Mapping {
        terraform: "aws_network_acl_rule",
        canonical: "AWS::EC2::NetworkAclEntry",
        identifier: &[],
        tags: Tags::None,
        rules: &[
            text("network_acl_id", "NetworkAclId"),
            number("rule_number", "RuleNumber"),
            text("rule_action", "RuleAction"),
            flag("egress", "Egress"),
            text("cidr_block", "CidrBlock"),
            text("ipv6_cidr_block", "Ipv6CidrBlock"),
            choice("protocol", "Protocol", PROTOCOLS),
            number("from_port", "PortRange.From"),
            number("to_port", "PortRange.To"),
            number("icmp_code", "Icmp.Code"),
            number("icmp_type", "Icmp.Type"),
        ],
        produce: Produce::Finished(finish_entry),
    },
    Mapping {
        terraform: "aws_network_acl_association",
        canonical: "AWS::EC2::SubnetNetworkAclAssociation",
        identifier: &["id"],
        tags: Tags::None,
        rules: &[text("network_acl_id", "NetworkAclId"), text("subnet_id", "SubnetId")],
        produce: Produce::Resource,
    },
];

/// The property with the entries of both directions.
pub(super) const ENTRIES: &str = "Entries";

/// An entry for what comes in.
pub(super) const INGRESS_ENTRY: [Rule; 10] = entry_of(given_flag("rule_no", "Egress", false));

/// An entry for what goes out.
pub(super) const EGRESS_ENTRY: [Rule; 10] = entry_of(given_flag("rule_no", "Egress", true));

/// An entry inside its ACL.
const fn entry_of(direction: Rule) -> [Rule; 10] {
    [
        direction,
        number("rule_no", "RuleNumber"),
        text("action", "RuleAction"),
        text("cidr_block", "CidrBlock"),
        text("ipv6_cidr_block", "Ipv6CidrBlock"),
        choice("protocol", "Protocol", PROTOCOLS),
        number("from_port", "PortRange.From"),
        number("to_port", "PortRange.To"),
        number("icmp_code", "Icmp.Code"),
        number("icmp_type", "Icmp.Type"),
    ]
}

/// The names that the provider takes for the numbers that EC2 answers with (IANA's protocol numbers).
const PROTOCOLS: &[(&str, &str)] =
    &[("all", "-1"), ("icmp", "1"), ("tcp", "6"), ("udp", "17"), ("icmpv6", "58"), ("ipv6-icmp", "58")];

/// Brings the entries of an ACL to the form in which EC2 answers.
pub(super) fn finish_acl(members: &mut BTreeMap<String, Value>, _: &Origin<'_>) {
    let Some(Kind::List(entries)) = members.get_mut(ENTRIES).map(|entries| &mut entries.kind) else { return };
    for entry in entries {
        if let Kind::Object(entry) = &mut entry.kind {
            drop_what_the_protocol_has_not(entry);
        }
    }
}

fn finish_entry(members: &mut BTreeMap<String, Value>, _: &Origin<'_>) {
    members.entry("Egress".to_owned()).or_insert_with(|| false.into());
    drop_what_the_protocol_has_not(members);
}

/// A state has ports and ICMP types for every protocol, 0 where there are none.
fn drop_what_the_protocol_has_not(entry: &mut BTreeMap<String, Value>) {
    let Some(protocol) = entry.get("Protocol").and_then(Value::as_str) else { return };
    let (has_ports, has_icmp) = (matches!(protocol, "6" | "17"), matches!(protocol, "1" | "58"));
    if !has_ports {
        entry.remove("PortRange");
    }
    if !has_icmp {
        entry.remove("Icmp");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::check;

    #[test]
    fn an_acl_has_the_entries_of_both_directions() {
        let block = |number: i64, action: &str, protocol: &str, port: i64, icmp: i64| {
            json!({"action": action, "cidr_block": "10.0.0.0/8", "from_port": port, "icmp_code": 0, "icmp_type": icmp,
                "ipv6_cidr_block": "", "protocol": protocol, "rule_no": number, "to_port": port})
        };
        let entry = |number: i64, egress: bool, action: &str, protocol: &str| {
            json!({"CidrBlock": "10.0.0.0/8", "Egress": egress, "Protocol": protocol, "RuleAction": action,
                "RuleNumber": number})
        };
        let mut tcp = entry(100, false, "allow", "6");
        tcp["PortRange"] = json!({"From": 443, "To": 443});
        let mut icmp = entry(110, false, "allow", "1");
        icmp["Icmp"] = json!({"Code": 0, "Type": 8});
        check(
            "aws_network_acl",
            &json!({"arn": "arn:a", "egress": [block(100, "deny", "-1", 0, 0)], "id": "acl-1",
                "ingress": [block(100, "allow", "tcp", 443, 0), block(110, "allow", "icmp", 0, 8)],
                "owner_id": "1", "subnet_ids": ["subnet-1"], "tags": null, "tags_all": {}, "vpc_id": "vpc-1"}),
            &json!({"Entries": [tcp, icmp, entry(100, true, "deny", "-1")], "SubnetIds": ["subnet-1"], "Tags": [],
                "VpcId": "vpc-1"}),
        );
        check("aws_network_acl", &json!({"ingress": [], "egress": []}), &json!({"Entries": []}));
        check("aws_network_acl", &json!({"vpc_id": "vpc-1"}), &json!({"VpcId": "vpc-1"}));
    }

    #[test]
    fn of_entries_of_which_one_direction_is_not_known_nothing_is() {
        let entry = json!([{"action": "allow", "cidr_block": "10.0.0.0/8", "protocol": "-1", "rule_no": 100}]);
        let unknown = json!({"Fn::Unknown": "why"});
        let check = |ingress, egress| {
            check("aws_network_acl", &json!({"egress": egress, "ingress": ingress}), &json!({"Entries": unknown}));
        };
        check(&unknown, &entry);
        check(&entry, &unknown);
    }

    #[test]
    fn an_entry_of_its_own_names_its_acl() {
        check(
            "aws_network_acl_rule",
            &json!({"cidr_block": "0.0.0.0/0", "egress": true, "from_port": 0, "icmp_code": null, "icmp_type": null,
                "id": "nacl-1", "ipv6_cidr_block": "", "network_acl_id": "acl-1", "protocol": "udp",
                "rule_action": "allow", "rule_number": 200, "to_port": 0}),
            &json!({"CidrBlock": "0.0.0.0/0", "Egress": true, "NetworkAclId": "acl-1",
                "PortRange": {"From": 0, "To": 0}, "Protocol": "17", "RuleAction": "allow", "RuleNumber": 200}),
        );
        check(
            "aws_network_acl_rule",
            &json!({"from_port": 0, "ipv6_cidr_block": "::/0", "network_acl_id": "acl-1", "protocol": "-1",
                "rule_action": "deny", "rule_number": 201, "to_port": 0}),
            &json!({"Egress": false, "Ipv6CidrBlock": "::/0", "NetworkAclId": "acl-1", "Protocol": "-1",
                "RuleAction": "deny", "RuleNumber": 201}),
        );
    }

    #[test]
    fn an_association_names_both_ends() {
        check(
            "aws_network_acl_association",
            &json!({"id": "aclassoc-1", "network_acl_id": "acl-1", "subnet_id": "subnet-1"}),
            &json!({"NetworkAclId": "acl-1", "SubnetId": "subnet-1"}),
        );
    }

    #[test]
    fn of_a_protocol_that_is_not_known_everything_stays() {
        check(
            "aws_network_acl_rule",
            &json!({"from_port": 22, "protocol": {"Fn::Unknown": "why"}, "rule_number": 1, "to_port": 22}),
            &json!({"Egress": false, "PortRange": {"From": 22, "To": 22}, "Protocol": {"Fn::Unknown": "why"},
                "RuleNumber": 1}),
        );
    }
}
