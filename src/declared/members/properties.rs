//! Members that are properties of their parent.

use std::collections::BTreeMap;

use super::Resource;
use crate::model::{Kind, Value};

/// What a member says of its parent.
pub(super) struct Properties {
    properties: BTreeMap<String, Value>,
    /// What the member's declaration leaves to others, as patterns of the parent.
    ignored: Vec<String>,
}

impl Properties {
    /// These properties of a member.
    pub fn of(member: &impl Resource, names: &[&str]) -> Self {
        let parts = member.parts();
        let property = |name: &&str| {
            let value = parts.attributes.get(name)?.clone();
            let at = value.at.clone().or_else(|| parts.at.cloned());
            Some(((*name).to_owned(), value.located(at)))
        };
        let ignored = parts.ignored.iter().flat_map(|pattern| match pattern.as_str() {
            "*" => names.iter().map(|name| (*name).to_owned()).collect(),
            pattern => vec![pattern.to_owned()],
        });
        Self { properties: names.iter().filter_map(property).collect(), ignored: ignored.collect() }
    }

    /// Sets them on the parent. What it says itself goes: where both forms are used the separate one is the newer
    /// statement, and a refresh writes it into the state of the parent as well.
    pub fn set_on(self, parent: &mut impl Resource) {
        if let Kind::Object(members) = &mut parent.attributes_mut().kind {
            members.extend(self.properties);
        }
        self.ignored.into_iter().for_each(|pattern| parent.ignore(pattern));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::{BUCKET, Folded, KEY, QUEUE, SECRET, fold, member};
    use crate::model::{Declaration, Location, Reference, Retention, Value};

    fn declared(address: &str, resource_type: &str, identifier: Option<&str>, attributes: &Json) -> Declaration {
        Declaration {
            address: address.to_owned(),
            resource_type: resource_type.into(),
            identifier: identifier.map(str::to_owned),
            attributes: Value::from_json(attributes),
            at: Location::new("main.tf", 1, 1),
            account: None,
            region: None,
            ignored: Vec::new(),
            retention: Retention::default(),
        }
    }

    fn properties(folded: &Folded<Declaration>) -> Vec<Json> {
        assert!(folded.problems.is_empty() && folded.open.is_empty());
        folded.resources.iter().map(|resource| resource.attributes.to_json()).collect()
    }

    #[test]
    fn an_aspect_of_a_bucket_goes_before_what_the_bucket_says_of_it() {
        let bucket = json!({"BucketName": "b", "VersioningConfiguration": {"Status": "Suspended"}});
        let versioning = json!({"Bucket": "b", "VersioningConfiguration": {"Status": "Enabled"}});
        let mut access =
            declared("access", member::BUCKET_PROPERTIES, None, &json!({"Bucket": "b", "OwnershipControls": {}}));
        access.ignored = vec!["*".to_owned()];
        let folded = fold(vec![
            declared("versioning", member::BUCKET_PROPERTIES, None, &versioning),
            access,
            declared("bucket", BUCKET, None, &bucket),
        ]);
        let expect = json!({"BucketName": "b", "OwnershipControls": {},
            "VersioningConfiguration": {"Status": "Enabled"}});
        assert_eq!(properties(&folded), [expect]);
        assert_eq!(folded.resources[0].ignored, ["OwnershipControls"]);
        assert_eq!(folded.resources[0].address, "bucket");
    }

    #[test]
    fn a_parent_is_found_by_a_reference_by_its_id_and_by_its_arn() {
        let check = |parent: &str, id: &str, kind: &str, by: &str, named: Value| {
            let mut one = declared("part", kind, None, &json!({"Said": 1}));
            one.attributes = Value::object([(by, named), ("Said", Value::from(1))]);
            let folded = fold(vec![declared("parent", parent, Some(id), &json!({})), one]);
            assert_eq!(properties(&folded), [json!({"Said": 1})], "{parent}");
        };
        let reference = Reference { address: "parent".to_owned(), attribute: Some("id".to_owned()) };
        let reference = Value::reference(reference, "not deployed yet");
        check(QUEUE, "https://sqs/q", member::QUEUE_PROPERTIES, "QueueUrl", "https://sqs/q".into());
        check(QUEUE, "https://sqs/q", member::QUEUE_PROPERTIES, "QueueUrl", reference.clone());
        check(KEY, "k-1", member::KEY_PROPERTIES, "KeyId", "k-1".into());
        check(KEY, "k-1", member::KEY_PROPERTIES, "KeyId", "arn:aws:kms:eu-west-1:1:key/k-1".into());
        check(SECRET, "arn:s", member::SECRET_PROPERTIES, "SecretId", "arn:s".into());
        check(BUCKET, "b", member::BUCKET_PROPERTIES, "Bucket", reference);
    }

    #[test]
    fn an_aspect_of_a_bucket_that_is_not_known_leaves_that_aspect_open_and_one_of_another_stack_is_told() {
        let aspect = |bucket: Value| {
            let mut one = declared("part", member::BUCKET_PROPERTIES, None, &json!({}));
            one.attributes = Value::object([("Bucket", bucket), ("CorsConfiguration", Value::object::<String>([]))]);
            fold(vec![declared("bucket", BUCKET, Some("b"), &json!({"BucketName": "b"})), one])
        };
        let folded = aspect(Value::unknown("why"));
        let open: Vec<_> = folded.open.iter().map(|open| (open.address.as_str(), open.property.as_str())).collect();
        assert_eq!(open, [("bucket", "CorsConfiguration")]);
        assert_eq!(folded.problems.len(), 1);
        let folded = aspect("other".into());
        assert_eq!((folded.alone.len(), folded.open.len()), (1, 0));
    }
}
