//! What a module declares, by name: variables, locals, outputs, resources, module calls, providers.
//!
//! An index over syntax trees; evaluates nothing. A declaration is a stack of layers, because override files change
//! single arguments of blocks that stand elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block};

use crate::model::{Problem, ProblemKind};

use super::program::{Files, is_override};
use super::source::{Place, Source};
use super::value::{Mode, ResourceName};

/// Something that stands in a file.
pub(super) struct Written<'p, T> {
    /// The file.
    pub source: &'p Arc<Source>,
    /// The node of its syntax tree.
    pub node: &'p T,
}

impl<T> Clone for Written<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Written<'_, T> {}

impl<T: hcl_edit::Span> Written<'_, T> {
    /// Where it stands.
    pub fn place(&self) -> Place {
        Place::of(self.source, self.node)
    }
}

/// A block with the blocks of override files that change it.
#[derive(Clone)]
pub(super) struct Declared<'p> {
    layers: Vec<Written<'p, Block>>,
    place: Place,
}

impl<'p> Declared<'p> {
    /// A block as it stands.
    pub fn of(source: &'p Arc<Source>, block: &'p Block) -> Self {
        Self { layers: vec![Written { source, node: block }], place: Place::of(source, &block.ident) }
    }

    /// Where the block begins.
    pub fn place(&self) -> Place {
        self.place.clone()
    }

    /// The expression of an argument.
    pub fn argument(&self, name: &str) -> Option<Written<'p, Expression>> {
        self.layers.iter().rev().find_map(|layer| {
            let attribute = layer.node.body.get_attribute(name)?;
            Some(Written { source: layer.source, node: &attribute.value })
        })
    }

    /// All arguments, sorted by name.
    pub fn arguments(&self) -> BTreeMap<&'p str, Written<'p, Attribute>> {
        let mut arguments = BTreeMap::new();
        for layer in &self.layers {
            for attribute in layer.node.body.attributes() {
                arguments.insert(attribute.key.as_str(), Written { source: layer.source, node: attribute });
            }
        }
        arguments
    }

    /// The nested blocks under each name, in their order; a `dynamic` block stands under the name of what it makes.
    pub fn blocks(&self) -> BTreeMap<&'p str, Vec<Written<'p, Block>>> {
        let mut blocks: BTreeMap<&'p str, Vec<Written<'p, Block>>> = BTreeMap::new();
        for layer in &self.layers {
            let mut own: BTreeMap<&'p str, Vec<Written<'p, Block>>> = BTreeMap::new();
            for block in layer.node.body.blocks() {
                let made =
                    if block.has_ident("dynamic") { block.labels.first().map(|label| label.as_str()) } else { None };
                let name = made.unwrap_or(block.ident.as_str());
                own.entry(name).or_default().push(Written { source: layer.source, node: block });
            }
            blocks.extend(own);
        }
        blocks
    }

    /// The first nested block of a name, with the arguments that override files change in it: what Terraform does with
    /// `lifecycle`, while they replace the other blocks of a name as a whole.
    pub fn block(&self, name: &str) -> Option<Self> {
        let of_layer = |layer: &Written<'p, Block>| {
            let node = layer.node.body.blocks().find(|block| block.has_ident(name))?;
            Some(Written { source: layer.source, node })
        };
        let layers: Vec<_> = self.layers.iter().filter_map(of_layer).collect();
        let place = layers.first()?;
        Some(Self { place: Place::of(place.source, &place.node.ident), layers })
    }
}

/// A provider configuration as code names it: `aws` or `aws.west`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProviderName {
    /// The provider.
    pub name: String,
    /// Which of its configurations; `None`: the default one.
    pub alias: Option<String>,
}

/// What a folder declares.
#[derive(Default)]
pub(super) struct Module<'p> {
    /// `variable` blocks.
    pub variables: BTreeMap<&'p str, Declared<'p>>,
    /// The members of `locals` blocks.
    pub locals: BTreeMap<&'p str, Written<'p, Expression>>,
    /// `output` blocks.
    pub outputs: BTreeMap<&'p str, Declared<'p>>,
    /// `resource` and `data` blocks.
    pub resources: BTreeMap<ResourceName, Declared<'p>>,
    /// `module` blocks.
    pub calls: BTreeMap<&'p str, Declared<'p>>,
    /// `provider` blocks by name and alias.
    pub providers: BTreeMap<ProviderName, Declared<'p>>,
    /// `moved` blocks.
    pub moves: Vec<Written<'p, Block>>,
    /// `import` blocks.
    pub imports: Vec<Declared<'p>>,
    /// Why there may be more in the module than is known.
    pub incomplete: Option<&'p str>,
}

impl<'p> Module<'p> {
    /// The index of a folder's files.
    pub fn of(files: &'p Files, problems: &mut Vec<Problem>) -> Self {
        let mut module = Self { incomplete: files.incomplete.as_deref(), ..Self::default() };
        for parsed in &files.parsed {
            let overrides = is_override(&parsed.source.file);
            for block in parsed.body.blocks() {
                module.add(Written { source: &parsed.source, node: block }, overrides, problems);
            }
        }
        module
    }

    fn add(&mut self, block: Written<'p, Block>, overrides: bool, problems: &mut Vec<Problem>) {
        let label = |index: usize| block.node.labels.get(index).map(|label| label.as_str());
        let resource =
            |mode| Some(ResourceName { mode, resource_type: label(0)?.to_owned(), name: label(1)?.to_owned() });
        let added = match (block.node.ident.as_str(), label(0)) {
            ("locals", _) => self.add_locals(block, overrides),
            ("variable", Some(name)) => insert(&mut self.variables, name, block, overrides),
            ("output", Some(name)) => insert(&mut self.outputs, name, block, overrides),
            ("module", Some(name)) => insert(&mut self.calls, name, block, overrides),
            ("resource", _) => {
                resource(Mode::Managed).map_or(Added::Yes, |name| insert(&mut self.resources, name, block, overrides))
            }
            ("data", _) => {
                resource(Mode::Data).map_or(Added::Yes, |name| insert(&mut self.resources, name, block, overrides))
            }
            ("provider", Some(name)) => self.add_provider(name, block, overrides),
            ("moved", _) => {
                self.moves.push(block);
                Added::Yes
            }
            ("import", _) => {
                self.imports.push(Declared::of(block.source, block.node));
                Added::Yes
            }
            _ => Added::Yes,
        };
        let what = block.node.ident.as_str();
        let message = match added {
            Added::Yes => return,
            Added::Twice => format!("this {what} is declared twice; the first declaration counts"),
            Added::NothingToOverride => format!("there is no {what} that this override file could change"),
        };
        problems.push(Place::of(block.source, &block.node.ident).problem(ProblemKind::Invalid, message));
    }

    fn add_provider(&mut self, name: &str, block: Written<'p, Block>, overrides: bool) -> Added {
        let alias = block.node.body.get_attribute("alias").and_then(|alias| alias.value.as_str());
        let name = ProviderName { name: name.to_owned(), alias: alias.map(str::to_owned) };
        // A default configuration that nobody wrote is an empty one, which can be changed.
        let overrides = overrides && (name.alias.is_some() || self.providers.contains_key(&name));
        insert(&mut self.providers, name, block, overrides)
    }

    fn add_locals(&mut self, block: Written<'p, Block>, overrides: bool) -> Added {
        let mut added = Added::Yes;
        for attribute in block.node.body.attributes() {
            let name = attribute.key.as_str();
            match (self.locals.contains_key(name), overrides) {
                (true, false) => added = Added::Twice,
                (false, true) => added = Added::NothingToOverride,
                (true, true) | (false, false) => {
                    self.locals.insert(name, Written { source: block.source, node: &attribute.value });
                }
            }
        }
        added
    }
}

/// What became of a declaration.
enum Added {
    /// It was added, or changes another one.
    Yes,
    /// There is one of the same name already.
    Twice,
    /// It stands in an override file, and there is none of its name.
    NothingToOverride,
}

/// Adds a declaration, or a layer to it.
fn insert<'p, K: Ord>(
    into: &mut BTreeMap<K, Declared<'p>>,
    name: K,
    block: Written<'p, Block>,
    overrides: bool,
) -> Added {
    use std::collections::btree_map::Entry;
    match (into.entry(name), overrides) {
        (Entry::Vacant(vacant), false) => {
            vacant.insert(Declared::of(block.source, block.node));
            Added::Yes
        }
        (Entry::Vacant(_), true) => Added::NothingToOverride,
        (Entry::Occupied(mut known), true) => {
            known.get_mut().layers.push(block);
            Added::Yes
        }
        (Entry::Occupied(_), false) => Added::Twice,
    }
}
