"""Objects of a file one batch after the other; the file is never in memory as a whole.

The file is fed to the parser in chunks. After each of them what has been closed leaves the tree:
coordinates first (:mod:`pieces`), then whole objects (:mod:`open_tree`).
"""

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from spatial.files.errors import FileRefusedError, refuse
from spatial.models.citygml.head import MEMBER_TAGS, PARSER_OPTIONS, holds_objects
from spatial.models.citygml.open_tree import PIECE_TAGS, OpenTree
from spatial.models.citygml.pieces import PIECES, Node, Pieces
from spatial.models.citygml.tables import name_of
from spatial.models.citygml.wording import lowered, sentence_of
from spatial.models.model import Progress

_CHUNK_BYTES = 1024**2
_WEIGHED_EACH_BYTES = 4 * 1024**2
_STALLED_BYTES = 16 * 1024**2
"""The parser waits for the end of an attribute or a comment without any limit of its own."""
_MOST_PIECES = 300_000
_WATCHED = [
    "{*}CityModel",
    "{*}FeatureCollection",
    "{*}target",
    *MEMBER_TAGS,
    "{http://www.w3.org/2001/XInclude}include",
    *PIECE_TAGS,
]


class Stream:
    """One reading of a file."""

    def __init__(self, path: Path, pieces: Pieces) -> None:
        self._path = path
        self._pieces = pieces
        self._parser = etree.XMLPullParser(("start", "end"), tag=_WATCHED, **PARSER_OPTIONS)
        self._tree = OpenTree()
        self._ended = 0
        self._open_bytes = 0
        self._stalled_bytes = 0

    def batches(self, progress: Progress) -> Iterator[list[Node]]:
        """Give all objects in the order of the file; pieces live as long as their batch is out.

        Raises:
            FileRefusedError: it is no well-formed XML to its end, or asks for another file.
        """
        size, done = self._path.stat().st_size, 0
        for chunk in self._chunks():
            self._feed(chunk)
            done += len(chunk)
            progress("reading city objects", done, size)
            yield from self._whole(closed=False)
            self._lighten(len(chunk))
        self._close(done)
        yield from self._whole(closed=True)

    def _chunks(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as opened:
                while chunk := opened.read(_CHUNK_BYTES):
                    yield chunk
        except OSError as error:
            raise refuse(self._path, f"cannot be read: {error.strerror}") from error

    def _feed(self, chunk: bytes) -> None:
        before = self._tree.extent()
        try:
            self._parser.feed(chunk)
        except etree.XMLSyntaxError as error:
            raise refuse(self._path, sentence_of(error)) from error
        complaint = next(iter(self._parser.feed_error_log), None)
        if complaint is not None:
            said = complaint.message
            raise refuse(self._path, f"is not XML at line {complaint.line:,}: {lowered(said)}")
        moved = self._take_events()
        self._stalled_bytes += len(chunk)
        if moved or self._tree.extent() != before:
            self._stalled_bytes = 0
        if self._stalled_bytes > _STALLED_BYTES:
            raise refuse(
                self._path,
                f"holds {_STALLED_BYTES:,} bytes without an element: a text, an attribute or a "
                "comment that long is no CityGML",
            )

    def _take_events(self) -> bool:
        """Take the coordinates out of what has been closed; tell whether anything was."""
        moved = False
        for event, node in self._parser.read_events():
            moved = True
            if event == "end":
                self._take(node)
            elif self._tree.root is None:
                self._tree.root = node.getroottree().getroot()
        return moved

    def _take(self, node: Node) -> None:
        name = name_of(str(node.tag))
        if name.local in PIECES:
            self._pieces.take(node)
        elif holds_objects(node):
            self._ended += len(node)
        elif name.family == "appearance":
            _drop_texture(node)
        elif name.family == "xinclude":
            asked = (node.get("href") or "")[:100]
            raise refuse(self._path, f"asks to include {asked!r}: no other file is ever fetched")

    def _whole(self, *, closed: bool) -> Iterator[list[Node]]:
        objects = self._tree.take_objects(closed=closed)
        if objects:
            self._open_bytes = 0
            yield objects
        first = self._tree.first_piece()
        self._pieces.forget(self._pieces.end if first is None else first)

    def _lighten(self, count: int) -> None:
        """Let an object that is still open shrink if it would not fit into memory."""
        before = self._open_bytes // _WEIGHED_EACH_BYTES
        self._open_bytes += count
        if self._open_bytes // _WEIGHED_EACH_BYTES == before:
            return
        if self._pieces.held > _MOST_PIECES or self._tree.is_too_heavy():
            self._tree.throw_away()
            self._pieces.forget(self._pieces.end)

    def _close(self, size: int) -> None:
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise self._cut_off(size) from error

    def _cut_off(self, size: int) -> FileRefusedError:
        return refuse(
            self._path,
            f"ends after {size:,} bytes and {self._ended:,} whole objects in the middle of an "
            "element: its end is missing; nothing of it is taken",
        )


def _drop_texture(node: Node) -> None:
    """Let go of where a picture sits on a surface, which is half of some files."""
    del node[:]
    node.text = None
    before, above = node.getprevious(), node.getparent()
    if before is not None and above is not None and before.tag == node.tag:
        above.remove(before)
