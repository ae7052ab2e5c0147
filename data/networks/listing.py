"""Which networks there are."""

from typing import Any, NamedTuple

import psycopg

from data.networks.register_network import REGISTER

Connection = psycopg.Connection[tuple[Any, ...]]

_MODELS = """
    SELECT m.name, m.format, count(*) FILTER (WHERE e.key LIKE 'node/%%'),
           count(*) FILTER (WHERE e.key LIKE 'link/%%')
    FROM model m JOIN model_element e ON e.model = m.id
    WHERE m.format = ANY (%s) GROUP BY 1, 2 ORDER BY 1"""
_PIPES = "SELECT count(*) FROM entity WHERE class_code = '8301' AND NOT retired"
FORMATS = ("SWMM", "EPANET")
"""Of models that are networks."""


class NetworkListing(NamedTuple):
    """A network: its name, the format that it came in, how many nodes and links it has.

    The register's own has None nodes, which are not counted until it is followed, and its pipes.
    """

    name: str
    format: str
    nodes: int | None
    links: int


def list_networks(connection: Connection) -> list[NetworkListing]:
    """Return the register's own network first, then those of models."""
    found = connection.execute(_PIPES).fetchone()
    own = NetworkListing(REGISTER, REGISTER, None, 0 if found is None else int(found[0]))
    models = connection.execute(_MODELS, (list(FORMATS),)).fetchall()
    return [own, *(NetworkListing(*row) for row in models)]
