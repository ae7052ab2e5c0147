"""What SWMM calls its sections."""

from typing import Final

from spatial.models.inp.sections import Dialect

DIALECT: Final = Dialect("SWMM", "SWMM 5", "spatial.models.swmm", note_above=True)
