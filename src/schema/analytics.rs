//! Facts about data processing.

use super::fact::{Fact, Says, Spelling, fact};

const RECIPE_PARAMETERS: &[(&str, &str)] = &[
    ("sourceColumn", "SourceColumn"),
    ("sourceColumns", "SourceColumns"),
    ("targetColumn", "TargetColumn"),
    ("pattern", "Pattern"),
    ("value", "Value"),
];

pub(super) const FACTS: &[Fact] = &[
    fact(&["AWS::DataBrew::Recipe"], &["Steps"], Says::Ordered),
    fact(
        &["AWS::EMR::Step", "AWS::EMR::Cluster"],
        &["**.HadoopJarStep.Args", "**.ScriptBootstrapAction.Args"],
        Says::Ordered,
    ),
    // Declared as in the list of recipe steps, answered with a capital letter.
    fact(&["AWS::DataBrew::Recipe"], &["Steps.*.Action.Parameters"], Says::Renames(RECIPE_PARAMETERS)),
    fact(&["AWS::MSK::Configuration"], &["ServerProperties"], Says::Spelling(Spelling::Properties)),
    fact(&["AWS::SageMaker::Model"], &["**.ContainerEntrypoint", "**.ContainerArguments"], Says::Ordered),
    // Columns are positions in the files of a table.
    fact(&["AWS::Glue::Table"], &["TableInput.StorageDescriptor.Columns", "TableInput.PartitionKeys"], Says::Ordered),
    fact(
        &["AWS::Glue::Table", "AWS::Glue::Database"],
        &["TableInput.Parameters", "DatabaseInput.Parameters"],
        Says::Verbatim,
    ),
];
