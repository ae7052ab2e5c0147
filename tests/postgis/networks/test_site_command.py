"""Where sensors should stand in a model of pipes, by the command."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.postgis.networks.test_trace_command import town
from twin.cli.commands import app

__all__ = ["town"]

pytestmark = pytest.mark.usefixtures("town")


def site(*options: str) -> Result:
    return CliRunner().invoke(app, ["trace", "site", "--network", "town", *options])


def test_sensors_are_proposed_the_most_useful_first() -> None:
    found = json.loads(site("--count", "2", "--json").stdout)
    assert found["existing"] == []
    assert len(found["sensors"]) == 2
    assert found["sensors"][0]["seen"] <= found["sensors"][1]["seen"]


def test_a_share_of_the_nodes_is_rounded_up() -> None:
    assert len(json.loads(site("--json").stdout)["sensors"]) == 1


def test_people_read_a_table_and_what_stands_already() -> None:
    done = site("--count", "4", "--existing", "node/O1", "--begin-known-s", "60")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0].split() == ["key", "kind", "seen", "alike"]
    assert "beside 1 sensors that see" in done.output
    assert "no other place adds anything" in done.output


def test_sites_are_written_as_geojson(tmp_path: Path) -> None:
    file = tmp_path / "sites.geojson"
    assert site("--count", "1", "--out", str(file)).exit_code == 0
    assert json.loads(file.read_text(encoding="utf-8"))["features"][0]["geometry"]
    assert site("--count", "1", "--out", str(tmp_path)).exit_code == 2


def test_a_node_that_is_not_there_is_named() -> None:
    done = site("--existing", "node/J9")
    assert done.exit_code == 2
    assert "node/J9" in done.output
