//! Facts about pipelines and deployments.

use super::fact::{Fact, Says};

const fn fact(types: &'static [&'static str], paths: &'static [&'static str], says: Says) -> Fact {
    Fact { types, paths, says }
}

pub(super) const FACTS: &[Fact] = &[
    fact(&["AWS::CodePipeline::Pipeline"], &["Stages", "Stages.*.Actions"], Says::Ordered),
    fact(&["AWS::ImageBuilder::ImageRecipe"], &["Components"], Says::Ordered),
    fact(&["AWS::Scheduler::Schedule"], &["Target.EcsParameters.PlacementStrategy"], Says::Ordered),
];
