"""Gives the copied shop a git history in which "this evening" is now.

Dates in the sample are those of one evening in November 2026. Each one in `changes/` is moved by the time since then,
and each record is committed when its author would have written it, because driftledger believes the commit and not the
date in the file: CR-2026-042 is late by that alone.
"""

import argparse
import datetime as dt
import os
import pathlib
import re
import subprocess

UTC = dt.timezone.utc
EVENING = dt.datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
EASTERN = dt.timezone(dt.timedelta(hours=-5))

INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PLANNED = re.compile(r"(\*\*Planned Date:\*\* )(\S+)(\n- \*\*Planned Time:\*\* )(\d\d:\d\d [AP]M)( EST)")

# When (before the evening), who, what was committed, and why. The first one takes the whole tree but the records.
COMMITS = [
    (dt.timedelta(days=12), "release", None, "Release 5.12: storefront, checkout and the orders API"),
    (dt.timedelta(days=6, hours=11), "mira", "CR-2026-040-search-page-size.yaml", "CR-2026-040: 48 results a page"),
    (dt.timedelta(hours=34, minutes=20), "jonas", "CR-2026-042-payment-failover.md", "CR-2026-042: payment failover"),
    (dt.timedelta(hours=26), "mira", "CR-2026-044-silence-cpu-alarm.md", "CR-2026-044: decision of the change board"),
    (dt.timedelta(hours=5), "mira", "CR-2026-045-orders-memory.md", "CR-2026-045: memory of the orders function"),
    (dt.timedelta(hours=2, minutes=50), "jonas", "CR-2026-041-checkout-capacity.yaml", "CR-2026-041: checkout for the sale"),
    (dt.timedelta(minutes=48), "jonas", "CR-2026-043-express-checkout-off.yaml", "CR-2026-043: express checkout off"),
]


def move(text, by):
    """The text with every date moved."""

    def instant(match):
        then = dt.datetime.fromisoformat(match.group().replace("Z", "+00:00")) + by
        return then.strftime("%Y-%m-%dT%H:%M:%SZ")

    def planned(match):
        then = dt.datetime.strptime(f"{match[2]} {match[4]}", "%Y-%m-%d %I:%M %p").replace(tzinfo=EASTERN) + by
        return f"{match[1]}{then:%Y-%m-%d}{match[3]}{then:%I:%M %p}{match[5]}"

    return PLANNED.sub(planned, INSTANT.sub(instant, text))


def git(shop, *arguments, at=None, author="release"):
    """Runs git without the settings of this machine or its user."""
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", author), ("EMAIL", f"{author}@example.com"))
    }
    when = {f"GIT_{role}_DATE": at.isoformat() for role in ("AUTHOR", "COMMITTER")} if at else {}
    plain = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "-C", str(shop), *arguments], check=True, env={**os.environ, **plain, **who, **when})


def commit(shop, paths, message, at, author):
    git(shop, "add", "--", *paths)
    git(shop, "commit", "--quiet", "--no-gpg-sign", "-m", message, at=at, author=author)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--shop", type=pathlib.Path, required=True, help="the copied repository")
    shop = arguments.parse_args().shop

    now = dt.datetime.now(UTC).replace(second=0, microsecond=0)
    records = shop / "changes"
    for record in sorted(records.iterdir()):
        record.write_text(move(record.read_text(), now - EVENING))

    git(shop, "init", "--quiet", "--initial-branch=main")
    (shop / ".gitignore").write_text("driftledger.db*\n")
    everything_else = [":/", ":(exclude)changes"]
    for before, author, record, message in COMMITS:
        paths = [f"changes/{record}"] if record else everything_else
        commit(shop, paths, message, now - before, author)
    print(f"  {len(COMMITS)} commits, the records among them when they were really written")


if __name__ == "__main__":
    main()
