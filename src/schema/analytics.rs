//! Facts about data processing.

use super::fact::{Fact, Says};

const fn fact(types: &'static [&'static str], paths: &'static [&'static str], says: Says) -> Fact {
    Fact { types, paths, says }
}

pub(super) const FACTS: &[Fact] = &[
    fact(&["AWS::DataBrew::Recipe"], &["Steps"], Says::Ordered),
    // Columns are positions in the files of a table.
    fact(&["AWS::Glue::Table"], &["TableInput.StorageDescriptor.Columns", "TableInput.PartitionKeys"], Says::Ordered),
    fact(
        &["AWS::Glue::Table", "AWS::Glue::Database"],
        &["TableInput.Parameters", "DatabaseInput.Parameters"],
        Says::Verbatim,
    ),
];
