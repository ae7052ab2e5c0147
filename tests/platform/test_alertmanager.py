"""Prometheus' Alertmanager as an oracle: the same groups, and the same alerts quiet."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, NamedTuple

import httpx
import pytest

from alerts.incidents.deciding import Alerts, Decided, decide
from alerts.incidents.grouping import group
from alerts.incidents.linking import Linking
from alerts.incidents.loading import AlertRow
from alerts.rules import AlertLevel
from data.reference.causes import cause_links, family_order
from tests.unit.alerts.incidents.gathering import One, members_of

PROGRAM = "prometheus-alertmanager"
LEVELS = ("blue", "yellow", "orange", "red")
CATCHMENTS = 12
_PATIENCE_S = 20.0


class Raised(NamedTuple):
    """An alert of a storm, as both are told of it."""

    id: int
    family: str
    level: str
    catchment: int
    minute: int


def a_storm(seed: int) -> list[Raised]:
    """Alerts of catchments far apart, each with rain or without, at most an hour apart."""
    chance = Random(seed)  # noqa: S311 - no secret
    storm = []
    for catchment in range(CATCHMENTS):
        families = ["sewer_surcharge"] * chance.randint(1, 5) + ["road_flood"] * chance.randint(
            0, 3
        )
        families += ["rain"] * chance.randint(0, 2)
        storm += [
            (family, chance.choice(LEVELS), catchment, chance.randint(0, 50)) for family in families
        ]
    chance.shuffle(storm)
    return [Raised(number, *row) for number, row in enumerate(storm, start=1)]


CONFIG = """
route:
  receiver: nobody
  group_by: [catchment]
  group_wait: 0s
receivers: [{{name: nobody}}]
inhibit_rules:
{rules}
"""
RULE = """  - source_matchers: ['family = rain', 'level =~ "{sources}"']
    target_matchers: ['family = sewer_surcharge', 'level = {target}']
    equal: [catchment]"""


def config_text() -> str:
    """Group by catchment; rain quiets surcharges there at no higher level than its own."""
    rules = [
        RULE.format(sources="|".join(LEVELS[number:]), target=level)
        for number, level in enumerate(LEVELS)
    ]
    return CONFIG.format(rules="\n".join(rules))


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    program = shutil.which(PROGRAM)
    if program is None:
        pytest.skip(f"{PROGRAM} is absent: apt-get install {PROGRAM}")
    folder = tmp_path_factory.mktemp("alertmanager")
    (folder / "config.yml").write_text(config_text(), encoding="utf-8")
    with started(program, folder) as process:
        try:
            with httpx.Client(base_url=f"http://{address_of(process)}/api/v2") as client:
                yield client
        finally:
            process.terminate()
            process.communicate()


def started(program: str, folder: Path) -> "subprocess.Popen[str]":
    command = [
        program,
        f"--config.file={folder / 'config.yml'}",
        f"--storage.path={folder}",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
    ]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def address_of(process: "subprocess.Popen[str]") -> str:
    """Read its log up to the line that says where it listens."""
    said = []
    for line in process.stderr or ():
        said.append(line)
        found = re.search(r"[Ll]istening on.* address=(\S+)", line)
        if found:
            return found[1]
    raise AssertionError(f"{PROGRAM} ended: {''.join(said)}")


def told_by(client: httpx.Client, storm: list[Raised]) -> tuple[set[frozenset[int]], set[int]]:
    """Return the groups that it makes of a storm, and the alerts that it inhibits."""
    now = datetime.now(UTC)
    alerts = [
        {
            "labels": {
                "alertname": one.family,
                "number": str(one.id),
                "family": one.family,
                "level": one.level,
                "catchment": str(one.catchment),
            },
            "startsAt": (now - timedelta(minutes=60 - one.minute)).isoformat(),
            "endsAt": (now + timedelta(hours=1)).isoformat(),
        }
        for one in storm
    ]
    client.post("/alerts", json=alerts).raise_for_status()
    mine = {one.id for one in storm}
    parts: set[frozenset[int]] = set()
    deadline = monotonic() + _PATIENCE_S
    while not mine <= set().union(*parts) and monotonic() < deadline:
        groups = client.get("/alerts/groups").json()
        parts = {frozenset(number_of(one) for one in each["alerts"]) for each in groups}
    found = client.get("/alerts").json()
    inhibited = {number_of(one) for one in found if one["status"]["inhibitedBy"]}
    return {part for part in parts if part & mine}, inhibited & mine


def number_of(alert: dict[str, Any]) -> int:
    return int(alert["labels"]["number"])


def made_here(storm: list[Raised]) -> list[Decided]:
    """Return the incidents that the keeper makes of a storm."""
    ones = [
        One(
            one.id,
            one.family,
            float(one.minute),
            catchment=one.catchment,
            root=one.catchment,
            x=one.catchment * 30_000.0,
        )
        for one in storm
    ]
    members = members_of(ones)
    linking = Linking(cause_links(), family_order())
    rows = [row_of(one) for one in storm]
    return decide(Alerts(rows, members, group(members, linking), linking), {})


def row_of(one: Raised) -> AlertRow:
    at = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=one.minute)
    head = (one.id, "actual", "flood", one.level, True, "raised", one.id, 0, 1, at, None, None)
    titles = ("", f"thing {one.id}", one.family, one.family, one.family)
    return AlertRow(*head, *titles, *[None] * 11)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_groups_arise_and_the_same_alerts_are_quiet(
    alertmanager: httpx.Client, seed: int
) -> None:
    # Those of another seed would stay: each has numbers and catchments of its own.
    storm = [
        one._replace(id=one.id + seed * 1000, catchment=one.catchment + seed * 100)
        for one in a_storm(seed)
    ]
    expected, inhibited = told_by(alertmanager, storm)
    incidents = made_here(storm)
    assert {frozenset(m.alert.id for m in one.members) for one in incidents} == expected
    quiet = {m.alert.id for one in incidents for m in one.members if m.quiet_by is not None}
    assert quiet == inhibited
    assert quiet
    assert len(quiet) < len(storm)


def test_an_incident_has_the_level_of_its_highest_alert() -> None:
    for one in made_here(a_storm(3)):
        highest = max(AlertLevel.named(member.alert.level) for member in one.members)
        assert one.level == highest.text
