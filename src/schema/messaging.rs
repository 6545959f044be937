//! Facts about queues, topics, event buses and streams.

use super::fact::{Fact, Filler, Order, Says, Spelling, fact};

/// Amazon Data Firehose API reference, `ProcessorParameter`.
const PROCESSOR_DEFAULTS: Filler = Filler {
    key: "ParameterName",
    value: "ParameterValue",
    defaults: &[("NumberOfRetries", &["3"]), ("BufferSizeInMBs", &["1"]), ("BufferIntervalInSeconds", &["60"])],
};

pub(super) const FACTS: &[Fact] = &[
    fact(&["AWS::Events::Rule"], &["EventPattern"], Says::Json(Order::Free)),
    fact(&["AWS::Events::Rule"], &["State"], Says::Default("ENABLED")),
    fact(&["AWS::Events::Rule"], &["EventBusName"], Says::Default("default")),
    fact(&["AWS::Events::Rule"], &["Targets.*.Input"], Says::Json(Order::Kept)),
    fact(&["AWS::Events::Archive"], &["EventPattern"], Says::Json(Order::Free)),
    fact(&["AWS::Pipes::Pipe"], &["SourceParameters.FilterCriteria.Filters.*.Pattern"], Says::Json(Order::Free)),
    fact(&["AWS::SNS::Subscription"], &["FilterPolicy"], Says::Json(Order::Free)),
    fact(&["AWS::SNS::Subscription"], &["DeliveryPolicy", "RedrivePolicy"], Says::Json(Order::Kept)),
    fact(&["AWS::SNS::Topic"], &["DataProtectionPolicy"], Says::Json(Order::Kept)),
    fact(&["AWS::SQS::Queue"], &["RedrivePolicy", "RedriveAllowPolicy"], Says::Json(Order::Free)),
    fact(
        &["AWS::KinesisFirehose::DeliveryStream"],
        &["**.ProcessingConfiguration.Processors.*.Parameters"],
        Says::KeyedBy(&["ParameterName"]),
    ),
    fact(
        &["AWS::KinesisFirehose::DeliveryStream"],
        &["**.ProcessingConfiguration.Processors.*.Parameters"],
        Says::FillsIn(&PROCESSOR_DEFAULTS),
    ),
    fact(
        &["AWS::SES::ConfigurationSetEventDestination"],
        &["EventDestination.MatchingEventTypes.*"],
        Says::Spelling(Spelling::LetterCase),
    ),
];
