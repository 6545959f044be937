//! The edits that codify a drift, each tried out on the declarations before it is offered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::{Edit, Obstacle, rewrite};
use crate::config::Declared;
use crate::declared::source::{self, Surroundings};
use crate::model::{
    Basis, Declaration, Fingerprinter, Kind, Location, Presence, Problem, ProblemKind, Standing, Value,
};
use crate::repo::Tree;
use crate::report::{AttributeReport, DriftReport};

/// What codifies a drift, and what of it could not be.
#[derive(Debug, Default)]
pub struct Patch {
    /// The files that change: what they say, and what they would.
    pub files: BTreeMap<String, (String, String)>,
    /// What could not be codified, and why.
    pub problems: Vec<Problem>,
    /// Other resources that change with the drifted one, by address: they take their value from the same place.
    pub also: BTreeSet<String>,
}

/// Finds the edits for every attribute of a drift that was changed by hand.
pub fn patch(tree: &Tree, declared: &Declared, drift: &DriftReport, fingerprints: &Fingerprinter) -> Patch {
    let mut patch = Patch::default();
    let whole =
        |message: &str, remedy: &str| Problem::new(ProblemKind::NotSupported, &drift.address, message).remedy(remedy);
    match drift.presence {
        Presence::Present => {}
        Presence::Missing => {
            patch.problems.push(whole("it is gone", "deploy it again, or take its declaration out"));
            return patch;
        }
        Presence::Unmanaged => {
            patch.problems.push(whole("nobody declares it", "declare it, or delete it"));
            return patch;
        }
    }
    let read = |tree: &Tree| source::read(tree, declared, &Surroundings::default(), fingerprints).declarations;
    let before = read(tree);
    if !before.iter().any(|declaration| declaration.address == drift.address) {
        patch
            .problems
            .push(whole("it is not among what can be read of the declarations now", "see `driftledger declared`"));
        return patch;
    }
    let trial = Trial { tree, before, read: &read, drift };
    let mut edits: BTreeMap<String, Vec<Edit>> = BTreeMap::new();
    let changed = drift.attributes.iter().filter(|one| matches!(one.standing, Standing::Drifted | Standing::Conflict));
    for attribute in changed {
        match trial.edit(attribute) {
            Ok((file, edit, also)) => {
                patch.also.extend(also);
                let of_file = edits.entry(file).or_default();
                let is_other = |known: &Edit| known.span == edit.span && known.text != edit.text;
                if of_file.iter().any(is_other) {
                    let message = "the place from which it has its value would have to say two different ones";
                    patch.problems.push(problem(drift, attribute, message));
                } else if !of_file.contains(&edit) {
                    of_file.push(edit);
                }
            }
            Err(message) => patch.problems.push(problem(drift, attribute, &message)),
        }
    }
    for (file, mut edits) in edits {
        let Ok(before) = tree.read_text(&file) else { continue };
        edits.sort_by_key(|edit| edit.span.start);
        let after = edits.iter().rev().fold(before.clone(), |text, edit| edit.apply(&text));
        patch.files.insert(file, (before, after));
    }
    patch
}

fn problem(drift: &DriftReport, attribute: &AttributeReport, message: &str) -> Problem {
    let scope = format!("{} {}", drift.address, attribute.path);
    let problem = Problem::new(ProblemKind::NotSupported, scope, message);
    let problem = problem.at(place(attribute));
    let shown = |value: &Option<Json>| value.as_ref().map_or_else(|| "nothing".to_owned(), Json::to_string);
    if attribute.sensitive {
        return problem.remedy("write it where the secret is kept");
    }
    problem.remedy(format!("declare {} in the place of {} by hand", shown(&attribute.live), shown(&attribute.declared)))
}

fn place(attribute: &AttributeReport) -> Option<Location> {
    let source = attribute.source.as_ref()?;
    Some(Location::new(source.file.as_str(), source.line, source.column?))
}

/// Tries edits out.
struct Trial<'a, R> {
    tree: &'a Tree,
    before: Vec<Declaration>,
    read: &'a R,
    drift: &'a DriftReport,
}

impl<R: Fn(&Tree) -> Vec<Declaration>> Trial<'_, R> {
    /// The edit for an attribute, its file, and the addresses of others that change with it.
    fn edit(&self, attribute: &AttributeReport) -> Result<(String, Edit, Vec<String>), String> {
        if attribute.sensitive {
            return Err("it is a secret, of which only a fingerprint is known".to_owned());
        }
        if attribute.basis != Basis::default() {
            return Err("it is not declared: `driftledger accept` takes it as right".to_owned());
        }
        let (Some(declared), Some(at)) = (&attribute.declared, place(attribute)) else {
            return Err("nobody declares it, and where it belongs is not known".to_owned());
        };
        let Some(live) = &attribute.live else { return Err("it is not there any more".to_owned()) };
        let text = self.tree.read_text(&at.file).map_err(|error| error.to_string())?;
        let edit = rewrite(&text, &at, declared, live).map_err(|obstacle: Obstacle| obstacle.to_string())?;
        let after = (self.read)(&self.tree.edited([(at.file.to_string(), edit.apply(&text))]));
        let also = self.tried(&after, live)?;
        Ok((at.file.to_string(), edit, also))
    }

    /// Whether the declarations after an edit say what is live, and who else says something else than before.
    fn tried(&self, after: &[Declaration], live: &Json) -> Result<Vec<String>, String> {
        let mut also = Vec::new();
        let mut is_done = false;
        let wanted = Value::from_json(live).as_scalar_text();
        for declaration in &self.before {
            let same = |other: &&Declaration| {
                (&other.resource_type, &other.address) == (&declaration.resource_type, &declaration.address)
            };
            let Some(now) = after.iter().find(same) else {
                return Err(format!("{} would not be declared any more", declaration.address));
            };
            let changed = changed_leaves(&declaration.attributes, &now.attributes);
            if declaration.address != self.drift.address {
                also.extend((!changed.is_empty()).then(|| declaration.address.clone()));
            } else if !changed.is_empty() {
                is_done = changed.iter().all(|value| *value == wanted);
            }
        }
        match is_done && after.len() == self.before.len() {
            true => Ok(also),
            false => Err("rewriting what is written there would not declare what is live".to_owned()),
        }
    }
}

/// What the scalars that differ say in the second of two values.
fn changed_leaves(before: &Value, after: &Value) -> Vec<Option<String>> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    leaves(before, &mut Vec::new(), &mut old);
    leaves(after, &mut Vec::new(), &mut new);
    let places: BTreeSet<&Vec<String>> = old.keys().chain(new.keys()).collect();
    let differing = places.into_iter().filter(|place| old.get(*place) != new.get(*place));
    differing.map(|place| new.get(place).cloned().flatten()).collect()
}

/// The scalars of a value by their place. Its depth is that of a declaration, which is bounded where it is read.
fn leaves(value: &Value, place: &mut Vec<String>, found: &mut BTreeMap<Vec<String>, Option<String>>) {
    let mut within = |step: String, member: &Value| {
        place.push(step);
        leaves(member, place, found);
        place.pop();
    };
    match &value.kind {
        Kind::Object(members) => members.iter().for_each(|(name, member)| within(name.clone(), member)),
        Kind::List(items) => items.iter().enumerate().for_each(|(at, item)| within(at.to_string(), item)),
        _ => {
            found.insert(place.clone(), value.as_scalar_text());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::tests::sample;

    /// An attribute: path, place, declared and live.
    type Row<'a> = (&'a str, (&'a str, u32, u32), Json, Json);

    fn drift(address: &str, attributes: &[Row<'_>]) -> DriftReport {
        let mut drift = DriftReport::from(&sample("shop", address, 2, 4));
        let template = drift.attributes[0].clone();
        drift.attributes = attributes
            .iter()
            .map(|(path, (file, line, column), declared, live)| AttributeReport {
                path: path.parse().unwrap(),
                declared: Some(declared.clone()).filter(|value| !value.is_null()),
                live: Some(live.clone()).filter(|value| !value.is_null()),
                standing: Standing::Drifted,
                source: Some(crate::report::SourceReport {
                    file: (*file).to_owned(),
                    line: *line,
                    column: Some(*column),
                }),
                ..template.clone()
            })
            .collect();
        drift
    }

    fn codified(declared: &str, files: &[(&str, &str)], drift: &DriftReport) -> Patch {
        let declared: Declared = serde_yaml::from_str(declared).unwrap();
        let tree = Tree::memory(files.iter().copied());
        patch(&tree, &declared, drift, &Fingerprinter::new(*b"key"))
    }

    const TERRAFORM: &str = "{ kind: terraform, path: infra }";
    const MAIN: &str = "variable \"rate\" { default = 10 }\nvariable \"size\" {}\n\
        resource \"aws_ssm_parameter\" \"a\" {\n  name = \"/a\"\n  type = \"String\"\n  insecure_value = var.rate\n}\n\
        resource \"aws_ssm_parameter\" \"b\" {\n  name = \"/b\"\n  type = \"String\"\n  insecure_value = var.rate\n}\n\
        resource \"aws_ssm_parameter\" \"c\" {\n  name = \"/c\"\n  type = \"String\"\n  insecure_value = \"x-${var.size}\"\n}\n";
    const VALUES: &str = "size = \"small\"\n";
    const FILES: [(&str, &str); 2] = [("infra/main.tf", MAIN), ("infra/terraform.tfvars", VALUES)];

    #[test]
    fn a_default_is_edited_and_whoever_shares_it_is_named() {
        let drift = drift("aws_ssm_parameter.a", &[("Value", ("infra/main.tf", 1, 29), json!("10"), json!("99"))]);
        let patch = codified(TERRAFORM, &FILES, &drift);
        assert_eq!(patch.problems, []);
        let (_, after) = &patch.files["infra/main.tf"];
        assert_eq!(after.lines().next(), Some("variable \"rate\" { default = 99 }"));
        assert_eq!(patch.also.into_iter().collect::<Vec<_>>(), ["aws_ssm_parameter.b"]);
    }

    #[test]
    fn what_cannot_be_codified_is_said_with_its_place_and_the_rest_is() {
        let place = ("infra/main.tf", 16, 20);
        let computed = ("Value", place, json!("x-small"), json!("x-large"));
        let gone = ("Type", ("infra/main.tf", 15, 10), json!("String"), Json::Null);
        let added = ("Description", place, Json::Null, json!("hello"));
        let patch = codified(TERRAFORM, &FILES, &drift("aws_ssm_parameter.c", &[computed, gone, added]));
        let told: Vec<String> =
            patch.problems.iter().map(|problem| format!("{}: {}", problem.scope, problem.message)).collect();
        assert_eq!(
            told,
            [
                "aws_ssm_parameter.c Value: the value is computed there, by an expression",
                "aws_ssm_parameter.c Type: it is not there any more",
                "aws_ssm_parameter.c Description: nobody declares it, and where it belongs is not known",
            ]
        );
        assert!(patch.files.is_empty());
    }

    #[test]
    fn a_literal_that_does_not_make_the_value_is_not_touched() {
        // The number is there, and makes the name.
        let wrong = ("Value", ("infra/main.tf", 4, 10), json!("/a"), json!("/z"));
        let patch = codified(TERRAFORM, &FILES, &drift("aws_ssm_parameter.b", &[wrong]));
        assert!(patch.files.is_empty());
        assert!(patch.problems[0].message.contains("would not declare what is live"), "{:?}", patch.problems);
    }

    #[test]
    fn a_manifest_and_a_template_are_edited_with_their_comments_kept() {
        const MANIFEST: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: shop }\n\
                                data:\n  rate: \"10\" # a minute\n  size: small\n";
        let rate = ("data.rate", ("deploy/a.yaml", 5, 9), json!("10"), json!("99"));
        let size = ("data.size", ("deploy/a.yaml", 6, 9), json!("small"), json!("true"));
        let patch = codified(
            "{ kind: kubernetes, path: deploy }",
            &[("deploy/a.yaml", MANIFEST)],
            &drift("ConfigMap/shop/a", &[rate, size]),
        );
        assert_eq!(patch.problems, []);
        let expect = MANIFEST.replace("\"10\"", "\"99\"").replace("small", "\"true\"");
        assert_eq!(patch.files["deploy/a.yaml"].1, expect);

        const TEMPLATE: &str = "Parameters:\n  Rate: { Type: Number, Default: 10 } # a minute\n\
                                Resources:\n  P:\n    Type: AWS::SSM::Parameter\n    \
                                Properties: { Name: /p, Type: String, Value: !Ref Rate }\n";
        let value = ("Value", ("p.yaml", 2, 34), json!("10"), json!("99"));
        let patch = codified("{ kind: cloudformation, path: p.yaml }", &[("p.yaml", TEMPLATE)], &drift("P", &[value]));
        assert_eq!(patch.problems, []);
        assert_eq!(patch.files["p.yaml"].1, TEMPLATE.replace("10", "99"));
    }

    #[test]
    fn a_secret_and_a_resource_that_is_gone_are_refused() {
        let mut secret = drift("aws_ssm_parameter.a", &[("Value", ("infra/main.tf", 1, 29), json!("10"), json!("99"))]);
        secret.attributes[0].sensitive = true;
        let patch = codified(TERRAFORM, &FILES, &secret);
        assert!(patch.files.is_empty() && patch.problems[0].message.contains("secret"));
        let mut gone = drift("aws_ssm_parameter.a", &[]);
        gone.presence = Presence::Missing;
        assert_eq!(codified(TERRAFORM, &FILES, &gone).problems[0].message, "it is gone");
    }
}
