"""Labels for these tests, and readers of what was printed."""

import base64
import re
import zlib
from collections.abc import Iterable

from twin.codes import EntityCode
from viz.labels import Label

PUBLIC = "https://twin.example.cn"
CODE = EntityCode("440311", "0103", 127)
MANHOLE = Label(code=CODE, name="光明大道 12 号井", class_name="雨水井盖", owner="光明区水务局")

Rectangle = tuple[float, float, float, float]


def numbered(count: int) -> list[Label]:
    """Labels of entities that follow one another."""
    return [Label(code=EntityCode("440311", "0103", serial)) for serial in range(count)]


def dark_modules(runs: Iterable[tuple[int, int, int]], side: int) -> list[list[int]]:
    """Return the matrix of a symbol whose dark runs are given as x, y and length."""
    matrix = [[0] * side for _ in range(side)]
    for x, y, length in runs:
        matrix[y][x : x + length] = [1] * length
    return matrix


def page_contents(pdf: bytes) -> list[str]:
    """Return what is drawn on each page of a PDF."""
    encoded = rb"(?s)/ASCII85Decode /FlateDecode \].*?stream\r?\n(.*?)endstream"
    streams = re.findall(encoded, pdf)
    plain = [zlib.decompress(base64.a85decode(b"<~" + one.strip(), adobe=True)) for one in streams]
    return [content.decode("latin-1") for content in plain if b" re" in content]


def rectangles(content: str) -> list[Rectangle]:
    """Return left, bottom, width and height of the rectangles on a page, in points."""
    found = re.findall(r"(\S+) (\S+) (\S+) (\S+) re\b", content)
    return [(float(x), float(y), float(width), float(height)) for x, y, width, height in found]
