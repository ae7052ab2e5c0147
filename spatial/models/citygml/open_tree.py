"""The tree of a file while the parser still adds to it.

The last child of an element may still grow, which cannot be seen from outside: it is never touched.
Everything before it is whole.
"""

from collections.abc import Iterator

from spatial.models.citygml.head import MEMBER_TAGS, holds_objects
from spatial.models.citygml.pieces import PIECES, Node

TOO_LARGE = "citytwin-too-large"
"""Attribute of an object of which parts had to be thrown away."""
PIECE_TAGS = [f"{{*}}{local}" for local in sorted(PIECES)]

_MOST_NODES = 400_000
_MOST_TEXT = 16 * 1024**2


class OpenTree:
    """What has been read and not yet been taken.

    Attributes:
        root: None until it has been opened.
    """

    def __init__(self) -> None:
        self.root: Node | None = None

    def extent(self) -> list[int]:
        """Return how many children each open element has, from the root down."""
        return [len(node) for node in self._open_path()]

    def take_objects(self, *, closed: bool) -> list[Node]:
        """Take out all that is whole and return the objects of the city among it.

        Args:
            closed: whether the root is whole as well.
        """
        root = self.root
        if root is None:
            return []
        objects: list[Node] = []
        growing = None if closed or not len(root) else root[-1]
        for member in root.iterchildren(*MEMBER_TAGS):
            objects += member[:-1] if member is growing else member
        if growing is not None and holds_objects(growing):
            del growing[:-1]
        del root[: -1 if growing is not None else None]
        return objects

    def first_piece(self) -> int | None:
        """Return the number of the first piece in the tree, None where there is none."""
        if self.root is None:
            return None
        marks = (node.text or "" for node in self.root.iter(*PIECE_TAGS))
        first = next((mark.split()[0] for mark in marks if mark.strip()), "")
        return int(first) if first.isdecimal() else None

    def is_too_heavy(self) -> bool:
        """Tell whether what is open is more than any object that is read."""
        if self.root is None:
            return False
        nodes = self.root.xpath("count(.//*)")
        return float(str(nodes)) > _MOST_NODES or sum(map(_length, self.root.iter())) > _MOST_TEXT

    def throw_away(self) -> None:
        """Throw away all that is whole in the open object, and mark it."""
        path = list(self._open_path())
        if len(path) > 2 and holds_objects(path[1]):  # noqa: PLR2004 - root, member, object
            path[2].set(TOO_LARGE, "true")
        for node in path:
            del node[:-1]

    def _open_path(self) -> Iterator[Node]:
        node = self.root
        while node is not None:
            yield node
            node = node[-1] if len(node) else None


def _length(node: Node) -> int:
    return len(node.text or "") + sum(map(len, node.values()))
