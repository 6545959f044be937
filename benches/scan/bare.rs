//! The same calls as a scan makes, as fast as the SDK makes them, and nothing done with the answers.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::types::EntityType;
use driftledger::live::AwsScope;

/// The clients, as a daemon keeps them from scan to scan.
pub struct Bare {
    sts: aws_sdk_sts::Client,
    ec2: aws_sdk_ec2::Client,
    iam: aws_sdk_iam::Client,
}

impl Bare {
    /// Clients for a scope.
    pub async fn connect(scope: &AwsScope) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).region(Region::new(scope.region.clone()));
        if let Some(url) = &scope.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let config: SdkConfig = loader.load().await;
        Self {
            sts: aws_sdk_sts::Client::new(&config),
            ec2: aws_sdk_ec2::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
        }
    }

    /// Whose credentials they are: what a process asks once.
    pub async fn identity(&self) -> anyhow::Result<()> {
        self.sts.get_caller_identity().send().await?;
        Ok(())
    }

    /// Every page of both listings, at the same time as the scan reads them.
    pub async fn listings(&self) -> anyhow::Result<()> {
        tokio::try_join!(self.security_groups(), self.roles())?;
        Ok(())
    }

    async fn security_groups(&self) -> anyhow::Result<()> {
        let mut token = None;
        loop {
            let page = self.ec2.describe_security_groups().max_results(1000).set_next_token(token).send().await?;
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(());
            }
        }
    }

    async fn roles(&self) -> anyhow::Result<()> {
        let mut marker = None;
        loop {
            let call = self.iam.get_account_authorization_details().filter(EntityType::Role).max_items(1000);
            let page = call.set_marker(marker).send().await?;
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(());
            }
        }
    }
}
