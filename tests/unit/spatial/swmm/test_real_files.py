"""Real networks, beside counts of their lines and SWMM's own report."""

import re
from collections import Counter
from pathlib import Path

import pytest

from spatial import models
from spatial.models.inp.drawing import read_drawing
from spatial.models.model import Element, silent
from spatial.models.swmm.format import SWMM
from spatial.networks.graph import Graph
from spatial.networks.outfalls import outfalls

_FILES = [
    "Example1", "Example2-Post", "Example4", "Example6-Final", "Example7-Final", "Example8",
    "extran1", "model_full_features_network_xy", "user1", "user3",
]  # fmt: skip
_THINGS = {
    "JUNCTIONS", "OUTFALLS", "STORAGE", "DIVIDERS", "CONDUITS", "PUMPS", "ORIFICES", "WEIRS",
    "OUTLETS", "SUBCATCHMENTS", "RAINGAGES",
}  # fmt: skip


@pytest.fixture(params=_FILES)
def path(request: pytest.FixtureRequest, shared: Path) -> Path:
    return shared / "data/gis/drainage" / f"{request.param}.inp"


def counted(path: Path) -> Counter[str]:
    """Count the lines of each section that are no comment, as simply as it can be done."""
    counts: Counter[str] = Counter()
    section = ""
    for line in path.read_text().splitlines():
        if line.strip().startswith("["):
            section = line.strip(" []").upper()
        elif line.strip() and not line.strip().startswith(";") and section in _THINGS:
            counts[section] += 1
    return counts


def test_counts_are_the_lines_of_each_section(path: Path) -> None:
    found = models.inspect(path)

    assert found.error is None
    assert (found.format, found.schema, found.crs, found.bounds) == ("SWMM", "SWMM 5", None, None)
    assert found.counts == counted(path)
    assert all("refused" not in warning for warning in found.warnings)


def test_every_line_becomes_an_element_with_a_place(path: Path) -> None:
    assert SWMM.open is not None
    found = list(SWMM.open(path).elements(silent))
    elements = [each for each in found if isinstance(each, Element)]

    assert len(elements) == len(found)
    assert Counter(each.native_class for each in elements) == counted(path)
    drawn = [each for each in elements if each.key.startswith(("node/", "link/"))]
    assert all(each.shape is not None for each in drawn)


def test_water_of_every_node_comes_to_an_outfall(path: Path) -> None:
    drawing = read_drawing(path)
    found = outfalls(Graph.of(drawing.network))

    assert (found.nearest >= 0).all()


def test_nodes_and_links_are_those_of_swmms_own_report(shared: Path) -> None:
    folder = shared / "data/gis/drainage"
    report = (folder / "Example1.rpt").read_text()
    network = read_drawing(folder / "Example1.inp").network

    kinds = dict(zip(network.node_key, network.node_kind, strict=True))
    assert kinds == {
        name: kind.lower() for name, kind in _table(report, "Node Depth Summary", r"[A-Z]+")
    }
    assert set(network.link_key) == {
        name for name, _ in _table(report, "Link Flow Summary", r"CONDUIT")
    }
    subcatchments = _table(report, "Subcatchment Runoff Summary", r"[\d.]+")
    assert [name for name, _ in subcatchments] == [str(at) for at in range(1, 9)]


def test_full_bore_velocity_agrees_with_the_full_flow_that_swmm_reports(shared: Path) -> None:
    folder = shared / "data/gis/drainage"
    report = (folder / "Example1.rpt").read_text().partition("Link Flow Summary")[2]
    network = read_drawing(folder / "Example1.inp").network
    velocity = dict(
        zip(network.link_key, network.link_length_m / network.link_travel_s, strict=True)
    )
    diameter = dict(zip(network.link_key, network.link_diameter_m, strict=True))

    rows = re.findall(
        r"^  (\S+) +CONDUIT +([\d.]+) +\d+ +[\d:]+ +[\d.]+ +([\d.]+)", report, re.MULTILINE
    )

    assert len(rows) == 13
    for name, flow_cfs, share in rows:
        area_m2 = 3.14159 * diameter[name] ** 2 / 4
        full_m3_s = float(flow_cfs) * 0.3048**3 / float(share)
        # The report rounds the share to two digits.
        rounding = 0.5 * 0.01 / float(share) + 0.5 * 0.01 / float(flow_cfs)
        assert velocity[name] * area_m2 == pytest.approx(full_m3_s, rel=rounding + 0.005)


def _table(report: str, title: str, second: str) -> list[tuple[str, str]]:
    part = re.split(r"\*{8,}", report.partition(title)[2])[1]
    return re.findall(rf"^  (\S+) +({second}) ", part, re.MULTILINE)
