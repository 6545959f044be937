#!/usr/bin/env python3
"""Records what a Kubernetes server makes of manifests, and of changes by hand, into tests/fixtures/kubernetes.

    scripts/record-kubernetes-fixtures.py KUBECONFIG

KUBECONFIG leads to a server of scripts/kube-test-cluster.sh, started for this: the objects of manifests.yaml are made
and taken away again. Each is applied by the client, by the server, and created; `fresh.jsonl` has a line for each,
{"by", "manifest", "live"}. `changes.jsonl` has a line for each kind of change by hand to a fresh Deployment,
{"change", "by", "manifest", "live"}. `openapi.json` is the server's schema of the extension among the manifests.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent.parent / "tests/fixtures/kubernetes"
KUBECTL = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "driftledger/kube-1.33/bin/kubectl"
WAYS = {
    "client-side": ["apply", "-f", "-"],
    "server-side": ["apply", "--server-side", "-f", "-"],
    "create": ["create", "-f", "-"],
}
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "nginx:1.27",
                        "args": ["--verbose"],
                        "env": [{"name": "MODE", "value": "production"}, {"name": "LEVEL", "value": "info"}],
                        "ports": [{"containerPort": 80}],
                    }
                ]
            },
        },
    },
}
SIDECAR = {"name": "side", "image": "busybox", "livenessProbe": {"httpGet": {"port": 1}}, "ports": [{"containerPort": 9}]}
CONTAINERS = {"spec": {"template": {"spec": {"containers": [SIDECAR]}}}}
NAMED = "deployment/web"


def patch(kind, body):
    return ["patch", NAMED, "--type", kind, "-p", json.dumps(body)]


CHANGES = {
    "none": [],
    "edit": [["edit", NAMED]],
    "scale": [["scale", NAMED, "--replicas=5"]],
    "set image": [["set", "image", NAMED, "web=nginx:1.28"]],
    "set env": [["set", "env", NAMED, "EXTRA=1"]],
    "set env of a secret": [["set", "env", NAMED, "DB_PASSWORD=hunter2"]],
    "unset env": [["set", "env", NAMED, "LEVEL-"]],
    "set resources": [["set", "resources", NAMED, "--limits=memory=1Gi"]],
    "label": [["label", NAMED, "x=y"]],
    "unlabel": [["label", NAMED, "app-"]],
    "annotate": [["annotate", NAMED, "note=hello"]],
    "patch strategic": [patch("strategic", CONTAINERS)],
    "patch merge": [patch("merge", {"spec": {"paused": True}})],
    "patch json": [patch("json", [{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--debug"}])],
    "patch to a default": [patch("merge", {"spec": {"revisionHistoryLimit": 10, "minReadySeconds": 0}})],
    "patch tolerations": [patch("merge", {"spec": {"template": {"spec": {"tolerations": [{"operator": "Exists"}]}}}})],
    "two patches": [patch("merge", {"spec": {"paused": True}}), patch("merge", {"spec": {"minReadySeconds": 5}})],
    "replace": [["replace", "-f", "-"]],
    "restart": [["rollout", "restart", NAMED]],
    "undo": [["set", "image", NAMED, "web=nginx:1.28"], "settle", ["rollout", "undo", NAMED]],
    "apply by hand": [["apply", "-f", "-"]],
    "apply by hand on the server": [["apply", "--server-side", "--force-conflicts", "-f", "-"]],
    "another manager": [["patch", NAMED, "--type=merge", "-p", '{"spec":{"paused":true}}', "--field-manager=node-fetch"]],
}


def main():
    config = sys.argv[1]

    def kubectl(*arguments, text=None, namespace=None):
        command = [KUBECTL, "--kubeconfig", config, *(["-n", namespace] if namespace else []), *arguments]
        editor = "sed -i 's/nginx:1.27/nginx:1.28/; s/--verbose/--quiet/'"
        done = subprocess.run(command, input=text, capture_output=True, text=True, env={**os.environ, "KUBE_EDITOR": editor})
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr}")
        return done.stdout

    manifests = [one for one in yaml.safe_load_all((HERE / "manifests.yaml").read_text()) if one]
    fresh = []
    for way, arguments in WAYS.items():
        namespace = f"fixture-{way}"
        kubectl("create", "namespace", namespace)
        left = []
        for manifest in manifests:
            text = json.dumps(manifest)
            kubectl(*arguments, text=text, namespace=namespace)
            if manifest["kind"] == "CustomResourceDefinition":
                kubectl("wait", "--for=condition=Established", f"crd/{manifest['metadata']['name']}")
                time.sleep(3)
            left.append(text)
        time.sleep(5)
        for text in left:
            live = json.loads(kubectl("get", "--show-managed-fields", "-o", "json", "-f", "-", text=text, namespace=namespace))
            fresh.append({"by": way, "manifest": json.loads(text), "live": without_status(live["items"][0])})
        if way == "client-side":
            schema = json.loads(kubectl("get", "--raw", "/openapi/v3/apis/fixture.example.com/v1"))
            (HERE / "openapi.json").write_text(json.dumps(reduced(schema), sort_keys=True) + "\n")
        for text in reversed(left):
            if '"PersistentVolume"' in text:
                # Nothing runs here that would let it go.
                free = ["patch", "-f", "-", "--type=merge", "-p", '{"metadata":{"finalizers":null}}']
                kubectl(*free, text=text, namespace=namespace)
            kubectl("delete", "--wait=false", "-f", "-", text=text, namespace=namespace)
        kubectl("delete", "--wait=false", "namespace", namespace)
        time.sleep(8)
    write("fresh.jsonl", fresh)
    changes = []
    for way in ("client-side", "server-side"):
        for number, (change, commands) in enumerate(CHANGES.items()):
            namespace = f"change-{way}-{number}"
            kubectl("create", "namespace", namespace)
            kubectl(*WAYS[way], text=json.dumps(WEB), namespace=namespace)
            time.sleep(1.5)
            for command in commands:
                if command == "settle":
                    time.sleep(3)
                    continue
                changed = json.loads(json.dumps(WEB))
                changed["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:1.28"
                changed["metadata"]["labels"]["by"] = "hand"
                kubectl(*command, text=json.dumps(changed) if command[-1] == "-" else None, namespace=namespace)
            live = json.loads(kubectl("get", NAMED, "--show-managed-fields", "-o", "json", namespace=namespace))
            changes.append({"change": change, "by": way, "manifest": WEB, "live": without_status(live)})
            kubectl("delete", "--wait=false", "namespace", namespace)
    write("changes.jsonl", changes)
    print(f"{len(fresh)} fresh objects, {len(changes)} changed ones")


def without_status(live):
    live.pop("status", None)
    return live


def reduced(schema):
    """Schemas without what nobody reads in them."""
    if isinstance(schema, dict):
        return {key: reduced(value) for key, value in schema.items() if key not in ("description", "paths")}
    return [reduced(one) for one in schema] if isinstance(schema, list) else schema


def write(name, lines):
    (HERE / name).write_text("".join(json.dumps(line, sort_keys=True) + "\n" for line in lines))


if __name__ == "__main__":
    main()
