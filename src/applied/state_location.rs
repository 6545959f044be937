//! Where a Terraform state is kept: a file, an object in S3, an address. Pure: reads none of them.

use std::collections::BTreeMap;
use std::fmt;

use crate::live::AwsScope;
use crate::repo;

/// Where a state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateLocation {
    /// A file: relative to the repository's folder, or absolute.
    File(String),
    /// An object.
    S3(StateObject),
    /// An address that answers `GET` with the state (Terraform: "Backend Type: http").
    Http(String),
}

/// An object in S3 and how to get at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateObject {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The bucket's region, if it is not the stack's.
    pub region: Option<String>,
    /// Another endpoint than that of the stack's scope.
    pub endpoint_url: Option<String>,
    /// The role to assume instead of the scope's.
    pub role_arn: Option<String>,
    /// What the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The profile to use instead of the scope's.
    pub profile: Option<String>,
}

impl fmt::Display for StateLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.write_str(path),
            Self::S3(StateObject { bucket, key, .. }) => write!(f, "s3://{bucket}/{key}"),
            // What follows may be a token.
            Self::Http(address) => f.write_str(address.split(['?', '#']).next().unwrap_or(address)),
        }
    }
}

/// The state of a workspace that has none of its own name.
const DEFAULT_WORKSPACE: &str = "default";

/// What is put before the key of another workspace (Terraform: "Backend Type: s3", `workspace_key_prefix`).
const WORKSPACE_KEY_PREFIX: &str = "env:";

impl StateLocation {
    /// The state at a path of the configuration: a file, `s3://BUCKET/KEY`, `http://…` or `https://…`. `settings` are
    /// arguments of the `s3` backend.
    ///
    /// # Errors
    /// What is wrong with the path.
    pub fn of_path(path: &str, settings: &BTreeMap<String, String>) -> Result<Self, String> {
        if let Some(object) = path.strip_prefix("s3://") {
            let parts = object.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
            let (bucket, key) = parts.ok_or_else(|| format!("{path:?} is not of the form s3://BUCKET/KEY"))?;
            return Ok(Self::S3(StateObject { bucket: bucket.to_owned(), key: key.to_owned(), ..object_of(settings) }));
        }
        if !path.starts_with("http://") && !path.starts_with("https://") {
            return Ok(Self::File(path.to_owned()));
        }
        let authority = path.split('/').nth(2).unwrap_or_default();
        match authority {
            "" => Err(format!("{path:?} names no host")),
            _ if authority.contains('@') => {
                Err("an address must not hold credentials; set TF_HTTP_USERNAME and TF_HTTP_PASSWORD".to_owned())
            }
            _ => Ok(Self::Http(path.to_owned())),
        }
    }

    /// The state of a root module in `folder` as its `backend` block says, with `settings` over the block's arguments as
    /// `-backend-config` puts them there. Without a block the state lies in the folder.
    ///
    /// Of the `s3` backend's ways to get at the object only the region counts: a role in the code is the one that
    /// deploys, and is none to read with. An address in the code is not followed: code is not trusted with requests.
    ///
    /// # Errors
    /// Why the state cannot be read from there, and what to do about it.
    pub fn of_backend(
        backend: Option<(&str, &BTreeMap<String, String>)>,
        settings: &BTreeMap<String, String>,
        folder: &str,
        workspace: &str,
    ) -> Result<Self, (String, &'static str)> {
        let (kind, code) = backend.map_or(("local", None), |(kind, code)| (kind, Some(code)));
        let argument = |name: &str| settings.get(name).or_else(|| code?.get(name)).map(String::as_str);
        let needed = |name: &str| {
            let remedy = "write it under `applied.backend`, as it is given to `terraform init -backend-config`";
            argument(name).ok_or_else(|| (format!("the code's backend {kind:?} names no {name}"), remedy))
        };
        match kind {
            "local" => {
                let file = match workspace {
                    DEFAULT_WORKSPACE => argument("path").unwrap_or("terraform.tfstate").to_owned(),
                    _ => {
                        let folders = argument("workspace_dir").unwrap_or("terraform.tfstate.d");
                        format!("{folders}/{workspace}/terraform.tfstate")
                    }
                };
                let outside = |_| (format!("{file} leads out of the repository"), "name the file in `applied.path`");
                repo::join(folder, &file).map(Self::File).map_err(outside)
            }
            "s3" => {
                let key = needed("key")?;
                let key = match workspace {
                    DEFAULT_WORKSPACE => key.to_owned(),
                    _ => {
                        let prefix = argument("workspace_key_prefix").unwrap_or(WORKSPACE_KEY_PREFIX);
                        format!("{prefix}/{workspace}/{key}")
                    }
                };
                let bucket = needed("bucket")?.to_owned();
                let region = argument("region").map(str::to_owned);
                Ok(Self::S3(StateObject { bucket, key, region, ..object_of(settings) }))
            }
            "http" => {
                let message = "the code keeps its state at an address, and addresses in code are not followed";
                Err((message.to_owned(), "write the address as `applied.path`"))
            }
            kind => Err((
                format!("the code's backend {kind:?} cannot be read"),
                "let the pipeline keep the output of `terraform state pull`, and name that file in `applied.path`",
            )),
        }
    }
}

fn object_of(settings: &BTreeMap<String, String>) -> StateObject {
    let setting = |name: &str| settings.get(name).cloned();
    StateObject {
        bucket: String::new(),
        key: String::new(),
        region: setting("region"),
        endpoint_url: setting("endpoint"),
        role_arn: setting("role_arn"),
        external_id: setting("external_id"),
        profile: setting("profile"),
    }
}

impl StateObject {
    /// The scope through which the object is read: the stack's, with what is said of the object in its place.
    pub fn scope(&self, stack: &AwsScope) -> AwsScope {
        let own_way_in = self.role_arn.is_some() || self.profile.is_some();
        let (role_arn, external_id, profile) = match own_way_in {
            true => (self.role_arn.clone(), self.external_id.clone(), self.profile.clone()),
            false => (stack.role_arn.clone(), stack.external_id.clone(), stack.profile.clone()),
        };
        AwsScope {
            region: self.region.clone().unwrap_or_else(|| stack.region.clone()),
            account: stack.account.clone().filter(|_| !own_way_in),
            endpoint_url: self.endpoint_url.clone().or_else(|| stack.endpoint_url.clone()),
            role_arn,
            external_id,
            profile,
            ..stack.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_path_says_by_its_beginning_where_the_state_is() {
        let check = |path: &str, expect: Result<&str, &str>| {
            let found = StateLocation::of_path(path, &BTreeMap::new());
            match (found, expect) {
                (Ok(found), Ok(expect)) => assert_eq!(format!("{found:?}").split('(').next(), Some(expect), "{path}"),
                (Err(found), Err(expect)) => assert!(found.contains(expect), "{path}: {found}"),
                (found, _) => panic!("{path}: {found:?}"),
            }
        };
        check("infra/terraform.tfstate", Ok("File"));
        check("/pulled/terraform.tfstate", Ok("File"));
        check("s3://states/app/terraform.tfstate", Ok("S3"));
        check("s3://states", Err("s3://BUCKET/KEY"));
        check("https://gitlab.example.com/api/v4/projects/1/terraform/state/app", Ok("Http"));
        check("https://user:secret@example.com/state", Err("credentials"));
        check("http:///state", Err("names no host"));
    }

    #[test]
    fn an_address_is_shown_without_what_may_be_a_token() {
        let found = StateLocation::of_path("https://example.com/state?token=secret", &BTreeMap::new()).unwrap();
        assert_eq!(found.to_string(), "https://example.com/state");
    }

    #[test]
    fn the_codes_backend_and_the_workspace_say_where_the_state_is() {
        let check = |kind: &str, code: &[(&str, &str)], settings: &[(&str, &str)], workspace: &str, expect: &str| {
            let code = map(code);
            let found = StateLocation::of_backend(Some((kind, &code)), &map(settings), "infra", workspace);
            let found = found.map_or_else(|(message, _)| message, |found| found.to_string());
            assert!(found.contains(expect), "{kind} {code:?} {workspace}: {found}");
        };
        let object: &[(&str, &str)] = &[("bucket", "states"), ("key", "app.tfstate")];
        check("s3", object, &[], "default", "s3://states/app.tfstate");
        check("s3", object, &[], "prod", "s3://states/env:/prod/app.tfstate");
        check("s3", object, &[("workspace_key_prefix", "ws")], "prod", "s3://states/ws/prod/app.tfstate");
        check("s3", &[("key", "app.tfstate")], &[("bucket", "b")], "default", "s3://b/app.tfstate");
        check("s3", &[("key", "app.tfstate")], &[], "default", "names no bucket");
        check("local", &[], &[], "default", "infra/terraform.tfstate");
        check("local", &[("path", "../state/app.tfstate")], &[], "default", "state/app.tfstate");
        check("local", &[("path", "/state/app.tfstate")], &[], "default", "leads out of the repository");
        check("local", &[], &[], "prod", "infra/terraform.tfstate.d/prod/terraform.tfstate");
        check("http", &[("address", "http://169.254.169.254/")], &[], "default", "not followed");
        check("gcs", &[], &[], "default", "\"gcs\" cannot be read");
        let none = StateLocation::of_backend(None, &BTreeMap::new(), "", "default").unwrap();
        assert_eq!(none, StateLocation::File("terraform.tfstate".to_owned()));
    }

    #[test]
    fn the_object_is_read_as_the_stack_is_unless_the_configuration_names_another_way_in() {
        let stack = AwsScope {
            account: Some("111111111111".to_owned()),
            role_arn: Some("arn:aws:iam::111111111111:role/read".to_owned()),
            ..AwsScope::new("eu-west-1")
        };
        let check = |settings: &[(&str, &str)], expect: &AwsScope| {
            let StateLocation::S3(object) = StateLocation::of_path("s3://b/k", &map(settings)).unwrap() else {
                panic!("no object");
            };
            assert_eq!(object.scope(&stack), *expect, "{settings:?}");
        };
        check(&[], &stack);
        check(&[("region", "us-east-1")], &AwsScope { region: "us-east-1".to_owned(), ..stack.clone() });
        let states = "arn:aws:iam::222222222222:role/states";
        let other = AwsScope { account: None, role_arn: Some(states.to_owned()), ..stack.clone() };
        check(&[("role_arn", states)], &other);
    }
}
