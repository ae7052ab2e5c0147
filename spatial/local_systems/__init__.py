"""Local independent systems: declared in a file by whoever has their parameters."""

from spatial.local_systems.errors import LocalSystemError
from spatial.local_systems.reading import NOTHING_DECLARED, Declared, read_systems, systems_of
from spatial.local_systems.system import LocalSystem, Residual

__all__ = [
    "NOTHING_DECLARED",
    "Declared",
    "LocalSystem",
    "LocalSystemError",
    "Residual",
    "read_systems",
    "systems_of",
]
