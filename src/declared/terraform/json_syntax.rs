//! Terraform's JSON syntax: a `.tf.json` file as the HCL that says the same.
//!
//! The rest of the evaluator knows one syntax tree. So a JSON file is written as HCL, with a table that leads from
//! there back to the lines of the JSON file. What a property is depends on where it stands, as the JSON Configuration
//! Syntax page says: a block, an expression whose strings are templates, a literal, or a reference in quotes.
//! Knows which names are blocks of the language; of the blocks of resources it knows a table.

use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Template};

use crate::model::{Kind, Location, Problem, ProblemKind, Value};
use crate::yaml;

/// Arguments of the AWS provider that take one object: see the file.
const MAP_ATTRIBUTES: &str = include_str!("data/map_attributes.txt");

/// A JSON file as HCL.
pub(super) struct Translation {
    /// The HCL.
    pub text: String,
    /// The place in the JSON file of what begins at an offset of the HCL, in order.
    pub places: Vec<(usize, Location)>,
}

/// Translates a file of code.
pub(super) fn code(file: &str, text: &str) -> Result<Translation, Box<Problem>> {
    translate(file, text, Body::Root)
}

/// Translates a file of variable values, in which nothing is evaluated.
pub(super) fn values(file: &str, text: &str) -> Result<Translation, Box<Problem>> {
    translate(file, text, Body::Literal)
}

fn translate(file: &str, text: &str, body: Body<'_>) -> Result<Translation, Box<Problem>> {
    let documents = yaml::load_plain(&file.into(), text).map_err(Box::new)?;
    let wrong = |message: &str| Box::new(Problem::new(ProblemKind::Invalid, file, message));
    let [document] = documents.as_slice() else { return Err(wrong("holds no JSON document")) };
    let mut writer = Writer { text: String::new(), places: Vec::new() };
    writer.bodies(document, body).map_err(|(message, at)| {
        let problem = wrong(&message).at(at);
        Box::new(problem.excerpt(text))
    })?;
    Ok(Translation { text: writer.text, places: writer.places })
}

/// What the properties of an object are.
#[derive(Clone, Copy)]
enum Body<'t> {
    Root,
    /// A resource or data source, or a block in it, of this type.
    Resource(&'t str),
    Lifecycle,
    Dynamic(&'t str),
    Variable,
    Output,
    Module,
    Provider,
    /// The block `terraform`.
    Settings,
    /// `moved`, `import` and `removed`.
    Refactoring,
    Check,
    /// Arguments alone, whose strings are templates.
    Arguments,
    /// Arguments alone, whose strings are nothing but strings.
    Literal,
}

/// What one property is.
enum Property<'t> {
    /// Blocks with so many labels.
    Blocks(usize, Body<'t>),
    Argument(Style),
}

/// What the strings of an argument are.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    Template,
    Literal,
    /// References and types, written in quotes because JSON knows nothing else.
    Expression,
}

/// What is wrong, and where.
type Wrong = (String, Option<Location>);

impl<'t> Body<'t> {
    fn property(self, name: &str, value: &Value) -> Property<'t> {
        use Property::{Argument, Blocks};
        match (self, name) {
            (Self::Root, "variable") => Blocks(1, Body::Variable),
            (Self::Root, "output") => Blocks(1, Body::Output),
            (Self::Root, "module") => Blocks(1, Body::Module),
            (Self::Root, "provider") => Blocks(1, Body::Provider),
            (Self::Root, "locals") => Blocks(0, Body::Arguments),
            (Self::Root, "terraform") => Blocks(0, Body::Settings),
            (Self::Root, "check") => Blocks(1, Body::Check),
            (Self::Root, "moved" | "import" | "removed") => Blocks(0, Body::Refactoring),
            (Self::Resource(_), "lifecycle") | (Self::Refactoring, "lifecycle") => Blocks(0, Body::Lifecycle),
            (Self::Resource(_), "timeouts" | "connection") => Blocks(0, Body::Arguments),
            (Self::Resource(_), "provisioner") => Blocks(1, Body::Arguments),
            (Self::Resource(of), "dynamic") => Blocks(1, Body::Dynamic(of)),
            (Self::Dynamic(of), "content") => Blocks(0, Body::Resource(of)),
            (Self::Lifecycle | Self::Output, "precondition" | "postcondition")
            | (Self::Variable, "validation")
            | (Self::Check, "assert") => Blocks(0, Body::Arguments),
            (Self::Settings, "backend") => Blocks(1, Body::Literal),
            (Self::Settings, "required_providers" | "cloud") => Blocks(0, Body::Literal),
            (Self::Resource(of), _) if is_block(of, name, value) => Blocks(0, self),
            (Self::Provider, _) if is_block("aws_", name, value) => Blocks(0, Body::Provider),
            (Self::Resource(_) | Self::Module | Self::Refactoring, "provider" | "providers")
            | (Self::Resource(_) | Self::Module | Self::Output, "depends_on")
            | (Self::Lifecycle, "ignore_changes" | "replace_triggered_by")
            | (Self::Dynamic(_), "iterator")
            | (Self::Variable, "type")
            | (Self::Refactoring, "from" | "to") => Argument(Style::Expression),
            (Self::Variable | Self::Settings | Self::Literal, _)
            | (Self::Module, "source" | "version")
            | (Self::Provider, "alias" | "version")
            | (Self::Output, "description") => Argument(Style::Literal),
            _ => Argument(Style::Template),
        }
    }
}

/// Whether a property of a resource is a nested block: whether an object is, only the provider's schema tells.
fn is_block(resource_type: &str, name: &str, value: &Value) -> bool {
    let objects = match &value.kind {
        Kind::Object(_) => true,
        Kind::List(items) => !items.is_empty() && items.iter().all(|item| matches!(item.kind, Kind::Object(_))),
        _ => false,
    };
    // The attributes of every other provider for AWS are no blocks.
    objects && resource_type.starts_with("aws_") && !is_map(resource_type, name)
}

fn is_map(resource_type: &str, name: &str) -> bool {
    let of_type = format!("{resource_type}.{name}");
    let has = |wanted: &str| MAP_ATTRIBUTES.lines().any(|line| line == wanted);
    (has(name) && !has(&format!("!{of_type}"))) || has(&of_type)
}

struct Writer {
    text: String,
    places: Vec<(usize, Location)>,
}

impl Writer {
    fn mark(&mut self, value: &Value) {
        if let Some(at) = &value.at {
            self.places.push((self.text.len(), at.clone()));
        }
    }

    /// The properties of an object, or of all objects of a list, as the content of a body.
    fn bodies(&mut self, value: &Value, body: Body<'_>) -> Result<(), Wrong> {
        for object in objects(value)? {
            for (name, value) in object {
                match (body, name.as_str()) {
                    (_, "//") => {}
                    (Body::Root, "resource" | "data" | "ephemeral") => self.resources(name, value)?,
                    _ => self.property(name, value, body)?,
                }
            }
        }
        Ok(())
    }

    fn property(&mut self, name: &str, value: &Value, body: Body<'_>) -> Result<(), Wrong> {
        match body.property(name, value) {
            Property::Blocks(labels, inner) => self.labelled(name, &mut Vec::new(), labels, value, inner),
            // A root object has blocks alone, and what a later version adds is not read here.
            Property::Argument(_) if matches!(body, Body::Root) => Ok(()),
            Property::Argument(style) => {
                self.mark(value);
                self.name(name, value)?;
                self.text.push_str(" = ");
                self.value(value, style)?;
                self.text.push('\n');
                Ok(())
            }
        }
    }

    fn resources(&mut self, kind: &str, value: &Value) -> Result<(), Wrong> {
        for types in objects(value)? {
            for (resource_type, value) in types.iter().filter(|(name, _)| *name != "//") {
                let mut labels = vec![resource_type.as_str()];
                self.labelled(kind, &mut labels, 1, value, Body::Resource(resource_type))?;
            }
        }
        Ok(())
    }

    /// Blocks under labels, of which so many are still to be read.
    fn labelled<'v>(
        &mut self,
        name: &str,
        labels: &mut Vec<&'v str>,
        more: usize,
        value: &'v Value,
        body: Body<'_>,
    ) -> Result<(), Wrong> {
        for object in objects(value)? {
            if more > 0 {
                for (label, inner) in object.iter().filter(|(label, _)| *label != "//") {
                    labels.push(label);
                    self.labelled(name, labels, more - 1, inner, body)?;
                    labels.pop();
                }
                continue;
            }
            self.mark(value);
            self.name(name, value)?;
            for label in labels.iter() {
                self.text.push(' ');
                self.quoted(label);
            }
            self.text.push_str(" {\n");
            for (name, value) in object.iter().filter(|(name, _)| *name != "//") {
                self.property(name, value, body)?;
            }
            self.text.push_str("}\n");
        }
        Ok(())
    }

    fn name(&mut self, name: &str, value: &Value) -> Result<(), Wrong> {
        if hcl_edit::parser::parse_expr(name).is_ok_and(|parsed| parsed.as_variable().is_some())
            || matches!(name, "null" | "true" | "false")
        {
            self.text.push_str(name);
            return Ok(());
        }
        Err((format!("\"{name}\" is not the name of an argument or block"), value.at.clone()))
    }

    fn value(&mut self, value: &Value, style: Style) -> Result<(), Wrong> {
        self.mark(value);
        match &value.kind {
            Kind::Bool(flag) => self.text.push_str(if *flag { "true" } else { "false" }),
            Kind::Number(number) => self.text.push_str(&number.to_string()),
            Kind::String(text) => self.string(text, style).map_err(|message| (message, value.at.clone()))?,
            Kind::List(items) => {
                self.text.push('[');
                for item in items {
                    self.value(item, style)?;
                    self.text.push_str(", ");
                }
                self.text.push(']');
            }
            Kind::Object(members) => {
                self.text.push('{');
                for (name, member) in members {
                    // The names of provider configurations, of which some have a dot.
                    let style_of_name = if style == Style::Expression { Style::Literal } else { style };
                    self.string(name, style_of_name).map_err(|message| (message, member.at.clone()))?;
                    self.text.push_str(" = ");
                    self.value(member, style)?;
                    self.text.push_str(", ");
                }
                self.text.push('}');
            }
            Kind::Null | Kind::Sensitive(_) | Kind::Unknown(_) => self.text.push_str("null"),
        }
        Ok(())
    }

    fn string(&mut self, text: &str, style: Style) -> Result<(), String> {
        match style {
            Style::Literal => self.quoted(text),
            Style::Template if !text.contains("${") && !text.contains("%{") => self.quoted(text),
            Style::Template => {
                let template = hcl_edit::parser::parse_template(text);
                let template =
                    template.map_err(|error| format!("the template has a syntax error: {}", error.message()))?;
                self.template(text, &template);
            }
            Style::Expression => {
                let parsed = hcl_edit::parser::parse_expr(text);
                parsed.map_err(|error| format!("this is not an expression: {}", error.message()))?;
                self.text.push_str(text);
            }
        }
        Ok(())
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        escape(&text.replace("${", "$${").replace("%{", "%%{"), &mut self.text);
        self.text.push('"');
    }

    /// A template between quotes: what stands in its markers stays as it is, everything else is escaped.
    fn template(&mut self, text: &str, template: &Template) {
        let mut literals = Vec::new();
        literal_spans(template, &mut literals);
        self.text.push('"');
        let mut end = 0;
        for span in literals {
            self.text.push_str(text.get(end..span.start).unwrap_or_default());
            escape(text.get(span.clone()).unwrap_or_default(), &mut self.text);
            end = span.end;
        }
        self.text.push_str(text.get(end..).unwrap_or_default());
        self.text.push('"');
    }
}

/// The objects of a value that is one or a list of them.
fn objects(value: &Value) -> Result<Vec<&std::collections::BTreeMap<String, Value>>, Wrong> {
    let items = value.as_list().unwrap_or(std::slice::from_ref(value));
    items
        .iter()
        .filter(|item| !matches!(item.kind, Kind::Null))
        .map(|item| item.as_object().ok_or_else(|| ("an object is required here".to_owned(), item.at.clone())))
        .collect()
}

/// Where the literal texts of a template stand, in order.
fn literal_spans(template: &Template, spans: &mut Vec<std::ops::Range<usize>>) {
    for element in template {
        match element {
            Element::Literal(literal) => spans.extend(literal.span()),
            Element::Interpolation(_) => {}
            Element::Directive(directive) => match &**directive {
                Directive::If(directive) => {
                    literal_spans(&directive.if_expr.template, spans);
                    if let Some(other) = &directive.else_expr {
                        literal_spans(&other.template, spans);
                    }
                }
                Directive::For(directive) => literal_spans(&directive.for_expr.template, spans),
            },
        }
    }
}

/// Writes literal text as it stands between quotes; `${` must be escaped already.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
}
