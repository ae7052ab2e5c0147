"""Recorded models imported into stores of their own part of the world, twice."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from typer.testing import CliRunner

from data.migrations import migrate
from data.registry.district import set_up
from tests.postgis.importing.importer import Importer, app


class Case(NamedTuple):
    """A model, the metric CRS of its place, and what comes of importing it.

    Attributes:
        file: below the folder of recordings.
        srid: of the store.
        entities: some of those that are created, by class.
        elements: that are created.
        refused: elements that are refused.
        crs: that a person has to say, where the file does not.
    """

    file: str
    srid: int
    entities: dict[str, int]
    elements: int
    refused: int = 0
    crs: str | None = None


CASES = [
    Case("cim/delft.json", 28992, {"8101": 160, "8401": 143}, 570),
    Case("cim/52397519_bldg_6697_op.gml", 6677, {"8101": 13}, 15),
    Case("cim/vienna.jsonl", 31256, {"8101": 149}, 592, crs="EPSG:31256"),
    Case("bim/building-architecture.ifc", 32760, {"8101": 1, "8102": 1}, 22),
    Case("bim/AC20-FZK-Haus.ifc", 25832, {"8101": 1, "8102": 2}, 127),
    Case("gis/Helsinki.osm.pbf", 3879, {"8101": 482, "8402": 2229, "8202": 6}, 13222, 260),
]


@pytest.fixture
def importer(empty_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """The command, in front of a store that is to be set up for another CRS."""
    return Importer.before(empty_store, tmp_path, monkeypatch)


def run(file: Path, *options: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [str(file), "--county", "440311", "--json", *options])
    assert done.stdout, (done.output, done.exc_info)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_a_recorded_model_is_imported_and_again_leaves_no_trace(
    importer: Importer, shared: Path, case: Case
) -> None:
    migrate(importer.store_url)
    with psycopg.connect(importer.store_url) as connection:
        set_up(connection, case.srid)
    options = ["--crs", case.crs] if case.crs else []
    file = shared / "data" / case.file

    first = run(file, *options)
    again = run(file, *options)

    with psycopg.connect(importer.store_url) as connection:
        counted = connection.execute("SELECT class_code, count(*) FROM entity GROUP BY 1")
        entities = {str(klass): int(count) for klass, count in counted}
        outside = connection.execute(
            "SELECT count(*) FROM model_element WHERE ST_SRID(geom) <> %s", (case.srid,)
        ).fetchone()
    assert entities.items() >= case.entities.items()
    assert outside == (0,)
    assert first["elements"] == {
        "created": case.elements,
        "changed": 0,
        "removed": 0,
        "unchanged": 0,
        "refused": case.refused,
    }
    assert again["change_set"] is None
    assert again["elements"]["unchanged"] == case.elements
