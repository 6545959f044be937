//! Facts about queues, topics, event buses and streams.

use super::fact::{Fact, Filler, Says, Spelling, fact};

/// Amazon Data Firehose API reference, `ProcessorParameter`.
const PROCESSOR_DEFAULTS: Filler = Filler {
    key: "ParameterName",
    value: "ParameterValue",
    defaults: &[("NumberOfRetries", &["3"]), ("BufferSizeInMBs", &["1"]), ("BufferIntervalInSeconds", &["60"])],
};

pub(super) const FACTS: &[Fact] = &[
    fact(
        &["AWS::SQS::Queue", "AWS::SNS::Topic"],
        &["FifoQueue", "FifoTopic", "ContentBasedDeduplication"],
        Says::Default("false"),
    ),
    fact(&["AWS::Events::Rule"], &["State"], Says::Default("ENABLED")),
    fact(&["AWS::Events::Rule"], &["EventBusName"], Says::Default("default")),
    fact(&["AWS::Events::Rule", "AWS::Events::EventBus"], &["Description"], Says::EmptyIsAbsent),
    // One more beside declared ones gets the events all the same. Of a rule for which none are declared another stack
    // may declare them.
    fact(&["AWS::Events::Rule"], &["Targets"], Says::KeyedBy(&["Id"])),
    fact(&["AWS::Events::Rule"], &["Targets"], Says::EmptyIsAbsent),
    fact(&["AWS::SNS::Topic"], &["DisplayName"], Says::EmptyIsAbsent),
    fact(&["AWS::SNS::Topic"], &["DeliveryStatusLogging"], Says::KeyedBy(&["Protocol"])),
    fact(&["AWS::SNS::Subscription"], &["RawMessageDelivery"], Says::Default("false")),
    fact(&["AWS::SNS::Subscription"], &["FilterPolicyScope"], Says::Default("MessageAttributes")),
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
