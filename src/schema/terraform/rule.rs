//! What a mapping table is made of. Data only: [`super::interpret`] says what it means.

use std::collections::BTreeMap;

use super::Context;
use super::security_group_rules::Direction;
use crate::model::Value;

/// How one Terraform type becomes a canonical one.
pub(super) struct Mapping {
    /// Terraform's type.
    pub terraform: &'static str,
    /// The canonical type.
    pub canonical: &'static str,
    /// The attributes that hold what `Ref` returns; the first that is set counts.
    pub identifier: &'static [&'static str],
    /// How the type keeps its tags.
    pub tags: Tags,
    /// What becomes of the attributes.
    pub rules: &'static [Rule],
    /// What the mapped properties are made into.
    pub produce: Produce,
}

/// How a canonical type keeps its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    /// It has none.
    None,
    /// `Tags` is a list of `{Key, Value}`.
    List,
    /// `Tags` is a map.
    Map,
    /// A list of `{Key, Value}` under another name.
    Named(&'static str),
    /// `TagSpecifications` has one for each kind of thing that gets tags; the resource itself is of this kind.
    Specification(&'static str),
}

impl Tags {
    /// What becomes of the attribute `tags`; [`super::tags`] is the code.
    pub fn rules(self) -> &'static [Rule] {
        match self {
            Self::None => &[],
            _ => &[Rule::Code(&["tags"])],
        }
    }

    /// The property that holds them.
    pub const fn property(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::List | Self::Map => Some("Tags"),
            Self::Named(property) => Some(property),
            Self::Specification(_) => Some("TagSpecifications"),
        }
    }
}

/// What the mapped properties are made into.
#[derive(Clone, Copy, Debug)]
pub(super) enum Produce {
    /// The resource itself.
    Resource,
    /// An instance, whose root device may have to get its name from the last deployment.
    Instance,
    /// An inline policy, whose generated name is that of the last deployment.
    InlinePolicy,
    /// One rule of a security group, with protocol and ports brought to one spelling.
    GroupRule(Direction),
    /// A rule of a security group for every source.
    GroupRules,
    /// The resource itself, after code did what no table can say.
    Finished(fn(&mut BTreeMap<String, Value>, &Origin<'_>)),
    /// A resource of another type where an attribute is set.
    Either {
        /// The attribute.
        set: &'static str,
        /// The other type.
        canonical: &'static str,
    },
    /// The resource, and a resource of its own for the policy that is written inside it.
    WithPolicy(&'static InsidePolicy),
    /// What code makes of the properties.
    Parts(fn(Properties, &Origin<'_>) -> Vec<Part>),
}

/// Properties by name.
pub(super) type Properties = BTreeMap<String, Value>;

/// One of the canonical resources that a Terraform resource is.
#[derive(Debug)]
pub(super) struct Part {
    /// Its canonical type.
    pub resource_type: &'static str,
    /// The attribute of the Terraform resource that it is made of; `None`: it is the resource itself, or nothing but a
    /// member of another one.
    pub attribute: Option<&'static str>,
    /// Its properties.
    pub properties: Properties,
}

impl Part {
    /// The resource itself.
    pub fn whole(resource_type: &'static str, properties: Properties) -> Self {
        Self { resource_type, attribute: None, properties }
    }
}

/// A policy that Terraform lets be written inside a resource, and that is a resource of its own in the canonical model.
///
/// The table maps the attribute `policy` to a property of the name that the document has in the policy's type.
#[derive(Debug)]
pub(super) struct InsidePolicy {
    /// The policy's type.
    pub resource_type: &'static str,
    /// Its property with the document.
    pub document: &'static str,
    /// Its property that names what it belongs to.
    pub names: Names,
    /// The attribute that holds the name.
    pub by: &'static str,
}

/// How a policy names what it belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Names {
    /// By this property.
    One(&'static str),
    /// By this property, a list.
    Several(&'static str),
}

/// What the properties of a resource were made of.
pub(super) struct Origin<'a> {
    /// Its attributes under Terraform's names.
    pub attributes: &'a BTreeMap<String, Value>,
    /// What surrounds it.
    pub context: &'a Context<'a>,
}

/// What becomes of an attribute.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// It is a property.
    Property {
        /// Its name in Terraform.
        from: &'static str,
        /// The property; a `.` leads into an object.
        to: &'static str,
        /// How the value changes.
        shape: Shape,
    },
    /// Where it is set, a property has a value of its own: a condition with a `host_header` has the field `host-header`.
    Given {
        /// Its name in Terraform.
        from: &'static str,
        /// The property.
        to: &'static str,
        /// The property's value.
        value: Literal,
    },
    /// The service knows them, and the canonical model has no property for them: what is declared is not verifiable.
    Uncovered(&'static [&'static str]),
    /// They say how Terraform works, and no service knows of them.
    TerraformOnly(&'static [&'static str]),
    /// They are answers of the service, never declared.
    Computed(&'static [&'static str]),
    /// They are read by code: that of [`Produce`], or that of tags.
    Code(&'static [&'static str]),
}

/// A value that a table gives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Literal {
    /// A text.
    Text(&'static str),
    /// A boolean.
    Flag(bool),
}

/// How a value changes on its way to the canonical model. `null` is left out in all of them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Code makes the property, the one of [`Produce::Finished`].
    ByCode,
    /// A text; an empty one is Terraform's spelling of "not set".
    Text,
    /// A text that a person wrote, where empty is a value like any other.
    FreeText,
    /// A number, also where it is written as a text.
    Number,
    /// A number, where one value means "not set".
    NumberUnless(i64),
    /// A boolean, also where it is written as a text.
    Flag,
    /// A boolean that is written as a text; an empty one is "not set".
    FlagText,
    /// Names for values: `true` is `ENABLED`.
    Choice(&'static [(&'static str, &'static str)]),
    /// A list of texts.
    Texts,
    /// A list of texts, where an empty one is Terraform's spelling of "not set".
    SomeTexts,
    /// A list of texts that become objects with one member: `x` is `{Ipv6Address: x}`.
    Wrapped(&'static str),
    /// A single text where the canonical model has a list; with a name, of objects with that one member.
    Listed(Option<&'static str>),
    /// A text that becomes one item of a list: an object with the text under the first name, and the fixed text under
    /// the second.
    Item(&'static str, (&'static str, &'static str)),
    /// A scalar that is an item `{Key, Value}` of a list of attributes, under this key; an empty text is "not set".
    Entry(&'static str),
    /// A map with free keys and text values.
    Map,
    /// A map with text values that becomes a list of pairs with these two member names.
    Pairs(&'static str, &'static str),
    /// A map with number values that becomes a list of pairs with these two member names.
    NumberPairs(&'static str, &'static str),
    /// A text of JSON that becomes the document.
    Document,
    /// What code makes of the value.
    Code(fn(&Value) -> Option<Value>),
    /// A block that stands at most once and becomes an object. Where the property has no name, what is in the block
    /// goes where the block would.
    Block(&'static [Rule]),
    /// A block that may stand several times and becomes a list of objects.
    Blocks(&'static [Rule]),
    /// The same, where none is Terraform's spelling of "not set".
    SomeBlocks(&'static [Rule]),
    /// Blocks of which code makes one or several objects each, from what the table made of them; none is "not set".
    Expanded(&'static [Rule], fn(Properties) -> Vec<Properties>),
    /// A block that may stand several times, with a key and a value, and becomes a member of an object.
    Keyed(&'static str, &'static str),
    /// ECS container definitions: a text of JSON with the API's `camelCase` names.
    Containers,
    /// An instance's user data: a plain text, or in a state the digest of one.
    UserData,
    /// The rules of a security group: one for every source of every block.
    GroupRules(Direction),
}

/// Attributes that every type may have: the ids, and what steers Terraform.
pub(super) const OF_EVERY_TYPE: &[Rule] =
    &[Rule::Computed(&["id", "arn", "tags_all"]), Rule::TerraformOnly(&["timeouts", "region"])];

/// A [`Rule::Given`] with a text.
pub(super) const fn given(from: &'static str, to: &'static str, value: &'static str) -> Rule {
    Rule::Given { from, to, value: Literal::Text(value) }
}

/// A [`Rule::Given`] with a boolean.
pub(super) const fn given_flag(from: &'static str, to: &'static str, value: bool) -> Rule {
    Rule::Given { from, to, value: Literal::Flag(value) }
}

/// A property of any shape.
const fn property(from: &'static str, to: &'static str, shape: Shape) -> Rule {
    Rule::Property { from, to, shape }
}

macro_rules! shorthands {
    ($($name:ident => $shape:expr, $doc:literal;)*) => {
        $(#[doc = $doc] pub(super) const fn $name(from: &'static str, to: &'static str) -> Rule {
            property(from, to, $shape)
        })*
    };
}

shorthands! {
    by_code => Shape::ByCode, "A [`Shape::ByCode`].";
    text => Shape::Text, "A [`Shape::Text`].";
    free_text => Shape::FreeText, "A [`Shape::FreeText`].";
    number => Shape::Number, "A [`Shape::Number`].";
    flag => Shape::Flag, "A [`Shape::Flag`].";
    flag_text => Shape::FlagText, "A [`Shape::FlagText`].";
    texts => Shape::Texts, "A [`Shape::Texts`].";
    some_texts => Shape::SomeTexts, "A [`Shape::SomeTexts`].";
    map => Shape::Map, "A [`Shape::Map`].";
    document => Shape::Document, "A [`Shape::Document`].";
    containers => Shape::Containers, "A [`Shape::Containers`].";
    user_data => Shape::UserData, "A [`Shape::UserData`].";
}

/// A [`Shape::NumberUnless`].
pub(super) const fn number_unless(unset: i64, from: &'static str, to: &'static str) -> Rule {
    property(from, to, Shape::NumberUnless(unset))
}

/// A [`Shape::Choice`].
pub(super) const fn choice(
    from: &'static str,
    to: &'static str,
    names: &'static [(&'static str, &'static str)],
) -> Rule {
    property(from, to, Shape::Choice(names))
}

/// A [`Shape::Wrapped`].
pub(super) const fn wrapped(from: &'static str, to: &'static str, member: &'static str) -> Rule {
    property(from, to, Shape::Wrapped(member))
}

/// A [`Shape::Listed`] of texts.
pub(super) const fn listed(from: &'static str, to: &'static str) -> Rule {
    property(from, to, Shape::Listed(None))
}

/// A [`Shape::Listed`] of objects.
pub(super) const fn listed_in(from: &'static str, to: &'static str, member: &'static str) -> Rule {
    property(from, to, Shape::Listed(Some(member)))
}

/// A [`Shape::Entry`].
pub(super) const fn entry(from: &'static str, to: &'static str, key: &'static str) -> Rule {
    property(from, to, Shape::Entry(key))
}

/// A [`Shape::Pairs`].
pub(super) const fn pairs(from: &'static str, to: &'static str, key: &'static str, value: &'static str) -> Rule {
    property(from, to, Shape::Pairs(key, value))
}

/// A [`Shape::NumberPairs`].
pub(super) const fn number_pairs(from: &'static str, to: &'static str, key: &'static str, value: &'static str) -> Rule {
    property(from, to, Shape::NumberPairs(key, value))
}

/// A [`Shape::Item`].
pub(super) const fn item(
    from: &'static str,
    to: &'static str,
    member: &'static str,
    beside: (&'static str, &'static str),
) -> Rule {
    property(from, to, Shape::Item(member, beside))
}

/// A [`Shape::Keyed`].
pub(super) const fn keyed(from: &'static str, to: &'static str, key: &'static str, value: &'static str) -> Rule {
    property(from, to, Shape::Keyed(key, value))
}

/// A [`Shape::Code`].
pub(super) const fn code(from: &'static str, to: &'static str, convert: fn(&Value) -> Option<Value>) -> Rule {
    property(from, to, Shape::Code(convert))
}

/// A [`Shape::Expanded`].
pub(super) const fn expanded(
    from: &'static str,
    to: &'static str,
    rules: &'static [Rule],
    expand: fn(Properties) -> Vec<Properties>,
) -> Rule {
    property(from, to, Shape::Expanded(rules, expand))
}

/// A [`Shape::Block`].
pub(super) const fn block(from: &'static str, to: &'static str, rules: &'static [Rule]) -> Rule {
    property(from, to, Shape::Block(rules))
}

/// A [`Shape::Block`] whose members go where the block stands.
pub(super) const fn inline(from: &'static str, rules: &'static [Rule]) -> Rule {
    property(from, "", Shape::Block(rules))
}

/// A [`Shape::Blocks`].
pub(super) const fn blocks(from: &'static str, to: &'static str, rules: &'static [Rule]) -> Rule {
    property(from, to, Shape::Blocks(rules))
}

/// A [`Shape::SomeBlocks`].
pub(super) const fn some_blocks(from: &'static str, to: &'static str, rules: &'static [Rule]) -> Rule {
    property(from, to, Shape::SomeBlocks(rules))
}

/// A [`Shape::GroupRules`].
pub(super) const fn group_rules(from: &'static str, direction: Direction) -> Rule {
    property(from, direction.property(), Shape::GroupRules(direction))
}
