//! The nouns of the product: what is declared, applied and live, how they differ, and who changed it.
//!
//! Data only. Nothing in here reads a file, calls a service or knows the time; every other module speaks in
//! these types, so that the pure ones in the middle (`compare`, `matching`, `gate`) can stay pure.

mod drift;
mod evidence;
mod location;
mod number;
mod ownership;
mod path;
mod problem;
mod record;
mod resource;
mod value;

pub use drift::{AttributeDrift, Basis, Drift, DriftId, Explanation, Presence, Standing, Tier, Verdict, Violation};
pub use evidence::{Actor, ActorKind, Evidence, EvidenceSource};
pub use location::Location;
pub use number::Number;
pub use ownership::{FieldOperation, FieldOwner, ManagerClass};
pub use path::{AttributePath, ParsePathError, Step};
pub use problem::{Problem, ProblemKind, Snippet};
pub use record::{
    Approval, ApprovalForm, ChangeRecord, ChangeType, CommandLine, Outcome, Reason, RecordAlias, RecordKind,
    RecordState, RecordStep, Risk, Scenario, Window,
};
pub use resource::{
    Applied, AvailabilityZone, Bindings, Bound, Declaration, Live, Provider, ResourceType, Retention, Scope, Skipped,
};
pub use value::{Fingerprint, Fingerprinter, Kind, Reference, Unknown, Value};
