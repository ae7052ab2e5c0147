"""Real networks, beside counts of their lines."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from spatial import models
from spatial.models.epanet.format import EPANET
from spatial.models.inp.drawing import read_drawing
from spatial.models.model import Element, silent
from spatial.networks.graph import Graph
from spatial.networks.isolation import supplied

_THINGS = {"JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES"}


@pytest.fixture(params=["Net1", "Net2", "Net3", "ky4"])
def path(request: pytest.FixtureRequest, shared: Path) -> Path:
    return shared / "data/gis/water" / f"{request.param}.inp"


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
    assert (found.format, found.schema, found.bounds) == ("EPANET", "EPANET 2", None)
    assert found.counts == counted(path)


def test_every_line_becomes_an_element_with_a_place(path: Path) -> None:
    assert EPANET.open is not None
    found = list(EPANET.open(path).elements(silent))
    elements = [each for each in found if isinstance(each, Element)]

    assert len(elements) == len(found)
    assert Counter(each.native_class for each in elements) == counted(path)
    assert all(each.shape is not None for each in elements)


def test_water_comes_to_every_node_from_a_reservoir_or_tank(path: Path) -> None:
    assert supplied(Graph.of(read_drawing(path).network)).all()


def test_lengths_and_diameters_are_metres(shared: Path) -> None:
    network = read_drawing(shared / "data/gis/water/Net1.inp").network
    pipe = int(np.flatnonzero(network.link_key == "10")[0])

    assert network.link_length_m[pipe] == pytest.approx(10_530 * 0.3048)
    assert network.link_diameter_m[pipe] == pytest.approx(18 * 0.0254)
