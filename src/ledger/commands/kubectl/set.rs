//! `kubectl set`: images, variables, resources, selectors and service accounts.

use super::arguments::Arguments;
use super::resources::Type;
use crate::ledger::commands::Prediction;
use crate::ledger::commands::effects::Outcome;
use crate::ledger::commands::shell::{Word, is_known, text_value};
use crate::model::{AttributePath, Kind, Step, Value};

/// Stands in a path for every item.
const EVERY: &str = "*";

/// What `kubectl set WHAT` does to an object; `None` for a `WHAT` that is not known.
pub(super) fn outcomes(what: &str, kind: Type, arguments: &Arguments<'_>, rest: &[&Word]) -> Option<Vec<Outcome>> {
    if what == "selector" {
        let pairs = rest.iter().flat_map(|word| word.raw().split(','));
        return Some(vec![(super::path("spec.selector"), whole(pairs))]);
    }
    let pods = super::path(kind.pods()?);
    Some(match what {
        "image" => rest.iter().filter_map(|word| image(&pods, word)).collect(),
        "env" => variables(&pods, arguments, rest),
        "resources" => resources(&pods, arguments),
        "serviceaccount" | "sa" => {
            let name = rest.first().map_or(Prediction::Unspecified, |word| Prediction::of(text_value(word.raw())));
            vec![(pods.key("serviceAccountName"), name)]
        }
        _ => return None,
    })
}

/// A map that is set as a whole.
fn whole<'a>(pairs: impl Iterator<Item = &'a str>) -> Prediction {
    let pairs: Option<Vec<(&str, Value)>> = pairs
        .map(|pair| pair.split_once('=').filter(|(key, _)| is_known(key)).map(|(key, value)| (key, text_value(value))))
        .collect();
    pairs.map_or(Prediction::Unspecified, |pairs| Prediction::of(Value::object(pairs)))
}

/// The containers that a text names; `*`, and a variable, may be any.
fn containers(pods: &AttributePath, name: &str) -> AttributePath {
    let name = if is_known(name) { name } else { EVERY };
    pods.key("containers").then(Step::Item { by: "name".to_owned(), value: name.to_owned() })
}

/// `web=registry/web:2`, or `*=registry/web:2`.
fn image(pods: &AttributePath, word: &Word) -> Option<Outcome> {
    let (name, image) = word.raw().split_once('=')?;
    let prediction = if is_known(name) { Prediction::of(text_value(image)) } else { Prediction::Unspecified };
    Some((containers(pods, name).key("image"), prediction))
}

/// The containers of `-c`; all of them where it is not given, or holds a pattern.
fn chosen(pods: &AttributePath, arguments: &Arguments<'_>) -> AttributePath {
    let name = arguments.option("containers").map_or(EVERY, Word::raw);
    containers(pods, if name.contains(['*', '?', '[', ',']) { EVERY } else { name })
}

/// `KEY=value` and `KEY-`. Without `-c` every container has it then; one by a pattern may.
fn variables(pods: &AttributePath, arguments: &Arguments<'_>, rest: &[&Word]) -> Vec<Outcome> {
    let at = chosen(pods, arguments).key("env");
    let is_pattern = arguments.option("containers").is_some_and(|word| {
        let name = word.raw();
        name != EVERY && (!is_known(name) || name.contains(['*', '?', '[', ',']))
    });
    if arguments.option("from").is_some() {
        return vec![(at, Prediction::Unspecified)];
    }
    let given = rest.iter().map(|word| word.raw()).chain(arguments.option("env").map(Word::raw));
    let outcome = |raw: &str| {
        let variable = |name: &str| at.then(Step::Item { by: "name".to_owned(), value: name.to_owned() });
        match (raw.split_once('='), raw.strip_suffix('-')) {
            (Some((name, _)), _) | (None, Some(name)) if !is_known(name) || is_pattern => {
                (if is_known(name) { variable(name) } else { at.clone() }, Prediction::Unspecified)
            }
            (Some((name, value)), _) => {
                let value = text_value(value);
                let item = Value::object([("name", Value::from(name)), ("value", value)]);
                (variable(name), Prediction::Is(item))
            }
            (None, Some(name)) => (variable(name), Prediction::Is(Value::new(Kind::Null))),
            (None, None) => (at.clone(), Prediction::Unspecified),
        }
    };
    given.map(outcome).collect()
}

/// `--limits=cpu=200m,memory=512Mi --requests=…`: the amounts that are given; the others stay.
fn resources(pods: &AttributePath, arguments: &Arguments<'_>) -> Vec<Outcome> {
    let at = chosen(pods, arguments).key("resources");
    let mut outcomes = Vec::new();
    for part in ["limits", "requests"] {
        let Some(word) = arguments.option(part) else { continue };
        for pair in word.raw().split(',') {
            let Some((name, amount)) = pair.split_once('=').filter(|(name, _)| is_known(name)) else {
                outcomes.push((at.key(part), Prediction::Unspecified));
                continue;
            };
            let amount = super::quantity::canonical(amount).map_or_else(|| text_value(amount), Value::from);
            outcomes.push((at.key(part).key(name), Prediction::of(amount)));
        }
    }
    outcomes
}
