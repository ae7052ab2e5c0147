"""Orders as the store gives them to carriers."""

from datetime import UTC, datetime

from data.commands import Order, Value
from data.commands.kinds import known_kinds

NOW = datetime(2026, 5, 1, 4, 0, 0, 123_000, tzinfo=UTC)
DEVICE = 4403118599000001
MN = "010000A8900016F000169DC0"
STATION = "0012345678"
ADDRESSES = {"mqtt": str(DEVICE), "hj212": MN, "sl651": STATION}


def order(name: str, protocol: str = "mqtt", **parameters: Value) -> Order:
    """Return a command that is due."""
    kind = known_kinds()[name, protocol]
    return Order(
        1,
        DEVICE,
        name,
        kind.checked(parameters),
        protocol,
        ADDRESSES[protocol],
        kind.carriage,
        kind.answer_s,
    )
