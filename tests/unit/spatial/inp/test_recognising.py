from pathlib import Path

import pytest

from spatial import models
from spatial.models.epanet.format import EPANET
from spatial.models.swmm.format import SWMM
from tests.unit.spatial.inp.writing import EPANET_TEXT, SWMM_TEXT, written

ABAQUS = b"*HEADING\nA beam\n*NODE\n1, 0., 0.\n*ELEMENT, TYPE=B21\n1, 1, 2\n"


@pytest.mark.parametrize(
    ("text", "swmm", "epanet"),
    [
        (SWMM_TEXT.encode(), True, False),
        (EPANET_TEXT.encode(), False, True),
        (SWMM_TEXT.encode("utf-16"), True, False),
        (b"[OUTFALLS]\nO1 1 FREE\n", True, False),
        (b"[PIPES]\nP1 A B\n", False, True),
    ],
)
def test_each_program_knows_its_own_files(text: bytes, *, swmm: bool, epanet: bool) -> None:
    for suffix in (".inp", ".txt"):
        assert SWMM.recognises(text, suffix) is swmm
        assert EPANET.recognises(text, suffix) is epanet


@pytest.mark.parametrize(
    "text", [b'{"type": "FeatureCollection"}', b"[1, 2]", b"a,b\n1,2\n", b"[section]\nkey=1\n"]
)
def test_other_text_is_left_to_other_formats(text: bytes) -> None:
    assert not SWMM.recognises(text, ".txt")
    assert not EPANET.recognises(text, ".txt")


def test_a_head_that_decides_nothing_leaves_it_to_the_whole_file(tmp_path: Path) -> None:
    junctions = "".join(f"J{at} 10.0\n" for at in range(10_000))
    path = written(tmp_path, f"[JUNCTIONS]\n{junctions}[RESERVOIRS]\nR1 20\n")

    found = models.inspect(path)

    assert (found.format, found.schema) == ("EPANET", "EPANET 2")
    assert found.counts == {"JUNCTIONS": 10_000, "RESERVOIRS": 1}


@pytest.mark.parametrize("text", [ABAQUS, "[GENERAL]\nx=1\n[OPTIONS]\nverbose=1\n", "[TITLE]\na\n"])
def test_the_input_of_another_program_is_refused_with_a_sentence(
    tmp_path: Path, text: str | bytes
) -> None:
    found = models.inspect(written(tmp_path, text))

    assert found.error == (
        "file 'network.inp': holds no section of SWMM or EPANET such as [JUNCTIONS]: expected an "
        ".inp file of one of them, not of another program"
    )
