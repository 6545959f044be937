//! The intrinsic functions, one a function, in a table. Sources: "Intrinsic function reference" of the
//! CloudFormation template reference, and of `AWS::LanguageExtensions`.

use base64::Engine as _;
use ipnet::IpNet;

use super::Context;
use super::evaluate::{Evaluated, Evaluator, Secrets, Stop, check_dynamic};
use super::nested;
use super::sub::{self, Piece};
use super::template::Template;
use crate::model::{Kind, Value};

type Function = fn(&mut Evaluator<'_>, &Value) -> Result<Evaluated, Stop>;

const FUNCTIONS: [(&str, Function); 13] = [
    ("Ref", reference),
    ("Fn::GetAtt", get_att),
    ("Fn::Sub", substitute),
    ("Fn::Join", join),
    ("Fn::Select", select),
    ("Fn::Split", split),
    ("Fn::FindInMap", find_in_map),
    ("Fn::Base64", base64),
    ("Fn::Cidr", cidr),
    ("Fn::Length", length),
    ("Fn::ToJsonString", to_json_string),
    ("Fn::ImportValue", import_value),
    ("Fn::GetAZs", get_azs),
];

/// Functions whose results only the service knows, by the beginning of their names, and why.
const ONLY_THE_SERVICE: [(&str, &str); 3] = [
    ("Fn::Transform", "a macro expands it when deploying"),
    ("Fn::ForEach::", "a loop that the service expands when deploying"),
    ("Fn::GetStackOutput", "the output of another stack is known when deploying"),
];

/// Partitions: how the names of their regions begin, their names, and what `AWS::URLSuffix` is in them (partition
/// metadata of the AWS SDKs). A region of no other row is in the first.
const PARTITIONS: [(&str, &str, &str); 8] = [
    ("", "aws", "amazonaws.com"),
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
];

/// The most networks that `Fn::Cidr` makes: "the number of CIDRs to generate. Valid range is between 1 and 256".
const MAX_NETWORKS: usize = 256;

/// Calls a function with its argument as it is written.
pub(super) fn call(evaluator: &mut Evaluator<'_>, name: &str, argument: &Value) -> Result<Evaluated, Stop> {
    if let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
        return function(evaluator, argument);
    }
    match only_the_service(name) {
        Some(reason) => Err(Stop::unknown(reason)),
        None => Stop::misuse(format!("there is no function {name}")),
    }
}

/// Why the result of a function is not known here, if it is one of those.
pub(super) fn only_the_service(name: &str) -> Option<&'static str> {
    ONLY_THE_SERVICE.iter().find(|(beginning, _)| name.starts_with(beginning)).map(|(_, reason)| *reason)
}

fn reference(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let name = evaluator.name(argument)?;
    name_of(evaluator, &name)
}

/// What a name stands for: a pseudo parameter, a parameter, or the identifier of a resource.
fn name_of(evaluator: &mut Evaluator<'_>, name: &str) -> Result<Evaluated, Stop> {
    if name.starts_with("AWS::") {
        return pseudo(evaluator, name);
    }
    if let Some(parameter) = evaluator.parameters.get(name).cloned() {
        let walked = evaluator.walk(&parameter.value, Secrets::Plain)?;
        return Ok(Evaluated { value: walked.value, secret: parameter.secret });
    }
    if !evaluator.template.resources.contains_key(name) {
        let message = || format!("{name} is neither a parameter nor a resource of this template");
        return Err(missing(evaluator.template, name, message));
    }
    match evaluator.unit.bound(name).and_then(|bound| bound.identifier.clone()) {
        Some(identifier) => Ok(Value::from(identifier).into()),
        None => Err(evaluator.unbound(name, None)),
    }
}

/// Why a resource is not there: it is what the expansion could not make, which is told already, or a mistake.
fn missing(template: &Template, name: &str, mistake: impl FnOnce() -> String) -> Stop {
    match template.may_make(name) {
        true => Stop::unknown(format!("whether {name} is made is known after the service has expanded the template")),
        false => Stop::Misuse(mistake()),
    }
}

fn attribute_of(evaluator: &mut Evaluator<'_>, name: &str, attribute: &str) -> Result<Evaluated, Stop> {
    let template = evaluator.template;
    let Some(resource) = template.resources.get(name) else {
        return Err(missing(template, name, || format!("{name} is not a resource of this template")));
    };
    let is_stack = resource.get("Type").and_then(Value::as_str) == Some(nested::STACK);
    if let Some(output) = attribute.strip_prefix(nested::OUTPUTS).filter(|_| is_stack)
        && let Ok(nested) = evaluator.nested(name)
    {
        return match nested.outputs.get(output) {
            Some(Evaluated { value: Value { kind: Kind::Unknown(unknown), .. }, .. }) => {
                Err(Stop::Unknown(unknown.clone()))
            }
            Some(output) => Ok(output.clone()),
            None => Stop::misuse(format!("the nested stack {name} has no output {output}")),
        };
    }
    match evaluator.unit.bound_attribute(name, attribute).cloned() {
        Some(value) => evaluator.walk(&value, Secrets::Plain),
        None => Err(evaluator.unbound(name, Some(attribute))),
    }
}

/// The value that another stack of the account and region exports under a name.
fn import_value(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let name = evaluator.name(argument)?;
    let Some(exports) = &evaluator.unit.context.exports else {
        evaluator.unit.whole.asks.borrow_mut().exports = true;
        return Err(Stop::unknown(format!("the export {name} of another stack is known when deploying")));
    };
    match exports.get(&name) {
        Some(value) => Ok(Value::from(value.as_str()).into()),
        None => Err(Stop::unknown(format!("no stack of the account and region exports {name}"))),
    }
}

/// The zones of a region, in alphabetical order; an empty text stands for the stack's own.
fn get_azs(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let context = evaluator.unit.context;
    let region = match evaluator.name(argument)? {
        own if own.is_empty() => context.region.clone(),
        region => Some(region),
    };
    let Some(region) = region else { return Err(Stop::unknown("AWS::Region is not known")) };
    match context.zones.get(&region) {
        Some(zones) => Ok(Value::list(zones.iter().map(|zone| Value::from(zone.as_str()))).into()),
        None => {
            evaluator.unit.whole.asks.borrow_mut().zones.insert(region.clone());
            Err(Stop::unknown(format!("the zones of the account in {region} are known when deploying")))
        }
    }
}

/// The partition: the one that is given, or the region's.
pub(super) fn partition(context: &Context) -> Option<String> {
    let of_region = |region: &String| {
        let known = PARTITIONS.iter().rev().find(|(beginning, ..)| region.starts_with(beginning));
        known.map(|(_, partition, _)| (*partition).to_owned())
    };
    context.partition.clone().or_else(|| context.region.as_ref().and_then(of_region))
}

fn pseudo(evaluator: &Evaluator<'_>, name: &str) -> Result<Evaluated, Stop> {
    let context = evaluator.unit.context;
    let partition = || partition(context);
    let value = match name {
        "AWS::NoValue" => return Err(Stop::NoValue),
        "AWS::AccountId" => context.account.clone(),
        "AWS::Region" => context.region.clone(),
        "AWS::Partition" => partition(),
        "AWS::URLSuffix" => partition().and_then(|partition| {
            PARTITIONS.iter().find(|(_, known, _)| *known == partition).map(|(.., suffix)| (*suffix).to_owned())
        }),
        "AWS::StackName" => context.stack_name.clone(),
        "AWS::StackId" => context.stack_id.clone(),
        "AWS::NotificationARNs" => None,
        _ => return Stop::misuse(format!("there is no pseudo parameter {name}")),
    };
    value.map(|text| Value::from(text).into()).ok_or_else(|| Stop::unknown(format!("{name} is not known")))
}

/// `A.B` or `[A, B]`; the attribute may hold dots and may be a function.
fn get_att(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let (name, attribute) = match argument.as_list() {
        Some([name, attribute]) => (evaluator.name(name)?, evaluator.name(attribute)?),
        None => match argument.as_str().and_then(|text| text.split_once('.')) {
            Some((name, attribute)) => (name.to_owned(), attribute.to_owned()),
            None => return Stop::misuse("Fn::GetAtt takes a resource and an attribute"),
        },
        Some(_) => return Stop::misuse("Fn::GetAtt takes a resource and an attribute"),
    };
    attribute_of(evaluator, &name, &attribute)
}

fn substitute(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let parts = parts_of_sub(evaluator, argument)?;
    evaluator.concatenate(parts, "")
}

/// The literals and variables of a text, each evaluated.
fn parts_of_sub(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Vec<Result<Text, Stop>>, Stop> {
    let (template, variables) = match argument.as_list() {
        None => (argument, None),
        Some([template, variables]) if variables.as_object().is_some() => (template, variables.as_object()),
        Some(_) => return Stop::misuse("Fn::Sub takes a text, or a list of a text and a mapping of variables"),
    };
    let Some(template) = template.as_str() else {
        return Stop::misuse("the text of Fn::Sub is written out, not made by a function");
    };
    let pieces = sub::pieces(template).map_err(Stop::Misuse)?;
    let mut parts = Vec::with_capacity(pieces.len());
    for piece in pieces {
        parts.push(match piece {
            Piece::Literal(text) => Ok(Text { text: text.to_owned(), secret: false }),
            Piece::Variable(name) => {
                let own = variables.and_then(|variables| variables.get(name));
                let result = match (own, name.split_once('.')) {
                    (Some(node), _) => evaluator.walk(node, Secrets::Plain),
                    (None, Some((resource, attribute))) => attribute_of(evaluator, resource, attribute),
                    (None, None) => name_of(evaluator, name),
                };
                evaluator.as_text(result, || format!("${{{name}}} of Fn::Sub"))
            }
        });
    }
    Ok(parts)
}

fn join(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let (parts, delimiter) = parts_of_join(evaluator, argument)?;
    evaluator.concatenate(parts, &delimiter)
}

/// The items of a list that is joined, each as a text, and what stands between them.
fn parts_of_join(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<(Vec<Result<Text, Stop>>, String), Stop> {
    let Some([delimiter, list]) = argument.as_list() else {
        return Stop::misuse("Fn::Join takes a delimiter and a list");
    };
    let delimiter = evaluator.name(delimiter)?;
    let items = evaluator.items(list, "Fn::Join")?;
    let parts = items.into_iter().map(|item| evaluator.as_text(Ok(item), || "an item of Fn::Join".to_owned()));
    Ok((parts.collect(), delimiter))
}

fn select(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let Some([index, list]) = argument.as_list() else {
        return Stop::misuse("Fn::Select takes an index and a list");
    };
    let index = evaluator.name(index)?;
    let Ok(index) = index.trim().parse::<usize>() else {
        return Stop::misuse("the index of Fn::Select is not a whole number");
    };
    let items = match evaluator.items(list, "Fn::Select") {
        Err(stop @ Stop::Unknown(_)) => return known_piece(evaluator, list, index).ok_or(stop),
        items => items?,
    };
    let length = items.len();
    let Some(item) = items.into_iter().nth(index) else {
        return Stop::misuse(format!("Fn::Select takes item {index} of a list of {length}"));
    };
    match item.value.kind {
        Kind::Unknown(unknown) => Err(Stop::Unknown(unknown)),
        _ => Ok(item),
    }
}

/// A piece of a text that is split and not known to its end, if the piece lies before what is not known.
fn known_piece(evaluator: &mut Evaluator<'_>, list: &Value, index: usize) -> Option<Evaluated> {
    let [delimiter, text] = list.get("Fn::Split")?.as_list()? else { return None };
    let delimiter = evaluator.name(delimiter).ok().filter(|delimiter| !delimiter.is_empty())?;
    let (parts, between) = match (text.get("Fn::Sub"), text.get("Fn::Join")) {
        (Some(sub), _) => (parts_of_sub(evaluator, sub).ok()?, String::new()),
        (None, join) => parts_of_join(evaluator, join?).ok()?,
    };
    let count = parts.len();
    let known: Vec<_> = parts.into_iter().map_while(Result::ok).collect();
    let secret = known.iter().any(|part| part.secret);
    let mut beginning = known.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(&between);
    if known.len() < count && !known.is_empty() {
        beginning.push_str(&between);
    }
    // The last piece goes on in what is not known.
    let (pieces, _) = beginning.rsplit_once(&delimiter)?;
    let piece = pieces.split(&delimiter).nth(index)?;
    evaluator.charge(piece.len()).ok()?;
    Some(Evaluated { value: Value::from(piece), secret })
}

fn split(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let Some([delimiter, text]) = argument.as_list() else {
        return Stop::misuse("Fn::Split takes a delimiter and a text");
    };
    let delimiter = evaluator.name(delimiter)?;
    if delimiter.is_empty() {
        return Stop::misuse("the delimiter of Fn::Split is empty");
    }
    let Text { text, secret } = evaluator.text(text)?;
    let items: Vec<Value> = text.split(&delimiter).map(Value::from).collect();
    evaluator.charge(items.len().saturating_mul(size_of::<Value>()).saturating_add(text.len()))?;
    Ok(Evaluated { value: Value::list(items), secret })
}

fn find_in_map(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let (keys, default) = match argument.as_list() {
        Some([map, top, second]) => ([map, top, second], None),
        Some([map, top, second, options]) => ([map, top, second], options.get("DefaultValue")),
        _ => return Stop::misuse("Fn::FindInMap takes a mapping, two keys, and optionally a DefaultValue"),
    };
    let mut names = Vec::with_capacity(keys.len());
    for key in keys {
        names.push(evaluator.name(key)?);
    }
    let template = evaluator.template;
    let found = names.split_first().and_then(|(map, keys)| {
        template.mappings.get(map).and_then(|mapping| mapping.at_keys(keys.iter().map(String::as_str)))
    });
    let Some(found) = found.or(default) else {
        return Stop::misuse(format!("there is no {} in the mappings", names.join(".")));
    };
    evaluator.walk(found, Secrets::Plain)
}

fn base64(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let Text { text, secret } = evaluator.text(argument)?;
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    evaluator.charge(encoded.len())?;
    Ok(Evaluated { value: Value::from(encoded), secret })
}

/// `[block, count, bits]`: the first networks of a block that leave so many bits to their hosts.
fn cidr(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let (block, count, bits) = match argument.as_list() {
        Some([block, count, bits]) => (block, count, bits),
        Some([_, _]) => return Err(Stop::unknown("Fn::Cidr without the number of bits")),
        _ => return Stop::misuse("Fn::Cidr takes a block, a count and a number of bits"),
    };
    let block = evaluator.name(block)?;
    let Ok(block) = block.parse::<IpNet>() else {
        return Stop::misuse(format!("{block} is not a network"));
    };
    let count = evaluator.name(count)?.parse::<usize>().ok().filter(|count| (1..=MAX_NETWORKS).contains(count));
    let bits = evaluator.name(bits)?.parse::<u8>().ok();
    let length = bits.and_then(|bits| block.max_prefix_len().checked_sub(bits));
    let (Some(count), Some(length)) = (count, length) else {
        return Stop::misuse("the count of Fn::Cidr is 1 to 256, its bits fewer than an address has");
    };
    let networks: Vec<Value> = match block.subnets(length) {
        Ok(networks) => networks.take(count).map(|network| Value::from(network.to_string())).collect(),
        Err(_) => Vec::new(),
    };
    if networks.len() < count {
        return Stop::misuse(format!("{block} has no {count} networks of {length} bits"));
    }
    Ok(Value::list(networks).into())
}

fn length(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let items = evaluator.items(argument, "Fn::Length")?;
    Ok(Value::from(i64::try_from(items.len()).unwrap_or(i64::MAX)).into())
}

/// Compact JSON with the members in the order in which the template has them.
fn to_json_string(evaluator: &mut Evaluator<'_>, argument: &Value) -> Result<Evaluated, Stop> {
    let Evaluated { value, secret } = evaluator.given(argument)?;
    if !matches!(value.kind, Kind::Object(_) | Kind::List(_)) {
        return Stop::misuse("Fn::ToJsonString takes an object or a list");
    }
    if value.has_unknown() {
        return Err(Stop::unknown("a part of the JSON text is not known"));
    }
    if value.has_sensitive() {
        return Err(Stop::unknown("a part of the JSON text is a secret of another resource"));
    }
    let text = as_written(&value).to_string();
    evaluator.finished(Text { text, secret })
}

/// JSON in the order of the template: places grow with it, whatever the order of the keys.
fn as_written(value: &Value) -> serde_json::Value {
    match &value.kind {
        Kind::List(items) => items.iter().map(as_written).collect(),
        Kind::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(_, a), (_, b)| a.at.cmp(&b.at));
            members.into_iter().map(|(key, member)| (key.clone(), as_written(member))).collect()
        }
        _ => value.to_json(),
    }
}

/// A text in the making, and whether a secret went into it.
#[derive(Clone)]
struct Text {
    text: String,
    secret: bool,
}

impl Evaluator<'_> {
    /// An argument that has to be a text, a number or a boolean.
    fn text(&mut self, node: &Value) -> Result<Text, Stop> {
        let result = self.walk(node, Secrets::Plain);
        self.as_text(result, || "an argument that has to be a text".to_owned())
    }

    /// A name, key or number: a text that problems may quote, hence not a secret one.
    fn name(&mut self, node: &Value) -> Result<String, Stop> {
        let result = self.walk(node, Secrets::Plain);
        self.as_name(result, || "an argument that has to be a text".to_owned())
    }

    /// As [`Evaluator::name`], of what is evaluated already.
    pub(super) fn as_name(&self, result: Result<Evaluated, Stop>, what: impl Fn() -> String) -> Result<String, Stop> {
        let Text { text, secret } = self.as_text(result, what)?;
        if secret { Err(Stop::unknown("it hangs on a secret")) } else { Ok(text) }
    }

    /// An argument that has to be there.
    fn given(&mut self, node: &Value) -> Result<Evaluated, Stop> {
        match self.walk(node, Secrets::Plain) {
            Err(Stop::NoValue) => Stop::misuse("an argument is AWS::NoValue"),
            result => result,
        }
    }

    fn as_text(&self, result: Result<Evaluated, Stop>, what: impl Fn() -> String) -> Result<Text, Stop> {
        let Evaluated { value, secret } = match result {
            Ok(evaluated) => evaluated,
            Err(Stop::NoValue) => return Stop::misuse(format!("{} is AWS::NoValue", what())),
            Err(stop) => return Err(stop),
        };
        match value.kind {
            Kind::Unknown(unknown) => Err(Stop::Unknown(unknown)),
            Kind::Sensitive(_) => Err(Stop::unknown("a part of it is a secret of another resource")),
            _ => match value.as_scalar_text() {
                Some(text) => Ok(Text { text, secret }),
                None => Stop::misuse(format!("{} is a list or an object", what())),
            },
        }
    }

    /// The items of an argument that has to be a list, without those that stand for no value.
    pub(super) fn items(&mut self, node: &Value, function: &str) -> Result<Vec<Evaluated>, Stop> {
        if let Some(items) = node.as_list() {
            let mut evaluated = Vec::with_capacity(items.len());
            for item in items {
                let settled = self.settle(item, Secrets::Plain);
                // Nobody can say how many items there are, nor which is the second.
                if let Some(Evaluated { value: Value { kind: Kind::Unknown(unknown), .. }, .. }) = &settled
                    && may_be_no_value(item)
                {
                    return Err(Stop::Unknown(unknown.clone()));
                }
                evaluated.extend(settled);
            }
            return Ok(evaluated);
        }
        let Evaluated { value, secret } = self.given(node)?;
        match value.kind {
            Kind::List(items) => Ok(items.into_iter().map(|value| Evaluated { value, secret }).collect()),
            Kind::Unknown(unknown) => Err(Stop::Unknown(unknown)),
            _ => Stop::misuse(format!("{function} takes a list")),
        }
    }

    /// One text of several. A part that is not known makes the whole unknown; alone it keeps what it refers to.
    fn concatenate(&mut self, parts: Vec<Result<Text, Stop>>, delimiter: &str) -> Result<Evaluated, Stop> {
        let is_alone = parts.len() == 1;
        let mut whole = Text { text: String::new(), secret: false };
        for (position, part) in parts.into_iter().enumerate() {
            let part = part.map_err(|stop| match stop {
                Stop::Unknown(unknown) if !is_alone => Stop::unknown(unknown.reason),
                stop => stop,
            })?;
            let delimiter = if position == 0 { "" } else { delimiter };
            self.charge(delimiter.len() + part.text.len())?;
            whole.text.push_str(delimiter);
            whole.text.push_str(&part.text);
            whole.secret |= part.secret;
        }
        self.finished(whole)
    }

    /// A text that a function has made; it can spell a dynamic reference that its parts did not.
    fn finished(&mut self, Text { text, secret }: Text) -> Result<Evaluated, Stop> {
        self.charge(text.len())?;
        check_dynamic(&text)?;
        Ok(Evaluated { value: Value::from(text), secret })
    }
}

/// Whether an item can turn out to be none: a choice, one branch of which is `AWS::NoValue`.
fn may_be_no_value(node: &Value) -> bool {
    let is_no_value = |node: &Value| node.get("Ref").and_then(Value::as_str) == Some("AWS::NoValue");
    match node.get("Fn::If").and_then(Value::as_list) {
        Some([_, then, otherwise]) => {
            [then, otherwise].into_iter().any(|branch| is_no_value(branch) || may_be_no_value(branch))
        }
        _ => false,
    }
}
