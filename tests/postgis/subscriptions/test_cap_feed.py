"""Our warnings: valid by the schema, each change refers to what went before, the end takes back."""

from pathlib import Path

import pytest
import shapely
from lxml import etree

from alerts.cap.config import CapConfig
from alerts.cap.document import NAMESPACE
from alerts.cap.feed import ATOM, UnknownCapMessageError, read_feed, read_issued
from alerts.cap.issuing import ensure_feed, issuer
from tests.postgis.register import LEVEL_GAUGE, REACH, ROAD
from tests.postgis.subscriptions.switchboard import Switchboard

CAP = f"{{{NAMESPACE}}}"
CONFIG = CapConfig(contact="12345", prefix="citytwin-440311")


@pytest.fixture
def warner(board: Switchboard) -> Switchboard:
    ensure_feed(board.connection)
    ensure_feed(board.connection)
    board.connection.commit()
    board.publish = issuer(CONFIG)
    return board


@pytest.fixture(scope="session")
def schema(shared: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared / "data" / "cap" / "cap12.xsd"))


def issued(board: Switchboard) -> list[bytes]:
    rows = board.ask("SELECT document FROM cap_issued ORDER BY sent, number")
    return [bytes(document) for (document,) in rows]


def texts(document: bytes, *path: str) -> list[str | None]:
    root = etree.fromstring(document)
    return [found.text for found in root.iterfind("/".join(CAP + step for step in path))]


def storm(board: Switchboard) -> int:
    """Raise, change and end an incident of two alerts."""
    first = board.raise_alert(level="orange")
    second = board.raise_alert("road-depth", "yellow", entity=ROAD, device=LEVEL_GAUGE)
    incident = board.incident([first, second])
    board.turn()
    board.turn(10)
    board.step(first, "escalated", "raised", "red")
    board.turn(60)
    board.turn(10)
    for alert in (first, second):
        board.step(alert, "cleared")
    board.turn(1)
    board.turn(60)
    return incident


def test_a_warning_is_changed_and_taken_back(warner: Switchboard) -> None:
    incident = storm(warner)
    documents = issued(warner)
    kinds = [texts(one, "msgType")[0] for one in documents]
    assert kinds == ["Alert", "Update", "Cancel"]
    own = [
        f"{texts(one, 'sender')[0]},{texts(one, 'identifier')[0]},{texts(one, 'sent')[0]}"
        for one in documents
    ]
    assert texts(documents[0], "references") == []
    assert texts(documents[2], "references") == [f"{own[0]} {own[1]}"]
    assert texts(documents[1], "info", "severity") == ["Extreme", "Extreme"]
    assert texts(documents[1], "info", "language") == ["zh-CN", "en-US"]
    assert texts(documents[2], "info", "urgency") == ["Past", "Past"]
    assert texts(documents[0], "incidents") == [f"citytwin-440311-incident-{incident}"]


def test_every_document_is_valid(warner: Switchboard, schema: etree.XMLSchema) -> None:
    storm(warner)
    warner.raise_alert("exercise", mode="exercise")
    warner.raise_alert("replay", mode="replay", reason="bell \x07 and \ufffe", domain="unknown")
    warner.turn()
    warner.turn(11)
    documents = issued(warner)
    assert len(documents) == 5
    for document in documents:
        schema.assertValid(etree.fromstring(document))
    statuses = [texts(one, "status")[0] for one in documents]
    assert sorted(map(str, statuses)) == ["Actual", "Actual", "Actual", "Exercise", "Test"]


def test_the_capvalidator_package_finds_nothing(warner: Switchboard) -> None:
    capvalidator = pytest.importorskip("capvalidator")
    storm(warner)
    for document in issued(warner):
        result = capvalidator.validate_cap_message(document, strict=False)
        assert result.passed, result.message


def test_the_polygon_is_closed_latitude_first_and_holds_the_entity(warner: Switchboard) -> None:
    warner.raise_alert()
    warner.turn()
    warner.turn(11)
    (text, _) = texts(issued(warner)[0], "info", "area", "polygon")
    assert text is not None
    ring = [tuple(map(float, pair.split(","))) for pair in text.split()]
    assert ring[0] == ring[-1]
    assert 4 <= len(ring) <= 400
    (wkb,) = warner.ask(
        "SELECT ST_AsBinary(ST_Transform(geom, 4326)) FROM entity WHERE code = %s", [REACH]
    )[0]
    outline = shapely.Polygon([(lon, lat) for lat, lon in ring])
    assert outline.contains(shapely.from_wkb(wkb))


def test_what_stands_is_renewed_before_it_expires(warner: Switchboard) -> None:
    alert = warner.raise_alert()
    warner.turn()
    warner.turn(10)
    warner.step(alert, "acknowledged")
    for _ in range(10):
        warner.turn(3600)
    documents = issued(warner)
    assert len(documents) >= 4
    feed = read_feed(warner.connection, CONFIG, "actual", warner.now)
    assert len(etree.fromstring(feed).findall(f"{{{ATOM}}}entry")) == 1


def test_what_was_over_before_the_wait_is_no_warning(warner: Switchboard) -> None:
    alert = warner.raise_alert()
    warner.step(alert, "cleared")
    warner.turn()
    warner.turn(60)
    assert issued(warner) == []


def test_what_comes_back_begins_anew(warner: Switchboard) -> None:
    alert = warner.raise_alert()
    warner.turn()
    for step in ("cleared", "raised"):
        warner.turn(61)
        warner.step(alert, step)
        warner.turn()
    warner.turn(61)
    documents = issued(warner)
    assert [texts(one, "msgType")[0] for one in documents] == ["Alert", "Cancel", "Alert"]
    assert texts(documents[2], "references") == []


def test_the_feed_names_the_latest_of_each_and_only_what_is_actual(warner: Switchboard) -> None:
    storm(warner)
    warner.raise_alert("drill", mode="exercise")
    warner.turn()
    warner.turn(11)
    for mode, count in (("actual", 1), ("exercise", 1), ("replay", 0)):
        feed = etree.fromstring(read_feed(warner.connection, CONFIG, mode, warner.now))
        links = feed.findall(f"{{{ATOM}}}entry/{{{ATOM}}}link")
        assert len(links) == count
        for link in links:
            identifier = link.get("href", "").rpartition("/")[2].removesuffix(".xml")
            assert b"msgType" in read_issued(warner.connection, identifier)
    with pytest.raises(UnknownCapMessageError):
        read_issued(warner.connection, "none")
