"""Which classes can be parts of which."""

from functools import cache

from data.reference.tables import table_rows


@cache
def may_be_part_of(part: str, whole: str) -> bool:
    """Whether an entity of class ``part`` can be a part of one of class ``whole``.

    The rows of ``parts.csv`` name a class, a major class, or nothing for any.
    """
    return any(
        part.startswith(row[0]) and whole.startswith(row[1]) for row in table_rows("parts.csv")
    )
