"""What a parser complains of, in words for people."""

import re

from lxml import etree

_RESOURCE_LIMIT = etree.ErrorTypes.ERR_RESOURCE_LIMIT
_ENCODING = frozenset(
    {
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.I18N_CONV_FAILED,
    }
)
_PLACE = re.compile(r",? *(?:, line \d+)?(?:, column \d+)?\s*$")
_DEEPEST = 256
_LONGEST_BYTES = 10_000_000


def sentence_of(error: etree.XMLSyntaxError) -> str:
    """Return why a text is no XML, or none that is read."""
    line, column = error.lineno or 1, (error.offset or 0) + 1
    said = _PLACE.sub("", " ".join(str(error.msg).split()))
    place = f"line {line:,}, column {column:,}"
    if error.code in _ENCODING:
        return f"is not in the encoding that it says, at {place}: {lowered(said)}"
    if error.code == _RESOURCE_LIMIT and "depth" in said:
        return f"nests elements more than {_DEEPEST} deep, at {place}"
    if error.code == _RESOURCE_LIMIT and "entity" in said:
        return "declares entities that grow beyond measure, and CityGML never declares any"
    if error.code == _RESOURCE_LIMIT:
        return f"holds a text or an attribute of more than {_LONGEST_BYTES:,} bytes, at {place}"
    return f"is not XML at {place}: {lowered(said)}"


def lowered(said: str) -> str:
    """Return what libxml2 says as the end of a sentence."""
    return f"{said[:1].lower()}{said[1:]}"
