"""Which of our levels a warning of somebody else has. Pure."""

import re
from collections.abc import Iterable, Mapping

from data.reference.cap_terms import cap_levels

LEVELS = ("blue", "yellow", "orange", "red")

_COLOURS = {"蓝色": 1, "黄色": 2, "橙色": 3, "红色": 4}
_WORDS = re.compile(r"\b(blue|yellow|orange|red)\b", re.IGNORECASE)
_COLOUR_NAMES = re.compile(r"colou?r|level|awareness|颜色|等级", re.IGNORECASE)


def level_of(severity: str, said: Iterable[str], parameters: Mapping[str, str]) -> int:
    """Return 1 for blue to 4 for red.

    The colour that a Chinese headline or event names counts first, as in 暴雨红色预警; then one in
    a parameter that is about colours or levels; then the severity, by ``cap_levels.csv``. An
    unknown severity is blue: somebody warns, and nobody knows how much.
    """
    for text in said:
        for word, level in _COLOURS.items():
            if word in text:
                return level
    for name, value in parameters.items():
        found = _WORDS.search(value) if _COLOUR_NAMES.search(name) else None
        if found:
            return LEVELS.index(found[1].lower()) + 1
    severities = {row.severity: LEVELS.index(row.level) + 1 for row in cap_levels().values()}
    return severities.get(severity, 1)
