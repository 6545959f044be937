//! A company of 1,000 services: a security group and an IAM role each, in an emulated account and in a repository with
//! Terraform's state; and some changes that somebody made by hand.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use aws_sdk_ec2::types::{IpPermission, IpRange, ResourceType, Tag, TagSpecification};
use serde_json::{Value as Json, json};

use super::emulators::{Account, REGION};

/// How many services there are; Terraform's `count` makes at most 1,024 of a resource here.
pub const SERVICES: usize = 1000;

/// Every so many services somebody changed the security group by hand, and the role.
const CHANGED_EVERY: usize = 100;

/// How many resources were changed by hand.
pub const CHANGED: usize = 2 * SERVICES.div_ceil(CHANGED_EVERY);

const WRITERS: usize = 4;
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const MAIN_TF: &str = include_str!("main.tf");

/// The company, as long as its folder is there.
pub struct Company {
    folder: tempfile::TempDir,
}

/// One service as it was deployed.
struct Service {
    index: usize,
    group_id: String,
}

impl Company {
    /// Deploys the services, changes some by hand, and writes the repository.
    pub async fn found(account: &Account, endpoint_url: &str) -> anyhow::Result<Self> {
        let ec2 = aws_sdk_ec2::Client::new(&account.sdk);
        let network = ec2.create_vpc().cidr_block("10.0.0.0/16").send().await?;
        let network = network.vpc.and_then(|vpc| vpc.vpc_id).context("no network")?;
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let deploy = deploy_all(account.sdk.clone(), network.clone(), (writer..SERVICES).step_by(WRITERS));
            writers.spawn(deploy);
        }
        let mut services = Vec::new();
        while let Some(deployed) = writers.join_next().await {
            services.extend(deployed??);
        }
        services.sort_by_key(|service| service.index);
        let company = Self { folder: tempfile::tempdir()? };
        company.write("driftledger.yaml", &configuration(endpoint_url, &network))?;
        company.write(".gitignore", "driftledger.db*\n")?;
        company.write("infra/main.tf", MAIN_TF)?;
        company.write("infra/terraform.tfstate", &state(&services, &network, &account.id).to_string())?;
        for arguments in [&["init", "--quiet"][..], &["add", "."], &["commit", "--quiet", "--message", "Deploy"]] {
            company.git(arguments)?;
        }
        Ok(company)
    }

    /// The repository's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Removes the store.
    pub fn forget_scans(&self) -> anyhow::Result<()> {
        forget_scans(self.folder())
    }

    fn write(&self, file: &str, text: &str) -> anyhow::Result<()> {
        let path = self.folder().join(file);
        std::fs::create_dir_all(path.parent().unwrap_or(self.folder()))?;
        Ok(std::fs::write(path, text)?)
    }

    fn git(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"];
        let status = Command::new("git").args(identity).args(arguments).current_dir(self.folder()).status()?;
        ensure!(status.success(), "git {arguments:?}: {status}");
        Ok(())
    }
}

/// The configuration of the company in a folder.
pub fn configuration_file(folder: &Path) -> PathBuf {
    folder.join("driftledger.yaml")
}

/// Removes the store of the company in a folder.
pub fn forget_scans(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("driftledger.db")) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn configuration(endpoint_url: &str, network: &str) -> String {
    format!(
        "store: sqlite:driftledger.db\n\
         stacks:\n\
         - name: services\n  \
           environment: production\n  \
           declared: {{ kind: terraform, path: infra, variables: {{ vpc_id: {network} }} }}\n  \
           applied: {{ kind: terraform_state, path: infra/terraform.tfstate }}\n  \
           live: {{ kind: aws, region: {REGION}, endpoint_url: \"{endpoint_url}\" }}\n"
    )
}

fn name(index: usize) -> String {
    format!("service-{index:04}")
}

fn source(index: usize) -> String {
    format!("10.{}.{}.0/24", index / 256, index % 256)
}

fn trust() -> Json {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
    ]})
}

fn policy(index: usize) -> Json {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParameters"],
        "Resource": format!("arn:aws:ssm:{REGION}:*:parameter/{}/*", name(index)),
    }]})
}

async fn deploy_all(
    sdk: aws_config::SdkConfig,
    network: String,
    services: impl Iterator<Item = usize>,
) -> anyhow::Result<Vec<Service>> {
    let (ec2, iam) = (aws_sdk_ec2::Client::new(&sdk), aws_sdk_iam::Client::new(&sdk));
    let mut deployed = Vec::new();
    for index in services {
        let group_id = deploy_group(&ec2, index, &network).await?;
        deploy_role(&iam, index).await?;
        if index % CHANGED_EVERY == 0 {
            change_by_hand(&ec2, &iam, index, &group_id).await?;
        }
        deployed.push(Service { index, group_id });
    }
    Ok(deployed)
}

async fn deploy_group(ec2: &aws_sdk_ec2::Client, index: usize, network: &str) -> anyhow::Result<String> {
    let tag = |key: &str, value: String| Tag::builder().key(key).value(value).build();
    let tags = TagSpecification::builder()
        .resource_type(ResourceType::SecurityGroup)
        .tags(tag("Name", name(index)))
        .tags(tag("Team", "platform".to_owned()));
    let group = ec2.create_security_group().group_name(name(index)).description("Of a service").vpc_id(network);
    let group = group.tag_specifications(tags.build()).send().await?.group_id.context("a group without id")?;
    let rules = [(443, source(index), "web"), (9100, "10.255.0.0/16".to_owned(), "metrics")];
    let rules = rules.into_iter().map(|(port, source, about)| rule(port, source, about)).collect();
    let authorize = ec2.authorize_security_group_ingress().group_id(&group).set_ip_permissions(Some(rules));
    authorize.send().await?;
    Ok(group)
}

fn rule(port: i32, source: String, about: &str) -> IpPermission {
    let range = IpRange::builder().cidr_ip(source).description(about).build();
    IpPermission::builder().ip_protocol("tcp").from_port(port).to_port(port).ip_ranges(range).build()
}

async fn deploy_role(iam: &aws_sdk_iam::Client, index: usize) -> anyhow::Result<()> {
    let tag = aws_sdk_iam::types::Tag::builder().key("Team").value("platform").build()?;
    iam.create_role().role_name(name(index)).assume_role_policy_document(trust().to_string()).tags(tag).send().await?;
    let inline = iam.put_role_policy().role_name(name(index)).policy_name("parameters");
    inline.policy_document(policy(index).to_string()).send().await?;
    iam.attach_role_policy().role_name(name(index)).policy_arn(READ_ONLY).send().await?;
    Ok(())
}

async fn change_by_hand(
    ec2: &aws_sdk_ec2::Client,
    iam: &aws_sdk_iam::Client,
    index: usize,
    group: &str,
) -> anyhow::Result<()> {
    let opened = ec2.authorize_security_group_ingress().group_id(group);
    opened.ip_permissions(rule(22, "192.0.2.0/24".to_owned(), "incident")).send().await?;
    iam.attach_role_policy().role_name(name(index)).policy_arn(ADMINISTRATOR).send().await?;
    Ok(())
}

fn state(services: &[Service], network: &str, account: &str) -> Json {
    let resource = |resource_type: &str, name: &str, each: &dyn Fn(&Service) -> (Json, Json)| {
        let instance = |service: &Service| {
            let (index_key, attributes) = each(service);
            json!({"index_key": index_key, "schema_version": 0, "attributes": attributes, "sensitive_attributes": []})
        };
        let instances: Vec<Json> = services.iter().map(instance).collect();
        let provider = "provider[\"registry.terraform.io/hashicorp/aws\"]";
        json!({"mode": "managed", "type": resource_type, "name": name, "provider": provider, "instances": instances})
    };
    let resources = [
        resource("aws_security_group", "service", &|service| {
            (json!(service.index), group_in_state(service, network, account))
        }),
        resource("aws_iam_role", "service", &|service| (json!(name(service.index)), role_in_state(service, account))),
        resource("aws_iam_role_policy", "parameters", &|service| {
            let role = name(service.index);
            let attributes = json!({"id": format!("{role}:parameters"), "name": "parameters", "name_prefix": "",
                "policy": policy(service.index).to_string(), "role": role});
            (json!(name(service.index)), attributes)
        }),
        resource("aws_iam_role_policy_attachment", "read_only", &|service| {
            let role = name(service.index);
            let attributes = json!({"id": format!("{role}-1"), "policy_arn": READ_ONLY, "role": role});
            (json!(name(service.index)), attributes)
        }),
    ];
    json!({"version": 4, "terraform_version": "1.11.4", "serial": 7, "lineage": "0", "outputs": {},
        "resources": resources})
}

fn group_in_state(service: &Service, network: &str, account: &str) -> Json {
    let (name, id) = (name(service.index), &service.group_id);
    let rule = |port: i32, protocol: &str, source: &str, about: &str| {
        json!({"cidr_blocks": [source], "description": about, "from_port": port, "to_port": port,
            "ipv6_cidr_blocks": [], "prefix_list_ids": [], "protocol": protocol, "security_groups": [], "self": false})
    };
    let tags = json!({"Name": name, "Team": "platform"});
    json!({
        "arn": format!("arn:aws:ec2:{REGION}:{account}:security-group/{id}"), "description": "Of a service",
        "egress": [rule(0, "-1", "0.0.0.0/0", "")], "id": id,
        "ingress": [rule(443, "tcp", &source(service.index), "web"), rule(9100, "tcp", "10.255.0.0/16", "metrics")],
        "name": name, "name_prefix": "", "owner_id": account, "revoke_rules_on_delete": false,
        "tags": tags, "tags_all": tags, "timeouts": null, "vpc_id": network,
    })
}

fn role_in_state(service: &Service, account: &str) -> Json {
    let name = name(service.index);
    let tags = json!({"Team": "platform"});
    json!({
        "arn": format!("arn:aws:iam::{account}:role/{name}"), "assume_role_policy": trust().to_string(),
        "create_date": "2026-01-01T00:00:00Z", "description": "", "force_detach_policies": false, "id": name,
        "inline_policy": [{"name": "parameters", "policy": policy(service.index).to_string()}],
        "managed_policy_arns": [READ_ONLY], "max_session_duration": 3600, "name": name, "name_prefix": "",
        "path": "/", "permissions_boundary": "", "tags": tags, "tags_all": tags, "unique_id": "AROA",
    })
}
