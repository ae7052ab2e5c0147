from pathlib import Path

import pytest

from spatial.files import FileRefusedError
from spatial.models.inp.drawing import read_drawing
from spatial.models.inp.opening import inspect_network, open_network
from spatial.models.model import Element, RefusedElement, silent
from tests.unit.spatial.inp.writing import EPANET_TEXT, written


def read(folder: Path, text: str = EPANET_TEXT) -> dict[str, Element]:
    found = open_network(written(folder, text)).elements(silent)
    return {each.key: each for each in found if isinstance(each, Element)}


def test_pipes_let_water_both_ways_and_check_valves_one(tmp_path: Path) -> None:
    network = read_drawing(written(tmp_path, EPANET_TEXT)).network

    directed = dict(zip(network.link_key, network.link_directed.tolist(), strict=True))
    assert directed == {"P1": False, "P2": True, "P3": False, "V1": True, "U1": True}
    kinds = dict(zip(network.link_key, network.link_kind, strict=True))
    assert (kinds["P1"], kinds["V1"], kinds["U1"]) == ("conduit", "valve", "pump")


def test_closed_pipes_are_closed_and_idle_pumps_are_only_said_to_be(tmp_path: Path) -> None:
    network = read_drawing(written(tmp_path, EPANET_TEXT)).network

    closed = dict(zip(network.link_key, network.link_closed.tolist(), strict=True))
    assert closed == {"P1": False, "P2": False, "P3": True, "V1": False, "U1": False}
    assert read(tmp_path)["link/U1"].properties["status"] == "Closed"


@pytest.mark.parametrize(
    ("rows", "closed"),
    [
        ("P1 Closed", {"P1", "P3"}),
        ("P3 Open", set()),
        ("P1 P2 Closed", {"P1", "P2", "P3"}),
        ("U1 1.2", {"P3"}),
        ("P3 1.2", {"P3"}),
    ],
)
def test_the_section_status_wins_over_the_pipes_own(
    tmp_path: Path, rows: str, closed: set[str]
) -> None:
    text = EPANET_TEXT.replace(" U1 Closed", rows)

    network = read_drawing(written(tmp_path, text)).network

    assert set(network.link_key[network.link_closed]) == closed


def test_status_may_name_a_range_of_numbers(tmp_path: Path) -> None:
    text = EPANET_TEXT.replace("P1", "7").replace("P2", "12").replace("P3", "20")
    network = read_drawing(written(tmp_path, text.replace(" U1 Closed", "8 20 Closed"))).network

    assert set(network.link_key[network.link_closed]) == {"12", "20"}


def test_ranges_that_name_more_links_than_any_file_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spatial.models.epanet.status.MOST_NAMED", 6)
    text = EPANET_TEXT.replace(" U1 Closed", "P1 P3 Closed\nP1 P3 Open\nP1 P3 Closed")

    drawing = read_drawing(written(tmp_path, text))

    assert not drawing.network.link_closed.any()
    assert any("more than 6 links named" in warning for warning in drawing.warnings)


@pytest.mark.parametrize(
    ("unit", "length", "diameter"),
    [("LPS", 1, 0.001), ("CMH", 1, 0.001), ("SI", 1, 0.001), ("gpm", 0.3048, 0.0254)],
)
def test_units_follow_from_those_of_flow(
    tmp_path: Path, unit: str, length: float, diameter: float
) -> None:
    measures = read(tmp_path, EPANET_TEXT.replace("LPS", unit))["link/P1"].measures

    assert measures["length_m"] == pytest.approx(100 * length)
    assert measures["diameter_m"] == pytest.approx(300 * diameter)


def test_without_units_gallons_and_feet_are_taken_and_it_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, EPANET_TEXT.replace(" Units LPS\n", ""))

    warnings = inspect_network(path, silent).warnings

    assert "no UNITS in [OPTIONS]: taken as GPM, feet and inches, as EPANET does" in warnings


def test_demands_replace_that_of_the_junction_and_add_up(tmp_path: Path) -> None:
    text = EPANET_TEXT.replace("[STATUS]", "[DEMANDS]\nJ1 2.0\nJ1 0.5 pattern\n[STATUS]")
    found = read(tmp_path, text)

    assert found["node/J1"].properties["base_demand_m3_s"] == pytest.approx(0.0025)
    assert found["node/J2"].properties["base_demand_m3_s"] == pytest.approx(0.0020)


def test_a_tank_reaches_from_its_bottom_to_its_highest_level(tmp_path: Path) -> None:
    tank = read(tmp_path)["node/T1"]

    assert (tank.native_class, tank.base_m, tank.top_m) == ("TANKS", 30.0, 36.0)


def test_a_row_of_tanks_as_short_as_a_reservoirs_is_one(tmp_path: Path) -> None:
    text = EPANET_TEXT.replace(" T1  30  3  1  6  12  0", " T1 30")
    network = read_drawing(written(tmp_path, text)).network

    assert network.node_kind[-1] == "reservoir"
    assert inspect_network(written(tmp_path, text), silent).counts["TANKS"] == 1


def test_names_are_compared_letter_by_letter(tmp_path: Path) -> None:
    text = EPANET_TEXT.replace(" J2  18", " j1  18").replace("J2", "j1")

    assert {"node/J1", "node/j1"} <= set(read(tmp_path, text))


def test_units_that_epanet_does_not_know_refuse_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, EPANET_TEXT.replace("LPS", "BUCKETS"))

    with pytest.raises(FileRefusedError, match="line 24: units 'BUCKETS', expected one of CFS"):
        open_network(path)


_P1 = "P1  R1  J1  100  300  120  0  Open"


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        (" J1  20", " J1  high", "node/J1", "line 5: elevation 'high', expected a number"),
        (" R1  40", " R1", "node/R1", "line 8: 1 values, expected at least 2"),
        (" T1  30  3  1  6  12", " T1  30  3  1", "node/T1", "line 10: 5 values, expected at"),
        (_P1, "P1 R1 J9 100 300 120", "link/P1", "line 12: to node 'J9', expected a node"),
        (_P1, "P1 R1", "link/P1", "line 12: to node '', expected a node of the file"),
        (_P1, "P1 R1 J1 0 300 120", "link/P1", "line 12: length 0, expected more than 0"),
        (_P1, "P1 R1 J1 9 -3 120", "link/P1", "line 12: diameter -3, expected more than 0"),
        (_P1, "P1 R1 J1 9 30 120 0 ajar", "link/P1", "line 12: status 'ajar', expected one of"),
        (_P1, "P1 R1 J1 9 30 120 ajar", "link/P1", "line 12: loss coefficient 'ajar', expected a"),
        ("PRV", "XYZ", "link/V1", "line 16: valve type 'XYZ', expected one of PRV"),
        ("HEAD 1", "WIND 1", "link/U1", "line 18: pump parameter 'WIND', expected one of POWER"),
        (" J2  18", " J1  18", "node/J1", "line 6: name 'J1' is taken, expected each name once"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_loses_nothing_around_it(
    tmp_path: Path, old: str, new: str, key: str, reason: str
) -> None:
    text = EPANET_TEXT.replace(old, new, 1)
    assert text != EPANET_TEXT

    elements = open_network(written(tmp_path, text)).elements(silent)
    found = {each.key: each.reason for each in elements if isinstance(each, RefusedElement)}

    assert key in found
    assert found[key].startswith(reason)


def test_rows_of_status_that_name_nothing_are_said(tmp_path: Path) -> None:
    path = written(tmp_path, EPANET_TEXT.replace(" U1 Closed", "X9 Closed\nP1 shut"))

    warnings = inspect_network(path, silent).warnings

    assert (
        "STATUS: 2 rows cannot be read: line 22: 'X9', expected a link of the file; line 23: "
        "setting 'shut', expected a number"
    ) in warnings


def test_ranges_of_status_are_followed_up_to_a_limit(tmp_path: Path) -> None:
    path = written(tmp_path, EPANET_TEXT.replace(" U1 Closed", "P1 P2 Open\n" * 1_003))

    warnings = inspect_network(path, silent).warnings

    assert any(
        "3 rows cannot be read: line 1022: more than 1,000 rows" in warning for warning in warnings
    )


def test_a_pump_of_version_1_has_figures_where_words_are_now(tmp_path: Path) -> None:
    old = EPANET_TEXT.replace("HEAD 1 ;", "40 10 30 20 ;")
    assert old != EPANET_TEXT

    found = open_network(written(tmp_path, old)).elements(silent)

    pumps = [each for each in found if each.key == "link/U1"]
    assert [type(each) for each in pumps] == [Element]
