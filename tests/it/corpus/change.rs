//! Every change by hand that a live model allows, one at a time: the generator of the mutation test. It knows nothing
//! of the comparison and its tables.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

/// A step from the resource to the place of a change.
#[derive(Clone, Debug)]
pub enum Step {
    /// A member.
    Key(String),
    /// The item at a position of the live list, and the declared item that it is the echo of.
    Item(usize, Json),
}

/// One change.
#[derive(Debug)]
pub struct Change {
    /// What kind of change.
    pub kind: &'static str,
    /// Where. Of something added it is where that stands in the changed model.
    pub place: Vec<Step>,
    /// The live model with it.
    pub live: Json,
}

/// All changes of what a resource declares and live echoes.
pub fn all(declared: &Json, live: &Json) -> Vec<Change> {
    let mut found = Vec::new();
    let mut generator = Generator { place: Vec::new(), found: &mut found };
    generator.node(declared, live, &mut |changed| changed);
    found
}

struct Generator<'a> {
    place: Vec<Step>,
    found: &'a mut Vec<Change>,
}

/// Puts a changed part back into the whole.
type Whole<'a> = &'a mut dyn FnMut(Json) -> Json;

impl Generator<'_> {
    fn emit(&mut self, kind: &'static str, changed: Json, whole: Whole<'_>) {
        self.found.push(Change { kind, place: self.place.clone(), live: whole(changed) });
    }

    fn below(&mut self, step: Step, go: impl FnOnce(&mut Self)) {
        self.place.push(step);
        go(self);
        self.place.pop();
    }

    fn node(&mut self, declared: &Json, live: &Json, whole: Whole<'_>) {
        match (declared, live) {
            (Json::Object(members), _) if members.contains_key("Fn::Unknown") => {}
            (Json::Object(members), Json::Object(echoed)) => self.object(members, echoed, whole),
            (Json::Array(items), Json::Array(echoed)) => self.list(items, echoed, whole),
            (Json::Object(_) | Json::Array(_), Json::String(text)) => {
                if let Some(document) = parsed(text) {
                    self.node(declared, &document, &mut |changed| whole(changed.to_string().into()));
                }
            }
            (Json::String(text), Json::String(echo)) => match (parsed(text), parsed(echo)) {
                (Some(written), Some(document)) => {
                    self.node(&written, &document, &mut |changed| whole(changed.to_string().into()));
                }
                _ => self.text(Some(text), echo, whole),
            },
            (Json::String(text), Json::Object(_) | Json::Array(_)) => {
                if let Some(written) = parsed(text) {
                    self.node(&written, live, whole);
                }
            }
            (_, Json::String(echo)) => self.text(None, echo, whole),
            (_, Json::Bool(on)) => self.emit("boolean flipped", json!(!on), whole),
            (_, Json::Number(number)) => {
                let number = number.as_f64().unwrap_or_default();
                self.emit("number", in_digits(number + 1.0), whole);
            }
            _ => {}
        }
    }

    fn text(&mut self, declared: Option<&str>, echo: &str, whole: Whole<'_>) {
        self.emit("text replaced", json!("zz-by-hand"), whole);
        if echo.is_empty() {
            return;
        }
        self.emit("prefix", json!(format!("zz{echo}")), whole);
        self.emit("suffix", json!(format!("{echo}9")), whole);
        self.emit("suffix after a dot", json!(format!("{echo}.9")), whole);
        for other in [echo.to_uppercase(), echo.to_lowercase()] {
            // What the declaration says is no change of it.
            if other != echo && declared != Some(other.as_str()) {
                self.emit("letter case", json!(other), whole);
            }
        }
        if let Ok(number) = echo.parse::<i64>() {
            self.emit("number in a text", json!((number + 1).to_string()), whole);
        }
        if let Ok(on) = echo.parse::<bool>() {
            self.emit("boolean in a text", json!((!on).to_string()), whole);
        }
    }

    fn object(&mut self, members: &Map<String, Json>, echoed: &Map<String, Json>, whole: Whole<'_>) {
        let with = |key: &str, member: Option<Json>| {
            let mut changed = echoed.clone();
            match member {
                Some(member) => drop(changed.insert(key.to_owned(), member)),
                None => drop(changed.remove(key)),
            }
            Json::Object(changed)
        };
        let tags = self.in_tags();
        for (key, member) in members {
            let Some(echo) = echoed.get(key).filter(|echo| !echo.is_null()) else { continue };
            if key == "Fn::Unknown" || is_unknown(member) || (tags && key.starts_with("aws:")) {
                continue;
            }
            self.below(Step::Key(key.clone()), |below| {
                let is_property = below.place.len() == 1 && !member.is_object() && !member.is_array();
                let kind = match (tags, is_property) {
                    (true, _) => "tag removed",
                    (_, true) => "property not returned",
                    _ => "member removed",
                };
                if !is_empty(member) {
                    below.emit(kind, with(key, None), whole);
                }
                below.node(member, echo, &mut |changed| whole(with(key, Some(changed))));
            });
        }
        if tags || self.at("Variables") {
            let kind = if tags { "tag added" } else { "variable added" };
            let added = "AddedByHand";
            self.below(Step::Key(added.to_owned()), |below| below.emit(kind, with(added, Some(json!("x"))), whole));
        }
        if echoed.contains_key("Effect") && echoed.contains_key("Action") {
            self.statement(echoed, whole);
        }
    }

    /// What somebody may do to a statement of a policy besides changing what stands there.
    fn statement(&mut self, statement: &Map<String, Json>, whole: Whole<'_>) {
        let mut put = |generator: &mut Self, kind, key: &str, member: Json| {
            let mut changed = statement.clone();
            changed.insert(key.to_owned(), member);
            generator.below(Step::Key(key.to_owned()), |below| below.emit(kind, Json::Object(changed), whole));
        };
        let more = |member: &Json, added: &str| {
            let mut items = member.as_array().cloned().unwrap_or_else(|| vec![member.clone()]);
            items.push(json!(added));
            Json::Array(items)
        };
        for key in ["Action", "Resource"] {
            if let Some(member) = statement.get(key).filter(|member| !is_unknown(member)) {
                put(self, "policy action or resource added", key, more(member, "s3:AddedByHand"));
                put(self, "policy action or resource changed", key, json!("*:ByHand"));
            }
        }
        let effect = if statement.get("Effect") == Some(&json!("Allow")) { "Deny" } else { "Allow" };
        put(self, "policy effect", "Effect", json!(effect));
        if let Some(principal) = statement.get("Principal").filter(|principal| !is_unknown(principal)) {
            put(self, "policy principal", "Principal", json!({"AWS": "arn:aws:iam::999999999999:root"}));
            if let Json::Object(kinds) = principal {
                let mut added = kinds.clone();
                added.insert("Federated".into(), json!("by-hand.example"));
                put(self, "policy principal", "Principal", Json::Object(added));
            }
        }
        let mut conditions = statement.get("Condition").and_then(Json::as_object).cloned().unwrap_or_default();
        conditions.insert("IpAddress".into(), json!({"aws:SourceIp": "192.0.2.0/24"}));
        put(self, "policy condition added", "Condition", Json::Object(conditions));
    }

    fn list(&mut self, items: &[Json], echoed: &[Json], whole: Whole<'_>) {
        let tags = self.in_tags();
        for (mine, at) in pairs(items, echoed) {
            let (Some(item), Some(echo)) = (items.get(mine), echoed.get(at)) else { continue };
            let with = |changed: Option<Json>| {
                let mut list = echoed.to_vec();
                match (changed, list.get_mut(at)) {
                    (Some(changed), Some(place)) => *place = changed,
                    _ => drop(list.remove(at)),
                }
                Json::Array(list)
            };
            self.below(Step::Item(at, item.clone()), |below| {
                below.emit(if tags { "tag removed" } else { "item removed" }, with(None), whole);
                below.node(item, echo, &mut |changed| whole(with(Some(changed))));
            });
        }
        if let Some(item) = echoed.first().filter(|_| !items.is_empty() && !items.iter().any(is_unknown)) {
            let added = by_hand(item, tags);
            let mut list = echoed.to_vec();
            list.push(added);
            let kind = if tags { "tag added" } else { "item added" };
            self.below(Step::Item(echoed.len(), Json::Null), |below| below.emit(kind, Json::Array(list), whole));
        }
    }

    fn at(&self, name: &str) -> bool {
        matches!(self.place.last(), Some(Step::Key(key)) if key == name)
    }

    /// Whether the place is a collection of tags: a list of `Key` and `Value`, or a map.
    fn in_tags(&self) -> bool {
        matches!(self.place.last(), Some(Step::Key(key)) if key.ends_with("Tags") && key != "TargetTags")
    }
}

/// An item as somebody would add it: every text in it is another one, so that it is none of those that are there.
fn by_hand(item: &Json, tag: bool) -> Json {
    match item {
        Json::Object(_) if tag => json!({"Key": "AddedByHand", "Value": "x"}),
        Json::Object(members) => members.iter().map(|(key, member)| (key.clone(), by_hand(member, false))).collect(),
        Json::Array(items) => items.iter().map(|item| by_hand(item, false)).collect(),
        Json::String(text) => json!(format!("{text}-by-hand")),
        Json::Number(number) => in_digits(number.as_f64().unwrap_or_default() + 7.0),
        other => other.clone(),
    }
}

/// Which declared item is echoed by which live one: the likest first, each at most once.
fn pairs(items: &[Json], echoed: &[Json]) -> Vec<(usize, usize)> {
    let all = items
        .iter()
        .enumerate()
        .flat_map(|(mine, item)| echoed.iter().enumerate().map(move |(at, echo)| (alike(item, echo), mine, at)));
    let mut scored: Vec<_> = all.filter(|(score, ..)| *score > 0).collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.cmp(b)));
    let (mut mine_taken, mut echo_taken) = (BTreeSet::new(), BTreeSet::new());
    let mut free = |(_, mine, at): &(usize, usize, usize)| {
        !mine_taken.contains(mine) && !echo_taken.contains(at) && mine_taken.insert(*mine) && echo_taken.insert(*at)
    };
    scored.into_iter().filter(|one| free(one)).map(|(_, mine, at)| (mine, at)).collect()
}

fn alike(item: &Json, echo: &Json) -> usize {
    match (item, echo) {
        (Json::Object(members), Json::Object(echoed)) => {
            members.iter().filter_map(|(key, member)| Some(alike(member, echoed.get(key)?))).sum()
        }
        (Json::Array(items), Json::Array(echoed)) => {
            items.iter().map(|item| echoed.iter().map(|echo| alike(item, echo)).max().unwrap_or(0)).sum()
        }
        (Json::Null, _) => 0,
        (Json::String(a), Json::String(b)) => usize::from(a == b),
        (Json::String(text), other) | (other, Json::String(text)) => {
            let other = other.to_string();
            usize::from(*text == other)
        }
        (a, b) => usize::from(a == b),
    }
}

fn in_digits(number: f64) -> Json {
    let text = number.to_string();
    serde_json::from_str(&text).unwrap_or_else(|_| json!(number))
}

fn parsed(text: &str) -> Option<Json> {
    text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

fn is_unknown(value: &Json) -> bool {
    value.get("Fn::Unknown").is_some()
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => false,
    }
}
