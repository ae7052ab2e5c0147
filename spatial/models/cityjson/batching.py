"""Documents with their own vertices read together: one whole file, or features of a sequence."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from spatial.models.cityjson.drafting import Context, drafts_of, refused_of
from spatial.models.cityjson.families import Families, arranged
from spatial.models.cityjson.finishing import finished
from spatial.models.cityjson.ground import Ground, ground_of
from spatial.models.cityjson.header import Transform
from spatial.models.cityjson.notes import Notes
from spatial.models.cityjson.sketching import Seat
from spatial.models.cityjson.things import things_of
from spatial.models.cityjson.vertices import Vertices, vertices_of
from spatial.models.cityjson.wholes import fill_wholes
from spatial.models.frames.placing import Extent, Frame
from spatial.models.model import Element, RefusedElement

_OBJECTS_A_CHUNK = 2_000


class Document(NamedTuple):
    """CityObjects and the vertices that they point to."""

    objects: dict[str, Any]
    vertices: list[Any]


class Land:
    """The vertices of a batch, and their places, which are worked out once."""

    def __init__(self, vertices: Vertices) -> None:
        self.vertices = vertices
        self._ground: Ground | None = None

    def ground(self, frame: Frame) -> Ground:
        """Return where the vertices are; the frame is that of the file."""
        if self._ground is None:
            self._ground = ground_of(self.vertices, frame)
        return self._ground

    def extent(self) -> Extent | None:
        """Return the lowest and highest coordinates; None where there are no good vertices."""
        places, bad = self.vertices.places, self.vertices.bad
        good = places if bad is None else places[~bad]
        if not len(good):
            return None
        low, high = good.min(axis=0).tolist(), good.max(axis=0).tolist()
        return Extent((low[0], low[1], low[2]), (high[0], high[1], high[2]))


class Batch(NamedTuple):
    """CityObjects that are drawn together.

    Attributes:
        land: their vertices.
        seats: families, wholes before their parts.
        refused: CityObjects that are none.
        counts: CityObjects by type; the refused ones as well.
    """

    land: Land
    seats: list[Seat]
    refused: list[RefusedElement]
    counts: Counter[str]

    def cut(self) -> Iterator["Batch"]:
        """Give the batch in pieces that cut no family apart."""
        start = 0
        for end in self._ends():
            refused, counts = (self.refused, self.counts) if start == 0 else ([], Counter[str]())
            yield Batch(self.land, self.seats[start:end], refused, counts)
            start = end

    def _ends(self) -> Iterator[int]:
        start = 0
        for at, seat in enumerate(self.seats):
            if at - start >= _OBJECTS_A_CHUNK and seat.member.parent is None:
                yield at
                start = at
        yield len(self.seats)


def batch_of(documents: Sequence[Document], transform: Transform | None, notes: Notes) -> Batch:
    """Return documents laid out behind one another; nothing is drawn yet."""
    written = documents[0].vertices if len(documents) == 1 else _together(documents)
    batch = Batch(Land(vertices_of(written, transform)), [], [], Counter())
    base = 0
    for document in documents:
        things = things_of(document.objects, notes)
        families: Families = arranged(things.taken, notes)
        limit = len(document.vertices)
        batch.seats.extend([Seat(member, base, limit) for member in families.members])
        batch.refused.extend([*things.refused, *families.refused])
        batch.counts.update([_type_of(thing) for thing in document.objects.values()])
        base += limit
    return batch


def elements_of(batch: Batch, context: Context) -> list[Element | RefusedElement]:
    """Return the elements of a batch, the refused ones between them."""
    ground = batch.land.ground(context.frame)
    drafts = drafts_of(batch.seats, ground, context)
    fill_wholes(drafts, context.frame.plan_unit_m)
    return [*batch.refused, *finished(drafts, context.frame)]


def refusals_of(batch: Batch, context: Context) -> list[RefusedElement]:
    """Return the CityObjects that are refused; nothing is measured."""
    ground = batch.land.ground(context.frame)
    sketches = refused_of(batch.seats, ground, context)
    found = [RefusedElement(each.member.key, each.reason or "") for each in sketches]
    return [*batch.refused, *found]


def _together(documents: Sequence[Document]) -> list[Any]:
    return list(chain.from_iterable(document.vertices for document in documents))


def _type_of(thing: object) -> str:
    kind = thing.get("type") if isinstance(thing, dict) else None
    return kind if isinstance(kind, str) else "None"
