//! Charts, through the program `helm`: there is no other evaluator of their templates.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::sync::Arc;

use super::find::CHART;
use super::programs::{Programs, RunError, Workspace};
use super::{Rendered, documents, shown};
use crate::model::{Kind, Location, Problem, ProblemKind, Value};
use crate::repo::{self, EntryKind, Tree};

/// Why a value is not known that differs between two renders.
const RANDOM: &str = "random value in the chart";

/// A release of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Release {
    pub chart: String,
    pub name: String,
    pub namespace: String,
    /// Files of values in the repository, the last one wins.
    pub values: Vec<String>,
    /// Values that stand in a declaration; they win over the files.
    pub inline: Option<Value>,
    /// `--set`; they win over everything.
    pub set: BTreeMap<String, String>,
    /// `--set-string`.
    pub set_string: BTreeMap<String, String>,
    pub kube_version: Option<String>,
    pub api_versions: Vec<String>,
}

/// The objects of a release.
pub(super) fn template(tree: &Tree, programs: &Programs, release: &Release) -> Rendered {
    let problem = |kind, message: String| Problem::new(kind, shown(&release.chart), message);
    let Some(helm) = &programs.helm else {
        let missing =
            problem(ProblemKind::Unevaluated, "a chart, and there is no program helm to render it".to_owned());
        return Rendered::unread(
            missing.remedy("install helm where driftledger runs, or commit what `helm template` prints and name that"),
        );
    };
    let render = || {
        let workspace = Workspace::new()?;
        let arguments = arguments(tree, release, &workspace)?;
        Ok::<_, RunError>((workspace.run(helm, &arguments)?, workspace.run(helm, &arguments)?))
    };
    let (first, second) = match render() {
        Ok(texts) => texts,
        Err(RunError::Unreadable(error)) => return Rendered::unread(error.problem()),
        Err(error) => {
            let problem = problem(ProblemKind::Unevaluated, format!("helm does not render the chart: {error}"));
            let remedy = "dependencies have to be in the chart's folder `charts`: nothing is downloaded here";
            return Rendered::unread(problem.remedy(remedy));
        }
    };
    let mut rendered = placed(tree, release, &first);
    if first != second {
        let again = placed(tree, release, &second);
        without_random(release, &mut rendered, again.objects);
    }
    rendered
}

fn arguments(tree: &Tree, release: &Release, workspace: &Workspace) -> Result<Vec<OsString>, RunError> {
    for name in [&release.name, &release.namespace] {
        let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
        if !is_name || name.is_empty() || name.starts_with('-') {
            return Err(RunError::Refused(format!("{name:?} is no name of a release or namespace")));
        }
    }
    let chart = workspace.copy(tree, &release.chart, "chart")?;
    let mut arguments: Vec<OsString> =
        ["template", &release.name].into_iter().map(OsString::from).chain([chart.into_os_string()]).collect();
    let mut option = |name: &str, value: OsString| arguments.extend([OsString::from(name), value]);
    option("--namespace", release.namespace.as_str().into());
    for (position, path) in release.values.iter().enumerate() {
        let content = tree.read(path)?;
        option("--values", workspace.write(&format!("values-{position}.yaml"), &content)?.into_os_string());
    }
    if let Some(inline) = &release.inline {
        let content = inline.to_json().to_string();
        option("--values", workspace.write("values-inline.yaml", content.as_bytes())?.into_os_string());
    }
    for (name, values) in [("--set", &release.set), ("--set-string", &release.set_string)] {
        values.iter().for_each(|(key, value)| option(name, format!("{key}={value}").into()));
    }
    if let Some(version) = &release.kube_version {
        option("--kube-version", version.into());
    }
    release.api_versions.iter().for_each(|version| option("--api-versions", version.into()));
    arguments.extend(["--include-crds", "--skip-tests"].map(OsString::from));
    Ok(arguments)
}

/// The objects of what helm printed, at the templates that they come from.
fn placed(tree: &Tree, release: &Release, text: &str) -> Rendered {
    let chart: Arc<str> = repo::join(&release.chart, CHART).unwrap_or_default().into();
    let sources: Vec<(u32, Arc<str>)> = (1..)
        .zip(text.lines())
        .filter_map(|(number, line)| Some((number, line.strip_prefix("# Source: ")?)))
        .map(|(number, source)| {
            let inside = source.trim().split_once('/').map(|(_, inside)| inside);
            let path = inside.and_then(|inside| repo::join(&release.chart, inside).ok());
            let path = path.filter(|path| tree.kind(path) == Some(EntryKind::File));
            (number, path.map_or_else(|| Arc::clone(&chart), Arc::from))
        })
        .collect();
    let mut rendered = documents::of_text(&chart, text);
    for object in &mut rendered.objects {
        let line = object.at.as_ref().map_or(0, |at| at.line);
        let source = sources.iter().rev().find(|(number, _)| *number < line).map_or(&chart, |(_, path)| path);
        set_place(object, &Location::new(Arc::clone(source), 1, 1));
    }
    for problem in &mut rendered.problems {
        // Its place is one in what helm printed, which nobody has.
        problem.at = None;
        problem.snippet = None;
    }
    rendered
}

/// Gives a value and everything in it one place.
pub(super) fn set_place(value: &mut Value, at: &Location) {
    value.at = Some(at.clone());
    match &mut value.kind {
        Kind::Object(members) => members.values_mut().for_each(|member| set_place(member, at)),
        Kind::List(items) => items.iter_mut().for_each(|item| set_place(item, at)),
        _ => {}
    }
}

/// Makes unknown what another render has otherwise.
fn without_random(release: &Release, rendered: &mut Rendered, again: Vec<Value>) {
    let name = |object: &Value| {
        let text =
            |keys: &[&str]| object.at_keys(keys.iter().copied()).and_then(Value::as_scalar_text).unwrap_or_default();
        [text(&["apiVersion"]), text(&["kind"]), text(&["metadata", "namespace"]), text(&["metadata", "name"])]
    };
    let again: BTreeMap<_, _> = again.iter().map(|object| (name(object), object)).collect();
    let mut random = BTreeSet::new();
    rendered.objects.retain_mut(|object| {
        let key = name(object);
        let [_, kind, _, own] = &key;
        match again.get(&key) {
            Some(other) if *other == object => true,
            Some(other) => {
                random.insert(format!("{kind} {own}"));
                blur(object, other);
                true
            }
            None => {
                random.insert(format!("the name of a {kind}"));
                rendered.is_partial = true;
                false
            }
        }
    });
    let listed: Vec<_> = random.into_iter().collect();
    let message = format!("the chart makes random values, which cannot be compared: {}", listed.join(", "));
    let problem = Problem::new(ProblemKind::Unevaluated, shown(&release.chart), message);
    rendered.problems.push(problem.remedy("set them in the values"));
}

fn blur(value: &mut Value, other: &Value) {
    match (&mut value.kind, &other.kind) {
        (Kind::Object(members), Kind::Object(others)) => {
            for (key, member) in members.iter_mut() {
                blur(member, others.get(key).unwrap_or(&Value::default()));
            }
            for key in others.keys() {
                members.entry(key.clone()).or_insert_with(|| Value::unknown(RANDOM));
            }
        }
        (Kind::List(items), Kind::List(others)) if items.len() == others.len() => {
            items.iter_mut().zip(others).for_each(|(item, other)| blur(item, other));
        }
        (one, other) if one == other => {}
        _ => value.kind = Value::unknown(RANDOM).kind,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::declared::kubernetes::declare;
    use crate::declared::kubernetes::programs::tests::fake;

    fn fake_helm(folder: &std::path::Path, body: &str) -> Programs {
        Programs { helm: Some(fake(folder, "helm", body)), kustomize: None }
    }

    fn release() -> Release {
        Release { chart: "charts/web".into(), name: "shop".into(), namespace: "prod".into(), ..Release::default() }
    }

    fn tree() -> Tree {
        Tree::memory([
            ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\n"),
            ("charts/web/templates/a.yaml", "{{ .Values.x }}"),
            ("values/prod.yaml", "x: 1\n"),
        ])
    }

    const OBJECT: &str = "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\n";

    #[test]
    fn what_helm_prints_is_declared_at_its_templates_and_helm_gets_what_it_needs() {
        let folder = tempfile::tempdir().unwrap();
        let body = format!(
            "test -f \"$3/templates/a.yaml\" || exit 3\n\
             printf -- '---\\n# Source: web/templates/a.yaml\\n{OBJECT}data:\\n'\n\
             for a in \"$@\"; do case \"$a\" in *values-0.yaml) read -r v < \"$a\"; printf -- '  file: \"%s\"\\n' \"$v\";; esac; done\n\
             printf -- '  home: \"%s\"\\n  args: \"%s\"\\n' \"${{AWS_PROFILE:-none}}\" \"$1 $2 $4 $5 $8 $9 ${{10}} ${{11}} ${{12}}\"\n\
             printf -- '---\\n# Source: web/charts/sub/templates/b.yaml\\napiVersion: v1\\nkind: Secret\\nmetadata: {{name: b}}\\n'"
        );
        let set = [("image.tag".to_owned(), "2".to_owned())].into();
        let release = Release { values: vec!["values/prod.yaml".into()], set, ..release() };
        let rendered = template(&tree(), &fake_helm(folder.path(), &body), &release);
        let read = declare::declared(rendered, "prod");
        assert_eq!(read.problems, []);
        let [map, secret] = read.declarations.as_slice() else { panic!("{read:?}") };
        assert_eq!(
            (map.at.to_string(), secret.at.to_string()),
            ("charts/web/templates/a.yaml:1:1".into(), "charts/web/Chart.yaml:1:1".into())
        );
        let data = map.attributes.get("data").unwrap().to_json();
        assert_eq!(
            data,
            serde_json::json!({"file": "x: 1", "home": "none",
                "args": "template shop --namespace prod --set image.tag=2 --include-crds --skip-tests "})
        );
    }

    #[test]
    fn a_value_that_two_renders_do_not_agree_on_is_unknown_and_the_others_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let seen: PathBuf = folder.path().join("seen");
        let seen = seen.display();
        let body = format!(
            "n=1; test -f {seen} && n=2; : > {seen}\n\
             printf -- '{OBJECT}data:\\n  same: x\\n  random: r%s\\n---\\napiVersion: v1\\nkind: Pod\\nmetadata: {{name: p%s}}\\n' $n $n"
        );
        let rendered = template(&tree(), &fake_helm(folder.path(), &body), &release());
        let read = declare::declared(rendered, "prod");
        let [map] = read.declarations.as_slice() else { panic!("{read:?}") };
        assert_eq!(
            map.attributes.to_json()["data"],
            serde_json::json!({"same": "x", "random": {"Fn::Unknown": RANDOM}})
        );
        let message = "the chart makes random values, which cannot be compared: ConfigMap a, the name of a Pod";
        assert_eq!(read.problems[0].message, message);
        assert!(read.may_declare("Pod/prod/p3"));
    }

    #[test]
    fn a_chart_that_is_not_rendered_is_a_problem_and_never_empty() {
        let folder = tempfile::tempdir().unwrap();
        let check = |programs: &Programs, release: Release, expect: &str| {
            let rendered = template(&tree(), programs, &release);
            assert!(rendered.is_partial && rendered.objects.is_empty());
            assert!(rendered.problems[0].to_string().contains(expect), "{:?}", rendered.problems);
        };
        check(&Programs::default(), release(), "there is no program helm");
        let failing =
            fake_helm(folder.path(), "echo 'Error: found in Chart.yaml, but missing in charts/: sub' >&2; exit 1");
        check(&failing, release(), "missing in charts/: sub");
        check(&failing, Release { name: "--post-renderer=x".into(), ..release() }, "no name of a release");
        check(&failing, Release { values: vec!["../x.yaml".into()], ..release() }, "leads out of the repository");
    }
}
