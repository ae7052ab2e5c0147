"""What is out of place in which areas."""

from functools import cache
from typing import NamedTuple

from data.reference.tables import table_rows


class Encroacher(NamedTuple):
    """One row of ``encroachment_classes.csv``.

    Attributes:
        area_class: four digits of the area's class.
        klass: of what shall not be in it: four digits, or two for a major class.
        status: how sure the row is.
        why: in a sentence.
    """

    area_class: str
    klass: str
    status: str
    why: str


@cache
def encroachers() -> tuple[Encroacher, ...]:
    """Return what is out of place in areas; in each of these a camera's detection is, too."""
    return tuple(Encroacher(*row) for row in table_rows("encroachment_classes.csv"))
