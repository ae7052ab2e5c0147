"""Which classes are nodes of the register's drainage network."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from data.reference.tables import table_rows


@cache
def node_kinds() -> Mapping[str, str]:
    """Return the kind of node by class: the rows of ``network_nodes.csv``."""
    return MappingProxyType({row[0]: row[1] for row in table_rows("network_nodes.csv")})
