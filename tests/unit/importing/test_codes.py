"""Codes of new entities: lent for a comparison, or issued by county and class."""

from collections.abc import Callable

import numpy as np
import pytest

from data.importing.codes import codes_of
from data.importing.resolving import NEW, Resolved
from data.importing.rows import Rows
from data.reference import divisions
from data.registry import Issued
from tests.unit.importing.tables import rows
from twin.codes import EntityCode

KNOWN = 4403118101000007


def resolved(*codes: int) -> Resolved:
    known = np.array(codes, dtype=np.int64)
    return Resolved(known, np.zeros(len(known), dtype=bool), set(codes) - {NEW})


@pytest.fixture
def three() -> Rows:
    return rows({"id": ["a", "b", "c"]})


def test_lent_codes_are_unlike_and_of_no_county(three: Rows) -> None:
    counties = ["440311", "440309", "440311"]
    codes, warnings = codes_of(three, resolved(NEW, NEW, NEW), counties, None)
    assert len(set(codes)) == 3
    assert warnings == []
    for code in codes:
        lent = EntityCode.parse(str(code))
        assert lent.county not in divisions()
        assert lent.klass == "8101"


def counting(taken: list[tuple[str, str, int]]) -> Callable[[str, str, int], Issued]:
    def issue(county: str, klass: str, count: int) -> Issued:
        taken.append((county, klass, count))
        first = int(f"{county}{klass}000001")
        return Issued(range(first, first + count), f"{county} fills up")

    return issue


def test_codes_are_issued_once_for_each_county_and_class(three: Rows) -> None:
    taken: list[tuple[str, str, int]] = []
    counties = ["440311", "440309", "440311"]
    codes, warnings = codes_of(three, resolved(NEW, NEW, NEW), counties, counting(taken))
    assert taken == [("440309", "8101", 1), ("440311", "8101", 2)]
    assert codes == [4403118101000001, 4403098101000001, 4403118101000002]
    assert warnings == ["440309 fills up", "440311 fills up"]


def test_what_is_known_or_refused_takes_no_code(three: Rows) -> None:
    three.refuse(2, "no")
    taken: list[tuple[str, str, int]] = []
    codes, _ = codes_of(three, resolved(KNOWN, NEW, NEW), ["", "440311", ""], counting(taken))
    assert taken == [("440311", "8101", 1)]
    assert codes == [KNOWN, 4403118101000001, NEW]
