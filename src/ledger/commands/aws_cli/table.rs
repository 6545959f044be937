//! The AWS CLI's commands that change something: their operations, arguments and shapes.
//!
//! The table is generated (`scripts/generate-aws-cli-commands.py`) from the package awscli (Copyright Amazon.com, Inc.
//! or its affiliates, Apache-2.0), and embedded compressed. A service is unpacked when it is first asked for. The
//! layout is described where it is written.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;

use crate::schema::inflate;

static FILE: &[u8] = include_bytes!("operations.bin");
const MAGIC: &[u8] = b"DLAC1\n";

/// The commands of one service.
#[derive(Debug)]
pub struct Service {
    structures: Vec<BTreeMap<Box<str>, Shape>>,
    operations: BTreeMap<Box<str>, Operation>,
}

/// One command.
#[derive(Debug)]
pub struct Operation {
    /// The operation that it asks for: `UpdateService`.
    pub name: Box<str>,
    /// What it takes, besides what every command does.
    pub arguments: Vec<Argument>,
}

/// One argument of a command.
#[derive(Debug)]
pub struct Argument {
    /// Its name without the dashes: `desired-count`.
    pub flag: Box<str>,
    /// The member of the operation's input that it sets: `desiredCount`.
    pub member: Box<str>,
    /// How it is written.
    pub form: Form,
}

/// How an argument is written.
#[derive(Debug)]
pub enum Form {
    /// With a value of a shape.
    Value(Shape),
    /// `--x` and `--no-x`.
    Pair,
    /// A switch that means true, or one that means false.
    Switch(bool),
    /// A structure with the single member `Value`: `--x`, `--no-x`, `--x Value=true`.
    ValuePair,
    /// A switch that makes such a structure false.
    ValueOff,
    /// A structure with the single member `Value`, a text that may be given bare.
    Bare,
    /// Code of the CLI's own.
    Custom,
}

/// The shape of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A text, a timestamp included.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// A boolean.
    Boolean,
    /// Bytes.
    Blob,
    /// Any JSON.
    Json,
    /// A list of one shape.
    List(Box<Shape>),
    /// A map from texts to one shape.
    Map(Box<Shape>),
    /// A structure, by its number in the service.
    Structure(usize),
}

#[derive(Debug, Default)]
struct Index {
    awscli: Box<str>,
    /// Sorted by name.
    services: Vec<(Box<str>, Packed)>,
}

#[derive(Debug)]
struct Packed {
    record: &'static [u8],
    length: usize,
    unpacked: OnceLock<Option<Service>>,
}

#[derive(Deserialize)]
struct Head {
    awscli: Box<str>,
    services: Vec<(Box<str>, usize, usize)>,
}

#[derive(Deserialize)]
struct Record {
    structures: Vec<BTreeMap<Box<str>, Box<str>>>,
    operations: BTreeMap<Box<str>, RecordedOperation>,
}

/// The operation, and its arguments.
type RecordedOperation = (Box<str>, Vec<Box<str>>);

/// A file that cannot be read would leave every command unknown; a test reads all of it.
static INDEX: LazyLock<Index> = LazyLock::new(|| Index::read(FILE).unwrap_or_default());

impl Index {
    fn read(file: &'static [u8]) -> Option<Self> {
        let rest = file.strip_prefix(MAGIC)?;
        let (packed, rest) = rest.split_first_chunk::<4>()?;
        let (plain, rest) = rest.split_first_chunk::<4>()?;
        let number = |bytes: &[u8; 4]| usize::try_from(u32::from_le_bytes(*bytes)).ok();
        let (index, mut rest) = rest.split_at_checked(number(packed)?)?;
        let head: Head = serde_json::from_slice(&inflate(index, number(plain)?, &[])?).ok()?;
        let mut services = Vec::new();
        for (name, packed, length) in head.services {
            let (record, behind) = rest.split_at_checked(packed)?;
            rest = behind;
            services.push((name, Packed { record, length, unpacked: OnceLock::new() }));
        }
        Some(Self { awscli: head.awscli, services })
    }
}

impl Packed {
    fn service(&self) -> Option<&Service> {
        let unpack = || {
            let record: Record = serde_json::from_slice(&inflate(self.record, self.length, &[])?).ok()?;
            Service::of(record)
        };
        self.unpacked.get_or_init(unpack).as_ref()
    }
}

/// The service with this name in the CLI; `None` for one that is not in the table.
pub fn service(name: &str) -> Option<&'static Service> {
    let at = INDEX.services.binary_search_by(|(one, _)| (**one).cmp(name)).ok()?;
    INDEX.services.get(at)?.1.service()
}

/// The names of the services, sorted.
pub fn services() -> impl Iterator<Item = &'static str> {
    INDEX.services.iter().map(|(name, _)| &**name)
}

/// The version of awscli that the table was made from.
pub fn version() -> &'static str {
    &INDEX.awscli
}

impl Service {
    fn of(record: Record) -> Option<Self> {
        let shapes = |members: BTreeMap<Box<str>, Box<str>>| {
            members.into_iter().map(|(name, shape)| Some((name, Shape::of(&shape)?))).collect()
        };
        let operations = record.operations.into_iter().map(|(command, (name, arguments))| {
            let arguments = arguments.iter().map(|argument| Argument::of(argument)).collect::<Option<_>>()?;
            Some((command, Operation { name, arguments }))
        });
        Some(Self {
            operations: operations.collect::<Option<_>>()?,
            structures: record.structures.into_iter().map(shapes).collect::<Option<_>>()?,
        })
    }

    /// The command with this name.
    pub fn operation(&self, command: &str) -> Option<&Operation> {
        self.operations.get(command)
    }

    /// Every command, sorted.
    pub fn operations(&self) -> impl Iterator<Item = (&str, &Operation)> {
        self.operations.iter().map(|(command, operation)| (&**command, operation))
    }

    /// The members of a structure.
    pub fn structure(&self, number: usize) -> Option<&BTreeMap<Box<str>, Shape>> {
        self.structures.get(number)
    }
}

impl Operation {
    /// The argument that a flag without its dashes means, and whether it is meant with `no-` before it. A part of a
    /// name is enough if no other argument starts with it.
    pub fn argument(&self, flag: &str) -> Option<(&Argument, bool)> {
        self.exactly(flag).or_else(|| {
            let mut starting = self.names().filter(|(name, ..)| name.starts_with(flag));
            let (_, argument, is_negated) = starting.next().filter(|_| starting.next().is_none())?;
            Some((argument, is_negated))
        })
    }

    fn exactly(&self, flag: &str) -> Option<(&Argument, bool)> {
        let (_, argument, is_negated) = self.names().find(|(name, ..)| name == flag)?;
        Some((argument, is_negated))
    }

    /// Every spelling of every argument.
    fn names(&self) -> impl Iterator<Item = (String, &Argument, bool)> {
        self.arguments.iter().flat_map(|argument| {
            let has_pair = matches!(argument.form, Form::Pair | Form::ValuePair);
            let negated = has_pair.then(|| (format!("no-{}", argument.flag), argument, true));
            std::iter::once((argument.flag.to_string(), argument, false)).chain(negated)
        })
    }
}

impl Argument {
    fn of(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (member, shape) = (words.next()?, words.next()?);
        let form = match shape {
            "b" => Form::Pair,
            "y" => Form::Switch(true),
            "n" => Form::Switch(false),
            "v" => Form::ValuePair,
            "w" => Form::ValueOff,
            "u" => Form::Bare,
            "*" => Form::Custom,
            shape => Form::Value(Shape::of(shape)?),
        };
        let flag = words.next().map_or_else(|| flag_of(member), str::to_owned);
        Some(Self { flag: flag.into(), member: member.into(), form })
    }
}

impl Shape {
    fn of(text: &str) -> Option<Self> {
        let mut chars = text.chars();
        let (first, rest) = (chars.next()?, chars.as_str());
        Some(match first {
            '[' => Self::List(Box::new(Self::of(rest)?)),
            '{' => Self::Map(Box::new(Self::of(rest)?)),
            '#' => Self::Structure(rest.parse().ok()?),
            _ if !rest.is_empty() => return None,
            's' => Self::Text,
            'i' => Self::Integer,
            'f' => Self::Float,
            'b' => Self::Boolean,
            'l' => Self::Blob,
            'j' => Self::Json,
            _ => return None,
        })
    }
}

/// A member's flag: `memorySize` → `memory-size`, `KMSKeyArn` → `kms-key-arn` (botocore's `xform_name`).
fn flag_of(member: &str) -> String {
    let chars: Vec<char> = member.chars().collect();
    let mut flag = String::new();
    for (position, c) in chars.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(position + 1);
        let starts_word = c.is_ascii_uppercase()
            && before.is_some_and(|before| !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase));
        if starts_word {
            flag.push('-');
        }
        flag.push(c.to_ascii_lowercase());
    }
    flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_unpacks_and_every_structure_is_there() {
        fn is_whole(service: &Service, shape: &Shape) -> bool {
            match shape {
                Shape::List(inner) | Shape::Map(inner) => is_whole(service, inner),
                Shape::Structure(number) => service.structure(*number).is_some(),
                _ => true,
            }
        }
        let mut count = 0;
        for name in services() {
            let service = service(name).unwrap_or_else(|| panic!("{name} does not unpack"));
            count += service.operations().count();
            let members = service.structures.iter().flat_map(BTreeMap::values);
            assert!(members.into_iter().all(|shape| is_whole(service, shape)), "{name}");
            for (command, operation) in service.operations() {
                for argument in &operation.arguments {
                    let found = operation.argument(&argument.flag).unwrap().0;
                    assert_eq!(found.flag, argument.flag, "{name} {command}");
                }
            }
        }
        assert!(count > 2_000, "{count} commands");
        assert!(services().collect::<Vec<_>>().is_sorted());
        println!("{count} commands of {} services, awscli {}", services().count(), version());
    }

    #[test]
    fn nothing_is_said_about_other_services_and_a_damaged_file_has_no_index() {
        assert!(service("nothing").is_none());
        assert!(service("ecs").unwrap().operation("describe-services").is_none());
        for length in [0, 3, MAGIC.len(), MAGIC.len() + 8, 100] {
            assert!(Index::read(FILE.get(..length).unwrap()).is_none(), "{length} bytes");
        }
    }

    #[test]
    fn members_are_the_flags_of_the_cli() {
        // As botocore 1.43's `xform_name(member, "-")` has them.
        let check = |member: &str, flag: &str| assert_eq!(flag_of(member), flag);
        check("memorySize", "memory-size");
        check("FunctionName", "function-name");
        check("KMSKeyArn", "kms-key-arn");
        check("DBInstanceIdentifier", "db-instance-identifier");
        check("MultiAZ", "multi-az");
        check("enableECSManagedTags", "enable-ecs-managed-tags");
        check("OKActions", "ok-actions");
    }
}
