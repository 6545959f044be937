//! Switches that are on unless somebody turned them off: an alarm's actions, a key, the DNS of a network. Turned off by
//! hand they are drift even where nobody declared them, because nobody declares what is on anyway.

use super::fact::{Fact, Says, fact};

const ALARMS: &[&str] = &["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];
const KEYS: &[&str] = &["AWS::KMS::Key", "AWS::KMS::ReplicaKey"];
const INTERFACES: &[&str] = &["AWS::EC2::Instance", "AWS::EC2::NetworkInterface"];
const NETWORK: &[&str] = &["AWS::EC2::VPC"];
const MAPPING: &[&str] = &["AWS::Lambda::EventSourceMapping"];

/// Each switch with its default, by which it being on is told from it being off (the types' API references).
pub(super) const FACTS: &[Fact] = &[
    fact(ALARMS, &["ActionsEnabled"], Says::Default("true")),
    fact(ALARMS, &["ActionsEnabled"], Says::Authoritative),
    fact(KEYS, &["Enabled"], Says::Default("true")),
    fact(KEYS, &["Enabled"], Says::Authoritative),
    fact(INTERFACES, &["SourceDestCheck"], Says::Default("true")),
    fact(INTERFACES, &["SourceDestCheck"], Says::Authoritative),
    fact(NETWORK, &["EnableDnsSupport"], Says::Default("true")),
    fact(NETWORK, &["EnableDnsSupport"], Says::Authoritative),
    fact(MAPPING, &["Enabled"], Says::Default("true")),
    fact(MAPPING, &["Enabled"], Says::Authoritative),
];
