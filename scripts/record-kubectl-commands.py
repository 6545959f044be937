#!/usr/bin/env python3
"""Writes tests/fixtures/commands/kubectl.json: commands, and what kubectl itself makes of an object by them.

    scripts/record-kubectl-commands.py KUBECTL         a kubectl of the version that scripts/kube-test-cluster.sh builds

Nothing is asked of a cluster: kubectl is given the object in a file, with `--local` and `--dry-run=client`. What is
written is the command as a person gives it, with the object's type and name. The output is
{"kubectl": version, "objects": {name: object}, "rows": [[command, name of the object, object afterwards], ...]}.
"""

import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "tests/fixtures/commands/kubectl.json"


def template(containers):
    return {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}}


WEB = {
    "name": "web",
    "image": "registry.example/web:1",
    "env": [{"name": "LEVEL", "value": "info"}, {"name": "OLD", "value": "x"}],
    "ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 9090, "protocol": "TCP", "name": "metrics"}],
    "resources": {"limits": {"cpu": "100m", "memory": "128Mi"}},
}
SIDECAR = {"name": "proxy", "image": "registry.example/proxy:1"}
OBJECTS = {
    "deployment/web": {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web", "old": "1"}, "annotations": {"example.com/owner": "a"}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template([WEB, SIDECAR])},
    },
    "cronjob/nightly": {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly"},
        "spec": {
            "schedule": "0 2 * * *",
            "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [SIDECAR]}}}},
        },
    },
    "service/web": {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]},
    },
    "configmap/settings": {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings"},
        "data": {"level": "info", "old.key": "x"},
    },
}
# `@` stands for the object, as the type and name of a command.
COMMANDS = {
    "deployment/web": [
        "set image @ web=registry.example/web:2",
        "set image @ web=registry.example/web:2 proxy=registry.example/proxy:3",
        "set image @ '*=registry.example/all:1'",
        "set env @ LEVEL=debug",
        "set env @ -c web LEVEL=debug NEW=1 OLD-",
        "set env @ --containers=proxy A=x=y",
        "set env @ -e LEVEL=warn",
        "set resources @ -c=web --limits=cpu=0.2,memory=512Mi",
        "set resources @ --requests=cpu=1000m,memory=1024Mi",
        "set resources @ -c web --limits cpu=0",
        "set serviceaccount @ robot",
        "set sa @ robot",
        "label @ env=prod old-",
        "label @ app=web2 --overwrite",
        "label @ app.kubernetes.io/version=1.2",
        "annotate @ example.com/owner- example.com/reason='CR 1'",
        "annotate @ kubernetes.io/change-cause=CR-1 --overwrite",
        """patch @ -p '{"spec":{"replicas":4}}'""",
        """patch @ --patch '{"spec":{"paused":true,"minReadySeconds":10}}'""",
        """patch @ -p 'spec: {replicas: 5}'""",
        """patch @ -p '{"spec":{"template":{"spec":{"containers":[{"name":"web","image":"registry.example/web:9"}]}}}}'""",
        """patch @ -p '{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"LEVEL","value":"debug"}]}]}}}}'""",
        """patch @ -p '{"spec":{"template":{"spec":{"containers":[{"name":"new","image":"registry.example/new:1"}]}}}}'""",
        """patch @ -p '{"spec":{"template":{"spec":{"containers":[{"name":"proxy","$patch":"delete"}]}}}}'""",
        """patch @ -p '{"spec":{"template":{"spec":{"containers":[{"name":"web","resources":{"limits":{"cpu":"250m"}}}]}}}}'""",
        """patch @ -p '{"spec":{"template":{"spec":{"tolerations":[{"key":"gpu","operator":"Exists"}]}}}}'""",
        """patch @ -p '{"spec":{"template":{"spec":{"nodeSelector":{"disk":"ssd"}}}}}'""",
        """patch @ -p '{"spec":{"template":{"spec":{"imagePullSecrets":[{"name":"registry"}]}}}}'""",
        """patch @ -p '{"metadata":{"labels":{"old":null,"new":"1"}}}'""",
        """patch @ -p '{"spec":{"strategy":{"type":"Recreate"}}}'""",
        """patch @ --type merge -p '{"spec":{"template":{"spec":{"containers":[{"name":"only","image":"x:1"}]}}}}'""",
        """patch @ --type=merge -p '{"spec":{"replicas":null,"revisionHistoryLimit":3}}'""",
        """patch @ --type json -p '[{"op":"replace","path":"/spec/replicas","value":7}]'""",
        """patch @ --type=json -p '[{"op":"add","path":"/metadata/labels/a~1b","value":"c"},{"op":"remove","path":"/metadata/labels/old"}]'""",
        """patch @ --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"registry.example/web:3"}]'""",
        """patch @ --type=json -p '[{"op":"add","path":"/spec/template/spec/containers/-","value":{"name":"n","image":"n:1"}}]'""",
        """patch @ --type=json -p '[{"op":"test","path":"/spec/replicas","value":2},{"op":"replace","path":"/spec/replicas","value":3}]'""",
    ],
    "cronjob/nightly": [
        "set image @ proxy=registry.example/proxy:2",
        "set env @ A=1",
        """patch @ -p '{"spec":{"suspend":true}}'""",
    ],
    "service/web": [
        "set selector @ app=web,tier=front",
        """patch @ -p '{"spec":{"type":"LoadBalancer"}}'""",
        """patch @ -p '{"spec":{"ports":[{"port":80,"targetPort":8080}]}}'""",
        """patch @ -p '{"spec":{"ports":[{"port":443,"targetPort":8443,"name":"https"}]}}'""",
        """patch @ --type=merge -p '{"spec":{"ports":[{"port":81,"protocol":"TCP","targetPort":81}]}}'""",
    ],
    "configmap/settings": [
        """patch @ --type merge -p '{"data":{"level":"debug","old.key":null}}'""",
        """patch @ -p '{"data":{"more":"1"}}'""",
        "label @ env=prod",
    ],
}


def main():
    kubectl = sys.argv[1]
    version = json.loads(run([kubectl, "version", "--client", "-o", "json"]))["clientVersion"]["gitVersion"]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, commands in COMMANDS.items():
            file = pathlib.Path(folder, "object.json")
            file.write_text(json.dumps(OBJECTS[name]))
            for command in commands:
                # `--local` takes the object from the file, in the place of its name.
                words = [word for word in shlex.split(command) if word != "@"]
                asked = [kubectl, *words, "-f", str(file), "--local", "--dry-run=client", "-o", "json"]
                rows.append([f"kubectl {command.replace('@', name)}", name, json.loads(run(asked))])
    found = {"kubectl": version, "objects": OBJECTS, "rows": rows}
    lines = [f'"kubectl":{json.dumps(version)}', f'"objects":{compact(OBJECTS)}']
    lines.append('"rows":[\n' + ",\n".join(compact(row) for row in found["rows"]) + "\n]")
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text("{" + ",\n".join(lines) + "}\n")
    print(f"{len(rows)} commands of kubectl {version}; {OUTPUT.stat().st_size} bytes")


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def run(words):
    done = subprocess.run(words, capture_output=True, text=True, env={"KUBECONFIG": "/dev/null", "HOME": "/nowhere"})
    if done.returncode:
        sys.exit(f"{words}: {done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
