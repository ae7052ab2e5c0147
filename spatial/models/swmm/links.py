"""Links of SWMM: conduits, pumps, orifices, weirs, outlets (5.2 manual, D.2)."""

import math
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from spatial.files.errors import RowRefusedError
from spatial.models.inp.objects import Link, PipeModel, Properties, ends, said
from spatial.models.inp.rows import Fields
from spatial.models.inp.sections import Section
from spatial.models.swmm.options import Options
from spatial.models.swmm.xsections import CrossSection

CrossSections: TypeAlias = Mapping[str, CrossSection | RowRefusedError]
_FROM_NODE = "*"
"""An offset that is the node's own invert."""
_ORIFICES = ("SIDE", "BOTTOM")
_WEIRS = ("TRANSVERSE", "SIDEFLOW", "V-NOTCH", "TRAPEZOIDAL", "ROADWAY")


class Links(NamedTuple):
    """What the rows of links refer to."""

    model: PipeModel
    options: Options
    cross_sections: CrossSections

    def conduit(self, section: Section, fields: Fields) -> Link:
        """Return a conduit: name, nodes, length, roughness, offsets, flows.

        Raises:
            RowRefusedError: a value is not what it has to be.
        """
        fields.need(7)
        start, end = ends(self.model, fields)
        length = fields.size(3, "length") * self.options.length_m
        inside = self._inside(fields)
        roughness = fields.amount(4, "roughness")
        return Link(
            name=fields.name,
            section=section.name,
            kind=section.kind,
            start=start,
            end=end,
            gravity=inside.shape != "FORCE_MAIN",
            length_m=length,
            height_m=inside.height_m,
            radius_m=inside.radius_m,
            manning_n=math.nan if inside.shape == "FORCE_MAIN" else roughness,
            invert_from_m=self._level(fields, 5, start),
            invert_to_m=self._level(fields, 6, end),
            properties=said(
                shape=inside.shape,
                barrels=inside.barrels,
                roughness=roughness,
                description=fields.note,
            ),
        )

    def pump(self, section: Section, fields: Fields) -> Link:
        """Return a pump: name, nodes, curve, status, depths at which it starts and stops.

        Raises:
            RowRefusedError: a value is not what it has to be.
        """
        properties = said(curve=fields.text(3), status=fields.text(4), description=fields.note)
        for at, what in ((5, "startup depth"), (6, "shutoff depth")):
            fields.amount(at, what, 0.0)
        return self._regulator(section, fields, properties)

    def orifice(self, section: Section, fields: Fields) -> Link:
        """Return an orifice: name, nodes, type, offset, discharge coefficient, gate.

        Raises:
            RowRefusedError: a value is not what it has to be.
        """
        return self._opening(section, fields, fields.keyword(3, "orifice type", _ORIFICES))

    def weir(self, section: Section, fields: Fields) -> Link:
        """Return a weir: name, nodes, type, crest, discharge coefficient, gate.

        Raises:
            RowRefusedError: a value is not what it has to be.
        """
        return self._opening(section, fields, fields.keyword(3, "weir type", _WEIRS))

    def outlet(self, section: Section, fields: Fields) -> Link:
        """Return an outlet: name, nodes, offset, type and its curve or figures.

        Raises:
            RowRefusedError: a value is not what it has to be.
        """
        fields.need(6)
        properties = said(type=fields.text(4), description=fields.note)
        start, _ = ends(self.model, fields)
        return self._regulator(section, fields, properties, self._level(fields, 3, start))

    def _opening(self, section: Section, fields: Fields, kind: str) -> Link:
        fields.need(6)
        inside = self._inside(fields)
        fields.number(5, "discharge coefficient")
        start, _ = ends(self.model, fields)
        crest = self._level(fields, 4, start)
        properties = said(type=kind, shape=inside.shape, description=fields.note)
        return self._regulator(section, fields, properties, crest, inside.height_m)

    def _regulator(
        self,
        section: Section,
        fields: Fields,
        properties: Properties,
        crest_m: float = math.nan,
        height_m: float = math.nan,
    ) -> Link:
        """Return a link without a length: a machine or an opening in a wall."""
        start, end = ends(self.model, fields)
        return Link(
            name=fields.name,
            section=section.name,
            kind=section.kind,
            start=start,
            end=end,
            length_m=0.0,
            height_m=height_m,
            invert_from_m=crest_m,
            properties=properties,
        )

    def _inside(self, fields: Fields) -> CrossSection:
        found = self.cross_sections.get(self.model.fold(fields.name))
        if found is None:
            raise RowRefusedError("has no cross-section, expected a row in [XSECTIONS]")
        if isinstance(found, RowRefusedError):
            raise found
        return found

    def _level(self, fields: Fields, at: int, node: str) -> float:
        """Return the level that an offset stands for."""
        invert = self.model.nodes[node].invert_m
        if fields.text(at) == _FROM_NODE:
            return invert
        offset = fields.number(at, "offset") * self.options.length_m
        return offset if self.options.elevation else invert + offset
