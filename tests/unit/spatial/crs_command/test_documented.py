"""docs/coordinates.md has every finding and every key of a declaration, and a sound example."""

from pathlib import Path

import pytest

from spatial.accidents import Accident
from spatial.heights import datums
from spatial.local_systems import read_systems
from spatial.local_systems.declaration import (
    FourParameters,
    GeoidGrid,
    Grid,
    HeightOffset,
    Pipeline,
    SevenParameters,
)

DOCS = Path(__file__).parents[4] / "docs"
GUIDE = (DOCS / "coordinates.md").read_text(encoding="utf-8")


def test_every_finding_is_in_the_guide() -> None:
    assert [each for each in Accident if f"`{each}`" not in GUIDE] == []


def test_every_datum_is_in_the_guide() -> None:
    assert [name for name in datums() if f"`{name}`" not in GUIDE] == []


@pytest.mark.parametrize(
    "table", [SevenParameters, FourParameters, Grid, Pipeline, HeightOffset, GeoidGrid]
)
def test_every_key_of_a_declaration_is_in_the_guide(table: type[SevenParameters]) -> None:
    assert [key for key in table.model_fields if f"`{key}`" not in GUIDE] == []


def test_the_example_is_sound() -> None:
    found = read_systems(DOCS / "examples" / "crs" / "coordinate_systems.toml")
    assert list(found.systems) == ["town", "old-town"]
    assert max(each.distance_m for each in found.systems["town"].residuals()) < 0.001
    assert found.heights.offsets[0].offset_m == 0.744
