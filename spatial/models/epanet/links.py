"""Links of EPANET: pipes, pumps, valves (2.2 manual, C.2)."""

from typing import NamedTuple

from spatial.files.errors import RowRefusedError
from spatial.models.epanet.options import Options
from spatial.models.inp.objects import Link, PipeModel, ends, said
from spatial.models.inp.rows import Fields, number
from spatial.models.inp.sections import Section

_STATES = ("CV", "CLOSED", "OPEN")
_VALVES = ("PRV", "PSV", "PBV", "FCV", "TCV", "GPV", "PCV")
_ONE_WAY = ("PRV", "PSV")
"""Valves that shut when the pressure would turn the water round."""
_PUMP_WORDS = ("POWER", "HEAD", "PATT", "SPEE")
_VALVE_LEAST = 5


class Links(NamedTuple):
    """What the rows of links refer to."""

    model: PipeModel
    options: Options

    def pipe(self, section: Section, fields: Fields) -> Link:
        """Return a pipe: name, nodes, length, diameter, roughness, loss coefficient, status.

        Raises:
            RowRefusedError: a value is not what it has to be.
        """
        start, end = ends(self.model, fields)
        feet = self.options.length_m != 1
        length = fields.size(3, "length", 330.0 if feet else 100.0) * self.options.length_m
        diameter = fields.size(4, "diameter", 10.0 if feet else 254.0) * self.options.diameter_m
        roughness = fields.size(5, "roughness", 130.0)
        state = _state(fields)
        return Link(
            name=fields.name,
            section=section.name,
            kind=section.kind,
            start=start,
            end=end,
            directed=state == "CV",
            closed=state == "CLOSED",
            length_m=length,
            height_m=diameter,
            properties=said(
                roughness=roughness,
                check_valve=state == "CV" or None,
                description=fields.note,
            ),
        )

    def pump(self, section: Section, fields: Fields) -> Link:
        """Return a pump: name, nodes, words and what they say (HEAD 1, POWER 40, SPEED 1.2).

        Raises:
            RowRefusedError: a value is not what it has to be.
        """
        start, end = ends(self.model, fields)
        said_of: dict[str, str] = {}
        # Version 1 wrote heads and flows of the curve where there are words now.
        worded = not _is_number(fields.text(3))
        for at in range(3, len(fields.values) - 1, 2) if worded else ():
            word = fields.keyword(at, "pump parameter", _PUMP_WORDS)
            said_of[{"PATT": "pattern", "SPEE": "speed"}.get(word, word.lower())] = fields.text(
                at + 1
            )
        return Link(
            name=fields.name,
            section=section.name,
            kind=section.kind,
            start=start,
            end=end,
            length_m=0.0,
            properties={**said_of, **said(description=fields.note)},
        )

    def valve(self, section: Section, fields: Fields) -> Link:
        """Return a valve: name, nodes, diameter, type, setting, loss coefficient.

        Raises:
            RowRefusedError: a value is not what it has to be.
        """
        fields.need(_VALVE_LEAST)
        start, end = ends(self.model, fields)
        kind = fields.keyword(4, "valve type", _VALVES)
        return Link(
            name=fields.name,
            section=section.name,
            kind=section.kind,
            start=start,
            end=end,
            directed=kind in _ONE_WAY,
            length_m=0.0,
            height_m=fields.size(3, "diameter") * self.options.diameter_m,
            properties=said(type=kind, setting=fields.text(5), description=fields.note),
        )


def _is_number(value: str) -> bool:
    try:
        number(value, "pump parameter")
    except RowRefusedError:
        return False
    return True


def _state(fields: Fields) -> str:
    """Return the status of a pipe, which stands after its loss coefficient or instead of it."""
    instead = _known_state(fields.text(6))
    if instead:
        return instead
    fields.amount(6, "loss coefficient", 0.0)
    state = fields.text(7)
    if state and not _known_state(state):
        raise RowRefusedError(f"status {state[:40]!r}, expected one of {', '.join(_STATES)}")
    return _known_state(state) or "OPEN"


def _known_state(value: str) -> str:
    return next((each for each in _STATES if value.upper().startswith(each)), "")
