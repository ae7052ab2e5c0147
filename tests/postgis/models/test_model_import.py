"""A model imported, imported again and changed: entities for what is coded, elements for all."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from shapely.geometry import Point, box
from typer.testing import CliRunner

from spatial import models
from spatial.files import FileRefusedError, Inspection
from spatial.models import Element, Model, ModelFormat, Progress, RefusedElement
from tests.postgis.importing.importer import Importer, app

X, Y = 493_426.5, 2_516_742.5
HOUSE = Element(
    key="house",
    native_class="House",
    klass="8101",
    name="Town Hall",
    shape=box(X, Y, X + 20, Y + 10),
    base_m=12.0,
    top_m=30.5,
    lods=("1", "2"),
    measures={"volume_m3": 3700.0},
    properties={"Pset.Use": "office"},
)
STOREY = Element(key="storey", native_class="Storey", klass="8102", name="1 F", parent="house")
ROOM = Element(
    key="room",
    native_class="Room",
    klass="8103",
    parent="storey",
    shape=box(X + 1, Y + 1, X + 5, Y + 5),
)
LAMP = Element(key="lamp", native_class="Lamp", parent="room", shape=Point(X + 2, Y + 2))
TOWN_HALL: tuple[Element | RefusedElement, ...] = (HOUSE, STOREY, ROOM, LAMP)

Found = Sequence[Element | RefusedElement]


class Scripted:
    """A format whose files say only that they are one; a test says what is in them."""

    def __init__(self) -> None:
        self.found: Found = TOWN_HALL
        self.crs: str | None = "EPSG:4547"
        self.height_datum = "EPSG:5737"
        self.breaks_off = False

    def form(self) -> ModelFormat:
        """Return the row of the roll call."""
        return ModelFormat(
            name="Scripted",
            suffixes=(".scripted",),
            recognises=lambda head, _suffix: head.startswith(b"scripted"),
            inspect=lambda _path, _progress: Inspection(format="Scripted"),
            open=self._open,
        )

    def _open(self, path: Path) -> Model:
        return Model(
            format="Scripted",
            schema="1",
            crs=self.crs,
            height_datum=self.height_datum,
            elements=lambda progress: self._elements(path, progress),
            warnings=("made up",),
        )

    def _elements(self, path: Path, progress: Progress) -> Iterator[Element | RefusedElement]:
        progress("reading", 0, len(self.found))
        yield from self.found
        if self.breaks_off:
            raise FileRefusedError(f"file {path.name!r}: ends in the middle")


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Add the scripted format to the roll call."""
    made = Scripted()
    monkeypatch.setattr(models, "FORMATS", (made.form(),))
    return made


@pytest.fixture
def importer(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """Give the command in front of an empty store."""
    return Importer.before(database_url, tmp_path, monkeypatch)


def imported(importer: Importer, *options: str, exit_code: int = 0) -> dict[str, Any]:
    file = importer.folder / "hall.scripted"
    file.write_text("scripted")
    done = CliRunner().invoke(app, [str(file), "--json", *options])
    assert done.exit_code == exit_code, (done.output, done.exc_info)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows(importer: Importer, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(importer.store_url) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.usefixtures("scripted")
def test_what_is_coded_becomes_an_entity_and_all_of_it_elements(importer: Importer) -> None:
    report = imported(importer, "--model", "hall", "--source", "housing bureau")

    assert report["counts"]["created"] == 2
    assert report["elements"] == {
        "created": 4, "changed": 0, "removed": 0, "unchanged": 0, "refused": 0,
    }  # fmt: skip
    entities = rows(importer, "SELECT class_code, name, height_m FROM entity ORDER BY code")
    assert entities == [("8101", "Town Hall", 18.5), ("8102", "1 F", None)]
    whole = rows(
        importer,
        "SELECT w.name, p.name FROM relation r JOIN entity w ON w.code = r.target"
        " JOIN entity p ON p.code = r.origin WHERE r.kind = 'part_of'",
    )
    assert whole == [("Town Hall", "1 F")]
    elements = rows(
        importer,
        "SELECT m.key, m.code IS NOT NULL, e.class_code FROM model_element m"
        " LEFT JOIN entity e ON e.code = m.whole ORDER BY m.key",
    )
    assert elements == [
        ("house", True, "8101"), ("lamp", False, "8102"), ("room", False, "8102"),
        ("storey", True, "8102"),
    ]  # fmt: skip


@pytest.mark.usefixtures("scripted")
def test_the_same_model_again_leaves_no_trace(importer: Importer) -> None:
    imported(importer)
    before = rows(importer, "SELECT count(*) FROM change_set")

    report = imported(importer)

    assert report["change_set"] is None
    assert report["elements"]["unchanged"] == 4
    assert rows(importer, "SELECT count(*) FROM change_set") == before


def test_an_element_that_changes_is_a_change_set_though_no_entity_does(
    importer: Importer, scripted: Scripted
) -> None:
    first = imported(importer)["change_set"]
    scripted.found = (HOUSE, STOREY, replace(ROOM, name="office"), LAMP)

    report = imported(importer)

    assert report["elements"] == {
        "created": 0, "changed": 1, "removed": 0, "unchanged": 3, "refused": 0,
    }  # fmt: skip
    assert report["change_set"] > first
    made_in = rows(importer, "SELECT key, change_set_id FROM model_element ORDER BY key")
    assert dict(made_in)["room"] == report["change_set"]
    assert dict(made_in)["lamp"] == first
    sets = rows(importer, "SELECT id, model, file FROM change_set ORDER BY id")
    assert sets[-1] == (report["change_set"], "hall", "hall.scripted")


def test_what_the_model_has_no_more_is_removed_and_its_entity_stays(
    importer: Importer, scripted: Scripted
) -> None:
    imported(importer)
    scripted.found = (HOUSE, ROOM)

    report = imported(importer)

    assert report["elements"]["removed"] == 2
    assert rows(importer, "SELECT key FROM model_element ORDER BY key") == [("house",), ("room",)]
    assert rows(importer, "SELECT count(*) FROM entity WHERE NOT retired") == [(2,)]


@pytest.mark.usefixtures("scripted")
def test_a_dry_run_says_what_would_come_and_writes_nothing(importer: Importer) -> None:
    report = imported(importer, "--dry-run")

    assert report["elements"]["created"] == 4
    assert report["counts"]["created"] == 2
    assert rows(importer, "SELECT count(*) FROM model") == [(0,)]
    assert rows(importer, "SELECT count(*) FROM entity") == [(0,)]


def test_a_model_that_breaks_off_leaves_nothing(importer: Importer, scripted: Scripted) -> None:
    scripted.breaks_off = True
    file = importer.folder / "hall.scripted"
    file.write_text("scripted")

    done = CliRunner().invoke(app, [str(file)])

    assert done.exit_code == 2
    assert "ends in the middle" in done.output
    assert rows(importer, "SELECT count(*) FROM entity") == [(0,)]
    assert rows(importer, "SELECT count(*) FROM model_element") == [(0,)]


def test_refused_elements_are_named_and_the_others_stand(
    importer: Importer, scripted: Scripted
) -> None:
    far_away = replace(LAMP, key="lost", shape=Point(1e9, 1e9))
    scripted.found = (*TOWN_HALL, RefusedElement("ghost", "no geometry"), LAMP, far_away)

    report = imported(importer, exit_code=1)

    assert report["elements"]["created"] == 4
    assert report["elements"]["refused"] == 3
    reasons = [row["detail"] for row in report["rows"]]
    assert reasons[0] == "element 'ghost': no geometry"
    assert reasons[1] == "element 'lamp': its key is that of an earlier element"
    assert reasons[2].startswith("element 'lost': ")


def test_strict_takes_nothing_if_one_element_is_refused(
    importer: Importer, scripted: Scripted
) -> None:
    scripted.found = (*TOWN_HALL, RefusedElement("ghost", "no geometry"))

    report = imported(importer, "--strict", exit_code=2)

    assert "--strict" in report["refusal"]
    assert rows(importer, "SELECT count(*) FROM model_element") == [(0,)]
    assert rows(importer, "SELECT count(*) FROM entity") == [(0,)]


def test_shapes_without_a_crs_are_refused_until_somebody_says_it(
    importer: Importer, scripted: Scripted
) -> None:
    scripted.crs = None
    file = importer.folder / "hall.scripted"
    file.write_text("scripted")

    refused = CliRunner().invoke(app, [str(file)])
    taken = imported(importer, "--crs", "EPSG:4547")

    assert refused.exit_code == 2
    assert "the model does not say its CRS: name one" in refused.output
    assert taken["elements"]["created"] == 4


def test_two_models_may_call_their_elements_alike(importer: Importer, scripted: Scripted) -> None:
    imported(importer, "--model", "east")
    scripted.found = (replace(HOUSE, shape=box(X + 100, Y, X + 110, Y + 10)),)

    imported(importer, "--model", "west")

    names = rows(importer, "SELECT value FROM entity_name WHERE scheme = 'model' ORDER BY value")
    assert names == [("east/house",), ("east/storey",), ("west/house",)]


def test_a_circle_of_parents_ends_and_belongs_to_nothing(
    importer: Importer, scripted: Scripted
) -> None:
    scripted.found = (
        replace(LAMP, key="a", parent="b"),
        replace(LAMP, key="b", parent="a"),
        HOUSE,
    )

    report = imported(importer)

    assert report["elements"]["created"] == 3
    assert rows(importer, "SELECT key FROM model_element WHERE whole IS NULL ORDER BY key") == [
        ("a",),
        ("b",),
    ]


def test_what_no_store_can_keep_is_refused_and_numbers_that_are_none_become_null(
    importer: Importer, scripted: Scripted
) -> None:
    scripted.found = (
        HOUSE,
        replace(LAMP, key="nul", parent=None, properties={"note": ["a\0b"]}),
        replace(LAMP, key="half", parent=None, name="\ud800"),
        replace(LAMP, key="big", parent=None, properties={"n": 2**70}),
        replace(LAMP, key="nan", parent=None, properties={"n": float("nan"), "text": "\\u0000"}),
    )

    report = imported(importer, exit_code=1)

    assert report["elements"]["created"] == 2
    reasons = {row["detail"].split(": ")[0]: row["detail"] for row in report["rows"]}
    assert "holds a NUL character" in reasons["element 'nul'"]
    assert "none of JSON's" in reasons["element 'half'"]
    assert "none of JSON's" in reasons["element 'big'"]
    kept = rows(importer, "SELECT properties FROM model_element WHERE key = 'nan'")
    assert kept == [({"n": None, "text": "\\u0000"},)]


def test_an_element_that_is_refused_stays_as_it_stood(
    importer: Importer, scripted: Scripted
) -> None:
    imported(importer)
    scripted.found = (HOUSE, STOREY, ROOM, replace(LAMP, name="a\0b"))

    report = imported(importer, exit_code=1)

    assert (report["elements"]["removed"], report["elements"]["refused"]) == (0, 1)
    assert report["change_set"] is None
    assert rows(importer, "SELECT name FROM model_element WHERE key = 'lamp'") == [("",)]


def test_elements_that_come_to_be_a_circle_belong_to_nothing_any_more(
    importer: Importer, scripted: Scripted
) -> None:
    imported(importer)
    scripted.found = (HOUSE, STOREY, replace(ROOM, parent="lamp"), LAMP)

    imported(importer)

    lost = rows(importer, "SELECT key FROM model_element WHERE whole IS NULL ORDER BY key")
    assert lost == [("lamp",), ("room",)]
