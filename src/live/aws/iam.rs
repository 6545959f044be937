//! `AWS::IAM::Role` and `AWS::IAM::ManagedPolicy`, by one listing of the account (GetAccountAuthorizationDetails): it
//! costs a call a thousand roles and brings inline policies, attachments and tags along, which read one by one would
//! be four calls a role against a quota of 20 a second.

use std::collections::BTreeSet;

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{EntityType, ManagedPolicyDetail, PolicyDetail, Role, RoleDetail, Tag};

use super::batches::{Detail, FEW, details, pages};
use super::properties::{Properties, arn_resource, changed_at, computed, each, object, scalar, tag, text, timestamp};
use super::{Aws, Failure, Keys, Reading};
use crate::model::{Live, Value};

pub(super) const ROLE: &str = "AWS::IAM::Role";
pub(super) const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";

const LISTING: &str = "iam:GetAccountAuthorizationDetails";

/// Roles of the account among the keys, which are names or ARNs.
pub(super) async fn roles(aws: &Aws, keys: Keys) -> Reading {
    let pages = match listing(aws, EntityType::Role).await {
        Ok(pages) => pages,
        Err(failure) => return Reading::failed(&keys, failure),
    };
    let wanted: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    let is_wanted = |name: &Option<String>| name.as_deref().is_some_and(|name| wanted.contains(name));
    let roles: Vec<RoleDetail> = pages
        .into_iter()
        .flat_map(|page| page.role_detail_list.unwrap_or_default())
        .filter(|role| is_wanted(&role.role_name) || is_wanted(&role.arn))
        .collect();
    // The listing tells neither description nor session duration.
    let asked = roles.iter().map(|role| details_of(aws.clone(), role.role_name.clone()));
    let details = details(asked, roles.len() <= FEW).await;
    let mut reading: Reading =
        roles.iter().zip(&details).filter_map(|(role, details)| role_of(role, details)).collect();
    details.iter().filter_map(Detail::failure).for_each(|failure| reading.note(failure.clone()));
    reading
}

/// Customer managed policies of the account among the keys, which are ARNs or names.
pub(super) async fn managed_policies(aws: &Aws, keys: Keys) -> Reading {
    let pages = match listing(aws, EntityType::LocalManagedPolicy).await {
        Ok(pages) => pages,
        Err(failure) => return Reading::failed(&keys, failure),
    };
    let policies = pages.into_iter().flat_map(|page| page.policies.unwrap_or_default());
    let is_wanted = |name: &Option<String>| name.as_ref().is_some_and(|name| keys.contains(name));
    policies
        .filter(|policy| is_wanted(&policy.arn) || is_wanted(&policy.policy_name))
        .filter_map(|policy| policy_of(&policy))
        .collect()
}

async fn listing(aws: &Aws, of: EntityType) -> Result<Vec<GetAccountAuthorizationDetailsOutput>, Failure> {
    pages(LISTING, |marker| {
        let call = aws.iam.get_account_authorization_details().filter(of.clone()).max_items(1000).set_marker(marker);
        async move {
            let page = aws.call(LISTING, call.send()).await?;
            let next = page.marker.clone().filter(|_| page.is_truncated);
            Ok((page, next))
        }
    })
    .await
}

async fn details_of(aws: Aws, name: Option<String>) -> Result<Option<Role>, Failure> {
    let call = aws.iam.get_role().set_role_name(name);
    Ok(aws.call("iam:GetRole", call.send()).await?.role)
}

fn role_of(role: &RoleDetail, details: &Detail<Option<Role>>) -> Option<Live> {
    let name = role.role_name.clone()?;
    let boundary = role.permissions_boundary.as_ref().and_then(|boundary| text(&boundary.permissions_boundary_arn));
    let properties = Properties::of(LISTING)
        .always("RoleName", Some(name.as_str().into()))
        .always("Path", text(&role.path))
        .always("AssumeRolePolicyDocument", document(&role.assume_role_policy_document))
        .always("Policies", each(&role.role_policy_list, inline_policy))
        .always(
            "ManagedPolicyArns",
            each(&role.attached_managed_policies, |attached| text(&attached.policy_arn).unwrap_or_else(nameless)),
        )
        .when_set("PermissionsBoundary", boundary)
        .always("Tags", Some(tags(&role.tags)));
    let properties = properties.detail(&["Description", "MaxSessionDuration"], details, |properties, details| {
        let details = details.as_ref();
        properties
            .when_set("Description", details.and_then(|role| text(&role.description)))
            .always("MaxSessionDuration", details.and_then(|role| scalar(&role.max_session_duration)))
    });
    Some(Live {
        resource_type: ROLE.into(),
        aliases: role.arn.iter().cloned().collect(),
        attributes: properties.build(),
        computed: computed([("Arn", text(&role.arn)), ("RoleId", text(&role.role_id))]),
        evidence: Vec::new(),
        owners: Vec::new(),
        in_flight: None,
        identifier: name,
    })
}

fn policy_of(policy: &ManagedPolicyDetail) -> Option<Live> {
    let arn = policy.arn.clone()?;
    // Without the member PolicyName (moto) the ARN still ends in it.
    let last = |arn: &str| Some(arn_resource(arn)?.rsplit('/').next()?.to_owned());
    let name = policy.policy_name.clone().or_else(|| last(&arn));
    let versions = policy.policy_version_list.as_deref().unwrap_or_default();
    let current = versions.iter().find(|version| version.is_default_version);
    let attributes = Properties::of(LISTING)
        .always("ManagedPolicyName", text(&name))
        .always("Path", text(&policy.path))
        .always("PolicyDocument", current.and_then(|version| document(&version.document)))
        // The listing leaves the description out, which can only be set at creation.
        .always("Description", text(&policy.description))
        .not_read(&["Groups", "Roles", "Users"], "not read: a property of the identities, not of the policy")
        .not_read(&["Tags"], "not returned by iam:GetAccountAuthorizationDetails")
        .build();
    let changed = current.and_then(|version| version.create_date.as_ref()).and_then(timestamp);
    Some(Live {
        resource_type: MANAGED_POLICY.into(),
        aliases: name.into_iter().collect(),
        attributes,
        computed: computed([
            ("PolicyArn", text(&policy.arn)),
            ("PolicyId", text(&policy.policy_id)),
            ("DefaultVersionId", text(&policy.default_version_id)),
            ("AttachmentCount", scalar(&policy.attachment_count)),
        ]),
        evidence: changed_at(MANAGED_POLICY, &arn, changed).into_iter().collect(),
        owners: Vec::new(),
        in_flight: None,
        identifier: arn,
    })
}

fn inline_policy(policy: &PolicyDetail) -> Value {
    object([("PolicyName", text(&policy.policy_name)), ("PolicyDocument", document(&policy.policy_document))])
}

/// The listing omits the tags of a role that has none.
fn tags(tags: &Option<Vec<Tag>>) -> Value {
    let tags = tags.as_deref().unwrap_or_default();
    Value::list(tags.iter().map(|each| tag(&Some(each.key.clone()), &Some(each.value.clone()))))
}

fn nameless() -> Value {
    Value::unknown(format!("no ARN in the answer of {LISTING}"))
}

/// A policy document, which IAM returns as URL-encoded JSON (RFC 3986; API reference, `RoleDetail`).
fn document(encoded: &Option<String>) -> Option<Value> {
    let encoded = encoded.as_deref()?;
    let plain = if encoded.trim_start().starts_with('{') {
        encoded.into()
    } else {
        percent_encoding::percent_decode_str(encoded).decode_utf8_lossy()
    };
    Some(match serde_json::from_str(&plain) {
        Ok(json) => Value::from_json(&json),
        Err(_) => Value::unknown("the policy document is not JSON"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_encoded_and_plain() {
        let plain = r#"{"Version":"2012-10-17","Statement":[{"Resource":"arn:aws:s3:::a/100%25"}]}"#;
        let encoded = percent_encoding::utf8_percent_encode(plain, percent_encoding::NON_ALPHANUMERIC).to_string();
        let expected = Value::from_json(&serde_json::from_str(plain).unwrap());
        assert_eq!(document(&Some(encoded)), Some(expected.clone()));
        assert_eq!(document(&Some(plain.to_owned())), Some(expected));
        assert!(document(&Some("%7Bnot json".to_owned())).unwrap().is_unknown());
    }
}
