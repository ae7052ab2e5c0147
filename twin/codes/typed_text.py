"""What people type or paste, brought to the characters that machines write."""

import unicodedata

# NFKC leaves these alone; input methods and word processors write them for a hyphen.
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−ー"), "-")


def as_typed(text: str) -> str:
    """Return full-width letters, digits and dashes as ASCII, in capitals, without blanks around.

    Invisible format characters (zero-width space, byte order mark) are dropped.

    Example: ``as_typed(" ４４０３１１－0103–000127—m ") == "440311-0103-000127-M"``
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    visible = (c for c in plain if unicodedata.category(c) != "Cf")
    return "".join(visible).strip().upper()
