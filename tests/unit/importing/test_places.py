"""The county in which a new entity gets its code."""

import numpy as np
import pytest
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from data.importing import UnknownCountyError, check_county
from data.importing.places import Counties, counties_of
from data.reference.counties import county_boundaries
from spatial.crs import DISTRICT, WGS84, transform_shapes
from tests.unit.importing.tables import X, Y, reasons, rows

GUANGMING, LONGHUA, HONGSHAN = "440311", "440309", "420111"
IN_GUANGMING = Point(X, Y)
FAR_NORTH = Point(X, Y + 900_000)


def counties(
    shapes: list[BaseGeometry | None], said: str | None = None, srid: int = 4547
) -> tuple[Counties, dict[int, str]]:
    taken = rows({"id": list(range(len(shapes)))}, shapes=shapes)
    found = counties_of(taken, np.arange(len(shapes), dtype=np.int64), srid, said)
    return found, reasons(taken)


def on_the_boundary() -> BaseGeometry:
    """Return a point of the outline that Guangming and Longhua share, 5 m inside Guangming."""
    outlines = {row.county: row.outline for row in county_boundaries()}
    ours, theirs = transform_shapes([outlines[GUANGMING], outlines[LONGHUA]], WGS84, DISTRICT)
    shared = ours.boundary.intersection(theirs.buffer(0.01))
    place = shared.interpolate(0.5, normalized=True)
    around = (Point(corner) for corner in place.buffer(5).boundary.coords)
    return next(corner for corner in around if ours.contains(corner.buffer(3)))


def test_the_boundary_table_tells_the_county() -> None:
    found, refused = counties([IN_GUANGMING])
    assert found == Counties([GUANGMING], [])
    assert refused == {}


def test_what_lies_in_no_county_of_the_table_is_refused() -> None:
    _, refused = counties([IN_GUANGMING, FAR_NORTH])
    assert refused == {
        2: "no county for its code: its place lies in none of county_boundaries.csv, "
        "expected --county"
    }


def test_what_has_no_place_is_refused() -> None:
    _, refused = counties([None])
    assert refused == {1: "no county for its code: it has no place, expected --county"}


def test_a_person_says_the_county_where_the_table_knows_none() -> None:
    found, refused = counties([FAR_NORTH, None], HONGSHAN)
    assert found == Counties([HONGSHAN, HONGSHAN], [])
    assert refused == {}


def test_the_table_counts_where_it_is_sure_and_says_so() -> None:
    found, _ = counties([IN_GUANGMING, FAR_NORTH], HONGSHAN)
    assert found.codes == [GUANGMING, HONGSHAN]
    (warning,) = found.warnings
    assert warning == (
        f"in {GUANGMING} by the boundary table and not in {HONGSHAN}, so that codes are of the "
        "former: 1 (row 1)"
    )


def test_near_a_boundary_the_table_is_followed_with_a_warning() -> None:
    found, refused = counties([on_the_boundary()])
    assert found.codes == [GUANGMING]
    assert refused == {}
    (warning,) = found.warnings
    assert warning == (
        "near a boundary, where the generalised outline may be wrong, so that codes are of the "
        "county it says: 1 (row 1)"
    )


def test_near_a_boundary_a_person_is_followed_with_a_warning() -> None:
    found, _ = counties([on_the_boundary()], LONGHUA)
    assert found.codes == [LONGHUA]
    (warning,) = found.warnings
    assert warning == (
        "near a boundary, where the generalised outline may be wrong, so that codes are of "
        f"{LONGHUA}: 1 (row 1)"
    )


def test_near_a_boundary_of_the_county_that_a_person_says_nothing_is_doubtful() -> None:
    found, _ = counties([on_the_boundary()], GUANGMING)
    assert found == Counties([GUANGMING], [])


def test_a_store_for_another_part_of_the_world_lies_in_no_county_of_the_table() -> None:
    _, refused = counties([Point(180_000, 456_000)], srid=28992)
    assert list(refused) == [1]


@pytest.mark.parametrize("code", ["4403", "440300", "999999", "441900", "", "44031100"])
def test_a_county_that_there_is_not_is_refused(code: str) -> None:
    with pytest.raises(UnknownCountyError, match=f"county '{code}': expected six digits"):
        check_county(code)


def test_a_county_that_there_is_passes() -> None:
    assert check_county(HONGSHAN) == HONGSHAN
