"""Codes of new entities: issued for good, or lent for the length of a comparison."""

from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np

from data.importing.resolving import NEW, Resolved
from data.importing.rows import Rows
from data.registry import Issued

Issue = Callable[[str, str, int], Issued]
"""Gives out codes: county, class, how many."""

_FIRST_LENT = 1_000_000_000_000_000
_ALL_SERIALS = 1_000_000


def codes_of(
    rows: Rows, resolved: Resolved, counties: list[str], issue: Issue | None
) -> tuple[list[int], list[str]]:
    """Return the (n,) codes, ``NEW`` for rows that are not taken, and sentences.

    Args:
        rows: of the file.
        resolved: which entities they are.
        counties: (n,) of the new ones.
        issue: gives out codes; None lends such as no entity can have, for no county has them.

    Raises:
        CodesExhaustedError: a class has not so many codes left in a county.
    """
    passed = rows.passed()
    codes: list[int] = np.where(passed, resolved.codes, NEW).tolist()
    members: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at in np.flatnonzero(passed & (resolved.codes == NEW)).tolist():
        members[counties[at], rows.classes[at]].append(at)
    warnings = []
    lent = 0
    for (county, klass), positions in sorted(members.items()):
        given: Iterable[int]
        if issue is None:
            given = (_lent(klass, number) for number in range(lent, lent + len(positions)))
            lent += len(positions)
        else:
            issued = issue(county, klass, len(positions))
            given = issued.codes
            warnings += [issued.warning] if issued.warning else []
        for at, code in zip(positions, given, strict=True):
            codes[at] = code
    return codes, warnings


def _lent(klass: str, number: int) -> int:
    county, serial = divmod(number, _ALL_SERIALS)
    return _FIRST_LENT + county * 10**10 + int(klass) * _ALL_SERIALS + serial
