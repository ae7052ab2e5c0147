"""How wide texts are, and how they are cut or broken to fit a label.

Latin letters are as wide as in Helvetica, everything else takes the square of a Chinese letter.
"""

from reportlab.pdfbase.pdfmetrics import stringWidth

CODE_EM = 0.6
"""Width of every letter in a typewriter face such as Courier, by its size."""

_ELLIPSIS = "…"


def is_latin(character: str) -> bool:
    """Whether the standard fonts of a PDF have the character (Windows code page 1252)."""
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """Return the text in one line, without what cannot be printed."""
    visible = (character if character.isprintable() else " " for character in text)
    return " ".join("".join(visible).split())


def width_em(text: str) -> float:
    """Return the width of a text of size 1."""
    return sum(
        stringWidth(character, "Helvetica", 1) if is_latin(character) else 1.0 for character in text
    )


def cut(text: str, width: float) -> str:
    """Return the text, or its beginning and an ellipsis where it is wider than ``width`` em."""
    if width_em(text) <= width:
        return text
    return _beginning(text, width - width_em(_ELLIPSIS)).rstrip() + _ELLIPSIS


def broken(text: str, width: float) -> tuple[str, str]:
    """Return two lines of at most ``width`` em; the second is cut, and empty where one is enough.

    Names of places have no spaces to break at; of Latin words none is torn where that can be.
    """
    first = _beginning(text, width)
    if first == text:
        return text, ""
    head, space, _ = first.rpartition(" ")
    if space and is_latin(text[len(first)]) and text[len(first)] != " ":
        first = head
    return first.rstrip(), cut(text[len(first) :].lstrip(), width)


def _beginning(text: str, width: float) -> str:
    taken = 0.0
    for index, character in enumerate(text):
        taken += width_em(character)
        if taken > width:
            return text[:index]
    return text
