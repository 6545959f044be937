//! What no schema says of the kinds of Kubernetes itself: what the server puts where nothing is written.
//!
//! Measured on a 1.33 server by creating objects and taking away what was written; `compare/kubernetes/recorded.rs`
//! holds the objects against this table. It only folds what is nobody's change; what is declared is compared without it.

use crate::model::AttributePath;

/// What the server does with a field that nobody wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It puts this text.
    Text(&'static str),
    /// It puts this number.
    Number(i64),
    /// It puts this.
    Flag(bool),
    /// It puts a list of this one text.
    Only(&'static str),
    /// It puts an object without members.
    Empty,
    /// It puts what another field of the same object has.
    As(&'static str),
    /// It puts `Always` for the tag `latest` or none, else `IfNotPresent`.
    PullPolicy,
    /// It puts the group of roles for users and groups, and nothing for service accounts.
    SubjectGroup,
    /// It chooses a value.
    Assigned,
}

use Said::{As, Assigned, Empty, Flag, Number, Only, PullPolicy, SubjectGroup, Text};

const APPS: &str = "io.k8s.api.apps.v1.";
const AUTOSCALING_1: &str = "io.k8s.api.autoscaling.v1.";
const AUTOSCALING_2: &str = "io.k8s.api.autoscaling.v2.";
const BATCH: &str = "io.k8s.api.batch.v1.";
const CORE: &str = "io.k8s.api.core.v1.";
const DISCOVERY: &str = "io.k8s.api.discovery.v1.";
const NETWORKING: &str = "io.k8s.api.networking.v1.";
const RBAC: &str = "io.k8s.api.rbac.v1.";
const STORAGE: &str = "io.k8s.api.storage.v1.";
const ADMISSION: &str = "io.k8s.api.admissionregistration.v1.";
const FLOW: &str = "io.k8s.api.flowcontrol.v1.";
const EXTENSIONS: &str = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.";

type Fields = &'static [(&'static str, Said)];

/// Package, definitions in it, and what is said of fields of each.
const TABLE: &[(&str, &[&str], Fields)] = &[
    (
        CORE,
        &["PodSpec"],
        &[
            ("restartPolicy", Text("Always")),
            ("dnsPolicy", Text("ClusterFirst")),
            ("schedulerName", Text("default-scheduler")),
            ("terminationGracePeriodSeconds", Number(30)),
            ("enableServiceLinks", Flag(true)),
            ("securityContext", Empty),
            // The older name of the other.
            ("serviceAccount", As("serviceAccountName")),
        ],
    ),
    (
        CORE,
        &["Container", "EphemeralContainer"],
        &[
            ("imagePullPolicy", PullPolicy),
            ("terminationMessagePath", Text("/dev/termination-log")),
            ("terminationMessagePolicy", Text("File")),
            ("resources", Empty),
        ],
    ),
    (CORE, &["ContainerPort", "EndpointPort"], &[("protocol", Text("TCP"))]),
    (DISCOVERY, &["EndpointPort"], &[("name", Text("")), ("protocol", Text("TCP"))]),
    (DISCOVERY, &["Endpoint"], &[("conditions", Empty)]),
    (
        CORE,
        &["Probe"],
        &[
            ("periodSeconds", Number(10)),
            ("timeoutSeconds", Number(1)),
            ("successThreshold", Number(1)),
            ("failureThreshold", Number(3)),
        ],
    ),
    (CORE, &["HTTPGetAction"], &[("path", Text("/")), ("scheme", Text("HTTP"))]),
    (CORE, &["GRPCAction"], &[("service", Text(""))]),
    (
        CORE,
        &["ConfigMapVolumeSource", "SecretVolumeSource", "ProjectedVolumeSource", "DownwardAPIVolumeSource"],
        &[("defaultMode", Number(420))],
    ),
    (CORE, &["HostPathVolumeSource"], &[("type", Text(""))]),
    (CORE, &["ServiceAccountTokenProjection"], &[("expirationSeconds", Number(3600))]),
    (CORE, &["ObjectFieldSelector"], &[("apiVersion", Text("v1"))]),
    (CORE, &["AzureDiskVolumeSource"], &[("readOnly", Flag(false))]),
    (
        APPS,
        &["DeploymentSpec"],
        &[("replicas", Number(1)), ("progressDeadlineSeconds", Number(600)), ("revisionHistoryLimit", Number(10))],
    ),
    (
        APPS,
        &["DeploymentStrategy", "StatefulSetUpdateStrategy", "DaemonSetUpdateStrategy"],
        &[("type", Text("RollingUpdate"))],
    ),
    (APPS, &["RollingUpdateDeployment"], &[("maxSurge", Text("25%")), ("maxUnavailable", Text("25%"))]),
    (APPS, &["RollingUpdateDaemonSet"], &[("maxSurge", Number(0)), ("maxUnavailable", Number(1))]),
    (APPS, &["RollingUpdateStatefulSetStrategy"], &[("partition", Number(0))]),
    (
        APPS,
        &["StatefulSetSpec"],
        &[("replicas", Number(1)), ("podManagementPolicy", Text("OrderedReady")), ("revisionHistoryLimit", Number(10))],
    ),
    (
        APPS,
        &["StatefulSetPersistentVolumeClaimRetentionPolicy"],
        &[("whenDeleted", Text("Retain")), ("whenScaled", Text("Retain"))],
    ),
    (APPS, &["DaemonSetSpec"], &[("revisionHistoryLimit", Number(10))]),
    (APPS, &["ReplicaSetSpec"], &[("replicas", Number(1))]),
    (CORE, &["ReplicationControllerSpec"], &[("replicas", Number(1)), ("selector", Assigned)]),
    (
        BATCH,
        &["JobSpec"],
        &[
            ("backoffLimit", Number(6)),
            ("completions", Number(1)),
            ("parallelism", Number(1)),
            ("completionMode", Text("NonIndexed")),
            ("manualSelector", Flag(false)),
            ("podReplacementPolicy", Text("TerminatingOrFailed")),
            ("selector", Assigned),
            ("suspend", Flag(false)),
        ],
    ),
    (
        BATCH,
        &["CronJobSpec"],
        &[
            ("concurrencyPolicy", Text("Allow")),
            ("suspend", Flag(false)),
            ("successfulJobsHistoryLimit", Number(3)),
            ("failedJobsHistoryLimit", Number(1)),
        ],
    ),
    (
        CORE,
        &["ServiceSpec"],
        &[
            ("type", Text("ClusterIP")),
            ("sessionAffinity", Text("None")),
            ("internalTrafficPolicy", Text("Cluster")),
            ("externalTrafficPolicy", Text("Cluster")),
            ("allocateLoadBalancerNodePorts", Flag(true)),
            ("clusterIP", Assigned),
            ("clusterIPs", Assigned),
            ("ipFamilies", Assigned),
            ("ipFamilyPolicy", Text("SingleStack")),
            ("healthCheckNodePort", Assigned),
        ],
    ),
    (CORE, &["ServicePort"], &[("protocol", Text("TCP")), ("targetPort", As("port")), ("nodePort", Assigned)]),
    (CORE, &["ClientIPConfig"], &[("timeoutSeconds", Number(10800))]),
    (
        AUTOSCALING_1,
        &["HorizontalPodAutoscalerSpec"],
        &[("minReplicas", Number(1)), ("targetCPUUtilizationPercentage", Number(80))],
    ),
    (AUTOSCALING_2, &["HorizontalPodAutoscalerSpec"], &[("minReplicas", Number(1)), ("metrics", Assigned)]),
    (
        AUTOSCALING_2,
        &["HPAScalingRules"],
        &[("selectPolicy", Text("Max")), ("policies", Assigned), ("stabilizationWindowSeconds", Assigned)],
    ),
    (AUTOSCALING_2, &["HorizontalPodAutoscalerBehavior"], &[("scaleUp", Assigned), ("scaleDown", Assigned)]),
    (CORE, &["Secret"], &[("type", Text("Opaque"))]),
    (
        CORE,
        &["PersistentVolumeClaimSpec"],
        &[("volumeMode", Text("Filesystem")), ("storageClassName", Assigned), ("volumeName", Assigned)],
    ),
    (
        CORE,
        &["PersistentVolumeSpec"],
        &[
            ("volumeMode", Text("Filesystem")),
            ("persistentVolumeReclaimPolicy", Text("Retain")),
            ("claimRef", Assigned),
        ],
    ),
    (STORAGE, &["StorageClass"], &[("reclaimPolicy", Text("Delete")), ("volumeBindingMode", Text("Immediate"))]),
    (
        STORAGE,
        &["CSIDriverSpec"],
        &[
            ("attachRequired", Flag(true)),
            ("fsGroupPolicy", Text("ReadWriteOnceWithFSType")),
            ("podInfoOnMount", Flag(false)),
            ("requiresRepublish", Flag(false)),
            ("seLinuxMount", Flag(false)),
            ("storageCapacity", Flag(false)),
            ("volumeLifecycleModes", Only("Persistent")),
        ],
    ),
    (NETWORKING, &["NetworkPolicySpec"], &[("policyTypes", Assigned)]),
    (NETWORKING, &["NetworkPolicyPort"], &[("protocol", Text("TCP"))]),
    (NETWORKING, &["IngressSpec"], &[("ingressClassName", Assigned)]),
    (NETWORKING, &["IngressClassParametersReference"], &[("scope", Text("Cluster"))]),
    (RBAC, &["Subject"], &[("apiGroup", SubjectGroup)]),
    (RBAC, &["RoleRef"], &[("apiGroup", Text("rbac.authorization.k8s.io"))]),
    ("io.k8s.api.scheduling.v1.", &["PriorityClass"], &[("preemptionPolicy", Text("PreemptLowerPriority"))]),
    (CORE, &["NamespaceSpec"], &[("finalizers", Only("kubernetes"))]),
    (CORE, &["ServiceAccount"], &[("secrets", Assigned)]),
    (CORE, &["LimitRangeItem"], &[("default", Assigned), ("defaultRequest", Assigned)]),
    (
        ADMISSION,
        &["MutatingWebhook", "ValidatingWebhook"],
        &[
            ("failurePolicy", Text("Fail")),
            ("matchPolicy", Text("Equivalent")),
            ("namespaceSelector", Empty),
            ("objectSelector", Empty),
            ("reinvocationPolicy", Text("Never")),
            ("timeoutSeconds", Number(10)),
        ],
    ),
    (ADMISSION, &["RuleWithOperations", "NamedRuleWithOperations"], &[("scope", Text("*"))]),
    (ADMISSION, &["ServiceReference"], &[("port", Number(443))]),
    (ADMISSION, &["ValidatingAdmissionPolicySpec"], &[("failurePolicy", Text("Fail"))]),
    (
        ADMISSION,
        &["MatchResources"],
        &[("matchPolicy", Text("Equivalent")), ("namespaceSelector", Empty), ("objectSelector", Empty)],
    ),
    (FLOW, &["FlowSchemaSpec"], &[("matchingPrecedence", Number(1000))]),
    (
        FLOW,
        &["LimitedPriorityLevelConfiguration"],
        &[("nominalConcurrencyShares", Number(30)), ("lendablePercent", Number(0))],
    ),
    (
        FLOW,
        &["QueuingConfiguration"],
        &[("queues", Number(64)), ("handSize", Number(8)), ("queueLengthLimit", Number(50))],
    ),
    (EXTENSIONS, &["CustomResourceConversion"], &[("strategy", Text("None"))]),
    (EXTENSIONS, &["CustomResourceDefinitionSpec"], &[("conversion", Assigned)]),
    (EXTENSIONS, &["CustomResourceDefinitionNames"], &[("listKind", Assigned), ("singular", Assigned)]),
    (EXTENSIONS, &["ServiceReference"], &[("port", Number(443))]),
    ("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.", &["ServiceReference"], &[("port", Number(443))]),
];

/// What is said of a field of a definition.
pub(super) fn said(definition: &str, field: &str) -> Option<&'static Said> {
    let fields = TABLE.iter().find_map(|(package, names, fields)| {
        let name = definition.strip_prefix(package)?;
        names.contains(&name).then_some(fields)
    })?;
    fields.iter().find(|(name, _)| *name == field).map(|(_, said)| said)
}

/// Fields that are no pointers and are not left out when zero, and which the server fills in then.
pub(super) fn is_filled_when_zero(definition: &str, field: &str) -> bool {
    matches!(
        (definition, field),
        ("io.k8s.api.rbac.v1.RoleRef", "apiGroup") | ("io.k8s.api.core.v1.ServicePort", "targetPort")
    )
}

/// Whether a definition is of Kubernetes itself, whose server drops what is zero.
pub(super) fn is_built_in(definition: &str) -> bool {
    definition.starts_with("io.k8s.api") || definition.starts_with("io.k8s.kube-aggregator.")
}

/// Fields that the server fills in for objects of one type, by the pattern of their path.
const ASSIGNED: &[(&str, &[&str])] = &[
    (
        // Admission of pods: what else is said of a pod is said of templates as well, where nothing is filled in.
        "v1/Pod",
        &[
            "spec.nodeName",
            "spec.preemptionPolicy",
            "spec.priority",
            "spec.serviceAccountName",
            "spec.tolerations",
            "spec.containers.*.resources.requests",
            "spec.initContainers.*.resources.requests",
        ],
    ),
    (
        "batch/v1/Job",
        &[
            "spec.template.metadata.labels.batch.kubernetes.io/controller-uid",
            "spec.template.metadata.labels.batch.kubernetes.io/job-name",
            "spec.template.metadata.labels.controller-uid",
            "spec.template.metadata.labels.job-name",
            "metadata.labels.batch.kubernetes.io/controller-uid",
            "metadata.labels.batch.kubernetes.io/job-name",
            "metadata.labels.controller-uid",
            "metadata.labels.job-name",
        ],
    ),
    ("v1/Namespace", &["metadata.labels.kubernetes.io/metadata.name"]),
    // Those of its template, if it has none of its own.
    ("v1/ReplicationController", &["metadata.labels.*"]),
];

/// Whether the server itself fills in a path of a type when an object of it is made.
pub(crate) fn assigned_at(resource_type: &str, path: &AttributePath) -> bool {
    let of_type = ASSIGNED.iter().find(|(of, _)| *of == resource_type);
    let Some((_, paths)) = of_type else { return false };
    let path = path.pattern();
    let covers = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(before) => path.starts_with(before),
        None => *pattern == path,
    };
    paths.iter().any(covers)
}

/// Whether the server sets a path of a type with every change, whoever makes it.
pub(crate) fn moves_with_every_change(resource_type: &str, path: &AttributePath) -> bool {
    resource_type == "apps/v1/DaemonSet"
        && path.pattern() == "metadata.annotations.deprecated.daemonset.template.generation"
}

/// Lists that the server answers in another order than they were written (kubernetes #74099).
pub(crate) fn takes_any_order(resource_type: &str, path: &AttributePath) -> bool {
    resource_type.starts_with("autoscaling/")
        && resource_type.ends_with("/HorizontalPodAutoscaler")
        && path.pattern() == "spec.metrics"
}

const POD_TEMPLATE: &str = "io.k8s.api.core.v1.PodTemplateSpec";

/// Group, kinds, path: where extensions embed what Kubernetes itself has, and what. Their schemas often say no more of
/// it than that something may be there.
pub(super) const EMBEDDED: &[(&str, &[&str], &[&str], &str)] = &[
    ("argoproj.io", &["Rollout"], &["spec", "template"], POD_TEMPLATE),
    ("serving.knative.dev", &["Service", "Configuration"], &["spec", "template"], POD_TEMPLATE),
    ("apps.kruise.io", &["CloneSet", "StatefulSet", "DaemonSet", "BroadcastJob"], &["spec", "template"], POD_TEMPLATE),
    ("actions.github.com", &["AutoscalingRunnerSet", "EphemeralRunnerSet"], &["spec", "template"], POD_TEMPLATE),
    ("keda.sh", &["ScaledJob"], &["spec", "jobTargetRef", "template"], POD_TEMPLATE),
];

/// Fields of extensions whose controllers write a duration as Go does, whatever was written: groups, kinds, paths.
const DURATIONS: &[(&str, &[&str], &[&str])] = &[
    ("cert-manager.io", &["Certificate"], &["spec.duration", "spec.renewBefore"]),
    ("kustomize.toolkit.fluxcd.io", &["Kustomization"], &["spec.interval", "spec.retryInterval", "spec.timeout"]),
    ("helm.toolkit.fluxcd.io", &["HelmRelease"], &["spec.interval", "spec.timeout"]),
    (
        "source.toolkit.fluxcd.io",
        &["GitRepository", "HelmRepository", "HelmChart", "OCIRepository", "Bucket"],
        &["spec.interval", "spec.timeout"],
    ),
];

/// Whether a path of a type holds a duration.
pub(crate) fn is_duration(resource_type: &str, path: &AttributePath) -> bool {
    DURATIONS.iter().any(|(group, kinds, paths)| {
        let (api_version, kind) = resource_type.rsplit_once('/').unwrap_or_default();
        let of_group = api_version.split_once('/').is_some_and(|(of, _)| of == *group);
        of_group && kinds.contains(&kind) && paths.contains(&&*path.pattern())
    })
}
