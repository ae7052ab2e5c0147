"""What is known of the names that device codecs use."""

import csv
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from data.reference.tables import table_text
from data.reference.vocabularies import vocabulary

VOCABULARY: Final = "lorawan"

_DECIMALS = 3


class CodecNames(NamedTuple):
    """The tables that reading a codec's output needs.

    Attributes:
        measured: names of values that we have a quantity for.
        sentinels: by name, the values that stand for "no sensor", rounded to three decimals.
    """

    measured: frozenset[str]
    sentinels: Mapping[str, frozenset[float]]

    def is_sentinel(self, name: str, value: float) -> bool:
        """Return whether a value says that there is none; 32767 x 0.01 counts as 327.67."""
        values = self.sentinels.get(name)
        return values is not None and round(value, _DECIMALS) in values


@cache
def codec_names() -> CodecNames:
    """Return what lorawan.csv and lorawan_sentinels.csv say."""
    sentinels: dict[str, set[float]] = {}
    for row in csv.DictReader(table_text("lorawan_sentinels.csv").splitlines()):
        sentinels.setdefault(row["native"], set()).add(round(float(row["value"]), _DECIMALS))
    return CodecNames(
        frozenset(name for name, term in vocabulary(VOCABULARY).items() if term.quantity),
        {name: frozenset(values) for name, values in sentinels.items()},
    )
