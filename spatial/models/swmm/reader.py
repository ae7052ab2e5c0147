"""A SWMM 5 file read: options, nodes, links, subcatchments, and where they are."""

from functools import partial
from pathlib import Path

from spatial.models.inp.objects import PipeModel, take
from spatial.models.inp.places import take_places
from spatial.models.inp.sections import Sections, read_sections
from spatial.models.inp.tags import take_tags
from spatial.models.model import Progress
from spatial.models.swmm.areas import raingage, refuse_without_outlet, subcatchment
from spatial.models.swmm.dialect import DIALECT
from spatial.models.swmm.links import Links
from spatial.models.swmm.nodes import divider, junction, outfall, storage
from spatial.models.swmm.options import Options, map_unit, options_of
from spatial.models.swmm.xsections import sections_by_link

_UPPER = {low: low - 32 for low in range(ord("a"), ord("z") + 1)}
_TAGGED = {"NODE": "node", "LINK": "link", "SUBCATCH": "subcatchment", "GAGE": "raingage"}


def fold(name: str) -> str:
    """Return a name as SWMM compares it: A and a are one letter, and no others are."""
    return name.upper() if name.isascii() else name.translate(_UPPER)


def read(path: Path, progress: Progress) -> PipeModel:
    """Read a file.

    Raises:
        FileRefusedError: it is no text, too large, or in units that SWMM does not know.
    """
    sections = read_sections(path, DIALECT, progress)
    options = options_of(path, sections)
    model = PipeModel(fold=fold, map_unit=map_unit(sections))
    model.warnings += [*sections.warnings, *options.warnings]
    _take_nodes(model, sections, options)
    _take_links(model, sections, options)
    for section in DIALECT.of_family("subcatchment"):
        parse = partial(subcatchment, model, options)
        take(model, model.subcatchments, section, sections.taken(section.name), parse)
    for section in DIALECT.of_family("raingage"):
        take(model, model.raingages, section, sections.taken(section.name), raingage)
    refuse_without_outlet(model)
    take_places(model, sections)
    take_tags(model, sections.taken("TAGS"), _TAGGED)
    return model


def _take_nodes(model: PipeModel, sections: Sections, options: Options) -> None:
    parsers = {"junction": junction, "outfall": outfall, "storage": storage, "divider": divider}
    for section in DIALECT.of_family("node"):
        parse = partial(parsers[section.kind], options)
        take(model, model.nodes, section, sections.taken(section.name), parse)


def _take_links(model: PipeModel, sections: Sections, options: Options) -> None:
    links = Links(model, options, sections_by_link(model, sections, options))
    parsers = {
        "conduit": links.conduit,
        "pump": links.pump,
        "orifice": links.orifice,
        "weir": links.weir,
        "outlet": links.outlet,
    }
    for section in DIALECT.of_family("link"):
        take(model, model.links, section, sections.taken(section.name), parsers[section.kind])
