"""Which label comes to which place of which page."""

from collections.abc import Iterator, Sequence

from viz.labels.label import Label
from viz.labels.sheet import InvalidSheetError, Sheet

Placed = tuple[Label, tuple[float, float]]


def paged(labels: Sequence[Label], sheet: Sheet, start: int) -> Iterator[list[Placed]]:
    """Yield the labels of each page with their upper left corners in millimetres.

    Args:
        labels: in the order of the sheet's positions, row by row.
        sheet: the paper.
        start: position on the first page, from 1; the ones before are used up.

    Raises:
        InvalidSheetError: the sheet has no such position.
    """
    if not 1 <= start <= sheet.per_page:
        raise InvalidSheetError(
            f"start {start}: expected a position of sheet {sheet.name!r}, 1 to {sheet.per_page}"
        )
    first = start - 1
    for page in range(0, first + len(labels), sheet.per_page):
        positions = range(max(page, first), min(page + sheet.per_page, first + len(labels)))
        yield [(labels[at - first], sheet.corner(at % sheet.per_page)) for at in positions]
