//! Which properties are documents: policies, and JSON that is authored as a whole. Taken from the properties of the type
//! `object | string` in CloudFormation's schemas and from the services' API references.

use super::fact::{Appended, Fact, Order, Says, fact};

const fn policy(types: &'static [&'static str], paths: &'static [&'static str]) -> Fact {
    fact(types, paths, Says::Policy)
}

/// A document in which lists are alternatives, as in event patterns.
const fn set(types: &'static [&'static str], paths: &'static [&'static str]) -> Fact {
    fact(types, paths, Says::Json(Order::Free))
}

/// A document in which lists may be sequences.
const fn text(types: &'static [&'static str], paths: &'static [&'static str]) -> Fact {
    fact(types, paths, Says::Json(Order::Kept))
}

const PRINCIPALS: &[&str] = &["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"];

/// "Enabling logging from certain AWS services" (CloudWatch Logs user guide).
const LOG_DELIVERY: Appended = Appended {
    sid: "AWSLogDelivery",
    service: "delivery.logs.amazonaws.com",
    actions: &["s3:PutObject", "s3:GetBucketAcl", "s3:ListBucket", "logs:CreateLogStream", "logs:PutLogEvents"],
};

pub(super) const FACTS: &[Fact] = &[
    policy(&["AWS::APS::ResourcePolicy", "AWS::XRay::ResourcePolicy", "AWS::DSQL::Cluster"], &["PolicyDocument"]),
    policy(&["AWS::ApiGateway::RestApi", "AWS::Lex::ResourcePolicy", "AWS::MSK::ClusterPolicy"], &["Policy"]),
    policy(&["AWS::ApiGateway::DomainNameV2"], &["Policy", "ManagementPolicy"]),
    policy(&["AWS::Backup::BackupVault", "AWS::Backup::LogicallyAirGappedBackupVault"], &["AccessPolicy"]),
    policy(&["AWS::CodeArtifact::Domain", "AWS::CodeArtifact::Repository"], &["PermissionsPolicyDocument"]),
    policy(
        &["AWS::DynamoDB::Table"],
        &["ResourcePolicy.PolicyDocument", "StreamSpecification.ResourcePolicy.PolicyDocument"],
    ),
    policy(
        &["AWS::DynamoDB::GlobalTable"],
        &[
            "Replicas.*.ResourcePolicy.PolicyDocument",
            "Replicas.*.ReplicaStreamSpecification.ResourcePolicy.PolicyDocument",
        ],
    ),
    policy(&["AWS::EC2::VPCEndpoint"], &["PolicyDocument"]),
    policy(&["AWS::ECR::Repository", "AWS::ECR::PublicRepository"], &["RepositoryPolicyText"]),
    policy(&["AWS::ECR::RegistryPolicy"], &["PolicyText"]),
    policy(&["AWS::ECR::RepositoryCreationTemplate"], &["RepositoryPolicy"]),
    policy(&["AWS::EFS::FileSystem"], &["FileSystemPolicy"]),
    policy(&["AWS::EKS::PodIdentityAssociation", "AWS::Transfer::User", "AWS::Transfer::Access"], &["Policy"]),
    policy(&["AWS::EventSchemas::RegistryPolicy", "AWS::Events::EventBus"], &["Policy"]),
    policy(&["AWS::IAM::Role"], &["AssumeRolePolicyDocument"]),
    policy(PRINCIPALS, &["Policies.*.PolicyDocument"]),
    policy(
        &[
            "AWS::IAM::ManagedPolicy",
            "AWS::IAM::Policy",
            "AWS::IAM::RolePolicy",
            "AWS::IAM::UserPolicy",
            "AWS::IAM::GroupPolicy",
            "AWS::IoT::Policy",
            "AWS::Logs::ResourcePolicy",
        ],
        &["PolicyDocument"],
    ),
    policy(&["AWS::KMS::Key", "AWS::KMS::ReplicaKey"], &["KeyPolicy"]),
    policy(&["AWS::Kinesis::ResourcePolicy", "AWS::SecretsManager::ResourcePolicy"], &["ResourcePolicy"]),
    policy(&["AWS::Logs::Destination"], &["DestinationPolicy"]),
    policy(&["AWS::Logs::DeliveryDestination"], &["DeliveryDestinationPolicy.DeliveryDestinationPolicy"]),
    policy(&["AWS::MediaPackageV2::ChannelPolicy", "AWS::MediaPackageV2::OriginEndpointPolicy"], &["Policy"]),
    policy(&["AWS::MediaStore::Container", "AWS::SSM::ResourcePolicy"], &["Policy"]),
    policy(&["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"], &["AccessPolicies"]),
    policy(&["AWS::Organizations::ResourcePolicy"], &["Content"]),
    policy(&["AWS::Redshift::Cluster", "AWS::RedshiftServerless::Namespace"], &["NamespaceResourcePolicy"]),
    policy(&["AWS::RolesAnywhere::Profile"], &["SessionPolicy"]),
    policy(
        &[
            "AWS::S3::BucketPolicy",
            "AWS::S3Express::BucketPolicy",
            "AWS::S3Outposts::BucketPolicy",
            "AWS::S3ObjectLambda::AccessPointPolicy",
            "AWS::SNS::TopicPolicy",
            "AWS::SNS::TopicInlinePolicy",
            "AWS::SQS::QueuePolicy",
            "AWS::SQS::QueueInlinePolicy",
        ],
        &["PolicyDocument"],
    ),
    policy(
        &[
            "AWS::S3::AccessPoint",
            "AWS::S3::MultiRegionAccessPointPolicy",
            "AWS::S3Express::AccessPoint",
            "AWS::S3Outposts::AccessPoint",
            "AWS::S3Vectors::VectorBucketPolicy",
            "AWS::VpcLattice::AuthPolicy",
            "AWS::VpcLattice::ResourcePolicy",
        ],
        &["Policy", "PolicyDocument"],
    ),
    fact(
        &["AWS::S3::BucketPolicy", "AWS::Logs::ResourcePolicy"],
        &["PolicyDocument.Statement"],
        Says::Appends(&LOG_DELIVERY),
    ),
    policy(&["AWS::S3Tables::TableBucketPolicy", "AWS::S3Tables::TablePolicy"], &["ResourcePolicy"]),
    policy(&["AWS::SSO::PermissionSet"], &["InlinePolicy"]),
    policy(&["AWS::SageMaker::ModelPackageGroup"], &["ModelPackageGroupPolicy"]),
    fact(&["AWS::Events::EventBusPolicy"], &["Statement"], Says::Statement),
    set(&["AWS::CE::AnomalySubscription"], &["ThresholdExpression"]),
    set(&["AWS::CE::AnomalyMonitor"], &["MonitorSpecification"]),
    set(&["AWS::Events::Rule", "AWS::Events::Archive"], &["EventPattern"]),
    set(&["AWS::Lambda::EventSourceMapping"], &["FilterCriteria.Filters.*.Pattern"]),
    set(&["AWS::OpenSearchServerless::SecurityPolicy", "AWS::OpenSearchServerless::AccessPolicy"], &["Policy"]),
    set(&["AWS::Pipes::Pipe"], &["SourceParameters.FilterCriteria.Filters.*.Pattern"]),
    set(&["AWS::SNS::Subscription"], &["FilterPolicy"]),
    set(&["AWS::SQS::Queue"], &["RedrivePolicy", "RedriveAllowPolicy"]),
    text(&["AWS::ApiGateway::DocumentationPart"], &["Properties"]),
    text(&["AWS::ApiGateway::Model", "AWS::ApiGatewayV2::Model"], &["Schema"]),
    text(&["AWS::CE::CostCategory"], &["Rules", "SplitChargeRules"]),
    text(&["AWS::CloudWatch::Dashboard"], &["DashboardBody"]),
    text(&["AWS::Config::ConfigRule"], &["InputParameters"]),
    text(
        &["AWS::Config::OrganizationConfigRule"],
        &[
            "OrganizationManagedRuleMetadata.InputParameters",
            "OrganizationCustomRuleMetadata.InputParameters",
            "OrganizationCustomPolicyRuleMetadata.InputParameters",
        ],
    ),
    text(&["AWS::Connect::ContactFlow", "AWS::Connect::ContactFlowModule"], &["Content"]),
    text(&["AWS::DMS::ReplicationTask"], &["TableMappings", "ReplicationTaskSettings", "TaskData"]),
    text(&["AWS::DMS::ReplicationConfig"], &["TableMappings", "ReplicationSettings", "SupplementalSettings"]),
    text(&["AWS::ECR::Repository"], &["LifecyclePolicy.LifecyclePolicyText"]),
    text(&["AWS::ECR::RepositoryCreationTemplate"], &["LifecyclePolicy"]),
    text(&["AWS::EMR::SecurityConfiguration"], &["SecurityConfiguration"]),
    text(&["AWS::EventSchemas::Schema"], &["Content"]),
    text(&["AWS::Events::Rule"], &["Targets.*.Input"]),
    text(&["AWS::IoT::ProvisioningTemplate"], &["TemplateBody"]),
    text(&["AWS::IoTSiteWise::Dashboard"], &["DashboardDefinition"]),
    text(&["AWS::Logs::AccountPolicy"], &["PolicyDocument"]),
    text(&["AWS::Logs::LogGroup"], &["DataProtectionPolicy", "FieldIndexPolicies.*"]),
    text(&["AWS::MediaConvert::JobTemplate", "AWS::MediaConvert::Preset"], &["SettingsJson"]),
    text(&["AWS::NetworkManager::CoreNetwork"], &["PolicyDocument"]),
    text(&["AWS::OpenSearchServerless::LifecyclePolicy"], &["Policy"]),
    text(&["AWS::Organizations::Policy"], &["Content"]),
    text(&["AWS::RAM::Permission"], &["PolicyTemplate"]),
    text(&["AWS::RDS::CustomDBEngineVersion"], &["Manifest"]),
    text(&["AWS::SNS::Subscription"], &["DeliveryPolicy", "RedrivePolicy", "ReplayPolicy"]),
    text(&["AWS::SNS::Topic"], &["DataProtectionPolicy", "ArchivePolicy"]),
    text(&["AWS::SSM::Document"], &["Content"]),
    text(&["AWS::SageMaker::Pipeline"], &["PipelineDefinition.PipelineDefinitionBody"]),
    text(&["AWS::ServiceCatalogAppRegistry::AttributeGroup"], &["Attributes"]),
    text(&["AWS::StepFunctions::StateMachine"], &["DefinitionString", "Definition"]),
    text(&["AWS::VerifiedPermissions::PolicyStore"], &["Schema.CedarJson"]),
];
