"""Whatever happens to a file on its way, it gives elements, refusals or a sentence."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.files import FileRefusedError
from spatial.models.inp.drawing import read_drawing
from spatial.models.inp.opening import inspect_network, open_network
from spatial.models.model import Element, RefusedElement, silent
from spatial.networks.findings import findings
from spatial.networks.graph import Graph
from spatial.networks.outfalls import outfalls
from tests.unit.spatial.inp.writing import EPANET_TEXT, SWMM_TEXT, written

_PIECES = [
    "nan", "inf", "-1", "1e999", "1_0", "0", "*", '"', ";", "[", "]", "\t", "\r", "\x1a", " ",
    "J1", "j1", "C1", "[PIPES]", "[CONDUITS]", "\n", "井", "1e11", "-1e11", "\x00", "1D3",
]  # fmt: skip
_EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(_PIECES)), min_size=1, max_size=6
)


@pytest.mark.parametrize("text", [SWMM_TEXT, EPANET_TEXT], ids=["swmm", "epanet"])
@settings(max_examples=150, deadline=None)
@given(edits=_EDITS)
def test_an_edited_file_is_read_or_refused(text: str, edits: list[tuple[float, int, str]]) -> None:
    for where, gone, piece in edits:
        at = int(where * len(text))
        text = text[:at] + piece + text[at + gone :]
    _read_or_refused(text.encode())


@pytest.mark.parametrize("text", [SWMM_TEXT, EPANET_TEXT], ids=["swmm", "epanet"])
@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0, 1), noise=st.binary(max_size=8))
def test_a_truncated_file_is_read_or_refused(text: str, cut: float, noise: bytes) -> None:
    _read_or_refused(text.encode()[: int(cut * len(text))] + noise)


def _read_or_refused(text: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = written(Path(folder), text)
        try:
            counts = inspect_network(path, silent).counts
            found = list(open_network(path).elements(silent))
            drawing = read_drawing(path)
        except FileRefusedError:
            return
    kept = [each for each in found if isinstance(each, Element)]
    refused = [each for each in found if isinstance(each, RefusedElement)]
    assert len({each.key for each in kept}) == len(kept)
    assert sum(counts.values()) == len(found)
    assert all(each.reason.startswith("line ") for each in refused)
    assert len(findings(drawing.network)) >= 0
    assert len(outfalls(Graph.of(drawing.network)).nearest) == len(drawing.network.node_key)
