#!/usr/bin/env python3
"""Asks kubectl what the kustomizations under tests/fixtures/kubernetes/kustomize become.

Every case is a folder with a folder `overlay`, and gets `expected.yaml`: what `kubectl kustomize overlay` prints, or
`refused.txt` if it refuses. KUBECTL names the program; without it `kubectl` is looked for in PATH. The version that
answered is in `version.txt`.
"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "tests/fixtures/kubernetes/kustomize"
KUBECTL = os.environ.get("KUBECTL", "kubectl")


def run(*arguments, folder=ROOT):
    return subprocess.run([KUBECTL, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def main():
    version = json.loads(run("version", "--client", "-o", "json").stdout)
    (ROOT / "version.txt").write_text(
        f"kubectl {version['clientVersion']['gitVersion']}, kustomize {version['kustomizeVersion']}\n"
    )
    for case in sorted(path for path in ROOT.iterdir() if path.is_dir()):
        built = run("kustomize", "overlay", folder=case)
        refused = built.returncode != 0
        for name, is_wanted in (("expected.yaml", not refused), ("refused.txt", refused)):
            target = case / name
            if is_wanted:
                # The message names the folder of this machine; that it refuses is what counts.
                target.write_text("kubectl refuses this kustomization\n" if refused else built.stdout)
            else:
                target.unlink(missing_ok=True)
        print(case.name, "refused: " + built.stderr.strip().splitlines()[-1][-200:] if refused else "built", file=sys.stderr)


if __name__ == "__main__":
    main()
