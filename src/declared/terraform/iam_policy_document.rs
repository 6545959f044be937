//! `data.aws_iam_policy_document`: the JSON that the AWS provider makes of its blocks.
//!
//! Follows the provider's `iam_policy_document_data_source.go` and `iam_policy_model.go`: a list of one becomes a
//! text, other lists are sorted downwards, `&{…}` becomes `${…}`, documents are merged by statement id.

use std::collections::BTreeMap;

use super::convert;
use super::export;
use super::json::{Json, Layout};
use super::operators::derived;
use super::value::{Content, Value};

/// The version that a document has unless it says otherwise.
const DEFAULT_VERSION: &str = "2012-10-17";

/// A policy document.
#[derive(Default)]
struct Document {
    version: String,
    id: String,
    statements: Vec<Statement>,
}

/// A statement, with the members that JSON has, already in JSON.
#[derive(Default)]
struct Statement {
    sid: String,
    effect: String,
    /// `Action`, `NotAction`, `Resource`, `NotResource`, `Principal`, `NotPrincipal`, `Condition`, by name.
    members: BTreeMap<&'static str, Json>,
}

/// The members of a statement in the order in which the provider writes them.
const MEMBERS: [&str; 7] = ["Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"];

/// The JSON of a document, from the arguments and blocks of its data source.
pub(super) fn evaluate(arguments: &Value, layout: Layout) -> Result<Value, String> {
    // The arguments are an object of lists of blocks; blocks count as unknown, so each member is asked by itself.
    if let Some(unknown) = find_unknown(arguments) {
        return Ok(derived(&[&unknown]).marked(arguments.has_sensitive()));
    }
    let mut merged = Document::default();
    for source in texts(arguments, "source_json")?.into_iter().chain(texts(arguments, "source_policy_documents")?) {
        let document = parse(&source)?;
        for statement in &document.statements {
            refuse_twin(&merged, statement)?;
        }
        merged.merge(document);
    }
    merged.merge(own(arguments, &merged)?);
    let overrides = texts(arguments, "override_policy_documents")?;
    for document in overrides.into_iter().chain(texts(arguments, "override_json")?) {
        merged.merge(parse(&document)?);
    }
    Ok(Value::text(merged.json().write(layout)).marked(arguments.has_sensitive()))
}

/// The first unknown value anywhere in the arguments.
fn find_unknown(value: &Value) -> Option<Value> {
    match &value.content {
        Content::Unknown(_) | Content::Handle(_) => Some(value.clone()),
        Content::Sequence(_, items) => items.all().iter().find_map(find_unknown),
        Content::Mapping(_, members) => members.all().values().find_map(find_unknown),
        _ => None,
    }
}

/// Statement ids of source documents and the document itself must differ; only overrides may replace.
fn refuse_twin(merged: &Document, statement: &Statement) -> Result<(), String> {
    if !statement.sid.is_empty() && merged.statements.iter().any(|known| known.sid == statement.sid) {
        return Err("two statements have the same sid".to_owned());
    }
    Ok(())
}

/// The document that the data source's own blocks make.
fn own(arguments: &Value, sources: &Document) -> Result<Document, String> {
    let text = |name| texts(arguments, name).map(|texts| texts.into_iter().next());
    let version = text("version")?.unwrap_or_else(|| DEFAULT_VERSION.to_owned());
    let mut document = Document { id: text("policy_id")?.unwrap_or_default(), version, statements: Vec::new() };
    for block in blocks(arguments, "statement") {
        let statement = own_statement(block, &document.version)?;
        refuse_twin(sources, &statement)?;
        refuse_twin(&document, &statement)?;
        document.statements.push(statement);
    }
    Ok(document)
}

fn own_statement(block: &Value, version: &str) -> Result<Statement, String> {
    let text = |name| texts(block, name).map(|texts| texts.into_iter().next());
    let mut statement = Statement {
        sid: text("sid")?.unwrap_or_default(),
        effect: text("effect")?.unwrap_or_else(|| "Allow".to_owned()),
        members: BTreeMap::new(),
    };
    let lists = [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ];
    for (argument, member) in lists {
        let mut items = unique(texts(block, argument)?);
        if member.ends_with("Resource") {
            items = with_variables(items, version)?;
        }
        if !items.is_empty() {
            statement.members.insert(member, one_or_many(descending(items)));
        }
    }
    for (name, member) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(principals) = principals(block, name, version)? {
            statement.members.insert(member, principals);
        }
    }
    if let Some(conditions) = conditions(block, version)? {
        statement.members.insert("Condition", conditions);
    }
    Ok(statement)
}

/// `principals { type = … identifiers = […] }`.
fn principals(block: &Value, name: &str, version: &str) -> Result<Option<Json>, String> {
    let mut by_type: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for principal in blocks(block, name) {
        let kind = texts(principal, "type")?.into_iter().next().ok_or("a principal has no type")?;
        let identifiers = with_variables(unique(texts(principal, "identifiers")?), version)?;
        by_type.entry(kind).or_default().extend(descending(identifiers));
    }
    if by_type.is_empty() {
        return Ok(None);
    }
    // The provider makes "*" of {"*": "*"} and of nothing else: for roles, {"AWS": "*"} means something different.
    if by_type.len() == 1 && by_type.get("*").is_some_and(|identifiers| identifiers == &["*"]) {
        return Ok(Some(Json::text("*")));
    }
    Ok(Some(Json::Object(by_type.into_iter().map(|(kind, items)| (kind, one_or_many(items))).collect())))
}

/// `condition { test = … variable = … values = […] }`.
fn conditions(block: &Value, version: &str) -> Result<Option<Json>, String> {
    let mut by_test: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for condition in blocks(block, "condition") {
        let one = |name| texts(condition, name)?.into_iter().next().ok_or_else(|| format!("a condition has no {name}"));
        let (test, variable) = (one("test")?, one("variable")?);
        let values = with_variables(all_texts(condition, "values")?, version)?;
        by_test.entry(test).or_default().entry(variable).or_default().extend(values);
    }
    let by_variable = |variables: BTreeMap<String, Vec<String>>| {
        Json::Object(variables.into_iter().map(|(variable, values)| (variable, one_or_many(values))).collect())
    };
    let tests = by_test.into_iter().map(|(test, variables)| (test, by_variable(variables)));
    let tests: Vec<(String, Json)> = tests.collect();
    Ok((!tests.is_empty()).then_some(Json::Object(tests)))
}

/// `&{…}` stands for `${…}`, which Terraform would evaluate.
fn with_variables(items: Vec<String>, version: &str) -> Result<Vec<String>, String> {
    if version == "2008-10-17" && items.iter().any(|item| item.contains("&{")) {
        return Err("variables need version 2012-10-17".to_owned());
    }
    Ok(items.into_iter().map(|item| item.replace("&{", "${")).collect())
}

fn descending(mut items: Vec<String>) -> Vec<String> {
    items.sort_by(|left, right| right.cmp(left));
    items
}

fn unique(mut items: Vec<String>) -> Vec<String> {
    items.sort();
    items.dedup();
    items
}

fn one_or_many(mut items: Vec<String>) -> Json {
    match (items.pop(), items.is_empty()) {
        (Some(only), true) => Json::text(&only),
        (Some(last), false) => Json::List(items.iter().chain([&last]).map(|item| Json::text(item)).collect()),
        (None, _) => Json::List(Vec::new()),
    }
}

/// The blocks of a name.
fn blocks<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.as_members().and_then(|members| members.get(name)).and_then(Value::as_items).unwrap_or_default()
}

/// An argument as texts: none if it is absent, one for a text, all of them for a list. Nulls do not count, and an
/// empty text is as good as none.
fn texts(value: &Value, name: &str) -> Result<Vec<String>, String> {
    Ok(all_texts(value, name)?.into_iter().filter(|text| !text.is_empty()).collect())
}

fn all_texts(value: &Value, name: &str) -> Result<Vec<String>, String> {
    let Some(value) = value.as_members().and_then(|members| members.get(name)) else { return Ok(Vec::new()) };
    let items = value.as_items().unwrap_or(std::slice::from_ref(value));
    let given = items.iter().filter(|item| !item.is_null());
    given.map(|item| convert::text(item).map_err(|message| format!("{name}: {message}"))).collect()
}

/// Reads a document that is JSON already.
fn parse(text: &str) -> Result<Document, String> {
    let json: serde_json::Value = serde_json::from_str(text).map_err(|_| "a policy document is not JSON".to_owned())?;
    let member = |json: &serde_json::Value, name: &str| {
        json.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let statements = match json.get("Statement") {
        Some(serde_json::Value::Array(statements)) => statements.clone(),
        Some(statement) => vec![statement.clone()],
        None => Vec::new(),
    };
    let statement = |json: &serde_json::Value| {
        let members = MEMBERS.into_iter().filter_map(|name| Some((name, normalised(name, json.get(name)?))));
        Statement { sid: member(json, "Sid"), effect: member(json, "Effect"), members: members.collect() }
    };
    Ok(Document {
        version: member(&json, "Version"),
        id: member(&json, "Id"),
        statements: statements.iter().map(statement).collect(),
    })
}

/// A member of a statement that came as JSON. Lists of principals are sorted as in blocks; everything else stays.
fn normalised(member: &str, json: &serde_json::Value) -> Json {
    match json {
        serde_json::Value::Object(kinds) if member.ends_with("Principal") => {
            let mut kinds: Vec<_> = kinds.iter().collect();
            kinds.sort_by_key(|(kind, _)| kind.as_str());
            let sorted = |identifiers: &serde_json::Value| match identifiers.as_array() {
                Some(items) => {
                    let items = items.iter().filter_map(|item| item.as_str()).map(str::to_owned).collect();
                    Json::List(descending(items).iter().map(|item| Json::text(item)).collect())
                }
                None => Json::of(&export::from_json(identifiers)),
            };
            Json::Object(kinds.into_iter().map(|(kind, identifiers)| (kind.clone(), sorted(identifiers))).collect())
        }
        _ => Json::of(&export::from_json(json)),
    }
}

impl Document {
    /// Takes in another document: its id and a later version win, a statement with a known id replaces that one.
    fn merge(&mut self, other: Self) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        if other.version > self.version {
            self.version = other.version;
        }
        for statement in other.statements {
            let known = self.statements.iter_mut().find(|known| !known.sid.is_empty() && known.sid == statement.sid);
            match known {
                Some(known) => *known = statement,
                None => self.statements.push(statement),
            }
        }
    }

    fn json(self) -> Json {
        let texts = [("Version", self.version), ("Id", self.id)];
        let mut members: Vec<(String, Json)> = present(texts);
        let statements = self.statements.into_iter().map(Statement::json).collect();
        members.push(("Statement".to_owned(), Json::List(statements)));
        Json::Object(members)
    }
}

impl Statement {
    fn json(mut self) -> Json {
        let mut members = present([("Sid", self.sid), ("Effect", self.effect)]);
        for name in MEMBERS {
            if let Some(member) = self.members.remove(name) {
                members.push((name.to_owned(), member));
            }
        }
        Json::Object(members)
    }
}

fn present<const N: usize>(texts: [(&str, String); N]) -> Vec<(String, Json)> {
    let present = texts.into_iter().filter(|(_, text)| !text.is_empty());
    present.map(|(name, text)| (name.to_owned(), Json::text(&text))).collect()
}
