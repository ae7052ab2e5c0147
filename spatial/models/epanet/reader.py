"""An EPANET 2 file read: nodes, pipes, pumps, valves, and where they are (2.2 manual, C.2)."""

from functools import partial
from pathlib import Path

from spatial.models.epanet.demands import take_demands
from spatial.models.epanet.dialect import DIALECT
from spatial.models.epanet.links import Links
from spatial.models.epanet.nodes import junction, reservoir, tank
from spatial.models.epanet.options import options_of
from spatial.models.epanet.status import take_status
from spatial.models.inp.objects import PipeModel, take
from spatial.models.inp.places import take_places
from spatial.models.inp.sections import read_sections
from spatial.models.inp.tags import take_tags
from spatial.models.model import Progress

_TAGGED = {"NODE": "node", "LINK": "link"}


def fold(name: str) -> str:
    """Return a name as EPANET compares it: letter by letter."""
    return name


def read(path: Path, progress: Progress) -> PipeModel:
    """Read a file.

    Raises:
        FileRefusedError: it is no text, too large, or in units that EPANET does not know.
    """
    sections = read_sections(path, DIALECT, progress)
    options = options_of(path, sections)
    model = PipeModel(fold=fold, map_unit=options.map_unit)
    model.warnings += [*sections.warnings, *options.warnings]
    nodes = {"junction": junction, "reservoir": reservoir, "tank": tank}
    for section in DIALECT.of_family("node"):
        parse = partial(nodes[section.kind], options)
        take(model, model.nodes, section, sections.taken(section.name), parse)
    take_demands(model, sections.taken("DEMANDS"), options)
    links = Links(model, options)
    parsers = {"conduit": links.pipe, "pump": links.pump, "valve": links.valve}
    for section in DIALECT.of_family("link"):
        take(model, model.links, section, sections.taken(section.name), parsers[section.kind])
    take_status(model, sections.taken("STATUS"))
    take_places(model, sections)
    take_tags(model, sections.taken("TAGS"), _TAGGED)
    return model
