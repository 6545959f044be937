//! Facts about Lambda.

use super::fact::{Fact, Says, Spelling, fact};

const FUNCTION: &[&str] = &["AWS::Lambda::Function"];

pub(super) const FACTS: &[Fact] = &[
    fact(FUNCTION, &["Environment.Variables"], Says::FreeForm),
    fact(FUNCTION, &["Environment.Variables"], Says::Authoritative),
    fact(FUNCTION, &["Environment.Variables.*", "Description"], Says::Verbatim),
    // Later layers overwrite files of earlier ones.
    fact(FUNCTION, &["Layers"], Says::Ordered),
    fact(FUNCTION, &["ImageConfig.Command", "ImageConfig.EntryPoint"], Says::Ordered),
    // Lambda API reference, CreateFunction.
    fact(FUNCTION, &["MemorySize"], Says::Default("128")),
    fact(FUNCTION, &["Timeout"], Says::Default("3")),
    fact(FUNCTION, &["PackageType"], Says::Default("Zip")),
    fact(FUNCTION, &["TracingConfig.Mode"], Says::Default("PassThrough")),
    fact(FUNCTION, &["EphemeralStorage.Size"], Says::Default("512")),
    fact(FUNCTION, &["Description"], Says::EmptyIsAbsent),
    fact(FUNCTION, &["VpcConfig", "VpcConfig.SubnetIds", "VpcConfig.SecurityGroupIds"], Says::EmptyIsAbsent),
    fact(&["AWS::Lambda::Alias"], &["Description"], Says::EmptyIsAbsent),
    fact(&["AWS::Lambda::Alias"], &["RoutingConfig.AdditionalVersionWeights"], Says::KeyedBy(&["FunctionVersion"])),
    fact(&["AWS::Lambda::Alias"], &["RoutingConfig.AdditionalVersionWeights"], Says::Authoritative),
    fact(&["AWS::Lambda::Url"], &["Cors.AllowHeaders.*", "Cors.ExposeHeaders.*"], Says::Spelling(Spelling::LowerCase)),
];
