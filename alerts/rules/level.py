"""The rule kind ``level``: a value at or beyond a limit for a time, with hysteresis."""

from typing import Literal

from alerts.rules.quantity_rule import QuantityRule


class LevelRule(QuantityRule):
    """Raises while a quantity is at or beyond limits.

    Attributes:
        kind: ``level``.
    """

    kind: Literal["level"]
