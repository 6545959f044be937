//! With which annotation an object says that it stays when it is no longer declared.

use serde_json::Value as Json;

/// An annotation and the word in it, read from the live object by whatever would remove it: Helm
/// (<https://helm.sh/docs/howto/charts_tips_and_tricks/>), Argo CD
/// (<https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/>), Flux
/// (<https://fluxcd.io/flux/components/kustomize/kustomizations/>), and kpt and others that use cli-utils. `kubectl apply
/// --prune` knows none.
const KEEPS: [(&str, &str); 5] = [
    ("helm.sh/resource-policy", "keep"),
    ("argocd.argoproj.io/sync-options", "Prune=false"),
    ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
    ("client.lifecycle.config.k8s.io/deletion", "detach"),
    ("cli-utils.sigs.k8s.io/on-remove", "keep"),
];

/// What of an object's annotations keeps it: `helm.sh/resource-policy: keep`.
pub(crate) fn kept_by(object: &Json) -> Option<String> {
    let annotations = object.pointer("/metadata/annotations")?;
    let says = |(key, word): &&(&str, &str)| {
        let text = annotations.get(key).and_then(Json::as_str).unwrap_or_default();
        // Argo CD takes several options in one annotation.
        text.split(',').any(|option| option.trim().eq_ignore_ascii_case(word))
    };
    KEEPS.iter().find(says).map(|(key, word)| format!("{key}: {word}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_stays_that_says_so_to_whatever_removes_it() {
        let check = |key: &str, value: &str, expect: Option<&str>| {
            assert_eq!(
                kept_by(&json!({"metadata": {"annotations": {key: value}}})).as_deref(),
                expect,
                "{key}: {value}"
            );
        };
        check("helm.sh/resource-policy", "keep", Some("helm.sh/resource-policy: keep"));
        check("helm.sh/resource-policy", "\"delete\"", None);
        let argo = "argocd.argoproj.io/sync-options";
        check(argo, "Validate=false, Prune=false", Some("argocd.argoproj.io/sync-options: Prune=false"));
        check(argo, "Prune=confirm", None);
        // Only says that it stays when the application goes.
        check(argo, "Delete=false", None);
        check("kustomize.toolkit.fluxcd.io/prune", "disabled", Some("kustomize.toolkit.fluxcd.io/prune: disabled"));
        check("kustomize.toolkit.fluxcd.io/prune", "enabled", None);
        check("example.com/keep", "keep", None);
        assert_eq!(kept_by(&json!({"metadata": {}})), None);
    }
}
