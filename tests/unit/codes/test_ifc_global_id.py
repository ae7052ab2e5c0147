"""IFC GlobalIds are UUIDs in other letters."""

import csv
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.codes import IfcGlobalId, InvalidIfcGlobalIdError


@given(st.uuids())
def test_every_uuid_has_one_global_id(uuid: UUID) -> None:
    global_id = IfcGlobalId.from_uuid(uuid)
    assert global_id.uuid() == uuid
    assert IfcGlobalId.parse(str(global_id)) == global_id


@given(st.from_regex(r"[0-3][0-9A-Za-z_$]{21}", fullmatch=True))
def test_every_global_id_has_one_uuid(text: str) -> None:
    assert str(IfcGlobalId.from_uuid(IfcGlobalId.parse(text).uuid())) == text


def test_upper_and_lower_case_are_two_elements() -> None:
    upper, lower = IfcGlobalId.parse("1L3eG0ufj1rASMH6PLH000"), "1l3eG0ufj1rASMH6PLH000"
    assert upper != IfcGlobalId.parse(lower)
    assert str(upper.uuid()) == "550e8400-e29b-41d4-a716-446655440000"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("4L3eG0ufj1rASMH6PLH000", "expected 0, 1, 2 or 3 at position 1, found '4'"),
        (
            "1L3eG0ufj1rASMH6PLH00-",
            "expected 22 characters of 0-9A-Za-z_$, found '-' at position 22",
        ),
        (
            "1L3eG0ufj1rASMH6PLH00",
            "expected 22 characters of 0-9A-Za-z_$, e.g. 1L3eG0ufj1rASMH6PLH000, found 21",
        ),
    ],
)
def test_what_is_no_global_id_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidIfcGlobalIdError) as refused:
        IfcGlobalId.parse(text)
    assert str(refused.value) == f"IFC GlobalId {text!r}: {sentence}"


def test_global_ids_agree_with_those_of_another_program(shared: Path) -> None:
    with (shared / "standards" / "ifc_guid_vectors.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert rows
    for row in rows:
        assert str(IfcGlobalId.from_uuid(UUID(row["uuid"]))) == row["ifc_globalid"]
        assert str(IfcGlobalId.parse(row["ifc_globalid"]).uuid()) == row["uuid"]
