from pathlib import Path

import numpy as np
import pytest

from spatial.files import FileRefusedError
from spatial.models.inp.drawing import read_drawing
from spatial.models.inp.opening import inspect_network, open_network
from spatial.models.model import Element, RefusedElement, silent
from tests.unit.spatial.inp.writing import SWMM_TEXT, written


def read(folder: Path, text: str = SWMM_TEXT) -> dict[str, Element]:
    found = open_network(written(folder, text)).elements(silent)
    return {each.key: each for each in found if isinstance(each, Element)}


def refused(folder: Path, text: str) -> list[RefusedElement]:
    found = open_network(written(folder, text)).elements(silent)
    return [each for each in found if isinstance(each, RefusedElement)]


def test_a_node_has_its_levels_place_and_words(tmp_path: Path) -> None:
    node = read(tmp_path)["node/J1"]

    assert (node.native_class, node.klass, node.name) == ("JUNCTIONS", "0103", "J1")
    assert (node.base_m, node.top_m) == (10.0, 12.0)
    assert node.shape is not None
    assert node.shape.wkt == "POINT (0 0)"
    assert node.properties == {"description": "above the bakery", "tag": "corner"}


def test_a_link_has_its_course_levels_and_ends(tmp_path: Path) -> None:
    link = read(tmp_path)["link/C2"]

    assert link.shape is not None
    assert link.shape.wkt == "LINESTRING (50 0, 90 5, 130 0)"
    assert (link.base_m, link.top_m) == (8.5, 9.6)
    assert link.measures == {"length_m": 80.0, "diameter_m": 0.4}
    assert link.properties == {
        "from": "node/J2",
        "to": "node/O1",
        "directed": True,
        "closed": False,
        "gravity": True,
        "invert_from_m": 9.2,
        "invert_to_m": 8.5,
        "hydraulic_radius_m": pytest.approx(0.4 * 0.6 / 2.0),
        "shape": "RECT_CLOSED",
        "barrels": 2,
        "roughness": 0.013,
    }


def test_a_subcatchment_has_its_outline_and_outlet(tmp_path: Path) -> None:
    area = read(tmp_path)["subcatchment/S1"]

    assert area.shape is not None
    assert area.shape.area == 1500
    assert area.measures == {"area_m2": 15_000.0}
    assert area.properties["outlet"] == "node/J1"


def test_imperial_figures_become_metres(tmp_path: Path) -> None:
    found = read(tmp_path, SWMM_TEXT.replace("CMS", "gpm"))

    assert found["node/J1"].base_m == pytest.approx(3.048)
    assert found["link/C1"].measures["length_m"] == pytest.approx(15.24)
    assert found["link/C1"].measures["diameter_m"] == pytest.approx(0.09144)
    assert found["subcatchment/S1"].measures["area_m2"] == pytest.approx(1.5 * 4046.8564224)


def test_without_flow_units_feet_are_taken_and_it_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, SWMM_TEXT.replace("FLOW_UNITS CMS\n", ""))

    warnings = inspect_network(path, silent).warnings

    assert "no FLOW_UNITS in [OPTIONS]: taken as CFS, lengths in feet, as SWMM does" in warnings


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("FLOW_UNITS CUBITS", "line 6: 'FLOW_UNITS CUBITS', expected one of CFS, GPM, MGD, CMS"),
        ("LINK_OFFSETS UP", "line 6: 'LINK_OFFSETS UP', expected one of DEPTH, ELEVATION"),
    ],
)
def test_options_that_make_every_figure_wrong_refuse_the_file(
    tmp_path: Path, option: str, said: str
) -> None:
    path = written(tmp_path, SWMM_TEXT.replace("[OPTIONS]\n", f"[OPTIONS]\n;\n{option}\n", 1))
    text = path.read_text().replace("FLOW_UNITS CMS\n", "") if "FLOW" in option else None

    with pytest.raises(FileRefusedError, match=said.replace("[", r"\[")):
        open_network(written(tmp_path, text) if text else path)


def test_offsets_may_be_levels_and_an_asterisk_is_the_nodes_own(tmp_path: Path) -> None:
    text = SWMM_TEXT.replace("FLOW_UNITS CMS", "FLOW_UNITS CMS\nLINK_OFFSETS ELEVATION")
    text = text.replace("0.013 0.2 0.5 0 0", "0.013 9.3 * 0 0")

    properties = read(tmp_path, text)["link/C2"].properties

    assert (properties["invert_from_m"], properties["invert_to_m"]) == (9.3, 8.0)


def test_names_are_compared_without_regard_to_case(tmp_path: Path) -> None:
    found = read(tmp_path, SWMM_TEXT.replace("C1 J1 J2", "C1 j1 j2"))

    assert found["link/C1"].properties["from"] == "node/J1"


def test_names_may_hold_blanks_and_chinese(tmp_path: Path) -> None:
    text = SWMM_TEXT.replace("J1", '"雨水井 1"')
    path = written(tmp_path, text.encode("gbk"))

    keys = {each.key for each in open_network(path).elements(silent)}

    assert "node/雨水井 1" in keys


@pytest.mark.parametrize(
    ("row", "kind", "properties"),
    [
        ("O1 8.0 FREE", "FREE", {}),
        ("O1 8.0 NORMAL YES", "NORMAL", {}),
        ("O1 8.0 FIXED 8.4 NO", "FIXED", {"fixed_stage_m": 8.4}),
        ("O1 8.0 TIDAL tide NO", "TIDAL", {}),
        ("O1 8.0 TIMESERIES stage NO S1", "TIMESERIES", {}),
        ('O1 8.0 FREE "" NO', "FREE", {}),
    ],
)
def test_every_kind_of_outfall_is_read(
    tmp_path: Path, row: str, kind: str, properties: dict[str, float]
) -> None:
    outfall = read(tmp_path, SWMM_TEXT.replace("O1 8.0 FREE NO", row))["node/O1"]

    assert outfall.properties == {"type": kind, **properties}
    assert outfall.base_m == 8.0


@pytest.mark.parametrize(
    "row",
    [
        "J1 10.0 2.0 0 FUNCTIONAL 1000 0 0 0 0",
        "J1 10.0 2.0 0 TABULAR curve",
        "J1 10.0 2.0 0 CONICAL 10 10 2",
        "J1 10.0 2.0 0 PARABOLIC 10 10 2",
    ],
)
def test_every_shape_of_storage_is_read(tmp_path: Path, row: str) -> None:
    text = SWMM_TEXT.replace("J1 10.0 2.0 0 0 0\n", "").replace(
        "[OUTFALLS]", f"[STORAGE]\n{row}\n[OUTFALLS]"
    )

    storage = read(tmp_path, text)["node/J1"]

    assert (storage.native_class, storage.top_m) == ("STORAGE", 12.0)


@pytest.mark.parametrize(
    "row",
    [
        "J1 10.0 C1 OVERFLOW 2.0",
        "J1 10.0 * CUTOFF 5 2.0",
        "J1 10.0 C1 TABULAR curve 2.0 0 0 0",
        "J1 10.0 C1 WEIR 1 2 3 2.0",
    ],
)
def test_every_kind_of_divider_is_read(tmp_path: Path, row: str) -> None:
    text = SWMM_TEXT.replace("J1 10.0 2.0 0 0 0\n", "").replace(
        "[OUTFALLS]", f"[DIVIDERS]\n{row}\n[OUTFALLS]"
    )

    divider = read(tmp_path, text)["node/J1"]

    assert (divider.native_class, divider.top_m) == ("DIVIDERS", 12.0)


@pytest.mark.parametrize(
    ("section", "row", "crest"),
    [
        ("PUMPS", "L1 J1 J2 curve ON 0 0", None),
        ("PUMPS", "L1 J1 J2 *", None),
        ("ORIFICES", "L1 J1 J2 SIDE 0.5 0.65 NO 0", 10.5),
        ("WEIRS", "L1 J1 J2 TRANSVERSE 0.5 3.3 NO 0 0 YES", 10.5),
        ("OUTLETS", "L1 J1 J2 0.5 FUNCTIONAL/DEPTH 10 0.5 NO", 10.5),
        ("OUTLETS", "L1 J1 J2 * TABULAR/HEAD curve NO", 10.0),
    ],
)
def test_every_kind_of_regulator_is_read(
    tmp_path: Path, section: str, row: str, crest: float | None
) -> None:
    text = SWMM_TEXT.replace(
        "[XSECTIONS]", f"[{section}]\n{row}\n[XSECTIONS]\nL1 RECT_CLOSED 1 1 0 0"
    )

    link = read(tmp_path, text)["link/L1"]

    assert (link.native_class, link.base_m) == (section, crest)


def test_an_irregular_channel_is_as_high_as_its_transect(tmp_path: Path) -> None:
    text = SWMM_TEXT.replace("C1 CIRCULAR 0.3 0 0 0 1", "C1 IRREGULAR ditch")
    text += "[TRANSECTS]\nNC 0.1 0.1 0.1\nX1 ditch 3 0 0 0 0 0 0 0\nGR 1.5 0 0.2 5 1.8 9\n"

    assert read(tmp_path, text)["link/C1"].measures["diameter_m"] == pytest.approx(1.6)


def test_an_outline_that_crosses_itself_is_mended(tmp_path: Path) -> None:
    text = SWMM_TEXT.replace("S1 40 -10\nS1 40 20", "S1 40 20\nS1 40 -10")

    shape = read(tmp_path, text)["subcatchment/S1"].shape

    assert shape is not None
    assert shape.is_valid
    assert shape.area == pytest.approx(750)


def test_a_subcatchment_may_drain_to_another(tmp_path: Path) -> None:
    text = SWMM_TEXT.replace("[RAINGAGES]", "S2 G1 s1 1.0 40 100 0.5 0\n[RAINGAGES]")

    assert read(tmp_path, text)["subcatchment/S2"].properties["outlet"] == "subcatchment/S1"
    drawing = read_drawing(written(tmp_path, text))
    assert drawing.network.node_key[drawing.catchments.node].tolist() == ["J1", "J1"]


def test_subcatchments_that_drain_in_a_ring_drain_nowhere(tmp_path: Path) -> None:
    text = SWMM_TEXT.replace("S1 G1 J1", "S1 G1 S2")
    text = text.replace("[RAINGAGES]", "S2 G1 S1 1.0 40 100 0.5 0\n[RAINGAGES]")

    drawing = read_drawing(written(tmp_path, text))

    assert drawing.catchments.node.tolist() == [-1, -1]


def test_an_outline_that_could_take_for_ever_to_mend_is_left_out_and_said(tmp_path: Path) -> None:
    corners = np.random.default_rng(440311).uniform(0, 100, (2_000, 2)).tolist()
    ring = "".join(f"S1 {x} {y}\n" for x, y in corners)

    area = read(tmp_path, f"{SWMM_TEXT}[POLYGONS]\n{ring}")["subcatchment/S1"]

    assert area.shape is None
    assert area.properties["outline"] == "cannot be drawn"


def test_a_long_row_of_subcatchments_is_followed_to_its_end(tmp_path: Path) -> None:
    rows = "".join(f"A{at} G1 A{at + 1} 1 40 100 0.5 0\n" for at in range(5_000))
    text = SWMM_TEXT.replace("[RAINGAGES]", f"{rows}A5000 G1 J2 1 40 100 0.5 0\n[RAINGAGES]")

    drawing = read_drawing(written(tmp_path, text))

    assert set(drawing.network.node_key[drawing.catchments.node]) == {"J1", "J2"}
    lost = refused(tmp_path, text.replace("A5000 G1 J2", "A5000 G1 J3"))
    assert len(lost) == 5_001


_J1, _C1 = "J1 10.0 2.0 0 0 0", "C1 J1 J2 50 0.013 0 0 0 0"


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        (_J1, "J1 ten 2.0", "node/J1", "line 10: elevation 'ten', expected a number"),
        (_J1, "J1 nan 2.0", "node/J1", "line 10: elevation 'nan', expected a number"),
        (_J1, "J1 10 1e400", "node/J1", "line 10: maximum depth '1e400', expected less than"),
        (_J1, "J1 10 -2", "node/J1", "line 10: maximum depth -2, expected 0 or more"),
        (_J1, "J1", "node/J1", "line 10: 1 values, expected at least 2"),
        ("J2 9.0", "j1 9.0", "node/j1", "line 11: name 'j1' is taken, expected each name once"),
        (_C1, "C1 J1 J9 50 0.013 0 0", "link/C1", "line 15: to node 'J9', expected a node"),
        (_C1, "C1 J1 J1 50 0.013 0 0", "link/C1", "line 15: both ends are 'J1', expected two"),
        (_C1, "C1 J1 J2 0 0.013 0 0", "link/C1", "line 15: length 0, expected more than 0"),
        (_C1, "C1 J1 J2 50", "link/C1", "line 15: 4 values, expected at least 7"),
        (_C1, "C1 J1 J2 50 0.013 inf 0", "link/C1", "line 15: offset 'inf', expected a number"),
        ("C1 CIRCULAR 0.3 0 0 0 1", "", "link/C1", "line 15: has no cross-section, expected a row"),
        ("C1 CIRCULAR 0.3", "C1 CIRCULAR x", "link/C1", "line 15: cross-section in line 18"),
        ("0 0 2\n", "0 0 0\n", "link/C2", "line 16: cross-section in line 19: barrels 0"),
        ("S1 G1 J1", "S1 G1 J9", "subcatchment/S1", "line 21: outlet 'J9', expected a node or"),
        ("O1 8.0 FREE", "O1 8.0 FIXED", "node/O1", "line 13: stage 'NO', expected a number"),
        ("O1 8.0 FREE", "O1 8.0 OPEN", "node/O1", "line 13: outfall type 'OPEN', expected one of"),
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_with_its_line_and_loses_nothing_around_it(
    tmp_path: Path, old: str, new: str, key: str, reason: str
) -> None:
    text = SWMM_TEXT.replace(old, new, 1)
    assert text != SWMM_TEXT

    found = {each.key: each.reason for each in refused(tmp_path, text)}

    assert key in found
    assert found[key].startswith(reason)


def test_places_that_cannot_be_read_are_said_and_their_nodes_stay(tmp_path: Path) -> None:
    text = SWMM_TEXT.replace("J1 0 0\n", "J1 nan 0\nJ77 1 1\n")
    path = written(tmp_path, text)

    warnings = inspect_network(path, silent).warnings

    assert "COORDINATES: 1 rows cannot be read: line 25: x 'nan', expected a number" in warnings
    assert "COORDINATES: 1 rows belong to nothing in the file: 'J77' in line 26" in warnings
    assert "1 of 3 nodes have no coordinates" in warnings
    assert read(tmp_path, text)["node/J1"].shape is None
    assert read(tmp_path, text)["link/C1"].shape is None


def test_refusals_are_announced_by_an_inspection_and_still_counted(tmp_path: Path) -> None:
    path = written(tmp_path, SWMM_TEXT.replace(_J1, "J1 ten 2.0"))

    found = inspect_network(path, silent)

    assert found.counts["JUNCTIONS"] == 2
    assert "node/J1 will be refused: line 10: elevation 'ten', expected a number" in found.warnings


def test_a_drawing_is_brought_to_the_districts_crs(tmp_path: Path) -> None:
    text = SWMM_TEXT.replace(
        "J1 0 0\nJ2 50 0\nO1 130 0", "J1 113.9 22.75\nJ2 113.9 22.751\nO1 113.9 22.752"
    )
    text = text.replace("C2 90 5", "C2 113.9 22.7515").partition("[POLYGONS]")[0]

    network = read_drawing(written(tmp_path, text), crs="EPSG:4490").network

    assert np.diff(network.node_y) == pytest.approx(110.75, abs=0.1)
    assert network.node_x == pytest.approx(489_731, abs=5)
    assert network.link_path[1][0, 1] == pytest.approx(network.node_y[1:].mean(), abs=0.01)


def test_coordinates_in_feet_become_metres_where_the_file_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, SWMM_TEXT + "[MAP]\nDIMENSIONS 0 0 1 1\nUnits Feet\n")

    assert read_drawing(path).network.node_x == pytest.approx([0, 15.24, 39.624])
