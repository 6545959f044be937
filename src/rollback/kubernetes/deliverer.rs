//! Who delivers an object: what Argo CD and Flux note on everything that they apply.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::object::{annotation, label, list, text};

/// The namespace that Argo CD's own manifests install it to. Applications live there where nothing says otherwise.
pub const ARGO_CD: &str = "argocd";

/// An object of Argo CD or Flux that deploys others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deliverer {
    /// Its kind: `application` of Argo CD, `kustomization` or `helm_release` of Flux.
    pub kind: DelivererKind,
    /// Its namespace. Default: `argocd`, for an application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// The kinds of objects that deploy others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DelivererKind {
    /// `Application` of Argo CD.
    Application,
    /// `Kustomization` of Flux.
    Kustomization,
    /// `HelmRelease` of Flux.
    HelmRelease,
}

impl DelivererKind {
    /// The version and kind in the API.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::Application => "argoproj.io/v1alpha1/Application",
            Self::Kustomization => "kustomize.toolkit.fluxcd.io/v1/Kustomization",
            Self::HelmRelease => "helm.toolkit.fluxcd.io/v2/HelmRelease",
        }
    }

    /// Its group and plural in the API.
    pub fn resource(self) -> (&'static str, &'static str) {
        match self {
            Self::Application => ("argoproj.io", "applications"),
            Self::Kustomization => ("kustomize.toolkit.fluxcd.io", "kustomizations"),
            Self::HelmRelease => ("helm.toolkit.fluxcd.io", "helmreleases"),
        }
    }
}

impl Deliverer {
    /// Whom an object names as what deploys it. Annotations and labels that were copied from another object name nobody,
    /// as far as that can be told.
    pub fn of(object: &Value) -> Vec<Self> {
        let flux = |kind: DelivererKind| {
            let (group, _) = kind.resource();
            let part = |part: &str| label(object, &format!("{group}/{part}")).map(str::to_owned);
            Some(Self { kind, namespace: Some(part("namespace")?), name: part("name")? })
        };
        let found = [application(object), flux(DelivererKind::Kustomization), flux(DelivererKind::HelmRelease)];
        found.into_iter().flatten().collect()
    }

    /// Where it is.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or(ARGO_CD)
    }
}

/// Argo CD tracks what it applies with an annotation `APP:GROUP/KIND:NAMESPACE/NAME`, in which the application may be
/// `NAMESPACE_APP`, or with the label `app.kubernetes.io/instance`, which others set as well
/// (<https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/>).
fn application(object: &Value) -> Option<Deliverer> {
    let tracked = annotation(object, "argocd.argoproj.io/tracking-id").and_then(|id| {
        let (application, of) = id.split_once(':')?;
        let place = of.rsplit_once(':')?.1;
        let name = text(object, "/metadata/name")?;
        (place.rsplit_once('/').map_or(place, |(_, name)| name) == name).then_some(application)
    });
    let is_argo_cds = || {
        let managers = list(object, "/metadata/managedFields").iter().filter_map(|entry| text(entry, "/manager"));
        managers.into_iter().any(|manager| manager.starts_with("argocd-"))
    };
    let labelled = || label(object, "app.kubernetes.io/instance").filter(|_| is_argo_cds());
    let name = tracked.or_else(labelled)?;
    let (namespace, name) = match name.split_once('_') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name),
        None => (None, name),
    };
    Some(Deliverer { kind: DelivererKind::Application, namespace, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_name_what_delivers_them() {
        let check = |metadata: Value, expect: &[(DelivererKind, &str, &str)]| {
            let found = Deliverer::of(&json!({ "metadata": metadata }));
            let told: Vec<_> = found.iter().map(|one| (one.kind, one.namespace(), one.name.as_str())).collect();
            assert_eq!(told, expect, "{metadata}");
        };
        use DelivererKind::{Application, HelmRelease, Kustomization};
        let tracked = |id: &str| json!({"name": "web", "annotations": {"argocd.argoproj.io/tracking-id": id}});
        check(tracked("shop:apps/Deployment:shop/web"), &[(Application, "argocd", "shop")]);
        check(tracked("teams_shop:apps/Deployment:shop/web"), &[(Application, "teams", "shop")]);
        check(tracked("shop:rbac.authorization.k8s.io/ClusterRole:web"), &[(Application, "argocd", "shop")]);
        // Copied with the rest of the annotations from another object.
        check(tracked("shop:apps/Deployment:shop/other"), &[]);
        check(tracked("shop"), &[]);
        let labelled = |manager: &str| json!({"name": "web", "labels": {"app.kubernetes.io/instance": "shop"}, "managedFields": [{"manager": manager}]});
        check(labelled("argocd-controller"), &[(Application, "argocd", "shop")]);
        check(labelled("helm"), &[]);
        let flux = json!({"name": "web", "labels": {
            "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
            "helm.toolkit.fluxcd.io/name": "shop", "helm.toolkit.fluxcd.io/namespace": "shop"}});
        check(flux, &[(Kustomization, "flux-system", "apps"), (HelmRelease, "shop", "shop")]);
        check(json!({"name": "web", "labels": {"helm.toolkit.fluxcd.io/name": "shop"}}), &[]);
        check(json!({"name": "web"}), &[]);
    }
}
