"""In which county new entities get their codes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.importing.errors import UnknownCountyError
from data.importing.rows import Rows
from data.reference import division
from data.reference.counties import CountyBoundary, county_boundaries
from spatial.counties import NOWHERE, CountyIndex
from spatial.crs import CheckCoordinatesError


def check_county(code: str) -> str:
    """Return the code of a county of ``divisions.csv``.

    Raises:
        UnknownCountyError: it is none.
    """
    found = division(code)
    if found is None or found.level != "county":
        raise UnknownCountyError(
            f"county {code!r}: expected six digits of a county of divisions.csv, e.g. 440311"
        )
    return code


class Counties(NamedTuple):
    """Counties by position (n,), empty where none is known, and sentences on what is doubtful."""

    codes: list[str]
    warnings: list[str]


def counties_of(
    rows: Rows,
    new: NDArray[np.int64],
    srid: int,
    said: str | None,
    within: Mapping[int, int] = MappingProxyType({}),
) -> Counties:
    """Return the county of each new row; a row without one is refused.

    The boundary table decides; ``said`` counts where it knows none, and near a boundary, where a
    generalised outline decides nothing. A row without a place is where its whole is.

    Args:
        rows: of the file.
        new: positions (k,) of the rows that need a code.
        srid: EPSG number of the store's CRS.
        said: county that the person who imports names, six digits.
        within: by position of a row, the position of its whole in the same file.
    """
    found, near = _by_table(_places(rows.shapes, new, within), srid)
    another = (found != NOWHERE) & (found != (said or NOWHERE))
    warnings = []
    if (doubtful := another & near).any():
        warnings.append(
            "near a boundary, where the generalised outline may be wrong, so that codes are of "
            f"{said or 'the county it says'}: {rows.sieve.named(new[doubtful])}"
        )
    if said is not None and (elsewhere := another & ~near).any():
        named = ", ".join(sorted(set(found[elsewhere].tolist())))
        warnings.append(
            f"in {named} by the boundary table and not in {said}, so that codes are of the "
            f"former: {rows.sieve.named(new[elsewhere])}"
        )
    if said is not None:
        found = np.where(another & ~near, found, said)
    _refuse_nowhere(rows, new, found)
    codes = [""] * len(rows.keys)
    for at, county in zip(new.tolist(), found.tolist(), strict=True):
        codes[at] = county
    return Counties(codes, warnings)


def _places(
    shapes: NDArray[Any], new: NDArray[np.int64], within: Mapping[int, int]
) -> NDArray[Any]:
    """Return the shapes (k,) of the new rows, of the nearest whole that has one where they lack."""
    places = shapes[new]
    for at, position in enumerate(new.tolist()):
        met = {position}
        while places[at] is None and (above := within.get(position)) is not None:
            if above in met:
                break
            met.add(above)
            position, places[at] = above, shapes[above]  # noqa: PLW2901 - climbs from the row
    return places


def _by_table(shapes: NDArray[Any], srid: int) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Return counties (k,) and whether each place is within the tolerance of a boundary."""
    nowhere = np.full(len(shapes), NOWHERE, dtype="U6"), np.zeros(len(shapes), dtype=bool)
    table = county_boundaries()
    index = _index(table, srid)
    if index is None or not len(shapes):
        return nowhere
    tolerance_m = max(row.tolerance_m for row in table)
    distance_m = index.boundary_distance_of_shapes_m(shapes, tolerance_m)
    return index.county_of_shapes(shapes), distance_m < tolerance_m


def _index(table: tuple[CountyBoundary, ...], srid: int) -> CountyIndex | None:
    try:
        return CountyIndex(
            [row.county for row in table], [row.outline for row in table], f"EPSG:{srid}"
        )
    except CheckCoordinatesError:
        return None  # a store for another part of the world lies in none of these counties


def _refuse_nowhere(rows: Rows, new: NDArray[np.int64], found: NDArray[np.str_]) -> None:
    for at in new[found == NOWHERE].tolist():
        where = (
            "its place lies in none of county_boundaries.csv"
            if rows.shapes[at] is not None
            else "it has no place"
        )
        rows.refuse(at, f"no county for its code: {where}, expected --county")
