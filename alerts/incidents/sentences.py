"""Why an alert is where it is, in one sentence."""

from alerts.incidents.pairs import Pairs
from data.reference.causes import CauseLink

ALONE = "nothing else is known to have the same cause"
ROOT = "the first of its incident without a known cause"
TOGETHER = "others of its incident have one cause with it"
BY_PERSON = "put here by a person"

_WHERE = {
    "entity": "at the same thing",
    "building": "in the same building",
    "near": "near by",
    "cell": "under the same rain",
    "network": "near by on the same river's land",
    "gauge": "nearer to its gauge than to any other",
    "catchment": "in the same catchment of the sewers",
    "downstream": "downstream of it",
    "upstream": "upstream of it",
}
_MINUTE_US = 60_000_000


def sentence(link: CauseLink, pairs: Pairs, at: int, cause: str) -> str:
    """Return why the effect of a pair belongs to its cause.

    Args:
        link: by which they belong together.
        pairs: of alerts.
        at: which of them.
        cause: what the other one says, in a few words.
    """
    verb = "follows from" if link.kind == "causes" else "has one cause with"
    minutes = round(int(pairs.after_us[at]) / _MINUTE_US)
    when = f"{minutes} min after it" if minutes >= 0 else f"noticed {-minutes} min before it"
    away = float(pairs.away_m[at])
    far = f", {away:,.0f} m" if away == away and away >= 1 else ""  # noqa: PLR0124 - NaN
    return f"{verb} {cause}: {_WHERE[link.relation]}{far}, {when}; {link.why}"
