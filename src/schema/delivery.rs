//! Facts about pipelines and deployments.

use super::fact::{Fact, Says, fact};

pub(super) const FACTS: &[Fact] = &[
    fact(&["AWS::CodePipeline::Pipeline"], &["Stages", "Stages.*.Actions"], Says::Ordered),
    fact(&["AWS::ImageBuilder::ImageRecipe", "AWS::ImageBuilder::ContainerRecipe"], &["Components"], Says::Ordered),
    // Strategies of placement are tried in their order.
    fact(&["AWS::Scheduler::Schedule"], &["Target.EcsParameters.PlacementStrategy"], Says::Ordered),
    fact(&["AWS::Events::Rule"], &["Targets.*.EcsParameters.PlacementStrategies"], Says::Ordered),
    fact(&["AWS::Pipes::Pipe"], &["TargetParameters.EcsTaskParameters.PlacementStrategy"], Says::Ordered),
    // Whatever is supplied, the service keeps and answers JSON.
    fact(&["AWS::SSM::Document"], &["DocumentFormat"], Says::Resolves("YAML", &["JSON"])),
];
