"""Whatever is done to a model, it is taken or refused with a sentence."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.files import FileRefusedError
from spatial.models import Element, RefusedElement, inspect, silent
from spatial.models.ifc.reading import open_model
from tests.unit.spatial.ifc.written import HOUSE, METRE, file_of, placed

TEXT = placed(
    "EPSG:4547",
    "IFCMAPCONVERSION(#11,#21,497000.,2510000.,12.5,1.,0.,$)",
    "#14",
    METRE,
    *HOUSE[1:],
).encode()
SIGNS = (
    b"(",
    b")",
    b"'",
    b"$",
    b"*",
    b"#",
    b",",
    b";",
    b"/*",
    b"\\X2\\",
    b"\0",
    b"\xff",
    b"1.E300",
)

changes = st.tuples(
    st.sampled_from(("cut", "drop", "put", "copy", "swap")),
    st.integers(0, len(TEXT) - 1),
    st.integers(0, len(TEXT) - 1),
    st.sampled_from(SIGNS),
)


def changed(text: bytes, how: str, at: int, other: int, sign: bytes) -> bytes:
    """Return a text with one change."""
    at, other = at % (len(text) + 1), other % (len(text) + 1)
    if how == "cut":
        return text[:at]
    if how == "drop":
        return text[:at] + text[at + other % 40 :]
    if how == "put":
        return text[:at] + sign + text[at:]
    piece = text[other : other + 30]
    return text[:at] + piece + text[at + (30 if how == "swap" else 0) :]


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(changes, min_size=1, max_size=4))
def test_a_changed_model_is_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, bytes]]
) -> None:
    text = TEXT
    for step in steps:
        text = changed(text, *step)
    path = file_of(tmp_path_factory.mktemp("ifc"), text)
    found = inspect(path)
    assert found.bounds is None or all(math.isfinite(each) for each in found.bounds)
    for sentence in (*found.warnings, *([found.error] if found.error else [])):
        assert sentence
        assert not sentence.endswith(".")
    if found.error is None:
        assert_elements(path, found.counts)


def assert_elements(path: Path, counts: dict[str, int]) -> None:
    """Check that as many products come out, taken or refused, as were counted."""
    try:
        every = list(open_model(path, geometry=False).elements(silent))
    except FileRefusedError:
        pytest.fail("inspected, and then refused")
    assert len(every) == sum(counts.values())
    assert all(isinstance(each, Element | RefusedElement) for each in every)
