//! The selectors of a Prometheus query, each with what stands around it.

use std::time::Duration;

use promql_parser::parser::{self, Expr, LabelModifier, VectorSelector};

/// What stands around a selector.
#[derive(Clone, Debug, PartialEq)]
pub enum Around {
    /// A function, by name.
    Function(String),
    /// An aggregation: operator, and the labels it keeps or drops.
    Aggregation { operator: String, kept: Vec<String>, dropped: Vec<String> },
}

impl Around {
    /// The function's name, if it is one.
    pub fn function(&self) -> Option<&str> {
        match self {
            Self::Function(name) => Some(name),
            Self::Aggregation { .. } => None,
        }
    }
}

/// One selector: `metric{matchers}[range]`.
pub struct Selector {
    pub metric: String,
    /// Label, and `operator"value"`.
    pub matchers: Vec<(String, String)>,
    pub range: Option<Duration>,
    /// From the outside in.
    around: Vec<Around>,
}

impl Selector {
    /// What stands directly around it.
    pub fn innermost(&self) -> Option<&Around> {
        self.around.last()
    }

    /// The labels by which anything around it groups.
    pub fn grouped_by(&self) -> impl Iterator<Item = &String> {
        self.around.iter().flat_map(|around| match around {
            Around::Function(_) => &[],
            Around::Aggregation { kept, .. } => kept.as_slice(),
        })
    }

    /// Whether the first aggregation around it, outside of so many functions, is `max without (instance, pod)`.
    pub fn aggregated_over_replicas(&self, functions: usize) -> bool {
        let first = self.around.iter().rev().nth(functions);
        let replicas = ["instance", "pod"].map(str::to_owned);
        matches!(first, Some(Around::Aggregation { operator, dropped, .. })
            if operator == "max" && replicas.iter().all(|label| dropped.contains(label)))
    }
}

/// A parsed query.
pub struct Query {
    pub selectors: Vec<Selector>,
}

/// Stands for `$__rate_interval`: a length that nobody writes by hand.
pub const RATE_INTERVAL: Duration = Duration::from_secs(247);

/// Parses an expression, Grafana's variables in durations included.
pub fn selectors(expression: &str) -> Result<Query, String> {
    let plain = expression.replace("$__rate_interval", "247s").replace("$__range", "1h").replace("$__interval", "1m");
    let parsed = parser::parse(&plain).map_err(|error| format!("does not parse: {error}: {expression}"))?;
    let mut found = Vec::new();
    collect(&parsed, &mut Vec::new(), &mut found);
    Ok(Query { selectors: found })
}

fn collect(expression: &Expr, around: &mut Vec<Around>, found: &mut Vec<Selector>) {
    match expression {
        Expr::VectorSelector(selector) => found.push(read(selector, None, around)),
        Expr::MatrixSelector(matrix) => found.push(read(&matrix.vs, Some(matrix.range), around)),
        Expr::Paren(inner) => collect(&inner.expr, around, found),
        Expr::Unary(inner) => collect(&inner.expr, around, found),
        Expr::Subquery(inner) => collect(&inner.expr, around, found),
        Expr::Binary(both) => {
            collect(&both.lhs, around, found);
            collect(&both.rhs, around, found);
        }
        Expr::Call(call) => {
            around.push(Around::Function(call.func.name.to_owned()));
            for argument in &call.args.args {
                collect(argument, around, found);
            }
            around.pop();
        }
        Expr::Aggregate(aggregate) => {
            let (kept, dropped) = match &aggregate.modifier {
                Some(LabelModifier::Include(labels)) => (labels.labels.clone(), Vec::new()),
                Some(LabelModifier::Exclude(labels)) => (Vec::new(), labels.labels.clone()),
                None => Default::default(),
            };
            around.push(Around::Aggregation { operator: aggregate.op.to_string(), kept, dropped });
            collect(&aggregate.expr, around, found);
            around.pop();
        }
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

fn read(selector: &VectorSelector, range: Option<Duration>, around: &[Around]) -> Selector {
    let matchers = &selector.matchers.matchers;
    Selector {
        metric: selector.name.clone().unwrap_or_default(),
        matchers: matchers.iter().map(|one| (one.name.clone(), format!("{}\"{}\"", one.op, one.value))).collect(),
        range,
        around: around.to_vec(),
    }
}
