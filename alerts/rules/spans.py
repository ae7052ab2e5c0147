"""Times in which conditions hold, and in which an expression of them does."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from alerts.rules.courses import NEVER
from alerts.rules.expression import Expression


class Span(NamedTuple):
    """From an instant up to another; ``courses.NEVER`` where it has not ended."""

    from_us: int
    to_us: int


Spans = Sequence[Span]


def combined(expression: Expression, held: Mapping[str, Spans]) -> list[Span]:
    """Return when an expression holds, in order.

    It depends on the times alone in which its conditions hold, not on how they became known.
    """
    edges = sorted({edge for spans in held.values() for span in spans for edge in span})
    found: list[Span] = []
    since: int | None = None
    for edge in edges:
        said = {
            name: any(span.from_us <= edge < span.to_us for span in spans)
            for name, spans in held.items()
        }
        holds = expression.holds(said)
        if holds and since is None:
            since = edge
        elif not holds and since is not None:
            found.append(Span(since, edge))
            since = None
    return found if since is None else [*found, Span(since, NEVER)]
