"""What no index takes is refused with its element; what a model says of itself is kept."""

import hashlib
from dataclasses import replace

import psycopg
import pytest
from shapely.geometry import box
from typer.testing import CliRunner

from data.registry.lifecycle import Author, merge
from spatial.models import Element
from tests.postgis.importing.importer import Importer, app
from tests.postgis.models.test_model_import import (
    HOUSE,
    LAMP,
    ROOM,
    STOREY,
    TOWN_HALL,
    Scripted,
    X,
    Y,
    imported,
    importer,
    rows,
    scripted,
)

__all__ = ["importer", "scripted"]

MERGED = "SELECT code FROM entity WHERE name IN ('Annexe', 'Town Hall') ORDER BY name"
LONG = hashlib.shake_256(b"long").hexdigest(3_000)
"""What no index can pack."""


@pytest.mark.parametrize(
    "element",
    [
        replace(LAMP, key=LONG),
        replace(LAMP, key="b", parent=LONG),
        replace(LAMP, key="c", native_class=LONG),
        replace(HOUSE, key=LONG),
        replace(LAMP, key="明" * 400 + LONG),
    ],
)
def test_texts_that_are_longer_than_an_index_takes_refuse_their_element(
    importer: Importer, scripted: Scripted, element: Element
) -> None:
    scripted.found = (*TOWN_HALL, element)

    report = imported(importer, exit_code=1)

    assert report["elements"]["created"] == len(TOWN_HALL)
    assert report["elements"]["refused"] == 1


def test_a_long_name_of_a_thing_is_no_reason_to_refuse_it_all(
    importer: Importer, scripted: Scripted
) -> None:
    scripted.found = (replace(HOUSE, name=LONG), STOREY, ROOM, replace(LAMP, name=LONG))

    assert imported(importer)["elements"]["created"] == len(TOWN_HALL)


@pytest.mark.parametrize("option", ["--model", "--source"])
@pytest.mark.parametrize("said", [LONG, "a" * 201, "\ud800"])
def test_a_name_that_cannot_be_kept_is_refused(
    importer: Importer, scripted: Scripted, option: str, said: str
) -> None:
    assert scripted.found
    file = importer.folder / "hall.scripted"
    file.write_text("scripted")

    done = CliRunner().invoke(app, [str(file), option, said])

    assert done.exit_code == 2
    assert f"{option} {said[:60]!r}: expected 1 to 200 characters of text" in done.output


def test_a_file_whose_name_is_too_long_for_a_model_needs_another(
    importer: Importer, scripted: Scripted
) -> None:
    assert scripted.found
    file = importer.folder / f"{'a' * 210}.scripted"
    file.write_text("scripted")

    done = CliRunner().invoke(app, [str(file)])

    assert done.exit_code == 2
    assert "expected 1 to 200 characters of text" in done.output
    assert CliRunner().invoke(app, [str(file), "--model", "hall"]).exit_code == 0


def test_what_a_model_says_of_itself_is_kept_though_no_element_differs(
    importer: Importer, scripted: Scripted
) -> None:
    imported(importer)
    assert rows(importer, "SELECT height_datum FROM model") == [("EPSG:5737",)]
    scripted.height_datum = "EPSG:5735"

    report = imported(importer)

    assert report["change_set"] is not None
    assert rows(importer, "SELECT height_datum FROM model") == [("EPSG:5735",)]
    assert imported(importer)["change_set"] is None


def test_elements_of_entities_that_were_merged_are_of_the_one_that_stayed(
    importer: Importer, scripted: Scripted
) -> None:
    annexe = replace(HOUSE, key="annexe", name="Annexe", shape=box(X + 50, Y, X + 60, Y + 10))
    scripted.found = (*TOWN_HALL, annexe, replace(LAMP, key="sign", parent="annexe"))
    imported(importer)
    gone, stays = (int(code) for (code,) in rows(importer, MERGED))
    with psycopg.connect(importer.store_url) as connection:
        merge(connection, Author("test", "one house", "survey"), [gone], stays)

    # Two things of the file are one entity now, and only one of them may speak for it.
    assert imported(importer, exit_code=1)["change_set"] is None

    found = rows(importer, "SELECT key, whole FROM model_element WHERE key IN ('annexe', 'sign')")
    assert sorted(found) == [("annexe", stays), ("sign", stays)]
