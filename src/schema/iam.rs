//! Facts about IAM and KMS: which properties are policy documents, and which collections are complete.

use super::fact::{Fact, Says, fact};

const PRINCIPALS: &[&str] = &["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"];
const POLICIES: &[&str] = &["AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"];

pub(super) const FACTS: &[Fact] = &[
    fact(PRINCIPALS, &["Policies"], Says::KeyedBy(&["PolicyName"])),
    fact(PRINCIPALS, &["Policies", "ManagedPolicyArns"], Says::Authoritative),
    fact(&["AWS::IAM::User"], &["Groups"], Says::Authoritative),
    fact(PRINCIPALS, &["Path"], Says::Default("/")),
    fact(&["AWS::IAM::Role"], &["MaxSessionDuration"], Says::Default("3600")),
    fact(&["AWS::IAM::Role"], &["Description", "PermissionsBoundary"], Says::EmptyIsAbsent),
    fact(&["AWS::IAM::Role"], &["Description"], Says::Verbatim),
    fact(POLICIES, &["Description"], Says::EmptyIsAbsent),
    fact(&["AWS::KMS::Key"], &["Description"], Says::EmptyIsAbsent),
    fact(POLICIES, &["Path"], Says::Default("/")),
    // Attachments are a union over several declarations: a member that only lives is not this one's. An inline policy
    // is no attachment: whoever holds it has a copy of its own, which this declaration made or somebody by hand.
    fact(&["AWS::IAM::ManagedPolicy"], &["Roles", "Users", "Groups"], Says::OpenMembers),
];
