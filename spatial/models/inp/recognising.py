"""Whose an ``.inp`` file is, told by its first bytes: few headings, none of them alike in both."""

import codecs
import re

from spatial.models.inp.sections import Dialect

SUFFIX = ".inp"
_HEADING = re.compile(r"^[ \t\ufeff]*(\[[A-Za-z_]+)", re.MULTILINE)
_FIRST = re.compile(r"\A(?:[ \t\ufeff\r\n]|;[^\n]*)*\[[A-Za-z_]+")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_of(dialect: Dialect, others: tuple[Dialect, ...], head: bytes, suffix: str) -> bool:
    """Tell whether a file is more likely of a program than of the others.

    An ``.inp`` file whose head does not decide it is left to the reading of the whole file; any
    other file has to begin with a section, and to have one that is the program's own.
    """
    text = head.decode("utf-16" if head.startswith(_WIDE) else "latin-1", errors="ignore")
    said = _HEADING.findall(text)
    mine = _own(dialect, said)
    if suffix != SUFFIX and not (mine and _FIRST.match(text)):
        return False
    rivals = [_own(other, said) for other in others]
    return mine > max(rivals) or (suffix == SUFFIX and mine == max(rivals))


def _own(dialect: Dialect, headings: list[str]) -> int:
    found = (dialect.section(heading) for heading in headings)
    return sum(section is not None and section.own for section in found)
