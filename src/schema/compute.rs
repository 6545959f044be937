//! Facts about scaling groups, load balancers and batch computing.

use super::fact::{Brought, Controller, Fact, Filler, Limit, Says, Spelling, When, fact};

const GROUP: &[&str] = &["AWS::AutoScaling::AutoScalingGroup"];
const BALANCER: &[&str] = &["AWS::ElasticLoadBalancingV2::LoadBalancer"];
const TARGETS: &[&str] = &["AWS::ElasticLoadBalancingV2::TargetGroup"];
const LISTENER: &[&str] = &["AWS::ElasticLoadBalancingV2::Listener"];
const BEANSTALK: &[&str] = &["AWS::ElasticBeanstalk::ConfigurationTemplate", "AWS::ElasticBeanstalk::Environment"];

/// Elastic Load Balancing API reference, `LoadBalancerAttribute`. Where the default depends on the type of the load
/// balancer both are listed.
const BALANCER_DEFAULTS: Filler = Filler {
    key: "Key",
    value: "Value",
    defaults: &[
        ("access_logs.s3.bucket", &[""]),
        ("access_logs.s3.enabled", &["false"]),
        ("access_logs.s3.prefix", &[""]),
        ("client_keep_alive.seconds", &["3600"]),
        ("connection_logs.s3.bucket", &[""]),
        ("connection_logs.s3.enabled", &["false"]),
        ("connection_logs.s3.prefix", &[""]),
        ("deletion_protection.enabled", &["false"]),
        ("dns_record.client_routing_policy", &["any_availability_zone"]),
        ("health_check_logs.s3.bucket", &[""]),
        ("health_check_logs.s3.enabled", &["false"]),
        ("health_check_logs.s3.prefix", &[""]),
        ("idle_timeout.timeout_seconds", &["60"]),
        ("ipv6.deny_all_igw_traffic", &["false"]),
        ("load_balancing.cross_zone.enabled", &["true", "false"]),
        ("routing.http.desync_mitigation_mode", &["defensive"]),
        ("routing.http.drop_invalid_header_fields.enabled", &["false"]),
        ("routing.http.preserve_host_header.enabled", &["false"]),
        ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", &["false"]),
        ("routing.http.xff_client_port.enabled", &["false"]),
        ("routing.http.xff_header_processing.mode", &["append"]),
        ("routing.http2.enabled", &["true"]),
        ("secondary_ips.auto_assigned.per_subnet", &["0"]),
        ("waf.fail_open.enabled", &["false"]),
        ("zonal_shift.config.enabled", &["false"]),
    ],
};

/// The same, `TargetGroupAttribute`. Stickiness and address preservation depend on the protocol.
const TARGET_DEFAULTS: Filler = Filler {
    key: "Key",
    value: "Value",
    defaults: &[
        ("deregistration_delay.connection_termination.enabled", &["true", "false"]),
        ("deregistration_delay.timeout_seconds", &["300"]),
        ("lambda.multi_value_headers.enabled", &["false"]),
        ("load_balancing.algorithm.anomaly_mitigation", &["off"]),
        ("load_balancing.algorithm.type", &["round_robin"]),
        ("load_balancing.cross_zone.enabled", &["use_load_balancer_configuration"]),
        ("preserve_client_ip.enabled", &["true", "false"]),
        ("proxy_protocol_v2.enabled", &["false"]),
        ("slow_start.duration_seconds", &["0"]),
        ("stickiness.app_cookie.cookie_name", &[""]),
        ("stickiness.app_cookie.duration_seconds", &["86400"]),
        ("stickiness.enabled", &["false"]),
        ("stickiness.lb_cookie.duration_seconds", &["86400"]),
        ("stickiness.type", &["lb_cookie", "source_ip", "source_ip_dest_ip_proto"]),
        ("target_failover.on_deregistration", &["no_rebalance"]),
        ("target_failover.on_unhealthy", &["no_rebalance"]),
        ("target_group_health.dns_failover.minimum_healthy_targets.count", &["1"]),
        ("target_group_health.dns_failover.minimum_healthy_targets.percentage", &["off"]),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", &["1"]),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", &["off"]),
        ("target_health_state.unhealthy.connection_termination.enabled", &["true"]),
        ("target_health_state.unhealthy.draining_interval_seconds", &["0"]),
    ],
};

/// The same, `ListenerAttribute`. Names of headers are empty until somebody renames them.
const LISTENER_DEFAULTS: Filler = Filler {
    key: "Key",
    value: "Value",
    defaults: &[("routing.http.response.server.enabled", &["true"]), ("tcp.idle_timeout.seconds", &["350"])],
};

/// The platform brings some hundred options of its own. What is named by the user (listeners, processes, variables of
/// the environment) is the user's, but for what platforms bring: Elastic Beanstalk developer guide, "General options
/// for all environments" and "Platform specific options".
const PLATFORM_OPTIONS: Brought = Brought {
    group: "Namespace",
    name: "OptionName",
    own: &[
        ("aws:autoscaling:asg", &[]),
        ("aws:autoscaling:launchconfiguration", &[]),
        ("aws:autoscaling:scheduledaction", &[]),
        ("aws:autoscaling:trigger", &[]),
        ("aws:autoscaling:updatepolicy:rollingupdate", &[]),
        ("aws:cloudformation:template:parameter", &[]),
        ("aws:cloudformation:template:resource:property", &[]),
        ("aws:ec2:instances", &[]),
        ("aws:ec2:vpc", &[]),
        ("aws:elasticbeanstalk:application", &[]),
        (
            "aws:elasticbeanstalk:application:environment",
            &[
                "BUNDLE_WITHOUT",
                "COMPOSER_HOME",
                "GRADLE_HOME",
                "JAVA_HOME",
                "M2",
                "M2_HOME",
                "PYTHONPATH",
                "RACK_ENV",
                "RAILS_ENV",
                "RAILS_SKIP_ASSET_COMPILATION",
                "RAILS_SKIP_MIGRATIONS",
            ],
        ),
        ("aws:elasticbeanstalk:cloudwatch:logs", &[]),
        ("aws:elasticbeanstalk:cloudwatch:logs:health", &[]),
        ("aws:elasticbeanstalk:command", &[]),
        ("aws:elasticbeanstalk:container:*", &[]),
        ("aws:elasticbeanstalk:control", &[]),
        ("aws:elasticbeanstalk:environment", &[]),
        ("aws:elasticbeanstalk:environment:process:default", &[]),
        ("aws:elasticbeanstalk:environment:proxy", &[]),
        ("aws:elasticbeanstalk:environment:proxy:staticfiles", &[]),
        ("aws:elasticbeanstalk:healthreporting:system", &[]),
        ("aws:elasticbeanstalk:hostmanager", &[]),
        ("aws:elasticbeanstalk:managedactions", &[]),
        ("aws:elasticbeanstalk:managedactions:platformupdate", &[]),
        ("aws:elasticbeanstalk:monitoring", &[]),
        ("aws:elasticbeanstalk:sns:topics", &[]),
        ("aws:elasticbeanstalk:sqsd", &[]),
        ("aws:elasticbeanstalk:trafficsplitting", &[]),
        ("aws:elasticbeanstalk:xray", &[]),
        ("aws:elb:healthcheck", &[]),
        ("aws:elb:listener", &[]),
        ("aws:elb:listener:80", &[]),
        ("aws:elb:loadbalancer", &[]),
        ("aws:elb:policies", &[]),
        ("aws:elbv2:listener:default", &[]),
        ("aws:elbv2:loadbalancer", &[]),
        ("aws:rds:dbinstance", &[]),
    ],
};

/// Policies and instance refreshes move it; the limits themselves are nobody's but the declaration's.
const GROUP_CAPACITY: Controller =
    Controller { owner: "Auto Scaling", min: Limit::Live("MinSize"), max: Limit::Live("MaxSize") };

pub(super) const FACTS: &[Fact] = &[
    fact(GROUP, &["DesiredCapacity"], Says::Controlled(&GROUP_CAPACITY)),
    fact(GROUP, &["TerminationPolicies"], Says::Ordered),
    // With the strategy `prioritized` the first type is tried first.
    fact(GROUP, &["MixedInstancesPolicy.LaunchTemplate.Overrides"], Says::Ordered),
    fact(GROUP, &["LifecycleHookSpecificationList"], Says::KeyedBy(&["LifecycleHookName"])),
    fact(BALANCER, &["LoadBalancerAttributes"], Says::KeyedBy(&["Key"])),
    fact(BALANCER, &["LoadBalancerAttributes"], Says::FillsIn(&BALANCER_DEFAULTS)),
    fact(TARGETS, &["TargetGroupAttributes"], Says::KeyedBy(&["Key"])),
    fact(TARGETS, &["TargetGroupAttributes"], Says::FillsIn(&TARGET_DEFAULTS)),
    // Services and scaling groups register targets of their own.
    fact(TARGETS, &["Targets"], Says::OpenMembers),
    // Neither registers a function or a load balancer.
    fact(TARGETS, &["Targets"], Says::ClosedWhen(&[When::Is("TargetType", &["lambda", "alb"])])),
    fact(LISTENER, &["ListenerAttributes"], Says::FillsIn(&LISTENER_DEFAULTS)),
    fact(LISTENER, &["ListenerAttributes"], Says::KeyedBy(&["Key"])),
    fact(&["AWS::ElasticLoadBalancingV2::ListenerRule"], &["Conditions"], Says::KeyedBy(&["Field"])),
    fact(
        &["AWS::ElasticLoadBalancing::LoadBalancer"],
        &["Listeners.*.Protocol", "Listeners.*.InstanceProtocol"],
        Says::Spelling(Spelling::UpperCase),
    ),
    fact(&["AWS::ElasticLoadBalancing::LoadBalancer"], &["Listeners"], Says::KeyedBy(&["LoadBalancerPort"])),
    fact(&["AWS::Batch::ComputeEnvironment"], &["Type", "State"], Says::Spelling(Spelling::UpperCase)),
    fact(&["AWS::Batch::JobQueue"], &["State"], Says::Spelling(Spelling::UpperCase)),
    fact(&["AWS::Batch::JobDefinition"], &["Type"], Says::Spelling(Spelling::LowerCase)),
    fact(&["AWS::EMRServerless::Application"], &["Type"], Says::Resolves("SPARK", &["Spark"])),
    fact(&["AWS::EMRServerless::Application"], &["Type"], Says::Resolves("spark", &["Spark"])),
    fact(&["AWS::EMRServerless::Application"], &["Type"], Says::Resolves("HIVE", &["Hive"])),
    fact(&["AWS::EMRServerless::Application"], &["Type"], Says::Resolves("hive", &["Hive"])),
    fact(BEANSTALK, &["OptionSettings"], Says::KeyedBy(&["Namespace", "OptionName"])),
    fact(BEANSTALK, &["OptionSettings"], Says::Brings(&PLATFORM_OPTIONS)),
];
