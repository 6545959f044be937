//! Of which types and properties an answer is complete: what is set there is returned, and what is not returned is not
//! set. Of every other type a property that is missing in an answer may be one that its service keeps to itself.

use super::fact::{Fact, Says, fact};

pub(super) const FACTS: &[Fact] = &[
    // Read whole here, or by read handlers that are known to return what is set.
    fact(
        &[
            "AWS::CloudWatch::Alarm",
            "AWS::CloudWatch::CompositeAlarm",
            "AWS::EC2::SecurityGroup",
            "AWS::ECS::Cluster",
            "AWS::ECS::Service",
            "AWS::ECS::TaskDefinition",
            "AWS::Events::Rule",
            "AWS::IAM::Group",
            "AWS::IAM::ManagedPolicy",
            "AWS::IAM::Policy",
            "AWS::IAM::Role",
            "AWS::IAM::User",
            "AWS::Lambda::Alias",
            "AWS::Lambda::Function",
            "AWS::Logs::LogGroup",
            "AWS::S3::Bucket",
            "AWS::SNS::Topic",
            "AWS::SQS::Queue",
            "AWS::SSM::Parameter",
        ],
        &[""],
        Says::ReturnedWhenSet,
    ),
    // Updated as a whole: leaving the description out takes it away, and an answer has it while it is there.
    fact(
        &["AWS::NetworkFirewall::RuleGroup", "AWS::NetworkFirewall::FirewallPolicy"],
        &["Description"],
        Says::ReturnedWhenSet,
    ),
];
