"""Whose an ``.inp`` file is: SWMM's, EPANET's, or that of another program altogether."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from spatial.files.errors import refuse
from spatial.models.epanet import dialect as epanet_dialect
from spatial.models.epanet import reader as epanet
from spatial.models.inp.objects import PipeModel
from spatial.models.inp.sections import Dialect, headings
from spatial.models.model import Progress
from spatial.models.swmm import dialect as swmm_dialect
from spatial.models.swmm import reader as swmm


class Reader(NamedTuple):
    """Who reads the files of a program."""

    dialect: Dialect
    read: Callable[[Path, Progress], PipeModel]


_READERS = (Reader(swmm_dialect.DIALECT, swmm.read), Reader(epanet_dialect.DIALECT, epanet.read))


def reader_of(path: Path) -> Reader:
    """Return who reads a file, by the sections that only one of the programs has.

    Raises:
        FileRefusedError: it has sections of neither.
    """
    known: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for heading in headings(path):
        for reader in _READERS:
            section = reader.dialect.section(heading)
            if section is not None:
                # Any program may have a [TITLE] and [OPTIONS].
                known[reader.dialect.program] += section.own or bool(section.kind)
                own[reader.dialect.program] += section.own
    best = max(_READERS, key=lambda each: (own[each.dialect.program], known[each.dialect.program]))
    if not known[best.dialect.program]:
        raise refuse(
            path,
            "holds no section of SWMM or EPANET such as [JUNCTIONS]: expected an .inp file of one "
            "of them, not of another program",
        )
    return best
