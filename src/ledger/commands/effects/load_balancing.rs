//! Elastic Load Balancing, both generations. Source: their API references; property names of
//! `AWS::ElasticLoadBalancingV2::*` and `AWS::ElasticLoadBalancing::LoadBalancer`.

use super::change::Change::{Add, Gone, Merge, Put, Remove, Same, Set, UnreadIf};
use super::{Row, Select, row};

const BALANCER: &str = "AWS::ElasticLoadBalancingV2::LoadBalancer";
const BY_BALANCER: &[Select] = &[Select::Is("LoadBalancerArn")];
const GROUP: &str = "AWS::ElasticLoadBalancingV2::TargetGroup";
const BY_GROUP: &[Select] = &[Select::Is("TargetGroupArn")];
const LISTENER: &str = "AWS::ElasticLoadBalancingV2::Listener";
const BY_LISTENER: &[Select] = &[Select::Is("ListenerArn")];
const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";
const BY_RULE: &[Select] = &[Select::Is("RuleArn")];
const CLASSIC: &str = "AWS::ElasticLoadBalancing::LoadBalancer";
const BY_CLASSIC: &[Select] = &[Select::Is("LoadBalancerName")];

pub(super) const ROWS: &[Row] = &[
    row(
        "elbv2 modify-load-balancer-attributes",
        BALANCER,
        BY_BALANCER,
        &[Put("Attributes", "LoadBalancerAttributes", "Key")],
    ),
    row("elbv2 set-security-groups", BALANCER, BY_BALANCER, &[Same(&["SecurityGroups"])]),
    row("elbv2 set-subnets", BALANCER, BY_BALANCER, &[Same(&["Subnets", "SubnetMappings", "IpAddressType"])]),
    row("elbv2 set-ip-address-type", BALANCER, BY_BALANCER, &[Same(&["IpAddressType"])]),
    row("elbv2 delete-load-balancer", BALANCER, BY_BALANCER, &[Gone]),
    row(
        "elbv2 modify-target-group",
        GROUP,
        BY_GROUP,
        &[
            Same(&["HealthCheckProtocol", "HealthCheckPort", "HealthCheckPath", "HealthCheckEnabled"]),
            Same(&["HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "HealthyThresholdCount"]),
            Same(&["UnhealthyThresholdCount"]),
            Merge("Matcher", "Matcher"),
        ],
    ),
    row("elbv2 modify-target-group-attributes", GROUP, BY_GROUP, &[Put("Attributes", "TargetGroupAttributes", "Key")]),
    row("elbv2 register-targets", GROUP, BY_GROUP, &[Add("Targets", "Targets")]),
    row("elbv2 deregister-targets", GROUP, BY_GROUP, &[Remove("Targets", "Targets")]),
    row("elbv2 delete-target-group", GROUP, BY_GROUP, &[Gone]),
    row(
        "elbv2 modify-listener",
        LISTENER,
        BY_LISTENER,
        &[Same(&["Port", "Protocol", "SslPolicy", "Certificates", "DefaultActions", "AlpnPolicy"])],
    ),
    row("elbv2 delete-listener", LISTENER, BY_LISTENER, &[Gone]),
    row("elbv2 modify-rule", RULE, BY_RULE, &[Same(&["Conditions", "Actions"])]),
    row("elbv2 delete-rule", RULE, BY_RULE, &[Gone]),
    row("elb register-instances-with-load-balancer", CLASSIC, BY_CLASSIC, &[UnreadIf("Instances", "Instances")]),
    row("elb deregister-instances-from-load-balancer", CLASSIC, BY_CLASSIC, &[UnreadIf("Instances", "Instances")]),
    row("elb configure-health-check", CLASSIC, BY_CLASSIC, &[Same(&["HealthCheck"])]),
    row("elb apply-security-groups-to-load-balancer", CLASSIC, BY_CLASSIC, &[Same(&["SecurityGroups"])]),
    row(
        "elb modify-load-balancer-attributes",
        CLASSIC,
        BY_CLASSIC,
        &[
            Merge("LoadBalancerAttributes.ConnectionDraining", "ConnectionDrainingPolicy"),
            Set("LoadBalancerAttributes.CrossZoneLoadBalancing.Enabled", "CrossZone"),
        ],
    ),
    row("elb delete-load-balancer", CLASSIC, BY_CLASSIC, &[Gone]),
    row(
        "kinesis update-shard-count",
        "AWS::Kinesis::Stream",
        &[Select::Either("StreamName", "StreamARN")],
        &[Set("TargetShardCount", "ShardCount")],
    ),
    row(
        "kinesis increase-stream-retention-period",
        "AWS::Kinesis::Stream",
        &[Select::Either("StreamName", "StreamARN")],
        &[Same(&["RetentionPeriodHours"])],
    ),
    row(
        "kinesis decrease-stream-retention-period",
        "AWS::Kinesis::Stream",
        &[Select::Either("StreamName", "StreamARN")],
        &[Same(&["RetentionPeriodHours"])],
    ),
    row(
        "kinesis start-stream-encryption",
        "AWS::Kinesis::Stream",
        &[Select::Either("StreamName", "StreamARN")],
        &[Set("EncryptionType", "StreamEncryption.EncryptionType"), Set("KeyId", "StreamEncryption.KeyId")],
    ),
];
