"""How a sentence shows what was sent: short, whatever its size or depth."""

import re

_SHOWN_CHARS = 60
_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def quoted(value: object) -> str:
    """Return a JSON value as a sentence can show it; lists and objects by their kind only."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return repr(value) if len(value) <= _SHOWN_CHARS else f"{value[:_SHOWN_CHARS]!r}…"
        case int() | float():
            return repr(value)
        case list():
            return "a list"
        case _:
            return "an object"


def shown_name(name: str) -> str:
    """Return a name as a sentence can show it: as it is, unless it is long or not printable."""
    return name if len(name) <= _SHOWN_CHARS and name.isprintable() else quoted(name)


def is_storable(text: str, max_chars: int) -> bool:
    """Return whether a text can be a key in the store: short, no control character."""
    return len(text) <= max_chars and not _UNSTORABLE.search(text)
