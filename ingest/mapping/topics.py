"""Topics of mappings: MQTT filters whose levels can have names, as ``plant/{station}/data``."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator

_LEVEL = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")
_LONGEST: Final = 500


class TopicPattern(NamedTuple):
    """A filter whose levels can have names.

    Attributes:
        filter: as a broker takes it (MQTT 3.1.1, 4.7).
        shape: of the topics that it takes, with a group for each named level.
    """

    filter: str
    shape: re.Pattern[str]

    def read(self, topic: str) -> dict[str, str] | None:
        """Return the named levels of a topic, None if the filter does not take it."""
        found = self.shape.fullmatch(topic)
        return None if found is None else found.groupdict()


def _checked(text: str) -> str:
    levels = text.split("/")
    if not text or len(text) > _LONGEST or "\0" in text:
        raise ValueError(f"topic {text!r}: expected 1 to {_LONGEST} characters")
    for place, level in enumerate(levels):
        last = place == len(levels) - 1
        if not (_LEVEL.fullmatch(level) or level == "+" or (level == "#" and last)) and (
            set(level) & set("+#{}")
        ):
            raise ValueError(
                f"topic {text!r}: level {level!r}, expected plain text, + or {{name}} alone, "
                "or # as the last one"
            )
    names = _LEVEL.findall(text)
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"topic {text!r}: {min(twice)!r} stands twice, expected once")
    return text


Topic = Annotated[str, AfterValidator(_checked)]
"""A text that is such a pattern."""


def pattern_of(text: str) -> TopicPattern:
    """Return the pattern of a checked text."""
    levels = text.split("/")
    plain = "/".join("+" if _LEVEL.fullmatch(level) else level for level in levels)
    rest = levels[-1] == "#"
    shapes = "/".join(map(_shape, levels[:-1] if rest else levels))
    return TopicPattern(plain, re.compile(f"{shapes}(?:/.*)?" if rest else shapes, re.DOTALL))


def _shape(level: str) -> str:
    if found := _LEVEL.fullmatch(level):
        return f"(?P<{found[1]}>[^/]*)"
    return "[^/]*" if level == "+" else re.escape(level)


def names_in(text: str) -> list[str]:
    """Return the names in braces of a text."""
    return _LEVEL.findall(text)


def filled(text: str, levels: Mapping[str, str]) -> str:
    """Return a text with the levels that it names in braces."""
    return _LEVEL.sub(lambda found: levels[found[1]], text)
