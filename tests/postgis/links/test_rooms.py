"""A device placed in a space of an imported model is inside space, storey and building."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely
from shapely.geometry import Point, box

from data.links import explain_links
from data.links.rooms import code_rooms
from data.migrations import migrate
from data.registry import EntityChange, revision
from data.registry.district import set_up
from ingest.link_upkeep import catch_up
from spatial.models import Element
from tests.postgis.importing.importer import Importer
from tests.postgis.links.town import DETECTOR, code, say, targets
from tests.postgis.models.test_model_import import Scripted, X, Y, imported, scripted
from tests.postgis.models.test_real_models import run

Connection = psycopg.Connection[tuple[Any, ...]]
__all__ = ["scripted"]

OTHER = code("8509", 2)
HOUSE = Element(
    key="house",
    native_class="House",
    klass="8101",
    name="Town Hall",
    shape=box(X, Y, X + 20, Y + 10),
    base_m=12.0,
    top_m=18.0,
)
LAMP = Element(key="lamp", native_class="Lamp", parent="room1", shape=Point(X + 2, Y + 2))


def storey(number: int) -> Element:
    base = 12.0 + 3 * number
    return Element(
        key=f"storey{number}",
        native_class="Storey",
        klass="8102",
        name=f"{number + 1} F",
        parent="house",
        shape=box(X, Y, X + 20, Y + 10),
        base_m=base,
        top_m=base + 3,
    )


def room(number: int) -> Element:
    base = 12.0 + 3 * number
    return Element(
        key=f"room{number}",
        native_class="Room",
        klass="8103",
        name=f"{number + 1}01",
        parent=f"storey{number}",
        shape=box(X + 1, Y + 1, X + 5, Y + 5),
        base_m=base,
        top_m=base + 2.6,
    )


HALL = (HOUSE, storey(0), storey(1), room(0), room(1), LAMP)


@pytest.fixture
def importer(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """Give the command in front of an empty store."""
    return Importer.before(database_url, tmp_path, monkeypatch)


@pytest.fixture
def hall(importer: Importer, scripted: Scripted, connection: Connection) -> Importer:
    """A hall of two storeys with a room in each, imported; and a detector in the upper room."""
    scripted.found = HALL
    imported(importer, "--model", "hall")
    level = {"mounting_level_m": 16.0}
    say(connection, EntityChange(DETECTOR, "探测器", Point(X + 2, Y + 2), properties=level))
    return importer


def classes(connection: Connection) -> dict[str, list[str]]:
    """Return the names of coded spaces, storeys and buildings."""
    found: dict[str, list[str]] = {}
    for klass, name in connection.execute(
        "SELECT class_code, name FROM entity WHERE class_code LIKE '81%' ORDER BY code"
    ).fetchall():
        found.setdefault(klass, []).append(name)
    connection.commit()
    return found


def chain(connection: Connection, device: int) -> list[str]:
    """Return what a device is located in, from the inside out."""
    at: int | None = targets(connection, device).get("located_in")
    names = []
    while at is not None:
        name, whole = connection.execute(
            "SELECT e.name, r.target FROM entity e LEFT JOIN relation r ON r.origin = e.code"
            " AND r.kind = 'part_of' AND r.superseded_in IS NULL WHERE e.code = %s",
            (at,),
        ).fetchall()[0]
        names.append(name)
        at = whole
    connection.commit()
    return names


@pytest.mark.usefixtures("hall")
def test_a_device_in_a_room_is_in_its_storey_and_building_too(connection: Connection) -> None:
    catch_up(connection)
    assert chain(connection, DETECTOR) == ["201", "2 F", "Town Hall"]
    assert [one["target_name"] for one in explain_links(connection, DETECTOR).inside] == [
        "201", "2 F", "Town Hall",
    ]  # fmt: skip
    assert targets(connection, DETECTOR)["monitors"] == code("8101", 1)


@pytest.mark.usefixtures("hall")
def test_only_rooms_in_which_a_device_stands_get_a_code(connection: Connection) -> None:
    catch_up(connection)
    assert classes(connection) == {"8101": ["Town Hall"], "8102": ["1 F", "2 F"], "8103": ["201"]}
    elements = connection.execute(
        "SELECT m.key, e.name FROM model_element m JOIN entity e ON e.code = m.whole"
    ).fetchall()
    assert sorted(elements) == sorted({
        "house": "Town Hall", "storey0": "1 F", "storey1": "2 F", "room0": "1 F", "room1": "201",
        "lamp": "201",
    }.items())  # fmt: skip


def test_a_coded_room_is_known_again_by_the_next_import(
    hall: Importer, connection: Connection
) -> None:
    catch_up(connection)
    before = revision(connection)
    connection.commit()
    imported(hall, "--model", "hall")
    connection.commit()
    catch_up(connection)
    assert revision(connection) == before
    assert classes(connection)["8103"] == ["201"]


@pytest.mark.usefixtures("hall")
def test_a_device_of_unknown_height_is_in_the_building(connection: Connection) -> None:
    say(connection, EntityChange(DETECTOR, properties={"mounting_level_m": None}))
    catch_up(connection)
    assert chain(connection, DETECTOR) == ["Town Hall"]
    assert "8103" not in classes(connection)


@pytest.mark.usefixtures("hall")
def test_a_device_that_moves_to_another_room_is_linked_to_that(connection: Connection) -> None:
    catch_up(connection)
    say(connection, EntityChange(DETECTOR, properties={"mounting_level_m": 13.0}))
    catch_up(connection)
    assert chain(connection, DETECTOR) == ["101", "1 F", "Town Hall"]
    assert classes(connection)["8103"] == ["201", "101"]


@pytest.mark.usefixtures("hall")
def test_two_devices_in_one_room_give_it_one_code(connection: Connection) -> None:
    level = {"mounting_level_m": 15.5}
    say(connection, EntityChange(OTHER, "探测器2", Point(X + 3, Y + 3), properties=level))
    assert code_rooms(connection, [DETECTOR, OTHER]) == 1
    assert code_rooms(connection, [DETECTOR, OTHER]) == 0


def test_a_device_in_a_space_of_an_ifc_model_is_inside_three(
    empty_store: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty_store)
    with psycopg.connect(empty_store) as connection:
        set_up(connection, 25832)
    Importer.before(empty_store, tmp_path, monkeypatch)
    run(shared / "data" / "bim" / "AC20-FZK-Haus.ifc")
    with psycopg.connect(empty_store) as connection:
        wkb, level, name, storey_name = connection.execute(
            "SELECT ST_AsBinary(ST_PointOnSurface(m.geom)), m.base_m + 1, m.name, w.name"
            " FROM model_element m JOIN entity w ON w.code = m.whole"
            " WHERE m.class_code = '8103' AND w.class_code = '8102' ORDER BY m.key LIMIT 1"
        ).fetchall()[0]
        place, properties = shapely.from_wkb(wkb), {"mounting_level_m": level}
        say(connection, EntityChange(DETECTOR, "探测器", place, properties=properties))
        catch_up(connection)
        inside = chain(connection, DETECTOR)
    assert inside[:2] == [name, storey_name]
    assert len(inside) == 3
