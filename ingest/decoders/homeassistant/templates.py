"""The value templates that only point at a value; what computes is not understood."""

import re
from typing import Final

from ingest.decoders.quoting import quoted

Path = tuple[str | int, ...]
"""Keys and indices that lead from the payload to the value; empty for the payload itself."""

MAX_TEMPLATE_CHARS: Final = 300
MAX_STEPS: Final = 10

# These filters only shape what is shown; the number is taken as it was sent.
_TEMPLATE = re.compile(
    r"\s*\{\{-?\s*(?:value_json(?P<steps>(?:\.[A-Za-z_]\w*|\[\s*(?:'[^']*'|\"[^\"]*\"|\d{1,4})\s*\])*)"
    r"|value)\s*(?:\|\s*(?:is_defined|float|int|round)(?:\(\s*\d?\s*\))?\s*)*-?\}\}\s*",
    re.ASCII,
)
_STEP = re.compile(
    r"\.(?P<name>[A-Za-z_]\w*)|\[\s*(?:'(?P<one>[^']*)'|\"(?P<two>[^\"]*)\"|(?P<index>\d+))\s*\]",
    re.ASCII,
)


class UnreadableTemplateError(ValueError):
    """A template that computes its value. Have the device announce a plain one."""


def read_template(text: str) -> Path:
    """Return where ``{{ value }}``, ``{{ value_json.a.b }}`` or ``{{ value_json['a'] }}`` points.

    Raises:
        UnreadableTemplateError: anything else.
    """
    found = _TEMPLATE.fullmatch(text) if len(text) <= MAX_TEMPLATE_CHARS else None
    steps = tuple(_step(one) for one in _STEP.finditer(found["steps"] or "")) if found else ()
    if found is None or len(steps) > MAX_STEPS:
        raise UnreadableTemplateError(
            f"value template {quoted(text)}: not understood, "
            "expected {{ value }} or {{ value_json.a.b }}"
        )
    return steps


def _step(found: re.Match[str]) -> str | int:
    if found["index"] is not None:
        return int(found["index"])
    return found["name"] or found["one"] or found["two"] or ""
