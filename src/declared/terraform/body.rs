//! Nested blocks, and the blocks that `dynamic` makes.

use std::collections::BTreeMap;

use hcl_edit::structure::{Block, Body};

use super::evaluator::Evaluator;
use super::fault::{Eval, Fault};
use super::module::Written;
use super::operators::derived;
use super::resources::META_BLOCKS;
use super::scope::{Frame, Names, Repetition, Scope};
use super::source::Place;
use super::value::{MappingKind, Value};

/// How many blocks one `dynamic` may make.
const MAX_BLOCKS: usize = 4_096;

/// The blocks of one name, as far as they are known.
#[derive(Default)]
struct Made {
    blocks: Vec<Value>,
    /// What decides how many more there are.
    unknown: Option<Value>,
    sensitive: bool,
}

impl<'p> Evaluator<'p> {
    /// The blocks of one name as a list of objects; unknown as a whole if their number is.
    pub(super) fn nested_blocks(
        &self,
        blocks: &[Written<'p, Block>],
        names: &Names<'p>,
        repetition: &Repetition,
    ) -> Eval {
        let mut made = Made::default();
        for block in blocks {
            let scope = Scope { names, source: block.source, repetition, frame: None };
            self.make(block.node, scope, &mut made)?;
        }
        let place = blocks.first().map(|block| Place::of(block.source, &block.node.ident));
        Ok(Value { place, ..made.finish() })
    }

    fn make(&self, block: &Block, scope: Scope<'_, 'p>, made: &mut Made) -> Eval<()> {
        if block.has_ident("dynamic") {
            self.make_dynamic(block, scope, made)
        } else if !block.labels.is_empty() {
            Err(labelled(Place::of(scope.source, &block.ident)))
        } else {
            made.blocks.push(self.block_object(&block.body, Place::of(scope.source, &block.ident), scope)?);
            Ok(())
        }
    }

    /// `dynamic "name" { for_each = … iterator = … content { … } }`.
    fn make_dynamic(&self, block: &Block, scope: Scope<'_, 'p>, made: &mut Made) -> Eval<()> {
        let place = || Place::of(scope.source, &block.ident);
        let missing = |what: &str| Fault::expression(place(), format!("the dynamic block has no {what}"));
        let name = block.labels.first().ok_or_else(|| missing("label"))?.as_str();
        let for_each = &block.body.get_attribute("for_each").ok_or_else(|| missing("for_each"))?.value;
        let content = block.body.get_blocks("content").next().ok_or_else(|| missing("content"))?;
        let iterator = block.body.get_attribute("iterator").and_then(|iterator| iterator.value.as_variable());
        let iterator = iterator.map_or(name, |iterator| iterator.as_str());
        if block.body.has_attribute("labels") {
            return Err(labelled(place()));
        }
        let collection = self.eval(for_each, scope)?;
        made.sensitive |= collection.sensitive;
        let pairs = self.pairs(&collection).map_err(|message| Self::fault(scope, for_each, message))?;
        let Some(pairs) = pairs else {
            made.unknown = Some(collection);
            return Ok(());
        };
        if pairs.len() > MAX_BLOCKS {
            return Err(Fault::limit(place(), format!("the dynamic block makes more than {MAX_BLOCKS} blocks")));
        }
        for (key, value) in pairs {
            let frame =
                Frame { name: iterator, value: Value::object([("key", key), ("value", value)]), parent: scope.frame };
            made.blocks.push(self.block_object(
                &content.body,
                Place::of(scope.source, &content.ident),
                scope.with(&frame),
            )?);
        }
        Ok(())
    }

    /// A block as an object. An argument that cannot be evaluated is a problem of its own.
    fn block_object(&self, body: &Body, place: Place, scope: Scope<'_, 'p>) -> Eval {
        let mut members = BTreeMap::new();
        let mut nested: BTreeMap<&str, Made> = BTreeMap::new();
        for attribute in body.attributes() {
            let value = self.eval(&attribute.value, scope).unwrap_or_else(|fault| self.give_up(&fault));
            let value = value.placed(|| Place::of(scope.source, &attribute.value));
            if !value.is_null() {
                members.insert(attribute.key.as_str().to_owned(), value);
            }
        }
        for block in body.blocks() {
            let label = block.labels.first().map_or("", |label| label.as_str());
            let name = if block.has_ident("dynamic") { label } else { block.ident.as_str() };
            if META_BLOCKS.contains(&name) {
                continue;
            }
            self.make(block, scope, nested.entry(name).or_default())?;
        }
        members.extend(nested.into_iter().map(|(name, made)| (name.to_owned(), made.finish())));
        Ok(Value::mapping(MappingKind::Block, members).placed(|| place))
    }
}

/// No AWS provider has nested blocks with labels. Without them a block would be another one.
fn labelled(place: Place) -> Box<Fault> {
    Fault::limit(place, "nested blocks with labels are not supported")
}

impl Made {
    fn finish(self) -> Value {
        match self.unknown {
            Some(unknown) => derived(&[&unknown]),
            None => Value::list(self.blocks),
        }
        .marked(self.sensitive)
    }
}
