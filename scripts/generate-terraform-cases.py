#!/usr/bin/env python3
"""Asks Terraform what the expressions of `tests/fixtures/terraform/cases/*.txt` give, and writes it behind them.

    python3 scripts/generate-terraform-cases.py [--check] [FILE...]

Needs a `terraform` in the path (1.9 or later; it works offline). A line of a file is

    EXPRESSION ==> RESULT :: TYPE

of which the script writes everything from `==>` on; lines without it are new cases, empty lines and lines that begin
with `#` are left alone. In an expression `⏎` stands for a line break. A result is JSON, `!` for an error, `?` for a
value that is only known after the deployment; inside JSON, unknown is `{"?":1}` and a number that needs more than 15
digits is `{"#":"…"}`. The type is Terraform's JSON form of it, left out where the value tells it. Expressions are
evaluated in the module beside the files. `--check` writes nothing and fails if a result differs.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

CASES = Path(__file__).resolve().parent.parent / "tests/fixtures/terraform/cases"
MARKER = " ==> "


def terraform(folder, *arguments):
    return subprocess.run(["terraform", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def failing(folder):
    """Plans, and says which files of it have an error."""
    done = terraform(folder, "plan", "-json", "-input=false", "-no-color", "-refresh=false", "-out=plan")
    files, other = set(), []
    for line in done.stdout.splitlines():
        diagnostic = json.loads(line).get("diagnostic", {})
        if diagnostic.get("severity") == "error":
            name = diagnostic.get("range", {}).get("filename", "")
            if name.startswith("case_"):
                files.add(name)
            else:
                other.append(diagnostic["summary"] + ": " + diagnostic.get("detail", ""))
                # Infinity has no place to stand, so nothing of use can have it.
                files |= {f"{name}.tf" for name in re.findall(r"case_\d+", diagnostic.get("detail", ""))}
    # An error of which nobody says where it is may vanish with the others.
    if done.returncode and not files:
        sys.exit(f"{other} {done.stderr}")
    return files


def merged(known, unknown):
    """The value, with a mark for everything in it that is not known."""
    if unknown is True:
        return {"?": 1}
    if isinstance(unknown, dict):
        known = known or {}
        names = [*known, *(name for name in unknown if name not in known)]
        return {name: merged(known.get(name), unknown.get(name)) for name in sorted(names)}
    if isinstance(unknown, list) and isinstance(known, list):
        length = max(len(known), len(unknown))
        at = lambda items, index: items[index] if index < len(items) else None
        return [merged(at(known, index), at(unknown, index)) for index in range(length)]
    return known


def plain(value):
    """Numbers as they are written in the tables."""
    if isinstance(value, Decimal):
        if len(value.as_tuple().digits) > 15 or abs(value.adjusted()) > 15:
            return {"#": format(value, "f")}
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def scalar_type(value):
    return {str: "string", bool: "bool", Decimal: "number"}.get(type(value))


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def answers(expressions):
    """What Terraform gives for each expression."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder) / "module"
        shutil.copytree(CASES / "module", folder)
        for at, expression in enumerate(expressions):
            name = f"case_{at:05}"
            (folder / f"{name}.tf").write_text(f'output "{name}" {{\n  sensitive = true\n  value = {expression}\n}}\n')
        if (done := terraform(folder, "init", "-backend=false", "-input=false")).returncode:
            for path in failing_syntax(folder):
                (folder / path).unlink()
            terraform(folder, "init", "-backend=false", "-input=false")
        while wrong := failing(folder):
            for path in wrong:
                (folder / path).unlink()
        shown = json.loads(
            terraform(folder, "show", "-json", "plan").stdout, parse_float=Decimal, parse_int=Decimal
        )
    outputs, changes = shown["planned_values"].get("outputs", {}), shown.get("output_changes", {})
    for at in range(len(expressions)):
        name = f"case_{at:05}"
        if name not in outputs:
            yield "!"
            continue
        value = merged(changes.get(name, {}).get("after"), changes.get(name, {}).get("after_unknown"))
        of = outputs[name].get("type")
        text = "?" if value == {"?": 1} else compact(plain(value))
        told = of is None or of == scalar_type(value)
        yield text if told else f"{text} :: {compact(of)}"


def failing_syntax(folder):
    """The files that cannot be parsed: `init` reads them before anything else and stops there."""
    done = terraform(folder, "validate", "-json")
    diagnostics = json.loads(done.stdout).get("diagnostics", [])
    return {diagnostic["range"]["filename"] for diagnostic in diagnostics if "range" in diagnostic}


def main():
    arguments = sys.argv[1:]
    check = "--check" in arguments
    paths = [Path(path) for path in arguments if path != "--check"] or sorted(CASES.glob("*.txt"))
    lines = {path: path.read_text().splitlines() for path in paths}
    is_case = lambda line: line and not line.startswith("#")
    expressions = [line.split(MARKER)[0] for path in paths for line in lines[path] if is_case(line)]
    found = iter(list(answers([expression.replace("⏎", "\n") for expression in expressions])))
    differences = 0
    for path in paths:
        fresh = [line.split(MARKER)[0] + MARKER + next(found) if is_case(line) else line for line in lines[path]]
        changed = [(old, new) for old, new in zip(lines[path], fresh) if old != new]
        differences += len(changed)
        if check:
            for old, new in changed:
                print(f"{path.name}\n  - {old}\n  + {new}")
        else:
            path.write_text("\n".join(fresh) + "\n")
    print(f"{len(expressions)} cases, {differences} changed")
    sys.exit(bool(check and differences))


if __name__ == "__main__":
    main()
