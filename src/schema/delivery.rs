//! Facts about pipelines and deployments.

use super::fact::{Fact, Says, fact};

pub(super) const FACTS: &[Fact] = &[
    fact(&["AWS::CodePipeline::Pipeline"], &["Stages", "Stages.*.Actions"], Says::Ordered),
    fact(&["AWS::ImageBuilder::ImageRecipe"], &["Components"], Says::Ordered),
    fact(&["AWS::Scheduler::Schedule"], &["Target.EcsParameters.PlacementStrategy"], Says::Ordered),
];
