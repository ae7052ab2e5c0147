"""The cells that cover a box, so that places can be found by the beginning of their codes."""

from twin.codes.beidou.grid import HEIGHTS, WIDTHS, BeidouCode, check_level, units
from twin.codes.beidou.number import InvalidBeidouCodeError, Number

MAX_CELLS = 100_000


def prefixes_covering(
    west: Number, south: Number, east: Number, north: Number, level: int
) -> frozenset[str]:
    """Return the codes of a level whose cells cover a box, its edges included.

    A place lies in the box only if its code starts with one of them; one prefix is seldom enough:
    114 degrees east, where zone 49 ends and zone 50 begins, runs through Guangming and Longhua.

    Args:
        west: degrees, 0 to under 180.
        south: degrees, 0 to under 88.
        east: degrees, not west of ``west``.
        north: degrees, not south of ``south``.
        level: 1 to 10.

    Raises:
        InvalidBeidouCodeError: outside the north-east, edges in the wrong order, or more than
            100,000 cells.
    """
    check_level(level)
    columns = _span("longitude", west, east, 180, WIDTHS[level - 1])
    rows = _span("latitude", south, north, 88, HEIGHTS[level - 1])
    if len(columns) * len(rows) > MAX_CELLS:
        raise InvalidBeidouCodeError(
            f"level {level}: expected at most {MAX_CELLS} cells in the box,"
            f" found {len(columns) * len(rows)}; take a lower level"
        )
    return frozenset(str(BeidouCode(level, column, row)) for column in columns for row in rows)


def _span(what: str, start: Number, end: Number, limit: int, size: int) -> range:
    first, last = units(what, start, limit), units(what, end, limit)
    if last < first:
        raise InvalidBeidouCodeError(f"{what} {end!r}: expected an edge at or after {start!r}")
    return range(first // size, last // size + 1)
