"""Why a device belongs to what it belongs to: what was looked at, and why the others lost."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from spatial.links.confidence import confidence
from spatial.links.engine import Judged, judge
from spatial.links.entities import Entities
from spatial.links.looking import FIT
from spatial.links.reasons import objection
from spatial.links.rules import LinkRule, RuleBook, Shapes

_NO_SLOTS = np.empty(0, np.int64)


class Looked(NamedTuple):
    """An object that was looked at for a device.

    Attributes:
        target: its code.
        relation: what the device would be to it.
        rule: the rule by which it was looked at.
        distance_m: seen from above.
        share: how much of it a camera sees; None of other rules.
        taken: whether linking takes it, if nobody has fixed the link.
        sentence: why, or why not.
    """

    target: int
    relation: str
    rule: LinkRule
    distance_m: float
    share: float | None
    taken: bool
    sentence: str


def explain(
    device: Entities,
    objects: Entities,
    rules: Sequence[LinkRule],
    views: Shapes | None = None,
) -> list[Looked]:
    """Return what linking looked at for one device: what it takes first, then the nearest.

    Args:
        device: one device.
        objects: what may lie around it.
        rules: in the order of preference.
        views: what the device sees, one polygon or None.
    """
    with np.errstate(all="ignore"):
        judged = judge(device, objects, RuleBook.of(rules), taken_slots=_NO_SLOTS, views=views)
        looked = [_looked(judged, row) for row in range(len(judged.candidates.rule))]
    order = {kind: at for at, kind in enumerate(judged.book.relations)}
    return sorted(
        looked, key=lambda one: (order[one.relation], not one.taken, one.distance_m, one.target)
    )


def _looked(judged: Judged, row: int) -> Looked:
    ground, book, candidates, choice = judged
    rule = book.rules[int(candidates.rule[row])]
    share = float(candidates.share[row])
    return Looked(
        int(ground.objects.code[candidates.target[row]]),
        rule.relation,
        rule,
        round(float(candidates.distance_m[row]), 3),
        None if np.isnan(share) else share,
        bool(np.isin(row, choice.won)),
        _sentence(judged, row),
    )


def _sentence(judged: Judged, row: int) -> str:
    ground, book, candidates, choice = judged
    if candidates.verdict[row] != FIT:
        return objection(ground, book, candidates, row)
    if book.covers[candidates.rule[row]]:
        return f"the view covers {candidates.share[row]:.0%} of it"
    slots = book.slots(candidates.device, candidates.rule)
    same = choice.won[slots[choice.won] == slots[row]]
    if row in same:
        return _why_taken(judged, row)
    return _why_lost(judged, row, int(same[0]))


def _why_taken(judged: Judged, row: int) -> str:
    _, book, candidates, choice = judged
    rule = int(candidates.rule[row])
    at = int(np.flatnonzero(choice.won == row)[0])
    rival = int(choice.rival[at])
    rival_m = candidates.distance_m[rival] if rival >= 0 else np.nan
    distance, limit = candidates.distance_m[row : row + 1], book.limit_m[rule : rule + 1]
    sure = confidence(distance, limit, np.array([rival_m]), book.inside[rule : rule + 1])
    next_one = "nothing else near" if rival < 0 else f"the next one {rival_m:.1f} m away"
    return f"{distance[0]:.1f} m away, allowed {limit[0]:g} m, {next_one}: confidence {sure[0]:g}"


def _why_lost(judged: Judged, row: int, winner: int) -> str:
    ground, _, candidates, _ = judged
    mine, best = candidates.distance_m[row], candidates.distance_m[winner]
    if round(mine, 3) > round(best, 3):
        return f"{mine:.1f} m away, and {ground.objects.code[candidates.target[winner]]} is nearer"
    if candidates.rule[row] > candidates.rule[winner]:
        return "as near, but its class comes later in the rules"
    return "as near, but larger or of a higher code"
